//! Pixels of HEIC and AVIF: the container is read here, each coded picture by its codec's crate, and what the container
//! asks for (tiles, colour, cutting, turning) is done here. Whether it is transparent is left aside.
//!
//! Exif's orientation does not count in these files: the properties `irot` and `imir` decide (ISO 23008-12, 6.5).
//! Colour profiles are not applied, as in every other format; the matrix and the range are.

mod av1;
pub(super) mod boxes;
mod colour;
pub(super) mod container;
mod hevc;
mod planes;
mod sps;

use std::collections::BTreeMap;

use image::{RgbImage, metadata::Orientation};
use rayon::prelude::*;

use super::{error::Fault, turn};
use boxes::Bytes;
use container::Container;
use planes::Planes;

/// More pixels than this are not decoded: at eleven bytes a pixel the memory would not stay under 2 GiB.
const MAX_PIXELS: u64 = 130_000_000;

/// One coded picture, or tile, may have so many.
const MAX_CODED_PIXELS: u64 = 70_000_000;

/// Tiles up to this many pixels are decoded side by side.
const SMALL_TILE_PIXELS: u64 = 2_000_000;

/// HEVC codes whole blocks of at most so many pixels a side, so that a tile may be coded so much wider and higher than it is.
const LARGEST_BLOCK: u64 = 64;

/// More tiles than a 130-megapixel picture of 256 x 256 has.
const MAX_TILES: usize = 2048;

/// Pictures that refer to a picture that refers to a picture.
const MAX_DERIVATIONS: usize = 4;

/// The file's main picture, upright.
pub(super) fn decode(file: &[u8]) -> Result<RgbImage, Fault> {
    let container = Container::open(file).ok_or_else(|| {
        if boxes::boxes(file).any(|(kind, _)| &kind == b"moov") {
            Fault::Unsupported("it is a sequence of pictures, that is a video".to_owned())
        } else {
            Fault::Damaged("its list of pictures is missing or makes no sense".to_owned())
        }
    })?;
    picture(&container, container.primary)
}

/// The small copy that the file brings of its main picture, upright, and the size of the whole, upright.
pub(super) fn thumbnail(file: &[u8]) -> Option<(RgbImage, (u32, u32))> {
    let container = Container::open(file)?;
    let id = container.referring(*b"thmb", container.primary)?;
    let (width, height) = stated_size(&container, container.primary)?;
    let turns = container.property(container.primary, *b"irot").and_then(|body| body.first().copied());
    let lies = turns.is_some_and(|quarters| quarters & 1 == 1);
    let small = picture(&container, id).ok()?;
    Some((small, if lies { (height, width) } else { (width, height) }))
}

/// An item's picture, upright.
fn picture(container: &Container<'_>, mut id: u32) -> Result<RgbImage, Fault> {
    let mut derived = vec![id];
    while kind(container, id)? == *b"iden" && derived.len() < MAX_DERIVATIONS {
        id = *container
            .references(*b"dimg", id)
            .first()
            .ok_or_else(|| Fault::Damaged("its picture refers to none".to_owned()))?;
        derived.push(id);
    }
    let mut planes = match &kind(container, id)? {
        b"grid" => grid(container, id)?,
        _ => coded(container, id, MAX_CODED_PIXELS, rayon::current_num_threads())?,
    };
    // What the container says of colour goes before what the stream says.
    if let Some((matrix, full_range)) = nclx(container, id) {
        (planes.matrix, planes.full_range) = (matrix, full_range);
    }
    let mut pixels = colour::rgb(&planes)?;
    drop(planes);
    for (kind, body) in derived.iter().rev().flat_map(|id| container.properties(*id)) {
        pixels = match (&kind, body.first()) {
            (b"clap", _) => cut(pixels, body),
            // Quarter turns against the clock.
            (b"irot", Some(quarters)) => match quarters & 3 {
                1 => turn::upright(pixels, Orientation::Rotate270),
                2 => turn::upright(pixels, Orientation::Rotate180),
                3 => turn::upright(pixels, Orientation::Rotate90),
                _ => pixels,
            },
            (b"imir", Some(axis)) if axis & 1 == 0 => turn::upright(pixels, Orientation::FlipVertical),
            (b"imir", Some(_)) => turn::upright(pixels, Orientation::FlipHorizontal),
            _ => pixels,
        };
    }
    Ok(pixels)
}

fn kind(container: &Container<'_>, id: u32) -> Result<[u8; 4], Fault> {
    container.item(id).map(|item| item.kind).ok_or_else(|| Fault::Damaged("its main picture is missing".to_owned()))
}

/// One picture as its codec gives it; one that is coded in more pixels is refused before memory is taken for it.
fn coded(container: &Container<'_>, id: u32, most_pixels: u64, n_threads: usize) -> Result<Planes, Fault> {
    if let Some((width, height)) = stated_size(container, id)
        && u64::from(width) * u64::from(height) > MAX_CODED_PIXELS
    {
        return Err(Fault::TooMuchMemory(width, height));
    }
    let data = || container.data(id).ok_or_else(|| Fault::Damaged("the file ends before the picture does".to_owned()));
    match &kind(container, id)? {
        b"hvc1" | b"hev1" => {
            let configuration = container
                .property(id, *b"hvcC")
                .ok_or_else(|| Fault::Damaged("its HEVC parameters are missing".to_owned()))?;
            hevc::decode(configuration, &data()?, most_pixels, n_threads)
        }
        b"av01" => av1::decode(data()?.into_owned(), most_pixels),
        other => Err(Fault::Unsupported(format!("a picture inside that is coded as {}", other.escape_ascii()))),
    }
}

