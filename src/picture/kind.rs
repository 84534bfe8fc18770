//! What a file is, told by its first bytes and never by its name; kinds that are not opened are called by their names.

use image::ImageFormat;

use super::{heif::boxes::Bytes, tiff};

/// What is done with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// JPEG.
    Jpeg,
    /// A format that the image library decodes.
    Plain(ImageFormat),
    /// The container of HEIC and AVIF, by the name of its kind.
    Heif(&'static str),
    /// What a camera's sensor saw, which is opened by the preview inside.
    Raw,
    /// A picture of a kind that is not decoded, by its name; its metadata is read where it is where others have it.
    Undecoded(&'static str),
    /// No picture, or one that needs another step: what it is, and what to do.
    Other(&'static str, &'static str),
    Unknown,
}

const SAVE_FRAME: &str = "save one of its frames as JPEG or PNG";
const EXPORT: &str = "export it as JPEG or PNG";

/// First bytes, and what begins with them.
const SIGNATURES: &[(&[u8], Kind)] = &[
    (b"\xff\xd8", Kind::Jpeg),
    (b"\x89PNG\r\n\x1a\n", Kind::Plain(ImageFormat::Png)),
    (b"GIF8", Kind::Plain(ImageFormat::Gif)),
    (b"BM", Kind::Plain(ImageFormat::Bmp)),
    (b"\xff\x0a", Kind::Undecoded("JPEG XL")),
    (b"\0\0\0\x0cJXL ", Kind::Undecoded("JPEG XL")),
    (b"\0\0\0\x0cjP  ", Kind::Undecoded("JPEG 2000")),
    (b"\xff\x4f\xff\x51", Kind::Undecoded("JPEG 2000")),
    (b"II\xbc\x01", Kind::Undecoded("JPEG XR")),
    (b"FUJIFILMCCD-RAW", Kind::Raw),
    (b"IIRO", Kind::Raw),
    (b"IIRS", Kind::Raw),
    (b"MMOR", Kind::Raw),
    (b"IIU\0", Kind::Raw),
    (b"FOVb", Kind::Raw),
    (b"\0MRM", Kind::Raw),
    (b"\x1a\x45\xdf\xa3", Kind::Other("a video (Matroska or WebM)", SAVE_FRAME)),
    (b"\0\0\x01\xba", Kind::Other("a video (MPEG)", SAVE_FRAME)),
    (b"FLV\x01", Kind::Other("a video (Flash)", SAVE_FRAME)),
    (b"%PDF", Kind::Other("a PDF document", "export the picture in it as JPEG or PNG")),
    (
        b"version https://git-lfs",
        Kind::Other("a Git LFS pointer, not the picture itself", "fetch it with `git lfs pull`"),
    ),
    (
        b"\0\x05\x16\x07",
        Kind::Other("a note that macOS keeps beside a file", "choose the file without ._ before its name"),
    ),
    (b"8BPS", Kind::Other("a Photoshop document", EXPORT)),
    (b"gimp xcf", Kind::Other("a GIMP document", EXPORT)),
    (b"\x76\x2f\x31\x01", Kind::Other("an OpenEXR picture", EXPORT)),
    (b"#?RADIANCE", Kind::Other("a Radiance HDR picture", EXPORT)),
    (b"\0\0\x01\0", Kind::Other("an icon (ICO)", EXPORT)),
    (b"PK\x03\x04", Kind::Other("a ZIP archive", "unpack it and choose the pictures in it")),
    (b"7z\xbc\xaf\x27\x1c", Kind::Other("a 7z archive", "unpack it and choose the pictures in it")),
    (b"Rar!", Kind::Other("a RAR archive", "unpack it and choose the pictures in it")),
];

/// Texts that stand where a picture was meant to be, by how they begin once blanks are left out.
const TEXTS: [(&str, Kind); 4] = [
    ("<!doctype html", Kind::Other("a web page, not a picture", "download the picture itself")),
    ("<html", Kind::Other("a web page, not a picture", "download the picture itself")),
    ("<svg", Kind::Other("a drawing (SVG)", EXPORT)),
    ("<?xml", Kind::Other("an XML document", "choose a picture")),
];

impl Kind {
    /// Looks at the first bytes; at more of a TIFF, as most camera raw files are TIFF in form.
    pub fn of(file: &[u8]) -> Self {
        if let Some((_, kind)) = SIGNATURES.iter().find(|(start, _)| file.starts_with(start)) {
            return *kind;
        }
        if file.starts_with(b"RIFF") {
            return match file.get(8..12) {
                Some(b"WEBP") => Self::Plain(ImageFormat::WebP),
                Some(b"AVI ") => Self::Other("a video (AVI)", SAVE_FRAME),
                _ => Self::Unknown,
            };
        }
        if [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"].iter().any(|start| file.starts_with(*start)) {
            return if tiff::is_camera_raw(file) { Self::Raw } else { Self::Plain(ImageFormat::Tiff) };
        }
        if file.get(4..8) == Some(b"ftyp") {
            return by_brand(file);
        }
        let start = String::from_utf8_lossy(&file[..file.len().min(200)]).trim_start_matches('\u{feff}').to_lowercase();
        let text = TEXTS.iter().find(|(text, _)| start.trim_start().starts_with(text));
        text.map_or(Self::Unknown, |(_, kind)| *kind)
    }
}

/// By the brands of the first box (ISO 14496-12, `ftyp`; brands of ISO 23008-12 and of the AVIF specification).
fn by_brand(file: &[u8]) -> Kind {
    let mut bytes = Bytes(file);
    let length = bytes.u32().unwrap_or_default() as usize;
    let (brands, _) = file.get(8..length.min(file.len())).unwrap_or_default().as_chunks::<4>();
    let has = |known: &[&[u8; 4]]| brands.iter().any(|brand| known.contains(&brand));
    if has(&[b"avif", b"avis"]) {
        Kind::Heif("AVIF")
    } else if has(&[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"]) {
        Kind::Heif("HEIC")
    } else if has(&[b"crx "]) {
        Kind::Raw
    } else if has(&[b"jxl "]) {
        Kind::Undecoded("JPEG XL")
    } else {
        Kind::Other("a video (MP4 or MOV)", SAVE_FRAME)
    }
}
