//! Models on the disk: what is brought in of a folder, how much has been copied, and a disk that has not enough room.

use super::*;
use crate::hub::{OfferedFile, space::held};

fn reference(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/gguf").join(path)
}

/// The names in a folder but for the record's, sorted.
fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = entries.filter(|name| name != "terrasight-source.json").collect();
    names.sort();
    names
}

/// Of a folder of GGUF files only those come that make one model, under the name of the file.
#[test]
fn a_gguf_file_is_brought_in_with_its_shards_and_its_eyes_and_nothing_else() {
    let (stick, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for folder in ["pair", "words"] {
        for name in names_in(&reference(folder)) {
            fs::copy(reference(folder).join(&name), stick.path().join(&name)).unwrap();
        }
    }
    fs::write(stick.path().join("notes.txt"), "not a model's").unwrap();
    let models = models_folder(home.path());
    let all = names_in(stick.path());
    let take = |name: &str| {
        let folder = import(&stick.path().join(name), &models, &mut |_, _| ControlFlow::Continue(())).unwrap();
        (folder.file_name().unwrap().to_string_lossy().into_owned(), names_in(&folder))
    };
    let with =
        |is_wanted: &dyn Fn(&str) -> bool| all.iter().filter(|name| is_wanted(name)).cloned().collect::<Vec<_>>();
    let (name, files) = take("tiny-BF16.gguf");
    assert_eq!(
        (name.as_str(), files),
        ("tiny-BF16", with(&|name| name == "tiny-BF16.gguf" || name.contains("mmproj")))
    );
    let (name, files) = take("tiny-00001-of-00002.gguf");
    assert_eq!(name, "tiny-00001-of-00002");
    assert_eq!(files, with(&|name| name.starts_with("tiny-0000") || name.contains("mmproj")));
}

#[test]
fn how_much_is_copied_is_told_until_it_is_all_and_a_folders_bytes_are_counted() {
    let home = tempfile::tempdir().unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/segmenter");
    let mut told = Vec::new();
    let folder = import(&from, &models_folder(home.path()), &mut |done, all| {
        told.push((done, all));
        ControlFlow::Continue(())
    });
    let folder = folder.unwrap();
    let record = fs::metadata(folder.join("terrasight-source.json")).unwrap().len();
    assert!(told.is_sorted() && told[0].0 > 0);
    assert_eq!(*told.last().unwrap(), (held(&folder) - record, held(&from)));
    fs::create_dir(folder.join("more")).unwrap();
    let before = held(&folder);
    fs::write(folder.join("more/a"), [0; 1234]).unwrap();
    assert_eq!(held(&folder), before + 1234);
}

#[test]
fn a_disk_that_is_too_full_is_named_before_anything_is_fetched_and_what_has_come_counts() {
    let (server, home) = (server(), tempfile::tempdir().unwrap());
    let path = "model.safetensors".to_owned();
    let file = OfferedFile { path, bytes: Some(1 << 60), sha256: Some("0".repeat(64)) };
    let offer = Offer { files: vec![file], ..offer() };
    let hub = Hub::at(&server.address, None).unwrap();
    let needs = || match pull(&offer, &hub, &models_folder(home.path()), PATIENCE, &mut go_on) {
        Err(HubError::NoSpace { needed, free, .. }) => {
            assert!(free < needed);
            needed
        }
        other => panic!("{other:?}"),
    };
    let all = needs();
    assert!(all > 1 << 60, "some of the disk is left to others");
    fs::write(parts(home.path()).join("model.safetensors.part"), [0; 5000]).unwrap();
    assert_eq!(needs(), all - 5000);
    assert!(server.asked("model.safetensors").is_empty());
}
