//! `terrasight models`: what can be fetched and what lies here, fetching, bringing in, checking, taking away, and whether it fits.

use std::{
    io::{self, BufRead as _, IsTerminal as _, Read as _},
    ops::ControlFlow,
    path::PathBuf,
    sync::atomic::Ordering,
    time::Instant,
};

use clap::{Args, Subcommand};

use crate::{
    app::fetching_settings,
    assets,
    hub::{
        self, Catalogue, Check, DeviceMemory, Fit, Hub, HubError, MachineMemory, Patience, Pulling, Rate, Shelved,
        Token, models_folder, shelf,
    },
    model::{self, Footprint, Precision},
    state::Standing,
    words,
    worker::HubProgress,
};

use super::{Failure, interrupt, output::deliver, progress::Progress};

/// No more of standard input is looked at for a token, in bytes.
const LONGEST_LINE: u64 = 1 << 13;

/// Fetch models, look which there are, and whether they fit this machine.
#[derive(Debug, Args)]
pub(super) struct Models {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List what can be fetched and what lies on this machine
    List,
    /// Fetch a model of the catalogue; a pull that was broken off goes on where it was
    Pull {
        /// Its name, as 'models list' shows it
        name: String,
        /// Ask this server in the hub's place (HF_ENDPOINT does the same)
        #[arg(long, value_name = "ADDRESS")]
        mirror: Option<String>,
    },
    /// Keep a token that says who fetches, for models that are shown to members alone; it is read from standard input
    Token {
        /// Forget the one that is kept instead
        #[arg(long)]
        forget: bool,
        /// It is for this server in the hub's place
        #[arg(long, value_name = "ADDRESS")]
        mirror: Option<String>,
    },
    /// Copy a model from a folder or a stick to the program's own
    Import {
        /// The folder that holds config.json or GGUF files, or a GGUF file
        from: PathBuf,
    },
    /// Compare the files of a model with what they should be
    Verify {
        /// Its name
        name: String,
    },
    /// Delete a model that this program keeps, or what has come of one
    Remove {
        /// Its name
        name: String,
    },
    /// Say how much memory a model takes and whether this machine has it
    Fit {
        /// Its name, or a folder
        name: String,
    },
}

impl Models {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let home = assets::home().map_err(Failure::new)?;
        let catalogue = Catalogue::with_own(&home).map_err(Failure::new)?;
        let models = models_folder(&home);
        let found = |name: &str| {
            let shelf = shelf(&home);
            shelf.into_iter().find(|model| model.name.eq_ignore_ascii_case(name))
        };
        let unknown = |name: &str| {
            catalogue.offer(name).map_or_else(|| Failure::new(HubError::Unknown(name.to_owned())), not_here)
        };
        match &self.command {
            Command::List => {
                let memories = hub::device_memories(&model::adapters(), MachineMemory::now());
                deliver(&list(&catalogue, &shelf(&home), &memories), None)
            }
            Command::Pull { name, mirror } => {
                let (is_forbidden, kept) = fetching_settings(&home);
                if is_forbidden {
                    return Err(Failure::new(HubError::Forbidden));
                }
                let offer = catalogue.offer(name).ok_or_else(|| unknown(name))?;
                let hub = Hub::usual(mirror.as_deref().or(kept.as_deref()), &home).map_err(Failure::new)?;
                let mut telling = Telling::new()?;
                let folder =
                    hub::pull(offer, &hub, &models, Patience::default(), &mut |progress| telling.tell(progress));
                drop(telling);
                deliver(&format!("{}\n", folder.map_err(Failure::new)?.display()), None)
            }
            Command::Token { forget, mirror } => {
                let (_, kept) = fetching_settings(&home);
                let mirror = mirror.as_deref().or(kept.as_deref());
                let said = match forget {
                    true => ("forgotten", hub::forget_token(&home, mirror)),
                    false => ("kept", hub::keep_token(&home, mirror, token_from_input()?)),
                };
                let hub = said.1.map_err(Failure::new)?;
                deliver(&format!("the token for {} is {}\n", hub.host(), said.0), None)
            }
            Command::Import { from } => {
                let mut telling = Telling::new()?;
                let folder = hub::import(from, &models, &mut |done, all| telling.count(Pulling::Copying, done, all));
                drop(telling);
                deliver(&format!("{}\n", folder.map_err(Failure::new)?.display()), None)
            }
            Command::Verify { name } => {
                let model = found(name).ok_or_else(|| unknown(name))?;
                let mut telling = Telling::new()?;
                let check = hub::verify(&model.name, &model.path, &mut |done, all| {
                    telling.count(Pulling::Verifying, done, all)
                });
                drop(telling);
                match check.map_err(Failure::new)? {
                    Check::Sound(n) => deliver(&format!("{}: {n} files, all as they should be\n", model.name), None),
                    Check::Damaged(files) => {
                        let said = words::standing(&Standing::Damaged(files));
                        Err(Failure::new(format!("{}: {said}", model.name)))
                    }
                    Check::Stopped => Err(Failure::new(HubError::Ended)),
                }
            }
            Command::Remove { name } => match found(name) {
                Some(model) => hub::remove(&home, &model).map_err(Failure::new),
                None if hub::is_begun(&models, name) => hub::forget_parts(&models, name).map_err(Failure::new),
                None => Err(unknown(name)),
            },
            Command::Fit { name } => {
                let offer = catalogue.offer(name);
                let named = || super::model_folder(&super::model_source(name)?);
                let footprint = match found(name) {
                    Some(Shelved { problem: Some(problem), .. }) => return Err(Failure::new(problem)),
                    Some(shelved) => shelved.footprint,
                    None => match named() {
                        Ok(folder) => Some(model::footprint(&folder).map_err(Failure::new)?),
                        Err(error) if offer.is_none() => return Err(error),
                        Err(_not_here) => None,
                    },
                };
                let memories = hub::device_memories(&model::adapters(), MachineMemory::now());
                let fits = memories.iter().filter_map(|memory| fit(footprint.as_ref(), offer, memory));
                deliver(&fits.map(|fit| fit_lines(&fit)).collect::<String>(), None)
            }
        }
    }
}

