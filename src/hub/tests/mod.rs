//! Models fetched from a server in the test that answers as the hub does: whole, cut, wrong, refused, slow, and killed.

mod files;
mod server;
mod token;

use std::{
    env, fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use super::{
    Check, Hub, HubError, Keeper, Offer, Patience, Progress, Pulling, Shelved, Token, forget_parts, import, is_begun,
    pull, remove, shelf::models_folder, verify,
};
use crate::{
    assets::packing_in,
    model::{Precision, Purpose},
};
use server::{Server, Trouble};

/// No waiting between tries: whatever takes long here is held by the server until the test lets go.
const PATIENCE: Patience = Patience { first_wait: Duration::ZERO, most_tries: 4, silence: Duration::from_secs(3600) };

fn offer() -> Offer {
    Offer {
        name: "model".to_owned(),
        title: "A model".to_owned(),
        purpose: Purpose::Locate,
        architecture: "A".to_owned(),
        form: "F".to_owned(),
        repository: "org/model".to_owned(),
        revision: "main".to_owned(),
        bytes: None,
        licence: "L".to_owned(),
        good_for: "G".to_owned(),
        question: None,
        figures: Vec::new(),
        files: Vec::new(),
        shape: None,
    }
}

fn weights() -> Vec<u8> {
    (0..100_000u32).map(|n| (n.wrapping_mul(n) >> 3) as u8).collect()
}

fn server() -> Server {
    Server::start(&[
        ("config.json", b"{\"a\": 1}".to_vec()),
        ("tokenizer.json", b"{}".to_vec()),
        ("model.safetensors", weights()),
        ("README.md", b"not needed".to_vec()),
        ("1_Pooling/config.json", b"{}".to_vec()),
    ])
}

fn go_on(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn fetch(server: &Server, home: &Path) -> Result<PathBuf, HubError> {
    let hub = Hub::at(&server.address, Token::new("secret"))?;
    pull(&offer(), &hub, &models_folder(home), PATIENCE, &mut go_on)
}

fn parts(home: &Path) -> PathBuf {
    models_folder(home).join(".model.part")
}

#[test]
fn a_model_comes_whole_with_what_is_needed_and_is_checked_at_any_time() {
    let (server, home) = (server(), tempfile::tempdir().unwrap());
    let hub = Hub::at(&server.address, Token::new("secret")).unwrap();
    let mut stages = Vec::new();
    let folder = pull(&offer(), &hub, &models_folder(home.path()), PATIENCE, &mut |progress| {
        stages.push(progress.stage);
        ControlFlow::Continue(())
    });
    let folder = folder.unwrap();
    assert_eq!((stages[0], stages.contains(&Pulling::Fetching)), (Pulling::Asking, true));
    assert_eq!(fs::read(folder.join("model.safetensors")).unwrap(), weights());
    assert!(folder.join("1_Pooling/config.json").is_file() && !folder.join("README.md").exists());
    assert!(!folder.join(".lock").exists() && !is_begun(&models_folder(home.path()), "model"));
    assert_eq!(server.asked("model.safetensors")[0].token.as_deref(), Some("Bearer secret"));

    let check = |folder: &Path| verify("model", folder, &mut |_, _| ControlFlow::Continue(())).unwrap();
    assert_eq!(check(&folder), Check::Sound(4));
    fs::write(folder.join("tokenizer.json"), "[]").unwrap();
    fs::remove_file(folder.join("config.json")).unwrap();
    assert_eq!(check(&folder), Check::Damaged(vec!["config.json".to_owned(), "tokenizer.json".to_owned()]));
    assert_eq!(verify("model", &folder, &mut |_, _| ControlFlow::Break(())).unwrap(), Check::Stopped);

    let n_asked = server.asked("").len();
    assert_eq!(fetch(&server, home.path()).unwrap(), folder, "it is there");
    assert_eq!(server.asked("").len(), n_asked, "and nobody is asked");
}

#[test]
fn a_line_that_is_cut_again_and_again_is_gone_on_with_where_it_was() {
    let (server, home) = (server(), tempfile::tempdir().unwrap());
    server.trouble("model.safetensors", (0..7).map(|_| Trouble::CutAfter(10_000)));
    let folder = fetch(&server, home.path()).unwrap();
    assert_eq!(fs::read(folder.join("model.safetensors")).unwrap(), weights());
    let asked = server.asked("model.safetensors");
    assert_eq!(asked.len(), 8);
    assert!(asked[0].range.is_none() && asked[1..].iter().all(|asked| asked.range.is_some()), "{asked:?}");
}

#[test]
fn a_line_that_never_brings_anything_is_given_up() {
    let (server, home) = (server(), tempfile::tempdir().unwrap());
    server.trouble("model.safetensors", (0..4).map(|_| Trouble::CutAfter(0)));
    let error = fetch(&server, home.path()).unwrap_err();
    assert!(matches!(&error, HubError::Cut { what, .. } if what == "org/model/model.safetensors"), "{error}");
    assert_eq!(server.asked("model.safetensors").len(), 4);
    fetch(&server, home.path()).unwrap();
}

#[test]
fn a_server_that_knows_no_ranges_sends_it_all_anew() {
    let (server, home) = (server(), tempfile::tempdir().unwrap());
    server.trouble("model.safetensors", [Trouble::CutAfter(50_000), Trouble::NoRanges]);
    let folder = fetch(&server, home.path()).unwrap();
    assert_eq!(fs::read(folder.join("model.safetensors")).unwrap(), weights());
}

/// No sum tells of a small file that it is wrong, once it has its size.
#[test]
fn a_part_that_begins_elsewhere_than_was_asked_is_not_taken_for_the_files_beginning() {
    let config: Vec<u8> = (0..1000).map(|n| b'a' + (n % 26) as u8).collect();
    let files = [("config.json", config.clone()), ("model.safetensors", weights())];
    let (server, home) = (Server::start(&files), tempfile::tempdir().unwrap());
    server.trouble("config.json", [Trouble::CutAfter(500), Trouble::PartLater(10)]);
    let error = fetch(&server, home.path()).unwrap_err();
    assert!(matches!(&error, HubError::Nonsense { .. }), "{error}");
    let folder = fetch(&server, home.path()).unwrap();
    assert_eq!(fs::read(folder.join("config.json")).unwrap(), config);
}

#[test]
fn wrong_bytes_never_get_the_files_name_and_the_next_try_begins_anew() {
    let (server, home) = (server(), tempfile::tempdir().unwrap());
    server.trouble("model.safetensors", [Trouble::WrongBytes]);
    let error = fetch(&server, home.path()).unwrap_err();
    assert!(matches!(&error, HubError::WrongSum(file) if file == "model.safetensors"), "{error}");
    assert!(!models_folder(home.path()).join("model").exists());
    assert!(!parts(home.path()).join("model.safetensors").exists());
    assert!(!parts(home.path()).join("model.safetensors.part").exists());
    let folder = fetch(&server, home.path()).unwrap();
    assert_eq!(fs::read(folder.join("model.safetensors")).unwrap(), weights());

    let home = tempfile::tempdir().unwrap();
    server.trouble("model.safetensors", [Trouble::TooMany]);
    let error = fetch(&server, home.path()).unwrap_err();
    assert!(matches!(&error, HubError::WrongSize { expected: 100_000, .. }), "{error}");
}

#[test]
fn what_the_hub_refuses_is_said_at_once_and_what_may_pass_is_tried_again() {
    for (status, said) in [(403, "HF_TOKEN"), (401, "HF_TOKEN"), (404, "withdrawn"), (418, "mirror")] {
        let (server, home) = (server(), tempfile::tempdir().unwrap());
        server.trouble("model.safetensors", [Trouble::Status(status, "")]);
        let error = fetch(&server, home.path()).unwrap_err().to_string();
        assert!(error.contains(said) && error.starts_with("org/model/model.safetensors"), "{error}");
        assert_eq!(server.asked("model.safetensors").len(), 1, "{status}");
    }
    for (status, head) in [(429, "Retry-After: 0"), (500, ""), (503, "Retry-After: soon")] {
        let (server, home) = (server(), tempfile::tempdir().unwrap());
        server.trouble("model.safetensors", (0..3).map(|_| Trouble::Status(status, head)));
        server.trouble("recursive=true", [Trouble::Status(status, head)]);
        fetch(&server, home.path()).unwrap();
        assert_eq!(server.asked("model.safetensors").len(), 4, "{status}");

        let home = tempfile::tempdir().unwrap();
        server.trouble("model.safetensors", (0..4).map(|_| Trouble::Status(status, head)));
        let error = fetch(&server, home.path()).unwrap_err();
        assert!(matches!(error, HubError::Busy { status: said, .. } if said == status), "{error}");
    }
}

#[test]
fn an_answer_that_points_elsewhere_is_followed_and_the_token_stays_at_home() {
    let (server, store, home) = (server(), server(), tempfile::tempdir().unwrap());
    // The same machine by another name is another host.
    let elsewhere = store.address.replace("127.0.0.1", "localhost");
    server.trouble("model.safetensors", [Trouble::Elsewhere(elsewhere.clone()), Trouble::Elsewhere(elsewhere)]);
    store.trouble("model.safetensors", [Trouble::CutAfter(30_000)]);
    let folder = fetch(&server, home.path()).unwrap();
    assert_eq!(fs::read(folder.join("model.safetensors")).unwrap(), weights());
    let asked = store.asked("model.safetensors");
    assert_eq!(asked.iter().map(|asked| asked.token.as_deref()).collect::<Vec<_>>(), [None, None]);
    assert_eq!(asked[1].range.as_deref(), Some("bytes=30000-"), "the range goes along");

    let home = tempfile::tempdir().unwrap();
    server.trouble("model.safetensors", (0..20).map(|_| Trouble::Elsewhere(server.address.clone())));
    let error = fetch(&server, home.path()).unwrap_err();
    assert!(matches!(error, HubError::Nonsense { .. }), "{error}");
}

#[test]
fn a_stop_is_obeyed_while_the_line_is_silent_and_the_rest_comes_later() {
    let (server, home) = (server(), tempfile::tempdir().unwrap());
    let silent = server.silent_after("model.safetensors", 40_000);
    let hub = Hub::at(&server.address, None).unwrap();
    let stopped = pull(&offer(), &hub, &models_folder(home.path()), PATIENCE, &mut |progress| {
        // All that is coming has come when the server is silent and its bytes and those of the small files are counted.
        let is_silent = progress.done == 40_000 + 12 && silent.try_recv().is_ok();
        if is_silent { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(matches!(stopped, Err(HubError::Stopped)), "{stopped:?}");
    assert!(is_begun(&models_folder(home.path()), "model"));
    fetch(&server, home.path()).unwrap();
    assert_eq!(server.asked("model.safetensors")[1].range.as_deref(), Some("bytes=40000-"));
}

#[test]
fn a_line_that_stays_silent_counts_as_cut() {
    let (server, home) = (server(), tempfile::tempdir().unwrap());
    let _hears = server.silent_after("model.safetensors", 40_000);
    let hub = Hub::at(&server.address, None).unwrap();
    let patience = Patience { silence: Duration::from_millis(300), most_tries: 50, ..PATIENCE };
    let folder = pull(&offer(), &hub, &models_folder(home.path()), patience, &mut go_on).unwrap();
    assert_eq!(fs::read(folder.join("model.safetensors")).unwrap(), weights());
}

const CHILD_SERVER: &str = "TERRASIGHT_TEST_SERVER";
const CHILD_HOME: &str = "TERRASIGHT_TEST_HOME";

#[test]
#[ignore = "is the one that is killed below"]
fn fetching_until_killed() {
    let (Ok(address), Ok(home)) = (env::var(CHILD_SERVER), env::var(CHILD_HOME)) else { return };
    let hub = Hub::at(&address, None).unwrap();
    let _never = pull(&offer(), &hub, &models_folder(Path::new(&home)), PATIENCE, &mut go_on);
}

#[test]
fn after_a_kill_in_the_middle_the_rest_comes_and_nothing_half_is_taken_for_whole() {
    let (server, home) = (server(), tempfile::tempdir().unwrap());
    let silent = server.silent_after("model.safetensors", 60_000);
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "hub::tests::fetching_until_killed", "--ignored"])
        .env(CHILD_SERVER, &server.address)
        .env(CHILD_HOME, home.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    silent.recv().unwrap();
    let part = parts(home.path()).join("model.safetensors.part");
    // The bytes are on their way through the other process; it is killed once some are on the disk.
    while fs::metadata(&part).map_or(0, |metadata| metadata.len()) == 0 {
        std::thread::yield_now();
    }
    let busy = fetch(&server, home.path()).unwrap_err();
    assert!(matches!(busy, HubError::Underway(_)), "{busy}");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!models_folder(home.path()).join("model").exists());
    let begun = fs::metadata(&part).unwrap().len();
    let folder = fetch(&server, home.path()).unwrap();
    assert_eq!(fs::read(folder.join("model.safetensors")).unwrap(), weights());
    let expected = format!("bytes={begun}-");
    assert_eq!(server.asked("model.safetensors")[1].range.as_deref(), Some(expected.as_str()));
}

#[test]
fn paths_that_lead_out_of_the_folder_are_refused_before_anything_is_written() {
    let server = Server::start(&[("config.json", b"{}".to_vec()), ("model/../../../evil.safetensors", weights())]);
    let home = tempfile::tempdir().unwrap();
    let offered = |path: &str| super::OfferedFile { path: path.to_owned(), bytes: None, sha256: None };
    let offer = Offer { files: vec![offered("config.json"), offered("model/../../../evil.safetensors")], ..offer() };
    let hub = Hub::at(&server.address, None).unwrap();
    let error = pull(&offer, &hub, &models_folder(home.path()), PATIENCE, &mut go_on).unwrap_err();
    assert!(matches!(error, HubError::Outside(_)), "{error}");
    assert!(server.asked("evil.safetensors").is_empty() && !home.path().join("evil.safetensors").exists());
}

#[test]
fn a_server_that_says_nonsense_is_no_hub() {
    for (path, text) in [("recursive=true", "a page"), ("revision/main", "{\"sha\": \"main\"}")] {
        let server = Server::start(&[("config.json", text.as_bytes().to_vec())]);
        let home = tempfile::tempdir().unwrap();
        // The list itself points to a text that is none.
        let place = format!("{}/org/model/resolve/{}/config.json?", server.address, server::COMMIT);
        server.trouble(path, [Trouble::Elsewhere(place)]);
        let error = fetch(&server, home.path()).unwrap_err();
        assert!(matches!(error, HubError::Nonsense { .. }), "{error}");
    }
    let no_model = Server::start(&[("README.md", b"words".to_vec())]);
    let home = tempfile::tempdir().unwrap();
    let error = fetch(&no_model, home.path()).unwrap_err();
    assert!(matches!(error, HubError::Nonsense { .. }), "{error}");
    assert!(!is_begun(&models_folder(home.path()), "model"), "nothing has come");
    let nobody = Hub::at("http://127.0.0.1:1", None).unwrap();
    let home = tempfile::tempdir().unwrap();
    let error = pull(&offer(), &nobody, home.path(), PATIENCE, &mut go_on).unwrap_err();
    assert!(matches!(error, HubError::NotReached { .. }), "{error}");
    assert!(error.to_string().contains("check the network and the mirror's address"), "{error}");
}

#[test]
fn models_are_brought_in_from_a_folder_and_taken_away() {
    let home = tempfile::tempdir().unwrap();
    let models = models_folder(home.path());
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/segmenter");
    let mut go_on = |_, _| ControlFlow::Continue(());
    let stopped = import(&from, &models, &mut |_, _| ControlFlow::Break(()));
    assert!(matches!(&stopped, Err(HubError::Ended)) && !is_begun(&models, "segmenter"));
    assert!(!models.join(".segmenter.part").exists() && stopped.unwrap_err().to_string().contains("begins anew"));
    let folder = import(&from, &models, &mut |_, _| {
        let second = import(&from, &models, &mut |_, _| ControlFlow::Continue(()));
        assert!(matches!(second, Err(HubError::Underway(_))), "{second:?}");
        ControlFlow::Continue(())
    });
    assert!(!folder.as_ref().unwrap().join(".lock").exists());
    fs::remove_dir_all(folder.unwrap()).unwrap();
    let folder = import(&from, &models, &mut go_on).unwrap();
    assert_eq!(folder, models.join("segmenter"));
    assert!(matches!(verify("segmenter", &folder, &mut go_on).unwrap(), Check::Sound(n) if n >= 2));
    assert!(matches!(import(&from, &models, &mut go_on), Err(HubError::IsThere(_))));
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples");
    assert!(matches!(import(&samples, &models, &mut go_on), Err(HubError::NoModel { .. })));

    let mut model = Shelved {
        name: "segmenter".to_owned(),
        path: folder.clone(),
        keeper: Keeper::HubCache,
        bytes: 1,
        footprint: None,
        problem: None,
    };
    assert!(matches!(remove(home.path(), &model), Err(HubError::NotOurs(_))) && folder.is_dir());
    model.keeper = Keeper::Own;
    // What is left where a removal was killed, of this model and of another.
    for name in [".segmenter.gone", ".other.gone"] {
        fs::create_dir(models.join(name)).unwrap();
        fs::write(models.join(name).join("model.safetensors"), "half").unwrap();
    }
    // What was packed of it, and of another.
    let packed = |folder: &Path| packing_in(home.path(), Precision::FourBits).place_of(folder);
    let (own, others) = (packed(&folder), packed(&models.join("other")));
    fs::create_dir(own.parent().unwrap()).unwrap();
    [&own, &others].into_iter().for_each(|file| fs::write(file, "packed").unwrap());
    remove(home.path(), &model).unwrap();
    assert_eq!((own.exists(), others.exists()), (false, true));
    assert_eq!(fs::read_dir(&models).unwrap().count(), 0);

    fs::create_dir_all(models.join(".model.part")).unwrap();
    forget_parts(&models, "model").unwrap();
    assert!(!is_begun(&models, "model"));
}
