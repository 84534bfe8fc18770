//! What the user can set.

use std::path::PathBuf;

use crate::{
    model::{DeviceChoice, Precision},
    predict::LocateSettings,
    worker::ModelSource,
};

/// Light, dark, or as the system says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ThemeChoice {
    /// As the system says.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// A page of the window, by the name that it is remembered by. What the pages are is the window's own affair; only those
/// that the state itself turns to have a name here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page(pub &'static str);

impl Page {
    /// To say where pictures were taken.
    pub const PICTURES: Self = Self("pictures");
    /// To look through a data set.
    pub const DATASET: Self = Self("dataset");
    /// To look through the clue knowledge.
    pub const KNOWLEDGE: Self = Self("knowledge");
    /// To measure models.
    pub const EVALUATION: Self = Self("evaluation");
    /// To fetch models and choose among them.
    pub const MODELS: Self = Self("models");
    /// To train a model.
    pub const TRAINING: Self = Self("training");
}

impl Default for Page {
    fn default() -> Self {
        Self::PICTURES
    }
}

/// What the user has set.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Light or dark.
    pub theme: ThemeChoice,
    /// The model in use from now on.
    pub model: ModelSource,
    /// What says how locatable a picture is.
    pub segmenter: ModelSource,
    /// The folder of the sentence encoder that matches the model's reasons to clues by their meaning; none for by their words
    /// alone.
    pub encoder: Option<PathBuf>,
    /// Where they run.
    pub device: DeviceChoice,
    /// In how many bits the model's weights are held.
    pub precision: Precision,
    /// When its memory is given back.
    pub unload_after: UnloadAfter,
    /// How it writes.
    pub locate: LocateSettings,
    /// The model of this machine that is gone back to from a server.
    pub local: ModelSource,
    /// How many bytes of open pictures' pixels are held at once; none for what is usual.
    pub pixel_bytes: Option<usize>,
    /// The server that answered last; it is proposed and not used before the user says so anew.
    pub server: Option<String>,
    /// What may be fetched.
    pub network: Network,
    /// The server that is asked for models in the hub's place.
    pub mirror: Option<String>,
    /// Whether the frames of the signs in a picture are not drawn on it.
    pub hides_signs: bool,
    /// The page that is shown.
    pub page: Page,
    /// The index that was open last.
    pub last_index: Option<PathBuf>,
    /// The folder that the last export went to.
    pub export_folder: Option<PathBuf>,
}

/// When the memory of models that nobody uses is given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnloadAfter {
    /// After so many minutes without work; none for never.
    pub minutes: Option<u32>,
}

impl UnloadAfter {
    /// What is offered: long enough to look at a finding, up to an hour away from it.
    pub const CHOICES: [Self; 4] = [Self::after(5), Self::after(15), Self::after(60), Self::after(0)];

    /// After so many minutes; 0 is never.
    pub const fn after(minutes: u32) -> Self {
        Self { minutes: if minutes == 0 { None } else { Some(minutes) } }
    }
}

impl Default for UnloadAfter {
    /// A pause for coffee: a model of seven thousand million numbers is read again in less time than a picture takes.
    fn default() -> Self {
        Self::after(15)
    }
}

impl Settings {
    /// The model of this machine: the one in use, or the one that a server stands in for.
    pub fn model_here(&self) -> &ModelSource {
        if self.model.is_elsewhere() { &self.local } else { &self.model }
    }
}

/// What may be fetched over the network: nothing, until the user says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Network {
    /// Forbids every connection, whatever else is switched on.
    pub forbidden: bool,
    /// Map tiles from tile.openstreetmap.org were switched on.
    pub map_tiles: bool,
}

impl Network {
    /// Whether map tiles may be fetched now.
    pub fn tiles_allowed(self) -> bool {
        self.map_tiles && !self.forbidden
    }
}
