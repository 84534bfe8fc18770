//! Where pieces that know a place lie on the world: the cells that they need, and how much of each cell or bell they take.
//! What was found out is remembered: most strikes and new strengths change neither the cells nor what lies in them.

use std::{
    collections::VecDeque,
    ops::Range,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use super::evidence::{Likelihood, Piece};
use crate::geo::{Atom, Cell, Closely, LatLon, Prior, Region, prior};

/// Cells under a bell are split until they are narrower than this part of its width.
const FINER_THAN_BELL: f64 = 0.35;
/// Cells of a region are split until they are narrower than this part of it.
const FINER_THAN_REGION: f64 = 0.12;
/// Bells are looked at closely so many widths from their middle.
const BELL_REACH: f64 = 2.5;
/// So many worlds are remembered, each with what lies on it.
const MOST_WORLDS: usize = 4;
/// So many footprints of each.
const MOST_FOOTPRINTS: usize = 400;

/// The prior, with small cells where pieces need them.
#[derive(Debug, Clone)]
pub(super) struct World {
    /// The atoms.
    pub(super) prior: Arc<Prior>,
    circles: Arc<[Closely]>,
    footprints: Arc<Mutex<Vec<(Likelihood, Footprint)>>>,
}

/// Where a piece lies: numbers of atoms with a share of each.
#[derive(Debug, Clone)]
pub(super) enum Footprint {
    /// The part of each cell that lies in a region; none of all others.
    Region(Arc<[(usize, f64)]>),
    /// Bells, each summing to 1, with the atoms among which it draws belief to itself and its part of the piece.
    Bells(Arc<[Bell]>),
}

/// A bell over atoms.
#[derive(Debug)]
pub(super) struct Bell {
    pub(super) among: Range<usize>,
    pub(super) shares: Vec<(usize, f64)>,
    pub(super) part: f64,
}

impl World {
    /// The world for the pieces that count among these.
    pub(super) fn of(pieces: &[Piece]) -> Self {
        static WORLDS: Mutex<VecDeque<World>> = Mutex::new(VecDeque::new());
        let counted = pieces.iter().filter(|piece| piece.counts());
        let circles: Vec<Closely> = counted.flat_map(|piece| closely(&piece.likelihood)).collect();
        let worlds = || WORLDS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(world) = worlds().iter().find(|world| *world.circles == *circles) {
            return world.clone();
        }
        let prior = if circles.is_empty() { Arc::clone(&PRIOR) } else { Arc::new(prior().seen_closely(&circles)) };
        let world = Self { prior, circles: circles.into(), footprints: Arc::default() };
        let mut worlds = worlds();
        worlds.truncate(MOST_WORLDS - 1);
        worlds.push_front(world.clone());
        world
    }

    /// Where a likelihood lies; none where it knows no place.
    pub(super) fn footprint(&self, likelihood: &Likelihood) -> Option<Footprint> {
        let footprints = || self.footprints.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, footprint)) = footprints().iter().find(|(known, _)| known == likelihood) {
            return Some(footprint.clone());
        }
        let footprint = self.lies(likelihood)?;
        let mut footprints = footprints();
        if footprints.len() < MOST_FOOTPRINTS {
            footprints.push((likelihood.clone(), footprint.clone()));
        }
        Some(footprint)
    }

    fn lies(&self, likelihood: &Likelihood) -> Option<Footprint> {
        let everywhere = 0..self.prior.atoms.len();
        let bell = |among: Range<usize>, centre: LatLon, part: f64| Bell {
            shares: self.prior.bell(among.clone(), centre, likelihood.sigma_km()),
            among,
            part,
        };
        let bells: Vec<Bell> = match likelihood {
            Likelihood::Region { region, .. } => return Some(Footprint::Region(self.coverage(region).into())),
            Likelihood::Point(point) => vec![bell(everywhere, *point, 1.0)],
            Likelihood::Places(spots) => {
                spots.iter().map(|spot| bell(everywhere.clone(), spot.town.place.position, spot.part)).collect()
            }
            Likelihood::Towns(spots) => spots
                .iter()
                .map(|spot| {
                    let town = &spot.town.place;
                    bell(self.prior.of_country(town.country), town.position, spot.part)
                })
                .collect(),
            Likelihood::Nothing | Likelihood::Countries(_) | Likelihood::Ratio { .. } => return None,
        };
        Some(Footprint::Bells(bells.into_iter().filter(|bell| !bell.shares.is_empty()).collect()))
    }

    /// The part of each atom's cell that lies in a region, where any does. A region smaller than the smallest cell takes the
    /// one that it lies in.
    fn coverage(&self, region: &Region) -> Vec<(usize, f64)> {
        let (centre, km) = region.bounding_circle();
        let can_touch = |atom: &Atom| centre.is_within_km(atom.centre, km + 1.3 * atom.cell.radius_km());
        let part = |cell: Cell| cell.share_where(&|point| region.contains(point));
        let near = || self.prior.atoms.iter().enumerate().filter(|(_, atom)| can_touch(atom));
        let parts: Vec<(usize, f64)> =
            near().map(|(at, atom)| (at, part(atom.cell))).filter(|(_, part)| *part > 0.0).collect();
        if parts.is_empty() {
            let distance = |atom: &Atom| atom.centre.distance_km(centre);
            let home = near().min_by(|a, b| distance(a.1).total_cmp(&distance(b.1)));
            return home.map(|(at, _)| (at, 1.0)).into_iter().collect();
        }
        parts
    }
}

static PRIOR: LazyLock<Arc<Prior>> = LazyLock::new(|| Arc::new(prior().clone()));

/// Where a piece needs small cells.
fn closely(likelihood: &Likelihood) -> Vec<Closely> {
    let sigma_km = likelihood.sigma_km();
    let bell = |centre: LatLon| Closely { centre, km: BELL_REACH * sigma_km, cell_km: FINER_THAN_BELL * sigma_km };
    match likelihood {
        Likelihood::Point(point) => vec![bell(*point)],
        Likelihood::Towns(spots) | Likelihood::Places(spots) => {
            spots.iter().map(|spot| bell(spot.town.place.position)).collect()
        }
        Likelihood::Region { region, .. } => {
            let (centre, km) = region.bounding_circle();
            vec![Closely { centre, km, cell_km: FINER_THAN_REGION * km }]
        }
        Likelihood::Nothing | Likelihood::Countries(_) | Likelihood::Ratio { .. } => Vec::new(),
    }
}
