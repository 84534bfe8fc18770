//! The gazetteer's records in memory, and two ways into them: by name and by position.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    ops::Range,
};

use super::{CountryCode, LatLon, fold::fold, rows::row_of};

/// One town of the gazetteer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record {
    pub(super) name: &'static str,
    pub(super) region: &'static str,
    pub(super) country: CountryCode,
    pub(super) position: LatLon,
    /// 0 where it is not known; Natural Earth gives it for about 7,000 greater towns.
    pub(super) population: u32,
}

/// One folded name of a record.
struct Name {
    /// Where it stands in `letters`.
    text: Range<u32>,
    hash: u64,
    /// Which letters it holds, one bit a letter: names that differ in many bits differ in many letters.
    mask: u32,
    record: u32,
}

/// A name that is like the one asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Likeness {
    pub(super) record: usize,
    /// 1 for the same name.
    pub(super) score: f64,
}

pub(super) struct PlaceIndex {
    pub(super) records: Vec<Record>,
    by_country: HashMap<CountryCode, Range<usize>>,
    letters: String,
    /// By hash.
    names: Vec<Name>,
    /// Record numbers by square degree; `squares[i]..squares[i + 1]` of `in_squares` lie in square `i`.
    squares: Vec<u32>,
    in_squares: Vec<u32>,
}

impl PlaceIndex {
    /// Reads `places.txt`, whose layout stands in `make_places.py` beside it; lines it cannot read are left out.
    pub(super) fn read(text: &'static str) -> Self {
        let mut records = Vec::with_capacity(text.len() / 23);
        let mut letters = String::with_capacity(text.len() / 2);
        let mut names = Vec::with_capacity(text.len() / 23);
        let mut by_country = HashMap::new();
        let mut country: Option<CountryCode> = None;
        let (mut region, mut first) = ("", 0);
        for line in text.lines() {
            if let Some(code) = line.strip_prefix('=') {
                if let Some(before) = country {
                    by_country.insert(before, first..records.len());
                }
                (country, region, first) = (code.parse().ok(), "", records.len());
            } else if let Some(name) = line.strip_prefix('+') {
                region = name;
            } else if let Some((record, aliases)) = country.and_then(|code| record_of_line(line, region, code)) {
                let number = u32::try_from(records.len()).unwrap_or(u32::MAX);
                for name in std::iter::once(record.name).chain(aliases.split('|').filter(|alias| !alias.is_empty())) {
                    names.push(name_of(name, number, &mut letters));
                }
                records.push(record);
            }
        }
        if let Some(last) = country {
            by_country.insert(last, first..records.len());
        }
        names.sort_unstable_by_key(|name| name.hash);
        let (squares, in_squares) = by_square(&records);
        Self { records, by_country, letters, names, squares, in_squares }
    }

    /// The records of one country.
    pub(super) fn of_country(&self, country: CountryCode) -> Range<usize> {
        self.by_country.get(&country).cloned().unwrap_or(0..0)
    }

    /// Records of exactly this folded name.
    pub(super) fn same(&self, key: &str) -> impl Iterator<Item = usize> {
        let hash = hash_of(key);
        let start = self.names.partition_point(|name| name.hash < hash);
        let same_hash = self.names[start..].iter().take_while(move |name| name.hash == hash);
        same_hash.filter(move |name| self.text(name) == key).map(|name| name.record as usize)
    }

    /// Records whose name begins with this one, or is it with a slip or two; one country or all.
    pub(super) fn like(&self, key: &str, within: Option<CountryCode>) -> Vec<Likeness> {
        let letters = key.chars().count();
        // As in a dictionary of words: no slip in a short name, one in a middling one, two in a long one.
        let allowed = match letters {
            0..4 => 0,
            4..8 => 1,
            _ => 2,
        };
        let mask = mask_of(key);
        let range = within.map(|country| self.of_country(country));
        let mut found = Vec::new();
        for name in &self.names {
            let record = name.record as usize;
            if range.as_ref().is_some_and(|range| !range.contains(&record)) {
                continue;
            }
            // A slip changes at most two of the bits.
            if (name.mask ^ mask).count_ones() <= 2 * allowed && name.text.len().abs_diff(key.len()) <= 8 {
                let slips = strsim::osa_distance(self.text(name), key);
                if slips <= allowed as usize {
                    let score = 1.0 - 0.5 * slips as f64 / letters as f64 - 0.05 * slips.min(1) as f64;
                    found.push(Likeness { record, score });
                    continue;
                }
            }
            if letters >= 4 && name.mask & mask == mask {
                let text = self.text(name);
                if text.strip_prefix(key).is_some_and(|rest| rest.starts_with(' ')) {
                    found.push(Likeness { record, score: 0.9 });
                }
            }
        }
        found
    }

