//! What is asked before a folder or a table is indexed.

use std::{fs, path::Path, sync::Arc};

use egui::Role;
use egui_kittest::kittest::Queryable as _;
use terrasight::{
    dataset::{Index, IndexOptions, IndexSource, Unused, index_pictures, table::TableOptions},
    state::{Action, Page},
    worker::DatasetTask,
};

use super::{
    hands::{Window, choose, two_pictures},
    script::{Dropped, Script, settle, window},
};

fn dropped(path: &Path) -> (Window, Script) {
    let (mut window, script) = window(|builder| builder);
    window.state_mut().perform(Action::Show(Page::DATASET));
    settle(&mut window);
    window.input_mut().dropped_files.push(Arc::new(Dropped(path.to_owned())));
    settle(&mut window);
    (window, script)
}

fn indexed(window: &mut Window, script: &Script) -> IndexSource {
    window.get_by_label("Index").click();
    settle(window);
    let source = script.take_tasks().pop().and_then(|(_, _, task)| match task {
        DatasetTask::Index { source, .. } => Some(source),
        _ => None,
    });
    source.expect("something was to be indexed")
}

const UNCLEAR: &str = "where,north,east\na.png,48.85,2.35\nb.png,abc,2.5\n";

#[test]
fn a_table_that_does_not_tell_its_columns_is_asked_about() {
    let (_folder, file) = two_pictures(UNCLEAR);
    let (mut window, script) = dropped(&file);
    settle(&mut window);
    window.get_by_label("Which column names the picture's file? Choose it below.");
    window.get_by_label("48.85");
    window.get_by_label("Index").click();
    settle(&mut window);
    assert!(script.take_tasks().is_empty(), "what is not understood is not indexed");
    choose(&mut window, "Picture", "where");
    settle(&mut window);
    window.get_by_label("2 of 2 rows understood, 0 with a position; 2 pictures are there.");
    choose(&mut window, "Latitude", "north");
    settle(&mut window);
    window.get_by_label("Which column is the longitude? Choose it below, or no column for the latitude.");
    choose(&mut window, "Longitude", "east");
    settle(&mut window);
    window.get_by_label("1 of 2 rows understood, 1 with a position; 1 picture is there.");
    window.get_by_label("line 3, column 'north': 'abc' is not a number of degrees");
    let IndexSource::Table(table, Some(options)) = indexed(&mut window, &script) else { panic!("it is a table") };
    assert_eq!((table, options.columns), (file, "path=where,latitude=north,longitude=east".parse().expect("columns")));
}

#[test]
fn a_table_that_tells_its_columns_can_be_corrected() {
    let (folder, file) = two_pictures("path,lat,lon,city\na.png,1,2,Rome\nb.png,3,4,Oslo\n");
    let (mut window, script) = dropped(&file);
    settle(&mut window);
    window.get_by_label("2 of 2 rows understood, 2 with a position; 2 pictures are there.");
    assert!(window.query_by_role_and_label(Role::ComboBox, "City").is_none(), "nothing is asked that is clear");
    window.get_by_label("Columns…").click();
    settle(&mut window);
    choose(&mut window, "City", "no column");
    let root = "Folder that paths start from (empty: the table's own)";
    window.get_by_role_and_label(Role::TextInput, root).focus();
    settle(&mut window);
    let elsewhere = folder.path().join("elsewhere");
    window.get_by_role_and_label(Role::TextInput, root).type_text(&elsewhere.display().to_string());
    settle(&mut window);
    window.get_by_label("2 of 2 rows understood, 2 with a position; 0 pictures are there.");
    let missing = elsewhere.join("a.png");
    let missing = missing.display();
    window.get_by_label(&format!("No picture is there, such as {missing}; choose the folder that paths start from."));
    let IndexSource::Table(_, Some(options)) = indexed(&mut window, &script) else { panic!("it is a table") };
    assert_eq!(options, TableOptions { columns: "city=".parse().expect("columns"), root: Some(elsewhere) });
}

#[test]
fn a_table_in_a_folder_of_pictures_is_offered() {
    let (folder, file) = two_pictures("path,lat,lon\na.png,1,2\n");
    let (mut window, script) = dropped(folder.path());
    settle(&mut window);
    window.get_by_label("This folder has places.csv, which says where its pictures were taken.");
    window.get_by_label("Use places.csv").click();
    settle(&mut window);
    window.get_by_label("1 of 1 rows understood, 1 with a position; 1 picture is there.");
    assert!(matches!(indexed(&mut window, &script), IndexSource::Table(table, _) if table == file));
}

#[test]
fn what_was_chosen_is_not_asked_again() {
    let (folder, file) = two_pictures(UNCLEAR);
    let beside = folder.path().join("places.csv.terrasight.sqlite");
    let columns = "path=where,latitude=north,longitude=east".parse().expect("columns");
    let source = IndexSource::Table(file.clone(), Some(TableOptions { columns, root: None }));
    let mut index = Index::create_or_open(&beside).expect("an index");
    index_pictures(&mut index, &source, &IndexOptions::default(), None, &mut Silent).expect("it is indexed");
    drop(index);
    let (mut window, script) = dropped(&file);
    settle(&mut window);
    window.get_by_label("1 of 2 rows understood, 1 with a position; 1 picture is there.");
    assert!(window.query_by_role_and_label(Role::ComboBox, "Latitude").is_none());
    window.get_by_label("Columns…").click();
    settle(&mut window);
    window.get_by_label("Choose the columns automatically").click();
    settle(&mut window);
    window.get_by_label("Which column names the picture's file? Choose it below.");
    choose(&mut window, "Picture", "where");
    settle(&mut window);
    window.get_by_label("2 of 2 rows understood, 0 with a position; 2 pictures are there.");
    let IndexSource::Table(_, Some(options)) = indexed(&mut window, &script) else { panic!("it is a table") };
    assert_eq!(options.columns, "path=where".parse().expect("columns"));
}

#[test]
fn a_text_file_with_columns_is_a_table_unless_the_user_says_otherwise() {
    let (folder, _) = two_pictures("");
    let file = folder.path().join("places.txt");
    fs::write(&file, "file\tlat\tlon\na.png\t1\t2\nb.png\t3\t4\n").expect("a table");
    let (mut window, script) = dropped(&file);
    settle(&mut window);
    window.get_by_label("2 of 2 rows understood, 2 with a position; 2 pictures are there.");
    window.get_by_label("A list, one path a line").click();
    settle(&mut window);
    assert!(window.query_by_label("2 of 2 rows understood, 2 with a position; 2 pictures are there.").is_none());
    window.get_by_label("A table with columns").click();
    settle(&mut window);
    window.get_by_label("2 of 2 rows understood, 2 with a position; 2 pictures are there.");
    assert!(matches!(indexed(&mut window, &script), IndexSource::Table(table, _) if table == file));
}

struct Silent;

impl terrasight::dataset::IndexObserver for Silent {
    fn progress(&mut self, _progress: &terrasight::dataset::IndexProgress) {}
    fn failed(&mut self, _path: &Path, _why: &Unused) {}
    fn is_cancelled(&self) -> bool {
        false
    }
    fn is_paused(&self) -> bool {
        false
    }
}
