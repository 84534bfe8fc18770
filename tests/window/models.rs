//! The menu of the model in use.

use egui::{Key, accesskit::Role};
use egui_kittest::kittest::Queryable as _;

use super::{
    hands::Window,
    script::{settle, window},
};

#[test]
fn the_detail_of_pictures_is_set_from_the_keyboard_and_set_back() {
    let (mut window, _script) = window(|builder| builder);
    let tokens = |window: &Window| window.state().state().settings().locate.picture_tokens;
    window.get_by_label("Model: Terrasight starter").click();
    settle(&mut window);
    window.get_by_label("about 678 MB of memory a picture; the time is known once one was located here");
    window.get_by_role_and_label(Role::Slider, "Picture detail, tokens").focus();
    window.run_ok();
    window.key_press(Key::ArrowRight);
    settle(&mut window);
    let finer = tokens(&window).expect("it was set");
    assert!(finer > 1280, "{finer}");
    window.get_by_label("As usual").click();
    settle(&mut window);
    assert_eq!(tokens(&window), None);
}
