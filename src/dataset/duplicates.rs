//! Pictures that are the same, by their bytes or to the eye.

use std::collections::HashMap;

use super::{Row, RowId, groups::Groups};

/// Perceptual hashes that differ in no more than this many of 64 bits are usually of one picture, saved again in another
/// size or quality.
pub const NEAR: u32 = 4;

/// Beyond this, pictures of different places are taken for one (among two million pairs of drawn streets the nearest differ
/// in 6 bits, and one pair in a thousand in at most 16), and finding them takes long.
pub const MAX_DISTANCE: u32 = 10;

/// Groups of two and more pictures that have the same bytes, or perceptual hashes that differ in at most `distance` bits;
/// pictures that are alike through others stand in one group too. Groups and their members are in the order of the rows.
pub fn duplicates(rows: &[Row], distance: u32) -> Vec<Vec<RowId>> {
    let mut groups = Groups::new(rows.len());
    let mut by_bytes: HashMap<&str, usize> = HashMap::new();
    let mut by_hash: HashMap<u64, usize> = HashMap::new();
    for (number, row) in rows.iter().enumerate() {
        if let Some(sha256) = &row.sha256 {
            groups.join(*by_bytes.entry(sha256).or_insert(number), number);
        }
        if let Some(hash) = row.hash {
            groups.join(*by_hash.entry(hash).or_insert(number), number);
        }
    }
    let mut hashes: Vec<(u64, usize)> = by_hash.into_iter().collect();
    hashes.sort_unstable();
    join_near(&hashes, distance, &mut groups);
    let of_two_and_more = groups.all().into_iter().filter(|group| group.len() > 1);
    of_two_and_more.map(|group| group.into_iter().map(|number| rows[number].id).collect()).collect()
}

/// The rows with one of each group left: the one with the most pixels, and among equals the first.
pub fn without_duplicates(rows: Vec<Row>, distance: u32) -> Vec<Row> {
    let groups = duplicates(&rows, distance);
    let by_id: HashMap<RowId, &Row> = rows.iter().map(|row| (row.id, row)).collect();
    let size = |id: &RowId| by_id.get(id).map_or(0, |row| u64::from(row.width) * u64::from(row.height));
    let mut dropped: Vec<RowId> = Vec::new();
    for group in &groups {
        // Of equally great ones `max_by_key` takes the last, so they are looked at from the end.
        let kept = group.iter().rev().max_by_key(|id| size(id));
        dropped.extend(group.iter().filter(|id| Some(*id) != kept));
    }
    dropped.sort_unstable();
    rows.into_iter().filter(|row| dropped.binary_search(&row.id).is_err()).collect()
}

/// Joins what differs in at most `distance` bits. Cut into one band of bits more than may differ, two such hashes have
/// some band in common (the pigeonhole principle), so only hashes that share a band are compared.
fn join_near(hashes: &[(u64, usize)], distance: u32, groups: &mut Groups) {
    if distance == 0 {
        return;
    }
    let n_bands = distance + 1;
    for band in 0..n_bands {
        let (begin, end) = (64 * band / n_bands, 64 * (band + 1) / n_bands);
        let mask = ((1 << (end - begin)) - 1) << begin;
        let mut sorted = hashes.to_vec();
        let shared = |hash: u64| hash & mask;
        sorted.sort_unstable_by_key(|(hash, _)| shared(*hash));
        for bucket in sorted.chunk_by(|a, b| shared(a.0) == shared(b.0)) {
            for (place, (hash, number)) in bucket.iter().enumerate() {
                for (other_hash, other) in &bucket[place + 1..] {
                    if (hash ^ other_hash).count_ones() <= distance {
                        groups.join(*number, *other);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn row(id: RowId, sha256: &str, hash: u64, side: u32) -> Row {
        let (sha256, hash) = (Some(sha256.to_owned()), Some(hash));
        Row { id, sha256, hash, width: side, height: side, ..Row::default() }
    }

    #[test]
    fn the_same_bytes_and_near_hashes_are_one_group() {
        let rows = [
            row(1, "a", 0, 10),
            row(2, "b", 0b111, 10),
            row(3, "c", u64::MAX, 10),
            row(4, "a", 0xFF00, 10),    // the bytes of 1, though its hash is far
            row(5, "d", 0b11_1111, 10), // near to 2, not to 1
            row(6, "e", 0xFFFF_0000_FFFF_0000, 10),
        ];
        assert_eq!(duplicates(&rows, 3), [vec![1, 2, 4, 5]]);
        assert_eq!(duplicates(&rows, 2), [vec![1, 4]]);
        assert_eq!(duplicates(&rows, 0), [vec![1, 4]]);
    }

    #[test]
    fn the_largest_of_a_group_stays() {
        let rows = vec![row(1, "a", 0, 10), row(2, "b", 1, 30), row(3, "c", 2, 30), row(4, "d", u64::MAX, 5)];
        let kept: Vec<RowId> = without_duplicates(rows, NEAR).iter().map(|row| row.id).collect();
        assert_eq!(kept, [2, 4]);
    }

    #[test]
    fn pictures_that_were_not_read_are_like_nothing() {
        let rows = [Row { id: 1, ..Row::default() }, Row { id: 2, ..Row::default() }];
        assert!(duplicates(&rows, 64).is_empty());
    }

    /// Against every pair.
    #[test]
    fn bands_miss_nothing() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let mut rows: Vec<Row> = (0..300).map(|id| row(id, &id.to_string(), rng.random(), 1)).collect();
        for id in 300..600 {
            let flips = (0..rng.random_range(1..16)).fold(0, |bits, _| bits | 1_u64 << rng.random_range(0..64));
            let hash = rows[id as usize - 300].hash.unwrap() ^ flips;
            rows.push(row(id, &id.to_string(), hash, 1));
        }
        for distance in [1, 2, 4, 8, 10, 14, 15] {
            let mut groups = Groups::new(rows.len());
            for a in 0..rows.len() {
                for b in 0..a {
                    if (rows[a].hash.unwrap() ^ rows[b].hash.unwrap()).count_ones() <= distance {
                        groups.join(a, b);
                    }
                }
            }
            let alike = groups.all().into_iter().filter(|group| group.len() > 1);
            let expected: Vec<Vec<RowId>> =
                alike.map(|group| group.into_iter().map(|at| at as RowId).collect()).collect();
            assert_eq!(duplicates(&rows, distance), expected, "{distance}");
        }
    }
}
