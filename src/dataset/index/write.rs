//! Rows on their way into the index, many in one transaction.

use rusqlite::{Connection, params};

use super::{
    error::IndexError,
    record::{Content, Facts, Record, Scored},
    row::PositionSource,
    store::{Index, now},
    trouble::{GONE, Trouble},
};
use crate::{
    dataset::label::Label,
    geo::{self, CountryCode, LatLon},
};

/// Columns that a reading fills, in the order in which [`write_row`] does.
pub(super) const FILLED: &str = "path, bytes, modified, sha256, width, height, taken, latitude, longitude, \
     position_source, country, city, locatability, scorer, hash, error, reason, label, written, revision";

/// Takes the news in: all of it or nothing.
pub(super) fn write(index: &mut Index, records: &[Record]) -> Result<(), IndexError> {
    if records.is_empty() {
        return Ok(());
    }
    index.write(|db, revision| records.iter().try_for_each(|record| write_record(db, record, revision)))
}

fn write_record(db: &Connection, record: &Record, revision: i64) -> rusqlite::Result<()> {
    if let Some(before) = &record.moved_from {
        // The row keeps its number and its mark, and gets its new place.
        db.execute("UPDATE pictures SET path = ?2 WHERE path = ?1", params![before, record.key])?;
    }
    match &record.content {
        Content::Read(facts, scored) => write_row(db, record, Some(facts), scored, revision),
        Content::Unreadable(trouble) => {
            let scored = Scored { error: Some(trouble.clone()), ..Scored::by_label(record.label.as_deref()) };
            write_row(db, record, None, &scored, revision)
        }
        Content::Rescored(scored) => {
            let update = "UPDATE pictures SET locatability = ?2, scorer = ?3, error = ?4, reason = ?5, written = ?6, \
                 revision = ?7 WHERE path = ?1";
            let Scored { locatability, scorer, error } = scored;
            let (code, reason) = (error.as_ref().map(Trouble::code), error.as_ref().and_then(Trouble::reason));
            db.execute(update, params![record.key, locatability, scorer, code, reason, now(), revision]).map(drop)
        }
        Content::Back => {
            let update = "UPDATE pictures SET error = NULL, reason = NULL, written = ?2, revision = ?3 WHERE path = ?1";
            db.execute(update, params![record.key, now(), revision]).map(drop)
        }
        Content::Missing => {
            let update = "UPDATE pictures SET error = ?2, reason = NULL, written = ?3, revision = ?4 \
                 WHERE path = ?1 AND sha256 IS NOT NULL";
            if db.execute(update, params![record.key, GONE, now(), revision])? > 0 {
                return Ok(());
            }
            let scored = Scored { error: Some(Trouble::Missing), ..Scored::by_label(record.label.as_deref()) };
            write_row(db, record, None, &scored, revision)
        }
    }
}

fn write_row(
    db: &Connection,
    record: &Record,
    facts: Option<&Facts>,
    scored: &Scored,
    revision: i64,
) -> rusqlite::Result<()> {
    let Record { key, stamp, label, .. } = record;
    let place = WhereTaken::of(&Label::from_json(label.as_deref()), facts.and_then(|facts| facts.gps));
    let values = params![
        key,
        stamp.bytes.cast_signed(),
        stamp.modified,
        facts.map(|facts| &facts.sha256),
        facts.map_or(0, |facts| facts.width),
        facts.map_or(0, |facts| facts.height),
        facts.and_then(|facts| facts.taken.as_ref()),
        place.position.map(|position| position.lat),
        place.position.map(|position| position.lon),
        place.source.map(PositionSource::name),
        place.country.as_ref().map(CountryCode::as_str),
        place.city,
        scored.locatability,
        scored.scorer,
        facts.map(|facts| facts.hash.cast_signed()),
        scored.error.as_ref().map(Trouble::code),
        scored.error.as_ref().and_then(Trouble::reason),
        label,
        now(),
        revision,
    ];
    let id: i64 = db.query_row(&upsert(FILLED), values, |row| row.get(0))?;
    match facts {
        Some(facts) => db.execute("INSERT OR REPLACE INTO thumbnails VALUES (?1, ?2)", params![id, facts.thumbnail]),
        None => db.execute("DELETE FROM thumbnails WHERE id = ?1", [id]),
    }
    .map(drop)
}

