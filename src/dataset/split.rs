//! Examples to learn from and examples to hold back, divided by place: a model that has seen the next house has seen the
//! answer.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    fs,
    path::{Path, PathBuf},
};

use rand::{SeedableRng as _, seq::SliceRandom as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::{Example, groups::Groups};
use crate::geo::{Cube, LatLon, Nearby, cube_of};
use crate::picture::sha256_of;

/// Two street views nearer to each other than this, in kilometres, may show the same houses; judged.
pub const APART_KM: f64 = 0.2;

/// A place that is held back whole is so many times as wide as what lies apart: the wider, the fewer examples at its edge
/// are lost, and the fewer places there are.
const PLACE_WIDTHS: f64 = 5.0;

/// A division of examples, each a list of their numbers in rising order. Each example is in one of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Split {
    /// To learn from.
    pub learned: Vec<usize>,
    /// Held back.
    pub held_back: Vec<usize>,
    /// Nearer to one that is held back than examples to learn from may be, so that they are neither.
    pub set_aside: Vec<usize>,
}

/// Where an example belongs: to its place, or, where that is not known, to its picture.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Home {
    Place(Cube),
    Picture(PathBuf),
}

impl Split {
    /// How many of so many examples a share of them is: where any are wanted, at least one.
    pub fn count(examples: usize, share: f64) -> usize {
        if share > 0.0 { ((examples as f64 * share).round() as usize).max(1) } else { 0 }
    }

    /// Holds back at least `wanted` examples (all where there are no more), whole places of them in an order that follows
    /// from the seed and from which places there are. No example to learn from is within `apart_km` kilometres of one that is
    /// held back, and none has its picture, however the paths to that are written, whichever of them knows the place, and be it
    /// a copy of the file.
    pub fn by_place(examples: &[Example], wanted: usize, apart_km: f64, seed: u64) -> Self {
        let mut files: Vec<PathBuf> = examples.par_iter().map(|example| file_of(&example.path)).collect();
        join_copies(examples, &mut files);
        let mut homes = homes(examples, &files, PLACE_WIDTHS * apart_km);
        homes.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        let mut split = Self::default();
        let mut others = Vec::new();
        for home in homes {
            if split.held_back.len() < wanted { split.held_back.extend(home) } else { others.extend(home) }
        }
        let held_back = split.held_back.iter().filter_map(|number| Some((*number, position(&examples[*number])?)));
        let nearby = Nearby::new(apart_km, held_back);
        let is_near = |number: &usize| position(&examples[*number]).is_some_and(|at| nearby.of(at).next().is_some());
        let near: HashSet<&PathBuf> =
            others.iter().filter(|other| is_near(other)).map(|other| &files[*other]).collect();
        (split.set_aside, split.learned) = others.into_iter().partition(|other| near.contains(&files[*other]));
        for list in [&mut split.learned, &mut split.held_back, &mut split.set_aside] {
            list.sort_unstable();
        }
        split
    }
}

/// The examples of each home, which are one home where they share a picture: one source may know its place and another not,
/// or two differ in it.
fn homes(examples: &[Example], files: &[PathBuf], side_km: f64) -> Vec<Vec<usize>> {
    let mut homes: BTreeMap<Home, Vec<usize>> = BTreeMap::new();
    for (number, example) in examples.iter().enumerate() {
        homes.entry(home(example, side_km)).or_default().push(number);
    }
    let homes: Vec<Vec<usize>> = homes.into_values().collect();
    let mut groups = Groups::new(homes.len());
    let mut home_of: HashMap<&PathBuf, usize> = HashMap::new();
    for (place, home) in homes.iter().enumerate() {
        for number in home {
            groups.join(*home_of.entry(&files[*number]).or_insert(place), place);
        }
    }
    groups.all().into_iter().map(|group| group.into_iter().flat_map(|place| homes[place].clone()).collect()).collect()
}

fn home(example: &Example, side_km: f64) -> Home {
    let picture = |path: &Path| Home::Picture(path.to_owned());
    position(example).map_or_else(|| picture(&example.path), |at| Home::Place(cube_of(at, side_km)))
}

