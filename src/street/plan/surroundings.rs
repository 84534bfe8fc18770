//! Buildings, plants, poles, and what else stands beside the road.

use rand::Rng;

use super::{Item, Plan, Setting};
use crate::street::{
    buildings::Building,
    camera::Spot,
    scene::{PLANTS, plant_shares},
};

impl Plan<'_> {
    pub(super) fn buildings(&mut self) {
        let (gap, share) = match self.setting {
            Setting::Town => ([0.0, 1.2], 0.94),
            Setting::Suburb => ([4.0, 11.0], 0.8),
            Setting::Country => ([25.0, 60.0], 0.5),
        };
        let pitched_share = if self.facts.roof == "flat" { 0.08 } else { 0.78 };
        for side in [-1.0, 1.0] {
            let mut near = self.between(-6.0, 6.0);
            while near < 130.0 {
                let length =
                    if self.setting == Setting::Town { self.between(8.0, 19.0) } else { self.between(8.0, 13.0) };
                let built = self.chance(share);
                let building = self.building(side, [near, near + length], pitched_share);
                if built {
                    self.items.push(Item::Building(building));
                }
                near += length + self.between(gap[0], gap[1]);
            }
        }
    }

    fn building(&mut self, side: f32, reach: [f32; 2], pitched_share: f32) -> Building {
        const WALLS: [[f32; 3]; 9] = [
            [0.82, 0.78, 0.7],
            [0.75, 0.7, 0.64],
            [0.7, 0.52, 0.4],
            [0.6, 0.36, 0.28],
            [0.84, 0.82, 0.78],
            [0.66, 0.66, 0.64],
            [0.8, 0.72, 0.52],
            [0.62, 0.68, 0.7],
            [0.76, 0.64, 0.58],
        ];
        const ROOFS: [[f32; 3]; 4] = [[0.55, 0.28, 0.2], [0.34, 0.32, 0.32], [0.45, 0.36, 0.3], [0.4, 0.44, 0.46]];
        let town = self.setting == Setting::Town;
        let wall = WALLS[self.stage.rng.random_range(0..WALLS.len())];
        let roof = ROOFS[self.stage.rng.random_range(0..ROOFS.len())];
        let floors = if town { self.stage.rng.random_range(2..7) } else { self.stage.rng.random_range(1..3) };
        let pitched = self.chance(pitched_share) && floors < 5;
        Building {
            side,
            front: self.fronts + self.stage.between(0.0, if town { 0.5 } else { 3.0 }),
            reach,
            depth: self.stage.between(7.0, 12.0),
            floors,
            pitched,
            colour: self.stage.near_colour(wall, 0.05),
            roof_colour: self.stage.near_colour(roof, 0.05),
            has_shop: town && self.chance(0.5),
            detached: !town,
        }
    }

    pub(super) fn plants(&mut self) {
        let shares = plant_shares(self.facts.climate);
        let mut left = self.stage.rng.random::<f32>();
        let mut at = 0;
        while at + 1 < shares.len() && left >= shares[at] {
            left -= shares[at];
            at += 1;
        }
        let plant = PLANTS[at];
        let count = match self.setting {
            Setting::Town => self.stage.rng.random_range(0..8),
            Setting::Suburb => self.stage.rng.random_range(3..14),
            Setting::Country => self.stage.rng.random_range(5..20),
        };
        for _ in 0..count {
            let side = self.either_side();
            let inner = self.road.half + 1.0;
            let x = match self.setting {
                Setting::Town => side * (inner + self.between(0.0, self.road.sidewalk.max(1.0) * 0.6)),
                _ => side * (inner + 0.6 + self.between(0.0, 1.0).powi(2) * 30.0),
            };
            let z = 6.0 + self.between(0.0, 1.0).powf(1.6) * 90.0;
            let tall = self.between(4.0, 9.5);
            self.add(Item::Plant { plant, spot: [x, 0.0, z], tall }, [x, 0.0, z], [tall * 0.65, tall]);
        }
        if self.setting != Setting::Town {
            for _ in 0..self.stage.rng.random_range(2..12) {
                let side = self.either_side();
                let x = side * (self.road.half + 1.2 + self.between(0.0, 14.0));
                let (z, tall) = (self.between(5.0, 50.0), self.between(0.4, 1.3));
                self.add(Item::Bush { spot: [x, 0.0, z], tall }, [x, 0.0, z], [tall * 2.0, tall]);
            }
        }
    }

    pub(super) fn poles(&mut self) {
        if self.chance(0.68) {
            let side = self.either_side();
            let x = side * (self.road.half + self.between(0.6, 2.2));
            let spacing = self.between(22.0, 36.0);
            let mut z = self.between(4.5, 14.0);
            let mut before: Option<Spot> = Some([x, 0.0, z - spacing]);
            for _ in 0..5 {
                let spot = [x, 0.0, z];
                self.add(Item::Pole(spot), spot, [0.5, 8.5]);
                if let Some(before) = before {
                    self.items.push(Item::Wires(before, spot));
                }
                before = Some(spot);
                z += spacing;
            }
        }
        if self.setting == Setting::Town && self.chance(0.6) {
            let side = self.either_side();
            let x = side * (self.road.half + 0.5);
            let mut z = self.between(10.0, 25.0);
            while z < 100.0 {
                self.add(Item::Lamp { side, spot: [x, 0.0, z] }, [x, 0.0, z], [0.4, 7.5]);
                z += 26.0;
            }
        }
    }

    pub(super) fn small_things(&mut self) {
        if self.setting != Setting::Town && self.chance(0.55) {
            let mut z = self.between(4.0, 9.0);
            for _ in 0..4 {
                for side in [-1.0, 1.0] {
                    let spot = [side * (self.road.half + 0.45), 0.0, z];
                    self.add(Item::Post(spot), spot, [0.25, 1.1]);
                }
                z += self.between(9.0, 16.0);
            }
        }
        if self.setting != Setting::Town && self.chance(0.5) {
            let x = self.either_side() * (self.road.half + self.road.sidewalk + self.between(1.4, 3.0));
            let solid = self.setting == Setting::Suburb && self.chance(0.5);
            let mut near = self.between(1.5, 12.0);
            for _ in 0..3 {
                let far = near + self.between(8.0, 20.0);
                self.items.push(Item::Fence { x, reach: [near, far], solid });
                near = far + self.between(0.0, 6.0);
            }
        }
        if self.road.sidewalk > 0.0 {
            for _ in 0..self.stage.rng.random_range(0..5) {
                let x = self.either_side() * (self.road.half + self.between(0.5, self.road.sidewalk.max(0.8)));
                let spot = [x, 0.1, self.between(7.0, 45.0)];
                self.add(Item::Person(spot), spot, [0.5, 1.75]);
            }
        }
    }
}
