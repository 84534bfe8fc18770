//! The catalogue: the models that can be fetched, from the shipped list (`assets/models/catalogue.toml`) and the user's own.

use std::{fs, io, path::Path, sync::OnceLock};

use serde::{Deserialize, Serialize};

use super::{
    HubError,
    inside::{inside, is_name, is_repository},
};
use crate::model::{Purpose, Shape};

const SHIPPED: &str = include_str!("../../assets/models/catalogue.toml");

/// The user's own list, in the program's folder.
const OWN: &str = "models.toml";

/// No list is larger, in bytes.
const MOST_BYTES: u64 = 4 << 20;

/// A model that can be fetched.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// What it is called on the command line, and its folder.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// What it does.
    #[serde(rename = "task")]
    pub purpose: Purpose,
    /// Its architecture, as people write it.
    pub architecture: String,
    /// The container and the precision of its weights.
    pub form: String,
    /// Where it lies on the hub: `ORGANISATION/MODEL`.
    pub repository: String,
    /// The commit, branch or tag that is meant.
    #[serde(default = "main_branch")]
    pub revision: String,
    /// Bytes of all files together, where known; rounded where the files are not listed.
    pub bytes: Option<u64>,
    /// On which terms it may be used.
    pub licence: String,
    /// For whom and what it is good.
    pub good_for: String,
    /// What it wants to be asked where a picture was taken; none for one that takes the usual question.
    pub question: Option<String>,
    /// Published measurements.
    #[serde(default)]
    pub figures: Vec<Figure>,
    /// The files that are needed; where there are none, the hub's list says which.
    #[serde(default)]
    pub files: Vec<OfferedFile>,
    /// What its memory is reckoned from.
    pub shape: Option<Shape>,
}

/// A published measurement.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// What was measured.
    pub what: String,
    /// The outcome.
    pub value: String,
    /// Who published it.
    pub source: String,
}

/// A file of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfferedFile {
    /// Its path in the repository.
    pub path: String,
    /// Its size, where known.
    pub bytes: Option<u64>,
    /// Its SHA-256 in hexadecimal, where known.
    pub sha256: Option<String>,
}

fn main_branch() -> String {
    "main".to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "model")]
    models: Vec<Offer>,
}

/// All models that can be fetched, those that locate first.
#[derive(Debug, Clone, PartialEq)]
pub struct Catalogue {
    offers: Vec<Offer>,
}

impl Catalogue {
    /// The shipped list.
    pub fn shipped() -> &'static Self {
        static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
        CATALOGUE.get_or_init(|| match read(SHIPPED) {
            Ok(offers) => Self { offers },
            Err(problem) => {
                // A test reads it; should it be damaged all the same, nothing is offered.
                tracing::error!("assets/models/catalogue.toml: {problem}");
                Self { offers: Vec::new() }
            }
        })
    }

    /// The shipped list with the user's own, which stands in the program's folder; of one name theirs is taken.
    pub fn with_own(home: &Path) -> Result<Self, HubError> {
        let file = home.join(OWN);
        let text = match fs::metadata(&file) {
            Ok(metadata) if metadata.len() > MOST_BYTES => Err(io::Error::from(io::ErrorKind::FileTooLarge)),
            Ok(_) => fs::read_to_string(&file),
            Err(error) => Err(error),
        };
        let wrong = |problem: String| HubError::Catalogue { file: file.display().to_string(), problem };
        let own = match text {
            Ok(text) => read(&text).map_err(wrong)?,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Vec::new(),
            Err(error) => return Err(wrong(error.to_string())),
        };
        let mut offers = Self::shipped().offers.clone();
        for offer in own {
            match offers.iter_mut().find(|other| other.name == offer.name) {
                Some(place) => *place = offer,
                None => offers.push(offer),
            }
        }
        offers.sort_by_key(|offer| offer.purpose);
        Ok(Self { offers })
    }

    /// The models, in order.
    pub fn offers(&self) -> &[Offer] {
        &self.offers
    }

    /// The model of this name, however its letters are written.
    pub fn offer(&self, name: &str) -> Option<&Offer> {
        self.offers.iter().find(|offer| offer.name.eq_ignore_ascii_case(name))
    }
}

