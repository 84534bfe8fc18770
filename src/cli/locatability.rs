//! `terrasight locatability`: how much pictures can tell of where they were taken.

use std::{
    fs,
    io::Cursor,
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
};

use clap::Args;
use image::ImageFormat;
use serde_json::{Value, json};

use crate::{
    dataset::table::path_cell,
    knowledge::ade20k::{self, ClassWeights},
    locatability::{ClassPart, Heatmap, Judged, NoScore, Rater, Score},
    model::ModelError,
    picture::Picture,
    worker::picture_files,
};

use super::{
    Failure,
    means::Means,
    output::{OutArguments, Table, claim, complain, write_result},
    progress::Progress,
};

/// Pictures that are opened ahead of the segmenter.
const AHEAD: usize = 4;

/// Say how much pictures can tell of where they were taken
#[derive(Debug, Args)]
pub(super) struct Locatability {
    /// Pictures, or folders of pictures
    #[arg(required = true, value_name = "PHOTO|DIR")]
    pictures: Vec<PathBuf>,
    #[command(flatten)]
    means: Means,
    /// Also write each picture with the weights of its classes over it, as PNG, into this folder
    #[arg(long, value_name = "DIR", conflicts_with = "network")]
    heatmap: Option<PathBuf>,
    /// How to write the result
    #[arg(long, value_enum, default_value_t = Table::Csv)]
    format: Table,
    #[command(flatten)]
    out: OutArguments,
}

/// A picture's path, and its score or what is wrong with it.
type Outcome = (String, Result<Score, String>);

impl Locatability {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let read: Vec<PathBuf> = self.pictures.iter().chain(self.means.weights_file()).cloned().collect();
        let mut output = self.out.open(&read)?;
        if let Some(folder) = &self.heatmap {
            fs::create_dir_all(folder)
                .map_err(|error| Failure::new(format!("{}: cannot be made ({error})", folder.display())))?;
        }
        let weights = self.means.weights()?;
        let rater = self.means.open()?;
        let outcomes = self.judge_all(&rater, &weights);
        let text = match self.format {
            Table::Csv => csv_text(&outcomes, matches!(rater, Rater::Segmenter(_))),
            Table::Json => format!("{:#}\n", Value::Array(outcomes.iter().map(json_of).collect())),
        };
        output.write(&text)?;
        output.finish()?;
        if outcomes.iter().any(|(_, outcome)| outcome.is_err()) { Err(Failure::Said) } else { Ok(()) }
    }

    /// All pictures in order; they are opened on a thread of its own, ahead of the segmenter.
    fn judge_all(&self, rater: &Rater, weights: &ClassWeights) -> Vec<Outcome> {
        let (files, unread) = self.files();
        let progress = Progress::new(files.len());
        let mut outcomes = Vec::new();
        thread::scope(|scope| {
            let (say, hear) = mpsc::sync_channel(AHEAD);
            let files = &files;
            scope.spawn(move || {
                for file in files {
                    let opened = Picture::open(file).map_err(|error| error.to_string());
                    if say.send((file, opened)).is_err() {
                        return;
                    }
                }
            });
            for (file, opened) in hear {
                progress.say(file.display().to_string());
                let outcome = opened.and_then(|picture| self.judge(rater, weights, &picture));
                if let Err(error) = &outcome {
                    progress.aside(|| complain(error));
                }
                outcomes.push((file.display().to_string(), outcome));
                progress.step();
            }
        });
        for (folder, error) in unread {
            complain(&error);
            outcomes.push((folder, Err(error)));
        }
        outcomes
    }

    /// The pictures that the paths stand for, and the folders that cannot be read.
    fn files(&self) -> (Vec<PathBuf>, Vec<(String, String)>) {
        let (mut files, mut unread) = (Vec::new(), Vec::new());
        for path in &self.pictures {
            if !path.is_dir() {
                files.push(path.clone());
                continue;
            }
            match picture_files(path) {
                Ok(found) => files.extend(found),
                Err(failure) => unread.push((path.display().to_string(), failure.to_string())),
            }
        }
        (files, unread)
    }

    fn judge(&self, rater: &Rater, weights: &ClassWeights, picture: &Picture) -> Result<Score, String> {
        let failed = |error: ModelError| format!("{}: {error}", picture.name);
        if !rater.seen().knows(picture) {
            return Err(format!("{}: {}", picture.name, NoScore::KnowsDrawingsOnly));
        }
        let judged = match rater {
            Rater::Segmenter(judge) => judge.judge(&picture.pixels).map_err(failed)?,
            Rater::Network(network) => {
                let scores = network.predict(&[&picture.pixels]).map_err(failed)?;
                let score = scores.first().ok_or_else(|| format!("{}: no score came", picture.name))?;
                return Ok(Score { locatability: f64::from(*score), classes: Vec::new() });
            }
        };
        if let Some(folder) = &self.heatmap {
            self.write_heatmap(folder, picture, &judged, weights)?;
        }
        Ok(judged.score)
    }

    /// Writes `NAME.HASH.locatability.png`, the first digits of the picture's hash being there so that pictures of one name
    /// from several folders are told apart.
    fn write_heatmap(
        &self,
        folder: &Path,
        picture: &Picture,
        judged: &Judged,
        weights: &ClassWeights,
    ) -> Result<(), String> {
        let stem = Path::new(&picture.name).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let path = folder.join(format!("{}.{}.locatability.png", stem.unwrap_or_default(), &picture.sha256[..8]));
        claim(&path, &self.pictures, self.out.force)?;
        let size = (judged.labels.width, judged.labels.height);
        let painted = Heatmap::default().over(&picture.pixels, &judged.labels.labels, size, weights);
        let mut png = Cursor::new(Vec::new());
        let failed = |error: &dyn std::fmt::Display| format!("{}: cannot be written ({error})", path.display());
        painted.write_to(&mut png, ImageFormat::Png).map_err(|error| failed(&error))?;
        write_result(&path, png.get_ref(), self.out.force)
    }
}