/// Gives copies of a file one name, where a place does not tell that they are one picture: the same set is often got twice. Only files
/// are read that are as long as another, one of which has no place.
fn join_copies(examples: &[Example], files: &mut [PathBuf]) {
    let lengths: Vec<u64> = files.par_iter().map(|file| fs::metadata(file).map_or(0, |file| file.len())).collect();
    let mut alike: BTreeMap<u64, (bool, BTreeSet<&PathBuf>)> = BTreeMap::new();
    for ((example, file), length) in examples.iter().zip(files.iter()).zip(&lengths) {
        let (is_placeless, same) = alike.entry(*length).or_default();
        *is_placeless |= position(example).is_none();
        same.insert(file);
    }
    let read =
        alike.into_iter().filter(|(length, (is_placeless, same))| *length > 0 && *is_placeless && same.len() > 1);
    let read: Vec<&PathBuf> = read.flat_map(|(_, (_, same))| same).collect();
    let sums: Vec<_> = read.par_iter().map(|file| sha256_of(file).ok()).collect();
    let mut first: HashMap<String, &PathBuf> = HashMap::new();
    let mut named = HashMap::new();
    for (file, sum) in read.into_iter().zip(sums) {
        let Some(sum) = sum else { continue };
        named.insert(file.clone(), (*first.entry(sum).or_insert(file)).clone());
    }
    for file in files {
        if let Some(name) = named.get(file) {
            file.clone_from(name);
        }
    }
}

/// The file that a path leads to; the path itself where there is none.
fn file_of(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_missing| path.to_owned())
}

fn position(example: &Example) -> Option<LatLon> {
    example.label.position
}

#[cfg(test)]
mod tests {
    use rand::Rng as _;

    use super::*;
    use crate::dataset::Label;

    /// A town of street views a few metres apart, a crowd at the pole, and pictures without a place, two examples each.
    fn examples() -> Vec<Example> {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let position = |picture: usize| match picture {
            0..250 => LatLon::new(48.0 + rng.random_range(0.0..0.1), 2.0 + rng.random_range(0.0..0.1)),
            250..300 => LatLon::new(-89.99 + rng.random_range(0.0..0.02), rng.random_range(-180.0..180.0)),
            _ => None,
        };
        let positions: Vec<Option<LatLon>> = (0..350).map(position).collect();
        (0..700)
            .map(|number| Example {
                path: format!("{}.jpg", number / 2).into(),
                label: Label { position: positions[number / 2], ..Label::default() },
                ..Example::default()
            })
            .collect()
    }

    #[test]
    fn no_neighbour_of_what_is_held_back_is_learned() {
        let examples = examples();
        for (apart_km, seed) in [(0.05, 1), (0.2, 2), (1.0, 3)] {
            let split = Split::by_place(&examples, 60, apart_km, seed);
            assert!(split.held_back.len() >= 60 && split.learned.len() > 100, "{apart_km} km: {split:?}");
            let mut all = [&split.learned[..], &split.held_back, &split.set_aside].concat();
            all.sort_unstable();
            assert_eq!(all, (0..examples.len()).collect::<Vec<_>>(), "each example once");
            for (learned, held) in split.learned.iter().flat_map(|a| split.held_back.iter().map(move |b| (*a, *b))) {
                let (a, b) = (&examples[learned], &examples[held]);
                let km = a.label.position.zip(b.label.position).map(|(a, b)| a.distance_km(b));
                assert!(km.is_none_or(|km| km > apart_km), "{learned} and {held} are {km:?} km apart");
                assert!(a.path != b.path, "{learned} and {held} are one picture");
            }
            // What is set aside is so for a reason.
            let near = |number: &usize, other: &usize| {
                let pair = examples[*number].label.position.zip(examples[*other].label.position);
                pair.is_some_and(|(a, b)| a.distance_km(b) <= apart_km)
            };
            assert!(split.set_aside.iter().all(|number| split.held_back.iter().any(|other| near(number, other))));
        }
    }

