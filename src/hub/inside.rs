//! Names and paths that come from elsewhere: only those that stay inside the folder they are for.

use std::path::{Path, PathBuf};

use super::HubError;

/// Longest name or path, in bytes.
const LONGEST: usize = 240;

/// Whether a name can be that of a folder on every system.
pub(super) fn is_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=LONGEST).contains(&name.len()) && name.chars().all(is_plain) && !name.starts_with('.') && !name.ends_with('.')
}

/// Whether it is `ORGANISATION/MODEL`.
pub(super) fn is_repository(text: &str) -> bool {
    text.split('/').count() == 2 && text.split('/').all(is_name)
}

/// Where `path`, as the hub writes it, lies in `folder`.
///
/// # Errors
/// Where it would lie anywhere else.
pub(super) fn inside(folder: &Path, path: &str) -> Result<PathBuf, HubError> {
    let is_fine = path.len() <= LONGEST && path.split('/').all(is_name);
    match is_fine {
        true => Ok(path.split('/').fold(folder.to_owned(), |place, part| place.join(part))),
        false => Err(HubError::Outside(path.chars().take(LONGEST).collect())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_that_stay_inside_are_taken() {
        let folder = Path::new("/models/a");
        assert_eq!(inside(folder, "1_Pooling/config.json").unwrap(), folder.join("1_Pooling").join("config.json"));
        for path in ["../b", "a/../../b", "/etc/passwd", "C:\\a", "C:/a", "a//b", "", ".", "a/.hidden", "a\0b", "a./b"]
        {
            assert!(inside(folder, path).is_err(), "{path:?}");
        }
        assert!(is_repository("Qwen/Qwen2.5-VL-3B-Instruct"));
        for text in ["Qwen", "a/b/c", "../b", "a/..", "a b/c"] {
            assert!(!is_repository(text), "{text}");
        }
    }
}
