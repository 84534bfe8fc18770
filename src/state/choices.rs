//! The models of this machine that one can choose: made in one place, and drawn wherever a model is chosen.

use super::{State, kept_models, model_of};
use crate::{model::Purpose, worker::ModelSource};

/// A model of this machine that can be chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// Where it comes from.
    pub source: ModelSource,
    /// How it came here.
    pub origin: Origin,
}

/// How a model came here.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// The program ships it.
    Shipped,
    /// It lies among the models of this machine, under this name.
    Shelved(String),
    /// A run has trained it, in so many steps.
    Trained(u64),
    /// It lies elsewhere and is known because it was chosen.
    Elsewhere,
}

impl State {
    /// What does this here: what is shipped, the models of this machine, those that runs have left, and these that are known
    /// beside them.
    pub fn choices<'a>(&self, purpose: Purpose, known: impl IntoIterator<Item = &'a ModelSource>) -> Vec<Choice> {
        let mut choices = vec![Choice { source: ModelSource::Starter, origin: Origin::Shipped }];
        let shelf = self.hub().stock().map_or(&[][..], |stock| &stock.shelf);
        let shelf = shelf.iter().filter(|shelved| shelved.purpose() == Some(purpose));
        choices.extend(shelf.map(|shelved| Choice {
            source: ModelSource::Directory(shelved.path.clone()),
            origin: Origin::Shelved(shelved.name.clone()),
        }));
        if purpose == Purpose::Locate {
            choices.extend(self.trained());
        }
        for source in known {
            if !source.is_elsewhere() && choices.iter().all(|choice| choice.source != *source) {
                choices.push(Choice { source: source.clone(), origin: Origin::Elsewhere });
            }
        }
        choices
    }

    /// The models that runs have left, the latest run first: the best of each, and the last where that is another. What a run
    /// that goes on has left so far is about to be replaced.
    pub fn trained(&self) -> Vec<Choice> {
        let training = self.training();
        let going_on = training.running().filter(|running| running.goes_on()).map(|running| &running.config.out);
        let mut choices = Vec::new();
        for run in training.runs().iter().filter(|run| Some(&run.folder) != going_on) {
            let Some(state) = &run.state else { continue };
            let mut kept = kept_models(run);
            kept.dedup_by_key(|kept| kept.step);
            choices.extend(kept.into_iter().map(|kept| Choice {
                source: model_of(&state.config, &kept.folder),
                origin: Origin::Trained(kept.step),
            }));
        }
        choices
    }
}