    #[test]
    fn a_picture_of_two_sources_is_on_one_side_whichever_knows_its_place_and_however_its_path_is_written() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("photos");
        fs::create_dir(&folder).unwrap();
        let example = |path: PathBuf, position| Example {
            path,
            label: Label { position, ..Label::default() },
            ..Example::default()
        };
        let mut examples = Vec::new();
        for number in 0..60 {
            let name = format!("{number}.jpg");
            fs::write(folder.join(&name), "").unwrap();
            // Far places, and a road along which the next one is always near; the table has the far ones a little elsewhere.
            let (lat, lon, off) =
                if number < 40 { (f64::from(number), 10.0, 0.3) } else { (f64::from(number) * 0.04, 50.0, 0.0) };
            // The folder knows the place, conversations do not.
            examples.push(example(folder.join(&name), LatLon::new(lat, lon)));
            examples.push(example(folder.join("../photos").join(&name), None));
            examples.push(example(folder.join(&name), LatLon::new(lat + off, lon)));
        }
        let mut n_set_aside = 0;
        for seed in 0..20 {
            let split = Split::by_place(&examples, 20, 5.0, seed);
            assert!(split.held_back.len() >= 20 && split.learned.len() >= 60, "seed {seed}: {split:?}");
            n_set_aside += split.set_aside.len();
            let pictures = |numbers: &[usize]| numbers.iter().map(|number| number / 3).collect::<HashSet<_>>();
            let (learned, held) = (pictures(&split.learned), pictures(&split.held_back));
            assert!(learned.is_disjoint(&held), "seed {seed}: {learned:?} and {held:?}");
            // Of a picture that is too near to what is held back, nothing is learned.
            assert!(learned.is_disjoint(&pictures(&split.set_aside)), "seed {seed}: {split:?}");
        }
        assert!(n_set_aside > 0, "no road was cut");
    }

    #[test]
    fn copies_of_a_picture_without_a_place_are_on_one_side() {
        let home = tempfile::tempdir().unwrap();
        let mut examples = Vec::new();
        for source in ["a", "b"] {
            fs::create_dir(home.path().join(source)).unwrap();
            for number in 0..30 {
                // All are of one length.
                let path = home.path().join(source).join(format!("{source}{number}.jpg"));
                fs::write(&path, format!("picture {number:02}")).unwrap();
                examples.push(Example { path, ..Example::default() });
            }
        }
        for seed in 0..10 {
            let split = Split::by_place(&examples, 18, APART_KM, seed);
            let pictures = |numbers: &[usize]| numbers.iter().map(|number| number % 30).collect::<HashSet<_>>();
            assert!(split.held_back.len() >= 18 && split.learned.len() > 30, "seed {seed}: {split:?}");
            assert!(pictures(&split.learned).is_disjoint(&pictures(&split.held_back)), "seed {seed}: {split:?}");
        }
    }

    #[test]
    fn a_share_that_is_wanted_is_at_least_one() {
        assert_eq!([(8, 0.05), (8, 0.0), (0, 0.5), (200, 0.1)].map(|(n, share)| Split::count(n, share)), [1, 0, 1, 20]);
    }

    #[test]
    fn a_split_follows_from_seed_and_places_alone() {
        let examples = examples();
        let split = Split::by_place(&examples, 60, APART_KM, 9);
        assert_eq!(split, Split::by_place(&examples, 60, APART_KM, 9));
        assert_ne!(split, Split::by_place(&examples, 60, APART_KM, 10));
        // The same examples from last to first: numbers differ, examples do not.
        let backward: Vec<Example> = examples.iter().rev().cloned().collect();
        let numbered = Split::by_place(&backward, 60, APART_KM, 9);
        let mut held: Vec<usize> = numbered.held_back.iter().map(|number| examples.len() - 1 - number).collect();
        held.sort_unstable();
        assert_eq!(held, split.held_back);
    }

    #[test]
    fn nothing_is_held_back_where_nothing_is_wanted_and_all_where_all_is() {
        let examples = examples();
        let split = Split::by_place(&examples, 0, APART_KM, 1);
        assert_eq!((split.learned.len(), split.held_back.len(), split.set_aside.len()), (700, 0, 0));
        let split = Split::by_place(&examples, 9999, APART_KM, 1);
        assert_eq!((split.learned.len(), split.held_back.len()), (0, 700));
        assert_eq!(Split::by_place(&[], 3, APART_KM, 1), Split::default());
    }
}
