//! How a model of the catalogue wants to be asked, whoever keeps it and whatever its folder is called.

use std::path::Path;

use super::{Catalogue, record::Record};
use crate::{assets, model::VisionLanguageModel};

/// A model that is asked as the catalogue says, where that says so. Adapters have learned from another question than their base.
pub fn asked_as_known(model: VisionLanguageModel) -> VisionLanguageModel {
    let is_plain = model.facts().loras.is_empty();
    let question = is_plain.then(|| known().question_of(model.directory(), model.name()).map(str::to_owned)).flatten();
    model.with_question(question)
}

/// How the model that a server calls so is asked, where the catalogue says it.
pub fn question_elsewhere(name: &str) -> Option<String> {
    known().question_of_name(name).map(str::to_owned)
}

fn known() -> Catalogue {
    let own = assets::home().ok().and_then(|home| Catalogue::with_own(&home).ok());
    own.unwrap_or_else(|| Catalogue::shipped().clone())
}

impl Catalogue {
    /// The question for the model in a folder: by the repository that it was fetched from, which no renaming changes, and where
    /// none is on record by its name.
    fn question_of(&self, folder: &Path, name: &str) -> Option<&str> {
        match Record::of(folder).and_then(|record| record.repository) {
            Some(repository) => self.question_where(|offered| *offered == repository),
            None => self.question_of_name(name),
        }
    }

    /// The question for the model of this name, in whatever form of file: `GLOBE-Qwen2.5VL-7B.Q4_K_M`, `someone/GLOBE-Qwen2.5VL-7B-GGUF`.
    fn question_of_name(&self, name: &str) -> Option<&str> {
        let name = name.rsplit('/').next().unwrap_or(name);
        let is_it = |offered: &str| {
            let own = offered.rsplit('/').next().unwrap_or(offered);
            let begins = name.get(..own.len()).is_some_and(|start| start.eq_ignore_ascii_case(own));
            begins && is_form(&name[own.len()..])
        };
        self.question_where(is_it)
    }

    fn question_where(&self, is_it: impl Fn(&str) -> bool) -> Option<&str> {
        let is_meant = |offer: &&super::Offer| is_it(&offer.repository) || is_it(&offer.name);
        self.offers().iter().filter(is_meant).find_map(|offer| offer.question.as_deref())
    }
}

/// Whether what follows a model's name says no more than in which form its numbers are kept.
fn is_form(rest: &str) -> bool {
    let is_bits = |part: &str| {
        let bits = part.trim_start_matches(['i', 'q']);
        bits.len() < part.len() && bits.parse::<u8>().is_ok()
    };
    let names = ["", "gguf", "f16", "bf16", "f32", "fp16", "latest", "k", "l", "m", "s", "xl", "xs", "xxs", "0", "1"];
    let rest = rest.to_ascii_lowercase();
    let mut parts = rest.split(['-', '.', '_', ':']);
    parts.next() == Some("") && parts.all(|part| names.contains(&part) || is_bits(part))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{
        model::ComputeDevice,
        picture::Picture,
        predict::{LocateSettings, Unobserved, locate},
    };

    const GLOBE: &str = "GLOBE-Qwen2.5VL-7B";

    #[test]
    fn a_model_is_asked_the_catalogues_question_by_where_it_is_from_or_what_it_is_called() {
        let catalogue = Catalogue::shipped();
        let globes = catalogue.offer(GLOBE).unwrap().question.as_deref();
        assert!(globes.is_some_and(|question| question.contains("country: [country name]\ncity: [city name]\n")));
        for name in [
            GLOBE,
            "globe-qwen2.5vl-7b",
            "globe-project/GLOBE-Qwen2.5VL-7B",
            "GLOBE-Qwen2.5VL-7B.Q4_K_M",
            "someone/GLOBE-Qwen2.5VL-7B-i1-GGUF",
            "hf.co/someone/GLOBE-Qwen2.5VL-7B-GGUF:IQ3_XXS",
        ] {
            assert_eq!(catalogue.question_of_name(name), globes, "{name}");
        }
        for name in ["GLOBE-Qwen2.5VL-7B-mine", "GLOBE-Qwen2.5VL-7B2", "GLOBE", "Qwen2.5-VL-7B-Instruct", ""] {
            assert_eq!(catalogue.question_of_name(name), None, "{name}");
        }
    }

    #[test]
    fn a_picture_is_located_with_the_question_and_the_finding_records_it() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(GLOBE);
        fs::create_dir(&folder).unwrap();
        for entry in fs::read_dir(root.join("assets/starter")).unwrap() {
            let file = entry.unwrap().path();
            if file.file_name().unwrap() != "terrasight.json" {
                fs::copy(&file, folder.join(file.file_name().unwrap())).unwrap();
            }
        }
        let model = asked_as_known(VisionLanguageModel::open(&folder, &ComputeDevice::cpu()).unwrap());
        let picture = Picture::open(&root.join("assets/samples/drawn-street-2.jpg")).unwrap();
        let settings = LocateSettings { max_new_tokens: 2, shows_untrusted: true, ..LocateSettings::default() };
        let located = locate(&model, &picture, Vec::new(), None, &settings, &mut Unobserved).unwrap();
        let known = Catalogue::shipped().question_of_name(GLOBE).unwrap();
        assert_eq!(located.finding.settings.prompt, known);
    }

    #[test]
    fn a_fetched_model_keeps_its_question_when_its_folder_is_renamed_and_no_other_gets_it_by_a_name() {
        let folder = tempfile::tempdir().unwrap();
        let catalogue = Catalogue::shipped();
        let from = |repository: &str| {
            let text = format!(r#"{{"repository": "{repository}", "revision": null, "files": []}}"#);
            fs::write(folder.path().join(super::super::record::NAME), text).unwrap();
        };
        from("globe-project/GLOBE-Qwen2.5VL-7B");
        assert!(catalogue.question_of(folder.path(), "my favourite").is_some());
        from("org/model");
        assert_eq!(catalogue.question_of(folder.path(), GLOBE), None);
    }
}
