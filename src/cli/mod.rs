//! The command line: arguments are read once into plain structs, and each command is one file beside this one.
//!
//! Exit codes: 0 done; 1 could not do it, with one clear line on standard error; 2 wrong usage.

mod areas;
mod bench;
mod calibrate;
mod claims;
mod dataset;
mod derive_weights;
mod doctor;
mod embed;
mod evaluate;
mod experiment;
mod generate;
mod hints;
mod interrupt;
mod locatability;
mod locate;
mod means;
mod merge;
mod models;
mod output;
mod progress;
mod read;
mod report;
mod safety;
mod streets;
mod table;
mod text;
mod train;
mod window;

use std::{
    ffi::OsString,
    fmt::Display,
    ops::{Bound, RangeBounds},
    path::{Path, PathBuf},
    process::ExitCode,
    str::FromStr,
};

use clap::{Args, Parser, Subcommand};

use crate::{
    assets,
    model::{self, ComputeDevice, DeviceChoice, LoraChoice, LoraFacts, Precision, VisionLanguageModel, device},
    server::Server,
    words,
    worker::ModelSource,
};

/// Says where a photograph was taken, why, and how far to believe it, wholly on this machine.
#[derive(Debug, Parser)]
#[command(name = "terrasight", version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Pictures to open the window with
    #[arg(value_name = "PHOTO")]
    pictures: Vec<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say where pictures were taken
    Locate(locate::Locate),
    /// Say how much pictures can tell of where they were taken
    Locatability(locatability::Locatability),
    /// Read the signs in pictures
    Read(read::Read),
    /// Let a model answer a question, about pictures or without
    Generate(generate::Generate),
    /// Make vectors of pictures or texts
    Embed(embed::Embed),
    /// Derive the weights of locatability's classes from clue texts
    DeriveWeights(derive_weights::DeriveWeights),
    /// Draw street pictures with their places, labels and clues
    Streets(streets::Streets),
    /// Keep a data set in order: index, merge, check, convert, export
    Dataset(dataset::Dataset),
    /// Train a model as a file says
    Train(train::Train),
    /// Write a model with adapters merged into it
    Merge(merge::Merge),
    /// Measure a model as a file says
    Evaluate(evaluate::Evaluate),
    Claims(claims::Claims),
    /// Learn how far to believe a model's numbers
    Calibrate(calibrate::Calibrate),
    /// Measure what hints do, right and wrong ones, on records of 'calibrate'
    Experiment(experiment::Experiment),
    /// Fetch models, look which there are, and whether they fit this machine
    Models(models::Models),
    /// Say what this machine has: adapters, memory, models, folders
    Doctor(doctor::Doctor),
    /// Measure speed and memory, and write the figures to a file
    Bench(bench::Bench),
}

/// Which model, as it is, and where it runs.
#[derive(Debug, Clone, Default, Args)]
struct PlainModel {
    /// A model folder as the hub serves it, the name of one that 'models list' shows, 'starter', or for 'locate' the address of a
    /// server (http://127.0.0.1:8000/v1#MODEL), to which the pictures are sent then
    #[arg(long, value_name = "M")]
    model: Option<String>,
    /// auto, gpu (hardware only), gpu:N (the number that doctor shows) or cpu
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    device: DeviceChoice,
}

/// Which model, in how many bits and with what added to it, and where it runs.
#[derive(Debug, Clone, Default, Args)]
struct ModelArguments {
    #[command(flatten)]
    plain: PlainModel,
    /// full, 8-bit or 4-bit: in how many bits a folder's weights are held. Packed weights are kept under TERRASIGHT_HOME
    #[arg(long, value_name = "BITS", default_value_t)]
    precision: Precision,
    /// The folder of a LoRA adapter as PEFT saves it, that is added to the model, with @PERCENT behind it for a part of it; may
    /// stand several times
    #[arg(long = "adapter", value_name = "DIR[@PERCENT]")]
    adapters: Vec<LoraChoice>,
}

impl PlainModel {
    fn source(&self) -> Result<ModelSource, Failure> {
        self.model.as_deref().map_or(Ok(ModelSource::Starter), model_source)
    }

    fn open_device(&self) -> Result<ComputeDevice, Failure> {
        device::open(self.device).map_err(Failure::new)
    }
}

