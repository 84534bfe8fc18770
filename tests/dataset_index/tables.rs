//! Tables as spreadsheets, cameras and databases write them, and folders as other programs leave them.

use std::fs;

use terrasight::dataset::{IndexOptions, IndexSource, PositionSource, SourceNote, index_pictures, table::TableOptions};

use crate::set::*;

/// A picture's name, and its latitude and longitude in hundredths of a degree.
type Placed = (String, Option<(i64, i64)>);

/// Indexes a table beside two pictures, `photos/a.jpg` and `photos/b.jpg`; gives their places in hundredths of a degree.
fn places(table: &[u8]) -> Result<Vec<Placed>, Box<dyn std::error::Error>> {
    let mut set = Set::new()?;
    fs::rename(set.file("pictures"), set.file("photos"))?;
    for (name, seed) in [("a.jpg", 1), ("b.jpg", 2)] {
        fs::write(set.file("photos").join(name), encoded(&drawn(seed, 60, 40), image::ImageFormat::Jpeg)?)?;
    }
    fs::write(set.file("table.csv"), table)?;
    set.run_source("table.csv")?;
    let hundredths = |degrees: f64| (degrees * 100.0).round() as i64;
    let place = |row: &terrasight::dataset::Row| row.position.map(|at| (hundredths(at.lat), hundredths(at.lon)));
    Ok(set.index.rows()?.iter().map(|row| (name(row), place(row))).collect())
}

#[test]
fn every_spreadsheet_says_the_same() -> Outcome {
    let utf_16: Vec<u8> = "\u{feff}path\tlatitude\tlongitude\tcity\r\nphotos\\a.jpg\t48.85\t2.35\tZürich\r\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let tables: [&[u8]; 12] = [
        b"path,latitude,longitude\nphotos/a.jpg,48.85,2.35\n",
        "path;latitude;longitude;city\nphotos/a.jpg;48,85;2,35;Zürich\n".as_bytes(),
        b"path;latitude;longitude;city\r\nphotos/a.jpg;48,85;2,35;Z\xfcrich\r\n",
        b"path,latitude,longitude\nphotos/a.jpg,\"48,85\",\"2,35\"\n",
        b"sep=;\r\npath;latitude;longitude\r\nphotos/a.jpg;48,85;2,35\r\n",
        b"path,latitude,longitude\r\nphotos\\a.jpg,48.85,2.35\r\n",
        b"SourceFile,GPSLatitude,GPSLongitude\nphotos/a.jpg,\"48 deg 51' 0.00\"\" N\",\"2 deg 21' 0.00\"\" E\"\n",
        b"SourceFile,GPSLatitude,GPSLatitudeRef,GPSLongitude,GPSLongitudeRef\nphotos/a.jpg,48.85,N,2.35,E\n",
        b"image_path,gt_latitude,gt_longitude\nphotos/a.jpg,48.85,2.35\n",
        b"image|lat|lng\nphotos/a.jpg|48.85|2.35\n",
        b"file name,coordinates\nphotos/a.jpg,\"48.85, 2.35\"\n",
        &utf_16,
    ];
    for table in tables {
        let shown = String::from_utf8_lossy(table);
        assert_eq!(places(table)?, [("photos/a.jpg".to_owned(), Some((4885, 235)))], "{shown}");
    }
    let absent = places(b"path,latitude,longitude,city\nphotos/a.jpg,NaN,NaN,nan\nphotos/b.jpg,NULL,,\n")?;
    assert_eq!(absent, [("photos/a.jpg".to_owned(), None), ("photos/b.jpg".to_owned(), None)]);
    let south =
        places(b"SourceFile,GPSLatitude,GPSLatitudeRef,GPSLongitude,GPSLongitudeRef\nphotos/a.jpg,33.9,S,70.5,West\n")?;
    assert_eq!(south[0].1, Some((-3390, -7050)), "a place is never taken to the wrong side of the Earth");
    Ok(())
}

#[test]
fn a_bad_row_costs_one_row_and_is_named() -> Outcome {
    let set = Set::of(3)?;
    let table = "path,lat,lng,pred_lat\n0000.jpg,48.85,2.35,1.5\n0001.jpg,95.1,2.3,1.5\n0002.jpg,48.9,2.4,1.5\n../x.jpg,1,2,3\n";
    fs::write(set.picture("t.csv"), table)?;
    let mut command = program(&["dataset", "index", "--no-score", "--into"]);
    let output = command.arg(set.index.path()).arg(set.picture("t.csv")).output()?;
    assert_eq!(output.status.code(), Some(0));
    let said = text(&output.stderr);
    for expected in [
        "t.csv: line 3, column 'lat': 95.1 lies outside -90 to 90",
        "line 5, column 'path': '../x.jpg' leaves the folder",
        "the column 'pred_lat' looks like a position and is not used",
    ] {
        assert!(said.contains(expected), "'{said}' does not say '{expected}'");
    }
    assert!(text(&output.stdout).contains("2 rows or records that cannot be used"), "{}", text(&output.stdout));
    assert_eq!(set.rows()?.into_keys().collect::<Vec<_>>(), ["0000.jpg", "0002.jpg"]);
    Ok(())
}

