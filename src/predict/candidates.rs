//! From belief over the world to a short list of places a person can look at: in each likely country the towns that the
//! evidence names, and then its greatest ones.

use super::{
    belief::Belief,
    evidence::{Likelihood, Piece, Spot},
    factor::Factor,
    finding::{Candidate, Carrier, EvidenceKind},
    statement::{CountryShare, Town},
};
use crate::geo::{
    Atom, CountryCode, Direction, LatLon, Place, PlaceMatch, Surface, chief_places, country, country_at, town_at,
};

/// The longest list.
const MOST: usize = 10;

/// Countries below this share have no candidate, unless nothing else is left.
const LEAST_SHARE: f64 = 0.003;

/// Candidates of one country stand at least this far apart.
const APART_KM: f64 = 150.0;

/// What counts as near a place.
const NEAR_KM: f64 = 100.0;

/// A piece carries a candidate if it raises its surroundings by this factor.
const CARRIES: f64 = 1.5;

/// So many of a country's greatest towns may stand for it.
const GREAT: usize = 24;

/// No more pieces than this are said to carry a candidate.
const MOST_CARRIERS: usize = 8;

/// A town is no place to stand for a country where the evidence leaves it so little, against what it leaves the country.
const RULED_OUT: f64 = 0.01;

/// A place to be ranked and the belief that is nearest to it.
struct Stand {
    place: Option<PlaceMatch>,
    position: LatLon,
    country: CountryCode,
    probability: f64,
    /// The atom of the place itself.
    home: usize,
}

/// A place that comes first.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct First {
    /// Where.
    pub(super) position: LatLon,
    /// The town there, or the nearest one; its name is empty where none is near.
    pub(super) town: Town,
}

/// What candidates are taken from.
pub(super) struct Basis<'a> {
    pub(super) pieces: &'a [Piece],
    pub(super) belief: &'a Belief,
    /// The countries that may be named, by falling share.
    pub(super) shares: Vec<CountryShare>,
    /// Only places that the evidence has raised above what the prior makes of them are candidates; others would be named
    /// because people live there.
    pub(super) only_raised: bool,
}

/// Candidates by falling probability.
pub(super) fn ranked(basis: &Basis<'_>, surface: &Surface) -> Vec<Candidate> {
    let Basis { pieces, belief, shares, .. } = basis;
    let mut stands: Vec<Stand> = Vec::new();
    for (at, share) in shares.iter().take(MOST).enumerate() {
        if at == 0 || share.probability >= LEAST_SHARE {
            stands.extend(stands_at(at, basis));
        }
    }
    stands.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    stands.truncate(MOST);
    stands.into_iter().zip(1..).map(|(stand, rank)| candidate(&stand, rank, pieces, belief, surface)).collect()
}

/// The first of them, which lies in the likeliest country.
pub(super) fn first(basis: &Basis<'_>) -> Option<First> {
    let mut stands = (0..basis.shares.len()).map(|at| stands_at(at, basis)).find(|stands| !stands.is_empty())?;
    stands.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    let stand = stands.into_iter().next()?;
    let none_near = || Town { name: String::new(), region: String::new(), country: stand.country };
    Some(First { position: stand.position, town: place_of(&stand).as_ref().map_or_else(none_near, Town::from) })
}

/// The places that stand for the country at this place in the list: several where it is likely, but no more than leave its
/// first one ahead of the next country, so that the first candidate lies in the likeliest country.
fn stands_at(at: usize, basis: &Basis<'_>) -> Vec<Stand> {
    let Basis { pieces, belief, shares, only_raised } = basis;
    let Some(share) = shares.get(at) else { return Vec::new() };
    let next = shares.get(at + 1).map_or(0.0, |next| next.probability);
    let most = match share.probability {
        0.1.. => 3,
        0.03.. => 2,
        _ => 1,
    };
    let places = places_in(share.country_code, pieces, belief);
    let some = |count: usize| stands_in(share.country_code, count, &places, belief);
    let leads = |stands: &Vec<Stand>| stands.iter().any(|stand| stand.probability >= next);
    let mut stands = (2..=most).rev().map(some).find(leads).unwrap_or_else(|| some(1));
    stands.retain(|stand| !*only_raised || raise(belief, stand.home..stand.home + 1) >= CARRIES);
    stands
}

/// Whether the evidence has raised any part of a country above what the prior makes of it; else it would be named because people
/// live there.
pub(super) fn is_raised_in(country: CountryCode, belief: &Belief) -> bool {
    belief.world.of_country(country).any(|at| raise(belief, at..at + 1) >= CARRIES)
}