    /// The record nearest to a point, and how far it is in kilometres.
    pub(super) fn nearest(&self, point: LatLon) -> Option<(usize, f64)> {
        let mut reach_km = 30.0;
        loop {
            let found = self.nearest_within(point, reach_km);
            if found.is_some() || reach_km > 20_100.0 {
                return found;
            }
            reach_km *= 4.0;
        }
    }

    fn nearest_within(&self, point: LatLon, reach_km: f64) -> Option<(usize, f64)> {
        let reach_lat = reach_km / super::EARTH_RADIUS_KM.to_radians();
        let (south, north) = (point.lat - reach_lat, point.lat + reach_lat);
        // Towards a pole the circle widens in longitude until it goes all the way round.
        let squeeze = south.abs().max(north.abs()).min(90.0).to_radians().cos();
        let reach_lon = if squeeze * 180.0 <= reach_lat { 180.0 } else { reach_lat / squeeze };
        let mut best: Option<(usize, f64)> = None;
        let rows = row_of(south.max(-90.0))..=row_of(north.min(90.0));
        let columns = (2.0 * reach_lon).ceil() as usize + 1;
        for row in rows {
            for step in 0..columns.min(360) {
                let column = column_of(point.lon - reach_lon + step as f64);
                let square = row * 360 + column;
                for number in &self.in_squares[self.squares[square] as usize..self.squares[square + 1] as usize] {
                    let km = self.records[*number as usize].position.distance_km(point);
                    if km <= reach_km && best.is_none_or(|(_, least)| km < least) {
                        best = Some((*number as usize, km));
                    }
                }
            }
        }
        best
    }

    /// Records in the square degrees that a box touches; one whose west is greater than its east runs over the antimeridian.
    pub(super) fn between(&self, low: LatLon, high: LatLon) -> impl Iterator<Item = &Record> {
        let width = (high.lon.floor() - low.lon.floor()).rem_euclid(360.0) as usize;
        let first = column_of(low.lon);
        let squares = (row_of(low.lat)..=row_of(high.lat))
            .flat_map(move |row| (first..=first + width).map(move |column| row * 360 + column % 360));
        squares
            .flat_map(|square| &self.in_squares[self.squares[square] as usize..self.squares[square + 1] as usize])
            .map(|number| &self.records[*number as usize])
    }

    fn text(&self, name: &Name) -> &str {
        &self.letters[name.text.start as usize..name.text.end as usize]
    }
}

fn record_of_line(line: &'static str, region: &'static str, country: CountryCode) -> Option<(Record, &'static str)> {
    let mut fields = line.split('\t');
    let name = fields.next()?;
    let mut degrees = || fields.next()?.parse::<i32>().ok().map(|thousandths| f64::from(thousandths) / 1000.0);
    let position = LatLon::new(degrees()?, degrees()?)?;
    let population = fields.next().and_then(|people| people.parse().ok()).unwrap_or(0);
    Some((Record { name, region, country, position, population }, fields.next().unwrap_or("")))
}

fn name_of(name: &str, record: u32, letters: &mut String) -> Name {
    let key = fold(name);
    let start = letters.len();
    letters.push_str(&key);
    // The file is 3.5 MB, so places in it fit 32 bits.
    let text = u32::try_from(start).unwrap_or(0)..u32::try_from(letters.len()).unwrap_or(0);
    Name { text, hash: hash_of(&key), mask: mask_of(&key), record }
}

fn hash_of(key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

fn mask_of(key: &str) -> u32 {
    key.bytes().filter(|byte| *byte != b' ').fold(0, |mask, byte| mask | 1 << (byte % 32))
}

fn by_square(records: &[Record]) -> (Vec<u32>, Vec<u32>) {
    let square = |record: &Record| row_of(record.position.lat) * 360 + column_of(record.position.lon);
    let mut ends = vec![0u32; 180 * 360 + 1];
    for record in records {
        ends[square(record) + 1] += 1;
    }
    for at in 1..ends.len() {
        ends[at] += ends[at - 1];
    }
    let mut next = ends.clone();
    let mut order = vec![0u32; records.len()];
    for (number, record) in (0u32..).zip(records) {
        let slot = &mut next[square(record)];
        order[*slot as usize] = number;
        *slot += 1;
    }
    (ends, order)
}

fn column_of(lon: f64) -> usize {
    ((lon + 180.0).rem_euclid(360.0) as usize).min(359)
}
