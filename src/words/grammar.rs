//! How words are put together: lists, counts of things, capitals.

use super::count;

/// "a", "a and b", "a, b and c", or with another word before the last.
pub(super) fn listed(names: &[impl AsRef<str>], joint: &str) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match names.as_slice() {
        [several @ .., last] if !several.is_empty() => format!("{} {joint} {last}", several.join(", ")),
        names => names.concat(),
    }
}

/// "1 picture", "12,345 pictures".
pub(super) fn counted(n: usize, what: &str) -> String {
    let end = if n == 1 { "" } else { "s" };
    format!("{} {what}{end}", count(n))
}

/// "is" of one thing, "are" of any other number.
pub(super) fn are(n: usize) -> &'static str {
    if n == 1 { "is" } else { "are" }
}

/// With a capital in front.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_counts_and_capitals() {
        let lists = [&[][..], &["a"], &["a", "b"], &["a", "b", "c"]].map(|names| listed(names, "or"));
        assert_eq!(lists, ["", "a", "a or b", "a, b or c"]);
        assert_eq!([0, 1, 2000].map(|n| counted(n, "picture")), ["0 pictures", "1 picture", "2,000 pictures"]);
        assert_eq!(["", "a b", "ägypten"].map(capital), ["", "A b", "Ägypten"]);
    }
}
