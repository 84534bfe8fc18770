//! One HEVC picture (`hvc1`) by `hpvcd`.

use hpvcd::{ChromaFormat, SampleBuf, VideoDecoder};

use super::{Fault, MAX_CODED_PIXELS, boxes::Bytes, planes::Planes, sps};

/// Types of units (ITU-T H.265, table 7-1): video, sequence and picture parameter sets.
const PARAMETER_SETS: std::ops::RangeInclusive<u8> = 32..=34;
const SEQUENCE_PARAMETERS: u8 = 33;

/// Decodes an item with its configuration, the property `hvcC` (ISO 14496-15, 8.3.3.1), on so many threads; refused is what is
/// coded in more pixels than `most_pixels`.
pub(super) fn decode(configuration: &[u8], data: &[u8], most_pixels: u64, n_threads: usize) -> Result<Planes, Fault> {
    let damaged = || Fault::Damaged("its HEVC units make no sense".to_owned());
    let failed = |error: hpvcd::DecodeError| Fault::Damaged(error.to_string());
    let (length_bytes, parameter_sets) = parameter_sets(configuration).ok_or_else(damaged)?;
    let mut decoder = VideoDecoder::with_threads(n_threads);
    for unit in parameter_sets {
        check_size(unit, most_pixels)?;
        decoder.process_nal(kind(unit), unit).map_err(failed)?;
    }
    let mut rest = Bytes(data);
    while !rest.0.is_empty() {
        let length = rest.uint(length_bytes).and_then(|length| usize::try_from(length).ok()).ok_or_else(damaged)?;
        let unit = rest.take(length).filter(|unit| !unit.is_empty()).ok_or_else(damaged)?;
        check_size(unit, most_pixels)?;
        decoder.process_nal(kind(unit), unit).map_err(failed)?;
    }
    decoder.flush().map_err(failed)?;
    let frame = decoder.take_frames(true).into_iter().next().ok_or_else(damaged)?;
    let (colour, yuv) = (frame.color(), frame.to_yuv());
    drop(frame);
    let grey = yuv.chroma.is_monochrome();
    let shift = match yuv.chroma {
        ChromaFormat::Yuv420 => (1, 1),
        ChromaFormat::Yuv422 => (1, 0),
        ChromaFormat::Yuv444 | ChromaFormat::Monochrome => (0, 0),
    };
    let plane = |samples| if grey { Vec::new() } else { wide(samples) };
    Ok(Planes {
        width: yuv.width,
        height: yuv.height,
        bits: u32::from(yuv.bit_depth),
        shift,
        samples: [wide(yuv.y), plane(yuv.cb), plane(yuv.cr)],
        matrix: colour.matrix as u16,
        full_range: colour.full_range,
    })
}

/// How many bytes a unit's length takes, and the units of the configuration.
fn parameter_sets(configuration: &[u8]) -> Option<(usize, Vec<&[u8]>)> {
    let mut bytes = Bytes(configuration);
    bytes.take(21)?;
    let length_bytes = usize::from(bytes.u8()? & 3) + 1;
    let mut units = Vec::new();
    for _ in 0..bytes.u8()? {
        bytes.u8()?;
        for _ in 0..bytes.u16()? {
            let length = bytes.u16()?;
            units.push(bytes.take(usize::from(length))?);
        }
    }
    units.retain(|unit| PARAMETER_SETS.contains(&kind(unit)));
    Some((length_bytes, units))
}

fn kind(unit: &[u8]) -> u8 {
    unit.first().map_or(0, |byte| byte >> 1 & 63)
}

/// Refuses a picture too large before the decoder sees it.
fn check_size(unit: &[u8], most_pixels: u64) -> Result<(), Fault> {
    if kind(unit) != SEQUENCE_PARAMETERS {
        return Ok(());
    }
    let (width, height) =
        sps::coded_size(unit).ok_or_else(|| Fault::Damaged("its HEVC parameters make no sense".to_owned()))?;
    match width.saturating_mul(height) {
        pixels if pixels > MAX_CODED_PIXELS => Err(Fault::TooMuchMemory(width as u32, height as u32)),
        pixels if pixels > most_pixels => Err(Fault::Damaged("a tile is larger than the file says".to_owned())),
        _ => Ok(()),
    }
}

fn wide(samples: SampleBuf) -> Vec<u16> {
    match samples {
        SampleBuf::U8(samples) => samples.into_iter().map(u16::from).collect(),
        SampleBuf::U16(samples) => samples,
    }
}
