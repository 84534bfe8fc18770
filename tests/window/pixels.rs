//! A picture whose pixels were let go.

use egui_kittest::kittest::Queryable as _;
use terrasight::{state::Action, worker::Failure};

use super::script::{drop_files, settle, window};

const WAITING: &str = "Reading the picture …";

#[test]
fn a_picture_without_its_pixels_is_seen_small_until_they_come_and_says_why_where_they_do_not() {
    let (mut window, script) = window(|builder| builder);
    let names: Vec<String> = (0..10).map(|number| format!("{number}.jpg")).collect();
    drop_files(&mut window, &names.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(script.reading().is_empty(), "the first ones came with them");

    window.state_mut().perform(Action::SelectBy(8));
    settle(&mut window);
    assert_eq!(script.reading(), ["8.jpg"]);
    window.get_by_label("Picture 8.jpg");
    window.get_by_label(WAITING);
    window.state_mut().perform(Action::SelectBy(1));
    settle(&mut window);
    assert_eq!(script.reading(), ["9.jpg"], "the one chosen last is read");
    script.read(None);
    settle(&mut window);
    assert!(window.query_by_label(WAITING).is_none());

    window.state_mut().perform(Action::SelectBy(-1));
    settle(&mut window);
    let why = "/pictures/8.jpg: the file has changed since it was opened; open it again to see it as it is now";
    script.read(Some(Failure::Changed("/pictures/8.jpg".into())));
    settle(&mut window);
    window.get_by_label(why);
    assert!(window.query_by_label(WAITING).is_none() && script.reading().is_empty());
}
