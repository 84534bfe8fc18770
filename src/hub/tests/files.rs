//! Models on the disk: what is brought in of a folder, how much has been copied, a disk that has not enough room, and parts that
//! are damaged or of another plan.

use super::*;
use sha2::{Digest as _, Sha256};

use crate::{
    hub::{OfferedFile, space::held},
    picture::hexadecimal,
};

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

fn fetch_as(offer: &Offer, server: &Server, home: &Path) -> Result<PathBuf, HubError> {
    pull(offer, &Hub::at(&server.address, None).unwrap(), &models_folder(home), PATIENCE, &mut go_on)
}

/// The model's weights as a catalogue may list them.
fn listed_weights(sha256: String) -> OfferedFile {
    OfferedFile { path: "model.safetensors".to_owned(), bytes: Some(100_000), sha256: Some(sha256) }
}

/// Begins to fetch a model and stops when it is planned.
fn begin(offer: &Offer, server: &Server, home: &Path) {
    let hub = Hub::at(&server.address, None).unwrap();
    let stopped = pull(offer, &hub, &models_folder(home), PATIENCE, &mut |progress| match progress.stage {
        Pulling::Asking => ControlFlow::Continue(()),
        _ => ControlFlow::Break(()),
    });
    assert!(matches!(stopped, Err(HubError::Stopped)), "{stopped:?}");
}

#[test]
fn a_catalogue_that_is_mended_counts_for_what_was_begun() {
    let (server, home) = (server(), tempfile::tempdir().unwrap());
    let mistyped = Offer { files: vec![listed_weights("0".repeat(64))], ..offer() };
    let error = fetch_as(&mistyped, &server, home.path()).unwrap_err();
    assert!(matches!(error, HubError::WrongSum(_)), "{error}");
    let sum = hexadecimal(&Sha256::digest(weights()));
    let elsewhere = Offer { files: vec![listed_weights(sum.clone())], revision: "f".repeat(40), ..offer() };
    let error = fetch_as(&elsewhere, &server, home.path()).unwrap_err();
    assert!(matches!(error, HubError::NotThere(_)), "{error}");
    let mended = Offer { revision: server::COMMIT.to_owned(), ..elsewhere };
    // Of the same bytes what has come is kept.
    fs::write(parts(home.path()).join("model.safetensors.part"), &weights()[..30_000]).unwrap();
    let folder = fetch_as(&mended, &server, home.path()).unwrap();
    assert_eq!(fs::read(folder.join("model.safetensors")).unwrap(), weights());
    let ranges: Vec<_> = server.asked("model.safetensors").into_iter().map(|asked| asked.range).collect();
    assert_eq!(ranges.last().unwrap().as_deref(), Some("bytes=30000-"));
}

#[test]
fn no_file_of_another_plan_is_taken_for_one_of_this_where_no_sum_says_so() {
    let (server, home) = (server(), tempfile::tempdir().unwrap());
    begin(&Offer { repository: "org/other".to_owned(), ..offer_of_one_commit() }, &server, home.path());
    for (name, text) in [("config.json", "{\"a\": 2}"), ("stray.json", "{}")] {
        fs::write(parts(home.path()).join(name), text).unwrap();
    }
    let folder = fetch_as(&offer(), &server, home.path()).unwrap();
    assert_eq!(fs::read_to_string(folder.join("config.json")).unwrap(), "{\"a\": 1}");
    assert!(!folder.join("stray.json").exists());
}

/// An offer for which the hub is not asked what there is.
fn offer_of_one_commit() -> Offer {
    Offer { files: vec![listed_weights("0".repeat(64))], revision: server::COMMIT.to_owned(), ..offer() }
}

#[test]
fn a_file_that_the_disk_has_damaged_is_fetched_again() {
    let (server, home) = (server(), tempfile::tempdir().unwrap());
    begin(&offer(), &server, home.path());
    fs::write(parts(home.path()).join("model.safetensors"), [7; 100_000]).unwrap();
    let folder = fetch(&server, home.path()).unwrap();
    assert_eq!(fs::read(folder.join("model.safetensors")).unwrap(), weights());
}

#[test]
fn a_fetch_that_is_paused_stays_when_a_model_of_its_name_is_brought_in() {
    let (server, home) = (server(), tempfile::tempdir().unwrap());
    begin(&Offer { name: "segmenter".to_owned(), ..offer() }, &server, home.path());
    let models = models_folder(home.path());
    let part = models.join(".segmenter.part/model.safetensors.part");
    fs::write(&part, "much").unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/segmenter");
    let refused = import(&from, &models, &mut |_, _| ControlFlow::Continue(()));
    assert!(matches!(refused, Err(HubError::Begun(_))) && part.is_file(), "{refused:?}");
    forget_parts(&models, "segmenter").unwrap();
    import(&from, &models, &mut |_, _| ControlFlow::Continue(())).unwrap();
}
