//! What was open comes back, and two windows do not keep the same session.

use std::path::{Path, PathBuf};

use egui::{Key, accesskit::Toggled};
use egui_kittest::{
    Harness,
    kittest::{NodeT as _, Queryable as _},
};
use terrasight::{app::TerrasightApp, state::Action};

use super::{
    hands::{Window, press},
    script::{Script, drop_files, settle},
};

/// A window that keeps its things in this folder.
fn keeping(folder: &Path) -> Window {
    let (link, folder) = (Box::new(Script::default()), folder.to_owned());
    let builder = Harness::builder().with_size([1280.0, 800.0]).with_max_steps(60);
    let mut window = builder.build_eframe(|cc| TerrasightApp::keeping_in(cc, link, folder));
    settle(&mut window);
    window
}

/// What eframe keeps by itself, which is nothing here.
struct Nowhere;

impl eframe::Storage for Nowhere {
    fn get_string(&self, _key: &str) -> Option<String> {
        None
    }
    fn set_string(&mut self, _key: &str, _value: String) {}
    fn remove_string(&mut self, _key: &str) {}
    fn flush(&mut self) {}
}

/// Closes a window.
fn close(mut window: Window) {
    eframe::App::save(window.state_mut(), &mut Nowhere);
    eframe::App::on_exit(window.state_mut());
}

fn open(window: &mut Window, session: PathBuf) {
    window.state_mut().perform(Action::OpenRecent(Some(session)));
    settle(window);
}

fn names(window: &Window) -> Vec<&str> {
    window.state().state().entries().iter().map(|entry| entry.name.as_str()).collect()
}

#[test]
fn what_was_open_comes_back_and_an_emptied_session_comes_back_empty() {
    let home = tempfile::tempdir().expect("a folder");
    let mut window = keeping(home.path());
    drop_files(&mut window, &["a.jpg"]);
    close(window);
    let mut window = keeping(home.path());
    let session = window.state().state().recent_sessions()[0].clone();
    open(&mut window, session.clone());
    assert_eq!(names(&window), ["a.jpg"]);
    press(&mut window, Key::Delete);
    assert!(names(&window).is_empty());
    close(window);
    let mut window = keeping(home.path());
    assert_eq!(window.state().state().recent_sessions(), std::slice::from_ref(&session));
    open(&mut window, session);
    assert!(names(&window).is_empty());
}

#[test]
fn the_session_that_is_open_is_the_one_marked_in_the_menu() {
    let home = tempfile::tempdir().expect("a folder");
    let mut window = keeping(home.path());
    drop_files(&mut window, &["a.jpg"]);
    close(window);
    let mut window = keeping(home.path());
    let is_marked = |window: &mut Window| {
        window.get_by_label("Sessions").click();
        settle(window);
        let toggled = window.get_by_label_contains("· a.jpg").accesskit_node().toggled();
        window.key_press(Key::Escape);
        settle(window);
        toggled == Some(Toggled::True)
    };
    assert!(!is_marked(&mut window), "a new one is open");
    let session = window.state().state().recent_sessions()[0].clone();
    open(&mut window, session);
    assert!(is_marked(&mut window));
}

#[test]
fn two_windows_do_not_keep_the_same_session() {
    let home = tempfile::tempdir().expect("a folder");
    let mut window = keeping(home.path());
    drop_files(&mut window, &["a.jpg"]);
    close(window);
    let (mut first, mut second) = (keeping(home.path()), keeping(home.path()));
    let session = first.state().state().recent_sessions()[0].clone();
    open(&mut first, session.clone());
    open(&mut second, session);
    assert_eq!((names(&first), names(&second)), (vec!["a.jpg"], vec![]));
    second.get_by_label_contains("it is open in another window; close it there first");
    drop_files(&mut second, &["b.jpg"]);
    drop_files(&mut first, &["c.jpg"]);
    close(first);
    close(second);
    let mut window = keeping(home.path());
    let sessions = window.state().state().recent_sessions().to_vec();
    let kept: Vec<Vec<String>> = sessions
        .into_iter()
        .map(|session| {
            open(&mut window, session);
            names(&window).into_iter().map(str::to_owned).collect()
        })
        .collect();
    assert!(kept.len() == 2 && kept.contains(&vec!["a.jpg".to_owned(), "c.jpg".to_owned()]), "{kept:?}");
    assert!(kept.contains(&vec!["b.jpg".to_owned()]), "{kept:?}");
}

#[test]
fn a_session_goes_on_in_its_own_file_after_another_was_opened() {
    let home = tempfile::tempdir().expect("a folder");
    let mut window = keeping(home.path());
    drop_files(&mut window, &["a.jpg"]);
    window.state_mut().perform(Action::OpenRecent(None));
    settle(&mut window);
    assert!(names(&window).is_empty(), "a new session");
    drop_files(&mut window, &["b.jpg"]);
    let first = window.state().state().recent_sessions().last().expect("it was kept").clone();
    open(&mut window, first);
    assert_eq!(names(&window), ["a.jpg"]);
    close(window);
    let window = keeping(home.path());
    assert_eq!(window.state().state().recent_sessions().len(), 2);
}
