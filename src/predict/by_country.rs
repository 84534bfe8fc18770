//! What evidence makes of each country's share, without the cells of the world: enough where only countries are asked for,
//! and hundreds of times as fast.

use std::{collections::BTreeMap, sync::LazyLock};

use super::{
    evidence::{Likelihood, Piece, mixed},
    groups,
};
use crate::geo::{CountryCode, prior};

/// Each country's share of the prior.
static PRIOR: LazyLock<BTreeMap<CountryCode, f64>> =
    LazyLock::new(|| prior().countries().map(|code| (code, prior().share_of(code))).collect());

/// The share of each country, as `weigh` has it but for bells that reach over borders: those of places that a sign names
/// count for the countries of the places. What moves belief within countries alone plays no part. In the order of the codes, so
/// that sums of shares are the same in every run.
pub(super) fn shares(pieces: &[Piece]) -> BTreeMap<CountryCode, f64> {
    let counted: Vec<&Piece> = pieces.iter().filter(|piece| piece.counts()).collect();
    let of_places: Vec<Vec<(CountryCode, f64)>> = counted.iter().map(|piece| log_ratios(piece)).collect();
    let in_group = groups::shares(&counted, &|at| of_places[at].clone());
    let share_of = |at: usize, code: CountryCode| in_group.get(&(at, code)).copied().unwrap_or(1.0);
    let mut shares = PRIOR.clone();
    for (at, piece) in counted.iter().enumerate() {
        let weight = piece.evidence.weight();
        match &piece.likelihood {
            Likelihood::Countries(of_model) => {
                drawn_to(&mut shares, weight, of_model.iter().map(|s| (s.country_code, s.probability)));
            }
            Likelihood::Places(_) if piece.group.is_some() => {
                for (code, log_ratio) in &of_places[at] {
                    if let Some(share) = shares.get_mut(code) {
                        *share *= (share_of(at, *code) * log_ratio).exp();
                    }
                }
            }
            Likelihood::Places(spots) => {
                drawn_to(&mut shares, weight, spots.iter().map(|s| (s.town.place.country, s.part)));
            }
            Likelihood::Ratio { countries, inside, outside } => {
                let (inside, outside) = (mixed(weight, *inside), mixed(weight, *outside));
                for code in countries {
                    let part = share_of(at, *code);
                    if let Some(share) = shares.get_mut(code).filter(|_| outside > 0.0) {
                        *share *= (inside / outside).powf(part);
                    }
                }
            }
            _ => {}
        }
    }
    let sum: f64 = shares.values().sum();
    shares.values_mut().for_each(|share| *share /= sum);
    shares
}

/// The logarithms of the ratios by which the places of a piece that belongs to a group speak for their countries.
fn log_ratios(piece: &Piece) -> Vec<(CountryCode, f64)> {
    let Likelihood::Places(spots) = &piece.likelihood else { return Vec::new() };
    let mut parts: BTreeMap<CountryCode, f64> = BTreeMap::new();
    spots.iter().for_each(|spot| *parts.entry(spot.town.place.country).or_default() += spot.part);
    let weight = groups::weight_of_places(piece);
    let prior = |code| PRIOR.get(&code).copied().unwrap_or(1.0);
    parts.into_iter().map(|(code, part)| (code, groups::log_ratio(weight, part, prior(code)))).collect()
}

/// Multiplies in a piece that says of each country how likely it is, instead of the prior.
fn drawn_to(shares: &mut BTreeMap<CountryCode, f64>, weight: f64, said: impl Iterator<Item = (CountryCode, f64)>) {
    let mut of: BTreeMap<CountryCode, f64> = BTreeMap::new();
    said.for_each(|(code, probability)| *of.entry(code).or_default() += probability);
    for (code, share) in shares {
        let before = PRIOR.get(code).copied().unwrap_or(1.0).max(f64::MIN_POSITIVE);
        *share *= 1.0 - weight + weight * of.get(code).copied().unwrap_or(0.0) / before;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        geo::places_named,
        predict::{
            belief::weigh,
            evidence::Spot,
            finding::{Evidence, EvidenceKind},
            statement::CountryShare,
        },
    };

    fn piece(id: &str, strength: f64, likelihood: Likelihood) -> Piece {
        let evidence = Evidence::quoted(id, EvidenceKind::Sign, strength);
        Piece { group: Some("signs".to_owned()), ..Piece::new(evidence, likelihood) }
    }

    #[test]
    fn countries_have_the_shares_that_the_whole_world_gives_them() {
        let code = |code: &str| code.parse::<CountryCode>().unwrap();
        let ratio = |id, strength, countries: &[&str], inside| {
            let countries = countries.iter().map(|name| code(name)).collect();
            piece(id, strength, Likelihood::Ratio { countries, inside, outside: 1.0 })
        };
        let said = [("DE", 0.6), ("PL", 0.3), ("FR", 0.1)];
        let said = said.map(|(name, probability)| CountryShare { country_code: code(name), probability });
        let spot = |name, part| Spot::new(places_named(name, None)[0].clone(), part);
        let pieces = [
            piece("model", 0.99, Likelihood::Countries(said.to_vec())),
            ratio("street", 0.9, &["DE", "AT", "CH"], 8.0),
            ratio("letters", 0.7, &["DE", "AT"], 5.0),
            ratio("against", 1.0, &["FR", "PL"], 0.5),
            piece("place", 0.4, Likelihood::Places(vec![spot("Nuremberg", 0.7), spot("Lyon", 0.3)])),
        ];
        let (belief, shares) = (weigh(&pieces), shares(&pieces));
        for name in ["DE", "PL", "FR", "AT", "CH", "US", "NZ"] {
            let whole: f64 = belief.probabilities[belief.world.of_country(code(name))].iter().sum();
            assert!(
                (whole - shares[&code(name)]).abs() < 1e-3 * whole.max(1e-3),
                "{name}: {whole} {}",
                shares[&code(name)]
            );
        }
    }
}
