//! Map tiles from OpenStreetMap: the only connection that the program makes, and only while the user has it switched on.
//! <https://operations.osmfoundation.org/policies/tiles/> asks for an own user agent, attribution and a cache.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use egui::Context;
use walkers::{HeaderValue, HttpOptions, HttpTiles, Tiles as _, sources::OpenStreetMap};

use crate::ui::background::{Background, Outcome};

/// Where tiles come from.
pub const HOST: &str = "tile.openstreetmap.org";
/// What must be written on a map made of them.
pub const ATTRIBUTION: &str = "© OpenStreetMap contributors";
/// How the program names itself to the server.
const USER_AGENT: &str = "Terrasight/0.1 (+desktop)";
/// A cache beyond this is emptied before tiles are switched on.
const MOST_CACHE_BYTES: u64 = 256 << 20;

/// Tiles, as far as they are switched on.
#[derive(Default)]
pub enum OnlineTiles {
    /// Not switched on, or forbidden: no connection exists.
    #[default]
    Off,
    /// Being set up.
    Starting(Background<Option<HttpTiles>>),
    /// Tiles come.
    On(Box<HttpTiles>),
    /// They could not be set up.
    Broken,
}

impl OnlineTiles {
    /// Switches on or off. Off drops the client and every connection with it.
    pub fn set(&mut self, ctx: &Context, on: bool, cache: Option<&Path>) {
        match self {
            Self::Off if on => {
                let (inner, cache) = (ctx.clone(), cache.map(Path::to_owned));
                *self = Self::Starting(Background::start("terrasight-tiles", ctx, move || start(inner, cache)));
            }
            Self::Starting(_) | Self::On(_) | Self::Broken if !on => *self = Self::Off,
            Self::Starting(starting) => match starting.poll() {
                Outcome::Pending => {}
                Outcome::Ready(Some(tiles)) => *self = Self::On(Box::new(tiles)),
                Outcome::Ready(None) | Outcome::Lost => *self = Self::Broken,
            },
            Self::Off | Self::On(_) | Self::Broken => {}
        }
    }

    /// What the status line says about the network.
    pub fn status(&self) -> String {
        match self {
            Self::Off => "no connections".to_owned(),
            Self::Starting(_) => format!("contacting {HOST}"),
            Self::On(tiles) => match tiles.stats().in_progress {
                0 => format!("connected to {HOST}"),
                n => format!("contacting {HOST} ({n})"),
            },
            Self::Broken => format!("{HOST}: no secure connection can be set up here"),
        }
    }
}

/// The client, or none where this system has no certificates to check the server by.
fn start(ctx: Context, cache: Option<PathBuf>) -> Option<HttpTiles> {
    // It fails only where a provider is installed already, which serves as well.
    let _already = rustls::crypto::ring::default_provider().install_default();
    if let Some(cache) = cache.as_deref().filter(|cache| bytes_under(cache) > MOST_CACHE_BYTES)
        && let Err(error) = fs::remove_dir_all(cache)
    {
        tracing::warn!("{}: the tile cache cannot be emptied: {error}", cache.display());
    }
    let options =
        HttpOptions { cache, user_agent: Some(HeaderValue::from_static(USER_AGENT)), ..HttpOptions::default() };
    // walkers panics where the client cannot be built, which is no reason to take the window down.
    catch_unwind(AssertUnwindSafe(|| HttpTiles::with_options(OpenStreetMap, options, ctx))).ok()
}

fn bytes_under(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let bytes = |entry: fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => bytes_under(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.flatten().map(bytes).sum()
}
