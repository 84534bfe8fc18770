//! The Models page: fetching, pausing, using and deleting by the names that screen readers say.

use std::sync::Arc;

use egui::{Key, Modifiers, accesskit::Role};
use egui_kittest::kittest::Queryable as _;
use terrasight::{
    hub::{Access, Catalogue, DeviceMemory, HubError, Keeper, Progress, Pulling, Shelved, Token},
    model::{ComputeKind, Footprint, Purpose},
    state::{Action, HubAction, Page},
    worker::{Event, Failure, HubNews, HubProgress, HubTask, JobId, ModelSource, Stock},
};

use crate::{
    hands::{Window, click, is_said, type_into},
    script::{Dropped, Script, settle, window},
};

const ADVISED: &str = "Qwen2.5-VL-7B-Instruct-Q4_K_M";

fn segmenter() -> Shelved {
    let architecture = "SegformerForSemanticSegmentation";
    let footprint = Footprint { purpose: Purpose::Segment, architecture, bytes: 15, parameters: 3, shape: None };
    Shelved {
        name: "segformer-b0-finetuned-ade-512-512".to_owned(),
        path: "/home/models/segformer".into(),
        keeper: Keeper::Own,
        bytes: 15_036_944,
        footprint: Some(footprint),
        problem: None,
    }
}

/// Answers the last look with these models on a machine of 32 GB without a graphics card.
pub fn stock(script: &Script, shelf: Vec<Shelved>) {
    stock_with(script, shelf, Access::default());
}

/// The same, with these tokens.
fn stock_with(script: &Script, shelf: Vec<Shelved>, access: Access) {
    let tasks = script.take_hub_tasks();
    let (job, _) = *tasks.iter().find(|(_, task)| matches!(task, HubTask::Look)).as_ref().expect("somebody looked");
    let memory =
        DeviceMemory { name: "CPU".to_owned(), kind: ComputeKind::Cpu, all: Some(32 << 30), free: Some(28 << 30) };
    let catalogue = Catalogue::shipped().clone();
    let stock = Stock { catalogue, problem: None, shelf, begun: Vec::new(), memories: vec![memory], access };
    script.say(Event::Hub { job: *job, news: HubNews::Stock(Arc::new(stock)) });
    script.say(Event::Done { job: *job });
}

fn pull_of(script: &Script) -> JobId {
    let tasks = script.take_hub_tasks();
    let pulls = tasks.iter().filter(|(_, task)| matches!(task, HubTask::Pull { offer, .. } if offer.name == ADVISED));
    let jobs: Vec<JobId> = pulls.map(|(job, _)| *job).collect();
    assert_eq!((jobs.len(), tasks.len()), (1, 1), "{tasks:?}");
    jobs[0]
}

#[test]
fn the_first_page_says_which_model_to_take_and_fetches_it_with_one_press() {
    let (mut window, script) = window(|builder| builder);
    stock(&script, Vec::new());
    settle(&mut window);
    window.get_by_label("For photographs this machine should take Qwen2.5-VL 7B, packed: 5.5 GB; licence: Apache-2.0.");
    click(&mut window, "Fetch Qwen2.5-VL 7B, packed");
    let job = pull_of(&script);
    let progress = Progress { stage: Pulling::Fetching, done: 1_100_000_000, all: 5_536_191_744 };
    let underway = HubProgress { progress, bytes_a_second: Some(11e6), seconds_left: Some(400.0) };
    script.say(Event::Hub { job, news: HubNews::Progress(underway) });
    settle(&mut window);
    window.get_by_label("Qwen2.5-VL 7B, packed: downloading, 1.1 GB of 5.5 GB, 11 MB a second, 7 min left");
    window.get_by_label("Network: fetching a model");
    click(&mut window, "Show it on the Models page");
    assert_eq!(window.state().state().settings().page, Page::MODELS);
    window.get_by_label(&format!("Model {ADVISED}: says where, 5.5 GB, fits, 19 %"));
    click(&mut window, "Pause");
    assert_eq!(script.cancelled(), [job]);
    window.get_by_label("paused; what has come is kept");
    click(&mut window, "Go on");
    script.take_hub_tasks().iter().find(|(_, task)| matches!(task, HubTask::Pull { .. })).expect("it goes on");
}

