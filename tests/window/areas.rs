//! Areas are drawn, picked, typed and loaded, listed and taken back; ways are measured.

use egui::{Key, Pos2, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::{
    hands::{Window, is_said, press, type_into, undo},
    script::{Script, drag, drop_files, settle, window},
};

/// A window with a picture that was located by pieces of evidence, the list of which is shown.
fn located() -> (Window, Script) {
    let (mut window, script) = window(|builder| builder);
    drop_files(&mut window, &["a.jpg"]);
    script.find_weighed();
    settle(&mut window);
    window.get_by_label("Evidence").click();
    settle(&mut window);
    (window, script)
}

fn click_at(window: &mut Window, at: Pos2) {
    window.hover_at(at);
    window.step();
    window.drag_at(at);
    window.step();
    window.drop_at(at);
    settle(window);
}

fn map_center(window: &Window) -> Pos2 {
    window.get_by_label("World map").rect().center() + vec2(0.0, 30.0)
}

/// How many pieces the user has added.
fn n_own(window: &Window) -> usize {
    let state = window.state().state();
    state.selected().expect("one is open").own().len()
}

#[test]
fn a_polygon_is_drawn_corner_by_corner_counts_and_is_undone() {
    let (mut window, script) = located();
    window.get_by_label("Polygon").click();
    settle(&mut window);
    window.get_by_label("Click the corners of the area. Esc gives up.");
    let middle = map_center(&window);
    for corner in [vec2(-60.0, -50.0), vec2(60.0, -50.0), vec2(200.0, 60.0), vec2(60.0, 50.0)] {
        click_at(&mut window, middle + corner);
    }
    press(&mut window, Key::Backspace);
    press(&mut window, Key::Backspace);
    window.get_by_label_contains("Backspace takes the last one back");
    click_at(&mut window, middle + vec2(60.0, 50.0));
    click_at(&mut window, middle + vec2(-60.0, 50.0));
    press(&mut window, Key::Enter);
    assert!(window.query_by_label_contains("closes the area").is_none(), "the tool is laid down");
    assert!(is_said(&window, "Only within the drawn area of "));
    window.get_by_label("Ranking anew …");
    script.rank();
    settle(&mut window);
    assert_eq!(n_own(&window), 1);

    undo(&mut window);
    script.rank();
    settle(&mut window);
    assert_eq!(n_own(&window), 0);
    assert!(!is_said(&window, "Only within the drawn area of "));
}

#[test]
fn a_double_click_closes_a_polygon_and_escape_gives_one_up() {
    let (mut window, _script) = located();
    let middle = map_center(&window);
    let corners = [vec2(-60.0, -50.0), vec2(60.0, -50.0), vec2(0.0, 60.0)];
    press(&mut window, Key::P);
    for corner in corners {
        click_at(&mut window, middle + corner);
    }
    press(&mut window, Key::Escape);
    assert_eq!(n_own(&window), 0);
    assert!(window.query_by_label("Only here").is_none());

    press(&mut window, Key::P);
    for corner in &corners[..2] {
        click_at(&mut window, middle + *corner);
    }
    let last = middle + corners[2];
    // The window's clock stands, as if both clicks came at once.
    window.input_mut().time = Some(window.ctx.input(|input| input.time));
    for _ in 0..2 {
        window.hover_at(last);
        window.step();
        window.drag_at(last);
        window.step();
        window.drop_at(last);
        window.step();
    }
    window.input_mut().time = None;
    settle(&mut window);
    assert_eq!(n_own(&window), 1);
}

#[test]
fn a_circle_is_dragged_outward_and_shows_its_radius() {
    let (mut window, _script) = located();
    window.get_by_label("Circle").click();
    settle(&mut window);
    window.get_by_label("Not here").click();
    settle(&mut window);
    let middle = map_center(&window);
    drag(&mut window, middle, middle + vec2(70.0, 20.0));
    window.get_by_label_contains("Radius ");
    window.drop_at(middle + vec2(70.0, 20.0));
    settle(&mut window);
    assert!(is_said(&window, "Not within ") && n_own(&window) == 1);
    window.get_by_label_contains("Remove: Not within ").click_accesskit();
    settle(&mut window);
    assert_eq!(n_own(&window), 0);
    undo(&mut window);
    assert!(is_said(&window, "Not within "));
}

#[test]
fn countries_are_picked_on_the_map_and_no_marker_is_in_the_way() {
    let (mut window, script) = located();
    let arica = window.get_by_label_contains("Candidate 1 on the map: Arica").rect().center();
    press(&mut window, Key::N);
    window.get_by_label("Not here").click();
    settle(&mut window);
    click_at(&mut window, arica);
    window.get_by_label("Chile. Click more of them, or one again; Enter adds them.");
    window.get_by_label("Add").click();
    settle(&mut window);
    window.get_by_label("Not in Chile.");
    script.rank();
    settle(&mut window);
    assert!(window.query_by_label_contains("Candidate 1 on the map: Arica").is_none());
    window.get_by_label("Area").click_accesskit();
    settle(&mut window);
    script.rank();
    settle(&mut window);
    window.get_by_label("Area, off");
    window.get_by_label_contains("Candidate 1 on the map: Arica");
}

#[test]
fn an_area_is_typed_and_what_is_wrong_with_it_is_said() {
    let (mut window, _script) = located();
    press(&mut window, Key::A);
    type_into(&mut window, "Latitude and longitude of its middle", "-33.4, -70.6");
    type_into(&mut window, "Radius in kilometres", "-2");
    window.get_by_label_contains("This is no area: a circle of -2 km is none");
    window.get_by_label("Countries by code").click();
    settle(&mut window);
    type_into(&mut window, "Codes of countries", "CL, QX");
    window.get_by_label("These are no countries: no country has the code QX.");
    press(&mut window, Key::Backspace);
    press(&mut window, Key::Backspace);
    type_into(&mut window, "Codes of countries", "PE");
    window.get_by_label("Add").click();
    settle(&mut window);
    window.get_by_label("Only in Chile or Peru.");
}

#[test]
fn a_file_is_dropped_on_the_window_and_a_damaged_one_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let area = folder.path().join("area.geojson");
    std::fs::write(&area, r#"{"type": "Polygon", "coordinates": [[[-75, -20], [-65, -20], [-65, -15], [-75, -20]]]}"#)
        .expect("a file");
    let damaged = folder.path().join("damaged.kml");
    std::fs::write(&damaged, "<kml><Polygon>").expect("a file");
    let (mut window, script) = located();
    drop_files(&mut window, &[area.to_str().expect("text")]);
    assert!(is_said(&window, "Only within area.geojson ("));
    drop_files(&mut window, &[damaged.to_str().expect("text")]);
    window.get_by_label_contains("damaged.kml: it is no sound KML (byte 14: it ends in the middle).");
    assert_eq!((n_own(&window), script.locating().len()), (1, 1), "no file of areas is opened as a picture");
}

#[test]
fn an_area_is_drawn_before_the_picture_is_located_and_weighed_when_it_is() {
    let (mut window, script) = window(|builder| builder);
    drop_files(&mut window, &["a.jpg"]);
    window.get_by_label("Evidence").click();
    settle(&mut window);
    let middle = map_center(&window);
    press(&mut window, Key::C);
    drag(&mut window, middle, middle + vec2(40.0, 10.0));
    window.drop_at(middle + vec2(40.0, 10.0));
    settle(&mut window);
    assert!(is_said(&window, "Only within ") && n_own(&window) == 1);
    undo(&mut window);
    assert!(!is_said(&window, "Only within ") && n_own(&window) == 0);
    press(&mut window, Key::N);
    window.get_by_label("Not here").click();
    settle(&mut window);
    press(&mut window, Key::Escape);
    press(&mut window, Key::A);
    window.get_by_label("Countries by code").click();
    settle(&mut window);
    type_into(&mut window, "Codes of countries", "CL");
    window.get_by_label("Add").click();
    settle(&mut window);
    window.get_by_label("Not in Chile.");
    script.find_weighed();
    settle(&mut window);
    script.rank();
    settle(&mut window);
    window.get_by_label("Not in Chile.");
    assert!(window.query_by_label_contains("Candidate 1 on the map: Arica").is_none());
    assert_eq!(n_own(&window), 1);
}

#[test]
fn an_area_is_used_for_all_pictures() {
    let (mut window, _script) = located();
    drop_files(&mut window, &["b.jpg"]);
    press(&mut window, Key::A);
    window.get_by_label("Countries by code").click();
    settle(&mut window);
    type_into(&mut window, "Codes of countries", "PE");
    window.get_by_label("Add").click();
    settle(&mut window);
    window.get_by_label_contains("Use for all pictures: ").click_accesskit();
    settle(&mut window);
    let n_own = |window: &Window| -> Vec<usize> {
        window.state().state().entries().iter().map(|entry| entry.own().len()).collect()
    };
    assert_eq!(n_own(&window), [1, 1]);
    undo(&mut window);
    assert_eq!(n_own(&window).iter().sum::<usize>(), 1, "it is one edit");
}

#[test]
fn a_polygon_is_drawn_over_the_antimeridian() {
    let (mut window, _script) = located();
    let middle = map_center(&window);
    // The map is moved on until Fiji and Samoa lie in the middle, on whichever turn of the world.
    for _ in 0..40 {
        window.hover_at(middle);
        settle(&mut window);
        let at = window.get_by_label_contains("Pointer at ").accesskit_node().label().unwrap_or_default();
        let lon: f64 = at.rsplit(", ").next().and_then(|lon| lon.trim_end_matches('°').parse().ok()).unwrap_or(0.0);
        if lon.abs() > 172.0 {
            break;
        }
        drag(&mut window, middle, middle + vec2(110.0, 0.0));
        window.drop_at(middle + vec2(110.0, 0.0));
        settle(&mut window);
    }
    press(&mut window, Key::P);
    for corner in [vec2(-70.0, -40.0), vec2(70.0, -40.0), vec2(70.0, 40.0), vec2(-70.0, 40.0)] {
        click_at(&mut window, middle + corner);
    }
    press(&mut window, Key::Enter);
    let state = window.state().state();
    let own = &state.selected().expect("one is open").own()[0];
    let terrasight::predict::evidence::Likelihood::Region { region, .. } = &own.likelihood else {
        panic!("{own:?}");
    };
    let cut: Vec<_> = region.flat_polygons().collect();
    assert_eq!(cut.len(), 2, "{cut:?}");
    let is_narrow = |ring: &Vec<[f64; 2]>| ring.iter().all(|corner| corner[0].abs() > 60.0);
    assert!(cut.iter().flatten().all(is_narrow), "it does not go around the world: {cut:?}");
}

#[test]
fn ways_are_measured_before_a_picture_is_located() {
    let (mut window, _script) = window(|builder| builder);
    drop_files(&mut window, &["a.jpg"]);
    press(&mut window, Key::M);
    let middle = map_center(&window);
    click_at(&mut window, middle);
    click_at(&mut window, middle + vec2(0.0, -80.0));
    window.hover_at(middle + vec2(60.0, -80.0));
    settle(&mut window);
    window.get_by_label_contains(" km in all; last leg ");
    let map = window.get_by_label("World map").rect();
    for corner in [map.right_bottom() - vec2(20.0, 20.0), map.right_top() + vec2(-20.0, 60.0)] {
        window.hover_at(corner);
        settle(&mut window);
        let words = window.get_by_label_contains(" km in all; last leg ").rect();
        assert!(map.contains_rect(words), "{words} is cut by the map's edge {map}");
    }
    press(&mut window, Key::Escape);
    assert!(window.query_by_label_contains(" km in all").is_none());
}
