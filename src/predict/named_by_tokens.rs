//! How likely each country is by the tokens that a server tells: what could have stood where the country's name stands in the
//! answer. Only some alternatives to each token are told; what they leave open is not known and goes to nobody.

use std::{collections::BTreeMap, ops::Range};

use super::countries::names;
use crate::{geo::CountryCode, server::Said};

/// No name of a country is longer, in tokens.
const MOST_TOKENS: usize = 32;

/// The logarithm of the probability of each country that the tokens tell of, where the answer names one at this place of the text;
/// empty where they tell nothing.
///
/// The name is followed token by token. An alternative at a place is shared among the names that go on with it; what is left
/// to the answer's own token goes on to the next, until the name is told from all others.
pub(super) fn country_scores(said: &Said, name: &Range<usize>) -> Vec<(CountryCode, f64)> {
    let Some((first, lead)) = token_at(said, name.start) else { return Vec::new() };
    let names = names();
    let mut shares: BTreeMap<CountryCode, f64> = BTreeMap::new();
    let (mut written, mut left, mut lead) = (String::new(), 1.0, lead);
    for token in said.tokens[first..].iter().take(MOST_TOKENS) {
        let Some(own) = std::str::from_utf8(&token.bytes).ok().and_then(|text| text.strip_prefix(&lead)) else { break };
        let total: f64 = token.alternatives.iter().map(|other| other.logprob.exp()).sum();
        // No server's rounding makes more of a probability than there was.
        let left_here = left / total.max(1.0);
        let mut own_share = None;
        for other in &token.alternatives {
            let share = left_here * other.logprob.exp();
            let Some(text) = other.text.strip_prefix(lead.as_str()) else { continue };
            if text == own {
                own_share = Some(own_share.unwrap_or(0.0) + share);
            } else {
                add(&mut shares, &names, &format!("{written}{text}"), share);
            }
        }
        written.push_str(own);
        // Where its own probability is not told, it has at most what the others leave.
        left = own_share.unwrap_or(left_here * (1.0 - total).max(0.0));
        lead.clear();
        if going_on(&names, &written).len() <= 1 || !own.ends_with(char::is_alphanumeric) && !own.is_empty() {
            break;
        }
    }
    add(&mut shares, &names, &written, left);
    shares.into_iter().filter(|(_, share)| *share > 0.0).map(|(code, share)| (code, share.ln())).collect()
}

/// The token in which the byte at `start` of the text stands, and what of it stands before that byte. Tokens may stand around
/// those of the text: what the model thought before it answered, and its end token.
fn token_at(said: &Said, start: usize) -> Option<(usize, String)> {
    let spoken = said.tokens.iter().flat_map(|token| token.bytes.iter().copied()).collect();
    let wanted = String::from_utf8(spoken).ok()?.rfind(&said.text)? + start;
    let mut at = 0;
    for (index, token) in said.tokens.iter().enumerate() {
        let end = at + token.bytes.len();
        if wanted < end {
            return Some((index, String::from_utf8(token.bytes[..wanted - at].to_vec()).ok()?));
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
    use super::{country_scores as scores_at, *};
    use crate::{
        predict::answer::parsed,
        server::{Alternative, Finish, SaidToken},
    };

    fn country_scores(said: &Said) -> Vec<(CountryCode, f64)> {
        parsed(&said.text, true).country_at.map(|name| scores_at(said, &name)).unwrap_or_default()
    }

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
        let said = said(&[&[("{'country': '", 1.0)], &[("Chile", 0.8), ("Nige", 0.1), ("Zz", 0.1)], &[("'}", 1.0)]]);
        assert!((share(&said, "CL") - 0.8).abs() < 1e-9);
        assert!((share(&said, "NE") - 0.05).abs() < 1e-9 && (share(&said, "NG") - 0.05).abs() < 1e-9);
        let total: f64 = country_scores(&said).iter().map(|(_, score)| score.exp()).sum();
        assert!(total < 0.91, "no country begins so: {total}");
    }

    #[test]
    fn what_else_the_answer_calls_a_country_is_not_asked() {
        let alternatives = said(&[
            &[("{'country': '", 1.0)],
            &[("Kenya", 0.9), ("Uganda", 0.1)],
            &[("', 'alternatives': [{'country': '", 1.0)],
            &[("Tanzania", 0.6), ("Uganda", 0.4)],
            &[("'}]}", 1.0)],
        ]);
        assert!((share(&alternatives, "KE") - 0.9).abs() < 1e-9 && share(&alternatives, "TZ") == 0.0);
        let lines = said(&[&[("<answer>country: [", 1.0)], &[("Chile", 0.8), ("Peru", 0.2)], &[("]</answer>", 1.0)]]);
        assert!((share(&lines, "CL") - 0.8).abs() < 1e-9 && (share(&lines, "PE") - 0.2).abs() < 1e-9);
        let choice = said(&[&[("{'country': '", 1.0)], &[("Spain", 0.9), ("Peru", 0.1)], &[(" or Portugal'}", 1.0)]]);
        assert!(country_scores(&choice).is_empty());
    }

    #[test]
    fn without_tokens_or_with_others_than_the_text_nothing_is_known() {
        let plain = Said { text: "{'country': 'Chile'}".to_owned(), ..Said::default() };
        assert!(country_scores(&plain).is_empty());
        let mut other = said(&[&[("{'country': '", 1.0)], &[("Chile", 1.0)], &[("'}", 1.0)]]);
        assert!(!country_scores(&other).is_empty());
        other.tokens[0].bytes = b"{'kountry': '".to_vec();
        assert!(country_scores(&other).is_empty());
        other.tokens[0].bytes = vec![0xff];
        assert!(country_scores(&other).is_empty());
    }

    #[test]
    fn what_the_model_thought_before_and_its_end_token_are_not_in_the_way() {
        let mut said = said(&[
            &[("{'country': 'Chile'}?", 1.0)],
            &[("{'country': '", 1.0)],
            &[("Chile", 0.8), ("Peru", 0.2)],
            &[("'}", 1.0)],
            &[("<|im_end|>", 1.0)],
        ]);
        said.text = "{'country': 'Chile'}".to_owned();
        assert!((share(&said, "CL") - 0.8).abs() < 1e-9 && (share(&said, "PE") - 0.2).abs() < 1e-9);
    }

    #[test]
    fn a_token_without_alternatives_takes_nothing_away_and_a_name_that_has_no_end_is_not_followed_for_long() {
        let whole = said(&[&[("{'country': '", 1.0)], &[("Ni", 0.8)], &[("ger", 0.5), ("geria", 0.5)], &[("'}", 1.0)]]);
        assert!((share(&whole, "NE") - 0.4).abs() < 1e-9);
        let with_nothing = |n: usize| {
            let nothing = SaidToken { bytes: Vec::new(), alternatives: Vec::new() };
            let mut said = whole.clone();
            said.tokens.splice(2..2, std::iter::repeat_n(nothing, n));
            share(&said, "NE")
        };
        assert!((with_nothing(4) - 0.4).abs() < 1e-9);
        assert!(with_nothing(2 * MOST_TOKENS) < 0.25, "it is shared with Nicaragua, Nigeria and Niue");
    }
}
