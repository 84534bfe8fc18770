//! Files as map programs write them, and files that do not hold what they should.

use super::*;
use RegionFileProblem as Problem;

fn read(text: &str) -> Region {
    region_of(text.as_bytes()).unwrap()
}

#[track_caller]
fn refused(text: impl AsRef<[u8]>) -> Problem {
    let why = region_of(text.as_ref()).unwrap_err();
    assert!(!why.to_string().contains('\n') && why.to_string().len() < 200, "{why}");
    why
}

fn holds(region: &Region, lat: f64, lon: f64) -> bool {
    region.contains(LatLon::new(lat, lon).unwrap())
}

fn polygon_of(coordinates: &str) -> String {
    format!(r#"{{"type": "Polygon", "coordinates": {coordinates}}}"#)
}

const KML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder><Placemark><name>Alps &amp; more</name>
<MultiGeometry><Polygon><tessellate>1</tessellate>
  <outerBoundaryIs><LinearRing><coordinates>
    5,44,0 15,44,0 15,48,120.5
    5,48,0 5,44,0
  </coordinates></LinearRing></outerBoundaryIs>
  <innerBoundaryIs><LinearRing><coordinates>7,45 9,45 9,47 7,47 7,45</coordinates></LinearRing></innerBoundaryIs>
</Polygon><Point><coordinates>100,10</coordinates></Point></MultiGeometry></Placemark></Folder>
<Placemark><gx:Thing xmlns:gx="x"><Polygon><outerBoundaryIs><LinearRing><coordinates><!-- a note -->20,0 21,0 21,1</coordinates>
</LinearRing></outerBoundaryIs></Polygon></gx:Thing></Placemark></Document></kml>"#;

#[test]
fn geojson_of_every_kind() {
    let square = "[[[0,0],[10,0],[10,10],[0,10],[0,0]],[[2,2,7.5],[2,8],[8,8],[8,2],[2,2]]]";
    let bare = polygon_of(square);
    let multi = format!(r#"{{"type": "MultiPolygon", "coordinates": [{square}]}}"#);
    let feature = format!(r#"{{"type": "Feature", "properties": null, "geometry": {bare}, "id": 3}}"#);
    let collection = format!(r#"{{"type": "GeometryCollection", "geometries": [{multi}]}}"#);
    let features = format!(
        r#"{{"type": "FeatureCollection", "name": "x", "bbox": [0, 0, 1, 1], "features": [
            {{"type": "Feature", "geometry": null, "properties": {{}}}}, {feature},
            {{"type": "Feature", "geometry": {{"type": "LineString", "coordinates": [[0,0],[1,1]]}}, "properties": {{}}}}]}}"#
    );
    for text in [&bare, &multi, &feature, &collection, &features, &format!("\u{feff} {bare}\n")] {
        let region = read(text);
        assert!(holds(&region, 1.0, 5.0) && !holds(&region, 5.0, 5.0) && !holds(&region, 5.0, 11.0), "{text}");
    }
}

#[test]
fn points_with_a_radius_are_circles() {
    let point = |properties: &str| {
        format!(
            r#"{{"type": "Feature", "properties": {properties}, "geometry": {{"type": "Point", "coordinates": [2, 48]}}}}"#
        )
    };
    let circle = |km| vec![Shape::Circle { centre: LatLon { lat: 48.0, lon: 2.0 }, km }];
    assert_eq!(read(&point(r#"{"radius_km": 25}"#)).shapes(), circle(25.0));
    assert_eq!(read(&point(r#"{"radius": 500.0, "name": "a"}"#)).shapes(), circle(0.5));
    assert_eq!(refused(point(r#"{"radius": "wide"}"#)), Problem::NoShapes);
    assert_eq!(refused(point(r#"{"radius_km": -5}"#)), Problem::Shapes(RegionError::Radius(-5.0)));
}

#[test]
fn kml_with_holes_folders_and_foreign_parts() {
    let region = read(KML);
    assert_eq!(region.shapes().len(), 2);
    assert!(holds(&region, 44.5, 6.0) && !holds(&region, 46.0, 8.0) && holds(&region, 0.2, 20.5));
    assert!(!holds(&region, 10.0, 100.0));
}

#[test]
fn rings_over_the_antimeridian_cut_or_not() {
    for text in [
        "[[[177,-20],[-178,-20],[-178,-14],[177,-14],[177,-20]]]",
        "[[[-178,-14],[-178,-20],[177,-20],[177,-14]]]",
        "[[[177,-20],[182,-20],[182,-14],[177,-14],[177,-20]]]",
        "[[[-183,-20],[-178,-20],[-178,-14],[-183,-14],[-183,-20]]]",
    ] {
        let region = read(&polygon_of(text));
        assert!(holds(&region, -17.0, 179.0) && holds(&region, -17.0, -179.0), "{text}");
        assert!(!holds(&region, -17.0, 0.0) && !holds(&region, -17.0, -177.0), "{text}");
        assert!(region.area_km2() < 5.1 * 111.2 * 6.1 * 111.2, "{text}");
    }
    let cut = read(
        r#"{"type": "MultiPolygon", "coordinates": [[[[177,-20],[180,-20],[180,-14],[177,-14],[177,-20]]],
            [[[-180,-20],[-178,-20],[-178,-14],[-180,-14],[-180,-20]]]]}"#,
    );
    assert!(holds(&cut, -17.0, 180.0) && !holds(&cut, -17.0, 0.0));
    let wide = read(&polygon_of("[[[-100,0],[100,0],[100,10],[-100,10],[-100,0]]]"));
    assert!(holds(&wide, 5.0, 0.0) && !holds(&wide, 5.0, 180.0), "RFC 7946: straight in degrees");
    let from_edge = read(&polygon_of("[[[-180,0],[100,0],[100,10],[-180,10],[-180,0]]]"));
    assert!(
        holds(&from_edge, 5.0, 0.0) && !holds(&from_edge, 5.0, 150.0),
        "an edge of the flat map is meant as it stands"
    );
    let whole = read(&polygon_of("[[[-180,-90],[180,-90],[180,90],[-180,90],[-180,-90]]]"));
    assert!(holds(&whole, 5.0, 0.0) && holds(&whole, -90.0, 0.0));
}

#[test]
fn rings_around_a_pole_hold_it() {
    let around = |lat: f64, westward: bool| {
        let mut corners: Vec<String> = (0..12).map(|at| format!("[{}, {lat}]", -165 + 30 * at)).collect();
        if westward {
            corners.reverse();
        }
        read(&polygon_of(&format!("[[{}]]", corners.join(", "))))
    };
    for westward in [false, true] {
        let (south, north) = (around(-70.0, westward), around(65.0, westward));
        for lon in [-180.0, -179.0, -100.0, 0.0, 100.0, 179.0] {
            assert!(holds(&south, -80.0, lon) && holds(&south, -90.0, lon) && !holds(&south, -60.0, lon), "{lon}");
            assert!(holds(&north, 70.0, lon) && holds(&north, 90.0, lon) && !holds(&north, 60.0, lon), "{lon}");
        }
    }
}

#[test]
fn damaged_and_hostile_files_are_named() {
    let bare = polygon_of("[[[0,0],[10,0],[10,10],[0,10],[0,0]]]");
    for end in 1..bare.len() {
        assert!(matches!(refused(&bare[..end]), Problem::Json(_)), "{end}");
    }
    for end in 1..KML.len() {
        assert!(matches!(refused(&KML[..end]), Problem::Xml(_) | Problem::Neither), "{end}");
    }
    for (text, why) in [
        ("", Problem::Neither),
        ("1,2,3", Problem::Neither),
        ("<html><body></body></html>", Problem::Neither),
        (r#"{"type": "FeatureCollection", "features": []}"#, Problem::NoShapes),
        ("<kml></kml>", Problem::NoShapes),
        (&polygon_of("[]"), Problem::Shapes(RegionError::Empty)),
        (&polygon_of("[[[0,0],[1,1]]]"), Problem::Shapes(RegionError::Empty)),
        (&polygon_of("[[[0,0],[0,95],[5,5]]]"), Problem::Shapes(RegionError::NoPoint { lat: 95.0, lon: 0.0 })),
    ] {
        assert_eq!(refused(text), why, "{text}");
    }
    assert!(refused(polygon_of("[[[0],[1,1],[2,2]]]")).to_string().contains("fewer than two numbers"));
    assert!(refused(polygon_of("[[[0,\"x\"]]]")).to_string().contains("invalid type"));
    assert!(refused(polygon_of("[[[0,1e999]]]")).to_string().contains("number out of range"));
    assert!(refused(r#"{"kind": 1}"#).to_string().contains("missing field `type`"));
    let collection = r#"{"type": "GeometryCollection", "geometries": ["#;
    let deep = collection.repeat(100_000) + &"]}".repeat(100_000);
    assert!(refused(&deep).to_string().contains("recursion limit"));
    let corner = refused(KML.replace("15,48,120.5", "15;48"));
    assert!(corner.to_string().contains("15;48"), "{corner}");
    let folders = format!("<kml>{}{}</kml>", "<Folder>".repeat(200_000), "</Folder>".repeat(200_000));
    assert_eq!(refused(folders), Problem::NoShapes);
    assert!(matches!(refused([b"<kml>\xff\xfe<".as_slice(), &[0; 9]].concat()), Problem::Xml(_)));
    let metres = r#"{"type": "FeatureCollection", "features": [],
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25832"}}}"#;
    assert!(refused(metres).to_string().contains("25832"));
    assert_eq!(refused(metres.replace("EPSG::25832", "OGC:1.3:CRS84")), Problem::NoShapes);
}

#[test]
fn the_file_is_named_and_its_size_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("area.geojson");
    let said = read_region(&path).unwrap_err().to_string();
    assert!(said.contains("area.geojson: it cannot be read"), "{said}");
    std::fs::write(&path, polygon_of("[[[0,0],[10,0],[10,10]]]")).unwrap();
    assert_eq!(read_region(&path).unwrap().shapes().len(), 1);
    let file = File::create(&path).unwrap();
    file.set_len(MOST_BYTES + 1).unwrap();
    assert_eq!(read_region(&path).unwrap_err().why, Problem::TooLarge);
    assert!(read_region(folder.path()).is_err());
}

/// A KMZ of these files.
fn kmz(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut archive, bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn a_kmz_is_its_document_at_the_root() {
    let other = KML.replace("5,44,0 15,44,0", "5,40,0 15,40,0");
    let packed = kmz(&[("files/flag.png", &[0; 99]), ("old/a.kml", other.as_bytes()), ("doc.KML", KML.as_bytes())]);
    assert_eq!(region_of(&packed).unwrap(), read(KML));
    let in_folder = kmz(&[("old/a.kml", other.as_bytes())]);
    assert_eq!(region_of(&in_folder).unwrap(), read(&other));

    assert_eq!(refused(kmz(&[("a.txt", b"kml")])), Problem::NoDocument);
    assert!(matches!(refused("PK\u{3}\u{4}..."), Problem::Packed(_)));
    for end in (4..packed.len()).step_by(7) {
        assert!(matches!(refused(&packed[..end]), Problem::Packed(_)), "{end}");
    }
    let bomb = kmz(&[("doc.kml", &vec![b' '; MOST_BYTES as usize + 1])]);
    assert!(bomb.len() < 100_000);
    assert_eq!(refused(bomb), Problem::TooLargeUnpacked);
}

#[test]
fn kml_has_circles_as_points_with_a_radius_and_as_bare_rings() {
    let placemark = |data: &str| {
        let point = "<Point><coordinates>2,48,0</coordinates></Point>";
        format!("<kml><Placemark><ExtendedData>{data}</ExtendedData>{point}</Placemark></kml>")
    };
    for data in [
        r#"<Data name="radius_km"><value>50</value></Data>"#,
        r#"<Data name="x"><value>9</value></Data><Data name="radius"><value><![CDATA[50000]]></value></Data>"#,
        r#"<Data name="radius"><value>50000</value></Data><Data name="x"><value>9</value></Data>"#,
        r##"<SchemaData schemaUrl="#a"><SimpleData name="radius">50000</SimpleData></SchemaData>"##,
    ] {
        let region = read(&placemark(data));
        assert_eq!(region.bounding_circle(), (LatLon { lat: 48.0, lon: 2.0 }, 50.0), "{data}");
    }
    assert_eq!(refused(placemark(r#"<Data name="radius"><value>wide</value></Data>"#)), Problem::NoShapes);
    assert!(matches!(refused(placemark(r#"<Data name="radius"><value>-3</value></Data>"#)), Problem::Shapes(_)));
    let two = placemark("").replace("</kml>", &placemark(r#"<Data name="radius"><value>9</value></Data>"#)[5..]);
    assert_eq!(read(&two).shapes().len(), 1, "a radius is its own placemark's");

    let ring = "<LinearRing><coordinates>1,1 2,1 2,2 1,1</coordinates></LinearRing>";
    let region = read(&format!(
        "<kml><Style id='a'><LineStyle><color>ff0000ff</color></LineStyle></Style><Placemark><MultiGeometry>{ring}
         <LineString><coordinates>50,50 51,51</coordinates></LineString></MultiGeometry></Placemark></kml>"
    ));
    assert!(holds(&region, 1.2, 1.8) && region.shapes().len() == 1);
}

#[test]
fn entities_are_never_expanded() {
    let mut document = "<!DOCTYPE kml [<!ENTITY a0 \"1,1 2,1 2,2 \">".to_owned();
    for n in 1..40 {
        document += &format!("<!ENTITY a{n} \"{}\">", format!("&a{};", n - 1).repeat(10));
    }
    document += "]><kml><Polygon><outerBoundaryIs><LinearRing><coordinates>&a39;</coordinates></LinearRing>\
                 </outerBoundaryIs></Polygon></kml>";
    assert_eq!(refused(document), Problem::Shapes(RegionError::Empty));
}
