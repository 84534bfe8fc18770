//! One AV1 picture (`av01`) by `rusty_av1d`.

use rusty_av1d::{Decoder, Picture, PixelLayout, PlanarImageComponent, Rav1dError, Settings, pixel::YUVRange};

use super::{Fault, planes::Planes};

/// The decoder is asked so often before it is taken to give nothing.
const MAX_TURNS: usize = 1000;

/// Decodes an item; where it holds several layers, the last. Refused is what is coded in more pixels than `most_pixels`.
pub(super) fn decode(data: Vec<u8>, most_pixels: u64) -> Result<Planes, Fault> {
    let failed = |error: Rav1dError| Fault::Damaged(format!("its AV1 data makes no sense: {error}"));
    let mut settings = Settings::new();
    // Two and two, since with fewer the decoder's own bounds fail on damaged data.
    settings.set_n_threads(2);
    settings.set_max_frame_delay(2);
    settings.set_frame_size_limit(most_pixels as u32);
    let mut decoder = Decoder::with_settings(&settings).map_err(failed)?;
    let mut last = None;
    let mut sent = decoder.send_data(data.into_boxed_slice(), None, None, None);
    for _ in 0..MAX_TURNS {
        match sent {
            Ok(()) => break,
            Err(Rav1dError::TryAgain) => {
                last = decoder.get_picture().ok().or(last);
                sent = decoder.send_pending_data();
            }
            Err(error) => return Err(failed(error)),
        }
    }
    for _ in 0..MAX_TURNS {
        match decoder.get_picture() {
            Ok(picture) => last = Some(picture),
            Err(Rav1dError::TryAgain) if last.is_none() => {}
            Err(Rav1dError::TryAgain) => break,
            Err(error) if last.is_none() => return Err(failed(error)),
            Err(_) => break,
        }
    }
    last.map_or_else(|| Err(Fault::Damaged("its AV1 data holds no picture".to_owned())), |picture| planes(&picture))
}

fn planes(picture: &Picture) -> Result<Planes, Fault> {
    let short = || Fault::Damaged("its decoder gave too few samples".to_owned());
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let (shift, n_planes) = match picture.pixel_layout() {
        PixelLayout::I400 => ((0, 0), 1),
        PixelLayout::I420 => ((1, 1), 3),
        PixelLayout::I422 => ((1, 0), 3),
        PixelLayout::I444 => ((0, 0), 3),
    };
    let bits = picture.bits_per_component().ok_or_else(short)?.0;
    let mut samples: [Vec<u16>; 3] = Default::default();
    let components = [PlanarImageComponent::Y, PlanarImageComponent::U, PlanarImageComponent::V];
    for (at, component) in components.into_iter().enumerate().take(n_planes) {
        let down = if at == 0 { (0, 0) } else { shift };
        let (across, rows) = (width.div_ceil(1 << down.0), height.div_ceil(1 << down.1));
        let (plane, stride) = (picture.plane(component), picture.stride(component) as usize);
        samples[at].reserve_exact(across * rows);
        for y in 0..rows {
            let row = plane.get(y * stride..).ok_or_else(short)?;
            if bits == 8 {
                samples[at].extend(row.get(..across).ok_or_else(short)?.iter().map(|sample| u16::from(*sample)));
            } else {
                let (pairs, _) = row.get(..across * 2).ok_or_else(short)?.as_chunks::<2>();
                samples[at].extend(pairs.iter().map(|pair| u16::from_ne_bytes(*pair)));
            }
        }
    }
    let full_range = matches!(picture.color_range(), YUVRange::Full);
    Ok(Planes { width, height, bits: u32::from(bits), shift, samples, matrix: matrix(picture), full_range })
}

/// The number that ITU-T H.273 gives to the stream's matrix.
fn matrix(picture: &Picture) -> u16 {
    use rusty_av1d::pixel::MatrixCoefficients as Named;
    match picture.matrix_coefficients() {
        Named::Identity => 0,
        Named::BT709 => 1,
        Named::BT470M => 4,
        Named::BT470BG => 5,
        Named::ST170M => 6,
        Named::ST240M => 7,
        Named::YCgCo => 8,
        Named::BT2020NonConstantLuminance => 9,
        Named::BT2020ConstantLuminance => 10,
        _ => 2,
    }
}
