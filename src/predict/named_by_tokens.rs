//! How likely each country is by the tokens that a server tells: what could have stood where the country's name stands in the
//! answer. Only some alternatives to each token are told, so that what they leave open is not known and goes to nobody.

use std::collections::BTreeMap;

use super::{countries::names, prompt::wording_of};
use crate::{geo::CountryCode, server::Said};

/// The logarithm of the probability of each country that the tokens tell of; empty where they do not.
///
/// The name is followed token by token. An alternative at a place is shared among the names that go on with it; what is left
/// to the answer's own token goes on to the next, until the name is told from all others.
pub(super) fn country_scores(said: &Said) -> Vec<(CountryCode, f64)> {
    let Some(start) = wording_of(&said.text).map(|wording| wording.opening.len()) else { return Vec::new() };
    let Some((first, lead)) = token_at(said, start) else { return Vec::new() };
    let names = names();
    let mut shares: BTreeMap<CountryCode, f64> = BTreeMap::new();
    let (mut written, mut left, mut lead) = (String::new(), 1.0, lead);
    for token in &said.tokens[first..] {
        let Some(own) = std::str::from_utf8(&token.bytes).ok().and_then(|text| text.strip_prefix(&lead)) else { break };
        let total: f64 = token.alternatives.iter().map(|other| other.logprob.exp()).sum();
        // No server's rounding makes more of a probability than there was.
        let left_here = left / total.max(1.0);
        let mut own_share = 0.0;
        for other in &token.alternatives {
            let share = left_here * other.logprob.exp();
            let Some(text) = other.text.strip_prefix(lead.as_str()) else { continue };
            if text == own {
                own_share = share;
            } else {
                add(&mut shares, &names, &format!("{written}{text}"), share);
            }
        }
        written.push_str(own);
        left = own_share;
        lead.clear();
        if going_on(&names, &written).len() <= 1 || !own.ends_with(char::is_alphanumeric) && !own.is_empty() {
            break;
        }
    }
    add(&mut shares, &names, &written, left);
    shares.into_iter().filter(|(_, share)| *share > 0.0).map(|(code, share)| (code, share.ln())).collect()
}

/// The token in which the byte at `start` of the text stands, and what of it stands before that byte.
fn token_at(said: &Said, start: usize) -> Option<(usize, String)> {
    let mut at = 0;
    for (index, token) in said.tokens.iter().enumerate() {
        let end = at + token.bytes.len();
        // A server may tell of tokens that are not in the text; then nothing is known of any.
        if said.text.as_bytes().get(at..end) != Some(token.bytes.as_slice()) {
            return None;
        }
        if start < end {
            return Some((index, String::from_utf8(token.bytes[..start - at].to_vec()).ok()?));
        }
        at = end;
    }
    None
}

/// The countries whose names go on with what is written, or are all of it.
fn going_on(names: &[(CountryCode, &str)], written: &str) -> Vec<CountryCode> {
    let written = written.trim_start();
    let is_whole = |name: &str| {
        written
            .strip_prefix(name)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, ' ' | '-')))
    };
    let mut codes: Vec<CountryCode> =
        names.iter().filter(|(_, name)| name.starts_with(written) || is_whole(name)).map(|&(code, _)| code).collect();
    codes.sort();
    codes.dedup();
    codes
}

/// Shares a probability among the countries that go on with what is written.
fn add(shares: &mut BTreeMap<CountryCode, f64>, names: &[(CountryCode, &str)], written: &str, share: f64) {
    if written.trim_start().is_empty() {
        return;
    }
    let codes = going_on(names, written);
    for code in &codes {
        *shares.entry(*code).or_default() += share / codes.len() as f64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::{Alternative, Finish, SaidToken};

    /// Tokens, each with what could have stood in its place and its probability; the first is what was said.
    fn said(tokens: &[&[(&str, f64)]]) -> Said {
        let token = |others: &&[(&str, f64)]| SaidToken {
            bytes: others[0].0.as_bytes().to_vec(),
            alternatives: others
                .iter()
                .map(|&(text, share)| Alternative { text: text.to_owned(), logprob: f64::ln(share) })
                .collect(),
        };
        let tokens: Vec<SaidToken> = tokens.iter().map(token).collect();
        let text = tokens.iter().map(|token| String::from_utf8_lossy(&token.bytes)).collect();
        Said { text, tokens, finish: Finish::Stop }
    }

    fn share(said: &Said, code: &str) -> f64 {
        let scores = country_scores(said);
        scores.iter().find(|(country, _)| country.as_str() == code).map_or(0.0, |(_, score)| score.exp())
    }

    #[test]
    fn a_name_is_followed_until_it_is_told_from_all_others() {
        let said = said(&[
            &[("{'country':", 1.0)],
            &[(" 'United", 0.6), (" 'Canada", 0.3), (" \"", 0.05)],
            &[(" States", 0.75), (" Kingdom", 0.25)],
            &[("', 'city': ''}", 1.0)],
        ]);
        let shares = ["US", "GB", "CA", "AE"].map(|code| share(&said, code));
        let expected = [0.45, 0.15, 0.3, 0.0];
        assert!(shares.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{shares:?}");
    }

    #[test]
    fn a_name_that_another_goes_on_from_waits_for_what_follows_it() {
        let said = said(&[&[("{'country': '", 1.0)], &[("Niger", 0.9), ("Chad", 0.1)], &[("', '", 0.8), ("ia", 0.2)]]);
        let shares = ["NE", "NG", "TD"].map(|code| share(&said, code));
        let expected = [0.72, 0.18, 0.1];
        assert!(shares.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{shares:?}");
    }

    #[test]
    fn a_beginning_that_many_names_share_is_shared_among_them() {
        let said = said(&[&[("{'country': '", 1.0)], &[("Chile", 0.8), ("Per", 0.1), ("Zz", 0.1)], &[("'}", 1.0)]]);
        assert!((share(&said, "CL") - 0.8).abs() < 1e-9);
        assert!((share(&said, "PE") - 0.1).abs() < 1e-9);
        let total: f64 = country_scores(&said).iter().map(|(_, score)| score.exp()).sum();
        assert!(total < 0.91, "no country begins so: {total}");
    }

    #[test]
    fn without_tokens_or_with_others_than_the_text_nothing_is_known() {
        let plain = Said { text: "{'country': 'Chile'}".to_owned(), ..Said::default() };
        assert!(country_scores(&plain).is_empty());
        let mut other = said(&[&[("{'country': '", 1.0)], &[("Chile", 1.0)], &[("'}", 1.0)]]);
        assert!(!country_scores(&other).is_empty());
        other.tokens[0].bytes = b"{'kountry': '".to_vec();
        assert!(country_scores(&other).is_empty());
    }
}
