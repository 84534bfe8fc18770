//! Map tiles from OpenStreetMap: the only connection that the program makes, and only while the user has it switched on.
//! <https://operations.osmfoundation.org/policies/tiles/> asks for an own user agent, attribution and a cache.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use egui::Context;
use walkers::{HeaderValue, HttpOptions, HttpTiles, Position, TileId, Tiles as _, sources::OpenStreetMap};

use super::view::{WORLD, world_from};
use crate::{
    geo::LatLon,
    ui::background::{Background, Polled},
};

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
            Self::Starting(_) | Self::On(_) | Self::Broken if !on => close(std::mem::take(self)),
            Self::Starting(starting) => match starting.poll() {
                Polled::Pending => {}
                Polled::Ready(Some(tiles)) => *self = Self::On(Box::new(tiles)),
                Polled::Ready(None) | Polled::Lost => *self = Self::Broken,
            },
            Self::Off | Self::On(_) | Self::Broken => {}
        }
    }

    /// Whether tiles have come for where the map is looked at; until then it needs its own names.
    pub fn has_come(&mut self, middle: Option<Position>, zoom: f64) -> bool {
        let (Self::On(tiles), Some(middle)) = (self, middle) else { return false };
        // Where the tile itself is still on its way, one of a lesser zoom stands in for it.
        tiles.at(tile_at(middle, zoom.round().max(0.0) as u8)).is_some()
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

/// Ends every connection at once. The client waits for its thread, which the window must not.
fn close(tiles: OnlineTiles) {
    let ending = std::thread::Builder::new().name("terrasight-tiles-off".to_owned()).spawn(move || drop(tiles));
    if let Err(error) = ending {
        tracing::warn!("no thread to close the connections of the map on: {error}");
    }
}

/// The tile of this zoom in which a point lies.
fn tile_at(position: Position, zoom: u8) -> TileId {
    let n_tiles = f64::from(1u32 << zoom.min(20));
    let at = world_from(LatLon { lat: position.y(), lon: position.x() }).to_vec2() / WORLD as f32;
    let index = |share: f32| (f64::from(share) * n_tiles).clamp(0.0, n_tiles - 1.0) as u32;
    TileId { x: index(at.x), y: index(at.y), zoom: zoom.min(20) }
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

#[cfg(test)]
mod tests {
    use super::*;
    use walkers::lat_lon;

    #[test]
    fn the_tile_of_a_point() {
        let tile = |lat, lon, zoom| {
            let TileId { x, y, zoom } = tile_at(lat_lon(lat, lon), zoom);
            (x, y, zoom)
        };
        assert_eq!(tile(0.1, 0.1, 1), (1, 0, 1));
        assert_eq!(tile(48.8566, 2.3522, 10), (518, 352, 10));
        assert_eq!(tile(-90.0, 180.0, 3), (7, 7, 3));
    }
}
