//! What a run learns from, on the Training page: several sources, what is found at each, the columns of a table that does
//! not tell them, and the recipe that holds all of it.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use tempfile::TempDir;
use terrasight::{
    dataset::Source,
    state::{Action, Page, TrainingAction},
    train::{TrainConfig, TrainError, data::SourceLook},
    worker::{Event, Failure, JobId, TrainingNews, TrainingTask},
};

use super::{
    hands::{Window, choose, click, is_said, two_pictures},
    script::{Dropped, Script, settle, window},
};

/// The page where one's own pictures are chosen, and a folder with two pictures and a table that does not tell its columns.
fn page() -> (Window, Script, TempDir) {
    let (folder, _) = two_pictures("where,north,east\na.png,48.85,2.35\nb.png,41.9,12.5\n");
    let (mut window, script) = window(|builder| builder.with_size([1280.0, 900.0]));
    window.state_mut().perform(Action::Show(Page::TRAINING));
    window.state_mut().perform(Action::Training(TrainingAction::Look(folder.path().join("runs"))));
    settle(&mut window);
    click(&mut window, "Your files");
    look(&mut window, &script);
    (window, script, folder)
}

fn drop_on(window: &mut Window, paths: &[PathBuf]) {
    for path in paths {
        window.input_mut().dropped_files.push(Arc::new(Dropped(path.clone())));
    }
    settle(window);
}

/// Looks at every source that is to be looked at, as the program's thread does; what is to be reckoned comes back.
fn look(window: &mut Window, script: &Script) -> Option<TrainConfig> {
    let mut reckoned = None;
    for _ in 0..8 {
        for (job, task) in script.take_training_tasks() {
            match task {
                TrainingTask::LookAt(source) => answer(script, job, &source),
                TrainingTask::DryRun { config, .. } => {
                    reckoned = Some(*config);
                    script.say(Event::Done { job });
                }
                _ => script.say(Event::Done { job }),
            }
        }
        settle(window);
    }
    reckoned
}

fn answer(script: &Script, job: JobId, source: &Source) {
    match SourceLook::at(source) {
        Ok(look) => {
            script.say(Event::Training { job, news: TrainingNews::LookedAt(look) });
            script.say(Event::Done { job });
        }
        Err(error) => {
            let failure = Arc::new(Failure::Train(TrainError::from(error)));
            script.say(Event::Failed { job, failure });
        }
    }
}

#[test]
fn an_empty_list_says_what_can_be_learned_from() {
    let (mut window, _, _folder) = page();
    assert!(is_said(&window, "Nothing yet. Add photographs that know where they were taken"));
    window.get_by_label("Add something to learn from, or let streets be drawn.");
    window.get_by_label("Add files…");
    window.get_by_label("Add a folder…");
    assert!(window.get_by_label("Begin…").accesskit_node().is_disabled());
    click(&mut window, "Both");
    window.get_by_label("Add something to learn from, or learn from drawn streets alone.");
}

#[test]
fn several_sources_are_listed_each_with_what_is_found_and_can_be_removed() {
    let (mut window, script, folder) = page();
    fs::write(
        folder.path().join("places.csv"),
        "path,lat,lon\na.png,48.85,2.35\nb.png,41.9,12.5\ngone.png,41.9,12.5\n",
    )
    .expect("a table");
    let records = r#"[{"image": "a.png", "conversations": [{"from": "human", "value": "Where?"}, {"from": "gpt", "value": "France"}]}]"#;
    fs::write(folder.path().join("talk.json"), records).expect("records");
    let paths = ["places.csv", "talk.json"].map(|name| folder.path().join(name));
    drop_on(&mut window, &paths);
    let reckoned = look(&mut window, &script).expect("it is reckoned");
    assert_eq!(reckoned.data.sources, paths.clone().map(Source::at));
    window.get_by_label("A table: 2 pictures");
    window.get_by_label("1 example whose picture is not there, not learned.");
    window.get_by_label("Records as JSON: 1 picture");
    window.get_by_label("3 pictures from 2 sources");

    drop_on(&mut window, &paths[..1]);
    assert_eq!(window.query_all_by_label("A table: 2 pictures").count(), 1, "none is there twice");
    click(&mut window, "Remove (places.csv)");
    let reckoned = look(&mut window, &script).expect("it is reckoned again");
    assert_eq!(reckoned.data.sources, [Source::at(&paths[1])]);
    assert!(!is_said(&window, "A table:") && !is_said(&window, "sources"));
}

#[test]
fn streets_and_files_are_learned_in_one_run_and_a_recipe_of_both_fills_the_page() {
    let (mut window, script, folder) = page();
    let file = folder.path().join("mine.csv");
    fs::write(&file, "path,lat,lon\na.png,48.85,2.35\nb.png,41.9,12.5\n").expect("a table");
    drop_on(&mut window, std::slice::from_ref(&file));
    let alone = look(&mut window, &script).expect("it is reckoned");
    assert_eq!((alone.data.sources.len(), alone.data.streets), (1, None));
    click(&mut window, "Both");
    let both = look(&mut window, &script).expect("it is reckoned");
    assert!(both.data.sources == [Source::at(&file)] && both.data.streets.is_some(), "{:?}", both.data);
    click(&mut window, "Drawn streets");
    let drawn = look(&mut window, &script).expect("it is reckoned");
    assert!(drawn.data.sources.is_empty() && drawn.data.streets.is_some());

    let recipe = folder.path().join("both.toml");
    fs::write(&recipe, toml::to_string(&both).expect("a recipe")).expect("a training file");
    drop_on(&mut window, &[recipe]);
    let again = look(&mut window, &script).expect("it is reckoned");
    assert_eq!((&again.data.sources, again.data.streets), (&both.data.sources, both.data.streets));
}

