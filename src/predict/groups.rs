//! Pieces that are not independent of each other are not counted twice. Of the ratios of one group that speak for a country the
//! strongest counts whole, the next with half its logarithm, the next with a quarter, and so on; and those against it likewise.

use std::collections::HashMap;

use super::evidence::{Likelihood, Piece, mixed};
use crate::geo::CountryCode;

/// A group, a country, and whether pieces speak for it.
type Side<'g> = (&'g str, CountryCode, bool);

/// How much of the logarithm of each piece's ratio counts for each country, where that is not the whole.
pub(super) fn shares(pieces: &[&Piece]) -> HashMap<(usize, CountryCode), f64> {
    let mut sides: HashMap<Side<'_>, Vec<(f64, usize)>> = HashMap::new();
    for (at, piece) in pieces.iter().enumerate() {
        let (Some(group), Likelihood::Ratio { countries, inside, outside }) = (&piece.group, &piece.likelihood) else {
            continue;
        };
        let weight = piece.evidence.weight();
        let [inside, outside] = [inside, outside].map(|l| mixed(weight, *l).max(f64::MIN_POSITIVE));
        let log_ratio = (inside / outside).ln();
        for country in countries {
            sides.entry((group.as_str(), *country, log_ratio > 0.0)).or_default().push((log_ratio.abs(), at));
        }
    }
    let mut shares = HashMap::new();
    for ((_, country, _), mut side) in sides {
        side.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut share = 1.0;
        for (_, at) in side.into_iter().skip(1) {
            share *= 0.5;
            shares.insert((at, country), share);
        }
    }
    shares
}