fn read(text: &str) -> Result<Vec<Offer>, String> {
    let File { models } = toml::from_str(text).map_err(|error| error.to_string().replace('\n', " "))?;
    for (place, offer) in models.iter().enumerate() {
        let wrong = |problem: &str| format!("the model '{}': {problem}", offer.name);
        if !is_name(&offer.name) {
            return Err(wrong("a name has letters, digits, '.', '_' and '-' alone"));
        }
        if models[..place].iter().any(|other| other.name.eq_ignore_ascii_case(&offer.name)) {
            return Err(wrong("the name stands twice"));
        }
        if !is_repository(&offer.repository) || !is_name(&offer.revision) {
            return Err(wrong("the repository is written ORGANISATION/MODEL, the revision as one word"));
        }
        for file in &offer.files {
            inside(Path::new(""), &file.path).map_err(|error| wrong(&error.to_string()))?;
            if file.sha256.as_deref().is_some_and(|sum| !is_sha256(sum)) {
                return Err(wrong(&format!("the SHA-256 of {} has not 64 digits", file.path)));
            }
        }
    }
    Ok(models)
}

/// Whether it is a SHA-256 as this program writes it.
pub(super) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_list_is_sound_and_its_sums_are_those_of_its_files() {
        let offers = read(SHIPPED).unwrap();
        assert!(offers.len() >= 14);
        for offer in &offers {
            let sizes: Option<Vec<u64>> = offer.files.iter().map(|file| file.bytes).collect();
            if let Some(sizes) = sizes.filter(|sizes| !sizes.is_empty()) {
                assert_eq!(offer.bytes, Some(sizes.iter().sum()), "{}", offer.name);
            }
            assert_eq!(offer.purpose == Purpose::Locate, offer.shape.is_some(), "{}", offer.name);
        }
    }

    #[test]
    fn a_users_own_entries_stand_beside_the_shipped_ones_and_take_their_place() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(&Catalogue::with_own(home.path()).unwrap(), Catalogue::shipped());
        let entry = |name: &str| {
            format!(
                "[[model]]\nname = '{name}'\ntitle = 'T'\ntask = 'segment'\narchitecture = 'A'\nform = 'F'\n\
                 repository = 'a/b'\nlicence = 'L'\ngood_for = 'G'\n"
            )
        };
        fs::write(home.path().join(OWN), entry("mine") + &entry("all-MiniLM-L6-v2")).unwrap();
        let catalogue = Catalogue::with_own(home.path()).unwrap();
        assert_eq!(catalogue.offers().len(), Catalogue::shipped().offers().len() + 1);
        assert_eq!(catalogue.offer("MINE").unwrap().revision, "main");
        assert_eq!(catalogue.offer("all-minilm-l6-v2").unwrap().repository, "a/b");
    }

    #[test]
    fn a_list_that_lies_is_named_with_what_is_wrong() {
        let home = tempfile::tempdir().unwrap();
        let sound = "[[model]]\nname = 'a'\ntitle = 'T'\ntask = 'embed'\narchitecture = 'A'\nform = 'F'\nrepository = 'a/b'\n\
                     licence = 'L'\ngood_for = 'G'\n";
        for (text, said) in [
            ("[[model]]\nname = 3".to_owned(), "models.toml"),
            (sound.replace("'a'", "'../a'"), "a name has"),
            (sound.replace("'a/b'", "'a/b/c'"), "ORGANISATION/MODEL"),
            (sound.to_owned() + sound, "stands twice"),
            (sound.to_owned() + "files = [{ path = '../x' }]", "leads out"),
            (sound.to_owned() + "files = [{ path = 'x', sha256 = 'abc' }]", "64 digits"),
            (sound.to_owned() + "colour = 'red'", "colour"),
        ] {
            fs::write(home.path().join(OWN), text).unwrap();
            let error = Catalogue::with_own(home.path()).unwrap_err().to_string();
            assert!(error.contains(said) && !error.contains('\n'), "{error}");
        }
    }
}