/// Whether the evidence names a place.
pub(super) fn is_named(pieces: &[Piece], country: CountryCode, position: LatLon) -> bool {
    pointed_to(pieces, country).iter().any(|(_, named)| *named == position)
}

/// Whether the evidence tells where in its country a place lies: it names it, or has raised it above the whole country.
pub(super) fn is_told(basis: &Basis<'_>, country: CountryCode, position: LatLon) -> bool {
    let atoms = basis.belief.world.of_country(country);
    let home = nearest_atom(&basis.belief.world.atoms, atoms.clone(), position);
    let is_above_all = raise(basis.belief, home..home + 1) >= CARRIES * raise(basis.belief, atoms);
    is_named(basis.pieces, country, position) || is_above_all
}

/// Countries in the place of their towns that no evidence tells: one candidate for all of those of a country, which has what the
/// country has and its other towns have not.
pub(super) fn countries_for_towns(
    candidates: Vec<Candidate>,
    shares: &[CountryShare],
    is_told: impl Fn(CountryCode, LatLon) -> bool,
) -> Vec<Candidate> {
    let is_town = |candidate: &Candidate| {
        let at = candidate.country_code.zip(candidate.position());
        at.is_some_and(|(country, position)| is_told(country, position))
    };
    let (mut kept, others): (Vec<Candidate>, Vec<Candidate>) = candidates.into_iter().partition(is_town);
    let n_towns = kept.len();
    for candidate in others {
        let is_here = |other: &&Candidate| other.country_code == candidate.country_code;
        if kept[n_towns..].iter().any(|other| is_here(&other)) {
            continue;
        }
        let of_country = shares.iter().find(|share| Some(share.country_code) == candidate.country_code);
        let of_towns: f64 = kept[..n_towns].iter().filter(is_here).map(|town| town.probability).sum();
        let probability = of_country.map_or(candidate.probability, |share| rounded(share.probability - of_towns));
        kept.push(Candidate { city: String::new(), region: String::new(), probability, ..candidate });
    }
    kept.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    kept.iter_mut().zip(1..).for_each(|(candidate, rank)| candidate.rank = rank);
    kept
}

/// A place that may stand for its country: its town, where it is one, where it lies, and the atom there.
type Homed = (Option<PlaceMatch>, LatLon, usize);

/// The places that may stand for a country, the best first: those that the evidence names, then its greatest towns. A place at
/// which the evidence leaves next to nothing is none.
fn places_in(code: CountryCode, pieces: &[Piece], belief: &Belief) -> Vec<Homed> {
    let atoms = belief.world.of_country(code);
    let mean_raise = raise(belief, atoms.clone());
    let homed = |(place, position): Pointed| {
        let home = nearest_atom(&belief.world.atoms, atoms.clone(), position);
        (place, position, home)
    };
    let named = pointed_to(pieces, code).into_iter().map(homed);
    let mut great: Vec<(f64, Homed)> = chief_places(code, GREAT)
        .into_iter()
        .map(|town| {
            let worth = town.worth();
            let (place, position, home) = homed((Some(town.clone()), town.place.position));
            (worth * raise(belief, home..home + 1), (place, position, home))
        })
        .collect();
    great.sort_by(|a, b| b.0.total_cmp(&a.0));
    let is_left = |(_, _, home): &Homed| raise(belief, *home..home + 1) >= RULED_OUT * mean_raise;
    named.chain(great.into_iter().map(|(_, homed)| homed)).filter(is_left).collect()
}

/// At most `count` of these places of one country, with its belief divided among them by nearness.
fn stands_in(code: CountryCode, count: usize, places: &[Homed], belief: &Belief) -> Vec<Stand> {
    let world = &belief.world;
    let atoms = world.of_country(code);
    if atoms.is_empty() {
        return Vec::new();
    }
    let mut stands: Vec<Stand> = Vec::new();
    for (place, position, home) in places {
        let is_apart = stands.iter().all(|stand| stand.position.distance_km(*position) >= APART_KM);
        if stands.len() < count && is_apart {
            let (place, position, home) = (place.clone(), *position, *home);
            stands.push(Stand { place, position, country: code, probability: 0.0, home });
        }
    }
    if stands.is_empty() {
        let home = atoms
            .clone()
            .max_by(|a, b| belief.probabilities[*a].total_cmp(&belief.probabilities[*b]))
            .unwrap_or(atoms.start);
        let position = world.atoms[home].centre;
        stands.push(Stand { place: None, position, country: code, probability: 0.0, home });
    }
    let directions: Vec<Direction> = stands.iter().map(|stand| stand.position.into()).collect();
    for at in atoms {
        let here = world.atoms[at].direction;
        // The cell of a place is its own, even if another place is nearer to the cell's centre.
        let far = |(stand, there): &(&mut Stand, &Direction)| {
            if stand.home == at { 0.0 } else { there.squared_chord(here) }
        };
        let nearest = stands.iter_mut().zip(&directions).min_by(|a, b| far(a).total_cmp(&far(b)));
        if let Some((stand, _)) = nearest {
            stand.probability += belief.probabilities[at];
        }
    }
    stands
}

