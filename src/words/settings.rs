//! What can be set, as it is called.

use crate::{
    model::{DeviceChoice, Precision},
    state::{Network, Settings, ThemeChoice},
    worker::ModelSource,
};

/// A device that can be asked for.
pub fn device(device: DeviceChoice) -> String {
    match device {
        DeviceChoice::Auto => "automatic".to_owned(),
        DeviceChoice::Gpu => "GPU".to_owned(),
        DeviceChoice::Cpu => "CPU".to_owned(),
        DeviceChoice::GpuNumber(number) => format!("GPU {number}"),
    }
}

/// In how many bits weights are held.
pub fn precision(precision: Precision) -> &'static str {
    match precision {
        Precision::Full => "Full precision",
        Precision::EightBits => "8 bits: half the memory, nearly the same answers",
        Precision::FourBits => "4 bits: a third of the memory, answers may differ",
    }
}

/// Light or dark.
pub fn theme(theme: ThemeChoice) -> &'static str {
    match theme {
        ThemeChoice::System => "system",
        ThemeChoice::Light => "light",
        ThemeChoice::Dark => "dark",
    }
}

/// What the network is used for, in a word or two.
pub fn network(settings: &Settings) -> String {
    match (&settings.model, settings.network) {
        (_, Network { forbidden: true, .. }) => "forbidden".to_owned(),
        (ModelSource::Server(server), _) => format!("pictures go to {}", server.host()),
        (_, Network { map_tiles: true, .. }) => "map tiles".to_owned(),
        (_, Network { map_tiles: false, .. }) => "unused".to_owned(),
    }
}