impl ModelArguments {
    /// The device, which packs weights in the precision.
    fn open_device(&self) -> Result<ComputeDevice, Failure> {
        let device = self.plain.open_device()?;
        Ok(device.with_packing(assets::packing(self.precision).map_err(Failure::new)?))
    }

    /// Whether a model was named at all.
    fn is_named(&self) -> bool {
        self.plain.model.is_some()
    }

    fn source(&self) -> Result<ModelSource, Failure> {
        let source = self.plain.source()?;
        if source.is_elsewhere() && !self.adapters.is_empty() {
            return Err(Failure::new("a server's model takes no --adapter; name a model of this machine"));
        }
        Ok(source.with_loras(self.adapters.clone()))
    }
}

/// What `--model` names.
fn model_source(name: &str) -> Result<ModelSource, Failure> {
    let folder = Path::new(name);
    let is_gguf = folder.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gguf"));
    if folder.is_dir() || (is_gguf && folder.is_file()) {
        return Ok(ModelSource::Directory(folder.to_owned()));
    }
    if Server::is_address(name) {
        return Server::at(name).map(ModelSource::from).map_err(Failure::new);
    }
    if name == "starter" || name == assets::STARTER_NAME {
        return Ok(ModelSource::Starter);
    }
    if let Some(path) = models::path_of(name) {
        return Ok(ModelSource::Directory(path));
    }
    if !folder.exists()
        && let Some(absent) = models::absent(name)
    {
        return Err(absent);
    }
    Err(Failure::new(if folder.exists() {
        format!(
            "{name}: it is a file, and a model is a folder; name the folder that holds config.json, or a .gguf file"
        )
    } else {
        format!(
            "{name}: no such model; name a folder that holds config.json, one that 'terrasight models list' shows, or 'starter'"
        )
    }))
}

/// Says what a model does not bring, so that its architecture's own stood in.
fn say_left_out(model: &VisionLanguageModel) {
    let left_out = &model.facts().left_out;
    if !left_out.is_empty() {
        output::complain(words::left_out(left_out));
    }
}

/// Says what of adapters finds nothing to change in their model.
fn say_unmatched(loras: &[LoraFacts]) {
    loras.iter().filter(|lora| !lora.unmatched.is_empty()).for_each(|lora| output::complain(words::lora(lora)));
}

/// Where the model's folder is; the starter is unpacked if need be.
fn model_folder(source: &ModelSource) -> Result<PathBuf, Failure> {
    match source.base() {
        ModelSource::Starter => assets::starter_folder().map_err(Failure::new),
        ModelSource::Directory(folder) => Ok(folder.clone()),
        ModelSource::Adapted(_) => Err(Failure::new("an adapter is no model; name its model with --model")),
        ModelSource::Server(server) => Err(Failure::new(format!(
            "{server}: a server answers for 'locate' and in the window; name a model of this machine"
        ))),
    }
}

/// A temperature: a number that is not negative.
fn temperature(text: &str) -> Result<f32, String> {
    within(text, 0.0..=100.0, "temperature", "a number from 0 to 100, 0 for the likeliest answer")
}

/// A share for `--top-p`: above 0, at most 1.
fn share(text: &str) -> Result<f32, String> {
    within(text, (Bound::Excluded(0.0), Bound::Included(1.0)), "share", "a number above 0 and at most 1")
}

/// A number of an option that lies within bounds; what it is, and what to give in the place of another, is said where it does not.
fn within<T: FromStr + PartialOrd>(
    text: &str,
    bounds: impl RangeBounds<T>,
    what: &str,
    give: &str,
) -> Result<T, String> {
    let number = text.parse().ok().filter(|number| bounds.contains(number));
    number.ok_or_else(|| format!("'{text}' is no {what}; give {give}"))
}

/// A command could not do what was asked.
#[derive(Debug)]
enum Failure {
    /// For this reason, still to be said.
    Unsaid(String),
    /// All there is to say was said as it happened (a picture in a list that failed).
    Said,
    /// Whoever read the output has left: no failure of ours, and no reason to go on.
    NobodyReads,
}

impl Failure {
    fn new(reason: impl Display) -> Self {
        Self::Unsaid(reason.to_string())
    }
}

