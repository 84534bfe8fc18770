//! Vehicles, moving and parked.

use rand::Rng;

use super::{Item, Plan, Setting};
use crate::street::vehicles::{Vehicle, VehicleKind};

impl Plan<'_> {
    fn vehicle(&mut self, x: f32, z: f32, oncoming: bool, parked: bool) {
        let kind = match self.stage.rng.random_range(0..10) {
            0..=6 => VehicleKind::Car,
            7 | 8 => VehicleKind::Van,
            _ => VehicleKind::Lorry,
        };
        const PAINTS: [[f32; 3]; 9] = [
            [0.88, 0.88, 0.87],
            [0.1, 0.1, 0.11],
            [0.55, 0.57, 0.59],
            [0.32, 0.34, 0.36],
            [0.5, 0.07, 0.08],
            [0.1, 0.2, 0.42],
            [0.15, 0.3, 0.22],
            [0.7, 0.66, 0.56],
            [0.78, 0.8, 0.82],
        ];
        let paint = PAINTS[self.stage.rng.random_range(0..PAINTS.len())];
        let colour = self.stage.near_colour(paint, 0.04);
        self.items.push(Item::Vehicle { vehicle: Vehicle { x, z, oncoming, kind, colour }, parked });
    }

    pub(super) fn vehicles(&mut self) {
        let own = self.facts.own_side();
        let lane = self.road.half * 0.5;
        let camera = self.stage.camera.x;
        // Ahead in one's own lane, from close by to far.
        if self.chance(0.62) {
            let near = if (camera - own * lane).abs() < 1.5 { 6.2 } else { 4.6 };
            let z = near + self.between(0.0, 1.0).powi(2) * 26.0;
            let x = own * lane + self.between(-0.25, 0.25);
            self.vehicle(x, z, false, false);
            if self.chance(0.4) {
                let z = z + self.between(10.0, 30.0);
                self.vehicle(own * lane, z, false, false);
            }
        }
        // Coming the other way.
        let mut z = self.between(7.0, 30.0);
        for _ in 0..3 {
            if self.chance(0.55) {
                let x = -own * lane + self.between(-0.25, 0.25);
                self.vehicle(x, z, true, false);
            }
            z += self.between(9.0, 30.0);
        }
        // Parked at the kerb, mostly facing as the traffic beside it does.
        if self.setting != Setting::Country && self.road.sidewalk > 0.0 && self.chance(0.5) {
            let side = if self.chance(0.6) { own } else { -own };
            let mut z = self.between(5.5, 18.0);
            for _ in 0..3 {
                let x = side * (self.road.half + 0.75);
                self.vehicle(x, z, side != own, true);
                z += self.between(5.5, 14.0);
            }
        }
    }
}