/// A place and its town, where one was named.
type Pointed = (Option<PlaceMatch>, LatLon);

/// Where the weighed evidence points to in a country, the likelier first.
fn pointed_to(pieces: &[Piece], code: CountryCode) -> Vec<Pointed> {
    let is_here = |spot: &&Spot| spot.town.place.country == code && spot.part >= 0.2 && spot.is_near();
    let pointed = |piece: &Piece| -> Vec<Pointed> {
        match &piece.likelihood {
            Likelihood::Towns(spots) | Likelihood::Places(spots) => {
                let here = spots.iter().filter(is_here);
                here.map(|spot| (Some(spot.town.clone()), spot.town.place.position)).collect()
            }
            Likelihood::Point(point) if country_at(*point).is_some_and(|country| country.code == code) => {
                vec![(None, *point)]
            }
            _ => Vec::new(),
        }
    };
    pieces.iter().filter(|piece| piece.counts()).flat_map(pointed).collect()
}

/// By how much the evidence has raised these atoms above the prior.
fn raise(belief: &Belief, atoms: std::ops::Range<usize>) -> f64 {
    let before: f64 = belief.world.atoms[atoms.clone()].iter().map(|atom| atom.probability).sum();
    belief.probabilities[atoms].iter().sum::<f64>() / before.max(f64::MIN_POSITIVE)
}

/// Six places are more than the numbers are worth.
fn rounded(probability: f64) -> f64 {
    (probability * 1e6).round() / 1e6
}

pub(super) fn nearest_atom(atoms: &[Atom], among: std::ops::Range<usize>, point: LatLon) -> usize {
    let (mut nearest, mut least) = (among.start, f64::INFINITY);
    let squeeze = point.lat.to_radians().cos();
    for at in among {
        // A flat distance orders the atoms near a town as a round one does, and most are too far by their latitude.
        let centre = atoms[at].centre;
        let north = centre.lat - point.lat;
        if north * north >= least {
            continue;
        }
        let east = ((centre.lon - point.lon + 540.0).rem_euclid(360.0) - 180.0) * squeeze;
        let far = east * east + north * north;
        if far < least {
            (nearest, least) = (at, far);
        }
    }
    nearest
}

fn candidate(stand: &Stand, rank: usize, pieces: &[Piece], belief: &Belief, surface: &Surface) -> Candidate {
    let (region, city) = place_of(stand).map_or((String::new(), String::new()), |place| (place.region, place.name));
    let carriers = carriers(stand, belief, pieces);
    let mut carried_by: Vec<EvidenceKind> = Vec::new();
    for carrier in &carriers {
        if !carried_by.contains(&carrier.kind) {
            carried_by.push(carrier.kind);
        }
    }
    if carried_by.is_empty() {
        carried_by.push(EvidenceKind::Prior);
    }
    Candidate {
        rank,
        lat: stand.position.lat,
        lon: stand.position.lon,
        probability: rounded(stand.probability),
        within_100_km: rounded(surface.share_within_km(stand.position, NEAR_KM)),
        country: country(stand.country).map_or_else(String::new, |country| country.name.clone()),
        country_code: Some(stand.country),
        region,
        city,
        carried_by,
        carriers,
        change: None,
    }
}

/// The town of a stand; without one of its own it is still described by one that is not too far.
fn place_of(stand: &Stand) -> Option<Place> {
    let near = || town_at(stand.position).filter(|town| town.country == stand.country);
    stand.place.as_ref().map(|town| town.place.clone()).or_else(near)
}

/// The pieces that raise a place above what the prior makes of it, the strongest first.
fn carriers(stand: &Stand, belief: &Belief, pieces: &[Piece]) -> Vec<Carrier> {
    let carrier = |(id, factor): &(String, Factor)| {
        let factor = factor.at(stand.home, stand.country);
        let kind = pieces.iter().find(|piece| piece.evidence.id == *id)?.evidence.kind;
        (factor >= CARRIES).then(|| Carrier { id: id.clone(), kind, factor: rounded(factor) })
    };
    let mut carriers: Vec<Carrier> = belief.factors.iter().filter_map(carrier).collect();
    carriers.sort_by(|a, b| b.factor.total_cmp(&a.factor));
    carriers.truncate(MOST_CARRIERS);
    carriers
}
