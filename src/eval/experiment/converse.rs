//! The experiment by conversation: the model hears each hint after its own answer, and answers anew.

use std::{collections::HashMap, path::Path};

use serde::{Deserialize, Serialize};

use super::{known, says, told};
use crate::{
    eval::{EvalError, Pictures, calibration::read_lines},
    files::lines,
    geo::CountryCode,
    model::{
        ModelError, Prompt, VisionLanguageModel,
        chat::{Content, Message, Role},
    },
    picture::Picture,
    predict::{
        LocateError, LocateSettings, Prompting, Unobserved, calibration::Record, converse::converse, locate_again,
    },
};

/// The file beside the records.
const FILE: &str = "hinted.jsonl";

/// What a model answers about a picture after each hint, a line of JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conversed {
    /// Its name.
    pub picture: String,
    /// After each hint.
    pub answers: Vec<Again>,
}

/// An answer after a hint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Again {
    /// The country that was told.
    pub told: CountryCode,
    /// As in [`Record`].
    pub country: Option<String>,
    /// As in [`Record`].
    pub city: Option<String>,
    /// As in [`Record`].
    pub log_shares: Vec<(CountryCode, f64)>,
}

impl Conversed {
    /// Whether these countries were told, in this order.
    pub(super) fn is_after(&self, told: [CountryCode; 3]) -> bool {
        self.answers.iter().map(|answer| answer.told).eq(told)
    }
}

impl Again {
    /// The record with this answer in the place of the first one.
    pub(super) fn on(&self, record: &Record) -> Record {
        Record {
            answer_country: self.country.clone(),
            answer_city: self.city.clone(),
            log_shares: self.log_shares.clone(),
            ..record.clone()
        }
    }
}

/// Asks a model about the pictures of these records that it was not asked about yet, and adds what it answers to the file in
/// `folder`. `go_on` hears how many are done, and may end it; whether it came to the end.
pub fn ask_again(
    model: &VisionLanguageModel,
    pictures: &Pictures,
    records: &[Record],
    folder: &Path,
    go_on: &mut dyn FnMut(usize) -> bool,
) -> Result<bool, EvalError> {
    let done = conversed_in(folder)?;
    let file = folder.join(FILE);
    let unusable = |cause: &dyn ToString| EvalError::File { path: file.clone(), cause: cause.to_string() };
    let mut writer = lines::open(&file).map_err(|cause| unusable(&cause))?;
    let index: HashMap<String, usize> = (0..pictures.count()).map(|index| (pictures.name(index), index)).collect();
    for (at, record) in known(records).enumerate() {
        if !go_on(at) {
            return Ok(false);
        }
        let Some((index, told)) = index.get(&record.picture).zip(told(at, record)) else { continue };
        if done.get(&record.picture).is_some_and(|done| done.is_after(told)) {
            continue;
        }
        let picture = pictures.get(*index).0.map_err(|cause| unusable(&cause))?;
        let answers = after_hints(model, &picture, record, told).map_err(|cause| unusable(&cause))?;
        let conversed = Conversed { picture: record.picture.clone(), answers };
        lines::add(&mut writer, &conversed).map_err(|cause| unusable(&cause))?;
    }
    Ok(true)
}

/// What is on record of such conversations, by the pictures' names.
pub fn conversed_in(folder: &Path) -> Result<HashMap<String, Conversed>, EvalError> {
    let file = folder.join(FILE);
    let lines: Vec<Conversed> = if file.exists() { read_lines(&file)? } else { Vec::new() };
    Ok(lines.into_iter().map(|conversed| (conversed.picture.clone(), conversed)).collect())
}

/// The model's own answer is told to it as its own, and then the hint; each hint comes after the first answer alone.
fn after_hints(
    model: &VisionLanguageModel,
    picture: &Picture,
    record: &Record,
    told: [CountryCode; 3],
) -> Result<Vec<Again>, LocateError> {
    let settings = LocateSettings::default();
    let say = |role, content| Message { role, content };
    let pictures = vec![model.patches(&picture.pixels, None).map_err(ModelError::from)?];
    let asked = vec![Content::Picture, Content::Text(Prompting::of(model).0.prompt)];
    let mut first = Prompt { messages: vec![say(Role::User, asked)], pictures, answer_start: String::new() };
    let mut context = model.start();
    let answered = converse(model, &mut context, &first, &settings, &mut Unobserved)?.generated.token_ids;
    first.messages.push(say(Role::Assistant, vec![Content::Answer(answered)]));
    let mut after = |told: CountryCode| {
        let mut hinted = first.clone();
        hinted.messages.push(say(Role::User, vec![Content::Text(says(told))]));
        let located = locate_again(model, &mut context, &hinted, picture, &settings, &mut Unobserved)?;
        let Record { answer_country: country, answer_city: city, log_shares, .. } =
            Record::of(&record.picture, record.position, record.country, &located);
        Ok(Again { told, country, city, log_shares })
    };
    told.into_iter().map(&mut after).collect()
}
