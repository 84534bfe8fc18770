//! A data set that lies somewhere else than when it was indexed: moved or copied with its index beside it, on another disk,
//! or under another name.

use std::{
    fs,
    path::{Component, Path, PathBuf},
};

use crate::picture::sha256_of;

/// So many pictures are compared by their bytes before a folder is taken for the same data set.
const HASHED: usize = 3;

/// A picture of the index by which its data set is recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// What the index calls it.
    pub key: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
}

/// The way from one folder to another, if they have more in common than the disk. Both are canonical.
pub(super) fn way(from: &Path, to: &Path) -> Option<PathBuf> {
    let (mut here, mut there) = (from.components().peekable(), to.components().peekable());
    let mut n_shared = 0;
    while let (Some(a), Some(b)) = (here.peek(), there.peek())
        && a == b
    {
        n_shared += usize::from(matches!(a, Component::Normal(_)));
        here.next();
        there.next();
    }
    let up = here.map(|_| Component::ParentDir);
    (n_shared > 0).then(|| up.chain(there).collect())
}

/// Where the data set of an index lies: at the place that was noted, or as far from the index as it was then, whichever has
/// more of its pictures. Of equals it is the one beside the index, so that a copy does not reach back to the original.
pub(super) fn root_now(noted: &Path, beside: Option<PathBuf>, tokens: &[Token]) -> PathBuf {
    let Some(beside) = beside.and_then(|folder| fs::canonicalize(folder).ok()) else { return noted.to_owned() };
    let (there, here) = (n_held(noted, tokens), n_held(&beside, tokens));
    if here > there || (here == there && (here > 0 || !noted.is_dir())) { beside } else { noted.to_owned() }
}

/// Whether a folder holds the data set that was known to lie at `root`: all of it that was asked for, and byte for byte as
/// far as was looked; or some of it, where the root has nothing any more.
pub(super) fn is_same_set(folder: &Path, root: &Path, tokens: &[Token]) -> bool {
    let is_nested = folder.starts_with(root) || root.starts_with(folder);
    let n_held = n_held(folder, tokens);
    let is_here = n_held > 0 && (n_held == tokens.len() || self::n_held(root, tokens) == 0);
    is_here && !is_nested && {
        let held = tokens.iter().filter(|token| holds(folder, token)).take(HASHED);
        held.into_iter().all(|token| sha256_of(&folder.join(&token.key)).is_ok_and(|hash| hash == token.sha256))
    }
}

fn n_held(folder: &Path, tokens: &[Token]) -> usize {
    tokens.iter().filter(|token| holds(folder, token)).count()
}

fn holds(folder: &Path, token: &Token) -> bool {
    fs::metadata(folder.join(&token.key)).is_ok_and(|about| about.is_file() && about.len() == token.bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_lead_up_and_down() {
        let lead = |from: &str, to: &str| way(Path::new(from), Path::new(to));
        assert_eq!(lead("/a/sets", "/a/sets"), Some(PathBuf::new()));
        assert_eq!(lead("/a/sets", "/a/sets/pictures"), Some("pictures".into()));
        assert_eq!(lead("/a/sets/index", "/a/pictures"), Some("../../pictures".into()));
        assert_eq!(lead("/a", "/b"), None);
    }

    /// A folder with these files, each with its name inside.
    fn folder(names: &[&str]) -> (tempfile::TempDir, PathBuf) {
        let home = tempfile::tempdir().unwrap();
        names.iter().for_each(|name| fs::write(home.path().join(name), name).unwrap());
        let path = fs::canonicalize(home.path()).unwrap();
        (home, path)
    }

    fn tokens(of: &Path, names: &[&str]) -> Vec<Token> {
        let token = |name: &&str| Token {
            key: (*name).to_owned(),
            bytes: name.len() as u64,
            sha256: sha256_of(&of.join(name)).unwrap(),
        };
        names.iter().map(token).collect()
    }

    #[test]
    fn a_copy_belongs_to_its_own_index_and_a_lost_set_to_where_it_is() {
        let (_original, at) = folder(&["a.jpg", "b.jpg"]);
        let (_copy, copied) = folder(&["a.jpg", "b.jpg"]);
        let (_empty, empty) = folder(&[]);
        let tokens = tokens(&at, &["a.jpg", "b.jpg"]);
        assert_eq!(root_now(&at, Some(copied.clone()), &tokens), copied);
        assert_eq!(root_now(&at, Some(empty.clone()), &tokens), at);
        assert_eq!(root_now(&at, None, &tokens), at);
        assert_eq!(root_now(Path::new("/gone"), Some(empty.clone()), &tokens), empty);
        assert_eq!(root_now(&at, Some(empty.clone()), &[]), at, "nothing speaks for another place");
        assert!(is_same_set(&copied, &at, &tokens));
        assert!(!is_same_set(&empty, Path::new("/gone"), &tokens));
        fs::remove_file(copied.join("a.jpg")).unwrap();
        assert!(!is_same_set(&copied, &at, &tokens), "half of a set that is still where it was is another");
        assert!(is_same_set(&copied, Path::new("/gone"), &tokens));
        fs::write(copied.join("b.jpg"), "b.gif").unwrap();
        assert!(!is_same_set(&copied, Path::new("/gone"), &tokens), "names and sizes are not enough");
    }
}
