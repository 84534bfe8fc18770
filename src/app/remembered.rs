//! What the window remembers from one run to the next, as text. Sizes and places of panels egui remembers itself. That
//! online tiles were on is not remembered: every run begins without a connection.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{
    model::LoraChoice,
    predict::LocateSettings,
    state::{Network, Settings, ThemeChoice, UnloadAfter},
    ui,
    worker::ModelSource,
};

#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct Remembered {
    theme: String,
    device: String,
    precision: String,
    model_folder: Option<PathBuf>,
    /// What is added to that model.
    adapters: Vec<LoraChoice>,
    segmenter_folder: Option<PathBuf>,
    encoder_folder: Option<PathBuf>,
    server: Option<String>,
    network_forbidden: bool,
    mirror: Option<String>,
    /// Never is 0; what stands in no file yet is as usual.
    unload_after_minutes: Option<u32>,
    hides_signs: bool,
    picture_tokens: Option<usize>,
    /// What stands in no file yet is as usual.
    answer_tokens: Option<usize>,
    page: String,
    last_index: Option<PathBuf>,
    export_folder: Option<PathBuf>,
}

/// The settings in a text written by [`written`]; the error says what is wrong with it.
pub fn read(text: &str) -> Result<Settings, String> {
    let remembered: Remembered = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let usual = LocateSettings::default();
    Ok(Settings {
        theme: match remembered.theme.as_str() {
            "light" => ThemeChoice::Light,
            "dark" => ThemeChoice::Dark,
            _ => ThemeChoice::System,
        },
        device: remembered.device.parse().unwrap_or_default(),
        precision: remembered.precision.parse().unwrap_or_default(),
        model: source_of(remembered.model_folder).with_loras(remembered.adapters),
        segmenter: source_of(remembered.segmenter_folder),
        encoder: remembered.encoder_folder,
        server: remembered.server,
        network: Network { forbidden: remembered.network_forbidden, map_tiles: false },
        mirror: remembered.mirror,
        unload_after: remembered.unload_after_minutes.map_or_else(UnloadAfter::default, UnloadAfter::after),
        hides_signs: remembered.hides_signs,
        locate: LocateSettings {
            picture_tokens: remembered.picture_tokens,
            max_new_tokens: remembered.answer_tokens.map_or(usual.max_new_tokens, |tokens| tokens.max(1)),
            ..usual
        },
        page: ui::page_named(&remembered.page).unwrap_or_default(),
        last_index: remembered.last_index,
        export_folder: remembered.export_folder,
        ..Settings::default()
    })
}

/// The settings as text.
pub fn written(settings: &Settings) -> String {
    let remembered = Remembered {
        theme: match settings.theme {
            ThemeChoice::System => "system",
            ThemeChoice::Light => "light",
            ThemeChoice::Dark => "dark",
        }
        .to_owned(),
        device: settings.device.to_string(),
        precision: settings.precision.to_string(),
        // Every run asks anew before a picture leaves the machine.
        model_folder: folder_of(settings.model_here().base()),
        adapters: settings.model_here().loras().to_vec(),
        segmenter_folder: folder_of(&settings.segmenter),
        encoder_folder: settings.encoder.clone(),
        server: settings.server.clone(),
        network_forbidden: settings.network.forbidden,
        mirror: settings.mirror.clone(),
        unload_after_minutes: Some(settings.unload_after.minutes.unwrap_or(0)),
        hides_signs: settings.hides_signs,
        picture_tokens: settings.locate.picture_tokens,
        answer_tokens: Some(settings.locate.max_new_tokens),
        page: settings.page.0.to_owned(),
        last_index: settings.last_index.clone(),
        export_folder: settings.export_folder.clone(),
    };
    serde_json::to_string(&remembered).unwrap_or_default()
}

fn source_of(folder: Option<PathBuf>) -> ModelSource {
    folder.map_or(ModelSource::Starter, ModelSource::Directory)
}

fn folder_of(source: &ModelSource) -> Option<PathBuf> {
    match source {
        ModelSource::Directory(folder) => Some(folder.clone()),
        ModelSource::Starter | ModelSource::Server(_) | ModelSource::Adapted(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{DeviceChoice, Precision},
        server::Server,
        state::Page,
    };

    #[test]
    fn what_was_set_comes_back_but_no_connection() {
        let reasons = LoraChoice { folder: "/runs/reasons".into(), percent: 50 };
        let settings = Settings {
            theme: ThemeChoice::Dark,
            device: DeviceChoice::Cpu,
            precision: Precision::FourBits,
            model: ModelSource::Directory("/models/globe".into()).with_loras(vec![reasons]),
            segmenter: ModelSource::Directory("/models/segformer".into()),
            encoder: Some("/models/minilm".into()),
            network: Network { forbidden: true, map_tiles: true },
            mirror: Some("https://mirror.example".to_owned()),
            unload_after: UnloadAfter { minutes: None },
            hides_signs: true,
            locate: LocateSettings { picture_tokens: Some(2560), max_new_tokens: 2048, ..LocateSettings::default() },
            page: Page::DATASET,
            last_index: Some("/sets/streets.terrasight.sqlite".into()),
            export_folder: Some("/reports".into()),
            ..Settings::default()
        };
        let back = read(&written(&settings)).unwrap();
        assert_eq!((back.theme, back.device, back.model), (ThemeChoice::Dark, DeviceChoice::Cpu, settings.model));
        assert_eq!((back.segmenter, back.encoder), (settings.segmenter, settings.encoder));
        assert_eq!(back.precision, Precision::FourBits);
        assert_eq!((back.page, back.last_index), (Page::DATASET, settings.last_index));
        assert_eq!((back.export_folder, back.hides_signs), (settings.export_folder, true));
        assert_eq!((back.mirror, back.unload_after), (settings.mirror, UnloadAfter { minutes: None }));
        assert_eq!((back.locate.picture_tokens, back.locate.max_new_tokens), (Some(2560), 2048));
        assert_eq!(back.network, Network { forbidden: true, map_tiles: false });
    }

    #[test]
    fn a_server_is_proposed_again_and_not_used_and_the_model_of_this_machine_comes_back() {
        let server = Server::at("http://10.0.0.7:8000/v1#qwen").unwrap();
        let local = ModelSource::Directory("/models/globe".into());
        let address = Some(server.to_string());
        let model = server.into();
        let text = written(&Settings { model, local: local.clone(), server: address.clone(), ..Settings::default() });
        let back = read(&text).unwrap();
        assert_eq!((back.model, back.server), (local, address));
    }

    #[test]
    fn nonsense_is_told_from_settings() {
        for text in ["", "{", "{\"theme\": 3}", "{\"network_forbidden\": \"yes\"}"] {
            assert!(read(text).is_err(), "{text}");
        }
        let settings = read("{\"device\": \"toaster\"}").unwrap();
        assert_eq!(settings.unload_after, UnloadAfter { minutes: Some(15) });
        assert_eq!(settings.locate, LocateSettings::default());
        assert_eq!(settings.device, DeviceChoice::Auto, "what has another form is as at the first start");
    }
}
