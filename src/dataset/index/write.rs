//! Rows on their way into the index, many in one transaction.

use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, params};

use super::{GONE, Index, IndexError, PositionSource, plan::Stamp};
use crate::{
    dataset::manifest::Label,
    geo::{self, CountryCode, LatLon},
};

/// The error of a picture that is listed and was never there.
pub(super) const MISSING: &str = "there is no such file; check the name";

/// What [`Scored::scorer`] says where the score is the manifest's own.
pub(super) const MANIFEST: &str = "manifest";

/// Columns that a reading fills, in the order in which [`write_row`] does.
pub(super) const FILLED: &str = "path, bytes, modified, sha256, width, height, taken, latitude, longitude, \
     position_source, country, city, locatability, scorer, hash, error, label, written, revision";

/// A picture's news.
#[derive(Debug)]
pub(super) struct Record {
    /// What the index calls it.
    pub key: String,
    /// The file as it was before it was read.
    pub stamp: Stamp,
    /// What a table says of it, as JSON.
    pub label: Option<String>,
    /// What was found out.
    pub content: Content,
}

/// What was found out about a picture.
#[derive(Debug)]
pub(super) enum Content {
    /// Everything.
    Read(Box<Facts>, Scored),
    /// Its score alone.
    Rescored(Scored),
    /// That it cannot be read, and why.
    Unreadable(String),
    /// That it is not there.
    Missing,
    /// That it is there again, as it was.
    Back,
}

/// What a picture's file says.
#[derive(Debug)]
pub(super) struct Facts {
    pub sha256: String,
    pub width: u32,
    pub height: u32,
    pub taken: Option<String>,
    /// Where its metadata say that it was taken.
    pub gps: Option<LatLon>,
    pub hash: u64,
    /// A JPEG.
    pub thumbnail: Vec<u8>,
}

/// A score, or why there is none.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Scored {
    pub locatability: Option<f64>,
    pub scorer: Option<String>,
    pub error: Option<String>,
}

impl Scored {
    /// What a scorer says. A score outside 0 to 1 is a fault of the scorer's and not kept.
    pub fn new(scorer: &str, score: Result<f64, String>) -> Self {
        let in_range = |score: f64| match score {
            score if (0.0..=1.0).contains(&score) => Ok(score),
            wrong => Err(format!("the score {wrong} lies outside 0 to 1")),
        };
        let (locatability, error) = match score.and_then(in_range) {
            Ok(score) => (Some(score), None),
            Err(reason) => (None, Some(format!("it could not be scored ({reason})"))),
        };
        Self { locatability, scorer: Some(scorer.to_owned()), error }
    }

    /// Whether this scorer gave it.
    pub fn is_by(&self, scorer: &str) -> bool {
        self.scorer.as_deref() == Some(scorer)
    }

    /// The score that the manifest gives, if it does.
    pub fn by_label(label: Option<&str>) -> Self {
        let locatability = parsed(label).locatability;
        Self { locatability, scorer: locatability.map(|_| MANIFEST.to_owned()), error: None }
    }
}

/// Takes the news in: all of it or nothing.
pub(super) fn write(index: &mut Index, records: &[Record]) -> Result<(), IndexError> {
    if records.is_empty() {
        return Ok(());
    }
    index.write(|db, revision| records.iter().try_for_each(|record| write_record(db, record, revision)))
}

fn write_record(db: &Connection, record: &Record, revision: i64) -> rusqlite::Result<()> {
    match &record.content {
        Content::Read(facts, scored) => write_row(db, record, Some(facts), scored, revision),
        Content::Unreadable(reason) => {
            let scored = Scored { error: Some(reason.clone()), ..Scored::by_label(record.label.as_deref()) };
            write_row(db, record, None, &scored, revision)
        }
        Content::Rescored(scored) => {
            let update = "UPDATE pictures SET locatability = ?2, scorer = ?3, error = ?4, written = ?5, revision = ?6 \
                 WHERE path = ?1";
            let Scored { locatability, scorer, error } = scored;
            db.execute(update, params![record.key, locatability, scorer, error, now(), revision]).map(drop)
        }
        Content::Back => {
            let update = "UPDATE pictures SET error = NULL, written = ?2, revision = ?3 WHERE path = ?1";
            db.execute(update, params![record.key, now(), revision]).map(drop)
        }
        Content::Missing => {
            let update = "UPDATE pictures SET error = ?2, written = ?3, revision = ?4 \
                 WHERE path = ?1 AND sha256 IS NOT NULL";
            if db.execute(update, params![record.key, GONE, now(), revision])? > 0 {
                return Ok(());
            }
            let scored = Scored { error: Some(MISSING.to_owned()), ..Scored::by_label(record.label.as_deref()) };
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
    let place = Place::of(&parsed(label.as_deref()), facts.and_then(|facts| facts.gps));
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
        scored.error,
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

/// The moment, in milliseconds since 1970.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// What a label says.
pub(super) fn parsed(label: Option<&str>) -> Label {
    label.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
}

/// Where a picture was taken, as far as manifest and metadata tell.
struct Place {
    position: Option<LatLon>,
    source: Option<PositionSource>,
    country: Option<CountryCode>,
    city: Option<String>,
}

impl Place {
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
