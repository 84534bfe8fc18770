//! How likely the model holds every country to be: each name is scored as the next words of its own answer.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crate::{
    geo::{self, CountryCode},
    model::{
        Context, ModelError, VisionLanguageModel, log_sum_exp,
        tokenizer::{Tokenizer, TokenizerError},
    },
};

use super::prompt::Wording;

/// How many names are scored in one pass of the model.
const WAVE: usize = 64;

/// So much of what follows a name is read for its first token, in bytes; models write their reasons there.
const CLOSING_BYTES: usize = 64;

/// When the names that are left cannot hold more than this share together, they are not followed further.
const NEGLIGIBLE: f64 = 1e-4;

/// The log-probability of every country's name; a country with several names (`USA`, `United States`) stands there as
/// often, and its names' probabilities add up.
///
/// `context` holds a prompt of `prompt_tokens` tokens and what the model wrote after it; `wording` stands after the prompt
/// around the name. Of what follows a name only the first token counts: it tells Niger from Nigeria.
///
/// A name is no likelier than its first token, and those of all names are known after one step. So names are scored wave
/// by wave, the likeliest first tokens first, each wave over one trie of tokens that shares the context, until what is
/// left is negligible; a name that is left stands with its bound.
pub(super) fn score(
    model: &VisionLanguageModel,
    context: &mut Context,
    prompt_tokens: usize,
    wording: Wording<'_>,
    is_cancelled: &dyn Fn() -> bool,
) -> Result<Vec<(CountryCode, f64)>, ModelError> {
    let (codes, names): (Vec<_>, Vec<_>) = names().into_iter().unzip();
    let tokens = tokens_of(model.tokenizer(), wording, &names)?;
    let shared = shared_length(&tokens);
    let lead = tokens.first().map_or(&[] as &[u32], |first| &first[..shared]);
    go_to(model, context, prompt_tokens, lead)?;

    let first = context.next_logits();
    let total = log_sum_exp(first);
    let bound = |name: &Vec<u32>| first.get(name[shared] as usize).copied().unwrap_or(f32::NEG_INFINITY);
    let mut scores: Vec<f64> = tokens.iter().map(|name| f64::from(bound(name)) - total).collect();
    let mut order: Vec<usize> = (0..tokens.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
    let mut held = 0.0;
    for start in (0..order.len()).step_by(WAVE) {
        let left: f64 = order[start..].iter().map(|&name| scores[name].exp()).sum();
        if left < NEGLIGIBLE * held {
            break;
        }
        if is_cancelled() {
            return Err(ModelError::Cancelled);
        }
        let wave = &order[start..order.len().min(start + WAVE)];
        let continuations: Vec<Vec<u32>> = wave.iter().map(|&name| tokens[name][shared..].to_vec()).collect();
        let mut go_on = || if is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        for (&name, score) in wave.iter().zip(model.score_watched(context, &continuations, &mut go_on)?) {
            scores[name] = score;
            held += score.exp();
        }
    }
    Ok(codes.into_iter().zip(scores).collect())
}

/// For each name the tokens of the opening, the name, and the first token after it.
fn tokens_of(tokenizer: &Tokenizer, wording: Wording<'_>, names: &[&str]) -> Result<Vec<Vec<u32>>, TokenizerError> {
    let Wording { opening, closing } = wording;
    let closing = &closing[..closing.floor_char_boundary(CLOSING_BYTES)];
    let bare = names.iter().map(|&name| name.to_owned());
    let closed = names.iter().map(|name| format!("{name}{closing}"));
    // In one call, so that what they share is read once.
    let mut bare = tokenizer.encode_after(opening, &bare.chain(closed).collect::<Vec<_>>())?;
    let mut closed = bare.split_off(names.len());
    for (closed, bare) in closed.iter_mut().zip(&bare) {
        let same = bare.iter().zip(&*closed).take_while(|(a, b)| a == b).count();
        closed.truncate(same + 1);
    }
    Ok(closed)
}

/// Brings the context to the prompt followed by `lead`, keeping what the model wrote as far as it is the same.
fn go_to(
    model: &VisionLanguageModel,
    context: &mut Context,
    prompt_tokens: usize,
    lead: &[u32],
) -> Result<(), ModelError> {
    // The last token is read again, so that the scores are those after it; with an empty lead it is the prompt's last.
    let from = prompt_tokens.saturating_sub(1);
    let held = &context.tokens()[from..];
    let wanted: Vec<u32> = held.iter().take(1).chain(lead).copied().collect();
    let same = held.iter().zip(&wanted).take_while(|(a, b)| a == b).count().min(wanted.len().saturating_sub(1));
    context.truncate(from + same);
    model.extend(context, &wanted[same..])
}

/// Every country under its English name and its other names in plain letters (models answer in English).
pub(super) fn names() -> Vec<(CountryCode, &'static str)> {
    let plain = |name: &&str| name.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, ' ' | '-' | '.'));
    let mut names = BTreeMap::new();
    for country in geo::countries() {
        names.entry(country.name.as_str()).or_insert(country.code);
    }
    for country in geo::countries() {
        for alias in country.aliases.iter().map(String::as_str).filter(plain) {
            names.entry(alias).or_insert(country.code);
        }
    }
    names.into_iter().map(|(name, code)| (code, name)).collect()
}

/// How many tokens all names begin with; at least one of each name's own is left.
fn shared_length(tokens: &[Vec<u32>]) -> usize {
    let Some(first) = tokens.first() else { return 0 };
    let agree = |other: &Vec<u32>| first.iter().zip(other).take_while(|(a, b)| a == b).count();
    let shortest = tokens.iter().map(Vec::len).min().unwrap_or(0);
    tokens.iter().map(agree).min().unwrap_or(0).min(shortest.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_belongs_to_one_country_and_each_country_has_one() {
        let names = names();
        for country in geo::countries() {
            assert!(names.iter().any(|&(code, _)| code == country.code), "{} has no name", country.name);
        }
        let mut texts: Vec<_> = names.iter().map(|(_, name)| name).collect();
        texts.dedup();
        assert_eq!(texts.len(), names.len());
        assert!(names.len() > 250);
    }

    #[test]
    fn a_name_is_read_with_what_stands_around_it_up_to_one_token_behind() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/qwen2_5_vl/untied");
        let tokenizer = Tokenizer::from_dir(&folder).unwrap();
        let closing = format!("', 'city': 'Lyon', 'reasons': ['{}']}}", "the signs are blue. ".repeat(30));
        let wording = Wording { opening: "It is dry.\n{'country': '", closing: &closing };
        let tokens = tokens_of(&tokenizer, wording, &["France", "Niger", "Nigeria"]).unwrap();
        for (tokens, name) in tokens.iter().zip(["France", "Niger", "Nigeria"]) {
            let whole = tokenizer.encode(&format!("{}{name}{closing}", wording.opening)).unwrap();
            let bare = tokenizer.encode(&format!("{}{name}", wording.opening)).unwrap();
            assert_eq!(tokens[..], whole[..tokens.len()], "{name}");
            assert_eq!(tokens.len(), bare.len() + 1, "{name}");
        }
    }

    #[test]
    fn names_part_where_their_tokens_part() {
        assert_eq!(shared_length(&[vec![1, 2, 3, 9], vec![1, 2, 4, 9], vec![1, 2, 3, 5, 9]]), 2);
        assert_eq!(shared_length(&[vec![1, 2]]), 1);
        assert_eq!(shared_length(&[]), 0);
    }
}
