//! What is remembered, left out and put off when evidence is weighed changes nothing of the result: it is held against the
//! slow plain way, which looks at every atom for every piece.

use std::collections::HashMap;

use super::*;
use crate::{
    geo::{Atom, Cell, Closely, LatLon, Region, Shape, prior},
    predict::{
        evidence::{Ring, Spot},
        finding::{Evidence, EvidenceKind},
        footprint::closely,
    },
};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

/// Belief over the world as it is split for the pieces, and the ids that were passed over.
fn plainly(pieces: &[Piece], atoms: &[Atom]) -> (Vec<f64>, Vec<String>) {
    let counted: Vec<&Piece> = pieces.iter().filter(|piece| piece.counts()).collect();
    let of_places: Vec<Vec<OfCountry>> = counted.iter().map(|piece| of_places(piece, atoms)).collect();
    let log_ratios = |at: usize| of_places[at].iter().map(|of| (of.country, of.log_ratio)).collect();
    let shares = groups::shares(&counted, &log_ratios);
    let mut raised = vec![1.0; atoms.len()];
    let mut belief: Vec<f64> = atoms.iter().map(|atom| atom.probability).collect();
    let mut passed_over = Vec::new();
    for (number, piece) in counted.iter().enumerate() {
        let share = |code| shares.get(&(number, code)).copied().unwrap_or(1.0);
        let factors = match of_places[number].as_slice() {
            [] => factors(piece, &share, atoms),
            countries => named_factors(countries, &share, &mut raised, atoms),
        };
        let weighed: Vec<f64> = belief.iter().zip(factors).map(|(p, factor)| p * factor).collect();
        let sum: f64 = weighed.iter().sum();
        if sum > 0.0 {
            belief = weighed.into_iter().map(|p| p / sum).collect();
        } else {
            passed_over.push(piece.evidence.id.clone());
        }
    }
    (belief, passed_over)
}

/// What the places of a sign say of a country: a ratio for it, and by how much more each of its atoms is raised.
struct OfCountry {
    country: CountryCode,
    log_ratio: f64,
    raises: Vec<(usize, f64)>,
}

/// Empty where a piece is not of a group or names no places.
fn of_places(piece: &Piece, atoms: &[Atom]) -> Vec<OfCountry> {
    let Likelihood::Places(spots) = &piece.likelihood else { return Vec::new() };
    if piece.group.is_none() {
        return Vec::new();
    }
    let weight = piece.evidence.weight().min(0.999);
    // Of each bell its part, its shares of atoms, and the largest part of it that lies in one country.
    let mut bells: Vec<(f64, Vec<f64>, f64)> = Vec::new();
    let mut reached: Vec<CountryCode> = Vec::new();
    for spot in spots {
        let mut shares = bell(spot.town.place.position, spot.ring(), &|_| true, atoms);
        let all: f64 = shares.iter().sum();
        shares.iter_mut().for_each(|share| *share /= all);
        let mut sums: HashMap<CountryCode, f64> = HashMap::new();
        for (atom, share) in atoms.iter().zip(&shares).filter(|(_, share)| **share > 0.0) {
            *sums.entry(atom.country).or_default() += share;
        }
        reached.extend(sums.keys().copied());
        bells.push((spot.part, shares, sums.into_values().fold(0.0, f64::max)));
    }
    reached.sort();
    reached.dedup();
    let of_country = |country: CountryCode| {
        let here: Vec<usize> = (0..atoms.len()).filter(|at| atoms[*at].country == country).collect();
        let sum = |of: &dyn Fn(usize) -> f64| here.iter().map(|at| of(*at)).sum::<f64>();
        let prior = sum(&|at| atoms[at].probability);
        let part: f64 = bells.iter().map(|(part, shares, _)| part * sum(&|at| shares[at])).sum();
        let drawn: f64 = bells.iter().map(|(part, shares, most)| part * sum(&|at| shares[at]) / most).sum();
        let raise = |at: usize| {
            let of_bell = |(part, shares, most): &(f64, Vec<f64>, f64)| part * shares[at] / most;
            let all: f64 = bells.iter().map(of_bell).sum();
            1.0 + weight * all / (atoms[at].probability / prior) / (1.0 - weight * drawn)
        };
        let raises = here.iter().map(|at| (*at, raise(*at))).collect();
        OfCountry { country, log_ratio: (1.0 + weight * part / ((1.0 - weight) * prior)).ln(), raises }
    };
    reached.into_iter().map(of_country).collect()
}

