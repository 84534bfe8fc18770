//! What a frame costs the window's thread while a hundred thousand pictures are looked through. Run by hand, with nothing
//! beside it: `cargo test --release --test window scrolling -- --ignored --nocapture`.

use std::time::Duration;

use cpu_time::ThreadTime;
use egui_kittest::{Harness, kittest::Queryable as _};
use terrasight::{
    app::TerrasightApp,
    dataset::IndexProgress,
    state::{Action, Column, DatasetAction, Filter, ScoreFilter},
    worker::{DatasetNews, DatasetTask, Event},
};

use super::{
    dataset::{opened, row},
    script::{Script, settle, window},
};

const ROWS: i64 = 100_000;
const FRAMES: usize = 600;

/// The median, the 99th of a hundred and the longest, in milliseconds.
fn say(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let at = |share: f64| ms(times[((times.len() - 1) as f64 * share) as usize]);
    println!(
        "{what}: {} frames, median {:.2} ms, p99 {:.2} ms, longest {:.2} ms",
        times.len(),
        at(0.5),
        at(0.99),
        at(1.0)
    );
}

fn frame(window: &mut Harness<'_, TerrasightApp>) -> Duration {
    let begin = ThreadTime::now();
    window.step();
    begin.elapsed()
}

fn scroll(window: &mut Harness<'_, TerrasightApp>, script: &Script, by: f32) -> Vec<Duration> {
    window.hover_at(egui::pos2(500.0, 500.0));
    let mut times = Vec::new();
    for _ in 0..FRAMES {
        let delta = egui::vec2(0.0, by);
        window.event(egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta,
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Unknown,
            modifiers: egui::Modifiers::NONE,
        });
        times.push(frame(window));
        for (job, _, task) in script.take_tasks() {
            if let DatasetTask::Thumbnails(ids) = task {
                script.say(Event::Dataset { job, news: DatasetNews::Thumbnails(super::dataset::thumbnails(&ids)) });
            }
            script.say(Event::Done { job });
        }
    }
    times
}

#[test]
#[ignore = "measures; run by hand"]
fn scrolling_a_hundred_thousand_rows() {
    let (mut window, script) = window(|builder| builder.with_size([1280.0, 820.0]));
    let begin = ThreadTime::now();
    opened(&mut window, &script, ROWS);
    println!("opening {ROWS} rows, frames and the test's own rows included: {:?}", begin.elapsed());
    scroll(&mut window, &script, -60.0);
    say("table, slowly", scroll(&mut window, &script, -60.0));
    say("table, fast", scroll(&mut window, &script, -9000.0));
    window.get_by_label("Grid").click();
    settle(&mut window);
    say("grid, slowly", scroll(&mut window, &script, -60.0));
    say("grid, fast", scroll(&mut window, &script, -9000.0));

    let act = |window: &mut Harness<'_, TerrasightApp>, what: &str, action: DatasetAction| {
        let begin = ThreadTime::now();
        window.state_mut().perform(Action::Dataset(action));
        println!("{what}: {:.1} ms once, then a frame of {:?}", begin.elapsed().as_secs_f64() * 1e3, frame(window));
    };
    act(&mut window, "sort by name", DatasetAction::SortBy(Column::Name));
    act(&mut window, "sort by score", DatasetAction::SortBy(Column::Locatability));
    let above = Filter { score: ScoreFilter::AtLeast, ..Filter::default() };
    act(&mut window, "filter by score", DatasetAction::SetFilter(above));
    let words = Filter { text: "tokyo 99".to_owned(), ..Filter::default() };
    act(&mut window, "filter by words", DatasetAction::SetFilter(words));
    act(&mut window, "no filter", DatasetAction::SetFilter(Filter::default()));
    act(&mut window, "select all", DatasetAction::SelectAll);
    say("table, all selected", scroll(&mut window, &script, -60.0));

    window.state_mut().perform(Action::Dataset(DatasetAction::Index(
        terrasight::dataset::IndexSource::Folder("/sets/streets".into()),
        "/sets/streets.terrasight.sqlite".into(),
    )));
    let (job, ..) = script.take_tasks().pop().expect("the folder was to be indexed");
    let mut times = Vec::new();
    for batch in 0..200 {
        let rows = (ROWS + batch * 20..ROWS + (batch + 1) * 20).map(row).collect();
        script.say(Event::Dataset { job, news: DatasetNews::Changed { root: "/sets/streets".into(), rows } });
        let progress = IndexProgress { found: 200_000, done: batch as u64 * 20, ..IndexProgress::default() };
        script.say(Event::Dataset { job, news: DatasetNews::Progress(progress) });
        times.push(frame(&mut window));
    }
    say("while indexing, every frame with new rows", times);
}
