//! Which pieces rule out the whole world together.

use std::collections::BTreeSet;

use super::factor::Factor;
use crate::geo::Prior;

/// Up to so many pieces the smallest set is sought; beyond that a small one.
const MOST_SOUGHT: usize = 3;
/// It is sought among so many, which leaves a ranking its time.
const MOST_AMONG: usize = 50;

/// The fewest of these factors, by their places, that leave nothing of what one more leaves; of several such sets the one whose
/// pieces come first. Empty where there is none: that one leaves nothing by itself.
pub(super) fn against(left_out: &Factor, counted: &[&Factor], world: &Prior) -> Vec<usize> {
    let ruling_out: Vec<usize> = (0..counted.len()).filter(|at| counted[*at].rules_out_some()).collect();
    let some: Vec<&Factor> = ruling_out.iter().map(|at| counted[*at]).collect();
    let ruled_out_by: Vec<Vec<usize>> = ruled_out(left_out, &some, world).into_iter().collect();
    let among_few = some.len() <= MOST_AMONG;
    let smallest = (1..=MOST_SOUGHT).filter(|_| among_few).find_map(|size| hitting(&ruled_out_by, size, Vec::new()));
    let set = smallest.unwrap_or_else(|| hitting_greedily(&ruled_out_by, some.len()));
    let mut set: Vec<usize> = set.into_iter().map(|at| ruling_out[at]).collect();
    set.sort_unstable();
    set
}

/// Whether two factors leave nothing together.
pub(super) fn are_exclusive(one: &Factor, other: &Factor, world: &Prior) -> bool {
    ruled_out(one, &[other], world).iter().all(|by| !by.is_empty())
}

/// For the atoms that the one more leaves, by which factors each is ruled out; the same said once.
fn ruled_out(left_out: &Factor, factors: &[&Factor], world: &Prior) -> BTreeSet<Vec<usize>> {
    let all = || factors.iter().copied().chain([left_out]);
    let own: BTreeSet<usize> = all().flat_map(Factor::own_atoms).collect();
    let mut found = BTreeSet::new();
    for country in world.countries() {
        let atoms = world.of_country(country);
        // An atom that no factor tells from its country speaks for all of those.
        let other = atoms.clone().find(|at| !own.contains(at));
        for at in own.range(atoms).copied().chain(other) {
            if left_out.at(at, country) > 0.0 {
                found.insert((0..factors.len()).filter(|factor| factors[*factor].at(at, country) <= 0.0).collect());
            }
        }
    }
    found
}

/// A set of at most so many that has one of each of these; none where there is none.
fn hitting(these: &[Vec<usize>], size: usize, chosen: Vec<usize>) -> Option<Vec<usize>> {
    let is_open = |one: &&Vec<usize>| !one.iter().any(|at| chosen.contains(at));
    let Some(narrowest) = these.iter().filter(is_open).min_by_key(|one| one.len()) else { return Some(chosen) };
    if chosen.len() == size {
        return None;
    }
    narrowest.iter().find_map(|at| hitting(these, size, [chosen.as_slice(), &[*at]].concat()))
}

/// The same with the one that most need next; empty where some have none.
fn hitting_greedily(these: &[Vec<usize>], n: usize) -> Vec<usize> {
    let mut open: Vec<&Vec<usize>> = these.iter().collect();
    let mut chosen = Vec::new();
    while !open.is_empty() {
        let n_hit = |at: &usize| open.iter().filter(|one| one.contains(at)).count();
        let Some(best) = (0..n).rev().max_by_key(n_hit).filter(|at| n_hit(at) > 0) else { return Vec::new() };
        open.retain(|one| !one.contains(&best));
        chosen.push(best);
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewest_that_have_one_of_each() {
        let these = [vec![0, 2], vec![1, 2], vec![0, 3], vec![3]];
        assert_eq!(hitting(&these, 1, Vec::new()), None);
        assert_eq!(hitting(&these, 2, Vec::new()), Some(vec![3, 2]));
        assert_eq!(hitting(&[vec![]], 3, Vec::new()), None, "nothing rules that out");
        assert_eq!(hitting_greedily(&these, 4), [0, 1, 3], "few, but not the fewest");
        assert_eq!(hitting_greedily(&[vec![], vec![1]], 2), [0; 0]);
        assert_eq!(hitting_greedily(&[vec![0, 1]], 2), [0], "of equals the first");
    }
}