#[test]
fn a_model_is_used_checked_and_deleted_after_a_question() {
    let (mut window, script) = window(|builder| builder);
    stock(&script, vec![segmenter()]);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num4);
    settle(&mut window);
    let name = "Model segformer-b0-finetuned-ade-512-512: segmenter, 15 MB, fits";
    click(&mut window, &format!("{name}, ready"));
    click(&mut window, "Use");
    let source = ModelSource::Directory("/home/models/segformer".into());
    assert_eq!(window.state().state().settings().segmenter, source);
    window.get_by_label(&format!("{name}, in use, ready"));
    click(&mut window, "Verify");
    assert!(matches!(script.take_hub_tasks().as_slice(), [(_, HubTask::Verify(_))]));
    click(&mut window, "Stop");
    script.take_hub_tasks();
    click(&mut window, "Delete…");
    window
        .get_by_label("segformer-b0-finetuned-ade-512-512 and its 15 MB leave this machine. It can be fetched again.");
    click(&mut window, "Delete");
    let tasks = script.take_hub_tasks();
    assert!(matches!(tasks.as_slice(), [(_, HubTask::Remove(_)), (_, HubTask::Look)]), "{tasks:?}");
}

#[test]
fn the_folder_of_a_model_is_dropped_on_the_page_or_on_the_form_and_brought_in() {
    let model = tempfile::tempdir().expect("a folder");
    std::fs::write(model.path().join("config.json"), "{}").expect("a file");
    let (mut window, script) = window(|builder| builder);
    stock(&script, Vec::new());
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num4);
    settle(&mut window);
    let drop = |window: &mut Window| {
        window.input_mut().dropped_files.push(Arc::new(Dropped(model.path().to_owned())));
        settle(window);
    };
    let imported = |script: &Script| match script.take_hub_tasks().as_slice() {
        [(job, HubTask::Import(from))] => {
            script.say(Event::Done { job: *job });
            Some(from.clone())
        }
        _ => None,
    };
    drop(&mut window);
    assert_eq!(imported(&script), None, "nothing is copied before it was agreed to");
    click(&mut window, "Import");
    assert_eq!(imported(&script).as_deref(), Some(model.path()));
    settle(&mut window);
    script.take_hub_tasks();

    // No system's dialog answers here, so the form says that the folder can be dropped.
    click(&mut window, "Import from a folder…");
    assert!(is_said(&window, "or drop the file or folder on the window."));
    drop(&mut window);
    assert_eq!(imported(&script).as_deref(), Some(model.path()));
    assert_eq!(window.state().state().settings().page, Page::MODELS);
    assert!(window.state().state().entries().is_empty());
}

#[test]
fn the_page_is_walked_by_keys_and_the_network_switch_holds() {
    let (mut window, script) = window(|builder| builder);
    stock(&script, Vec::new());
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num4);
    settle(&mut window);
    window.get_by_label("None but the starter, which knows drawn streets only.");
    window.get_by_label(&format!("Model {ADVISED}: says where, 5.5 GB, fits"));
    window.get_by_label("CPU: fits, about 6.5 GB of 30 GB free");
    window.key_press(Key::ArrowUp);
    settle(&mut window);
    window.get_by_label("Im2GPS3k, within 25, 200, 750 km: 40.2, 56.2, 71.5 % (GLOBE (NeurIPS 2025))");
    window.key_press(Key::ArrowDown);
    settle(&mut window);
    window.get_by_label("Network: unused").click();
    settle(&mut window);
    window.get_by_label("Models come from huggingface.co, while one is fetched on the Models page.");
    click(&mut window, "Forbid every connection");
    window.key_press(Key::Escape);
    settle(&mut window);
    window.key_press(Key::Enter);
    click(&mut window, "Fetch");
    assert!(script.take_hub_tasks().is_empty());
}

