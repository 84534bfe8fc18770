//! Says where one picture was taken by the answer of a server, in the local model's place.

use std::ops::ControlFlow;

use image::{RgbImage, codecs::jpeg::JpegEncoder};

use super::{
    LocateError, LocateSettings, LocateStage, Located, Observer, Prompting,
    answer::parsed,
    converse::{Conversation, Exchange},
    finding::{ModelUsed, SettingsUsed},
    locate::{Answered, begin, begun, concluded},
    named_by_tokens::country_scores,
    problem::FindingProblem,
    sign::Sign,
};
use crate::{
    model::{PictureTokens, Seen},
    picture::{
        Picture,
        resample::{Filter, resize},
    },
    server::{Finish, Question, Said, Server, ServerError, Turn},
};

/// The longer side of the picture that is sent, in pixels, at most: models reduce larger ones themselves.
const LONGEST_SIDE: u32 = 2048;
/// Of the JPEG that is sent.
const QUALITY: u8 = 90;

/// What a model of a server is called in all that it says.
pub fn name_of(server: &Server, model: &str) -> String {
    format!("{model} at {}", server.host())
}

/// Asks a model of a server where a picture was taken, and weighs its answer as a local model's. What is sent is the picture's
/// pixels, upright and reduced, and the question: nothing else of the file, and not its name.
pub fn locate_elsewhere(
    (server, model): (&Server, &str),
    prompting: Prompting,
    picture: &Picture,
    signs: Vec<Sign>,
    settings: &LocateSettings,
    observer: &mut dyn Observer,
) -> Result<Located, LocateError> {
    let used = ModelUsed {
        name: name_of(server, model),
        device: format!("the server {server}"),
        seed: settings.seed,
        ..ModelUsed::default()
    };
    // How finely its model looks is the server's affair.
    let asked = SettingsUsed { picture_tokens: 0, ..settings.used(&prompting.prompt, PictureTokens::default()) };
    let mut finding = begun(picture, used, asked);

    begin(observer, LocateStage::Asking)?;
    let turns = [Turn { is_user: true, text: prompting.prompt }];
    let said = ask((server, model), &turns, &picture.pixels, settings, observer)?;
    if said.finish == Finish::Cancelled {
        return Err(LocateError::Cancelled);
    }

    begin(observer, LocateStage::Weighing)?;
    let parsed = parsed(&said.text, said.finish == Finish::Stop);
    let country_scores = parsed.country_at.as_ref().map(|name| country_scores(&said, name));
    finding.problems.push(FindingProblem::SentTo(server.host()));
    let tells_none = country_scores.as_ref().is_some_and(Vec::is_empty);
    finding.problems.extend(tells_none.then(|| FindingProblem::NoCountryScores(server.host())));
    // Those that are offered have learned from photographs.
    let is_trusted = Seen::Photographs.knows(picture);
    finding.problems.extend((!is_trusted).then_some(FindingProblem::MadeUp));
    let country_scores = country_scores.unwrap_or_default();
    let answered = Answered { text: said.text, parsed, country_scores, is_trusted };
    Ok(concluded(finding, picture, signs, answered, None))
}

/// Lets a model of a server answer in a conversation about a picture; its words come as they are said. All that was said to it and
/// by it is sent again with the picture, for the server keeps nothing for us; what another model was told or has said is not.
pub fn converse_elsewhere(
    (server, model): (&Server, &str),
    picture: &RgbImage,
    conversation: &Conversation,
    settings: &LocateSettings,
    observer: &mut dyn Observer,
) -> Result<Said, LocateError> {
    begin(observer, LocateStage::Asking)?;
    let own = name_of(server, model);
    let said = |Exchange { asked, spoken }: &Exchange| {
        [(true, asked), (false, &spoken.text)].map(|(is_user, text)| Turn { is_user, text: text.clone() })
    };
    let exchanges = conversation.opening.iter().chain(&conversation.turns);
    let mut turns: Vec<Turn> = exchanges.filter(|exchange| exchange.spoken.model == own).flat_map(said).collect();
    turns.push(Turn { is_user: true, text: conversation.asked.clone() });
    ask((server, model), &turns, picture, settings, observer)
}

fn ask(
    (server, model): (&Server, &str),
    turns: &[Turn],
    picture: &RgbImage,
    settings: &LocateSettings,
    observer: &mut dyn Observer,
) -> Result<Said, LocateError> {
    let question = Question {
        turns,
        picture: &jpeg_of(picture)?,
        max_new_tokens: settings.max_new_tokens,
        temperature: settings.temperature,
        top_p: settings.top_p,
        seed: settings.seed,
    };
    let mut is_speaking = false;
    let said = server.answer(model, &question, &mut |text| {
        if !text.is_empty() {
            if !std::mem::replace(&mut is_speaking, true) {
                observer.stage(LocateStage::Reasoning, None);
            }
            observer.token(text);
        }
        if observer.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    Ok(said)
}

fn jpeg_of(pixels: &RgbImage) -> Result<Vec<u8>, ServerError> {
    let (width, height) = pixels.dimensions();
    let factor = f64::from(LONGEST_SIDE) / f64::from(width.max(height).max(1));
    let side = |side: u32| ((f64::from(side) * factor).round() as u32).max(1);
    let reduced = (factor < 1.0).then(|| resize(pixels, side(width), side(height), Filter::Bicubic));
    let mut jpeg = Vec::new();
    let encoded = JpegEncoder::new_with_quality(&mut jpeg, QUALITY).encode_image(reduced.as_ref().unwrap_or(pixels));
    encoded.map_err(|error| ServerError::NoClient(error.to_string()))?;
    Ok(jpeg)
}

#[cfg(test)]
#[path = "elsewhere_tests.rs"]
mod tests;