/// Runs the program with these arguments, the program's own name first. To be called before any thread is started.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    safety::quiet_drivers();
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(message) => {
            let _ = message.print(); // nothing is left to do where even that cannot be printed
            return ExitCode::from(u8::try_from(message.exit_code()).unwrap_or(2));
        }
    };
    safety::begin_log();
    let outcome = safety::without_panics(|| perform(&arguments));
    match outcome {
        Ok(()) | Err(Failure::NobodyReads) => ExitCode::SUCCESS,
        Err(Failure::Said) => ExitCode::FAILURE,
        Err(Failure::Unsaid(reason)) => {
            output::complain(&reason);
            ExitCode::FAILURE
        }
    }
}

fn perform(arguments: &Arguments) -> Result<(), Failure> {
    // The window has an engine of its own for that.
    if arguments.command.is_some() {
        model::join_team();
    }
    match &arguments.command {
        None => window::open(&arguments.pictures),
        Some(Command::Locate(locate)) => locate.run(),
        Some(Command::Locatability(locatability)) => locatability.run(),
        Some(Command::Read(read)) => read.run(),
        Some(Command::Generate(generate)) => generate.run(),
        Some(Command::Embed(embed)) => embed.run(),
        Some(Command::DeriveWeights(derive)) => derive.run(),
        Some(Command::Streets(streets)) => streets.run(),
        Some(Command::Dataset(dataset)) => dataset.run(),
        Some(Command::Train(train)) => train.run(),
        Some(Command::Merge(merge)) => merge.run(),
        Some(Command::Evaluate(evaluate)) => evaluate.run(),
        Some(Command::Claims(claims)) => claims.run(),
        Some(Command::Calibrate(calibrate)) => calibrate.run(),
        Some(Command::Experiment(experiment)) => experiment.run(),
        Some(Command::Models(models)) => models.run(),
        Some(Command::Doctor(doctor)) => doctor.run(),
        Some(Command::Bench(bench)) => bench.run(),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn pictures_alone_open_the_window() {
        let arguments = parse("terrasight a.jpg b.png").unwrap();
        assert!(arguments.command.is_none());
        assert_eq!(arguments.pictures, [PathBuf::from("a.jpg"), PathBuf::from("b.png")]);
    }

    #[test]
    fn wrong_usage_is_seen_before_anything_is_done() {
        for line in [
            "terrasight locate",
            "terrasight locate a.jpg --device gpu:x",
            "terrasight locate a.jpg --format xml",
            "terrasight locate a.jpg --temperature -1",
            "terrasight locate a.jpg --max-new-tokens 0",
            "terrasight read",
            "terrasight read a.jpg --format csv",
            "terrasight generate --model m",
            "terrasight generate --model m --prompt p --top-p 0",
            "terrasight streets --count 3 --seed 1",
            "terrasight train",
            "terrasight embed --model m",
            "terrasight embed --text t",
            "terrasight embed --model m --image a.png --text t",
            "terrasight derive-weights clues.txt",
            "terrasight derive-weights clues.txt --encoder m --threshold 2",
            "terrasight dataset index pictures --into a.sqlite --shard 3/3",
            "terrasight calibrate a.csv --adapter a",
            "terrasight calibrate --streets --precision 4-bit",
            "terrasight experiment records --adapter a",
            "terrasight experiment records --precision 8-bit",
            "terrasight dataset merge --into a.sqlite",
            "terrasight dataset export a.sqlite --as xml --out b",
            "terrasight dataset export a.sqlite --as csv --out b --min-locatability 2",
            "terrasight dataset export a.sqlite --as csv --out b --country FRA",
        ] {
            assert_eq!(parse(line).expect_err(line).exit_code(), 2, "{line}");
        }
    }

    #[test]
    fn what_is_read_is_not_replaced_and_what_is_there_only_where_that_is_asked() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join("photos")).unwrap();
        let text = "path,latitude,longitude\na.jpg,1,2\n";
        let files = ["a.geojson", "m.gguf", "w.csv", "photos/manifest.csv", "CLAIMS.md", "c.toml"];
        files.iter().for_each(|name| std::fs::write(home.path().join(name), text).unwrap());
        let refused = |line: &str| {
            let line = line.replace("AT", home.path().to_str().unwrap());
            let outcome = match parse(&line).unwrap().command.unwrap() {
                Command::Locate(locate) => locate.run(),
                Command::Locatability(locatability) => locatability.run(),
                Command::Dataset(dataset) => dataset.run(),
                Command::Claims(claims) => claims.run(),
                other => panic!("{other:?}"),
            };
            let Err(Failure::Unsaid(reason)) = outcome else { panic!("'{line}' was done") };
            reason
        };
        for line in [
            "terrasight locate p.jpg --within AT/a.geojson --out AT/a.geojson --force",
            "terrasight locate p.jpg --exclude FR --exclude AT/a.geojson --out AT/photos/../a.geojson --force",
            "terrasight locate p.jpg --model AT/m.gguf --out AT/m.gguf --force",
            "terrasight locatability p.jpg --weights AT/w.csv --out AT/w.csv --force",
            "terrasight dataset check AT/photos --out AT/photos/manifest.csv --force",
            "terrasight claims AT/CLAIMS.md --report AT --force",
        ] {
            let reason = refused(line);
            assert!(reason.contains("one of the files that are read"), "{line}: {reason}");
        }
        let reason = refused("terrasight claims AT/c.toml --report AT");
        assert!(reason.contains("CLAIMS.md: it exists already") && reason.contains("--force"), "{reason}");
        for name in files {
            assert_eq!(std::fs::read_to_string(home.path().join(name)).unwrap(), text, "{name}");
        }
    }

    #[test]
    fn a_number_out_of_bounds_is_refused_with_what_to_give() {
        assert_eq!((share("1"), share("0.25"), temperature("0")), (Ok(1.0), Ok(0.25), Ok(0.0)));
        for text in ["0", "1.01", "NaN", "much"] {
            let refused = format!("'{text}' is no share; give a number above 0 and at most 1");
            assert_eq!(share(text), Err(refused));
        }
    }

    #[test]
    fn an_encoder_is_named_as_any_other_model() {
        let Some(Command::Locate(locate)) = parse("terrasight locate a.jpg --encoder no-such-encoder").unwrap().command
        else {
            panic!("it locates")
        };
        let Err(Failure::Unsaid(reason)) = locate.run() else { panic!("there is no such encoder") };
        assert!(reason.starts_with("no-such-encoder: no such model") && reason.contains("models list"), "{reason}");
    }

    #[test]
    fn a_model_that_could_be_fetched_is_said_to_be_and_a_folder_is_told_what_is_wrong_with_it() {
        let reason = |line: &str| match parse(line).unwrap().command.unwrap() {
            Command::Models(models) => match models.run() {
                Err(Failure::Unsaid(reason)) => reason,
                _ => panic!("'{line}' was done"),
            },
            other => panic!("{other:?}"),
        };
        let name = "maskformer-swin-base-ade";
        let absent =
            "maskformer-swin-base-ade is not on this machine yet: 'terrasight models pull maskformer-swin-base-ade'";
        for line in ["terrasight models verify", "terrasight models remove"] {
            let said = reason(&format!("{line} {name}"));
            assert!(said.starts_with(absent), "{said}");
        }
        let Err(Failure::Unsaid(said)) = model_source("MaskFormer-Swin-Base-ADE") else { panic!("it is here") };
        assert!(said.starts_with(absent), "{said}");
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.json"), r#"{"quantization_config": {"quant_method": "awq"}}"#)
            .unwrap();
        let said = reason(&format!("terrasight models fit {}", folder.path().display()));
        assert!(said.contains("packed by AWQ"), "{said}");
        assert_eq!(model_source(assets::STARTER_NAME).unwrap(), ModelSource::Starter);
    }

    #[test]
    fn it_can_be_asked_whether_the_starter_fits() {
        let Some(Command::Models(models)) = parse("terrasight models fit starter").unwrap().command else {
            panic!("it is about models")
        };
        assert!(models.run().is_ok());
    }

    #[test]
    fn a_file_is_no_model_folder() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let name = file.path().display().to_string();
        for name in [name.as_str(), "/no/such/folder"] {
            let Err(Failure::Unsaid(reason)) = model_source(name) else { panic!("{name} was taken for a model") };
            assert!(reason.starts_with(name) && reason.contains("config.json"), "{reason}");
        }
    }
}
