//! What can be set, as it is called.

use crate::{
    model::{DeviceChoice, Precision},
    state::{Network, ThemeChoice},
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

/// What may be fetched.
pub fn network(network: Network) -> &'static str {
    match (network.forbidden, network.map_tiles) {
        (true, _) => "forbidden",
        (false, true) => "map tiles",
        (false, false) => "unused",
    }
}
