//! What is said in passing.

use super::{
    comparing::model_source,
    count,
    dataset::{exported, indexed},
    work::no_model,
};
use crate::state::{NotRead, NotWritten, Remark};

/// A sentence or two for a remark.
pub fn remark(remark: &Remark) -> String {
    match remark {
        Remark::IsOpen(name) => format!("{name} is open already."),
        Remark::HasChanged(name) => format!("{name} has changed since; what was found is about the file as it was."),
        Remark::FirstOpened { n_opened, n_left_out } => {
            format!("The first {} are opened; {} more are selected.", count(*n_opened), count(*n_left_out))
        }
        Remark::OpeningFailed(failure) | Remark::DatasetFailed(failure) => failure.to_string(),
        Remark::ModelNotTaken(why) => format!("{} The model used before stays in use.", sentence(no_model(why))),
        Remark::NotCompared => {
            "That model is in use already: choose another one of this machine to compare it with.".to_owned()
        }
        Remark::NotRanked(failure) => format!("The evidence could not be weighed anew: {failure}"),
        Remark::DatasetBusy => "The data set is busy; try again when that is done.".to_owned(),
        Remark::Indexed(summary) => indexed(summary),
        Remark::Exported(summary, out) => exported(summary, out),
        Remark::Busy => "The program has too much to do; try again when some of it is done.".to_owned(),
        Remark::AnswerCopied => "The answer is copied.".to_owned(),
        Remark::ReportCopied => "The report is copied.".to_owned(),
        Remark::AnswerWritten(file) => format!("The answer was written to {}.", file.display()),
        Remark::ReportWritten(file) => format!("The report was written to {}.", file.display()),
        Remark::RecipeWritten(file) => format!("The recipe was written to {}.", file.display()),
        Remark::ColoursWritten(file) => format!("The picture with its colours was written to {}.", file.display()),
        Remark::NoColours => "What the picture shows cannot be measured yet: the segmenter in use knows drawn streets \
                              only. Choose one for photographs under Answer."
            .to_owned(),
        Remark::ColoursNotKept => {
            "What the locatability is made of is not kept with a session: locate the picture again to see it.".to_owned()
        }
        Remark::EvaluationBusy => "An evaluation goes on; begin another when it is done, or stop it.".to_owned(),
        Remark::EvaluationFailed(failure) => format!("{failure}"),
        Remark::NetworkForbidden => {
            "The network is forbidden: allow it by the globe at the foot of the rail, or import the model from a folder."
                .to_owned()
        }
        Remark::ModelArrived(name) => format!("{name} is ready: choose it on the Models page."),
        Remark::ModelsFailed(failure) | Remark::TrainingFailed(failure) => sentence(failure.to_string()),
        Remark::ModelTried { run, step, before } => {
            let back = before.as_ref().map_or_else(String::new, |before| {
                format!(" To go back, choose the model before in the Model menu: {}.", model_source(before))
            });
            format!("“{run}” as it was after step {} is the model in use now.{back}", count(*step as usize))
        }
        Remark::RunGoesOn => "A run goes on: save and stop it before another begins.".to_owned(),
        Remark::NotWritten(file, NotWritten::IsThere) => {
            format!("{}: it is there already; choose another place", file.display())
        }
        Remark::NotWritten(file, NotWritten::Refused(cause)) => {
            format!("{}: cannot be written ({cause}); choose another place", file.display())
        }
        Remark::AreaNotRead(error) => sentence(error.to_string()),
        Remark::AreaRefused(why) => format!("What was drawn is no area: {why}."),
        Remark::AreaOfNothing => "An area is evidence of a picture: open one, or locate this one again.".to_owned(),
        Remark::CluesNotKept(error) => sentence(error.to_string()),
        Remark::SessionNotKept(cause) => format!("The session cannot be kept ({cause})."),
        Remark::SessionNotRead(file, why) => {
            let cause = match why {
                NotRead::Taken => "it is open in another window; close it there first",
                NotRead::TooLarge => "it is too large",
                NotRead::Newer => "a later version of this program wrote it",
                NotRead::Unreadable(cause) => cause,
            };
            format!("{}: the session cannot be read ({cause}); the file stays as it is", file.display())
        }
        Remark::SettingsNotRead { cause, aside } => {
            let where_they_are = match aside {
                Ok(aside) => format!("and lie in {} now", aside.display()),
                Err(why) => format!("nor set aside ({why})"),
            };
            format!(
                "The settings could not be read ({cause}) {where_they_are}. Connections are forbidden until you allow them."
            )
        }
    }
}

/// A line with its full stop, so that another sentence can follow.
fn sentence(line: String) -> String {
    if line.ends_with(['.', '!', '?']) { line } else { line + "." }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{state::NoModel, worker::Failure};

    #[test]
    fn two_sentences_are_two() {
        let failure = Arc::new(Failure::Inside("a wall".to_owned()));
        for why in [NoModel::Stopped, NoModel::Failed(failure)] {
            let said = remark(&Remark::ModelNotTaken(why));
            assert!(said.ends_with(". The model used before stays in use.") && !said.contains(".."), "{said}");
        }
    }

    #[test]
    fn a_session_that_is_not_read_says_why_and_that_it_stays() {
        let said = remark(&Remark::SessionNotRead("a.json".into(), NotRead::Newer));
        assert_eq!(
            said,
            "a.json: the session cannot be read (a later version of this program wrote it); the file stays as it is"
        );
        let aside = Ok("settings.unreadable-1.json".into());
        let said = remark(&Remark::SettingsNotRead { cause: "end of input".to_owned(), aside });
        assert!(said.contains("(end of input) and lie in settings.unreadable-1.json now."), "{said}");
    }
}
