//! Which files of the crate use one another, and whether any of them stand in a circle.
//!
//! A file uses the file in which the thing that it names is written: a re-export in `mod.rs` is followed to its source, so
//! a room's front door makes no circle. A file inside a room may use what the room's own `mod.rs` writes: the two are one
//! thing, and that is how Rust is written. What stands under `#[cfg(test)]` and in comments does not count.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

/// One source file.
struct File {
    path: PathBuf,
    /// Without comments and tests.
    text: String,
    /// What its `use` lines call each name, and the whole path behind it.
    names: HashMap<String, Vec<String>>,
    /// Rooms whose every name it takes in (`use super::*`).
    globs: Vec<Vec<String>>,
}

/// All files by their module path (`["model", "clip", "text"]`).
struct Crate(BTreeMap<Vec<String>, File>);

/// The circles among `files` below `source`: each a list of files of which every one uses another of it in the end.
pub fn circles(source: &Path, files: &[PathBuf]) -> Vec<Vec<String>> {
    let all = Crate::read(source, files);
    let uses: BTreeMap<&PathBuf, BTreeSet<&PathBuf>> =
        all.0.iter().map(|(module, file)| (&file.path, all.used_by(module, file))).collect();
    let reached: BTreeMap<&PathBuf, BTreeSet<&PathBuf>> = uses.keys().map(|&file| (file, reach(&uses, file))).collect();
    let mut found: BTreeSet<Vec<String>> = BTreeSet::new();
    for (file, from_here) in &reached {
        if from_here.contains(file) {
            let together = from_here.iter().filter(|other| reached[**other].contains(file));
            let name = |path: &&PathBuf| path.strip_prefix(source).unwrap_or(path).display().to_string();
            found.insert(together.map(name).collect());
        }
    }
    found.into_iter().collect()
}

/// All files that `file` uses, and those that they use.
fn reach<'a>(uses: &BTreeMap<&'a PathBuf, BTreeSet<&'a PathBuf>>, file: &'a PathBuf) -> BTreeSet<&'a PathBuf> {
    let (mut reached, mut next) = (BTreeSet::new(), vec![file]);
    while let Some(file) = next.pop() {
        next.extend(uses[file].iter().filter(|used| reached.insert(**used)));
    }
    reached
}

impl Crate {
    fn read(source: &Path, files: &[PathBuf]) -> Self {
        let mut all = BTreeMap::new();
        for path in files {
            let module = module_of(path.strip_prefix(source).expect("the file lies in the source folder"));
            let is_test = module.last().is_some_and(|name| name == "tests" || name.ends_with("_tests"));
            if is_test || module.iter().any(|name| name == "tests") {
                continue;
            }
            let text = without_comments_and_tests(&std::fs::read_to_string(path).expect("a source file is text"));
            let (names, globs) = imports(&text, &module);
            all.insert(module, File { path: path.clone(), text, names, globs });
        }
        Self(all)
    }

    fn used_by<'a>(&'a self, module: &[String], file: &'a File) -> BTreeSet<&'a PathBuf> {
        let inline = paths_in(&file.text).into_iter().map(|path| absolute(&path, module, &file.names));
        let paths = file.names.values().cloned().chain(file.globs.iter().cloned()).chain(inline);
        let own = (0..=module.len()).filter_map(|len| self.0.get(&module[..len])).map(|file| &file.path);
        let mut used: BTreeSet<_> = paths.filter_map(|path| self.written_in(&path, 0)).collect();
        for own in own {
            used.remove(own);
        }
        used
    }

    /// The file in which the thing at `path` is written.
    fn written_in(&self, path: &[String], depth: usize) -> Option<&PathBuf> {
        let known = (1..=path.len()).rev().find(|&len| self.0.contains_key(&path[..len]))?;
        let file = &self.0[&path[..known]];
        let Some(name) = path.get(known) else { return Some(&file.path) };
        // A re-export leads on; eight of them in a row there are nowhere.
        match file.names.get(name) {
            Some(behind) if depth < 8 && behind[..] != path[..=known] => {
                let whole: Vec<String> = behind.iter().chain(&path[known + 1..]).cloned().collect();
                self.written_in(&whole, depth + 1).or(Some(&file.path))
            }
            _ => Some(&file.path),
        }
    }
}

