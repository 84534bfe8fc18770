//! What other programs rely on when they read findings.

use super::*;
use crate::{
    geo::{LatLon, Shape},
    knowledge::clues::shipped_clues,
    predict::{
        FindingProblem,
        answer::{Answer, Problem},
        area::area_piece,
        finding::{CredibleKm, FileFacts, ModelUsed, PictureId, ProbabilityKind, SettingsUsed},
        reason::{Reasons, Thing},
        sign::Sign,
        statement::{Area, CountryShare, Source, Whereabouts},
    },
};

fn finding() -> Finding {
    Finding {
        picture: PictureId {
            path: "a <b> & \"c\".jpg".into(),
            sha256: "00ff".into(),
            width: 640,
            height: 480,
            metadata: FileFacts::default(),
        },
        model: ModelUsed {
            name: "starter".into(),
            sha256: None,
            adapters: vec![],
            device: "cpu".into(),
            precision: "Q8_0".into(),
            seed: 7,
        },
        settings: SettingsUsed {
            prompt: "Where?".into(),
            max_new_tokens: 256,
            temperature: 0.1,
            top_p: 1.0,
            picture_tokens: 1280,
            reads_signs: Some(true),
        },
        segmenter: None,
        encoder: None,
        program: "terrasight 0.1.0".into(),
        made_at: "2026-01-02T03:04:05Z".into(),
        withheld: None,
        reasons: Default::default(),
        answer: Some(Answer {
            country: Some("France".into()),
            city: Some("Lyon".into()),
            reasons: vec!["blue\nplates".into()],
        }),
        reasoning: "{'country': 'France'}".into(),
        reasoning_tokens: Vec::new(),
        candidates: vec![Candidate {
            rank: 1,
            lat: 45.748,
            lon: 4.847,
            probability: 0.52,
            within_100_km: 0.3,
            country: "France".into(),
            country_code: "FR".parse().ok(),
            region: "Rhône-Alpes".into(),
            city: "Lyon".into(),
            carried_by: vec![EvidenceKind::ModelCity],
            carriers: vec![],
            change: None,
        }],
        credible_km: CredibleKm { p50: 200.0, p90: 560.5 },
        probability_kind: ProbabilityKind::Raw,
        calibrated_on: None,
        credible_cells: Default::default(),
        countries: vec![CountryShare { country_code: "FR".parse().unwrap(), probability: 0.8 }],
        evidence: vec![Evidence {
            kind: EvidenceKind::MetadataGps,
            statement: Statement::FilePosition(Whereabouts {
                position: LatLon { lat: 52.2, lon: 21.0 },
                near: Some("Warsaw".into()),
                country: "PL".parse().ok(),
            }),
            source: Source::Metadata,
            id: "metadata_gps".into(),
            strength: 0.0,
            on: true,
            region: None,
            position: LatLon::new(52.2, 21.0),
        }],
        signs: Vec::new(),
        locatability: None,
        problems: vec![FindingProblem::Answer(Problem::NoReasons)],
    }
}

fn outcomes() -> Vec<Outcome> {
    vec![Outcome::Found(Box::new(finding())), Outcome::failed("b.jpg", "b.jpg: not a picture, 'really'\u{1}")]
}

fn keys(value: &Value) -> Vec<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