fn named_factors(
    countries: &[OfCountry],
    share: &dyn Fn(CountryCode) -> f64,
    raised: &mut [f64],
    atoms: &[Atom],
) -> Vec<f64> {
    let mut factors = vec![1.0; atoms.len()];
    for of in countries {
        let sum = |raised: &[f64]| of.raises.iter().map(|(at, _)| atoms[*at].probability * raised[*at]).sum::<f64>();
        let (before, was) = (sum(raised), raised.to_vec());
        of.raises.iter().for_each(|(at, raise)| raised[*at] = raised[*at].max(*raise));
        let after = sum(raised);
        for (at, _) in &of.raises {
            factors[*at] = (share(of.country) * of.log_ratio).exp() * before / after * raised[*at] / was[*at];
        }
    }
    factors
}

fn factors(piece: &Piece, share_in_group: &dyn Fn(CountryCode) -> f64, atoms: &[Atom]) -> Vec<f64> {
    let weight = piece.evidence.weight();
    let sum_in = |code: CountryCode| -> f64 {
        atoms.iter().filter(|atom| atom.country == code).map(|atom| atom.probability).sum()
    };
    match &piece.likelihood {
        Likelihood::Nothing => vec![1.0; atoms.len()],
        Likelihood::Countries(shares) => {
            let by_country: HashMap<CountryCode, f64> = shares
                .iter()
                .map(|share| (share.country_code, mixed(weight, share.probability / sum_in(share.country_code))))
                .collect();
            atoms.iter().map(|atom| by_country.get(&atom.country).copied().unwrap_or(1.0 - weight)).collect()
        }
        Likelihood::Ratio { countries, inside, outside } => {
            let (inside, outside) = (mixed(weight, *inside), mixed(weight, *outside));
            let factor = |code: CountryCode| match countries.contains(&code) {
                true if outside > 0.0 => outside * (inside / outside).powf(share_in_group(code)),
                true => inside,
                false => outside,
            };
            atoms.iter().map(|atom| factor(atom.country)).collect()
        }
        Likelihood::Region { region, is_inside } => {
            let parts = parts_in(region, atoms);
            // All pieces here are the user's, and no model was asked: an area takes the place of the prior.
            let before: f64 = parts.iter().zip(atoms).map(|(part, atom)| part * atom.probability).sum();
            let likelihood = |part: f64| if *is_inside { part / before } else { 1.0 - part };
            parts.into_iter().map(|part| mixed(weight, likelihood(part))).collect()
        }
        Likelihood::Point(point) => bells(&[(*point, Ring::POINT, 1.0, None)], weight, atoms),
        Likelihood::Towns(spots) | Likelihood::Places(spots) => {
            let is_towns = matches!(piece.likelihood, Likelihood::Towns(_));
            let spot = |spot: &Spot| {
                let place = &spot.town.place;
                (place.position, spot.ring(), spot.part, is_towns.then_some(place.country))
            };
            let spots: Vec<_> = spots.iter().map(spot).collect();
            bells(&spots, weight, atoms)
        }
    }
}