fn module_of(inside: &Path) -> Vec<String> {
    let mut parts: Vec<String> = inside.components().map(|c| c.as_os_str().to_string_lossy().into_owned()).collect();
    let last = parts.pop().expect("a path has a part");
    let name = last.trim_end_matches(".rs");
    if !matches!(name, "mod" | "lib" | "main") {
        parts.push(name.to_owned());
    }
    if name == "main" { vec!["the program's main".to_owned()] } else { parts }
}

/// Everything up to the first module of tests, its comments blanked.
fn without_comments_and_tests(text: &str) -> String {
    let mut kept = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let next_opens = lines.peek().is_some_and(|next| next.starts_with("mod ") && next.ends_with('{'));
        if line.starts_with("#[cfg(test)]") && next_opens {
            break;
        }
        if !line.trim_start().starts_with("//") {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// The names that `use` lines bring in and the globs, all as whole paths.
fn imports(text: &str, module: &[String]) -> (HashMap<String, Vec<String>>, Vec<Vec<String>>) {
    let (mut names, mut globs) = (HashMap::new(), Vec::new());
    let opens = |line: &str| {
        let line = line.trim_start();
        let line = line.strip_prefix("pub").map_or(line, |rest| rest.trim_start_matches(|c| c != 'u').trim_start());
        line.starts_with("use ")
    };
    for (start, line) in text.lines().scan(0, |at, line| Some((std::mem::replace(at, *at + line.len() + 1), line))) {
        if !opens(line) {
            continue;
        }
        let from = start + line.find("use ").expect("the line opens so") + 4;
        let tree = text[from..].split(';').next().unwrap_or_default();
        for path in leaves(&tree.split_whitespace().collect::<Vec<_>>().join(" ")) {
            let (path, name) = match path.split_once(" as ") {
                Some((path, name)) => (path.to_owned(), name.trim().to_owned()),
                None => (path.clone(), path.rsplit("::").next().unwrap_or_default().to_owned()),
            };
            let parts: Vec<String> = path.split("::").map(|part| part.trim().to_owned()).collect();
            let (parts, name) = match parts.split_last() {
                Some((last, room)) if last == "self" => {
                    (room.to_vec(), if name == "self" { room.last().cloned().unwrap_or_default() } else { name })
                }
                _ => (parts, name),
            };
            let whole = absolute(&parts, module, &HashMap::new());
            if name == "*" {
                globs.push(whole[..whole.len() - 1].to_vec());
            } else {
                names.insert(name, whole);
            }
        }
    }
    (names, globs)
}

/// The single paths of a `use` tree: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn leaves(tree: &str) -> Vec<String> {
    let Some(open) = tree.find('{') else { return vec![tree.trim().to_owned()] };
    let (front, inside) = (&tree[..open], &tree[open + 1..tree.rfind('}').unwrap_or(tree.len())]);
    let (mut depth, mut pieces) = (0, vec![String::new()]);
    for c in inside.chars() {
        depth += i32::from(c == '{') - i32::from(c == '}');
        match c {
            ',' if depth == 0 => pieces.push(String::new()),
            _ => pieces.last_mut().expect("there is one").push(c),
        }
    }
    let pieces = pieces.iter().filter(|piece| !piece.trim().is_empty());
    pieces.flat_map(|piece| leaves(piece.trim())).map(|leaf| format!("{}{leaf}", front.trim())).collect()
}

/// Every path of two parts or more in a text, `use` lines included.
fn paths_in(text: &str) -> Vec<Vec<String>> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = text.split(|c: char| !is_part(c) && c != ':');
    let paths = words.filter(|word| word.contains("::"));
    paths.map(|path| path.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect()).collect()
}

/// `path` as seen from `module`, from the crate's root.
fn absolute(path: &[String], module: &[String], names: &HashMap<String, Vec<String>>) -> Vec<String> {
    let Some(first) = path.first() else { return Vec::new() };
    match first.as_str() {
        "crate" => path[1..].to_vec(),
        "self" => module.iter().chain(&path[1..]).cloned().collect(),
        "super" => {
            let above = &module[..module.len().saturating_sub(1)];
            match path.get(1).map(String::as_str) {
                Some("super") => absolute(&path[1..], above, names),
                _ => above.iter().chain(&path[1..]).cloned().collect(),
            }
        }
        _ => match names.get(first) {
            Some(whole) => whole.iter().chain(&path[1..]).cloned().collect(),
            None => module.iter().chain(path).cloned().collect(),
        },
    }
}
