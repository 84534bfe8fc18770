//! What tensors are called on disk, and what this program calls them.

/// What the program calls the tensor that a file calls `original`. `renames` are pairs (on disk, asked for): a part that
/// begins with a dot is replaced wherever it stands inside a name, any other at a name's beginning, where the first that
/// fits wins.
pub(super) fn renamed(original: &str, renames: &[(&str, &str)]) -> String {
    let mut front = renames.iter().filter(|(from, _)| !from.starts_with('.'));
    let name = front.find_map(|(from, to)| Some(format!("{to}{}", original.strip_prefix(from)?)));
    let name = name.unwrap_or_else(|| original.to_owned());
    let inside = renames.iter().filter(|(from, _)| from.starts_with('.'));
    inside.fold(name, |name, (from, to)| name.replace(from, to))
}