fn fit(footprint: Option<&Footprint>, offer: Option<&hub::Offer>, memory: &DeviceMemory) -> Option<Fit> {
    let here = footprint.map(|footprint| Fit::of_model(footprint, memory));
    here.or_else(|| Some(Fit::of_offer(offer?, memory, Precision::Full)))
}

fn fit_lines(fit: &Fit) -> String {
    let parts = fit.needs.map_or_else(String::new, |needs| {
        let [weights, cache, activations] = [needs.weights, needs.cache, needs.activations].map(words::bytes);
        format!("  weights {weights}, cache {cache}, on the way {activations}\n")
    });
    format!("{}\n{parts}", words::fit(fit))
}

/// What to say of a model that could be fetched, and was not.
fn not_here(offer: &hub::Offer) -> Failure {
    Failure::new(format!("{0} is not on this machine yet: 'terrasight models pull {0}' fetches it", offer.name))
}

/// The same of the name of one, where the catalogue has it.
pub(super) fn absent(name: &str) -> Option<Failure> {
    let catalogue = Catalogue::with_own(&assets::home().ok()?).ok()?;
    catalogue.offer(name).map(not_here)
}

/// The token on standard input: an argument would stay in the shell's history, and others could see it among the processes.
fn token_from_input() -> Result<Token, Failure> {
    let mut line = String::new();
    io::stdin().lock().take(LONGEST_LINE).read_line(&mut line).map_err(Failure::new)?;
    Token::new(&line).ok_or_else(|| Failure::new(HubError::NoToken("standard input")))
}

/// Where the model of this name lies, if one is on this machine.
pub(super) fn path_of(name: &str) -> Option<PathBuf> {
    let home = assets::home().ok()?;
    shelf(&home).into_iter().find(|model| model.name.eq_ignore_ascii_case(name)).map(|model| model.path)
}

