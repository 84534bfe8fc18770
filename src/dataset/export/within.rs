//! Where pictures go in a folder that can be used on any system: below it, under names that every system takes.

use std::{collections::HashSet, path::Path};

/// Names that Windows keeps for devices, whatever their ending.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$"];

/// The places given away so far.
#[derive(Debug, Default)]
pub(super) struct Within {
    /// In small letters: where capitals make no difference, two names that differ only by them are one file.
    taken: HashSet<String>,
}

impl Within {
    /// A place for a picture, with `/`: under the name that it has below its own root where that is one, and never outside the
    /// folder, nor where another picture is. `number` is its own among all pictures.
    pub fn place(&mut self, number: i64, name: &Path) -> String {
        let path = name.to_string_lossy();
        let is_within = !name.is_absolute() && path.split('/').all(|part| !matches!(part, "" | "." | ".."));
        let place = if is_within {
            format!("pictures/{}", path.split('/').map(portable).collect::<Vec<_>>().join("/"))
        } else {
            format!("pictures-from-elsewhere/{number}-{}", portable(path.rsplit('/').next().unwrap_or_default()))
        };
        if self.taken.insert(place.to_lowercase()) {
            return place;
        }
        let mut n = 1;
        loop {
            let mark = if n == 1 { number.to_string() } else { format!("{number}-{n}") };
            let other = numbered(&place, &mark);
            if self.taken.insert(other.to_lowercase()) {
                return other;
            }
            n += 1;
        }
    }
}

/// `a/b-7.jpg` of `a/b.jpg`.
fn numbered(place: &str, number: &str) -> String {
    let name = place.rfind('/').map_or(0, |slash| slash + 1);
    match place[name..].rfind('.') {
        Some(dot) if dot > 0 => format!("{}-{number}{}", &place[..name + dot], &place[name + dot..]),
        _ => format!("{place}-{number}"),
    }
}

/// A name for the same file that every system takes for one name: `..\x.jpg` is a file's name on one system and a way out of
/// the folder on another.
fn portable(name: &str) -> String {
    let is_plain = |c: char| !c.is_control() && !matches!(c, '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*');
    let mut plain: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    if plain.ends_with(['.', ' ']) {
        plain.pop();
        plain.push('_');
    }
    let stem = plain.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let is_number = |rest: &str| rest.len() == 1 && rest.bytes().all(|byte| byte.is_ascii_digit());
    let is_port = ["com", "lpt"].iter().any(|port| stem.strip_prefix(port).is_some_and(is_number));
    if DEVICES.contains(&stem.as_str()) || is_port { format!("_{plain}") } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_picture_leaves_the_folder_on_any_system() {
        let mut within = Within::default();
        for (path, expected) in [
            ("a/b.jpg", "pictures/a/b.jpg"),
            ("..\\..\\x.jpg", "pictures/.._.._x.jpg"),
            ("C:\\x.jpg", "pictures/C__x.jpg"),
            ("a/NUL.jpg", "pictures/a/_NUL.jpg"),
            ("com1", "pictures/_com1"),
            ("comb.jpg", "pictures/comb.jpg"),
            ("dot./b.jpg", "pictures/dot_/b.jpg"),
            ("/etc/c.jpg", "pictures-from-elsewhere/7-c.jpg"),
            ("../d.jpg", "pictures-from-elsewhere/7-d.jpg"),
            ("a/../../e.jpg", "pictures-from-elsewhere/7-e.jpg"),
            ("/etc/..\\f.jpg", "pictures-from-elsewhere/7-.._f.jpg"),
        ] {
            assert_eq!(within.place(7, Path::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn no_picture_takes_the_place_of_another() {
        let mut within = Within::default();
        let places = [(1, "A/b.jpg"), (2, "a/B.JPG"), (3, "x:y.jpg"), (4, "x?y.jpg"), (5, "x_y-4.jpg")];
        let places = places.map(|(id, path)| within.place(id, Path::new(path)));
        let expected = [
            "pictures/A/b.jpg",
            "pictures/a/B-2.JPG",
            "pictures/x_y.jpg",
            "pictures/x_y-4.jpg",
            "pictures/x_y-4-5.jpg",
        ];
        assert_eq!(places, expected);
    }
}
