//! By how much a piece of evidence multiplies belief.

use std::{collections::HashMap, ops::Range};

use crate::geo::CountryCode;

/// By how much a piece multiplies the atoms: some have a factor of their own, others that of their country, and all others
/// the same.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Factor {
    /// In the order of the atoms.
    pub(super) atoms: Vec<(usize, f64)>,
    pub(super) countries: HashMap<CountryCode, f64>,
    pub(super) others: f64,
}

impl Factor {
    /// What it is for one atom of a country.
    pub(super) fn at(&self, atom: usize, country: CountryCode) -> f64 {
        let own = self.atoms.binary_search_by_key(&atom, |(at, _)| *at);
        own.map_or_else(|_| self.of_country(country), |place| self.atoms[place].1)
    }

    /// What it is for the atoms of a country that have none of their own.
    pub(super) fn of_country(&self, country: CountryCode) -> f64 {
        self.countries.get(&country).copied().unwrap_or(self.others)
    }

    /// The atoms among these with a factor of their own.
    pub(super) fn own_among(&self, atoms: &Range<usize>) -> &[(usize, f64)] {
        let before = |end: usize| self.atoms.partition_point(|(at, _)| *at < end);
        &self.atoms[before(atoms.start)..before(atoms.end)]
    }

    /// The atoms with a factor of their own.
    pub(super) fn own_atoms(&self) -> impl Iterator<Item = usize> {
        self.atoms.iter().map(|(at, _)| *at)
    }

    /// Whether it leaves some atoms no belief.
    pub(super) fn rules_out_some(&self) -> bool {
        let of_atoms = self.atoms.iter().map(|(_, factor)| *factor);
        let mut all = of_atoms.chain(self.countries.values().copied()).chain([self.others]);
        all.any(|factor| factor <= 0.0)
    }
}
