//! `terrasight calibrate`: how far to believe a model's numbers, from pictures whose place is known.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;

use crate::{
    assets::{Fingerprint, calibration_place, reader_folder},
    dataset::Shard,
    eval::{
        Pictures,
        calibration::{CalibrationReport, Halves, Page, RecordSet, Recorder, StreetSet, streets_source, take_for},
    },
    hub::asked_as_known,
    knowledge::ade20k::ClassWeights,
    locatability::Judge,
    model::{Seen, VisionLanguageModel, reader::Reader},
    predict::calibration::{Calibration, Kind, Record, Subject, fit},
    worker::{ModelSource, open_judge},
};

use super::{
    Failure, PlainModel,
    interrupt::stop_asked,
    model_folder,
    output::{claim, complain, deliver, write_result},
    progress::Progress,
    report::{Report, make_folder_of},
    say_left_out,
    table::TableArgs,
};

/// Learn how far to believe a model's numbers, from pictures whose place is known.
#[derive(Debug, Args)]
pub(super) struct Calibrate {
    /// A table with path, latitude and longitude of photographs, or the folder that holds it
    #[arg(value_name = "FOLDER", required_unless_present = "streets", conflicts_with = "streets")]
    pictures: Option<PathBuf>,
    /// Take drawn streets instead, and try the calibration on others
    #[arg(long)]
    streets: bool,
    /// Try it on so many streets
    #[arg(long, value_name = "N", default_value_t = 20_000, requires = "streets")]
    tried: u64,
    /// Write the page and its figures into this folder
    #[arg(long, value_name = "DIR", requires = "streets")]
    report: Option<PathBuf>,
    /// Record a part of the streets and nothing else, such as 0/4: processes share the work, and the same command without
    /// it goes on from what they have recorded
    #[arg(long, value_name = "i/n", requires = "streets")]
    shard: Option<Shard>,
    /// Where to keep what was seen; a run that was broken off goes on from there [default: beside the calibration]
    #[arg(long, value_name = "DIR")]
    records: Option<PathBuf>,
    /// Take the signs from the records of another model's calibration, which hold what was read in the same pictures
    #[arg(long, value_name = "DIR")]
    signs_of: Option<PathBuf>,
    /// The file of the calibration [default: where the program looks for it]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace the files of --out and --report that are there already
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    model: PlainModel,
    #[command(flatten)]
    table: TableArgs,
}

impl Calibrate {
    pub(super) fn run(&self) -> Result<(), Failure> {
        if let Some(shard) = self.shard {
            let asked = Asked::open(self)?;
            return StreetSet::all(self.tried).iter().try_for_each(|set| asked.record(&set.recorded(), Some(shard)));
        }
        let table = self.pictures.as_deref().map(table_of).transpose()?;
        let report = self.places(table.as_slice())?;
        let asked = Asked::open(self)?;
        let calibration = match &table {
            Some(table) => asked.on_photographs(table, self)?,
            None => asked.on_streets(self, report.as_ref())?,
        };
        let text = serde_json::to_string_pretty(&calibration).map_err(Failure::new)? + "\n";
        make_folder_of(&asked.place)?;
        // What the program keeps for itself is made anew.
        let may_replace = self.force || self.out.is_none();
        write_result(&asked.place, text.as_bytes(), may_replace).map_err(Failure::Unsaid)?;
        let n = calibration.n_temperatures + calibration.n_levels;
        deliver(&format!("{}: calibrated on {n} pictures, {}\n", asked.model.name(), asked.place.display()), None)
    }

    /// Sees that the files it was told to write may be written, before hours are spent.
    fn places(&self, inputs: &[PathBuf]) -> Result<Option<Report>, Failure> {
        self.out.as_ref().map_or(Ok(()), |file| claim(file, inputs, self.force)).map_err(Failure::Unsaid)?;
        let names = ["CALIBRATION.md", "figures/calibration.json"];
        self.report.as_ref().map(|folder| Report::claim(folder, names, inputs, self.force)).transpose()
    }
}

/// The model that is calibrated, and where what it says is kept.
struct Asked {
    model: VisionLanguageModel,
    model_sha256: String,
    judge: Option<Judge>,
    reader: Reader,
    /// The folder of the records.
    records: PathBuf,
    /// The folder of another model's.
    signs_of: Option<PathBuf>,
    /// The file of the calibration.
    place: PathBuf,
}

impl Asked {
    fn open(arguments: &Calibrate) -> Result<Self, Failure> {
        let folder = model_folder(&arguments.model.source()?)?;
        let mut fingerprint = Fingerprint::of(folder.clone());
        let device = arguments.model.open_device()?;
        let model = asked_as_known(VisionLanguageModel::open(&folder, &device).map_err(Failure::new)?);
        say_left_out(&model);
        let judge = open_judge(&ModelSource::Starter, ClassWeights::default(), arguments.model.device).ok();
        let reader_folder = reader_folder().map_err(Failure::new)?;
        let reader = Reader::open(&reader_folder, &device).map_err(Failure::new)?;
        let cannot = || Failure::new(format!("{}: its files cannot be read", folder.display()));
        let model_sha256 = fingerprint.get().ok_or_else(cannot)?;
        let place = match &arguments.out {
            Some(file) => file.clone(),
            None => calibration_place(&model_sha256).map_err(Failure::new)?,
        };
        let records = arguments.records.clone().unwrap_or_else(|| place.with_extension("records"));
        let signs_of = arguments.signs_of.clone();
        if let Some(folder) = signs_of.as_ref().filter(|folder| !folder.is_dir()) {
            return Err(Failure::new(format!("{}: there is no such folder", folder.display())));
        }
        Ok(Self { model, model_sha256, judge, reader, records, signs_of, place })
    }