#[test]
fn another_server_can_be_named() {
    let (mut window, script) = window(|builder| builder);
    stock(&script, Vec::new());
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num4);
    settle(&mut window);
    click(&mut window, "Mirror…");
    type_into(&mut window, "Address of a mirror", "https://mirror.example");
    click(&mut window, "Keep");
    assert_eq!(window.state().state().settings().mirror.as_deref(), Some("https://mirror.example"));
}

#[test]
fn a_model_for_members_alone_offers_the_form_for_a_token_which_stays_hidden() {
    let (mut window, script) = window(|builder| builder);
    stock(&script, Vec::new());
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num4);
    settle(&mut window);
    click(&mut window, "Fetch");
    let job = pull_of(&script);
    let failure = Failure::from(HubError::NotAllowed { what: "a/b".to_owned(), status: 401 });
    script.say(Event::Failed { job, failure: Arc::new(failure) });
    settle(&mut window);
    window
        .get_by_label_contains("failed: a/b: the hub refuses it without permission (401); agree to the model's terms");
    click(&mut window, "Give a token…");
    window.get_by_label("Token for huggingface.co");
    window.get_by_label("None is known.");
    let field = |window: &Window| window.get_by_role_and_label(Role::PasswordInput, "Token").value();
    assert!(window.get_by_role_and_label(Role::PasswordInput, "Token").is_focused(), "one can type at once");
    window.get_by_role_and_label(Role::PasswordInput, "Token").type_text("hf secret");
    settle(&mut window);
    window.get_by_label("A token has no spaces and no signs beyond ASCII.");
    assert!(!field(&window).unwrap_or_default().contains("secret"), "{:?}", field(&window));
    click(&mut window, "Show");
    assert_eq!(window.get_by_role_and_label(Role::TextInput, "Token").value().as_deref(), Some("hf secret"));
    window.get_by_role_and_label(Role::TextInput, "Token").focus();
    settle(&mut window);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.get_by_role_and_label(Role::TextInput, "Token").type_text("hf_other");
    settle(&mut window);
    script.take_hub_tasks();
    click(&mut window, "Keep");
    let tasks = script.take_hub_tasks();
    let given = Token::new("hf_other");
    let is_kept = matches!(tasks.as_slice(), [(_, HubTask::KeepToken { mirror: None, token }), (_, HubTask::Look)]
        if Some(token) == given.as_ref());
    assert!(is_kept, "{tasks:?}");
    assert!(!is_said(&window, "hf_other"));
}

#[test]
fn the_form_says_which_token_is_used_and_forgets_the_one_that_is_kept() {
    let (mut window, script) = window(|builder| builder);
    let kept = vec!["https://huggingface.co/".to_owned()];
    stock_with(&script, Vec::new(), Access { has_variable: true, kept, ..Access::default() });
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num4);
    settle(&mut window);
    click(&mut window, "Token…");
    window.get_by_label("HF_TOKEN is set and goes first; a token that is kept here is used where it is not set.");
    click(&mut window, "Forget the token that is kept");
    script.take_hub_tasks();
    click(&mut window, "Forget the token");
    let tasks = script.take_hub_tasks();
    assert!(matches!(tasks.as_slice(), [(_, HubTask::ForgetToken { mirror: None }), (_, HubTask::Look)]), "{tasks:?}");
    // What was given for the hub is not the mirror's, and who can read on the way is said.
    window.state_mut().perform(Action::Hub(HubAction::SetMirror(Some("http://mirror.example".to_owned()))));
    click(&mut window, "Look again");
    stock_with(&script, Vec::new(), Access { kept: vec!["https://huggingface.co/".to_owned()], ..Access::default() });
    settle(&mut window);
    click(&mut window, "Token…");
    window.get_by_label("Token for mirror.example");
    window.get_by_label("None is known.");
    window.get_by_label("The connection is not encrypted: others on the network can see the token.");
    assert!(window.query_by_label("Forget the token that is kept").is_none());
}
