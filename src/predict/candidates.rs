//! From belief over the world to a short list of places a person can look at: in each likely country the towns that the
//! evidence names, and then its greatest ones.

use super::{
    belief::Belief,
    evidence::{Likelihood, Piece},
    finding::{Candidate, EvidenceKind},
    statement::CountryShare,
};
use crate::geo::{Atom, CountryCode, LatLon, PlaceMatch, Surface, chief_places, country, nearest_place, prior};

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

/// A place to be ranked and the belief that is nearest to it.
struct Stand {
    place: Option<PlaceMatch>,
    position: LatLon,
    country: CountryCode,
    probability: f64,
    /// The atom of the place itself.
    home: usize,
}

/// Candidates by falling probability.
pub(super) fn ranked(pieces: &[Piece], belief: &Belief, shares: &[CountryShare], surface: &Surface) -> Vec<Candidate> {
    let mut stands: Vec<Stand> = Vec::new();
    for (at, share) in shares.iter().take(MOST).enumerate() {
        if at == 0 || share.probability >= LEAST_SHARE {
            let next = shares.get(at + 1).map_or(0.0, |next| next.probability);
            stands.extend(stands_ahead_of(next, share, pieces, belief));
        }
    }
    stands.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    stands.truncate(MOST);
    stands.into_iter().zip(1..).map(|(stand, rank)| candidate(&stand, rank, belief, surface)).collect()
}

/// The places that stand for one country: several where it is likely, but no more than leave its first one ahead of the
/// next country, so that the first candidate lies in the likeliest country.
fn stands_ahead_of(next: f64, share: &CountryShare, pieces: &[Piece], belief: &Belief) -> Vec<Stand> {
    let most = match share.probability {
        0.1.. => 3,
        0.03.. => 2,
        _ => 1,
    };
    for count in (2..=most).rev() {
        let stands = stands_in(share.country_code, count, pieces, belief);
        if stands.iter().any(|stand| stand.probability >= next) {
            return stands;
        }
    }
    stands_in(share.country_code, 1, pieces, belief)
}

/// At most `count` places of one country, with its belief divided among them by nearness.
fn stands_in(code: CountryCode, count: usize, pieces: &[Piece], belief: &Belief) -> Vec<Stand> {
    let prior = prior();
    let atoms = prior.of_country(code);
    if atoms.is_empty() {
        return Vec::new();
    }
    let mut stands: Vec<Stand> = Vec::new();
    for town in named_towns(pieces, code).into_iter().chain(great_towns(code, belief)) {
        let position = town.place.position;
        if stands.len() < count && stands.iter().all(|stand| stand.position.distance_km(position) >= APART_KM) {
            let home = nearest_atom(&prior.atoms, atoms.clone(), position);
            stands.push(Stand { place: Some(town), position, country: code, probability: 0.0, home });
        }
    }
    if stands.is_empty() {
        let home = atoms
            .clone()
            .max_by(|a, b| belief.probabilities[*a].total_cmp(&belief.probabilities[*b]))
            .unwrap_or(atoms.start);
        let position = prior.atoms[home].centre;
        stands.push(Stand { place: None, position, country: code, probability: 0.0, home });
    }
    for at in atoms {
        let centre = prior.atoms[at].centre;
        let nearer = |a: &&mut Stand, b: &&mut Stand| {
            // The cell of a place is its own, even if another place is nearer to the cell's centre.
            let far = |stand: &Stand| if stand.home == at { 0.0 } else { stand.position.distance_km(centre) };
            far(a).total_cmp(&far(b))
        };
        if let Some(stand) = stands.iter_mut().min_by(nearer) {
            stand.probability += belief.probabilities[at];
        }
    }
    stands
}

/// Towns that the weighed evidence names in a country, the likelier first.
fn named_towns(pieces: &[Piece], code: CountryCode) -> Vec<PlaceMatch> {
    let weighed = pieces.iter().filter(|piece| piece.evidence.weight() > 0.0);
    weighed
        .filter_map(|piece| if let Likelihood::Towns(spots) = &piece.likelihood { Some(spots) } else { None })
        .flatten()
        .filter(|spot| spot.town.place.country == code && spot.part >= 0.2)
        .map(|spot| spot.town.clone())
        .collect()
}

/// The greatest towns of a country, those first that the evidence has raised.
fn great_towns(code: CountryCode, belief: &Belief) -> Vec<PlaceMatch> {
    let prior = prior();
    let atoms = prior.of_country(code);
    let worth = |town: &PlaceMatch| {
        let home = nearest_atom(&prior.atoms, atoms.clone(), town.place.position);
        f64::from(town.population + 1000).sqrt() * belief.probabilities[home] / prior.atoms[home].probability
    };
    let mut towns: Vec<(f64, PlaceMatch)> =
        chief_places(code, 24).into_iter().map(|town| (worth(&town), town)).collect();
    towns.sort_by(|a, b| b.0.total_cmp(&a.0));
    towns.into_iter().map(|(_, town)| town).collect()
}

/// Six places are more than the numbers are worth.
fn rounded(probability: f64) -> f64 {
    (probability * 1e6).round() / 1e6
}

fn nearest_atom(atoms: &[Atom], among: std::ops::Range<usize>, point: LatLon) -> usize {
    let start = among.start;
    let squeeze = point.lat.to_radians().cos();
    // A flat distance orders the atoms near a town as a round one does, and there are many.
    let far = |at: usize| {
        let centre = atoms[at].centre;
        let east = ((centre.lon - point.lon + 540.0).rem_euclid(360.0) - 180.0) * squeeze;
        let north = centre.lat - point.lat;
        east * east + north * north
    };
    among.min_by(|a, b| far(*a).total_cmp(&far(*b))).unwrap_or(start)
}

fn candidate(stand: &Stand, rank: usize, belief: &Belief, surface: &Surface) -> Candidate {
    // Without a town of its own the place is still described by one that is not too far.
    let near = || nearest_place(stand.position).filter(|town| town.country == stand.country);
    let place = stand.place.as_ref().map(|town| town.place.clone()).or_else(near);
    let (region, city) = place.map_or((String::new(), String::new()), |place| (place.region, place.name));
    let mut carriers: Vec<(EvidenceKind, f64)> = belief
        .factors
        .iter()
        .map(|(kind, factor)| (*kind, factor[stand.home]))
        .filter(|(_, factor)| *factor >= CARRIES)
        .collect();
    carriers.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut carried_by: Vec<EvidenceKind> = carriers.into_iter().map(|(kind, _)| kind).collect();
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
    }
}