/// A picture of tiles (ISO 23008-12, 6.6.2.3). A tile that is named twice is decoded once.
fn grid(container: &Container<'_>, id: u32) -> Result<Planes, Fault> {
    let damaged = || Fault::Damaged("its grid of tiles makes no sense".to_owned());
    let data = container.data(id).ok_or_else(damaged)?;
    let (rows, columns, width, height) = grid_header(&data).ok_or_else(damaged)?;
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(Fault::TooMuchMemory(width, height));
    }
    let tiles = container.references(*b"dimg", id);
    if tiles.len() != rows * columns || tiles.len() > MAX_TILES || width == 0 || height == 0 {
        return Err(damaged());
    }
    let mut distinct = tiles.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let most_pixels = |id: u32| {
        let (width, height) = stated_size(container, id)?;
        Some((u64::from(width) + LARGEST_BLOCK).saturating_mul(u64::from(height) + LARGEST_BLOCK))
    };
    // Of a tile whose size is not stated nobody knows what it takes.
    let distinct: Option<Vec<(u32, u64)>> = distinct.into_iter().map(|id| Some((id, most_pixels(id)?))).collect();
    let distinct = distinct.ok_or_else(damaged)?;
    // A tile at the right or below may stand over, and no more.
    if distinct.iter().map(|(_, pixels)| *pixels).fold(0, u64::saturating_add) > 2 * MAX_PIXELS {
        return Err(damaged());
    }
    let are_small = distinct.iter().all(|(_, pixels)| *pixels < SMALL_TILE_PIXELS);
    let tile = |(id, most_pixels): (u32, u64), n_threads: usize| {
        coded(container, id, most_pixels, n_threads).map(|planes| (id, planes))
    };
    let decoded: Result<BTreeMap<u32, Planes>, Fault> = if are_small {
        distinct.par_iter().map(|of| tile(*of, 1)).collect()
    } else {
        distinct.iter().map(|of| tile(*of, rayon::current_num_threads())).collect()
    };
    let decoded = decoded?;
    let in_place: Option<Vec<&Planes>> = tiles.iter().map(|id| decoded.get(id)).collect();
    planes::compose(&in_place.ok_or_else(damaged)?, columns, (width as usize, height as usize))
}

/// Rows, columns, width, height.
fn grid_header(data: &[u8]) -> Option<(usize, usize, u32, u32)> {
    let mut bytes = Bytes(data);
    let _version = bytes.u8()?;
    let wide = bytes.u8()? & 1 == 1;
    let (rows, columns) = (usize::from(bytes.u8()?) + 1, usize::from(bytes.u8()?) + 1);
    Some((rows, columns, bytes.id(wide)?, bytes.id(wide)?))
}

/// The size that the property `ispe` gives.
fn stated_size(container: &Container<'_>, id: u32) -> Option<(u32, u32)> {
    let mut bytes = Bytes(container.property(id, *b"ispe")?);
    bytes.version_and_flags()?;
    Some((bytes.u32()?, bytes.u32()?))
}

/// Matrix and range of the property `colr`, where it has numbers and no profile.
fn nclx(container: &Container<'_>, id: u32) -> Option<(u16, bool)> {
    let is_nclx = |(kind, body): &([u8; 4], &[u8])| kind == b"colr" && body.starts_with(b"nclx");
    let (_, body) = container.properties(id).find(is_nclx)?;
    let mut bytes = Bytes(body);
    bytes.take(8)?;
    Some((bytes.u16()?, bytes.u8()? & 0x80 != 0))
}

/// The clean aperture (ISO 14496-12, 12.1.4): width, height and the shift of the middle, as fractions. One that makes no
/// sense is passed over.
fn cut(pixels: RgbImage, body: &[u8]) -> RgbImage {
    let Some((left, top, width, height)) = aperture(body, pixels.dimensions()) else { return pixels };
    if (left, top, width, height) == (0, 0, pixels.width(), pixels.height()) {
        return pixels;
    }
    image::imageops::crop_imm(&pixels, left, top, width, height).to_image()
}

fn aperture(body: &[u8], (full_width, full_height): (u32, u32)) -> Option<(u32, u32, u32, u32)> {
    let mut bytes = Bytes(body);
    let mut fraction = || {
        let (above, below) = (bytes.u32()?, bytes.u32()?);
        // The shifts are signed.
        (below != 0).then(|| f64::from(above.cast_signed()) / f64::from(below))
    };
    let (width, height, across, down) = (fraction()?, fraction()?, fraction()?, fraction()?);
    let start = |full: u32, kept: f64, shift: f64| (f64::from(full) - kept) / 2.0 + shift;
    let (left, top) = (start(full_width, width, across), start(full_height, height, down));
    let fits =
        |start: f64, kept: f64, full: u32| start >= 0.0 && kept >= 1.0 && start.floor() + kept <= f64::from(full);
    let fits = fits(left, width, full_width) && fits(top, height, full_height);
    fits.then_some((left as u32, top as u32, width as u32, height as u32))
}
