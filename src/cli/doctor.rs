//! `terrasight doctor`: what this machine has, and what of it the program uses.

use std::{
    env,
    fmt::{self, Write as _},
    fs,
};

use clap::Args;

use crate::{
    assets,
    bench::Machine,
    hub::{self, Shelved},
    model::{self, Adapter, DeviceChoice},
    words,
};

use super::{Failure, output::deliver, window};

/// Say what this machine has: adapters, memory, models, folders.
#[derive(Debug, Args)]
pub(super) struct Doctor {}

impl Doctor {
    #[expect(clippy::unused_self, reason = "every command is run in the same way")]
    pub(super) fn run(&self) -> Result<(), Failure> {
        let mut text = String::new();
        let written = write_machine(&mut text)
            .and_then(|()| write_adapters(&mut text, &model::adapters()))
            .and_then(|()| write_models(&mut text))
            .and_then(|()| write_folders(&mut text))
            .and_then(|()| write_surroundings(&mut text));
        debug_assert!(written.is_ok(), "writing to a String does not fail");
        deliver(&text, None)
    }
}

fn write_machine(text: &mut String) -> fmt::Result {
    let machine = Machine::here();
    writeln!(text, "terrasight {} on {}", env!("CARGO_PKG_VERSION"), machine.system)?;
    writeln!(text, "processor: {}, {} threads", machine.cpu.as_deref().unwrap_or("name not known"), machine.threads)?;
    if !machine.vector_instructions.is_empty() {
        writeln!(text, "vector instructions: {}", machine.vector_instructions.join(", "))?;
    }
    let said = |size: Option<u64>| size.map_or_else(|| "not known".to_owned(), words::bytes);
    writeln!(text, "memory: {}, available {}", said(machine.memory_bytes), said(machine.available_bytes))
}

fn write_adapters(text: &mut String, adapters: &[Adapter]) -> fmt::Result {
    writeln!(text, "\ngraphics adapters:")?;
    if adapters.is_empty() {
        writeln!(text, "  none; models run on the CPU")?;
    }
    for adapter in adapters {
        let kind = if adapter.hardware { "hardware" } else { "software, used only when asked for" };
        writeln!(text, "  gpu:{}  {} ({}, {kind}) {}", adapter.number, adapter.name, adapter.backend, adapter.driver)?;
        if let Some(memory) = adapter.memory {
            writeln!(text, "         memory: {}", words::bytes(memory))?;
        }
        writeln!(text, "         one tensor may have {}", words::bytes(adapter.largest_buffer))?;
        if let Some(feature) = adapter.gains_from {
            writeln!(text, "         its matrix units need: cargo build --release --features {feature}")?;
        }
    }
    match model::open(DeviceChoice::Auto) {
        Ok(device) => writeln!(text, "  --device auto uses: {}", device.name)?,
        Err(error) => writeln!(text, "  --device auto: {error}")?,
    }
    let gains = adapters.iter().any(|adapter| adapter.gains_from.is_some());
    if !gains && !cfg!(any(feature = "spirv", feature = "metal")) {
        writeln!(text, "  a build with the feature spirv or metal would gain nothing here")?;
    }
    Ok(())
}

fn write_models(text: &mut String) -> fmt::Result {
    writeln!(text, "\nmodels:")?;
    match assets::starter_folder() {
        Ok(folder) => writeln!(text, "  starter  {}", folder.display())?,
        Err(error) => writeln!(text, "  starter  {error}")?,
    }
    let found = assets::home().map(|home| hub::shelf(&home)).unwrap_or_default();
    for Shelved { name, path, keeper, .. } in found {
        writeln!(text, "  {name}  {} ({})", path.display(), words::keeper(keeper))?;
    }
    Ok(())
}

fn write_folders(text: &mut String) -> fmt::Result {
    writeln!(text, "\nfolders:")?;
    let (home, named) = (assets::home(), env::var_os("TERRASIGHT_HOME").is_some());
    match home {
        Ok(home) => {
            let why = if named { "TERRASIGHT_HOME" } else { "TERRASIGHT_HOME moves it" };
            let state = if fs::create_dir_all(&home).is_ok() { "" } else { "; it CANNOT be written" };
            writeln!(text, "  what the program keeps: {} ({why}{state})", home.display())?;
        }
        Err(error) => writeln!(text, "  {error}")?,
    }
    match hub::hub_cache() {
        Some(cache) if cache.is_dir() => writeln!(text, "  the hub's cache: {}", cache.display()),
        Some(cache) => writeln!(text, "  the hub's cache: none at {}", cache.display()),
        None => writeln!(text, "  the hub's cache: not known; HF_HOME names it"),
    }
}

fn write_surroundings(text: &mut String) -> fmt::Result {
    let display = if window::has_display() {
        "there is one"
    } else {
        "none (neither DISPLAY nor WAYLAND_DISPLAY is set): pictures are located on the terminal"
    };
    writeln!(text, "\ndisplay: {display}")?;
    writeln!(
        text,
        "network: used for map tiles when they are switched on in the window, for models when one is fetched, and for a server that \
         is named as the model, to which pictures and questions go then; else never"
    )
}