    fn subject(&self, kind: Kind, source: String) -> Subject {
        let (model, model_sha256) = (self.model.name().to_owned(), self.model_sha256.clone());
        let segmenter = self.judge.as_ref().map(|judge| judge.name().to_owned());
        Subject { model, model_sha256, segmenter, kind, source }
    }

    /// Records what is seen in those of these pictures that are not on record yet.
    fn record(&self, set: &RecordSet, shard: Option<Shard>) -> Result<(), Failure> {
        make_folder_of(&self.records.join(&set.name))?;
        take_for(&self.model_sha256, &self.records).map_err(Failure::new)?;
        let (progress, asked) = (Progress::new(set.pictures.count()), stop_asked()?);
        progress.say(set.name.clone());
        let read_before = self.signs_of.as_ref().map(|folder| set.signs_in(folder));
        let read_before = read_before.transpose().map_err(Failure::new)?.unwrap_or_default();
        let recorder = Recorder { model: &self.model, judge: self.judge.as_ref(), reader: &self.reader, read_before };
        let finished = recorder.record_all(set, &self.records, shard, asked, &mut |done, error| {
            progress.set(done as u64);
            if let Some(error) = error {
                progress.aside(|| complain(error));
            }
        });
        match finished.map_err(Failure::new)? {
            true => Ok(()),
            false => Err(Failure::new(format!("stopped; the same command goes on from {}", self.records.display()))),
        }
    }

    /// What was seen in these pictures, now or before.
    fn records(&self, set: &RecordSet) -> Result<Vec<Record>, Failure> {
        self.record(set, None)?;
        set.read(&self.records).map_err(Failure::new)
    }

    fn on_photographs(&self, table: &Path, arguments: &Calibrate) -> Result<Calibration, Failure> {
        if self.model.seen() == Seen::Drawings {
            return Err(Failure::new(format!(
                "{} knows drawn streets only and says nothing of photographs; calibrate it with --streets, or name a model \
                 of photographs with --model",
                self.model.name()
            )));
        }
        let pictures = Pictures::listed(table, &arguments.table.options(), usize::MAX).map_err(Failure::new)?;
        // Pictures are a matter of minutes or hours, and too few are refused before.
        let halves = Halves::by_place(&pictures);
        halves.check().map_err(Failure::new)?;
        if halves.n_between > 0 {
            complain(format_args!(
                "{} photographs lie too near to the others for either half: left out",
                halves.n_between
            ));
        }
        let (temperatures, levels) = halves.divide(self.records(&RecordSet::of("photographs", pictures))?);
        let subject = self.subject(Kind::Photographs, format!("photographs of {}", table.display()));
        fit(subject, &temperatures, &levels).map_err(Failure::new)
    }

    fn on_streets(&self, arguments: &Calibrate, report: Option<&Report>) -> Result<Calibration, Failure> {
        let [temperatures, levels, test] = StreetSet::all(arguments.tried);
        let records = |set: &StreetSet| self.records(&set.recorded());
        let subject = self.subject(Kind::DrawnStreets, streets_source());
        let calibration = fit(subject, &records(&temperatures)?, &records(&levels)?).map_err(Failure::new)?;
        if let Some(places) = report {
            let tried = records(&test)?;
            let what = format!("drawn streets of seeds {} to {}", test.seeds.start, test.seeds.end - 1);
            let report = CalibrationReport::new(calibration.clone(), what, &tried);
            let report = report.ok_or_else(|| Failure::new("there is no street to try the calibration on"))?;
            let figures = serde_json::to_string_pretty(&report).map_err(Failure::new)? + "\n";
            let page = Page(&report).to_string();
            places.write([&page, &figures])?;
        }
        Ok(calibration)
    }
}

/// The table that a folder holds, or the table itself.
fn table_of(named: &Path) -> Result<PathBuf, Failure> {
    if !named.is_dir() {
        return Ok(named.to_owned());
    }
    let manifest = named.join("manifest.csv");
    if manifest.is_file() {
        return Ok(manifest);
    }
    let entries = fs::read_dir(named).map_err(|cause| Failure::new(format!("{}: {cause}", named.display())))?;
    let is_table = |path: &PathBuf| path.extension().is_some_and(|end| end == "csv" || end == "tsv");
    let mut tables: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_table).collect();
    match (tables.pop(), tables.len()) {
        (Some(only), 0) => Ok(only),
        (None, _) => Err(Failure::new(format!(
            "{}: no table in it; put a CSV file with path, latitude and longitude there, or name the table",
            named.display()
        ))),
        (Some(_), more) => Err(Failure::new(format!("{}: {} tables in it; name one", named.display(), more + 1))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_stands_for_the_one_table_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str| fs::write(folder.path().join(name), "path,latitude,longitude\n").unwrap();
        assert!(table_of(folder.path()).is_err(), "no table");
        put("mine.csv");
        assert_eq!(table_of(folder.path()).unwrap(), folder.path().join("mine.csv"));
        put("others.tsv");
        assert!(table_of(folder.path()).is_err(), "two tables");
        put("manifest.csv");
        assert_eq!(table_of(folder.path()).unwrap(), folder.path().join("manifest.csv"));
        assert_eq!(table_of(Path::new("a.csv")).unwrap(), Path::new("a.csv"));
    }
}
