//! Chunks of a PNG (PNG specification, 11.3): `eXIf`, and texts, in which older programs keep Exif as hexadecimal digits.

use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

use super::{EXIF_START, MAX_PIECES, MAX_UNPACKED_BYTES, Sources};

pub(super) fn walk(file: &[u8], sources: &mut Sources) {
    let mut rest = file.get(8..).unwrap_or_default();
    let mut n_texts = 0;
    while let Some((kind, data, after)) = chunk(rest) {
        rest = after;
        match kind {
            b"eXIf" => sources.add_exif(data),
            b"tEXt" | b"zTXt" | b"iTXt" if n_texts < MAX_PIECES => {
                n_texts += 1;
                if let Some((name, text)) = text(kind, data) {
                    add(&name, &text, sources);
                }
            }
            b"IEND" => break,
            _ => {}
        }
    }
}

/// A chunk's four letters, its data, and what follows behind its checksum.
fn chunk(rest: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let length = u32::from_be_bytes(rest.get(..4)?.try_into().ok()?) as usize;
    let data = rest.get(8..)?.get(..length)?;
    Some((&rest[4..8], data, rest.get(12 + length..).unwrap_or_default()))
}

/// Name and text, unpacked.
fn text(kind: &[u8], data: &[u8]) -> Option<(String, Vec<u8>)> {
    let unpacked = |data: &[u8]| decompress_to_vec_zlib_with_limit(data, MAX_UNPACKED_BYTES).ok();
    let end = data.iter().position(|byte| *byte == 0)?;
    let (name, rest) = (String::from_utf8_lossy(&data[..end]).into_owned(), &data[end + 1..]);
    let text = match kind {
        b"tEXt" => rest.to_vec(),
        b"zTXt" => unpacked(rest.get(1..)?)?,
        _ => {
            // Whether packed, how, a language, the name in it.
            let mut parts = rest.get(2..)?.splitn(3, |byte| *byte == 0);
            let text = parts.nth(2)?;
            if rest[0] == 0 { text.to_vec() } else { unpacked(text)? }
        }
    };
    Some((name, text))
}

fn add(name: &str, text: &[u8], sources: &mut Sources) {
    match name {
        "XML:com.adobe.xmp" => sources.add_xmp(text),
        "Raw profile type exif" | "Raw profile type APP1" | "Raw profile type xmp" => {
            let Some(profile) = raw_profile(text) else { return };
            let is_exif =
                profile.starts_with(EXIF_START) || [b"II*\0", b"MM\0*"].iter().any(|it| profile.starts_with(*it));
            if is_exif {
                sources.add_exif(&profile);
            } else {
                let start = profile.iter().position(|byte| *byte == b'<').unwrap_or_default();
                sources.add_xmp(&profile[start..]);
            }
        }
        _ if name.starts_with("Raw profile type") => {}
        _ => sources.add_text(name, &String::from_utf8_lossy(&text[..text.len().min(2000)])),
    }
}

/// ImageMagick's form: a line with the name, a line with the length, then hexadecimal digits in lines.
fn raw_profile(text: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(text).ok()?;
    let mut lines = text.trim_start().lines().skip(1);
    let length: usize = lines.next()?.trim().parse().ok()?;
    let digits: Vec<u8> =
        lines.flat_map(str::bytes).filter_map(|byte| char::from(byte).to_digit(16)).map(|d| d as u8).collect();
    let (pairs, _) = digits.as_chunks::<2>();
    Some(pairs.iter().take(length).map(|[high, low]| high << 4 | low).collect())
}
