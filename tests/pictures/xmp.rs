//! Metadata that is not where cameras put it: XMP in every container, Exif in texts, pointers of another type.

use image::{ExtendedColorType, ImageFormat};
use miniz_oxide::deflate::compress_to_vec_zlib;
use terrasight::picture::{FileProblem, HeadingReference, Metadata, Picture};

use crate::{
    files::{
        Item, Value, chunk, encoded, exif, heif, jpeg_with, metadata_of, png_of, png_with, position, segment, street,
        webp_with,
    },
    phones::fixture,
};

const JPEG_XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

/// A packet with these attributes of its description.
fn packet(attributes: &str) -> String {
    format!(
        r#"<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">
        <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
        xmlns:e="http://ns.adobe.com/exif/1.0/" xmlns:t="http://ns.adobe.com/tiff/1.0/"
        xmlns:d="http://www.dji.com/drone-dji/1.0/" xmlns:x2="http://example.com/" {attributes}/></rdf:RDF></x:xmpmeta>"#
    )
}

const PLACE: &str = r#"e:GPSLatitude="24,50.4825N" e:GPSLongitude="66,56.7613E" e:GPSImgDirection="2790/10"
    e:GPSImgDirectionRef="M" e:GPSAltitude="120/10" e:GPSAltitudeRef="1" e:DateTimeOriginal="2024-05-31T14:03:09+05:00""#;

#[track_caller]
#[expect(clippy::panic, reason = "this is how a check in a test fails")]
fn assert_place(metadata: &Metadata, where_: &str) {
    let gps = metadata.gps.unwrap_or_else(|| panic!("{where_}: no position, {:?}", metadata.problems));
    assert!((gps.lat - 24.841_375).abs() < 1e-6 && (gps.lon - 66.946_022).abs() < 1e-6, "{where_}: {gps:?}");
    assert_eq!((metadata.heading_deg, metadata.heading_reference), (Some(279.0), Some(HeadingReference::Magnetic)));
    assert_eq!((metadata.altitude_m, metadata.taken.as_deref()), (Some(-12.0), Some("2024-05-31 14:03:09 +05:00")));
    assert!(metadata.problems.is_empty(), "{where_}: {:?}", metadata.problems);
}

fn opened(bytes: &[u8]) -> Metadata {
    Picture::from_bytes("a", bytes).expect("it opens").metadata
}

fn of_jpeg(segments: &[Vec<u8>]) -> Metadata {
    opened(&jpeg_with(&encoded(&street(), ImageFormat::Jpeg), segments))
}

fn of_packet(packet: &str) -> Metadata {
    of_jpeg(&[segment(0xe1, &[JPEG_XMP, packet.as_bytes()].concat())])
}

#[test]
fn a_packet_is_found_in_every_container() {
    let packet = packet(PLACE);
    assert_place(&of_packet(&packet), "JPEG");
    let png = encoded(&street(), ImageFormat::Png);
    let text = |packed: u8, text: &[u8]| [b"XML:com.adobe.xmp\0".as_slice(), &[packed, 0, 0, 0], text].concat();
    assert_place(&opened(&png_with(&png, &[chunk(b"iTXt", &text(0, packet.as_bytes()))])), "PNG");
    let deflated = compress_to_vec_zlib(packet.as_bytes(), 6);
    assert_place(&opened(&png_with(&png, &[chunk(b"iTXt", &text(1, &deflated))])), "PNG, packed");
    let webp = encoded(&street(), ImageFormat::WebP);
    assert_place(&opened(&webp_with(&webp, b"XMP ", packet.as_bytes())), "WebP");
    let mut heic = std::fs::read(fixture("plain.heic")).expect("the fixture is there");
    let hvcc = heic.windows(4).position(|letters| letters == b"hvcC").expect("it has parameters");
    let length = u32::from_be_bytes(heic[hvcc - 4..hvcc].try_into().expect("four bytes")) as usize;
    let properties = vec![heic[hvcc - 4..hvcc - 4 + length].to_vec()];
    let data = heic.split_off(heic.windows(4).position(|letters| letters == b"mdat").expect("it has data") + 4);
    let about = Item {
        id: 2,
        kind: *b"mime",
        content_type: "application/rdf+xml",
        data: packet.clone().into_bytes(),
        refers: Some((*b"cdsc", vec![1])),
        ..Item::default()
    };
    let coded = Item { id: 1, kind: *b"hvc1", data, properties, ..Item::default() };
    assert_place(&opened(&heif(b"heic", &[coded, about])), "HEIC");
    // In a TIFF a tag points to it: the Exif of a raw file without preview is one.
    let tiff = exif(&[(0x0106, Value::Short(32_803)), (700, Value::Bytes(packet.as_bytes()))], &[]);
    let jpeg = encoded(&street(), ImageFormat::Jpeg);
    let raw = opened(&[tiff, jpeg].concat());
    assert!(raw.gps.is_some_and(|gps| (gps.lat - 24.841_375).abs() < 1e-6), "{:?}", raw.problems);
}