#[test]
fn json_has_the_fields_of_the_design_and_reads_back() {
    let text = json(&outcomes());
    let list: Value = serde_json::from_str(&text).unwrap();
    let all = [
        "picture",
        "model",
        "segmenter",
        "settings",
        "program",
        "made_at",
        "answer",
        "claims",
        "reasoning",
        "candidates",
        "credible_km",
        "probability_kind",
        "candidate_probability_kind",
        "credible_cells",
        "countries",
        "evidence",
        "signs",
        "locatability",
        "problems",
    ];
    assert_eq!(keys(&list[0]), all);
    assert_eq!(keys(&list[0]["picture"]), ["path", "sha256", "width", "height", "metadata"]);
    assert_eq!(keys(&list[0]["model"]), ["name", "sha256", "adapters", "device", "precision", "seed"]);
    assert_eq!(keys(&list[0]["answer"]), ["country", "city", "reasons"]);
    let candidate = keys(&list[0]["candidates"][0]);
    assert_eq!(
        candidate[..9],
        ["rank", "lat", "lon", "probability", "within_100_km", "country", "country_code", "region", "city"]
    );
    assert_eq!(list[0]["candidates"][0]["country_code"], "FR");
    assert_eq!(list[0]["probability_kind"], "raw");
    assert_eq!(list[0]["evidence"][0]["kind"], "metadata_gps");
    assert!(text.contains("\"temperature\": 0.1,"), "{text}");
    assert!(list[0]["locatability"].is_null());
    assert_eq!(list[1]["picture"], json!({ "path": "b.jpg" }));
    assert_eq!(keys(&list[1]), ["picture", "error"]);
    let [problem, evidence] = ["problems", "evidence"].map(|key| &list[0][key][0]);
    assert_eq!(problem, "The model gave no reasons.");
    assert_eq!(evidence["text"], "The file gives the position 52.20000, 21.00000 (near Warsaw, Poland).");
    assert_eq!(evidence["source"], "the picture file's metadata");
    let quoted = |text: &Value| text.as_str().unwrap().to_owned();
    let mut expected = finding();
    expected.problems = vec![FindingProblem::Quoted(quoted(problem))];
    expected.evidence[0].statement = Statement::Quoted(quoted(&evidence["text"]));
    expected.evidence[0].source = Source::Quoted(quoted(&evidence["source"]));
    let back: Vec<Outcome> = serde_json::from_str(&text).unwrap();
    assert_eq!(back, [Outcome::Found(Box::new(expected)), outcomes().remove(1)]);
}

#[test]
fn json_says_of_each_claim_what_was_found_and_where() {
    let answer = Answer {
        country: Some("Norway".into()),
        city: None,
        reasons: vec!["palm trees".into(), "the sign says Salida".into()],
    };
    let signs = [Sign { id: "4".into(), ..Sign::added([0.25, 0.5, 0.5, 0.75], "Salida") }];
    let things = vec![Thing { class: "palm".into(), share: 0.2, boxes: vec![[0.0, 0.0, 0.5, 0.5]] }];
    let reasons = Reasons::of(&answer, &[], Some(&signs), Some(things), shipped_clues());
    let text = json(&[Outcome::Found(Box::new(Finding { answer: Some(answer), reasons, ..finding() }))]);
    let list: Value = serde_json::from_str(&text).unwrap();
    let [palm, sign] = [0, 1].map(|at| &list[0]["claims"][at]);
    assert_eq!(keys(palm), ["reason", "text", "state", "says", "record", "signs", "boxes"]);
    assert_eq!((&palm["state"], &palm["record"]["id"]), (&json!("contradicts_knowledge"), &json!("plant-palm")));
    assert!(palm["record"]["source"]["address"].as_str().unwrap().starts_with("https://"));
    assert_eq!(palm["boxes"], json!([[0.0, 0.0, 0.5, 0.5]]));
    assert_eq!((&sign["reason"], &sign["state"], &sign["signs"]), (&json!(1), &json!("supported"), &json!(["4"])));
    assert_eq!(sign["boxes"], json!([[0.25, 0.5, 0.5, 0.75]]));
}

#[test]
fn a_finding_that_is_kept_keeps_its_codes() {
    let kept = serde_json::to_value(finding()).unwrap();
    assert_eq!(kept["problems"], json!([{ "code": "answer", "of": "no_reasons" }]));
    assert_eq!(kept["evidence"][0]["statement"]["code"], "file_position");
    assert_eq!(kept["evidence"][0]["source"], json!({ "code": "metadata" }));
    assert_eq!(serde_json::from_value::<Finding>(kept).unwrap(), finding());
}