fn list(catalogue: &Catalogue, shelf: &[Shelved], memories: &[DeviceMemory]) -> String {
    let line = |name: &str, bytes: Option<u64>, purpose: &str, more: &str| {
        let size = bytes.map_or_else(|| "size not known".to_owned(), words::bytes);
        format!("  {name:<38} {size:>14}  {purpose:<16} {more}\n")
    };
    let fits = |fit: &dyn Fn(&DeviceMemory) -> Fit| {
        let fit = |memory: &DeviceMemory| format!("{}: {}", memory.name, words::fit_in_short(fit(memory).verdict));
        memories.iter().map(fit).collect::<Vec<_>>().join(", ")
    };
    let figures = |offer: &hub::Offer| {
        let figure = |figure: &hub::Figure| format!("    {}: {} ({})\n", figure.what, figure.value, figure.source);
        offer.figures.iter().map(figure).collect::<String>()
    };
    let mut text = "on this machine:\n".to_owned();
    for model in shelf {
        let purpose = model.purpose().map_or("cannot be opened", words::purpose);
        let offer = catalogue.offer_of(model);
        let fit = model.footprint.as_ref().map(|footprint| fits(&|memory| Fit::of_model(footprint, memory)));
        let licence = offer.map(|offer| offer.licence.clone());
        let more = [Some(words::keeper(model.keeper).to_owned()), fit, licence, model.problem.clone()];
        let more: Vec<String> = more.into_iter().flatten().collect();
        text += &line(&model.name, Some(model.bytes), purpose, &more.join("; "));
        text += &offer.map(figures).unwrap_or_default();
    }
    if shelf.is_empty() {
        text += "  none but the starter\n";
    }
    text += "to fetch:\n";
    for offer in catalogue.offers().iter().filter(|offer| !shelf.iter().any(|model| model.name == offer.name)) {
        let fits = fits(&|memory| Fit::of_offer(offer, memory, Precision::Full));
        text += &line(&offer.name, offer.bytes, words::purpose(offer.purpose), &format!("{fits}; {}", offer.licence));
        text += &figures(offer);
    }
    if let Some((offer, _)) = hub::advised(catalogue, memories) {
        text += &format!("for photographs this machine should take {}\n", offer.name);
    }
    text
}

/// Tells on the terminal how far something is, and listens for Ctrl+C.
struct Telling {
    line: Progress,
    rate: Rate,
    stops: &'static std::sync::atomic::AtomicBool,
}

impl Telling {
    fn new() -> Result<Self, Failure> {
        Ok(Self { line: Progress::new(100), rate: Rate::default(), stops: interrupt::stop_asked()? })
    }

    fn tell(&mut self, progress: hub::Progress) -> ControlFlow<()> {
        self.rate.hear(Instant::now(), progress.done);
        if io::stderr().is_terminal() {
            let seconds_left = self.rate.seconds_for(progress.all.saturating_sub(progress.done));
            let underway = HubProgress { progress, bytes_a_second: self.rate.bytes_a_second(), seconds_left };
            self.line.set((100.0 * progress.done as f64 / progress.all.max(1) as f64) as u64);
            self.line.say(words::standing(&Standing::Underway(underway)));
        }
        if self.stops.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn count(&mut self, stage: Pulling, done: u64, all: u64) -> ControlFlow<()> {
        self.tell(hub::Progress { stage, done, all })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ComputeKind;

    #[test]
    fn the_list_says_of_each_model_how_it_fits_on_which_terms_and_what_was_measured() {
        let footprint = model::footprint(&assets::starter_folder().unwrap()).unwrap();
        let (name, path) = ("GLOBE-Qwen2.5VL-7B".to_owned(), PathBuf::from("/models/globe"));
        let here =
            Shelved { name, path, keeper: hub::Keeper::Own, bytes: 9, footprint: Some(footprint), problem: None };
        let unread = Shelved {
            name: "qwen2.5vl-7b".to_owned(),
            keeper: hub::Keeper::Ollama,
            footprint: None,
            problem: Some("in Ollama's own form".to_owned()),
            ..here.clone()
        };
        let memory =
            DeviceMemory { name: "CPU".to_owned(), kind: ComputeKind::Cpu, all: Some(32 << 30), free: Some(30 << 30) };
        let text = list(Catalogue::shipped(), &[here, unread], &[memory]);
        let (here, to_fetch) = text.split_once("to fetch:").unwrap();
        assert!(here.contains("CPU: fits; not known for the weights") && here.contains("40.2, 56.2, 71.5 %"), "{here}");
        assert!(here.contains("cannot be opened") && here.contains("in Ollama's own form"), "{here}");
        assert!(to_fetch.contains("16.6, 28.0, 42.1 %") && !to_fetch.contains("40.2"), "{to_fetch}");
    }
}
