//! Pieces that are not independent of each other are not counted twice. Of the ratios of one group that speak for a country the
//! strongest counts whole, the next with half its logarithm, the next with a quarter, and so on; and those against it likewise.
//! A place that a sign names speaks for its country as a ratio does, and of several such places only the strongest: a van has its
//! address, its town's area code and its country's code from one town. Where in the country is `named`'s.

use std::collections::HashMap;

use super::evidence::{Likelihood, Piece, mixed};
use crate::geo::CountryCode;

/// A group, a country, and whether pieces speak for it.
type Side<'g> = (&'g str, CountryCode, bool);

/// Places that a sign names are never certain, in whatever way the user sets them.
const MOST_CERTAIN: f64 = 0.999;

/// How much of the logarithm of each piece's ratio counts for each country, where that is not the whole. `of_places` gives by
/// the number of a piece the logarithms of the ratios by which the places that it names speak for their countries.
pub(super) fn shares(
    pieces: &[&Piece],
    of_places: &dyn Fn(usize) -> Vec<(CountryCode, f64)>,
) -> HashMap<(usize, CountryCode), f64> {
    let mut sides: HashMap<Side<'_>, Vec<(f64, usize)>> = HashMap::new();
    for (at, piece) in pieces.iter().enumerate() {
        let Some(group) = &piece.group else { continue };
        let log_ratios = match &piece.likelihood {
            Likelihood::Ratio { countries, inside, outside } => {
                let weight = piece.evidence.weight();
                let [inside, outside] = [inside, outside].map(|l| mixed(weight, *l).max(f64::MIN_POSITIVE));
                countries.iter().map(|country| (*country, (inside / outside).ln())).collect()
            }
            Likelihood::Places(_) => of_places(at),
            _ => continue,
        };
        for (country, log_ratio) in log_ratios {
            sides.entry((group.as_str(), country, log_ratio > 0.0)).or_default().push((log_ratio.abs(), at));
        }
    }
    let mut shares = HashMap::new();
    for ((_, country, _), mut side) in sides {
        side.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let (mut next, mut has_place) = (1.0, false);
        for (_, at) in side {
            let is_place = matches!(pieces[at].likelihood, Likelihood::Places(_));
            let is_repeated = is_place && has_place;
            has_place |= is_place;
            shares.insert((at, country), if is_repeated { 0.0 } else { next });
            next *= if is_repeated { 1.0 } else { 0.5 };
        }
    }
    shares.retain(|_, share| *share < 1.0);
    shares
}

/// The weight of a piece of places that a sign names.
pub(super) fn weight_of_places(piece: &Piece) -> f64 {
    piece.evidence.weight().min(MOST_CERTAIN)
}

/// The logarithm of the ratio by which places speak for a country, where they have this weight, this part of them lies in the
/// country, and the country this share of the prior.
pub(super) fn log_ratio(weight: f64, part: f64, prior: f64) -> f64 {
    (weight * part / ((1.0 - weight) * prior.max(f64::MIN_POSITIVE))).ln_1p()
}