#[test]
fn a_packet_in_several_segments_is_put_together() {
    let packet = packet(PLACE).into_bytes();
    let half = packet.len() / 2;
    let piece = |offset: usize, part: &[u8]| {
        let numbers = [(packet.len() as u32).to_be_bytes(), (offset as u32).to_be_bytes()].concat();
        segment(0xe1, &[b"http://ns.adobe.com/xmp/extension/\0".as_slice(), &[b'A'; 32], &numbers, part].concat())
    };
    let metadata = of_jpeg(&[piece(half, &packet[half..]), piece(0, &packet[..half])]);
    assert_place(&metadata, "extended");
}

#[test]
fn properties_count_by_the_address_of_their_namespace() {
    let elements = packet("").replace(
        "/></rdf:RDF>",
        "><e:GPSLatitude>24,50.4825N</e:GPSLatitude><e:GPSLongitude>66,56.7613E</e:GPSLongitude>
         <t:Orientation>6</t:Orientation></rdf:Description></rdf:RDF>",
    );
    let metadata = of_packet(&elements);
    assert!(metadata.gps.is_some(), "elements: {:?}", metadata.problems);
    assert_eq!(metadata.orientation, Some(6));
    let other = of_packet(&packet(r#"x2:GPSLatitude="1,0N" x2:GPSLongitude="1,0E""#));
    assert_eq!(other.gps, None);
    assert!(other.fields.iter().any(|(name, value)| name == "XMP x2:GPSLatitude" && value == "1,0N"));
}

#[test]
fn a_drones_names_are_known() {
    let drone =
        r#"d:GpsLatitude="+22.5311" d:GpsLongtitude="-114.0214" d:AbsoluteAltitude="+85.2" d:GimbalYawDegree="-78.8""#;
    let metadata = of_packet(&packet(drone));
    assert!(metadata.gps.is_some_and(|gps| (gps.lat, gps.lon) == (22.5311, -114.0214)), "{:?}", metadata.problems);
    assert_eq!((metadata.altitude_m, metadata.heading_deg), (Some(85.2), Some(281.2)));
    let down = of_packet(&packet(&format!(r#"{drone} d:GimbalPitchDegree="-90.0""#)));
    assert_eq!(down.heading_deg, None, "a camera that looks straight down looks nowhere");
}

#[test]
fn what_cannot_be_read_or_contradicts_is_said() {
    let odd = of_packet(&packet(r#"e:GPSLatitude="somewhere" e:GPSLongitude="66,56.7613E""#));
    let (latitude, longitude) = ("somewhere".to_owned(), "66,56.7613E".to_owned());
    assert_eq!((odd.gps, odd.problems), (None, vec![FileProblem::PositionNotRead { latitude, longitude }]));
    let broken = of_packet("<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF></x:xmpmeta>");
    assert_eq!(broken.problems, [FileProblem::XmpDamaged]);
    let gps = position(&[(48, 1), (8, 1), (6, 1)], Some("N"), &[(11, 1), (34, 1), (12, 1)], Some("E"));
    let first = segment(0xe1, &[b"Exif\0\0".as_slice(), &exif(&[], &gps)].concat());
    let second = segment(0xe1, &[JPEG_XMP, packet(PLACE).as_bytes()].concat());
    let both = of_jpeg(&[first, second]);
    assert!(both.gps.is_some_and(|gps| (gps.lat - 48.135).abs() < 1e-6), "Exif goes first");
    assert!(matches!(both.problems[..], [FileProblem::TwoPositions { .. }]), "{:?}", both.problems);
}

#[test]
fn exif_is_read_from_the_texts_of_older_programs_and_behind_a_needless_start() {
    let gps = position(&[(48, 1), (8, 1), (6, 1)], Some("N"), &[(11, 1), (34, 1), (12, 1)], Some("E"));
    let block = [b"Exif\0\0".as_slice(), &exif(&[(0x0112, Value::Short(3))], &gps)].concat();
    let digits: String = block.iter().map(|byte| format!("{byte:02x}")).collect();
    let lines: Vec<&str> =
        digits.as_bytes().chunks(72).map(|line| std::str::from_utf8(line).expect("digits")).collect();
    let profile = format!("\nexif\n    {}\n{}\n", block.len(), lines.join("\n"));
    let png = encoded(&street(), ImageFormat::Png);
    let plain = chunk(b"tEXt", format!("Raw profile type exif\0{profile}").as_bytes());
    let deflated = compress_to_vec_zlib(profile.as_bytes(), 6);
    let packed = chunk(b"zTXt", &[b"Raw profile type APP1\0\0".as_slice(), &deflated].concat());
    let webp = webp_with(&encoded(&street(), ImageFormat::WebP), b"EXIF", &block);
    for (name, file) in [("tEXt", png_with(&png, &[plain])), ("zTXt", png_with(&png, &[packed])), ("WebP", webp)] {
        let metadata = opened(&file);
        assert!(metadata.gps.is_some_and(|gps| (gps.lat - 48.135).abs() < 1e-6), "{name}: {:?}", metadata.problems);
        assert_eq!((metadata.orientation, metadata.problems.len()), (Some(3), 0), "{name}: {:?}", metadata.problems);
    }
}

#[test]
fn a_directory_pointed_to_by_the_type_of_directories_is_followed() {
    let gps = position(&[(48, 1), (8, 1), (6, 1)], Some("N"), &[(11, 1), (34, 1), (12, 1)], Some("E"));
    let mut block = exif(&[], &gps);
    // Both pointers are the only entries of the first directory; their types stand two bytes behind their starts.
    (block[12], block[24]) = (13, 13);
    let bytes = png_of(street().as_raw(), 48, 32, ExtendedColorType::Rgb8, Some(block));
    let metadata = opened(&bytes);
    assert!(metadata.gps.is_some_and(|gps| (gps.lat - 48.135).abs() < 1e-6), "{:?}", metadata.problems);
}

#[test]
fn street_views_of_mapillary_say_where_they_are_in_their_description() {
    let json = r#"{"MAPLatitude": -36.8485, "MAPLongitude": 174.7633, "MAPAltitude": 12.5,
        "MAPCaptureTime": "2023_05_31_14_03_09_123", "MAPCompassHeading": {"TrueHeading": 91.5, "MagneticHeading": 72.0}}"#;
    let metadata = metadata_of(&[(0x010e, Value::Text(json))], &[]);
    assert!(metadata.gps.is_some_and(|gps| (gps.lat, gps.lon) == (-36.8485, 174.7633)), "{:?}", metadata.problems);
    assert_eq!((metadata.heading_deg, metadata.heading_reference), (Some(91.5), Some(HeadingReference::True)));
    assert_eq!((metadata.altitude_m, metadata.taken.as_deref()), (Some(12.5), Some("2023-05-31 14:03:09 +00:00")));
    assert_eq!(metadata_of(&[(0x010e, Value::Text("{\"a\": 1}"))], &[]).gps, None);
}