#[test]
fn a_source_that_cannot_be_read_says_so_and_holds_the_run_back() {
    let (mut window, script, folder) = page();
    drop_on(&mut window, &[folder.path().join("gone.csv")]);
    assert!(look(&mut window, &script).is_none(), "there is nothing to reckon");
    assert!(is_said(&window, "cannot read"));
    window.get_by_label("“gone.csv” cannot be learned from as it is: mend it above, or remove it.");
    assert!(window.get_by_label("Begin…").accesskit_node().is_disabled());
}

#[test]
fn the_columns_of_a_table_that_does_not_tell_them_are_chosen_and_the_recipe_holds_them() {
    let (mut window, script, folder) = page();
    let table = folder.path().join("places.csv");
    drop_on(&mut window, &[table.clone(), folder.path().join("talk.jsonl")]);
    look(&mut window, &script);
    click(&mut window, "Remove (talk.jsonl)");
    window.get_by_label("Which of its columns is which cannot be told from their names.");
    click(&mut window, "Choose the columns… (places.csv)");
    settle(&mut window);
    window.get_by_label("Which column names the picture's file? Choose it below.");
    assert!(window.get_by_label("Read it so").accesskit_node().is_disabled());
    choose(&mut window, "Picture", "where");
    settle(&mut window);
    let nowhere =
        "Nothing says yet where these pictures were taken: choose the latitude and the longitude, or the country.";
    window.get_by_label(nowhere);
    assert!(window.get_by_label("Read it so").accesskit_node().is_disabled());
    choose(&mut window, "Latitude", "north");
    settle(&mut window);
    choose(&mut window, "Longitude", "east");
    settle(&mut window);
    window.get_by_label("2 of 2 rows understood, 2 with a position; 2 pictures are there.");
    click(&mut window, "Read it so");
    let reckoned = look(&mut window, &script).expect("it is reckoned");
    window.get_by_label("A table: 2 pictures");
    let columns = "path=where,latitude=north,longitude=east".parse().expect("columns");
    assert_eq!(reckoned.data.sources, [Source { columns, ..Source::at(&table) }]);

    // Saved, it is the same recipe, and dropped on the page it fills the list again.
    let file = folder.path().join("recipe.toml");
    window.get_by_label("Save the recipe…").click_accesskit();
    settle(&mut window);
    window.get_by_label("File").focus();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_ok();
    window.get_by_label("File").type_text(&file.display().to_string());
    settle(&mut window);
    click(&mut window, "Save");
    window.get_by_label(&format!("The recipe was written to {}.", file.display()));
    let kept = TrainConfig::read(&file).expect("a training file");
    assert_eq!(kept, reckoned);
    assert_eq!(Path::new(&kept.out).file_name(), Some("run 1".as_ref()));
    click(&mut window, "Remove (places.csv)");
    assert!(!is_said(&window, "A table:"));
    drop_on(&mut window, &[file]);
    let again = look(&mut window, &script).expect("it is reckoned");
    window.get_by_label("A table: 2 pictures");
    assert_eq!(again, kept);
}

#[test]
fn what_was_chosen_can_be_seen_and_changed_again() {
    let (mut window, script, folder) = page();
    drop_on(&mut window, &[folder.path().join("places.csv")]);
    look(&mut window, &script);
    for (field, column) in [("Picture", "where"), ("Latitude", "north"), ("Longitude", "east")] {
        if field == "Picture" {
            click(&mut window, "Choose the columns… (places.csv)");
            settle(&mut window);
        }
        choose(&mut window, field, column);
        settle(&mut window);
    }
    click(&mut window, "Read it so");
    look(&mut window, &script);
    click(&mut window, "How it is read… (places.csv)");
    settle(&mut window);
    window.get_by_label("2 of 2 rows understood, 2 with a position; 2 pictures are there.");
    let root = "Folder that paths start from (empty: the table's own)";
    window.get_by_role_and_label(Role::TextInput, root).focus();
    settle(&mut window);
    let elsewhere = folder.path().join("elsewhere");
    window.get_by_role_and_label(Role::TextInput, root).type_text(&elsewhere.display().to_string());
    settle(&mut window);
    window.get_by_label("2 of 2 rows understood, 2 with a position; 0 pictures are there.");
    click(&mut window, "Read it so");
    let reckoned = look(&mut window, &script).expect("it is reckoned");
    assert_eq!(reckoned.data.sources[0].root, Some(elsewhere));
    window.get_by_label("2 examples whose picture is not there, not learned.");
    window.get_by_label("Choose the columns… (places.csv)");
}