/// `path,locatability` and, where there was a segmentation, the share of each class.
fn csv_text(outcomes: &[Outcome], has_classes: bool) -> String {
    let mut table = csv::Writer::from_writer(Vec::new());
    let n_classes = if has_classes { ade20k::CLASSES } else { 0 };
    let classes = (0..n_classes).map(ade20k::short_name);
    let head = ["path", "locatability"].into_iter().chain(classes);
    let mut written = table.write_record(head);
    for (path, outcome) in outcomes {
        let mut row = vec![path_cell(path)];
        match outcome {
            Ok(score) => {
                let mut shares = [0.0; ade20k::CLASSES];
                score.classes.iter().for_each(|part| shares[part.class] = part.share);
                row.push(format!("{:.6}", score.locatability));
                let shares = shares.iter().take(n_classes);
                row.extend(shares.map(|&share| if share == 0.0 { "0".to_owned() } else { format!("{share:.6}") }));
            }
            Err(_) => row.resize(2 + n_classes, String::new()),
        }
        written = written.and_then(|()| table.write_record(row));
    }
    // A table in memory takes every row of one length.
    debug_assert!(written.is_ok(), "{written:?}");
    String::from_utf8(table.into_inner().unwrap_or_default()).unwrap_or_default()
}

fn json_of((path, outcome): &Outcome) -> Value {
    match outcome {
        Ok(score) => {
            let class = |part: &ClassPart| {
                json!({
                    "class": part.name(), "share": part.share, "weight": part.weight, "contribution": part.contribution,
                })
            };
            let classes: Vec<Value> = score.classes.iter().map(class).collect();
            json!({"path": path, "locatability": score.locatability, "classes": classes})
        }
        Err(error) => json!({"path": path, "error": error}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_no_formula_in_a_spreadsheet_and_stays_the_same_path() {
        let outcome = ("=cmd.jpg".to_owned(), Err("=cmd.jpg: no picture".to_owned()));
        assert_eq!(csv_text(&[outcome], false), "path,locatability\n./=cmd.jpg,\n");
    }
}