/// How much of each atom's cell lies in a region: of its 49 points, or half a point where only its edge runs through the cell.
fn parts_in(region: &Region, atoms: &[Atom]) -> Vec<f64> {
    let (centre, km) = region.bounding_circle();
    let part = |atom: &Atom| {
        if atom.centre.distance_km(centre) > km + 200.0 {
            return 0.0;
        }
        let inside: Vec<bool> = atom.cell.samples().map(|point| region.contains(point)).collect();
        let n_inside = inside.iter().filter(|is_inside| **is_inside).count();
        let is_met = n_inside == 0 && region.edge_meets(&atom.cell.boundary());
        if is_met { 0.5 / 49.0 } else { n_inside as f64 / inside.len() as f64 }
    };
    let mut parts: Vec<f64> = atoms.iter().map(part).collect();
    if parts.iter().all(|part| *part < 1.0 / 49.0) {
        parts.iter_mut().filter(|part| **part > 0.0).for_each(|part| *part = 1.0);
    }
    parts
}

/// How much of a bell lies in each atom, in any unit.
fn bell(centre: LatLon, ring: Ring, is_among: &dyn Fn(&Atom) -> bool, atoms: &[Atom]) -> Vec<f64> {
    let Ring { km, sigma_km } = ring;
    let height = |point: LatLon| (-0.5 * ((point.distance_km(centre) - km) / sigma_km).powi(2)).exp();
    let share = |atom: &Atom| {
        if !is_among(atom) || atom.centre.distance_km(centre) > km + 4.0 * sigma_km + 100.0 {
            0.0
        } else if atom.cell.radius_km() < 0.3 * sigma_km {
            atom.cell.area_km2() * height(atom.centre)
        } else {
            let n_samples = atom.cell.samples().count() as f64;
            atom.cell.area_km2() * atom.cell.samples().map(height).sum::<f64>() / n_samples
        }
    };
    atoms.iter().map(share).collect()
}

fn bells(spots: &[(LatLon, Ring, f64, Option<CountryCode>)], weight: f64, atoms: &[Atom]) -> Vec<f64> {
    let mut factors = vec![1.0; atoms.len()];
    for (centre, ring, part, among) in spots {
        let is_among = |atom: &Atom| among.is_none_or(|country| country == atom.country);
        let shares = bell(*centre, *ring, &is_among, atoms);
        let all: f64 = shares.iter().sum();
        let sum: f64 = atoms.iter().filter(|atom| is_among(atom)).map(|atom| atom.probability).sum();
        for ((factor, atom), share) in factors.iter_mut().zip(atoms).zip(shares) {
            if all > 0.0 && is_among(atom) {
                *factor += weight * part * (share / all * sum / atom.probability - 1.0);
            }
        }
    }
    factors
}

/// All atoms, split wherever one of the circles wants it, whatever it lies near.
fn split_plainly(circles: &[Closely]) -> Vec<Cell> {
    fn push(cell: Cell, circles: &[Closely], cells: &mut Vec<Cell>) {
        let wants = |circle: &Closely| {
            let radius = cell.radius_km();
            radius > circle.cell_km && circle.centre.distance_km(cell.centre()) <= circle.km + 1.2 * radius
        };
        if cell.parts().next().is_some() && circles.iter().any(wants) {
            cell.parts().for_each(|part| push(part, circles, cells));
        } else {
            cells.push(cell);
        }
    }
    let mut cells = Vec::new();
    prior().atoms.iter().for_each(|atom| push(atom.cell, circles, &mut cells));
    cells.sort_unstable();
    cells.dedup();
    cells
}

