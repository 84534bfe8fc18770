//! Lists what lies in the folders of models that are shipped and in `assets/samples`, so that the program holds these files inside itself.

use std::{
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo names the crate's folder"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names the output folder"));
    let mut code = String::new();
    let folders = [
        ("STARTER", "assets/starter"),
        ("SEGMENTER", "assets/segmenter"),
        ("NETWORK", "assets/network"),
        ("READER", "assets/reader"),
        ("CALIBRATIONS", "assets/calibration"),
        ("SAMPLES", "assets/samples"),
    ];
    for (name, folder) in folders {
        println!("cargo:rerun-if-changed={folder}");
        let _ = writeln!(code, "const {name}: &[EmbeddedFile] = &[");
        for path in files_in(&root.join(folder)) {
            println!("cargo:rerun-if-changed={}", path.display());
            let file_name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let path = path.display().to_string();
            let _ = writeln!(code, "    EmbeddedFile {{ name: {file_name:?}, bytes: include_bytes!({path:?}) }},");
        }
        let _ = writeln!(code, "];");
    }
    fs::write(out.join("embedded.rs"), code).expect("the output folder is writable");
}

/// The plain files in a folder, by name; none where there is no such folder.
fn files_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<_> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_file()).collect();
    files.sort();
    files
}
