//! Which country a text names, where a slip of the pen is forgiven.

use super::{
    country::{Country, MOST_BYTES, countries, country_spelled, names},
    fold::fold,
    gazetteer::places_called,
};

/// The country that a text names ([`country_spelled`]), or that it names with a letter or two wrong, where only one country is that
/// near and no town is called so. None rather than a guess.
pub fn country_named(text: &str) -> Option<&'static Country> {
    let is_plain = text.len() <= MOST_BYTES && !text.contains('(');
    country_spelled(text).or_else(|| if is_plain { nearly_named(&fold(text)) } else { None })
}

/// The one country whose name is a slip of the pen away (two in a long name); none if two countries are as near, as
/// `Slovekia` is to both Slovakia and Slovenia, or if a town has the name, as Granada has.
fn nearly_named(key: &str) -> Option<&'static Country> {
    let mut best: Option<(usize, usize)> = None;
    let mut is_other_as_near = false;
    for (name, at) in names() {
        let Some(slips) = slips_between(key, name) else { continue };
        match best {
            Some((least, found)) if slips == least => is_other_as_near |= found != *at,
            Some((least, _)) if slips > least => {}
            _ => (best, is_other_as_near) = (Some((slips, *at)), false),
        }
    }
    let (_, at) = best.filter(|_| !is_other_as_near)?;
    places_called(key).is_empty().then(|| &countries()[at])
}

/// How many slips make one name of another, where it can have been slips: each word begins as it should, and has at most one of
/// them, or two where it is long and one does not make up for the other's letter. `South America` is not South Africa.
fn slips_between(written: &str, name: &str) -> Option<usize> {
    const LEAST_LETTERS: usize = 5;
    const LONG: usize = 8;
    let n_letters = |word: &str| word.chars().count();
    if n_letters(written) < LEAST_LETTERS || n_letters(name) < LEAST_LETTERS {
        return None;
    }
    let (mut ours, mut theirs) = (written.split(' '), name.split(' '));
    let mut sum = 0;
    loop {
        let (word, right) = match (ours.next(), theirs.next()) {
            (None, None) => return Some(sum),
            (ours, theirs) => (ours?, theirs?),
        };
        let slips = strsim::osa_distance(word, right);
        let allowed = match n_letters(right).min(n_letters(word)) {
            ..LEAST_LETTERS => 0,
            LEAST_LETTERS..LONG => 1,
            _ => 2,
        };
        let is_slip = word.chars().next() == right.chars().next() && n_letters(word).abs_diff(n_letters(right)) <= 1;
        if slips > allowed || !(slips == 0 || is_slip) {
            return None;
        }
        sum += slips;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn named(text: &str, code: &str) {
        assert_eq!(country_named(text).map(|c| c.code.to_string()).as_deref(), Some(code), "{text}");
    }

    #[test]
    fn slips_are_forgiven_only_where_one_country_is_meant() {
        named("Austrlaia", "AU");
        named("Germny", "DE");
        named("Kyrgistan", "KG");
        named("Argentinia", "AR");
        for text in ["South America", "New Guinea", "Siberia", "Australasia", "Granada", "Georgia (USA)", "South Asia"]
        {
            assert_eq!(country_named(text).map(|c| c.name.as_str()), None, "{text}");
        }
        named("Georgia (country)", "GE");
        named("Myanmar (Burma)", "MM");
        named("Untied States", "US");
        for text in
            ["", "Atlantis", "Slovekia", "Irak?!x", "Earth", "xx", "Paris", "unknown", "I", "n/a", &"a".repeat(5000)]
        {
            assert_eq!(country_named(text).map(|c| c.name.as_str()), None, "{text}");
        }
    }
}