/// A piece of any kind, anywhere.
fn any_piece(number: usize, random: &mut StdRng) -> Piece {
    let codes: Vec<CountryCode> = prior().countries().collect();
    let some = |random: &mut StdRng| -> Vec<CountryCode> {
        (0..random.random_range(1..30)).map(|_| codes[random.random_range(0..codes.len())]).collect()
    };
    let point = |random: &mut StdRng| LatLon {
        lat: [random.random_range(-60.0..75.0), random.random_range(-90.0..90.0)][random.random_range(0..2)],
        lon: random.random_range(-180.0..180.0),
    };
    let spots = |random: &mut StdRng| -> Vec<Spot> {
        let names = ["Springfield", "San José", "Neustadt", "Suva", "Tromsø"];
        let mut towns = crate::geo::places_named(names[random.random_range(0..names.len())], None);
        towns.truncate(3);
        let part = 1.0 / towns.len() as f64;
        let away_km = random.random_bool(0.3).then(|| random.random_range(0.0..900.0));
        towns.into_iter().map(|town| Spot { away_km, ..Spot::new(town, part) }).collect()
    };
    let likelihood = match random.random_range(0..7) {
        0 => Likelihood::Ratio { countries: some(random), inside: 20.0, outside: 1.0 },
        1 => Likelihood::Ratio { countries: some(random), inside: 0.0, outside: 1.0 },
        2 => Likelihood::Point(point(random)),
        3 => Likelihood::Places(spots(random)),
        4 => Likelihood::Towns(spots(random)),
        kind => {
            let middle = point(random);
            let km: f64 = [5.0, 60.0, 700.0, 6000.0][random.random_range(0..4)];
            let corner = |step: u32| {
                let (sin, cos) = (f64::from(step) * std::f64::consts::TAU / 17.0).sin_cos();
                let reach = km / 111.0 * if step.is_multiple_of(2) { 1.0 } else { 0.6 };
                LatLon { lat: (middle.lat + reach * sin).clamp(-90.0, 90.0), lon: middle.lon + 2.0 * reach * cos }
            };
            let shape = match kind {
                5 => Shape::Circle { centre: middle, km },
                _ => Shape::Polygon { rings: vec![(0..17).map(corner).collect()] },
            };
            Likelihood::Region { region: Region::new(vec![shape]).unwrap(), is_inside: random.random_bool(0.5) }
        }
    };
    let evidence =
        Evidence::quoted(&number.to_string(), EvidenceKind::Hint, [1.0, 0.9, 0.3][random.random_range(0..3)]);
    Piece { group: random.random_bool(0.5).then(|| "signs".to_owned()), ..Piece::new(evidence, likelihood) }
}

#[test]
fn evidence_that_comes_and_goes_is_weighed_as_by_the_plain_way() {
    let mut random = StdRng::seed_from_u64(8);
    let mut pieces: Vec<Piece> = (0..12).map(|number| any_piece(number, &mut random)).collect();
    for round in 0..14 {
        let struck = random.random_range(0..pieces.len());
        if round % 3 == 2 {
            pieces[struck] = any_piece(100 + round, &mut random);
        } else {
            pieces[struck].evidence.on ^= true;
        }
        let quickly = weigh(&pieces);
        let (plainly, passed_over) = plainly(&pieces, &quickly.world.atoms);
        let ids: Vec<&str> = quickly.passed_over.iter().map(|piece| piece.id.as_str()).collect();
        assert_eq!(ids, passed_over, "round {round}");
        let most = plainly.iter().copied().fold(0.0, f64::max);
        for ((quick, plain), atom) in quickly.probabilities.iter().zip(&plainly).zip(&quickly.world.atoms) {
            assert!(
                (quick - plain).abs() <= 1e-9 * plain.max(1e-6 * most),
                "round {round}: {quick}, not {plain}: {atom:?}"
            );
        }
    }
}

#[test]
fn cells_are_split_wherever_a_piece_wants_it_and_hold_the_priors_probability() {
    let mut random = StdRng::seed_from_u64(9);
    for round in 0..6 {
        let pieces: Vec<Piece> = (0..6).map(|number| any_piece(number, &mut random)).collect();
        let circles: Vec<Closely> = pieces.iter().flat_map(|piece| closely(&piece.likelihood)).collect();
        let world = weigh(&pieces).world;
        let plainly = split_plainly(&circles);
        let stray = world.atoms.iter().filter(|atom| plainly.binary_search(&atom.cell).is_err()).count();
        assert_eq!(stray, 0, "round {round}");
        for country in prior().countries() {
            let (now, before) = (world.share_of(country), prior().share_of(country));
            assert!((now - before).abs() < 1e-12, "round {round}: {country}");
        }
    }
}