/// The statement that writes these columns of a row, new or known by its path, and gives its number.
pub(super) fn upsert(columns: &str) -> String {
    let names = || columns.split(',').map(str::trim);
    let places: Vec<String> = (1..=names().count()).map(|number| format!("?{number}")).collect();
    let updates: Vec<String> = names().map(|name| format!("{name} = excluded.{name}")).collect();
    let (places, updates) = (places.join(", "), updates.join(", "));
    format!(
        "INSERT INTO pictures ({columns}) VALUES ({places}) ON CONFLICT (path) DO UPDATE SET {updates} RETURNING id"
    )
}

/// Where a picture was taken, as far as manifest and metadata tell.
struct WhereTaken {
    position: Option<LatLon>,
    source: Option<PositionSource>,
    country: Option<CountryCode>,
    city: Option<String>,
}

impl WhereTaken {
    fn of(label: &Label, gps: Option<LatLon>) -> Self {
        let (position, source) = match (label.position, gps) {
            (Some(position), _) => (Some(position), Some(PositionSource::Manifest)),
            (None, Some(gps)) => (Some(gps), Some(PositionSource::Exif)),
            (None, None) => (None, None),
        };
        let country = label.country.or_else(|| Some(geo::country_at(position?)?.code));
        Self { position, source, country, city: label.city.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::index::{record::Stamp, row::Row};

    /// SQLite itself says that there is no room, as it does on a full disk.
    #[test]
    fn a_full_disk_is_said_and_leaves_the_index_whole() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("index.sqlite");
        let mut index = Index::create_or_open(&file).unwrap();
        let pages: i64 = index.opened.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        index.opened.connection.pragma_update(None, "max_page_count", pages).unwrap();
        let records: Vec<Record> = (0..2000)
            .map(|number| Record {
                key: format!("{number}.jpg"),
                stamp: Stamp::default(),
                moved_from: None,
                label: None,
                content: Content::Unreadable(Trouble::Unread("is empty".to_owned())),
            })
            .collect();
        let error = write(&mut index, &records).unwrap_err();
        assert!(matches!(error, IndexError::Full(_)), "{error}");
        assert!(error.to_string().contains("the disk is full"), "{error}");
        drop(index);
        assert_eq!(Index::open(&file).unwrap().rows().unwrap(), []);
    }

    #[test]
    fn rows_come_back_as_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let mut index = Index::create_or_open(&folder.path().join("index.sqlite")).unwrap();
        let facts = Facts {
            sha256: "ab".repeat(32),
            width: 640,
            height: 480,
            taken: Some("2024-05-31 14:03:09".to_owned()),
            gps: LatLon::new(48.85, 2.35),
            hash: u64::MAX - 1,
            thumbnail: vec![1, 2, 3],
        };
        let scored = Scored::new("half", Ok(0.5));
        let record = Record {
            key: "a/b.jpg".to_owned(),
            stamp: Stamp { bytes: 1 << 40, modified: -5 },
            moved_from: None,
            label: None,
            content: Content::Read(Box::new(facts), scored),
        };
        write(&mut index, &[record]).unwrap();
        let rows = index.rows().unwrap();
        let expected = Row {
            id: 1,
            path: "a/b.jpg".into(),
            bytes: 1 << 40,
            modified: -5,
            sha256: Some("ab".repeat(32)),
            width: 640,
            height: 480,
            taken: Some("2024-05-31 14:03:09".to_owned()),
            position: LatLon::new(48.85, 2.35),
            position_source: Some(PositionSource::Exif),
            country: "FR".parse().ok(),
            city: None,
            locatability: Some(0.5),
            scorer: Some("half".to_owned()),
            hash: Some(u64::MAX - 1),
            checked: false,
            error: None,
            revision: 1,
        };
        assert_eq!(rows, std::slice::from_ref(&expected));
        assert_eq!(index.thumbnail(1).unwrap(), Some(vec![1, 2, 3]));
        index.set_checked(&[1], true).unwrap();
        assert_eq!(index.rows_since(1).unwrap(), [Row { checked: true, revision: 2, ..expected }]);
        assert!(index.rows_since(2).unwrap().is_empty());
    }
}