#[test]
fn geojson_has_points_circles_and_the_files_position() {
    let value: Value = serde_json::from_str(&geojson(&outcomes())).unwrap();
    let features = value["features"].as_array().unwrap();
    let roles: Vec<&str> = features.iter().map(|feature| feature["properties"]["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["picture", "candidate", "credible_p90", "credible_p50", "metadata_gps", "failed"]);
    let picture = &features[0]["properties"];
    assert_eq!((&picture["sha256"], &picture["model"]["seed"]), (&json!("00ff"), &json!(7)));
    assert_eq!(picture["problems"], json!(["The model gave no reasons."]));
    assert_eq!(features[1]["geometry"]["coordinates"], json!([4.847, 45.748]));
    assert_eq!(features[2]["geometry"]["type"], "MultiPolygon");
}

#[test]
fn a_picture_without_a_place_is_in_every_format_and_no_radius_is_given_for_it() {
    let found = Finding { candidates: Vec::new(), evidence: Vec::new(), ..finding() };
    let nowhere = [Outcome::Found(Box::new(found))];
    let list: Value = serde_json::from_str(&json(&nowhere)).unwrap();
    assert!(list[0]["credible_km"].is_null() && list[0]["credible_cells"].is_null());
    let back: Vec<Outcome> = serde_json::from_str(&json(&nowhere)).unwrap();
    assert!(matches!(&back[..], [Outcome::Found(back)] if back.credible_km == CredibleKm::default()));
    let value: Value = serde_json::from_str(&geojson(&nowhere)).unwrap();
    let features = value["features"].as_array().unwrap();
    assert_eq!((features.len(), &features[0]["geometry"]), (1, &Value::Null));
    assert!(kml(&nowhere).contains("<description>starter; No place found. The model gave no reasons.</description>"));
    assert!(!csv(&nowhere).contains("560.5"));
}

#[test]
fn a_towns_score_is_never_called_calibrated() {
    let mut found = finding();
    found.probability_kind = ProbabilityKind::Calibrated;
    let outcomes = [Outcome::Found(Box::new(found))];
    let list: Value = serde_json::from_str(&json(&outcomes)).unwrap();
    let kinds = ["probability_kind", "candidate_probability_kind"].map(|key| list[0][key].clone());
    assert_eq!(kinds, [json!("calibrated"), json!("raw")]);
    let value: Value = serde_json::from_str(&geojson(&outcomes)).unwrap();
    let [candidate, area] = [1, 2].map(|at| &value["features"][at]["properties"]);
    assert_eq!(
        (&candidate["probability_kind"], &candidate["within_100_km_kind"]),
        (&json!("raw"), &json!("calibrated"))
    );
    assert_eq!(area["share_kind"], "calibrated");
    let table = csv(&outcomes);
    let mut table = csv::Reader::from_reader(table.as_bytes());
    let (columns, row) = (table.headers().unwrap().clone(), table.records().next().unwrap().unwrap());
    let cell = |name: &str| &row[columns.iter().position(|column| column == name).unwrap()];
    assert_eq!((cell("probability_kind"), cell("within_100_km_kind")), ("raw", "calibrated"));
    assert_eq!(ProbabilityKind::Edited.of_candidates(), ProbabilityKind::Edited);
}

#[test]
fn findings_of_earlier_versions_open_and_know_no_more_than_they_knew() {
    let mut kept = serde_json::to_value(finding()).unwrap();
    kept["model"].as_object_mut().unwrap().remove("precision");
    kept["settings"].as_object_mut().unwrap().remove("reads_signs");
    let back: Finding = serde_json::from_value(kept).unwrap();
    assert_eq!((back.model.precision.as_str(), back.settings.reads_signs, back.encoder), ("", None, None));
}

/// A finding with an area of the user's: a box over the antimeridian with a hole, and a circle.
fn finding_within(is_inside: bool) -> (Finding, Region) {
    let corners = |corners: [(f64, f64); 4]| corners.map(|(lat, lon)| LatLon { lat, lon }).to_vec();
    let outer = corners([(-20.0, 175.0), (-20.0, 190.0), (-10.0, 190.0), (-10.0, 175.0)]);
    let hole = corners([(-18.0, 178.0), (-18.0, 182.0), (-16.0, 182.0), (-16.0, 178.0)]);
    let circle = Shape::Circle { centre: LatLon { lat: 46.0, lon: 7.0 }, km: 30.0 };
    let region = Region::new(vec![Shape::Polygon { rings: vec![outer, hole] }, circle]).unwrap();
    let mut found = finding();
    found.candidates.clear();
    found.evidence = [
        Area::Loaded { file: "a <b>.kml".into(), region: region.clone() },
        Area::Countries(vec!["FR".parse().unwrap()]),
    ]
    .map(|area| area_piece(area, is_inside).evidence)
    .into();
    (found, region)
}

#[test]
fn what_is_exported_of_an_area_is_the_same_area_when_it_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    for is_inside in [true, false] {
        let (found, region) = finding_within(is_inside);
        let outcomes = [Outcome::Found(Box::new(found))];
        for (name, text) in [("a.geojson", geojson(&outcomes)), ("a.kml", kml(&outcomes))] {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            let back = geo::read_region(&path).unwrap();
            // The circle comes back as a polygon of many corners.
            assert!((back.area_km2() / region.area_km2() - 1.0).abs() < 1e-5, "{name}");
            for at in [(-19.0, 179.9), (-19.0, -179.9), (-17.0, 180.0), (-17.0, 176.0), (46.2, 7.0), (46.3, 7.0)] {
                let at = LatLon::new(at.0, at.1).unwrap();
                assert_eq!(back.contains(at), region.contains(at), "{name} {at:?}");
            }
        }
    }
}

#[test]
fn areas_are_cut_at_the_antimeridian_and_turn_as_rfc_7946_says() {
    let value: Value = serde_json::from_str(&geojson(&[Outcome::Found(Box::new(finding_within(false).0))])).unwrap();
    let features = value["features"].as_array().unwrap();
    assert_eq!(features.len(), 2, "the picture, and no outline of countries");
    let properties = &features[1]["properties"];
    assert_eq!((&properties["role"], &properties["on"]), (&json!("not_here"), &json!(true)));
    assert_eq!(properties["text"], "Not within a <b>.kml (1,697,423 km²).");
    let polygons = features[1]["geometry"]["coordinates"].as_array().unwrap();
    assert_eq!(polygons.len(), 3);
    for (at, ring) in polygons.iter().flat_map(|polygon| polygon.as_array().unwrap().iter().enumerate()) {
        let points: Vec<[f64; 2]> = serde_json::from_value(ring.clone()).unwrap();
        assert_eq!(points.first(), points.last());
        assert!(points.iter().all(|[lon, lat]| lon.abs() <= 180.0 && lat.abs() <= 90.0));
        let turn: f64 = points.windows(2).map(|pair| pair[0][0] * pair[1][1] - pair[1][0] * pair[0][1]).sum();
        assert!(if at == 0 { turn > 0.0 } else { turn < 0.0 }, "{at} {turn}");
    }
}

#[test]
fn kml_escapes_what_paths_and_errors_hold() {
    let text = kml(&outcomes());
    assert!(text.contains("a &lt;b&gt; &amp; &quot;c&quot;.jpg") && text.contains("<coordinates>4.847000,45.748000"));
    assert!(!text.contains('\u{1}'));
    assert_eq!(text.matches("<Folder>").count(), text.matches("</Folder>").count());
    assert_eq!(text.matches("<Placemark>").count(), 4);
}

#[test]
fn csv_has_a_line_a_candidate_and_one_for_a_failure() {
    let text = csv(&outcomes());
    let rows: Vec<csv::StringRecord> =
        csv::Reader::from_reader(text.as_bytes()).records().map(|row| row.unwrap()).collect();
    assert_eq!(rows.len(), 2);
    assert_eq!((&rows[0][0], &rows[0][9], &rows[0][12]), ("a <b> & \"c\".jpg", "FR", "Lyon"));
    assert!(rows[1][21].contains("not a picture"));
}

#[test]
fn no_cell_begins_a_formula_and_a_description_stays_text_on_a_globe() {
    let mut found = finding();
    found.picture.path = "=1+1.jpg".into();
    found.candidates[0].city = "@SUM(A1)".into();
    found.evidence[0].statement = Statement::Quoted("<b>$[name]</b>".into());
    let outcomes = [Outcome::Found(Box::new(found))];
    let table = csv(&outcomes);
    let row = csv::Reader::from_reader(table.as_bytes()).records().next().unwrap().unwrap();
    assert_eq!((&row[0], &row[12]), ("./=1+1.jpg", "'@SUM(A1)"));
    assert!(kml(&outcomes).contains("&amp;lt;b&amp;gt;&amp;#36;[name]&amp;lt;/b&amp;gt;"));
}