#[test]
fn columns_and_root_are_what_the_user_says() -> Outcome {
    let set = Set::of(2)?;
    fs::create_dir(set.file("tables"))?;
    fs::write(set.file("tables/t.dat"), "where;n;e;path\n0000.jpg;48,85;2,35;x\n0001;-33,9;151,2;y\n")?;
    let index = |extra: &[&str]| {
        let mut command = program(&["dataset", "index", "--no-score", "--into"]);
        command.arg(set.index.path()).arg(set.file("tables/t.dat")).args(extra).output()
    };
    let root = set.file("pictures").to_string_lossy().into_owned();
    let output = index(&["--columns", "path=where,latitude=n,longitude=e", "--root", &root])?;
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    let rows = set.rows()?;
    assert_eq!(rows.keys().collect::<Vec<_>>(), ["0000.jpg", "0001.jpg"], "a bare name is that of a picture");
    assert!(rows.values().all(|row| row.position_source == Some(PositionSource::Manifest)));
    assert_fails(&index(&["--columns", "path=nowhere"])?, "has no column 'nowhere' (it has: where, n, e, path)");
    assert_eq!(index(&["--columns", "colour=n"])?.status.code(), Some(2));
    let mut command = program(&["dataset", "index", "--no-score", "--root", &root, "--into"]);
    assert_fails(&command.arg(set.index.path()).arg(set.file("pictures")).output()?, "it is neither table nor records");
    Ok(())
}

#[test]
fn how_a_table_is_read_is_said_once() -> Outcome {
    let mut set = Set::of(2)?;
    fs::create_dir(set.file("tables"))?;
    let table = set.file("tables/t.csv");
    fs::write(&table, "where,n,e,city\n0000,48.85,2.35,Paris\n0001,-33.45,-70.66,Santiago\n")?;
    assert!(set.run_source("tables/t.csv").is_err_and(|error| error.to_string().contains("no column 'path'")));
    let columns = "path=where,latitude=n,longitude=e,city=".parse()?;
    let said = TableOptions { columns, root: Some(set.file("pictures")) };
    let source = IndexSource::with(table.clone(), said.clone());
    index_pictures(&mut set.index, &source, &IndexOptions::default(), None, &mut Watcher::default())?;
    let kept = set.index.table_options(&table)?.ok_or("it is kept")?;
    assert_eq!(
        (&kept.columns, kept.root.as_deref().map(fs::canonicalize).transpose()?),
        (&said.columns, Some(fs::canonicalize(set.file("pictures"))?))
    );
    fs::write(&table, "where,n,e,city\n0000,10,20,Paris\n0001,30,40,Santiago\n")?;
    set.run_source("tables/t.csv")?;
    let rows = set.rows()?;
    assert_eq!(rows["0001.jpg"].position.map(|at| (at.lat, at.lon)), Some((30.0, 40.0)));
    assert_eq!(rows["0001.jpg"].city, None, "that a column is not to be used is kept too");
    let anew = IndexSource::Table(table.clone(), Some(TableOptions::default()));
    let unclear = index_pictures(&mut set.index, &anew, &IndexOptions::default(), None, &mut Watcher::default());
    assert!(unclear.is_err(), "to be read by its names alone is a choice too");
    assert!(set.run_source("tables/t.csv").is_ok(), "which is not kept where nothing came of it");
    Ok(())
}

#[test]
fn the_columns_of_osv_5m_are_known() -> Outcome {
    let set = Set::new()?;
    set.add("00/546314506564628.jpg", 1)?;
    let header = "id,latitude,longitude,country,captured_at,lon_bin,lat_bin,cell,land_cover,road_index,drive_side,climate,\
                  soil,dist_sea,region,sub-region,city,unique_city,unique_sub-region,unique_region,unique_country,\
                  quadtree_10_1000,creator_username,creator_id";
    let row = "546314506564628,39.55910238557,8.8888751944543,IT,1700000000000,1,1,1,1,0.5,1,1,1,0.1,Sardinia,P,Sanluri,\
               Sanluri_x,x,Sardinia_IT,IT,1,,";
    fs::write(set.file("test.csv"), format!("{header}\n{row}\n"))?;
    let root = set.file("pictures").to_string_lossy().into_owned();
    let mut command = program(&["dataset", "index", "--no-score", "--root", &root, "--into"]);
    let output = command.arg(set.index.path()).arg(set.file("test.csv")).output()?;
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    let rows = set.rows()?;
    let row = &rows["00/546314506564628.jpg"];
    assert_eq!((row.position.map(|at| at.lat), row.city.as_deref()), (Some(39.55910238557), Some("Sanluri")));
    Ok(())
}

#[test]
fn what_is_none_of_the_set_is_left_out_and_counted_and_a_manifest_offered() -> Outcome {
    let mut set = Set::of(2)?;
    for (number, name) in
        ["labels/0000.png", "@eaDir/0000.jpg/thumb.jpg", "__MACOSX/0000.jpg", "a/labels/x.png"].iter().enumerate()
    {
        set.add(name, 10 + number as u32)?;
    }
    fs::write(set.picture("._0000.jpg"), b"scrap")?;
    fs::write(set.picture("manifest.csv"), "path,latitude,longitude\n0000.jpg,1,2\n")?;
    let summary = set.run()?.summary;
    assert_eq!((summary.found, summary.left_out), (2, 5));
    let [SourceNote::TableInFolder(table)] = &summary.notes[..] else { panic!("{:?}", summary.notes) };
    assert_eq!(table.file_name(), Some("manifest.csv".as_ref()));
    assert_eq!(set.run_source("pictures/labels")?.found, 1, "who names the folder means it");
    Ok(())
}
