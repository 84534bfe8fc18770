//! The streets that a repetition learns, chosen by how locatable they are.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{ClaimsError, config::ClaimsConfig};
use crate::{files::write_whole, knowledge::ade20k::THRESHOLD, street::draw_many, train::Streets};

/// So many streets are drawn between two looks whether they are enough.
const AT_ONCE: u64 = 200;

/// Seeds of streets, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Chosen {
    /// At least as locatable as the paper's threshold: twice as many as a stage learns.
    pub locatable: Vec<u64>,
    /// Less locatable: as many as a stage learns.
    pub others: Vec<u64>,
}

impl Chosen {
    /// The streets of a repetition: those in `file`, or else drawn and written there. None where `go_on` says no.
    pub fn of(
        config: &ClaimsConfig,
        repetition: u64,
        file: &Path,
        go_on: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Option<Self>, ClaimsError> {
        let wanted = (2 * config.pictures, config.pictures);
        match std::fs::read(file) {
            Ok(bytes) => {
                let chosen: Self = serde_json::from_slice(&bytes).map_err(|cause| ClaimsError::file(file, cause))?;
                let is_whole = (chosen.locatable.len(), chosen.others.len()) == wanted;
                return if is_whole { Ok(Some(chosen)) } else { Err(ClaimsError::Another { out: config.out.clone() }) };
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(cause) => return Err(ClaimsError::file(file, cause)),
        }
        let Streets { seed, count } = config.part(repetition);
        let mut chosen = Self::default();
        for first in (seed..seed + count).step_by(AT_ONCE as usize) {
            if (chosen.locatable.len(), chosen.others.len()) == wanted {
                break;
            }
            if !go_on(chosen.locatable.len().min(wanted.0) + chosen.others.len().min(wanted.1)) {
                return Ok(None);
            }
            let many = AT_ONCE.min(seed + count - first);
            let drawn: Result<(), ClaimsError> = draw_many(
                first,
                many,
                |street| (street.seed, street.locatability),
                |_, (seed, locatability)| {
                    chosen.take(seed, locatability, wanted);
                    Ok(())
                },
            );
            drawn?;
        }
        if (chosen.locatable.len(), chosen.others.len()) != wanted {
            return Err(ClaimsError::TooFewStreets { streets: count, wanted: wanted.0 });
        }
        let bytes = serde_json::to_vec(&chosen).map_err(|cause| ClaimsError::file(file, cause))?;
        write_whole(file, &bytes).map_err(|cause| ClaimsError::file(file, cause))?;
        Ok(Some(chosen))
    }

    /// Keeps a street where one of its kind is wanted.
    fn take(&mut self, seed: u64, locatability: f64, (locatable, others): (usize, usize)) {
        if locatability >= THRESHOLD {
            if self.locatable.len() < locatable {
                self.locatable.push(seed);
            }
        } else if self.others.len() < others {
            self.others.push(seed);
        }
    }
}
