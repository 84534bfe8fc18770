//! The menu of the model in use.

use egui::{Key, accesskit::Role};
use egui_kittest::kittest::Queryable as _;

use terrasight::{server::Server, state::Action, worker::ModelSource};

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

#[test]
fn a_server_answers_after_its_name_was_shown_and_not_where_the_network_is_forbidden() {
    let (mut window, script) = window(|builder| builder);
    window.get_by_label("Model: Terrasight starter").click();
    settle(&mut window);
    window.get_by_label("Use a server…").click();
    settle(&mut window);
    let field = "Address of the server, and after # the name of its model where it has several";
    window.get_by_label(field).type_text("http://192.168.1.4:8000/v1#qwen");
    settle(&mut window);
    window.get_by_label(
        "Each picture that you locate is sent to 192.168.1.4:8000 until you choose another model or open another session.",
    );
    window.get_by_label("The connection is not encrypted: others on the network can see what is sent.");
    window.get_by_label("Send pictures there").click();
    settle(&mut window);
    let chosen = script.models();
    assert!(matches!(chosen.last(), Some(ModelSource::Server(server)) if server.model() == Some("qwen")), "{chosen:?}");
    window.get_by_label("Network: pictures go to 192.168.1.4:8000");

    window.state_mut().perform(Action::ForbidNetwork(true));
    settle(&mut window);
    assert_eq!(script.models().last(), Some(&ModelSource::Starter), "no picture is sent any more");
    window.state_mut().perform(Action::ChooseModel(ModelSource::Server(server())));
    settle(&mut window);
    assert_eq!(script.models().last(), Some(&ModelSource::Starter));
    window.get_by_label_contains("the network is forbidden");
}

#[test]
fn another_session_is_not_sent_to_the_server_of_the_one_before() {
    let (mut window, script) = window(|builder| builder);
    window.state_mut().perform(Action::ChooseModel(ModelSource::Server(server())));
    settle(&mut window);
    assert!(script.models().last().is_some_and(ModelSource::is_elsewhere));
    window.state_mut().perform(Action::OpenRecent(None));
    settle(&mut window);
    assert_eq!(script.models().last(), Some(&ModelSource::Starter));
}

fn server() -> Server {
    Server::at("http://127.0.0.1:8000/v1#qwen").expect("it is an address")
}
