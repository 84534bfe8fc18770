//! What stands where: a street is planned before it is drawn, so that signs can be kept free and far things drawn first.

use rand::Rng;

use super::{
    buildings::Building,
    camera::Spot,
    road::Road,
    scene::{PLANTS, SceneFacts, plant_shares},
    signs::{Mount, TrafficSign, WordBoard, shop_colours, speed_limits},
    stage::Stage,
    vehicles::{Vehicle, VehicleKind},
};

/// How densely the street is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    Town,
    Suburb,
    Country,
}

/// One thing of the street.
#[derive(Debug, Clone)]
pub enum Item {
    Building(Building),
    Plant { plant: &'static str, spot: Spot, tall: f32 },
    Bush { spot: Spot, tall: f32 },
    Pole(Spot),
    Wires(Spot, Spot),
    Post(Spot),
    Lamp { side: f32, spot: Spot },
    Fence { x: f32, reach: [f32; 2], solid: bool },
    Person(Spot),
    Vehicle { vehicle: Vehicle, parked: bool },
    Board(WordBoard),
    Sign { sign: TrafficSign, centre: Spot, across: f32 },
}

impl Item {
    /// Where along the road it counts as standing when things are put in order; of long things the far end.
    pub fn depth(&self) -> f32 {
        match self {
            Item::Building(building) => building.reach[1],
            Item::Plant { spot, .. } | Item::Bush { spot, .. } | Item::Lamp { spot, .. } => spot[2],
            Item::Pole(spot) | Item::Post(spot) | Item::Person(spot) => spot[2],
            Item::Wires(from, to) => from[2].max(to[2]),
            Item::Fence { reach, .. } => reach[1],
            Item::Vehicle { vehicle, .. } => vehicle.z,
            Item::Board(board) => board.centre[2],
            Item::Sign { centre, .. } => centre[2],
        }
    }
}

/// A rectangle of the picture: left, top, right, bottom in pixels.
type Area = [f32; 4];

fn overlap(a: &Area, b: &Area) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

/// A street being planned.
pub struct Plan<'a> {
    stage: &'a mut Stage,
    facts: &'a SceneFacts,
    road: Road,
    setting: Setting,
    /// Where the fronts of the buildings stand, measured from the road's middle.
    fronts: f32,
    /// Picture areas that signs need, with their distance.
    kept_free: Vec<(Area, f32)>,
    items: Vec<Item>,
}

/// Plans a street; the things come in the order in which they are to be drawn.
pub fn street(stage: &mut Stage, facts: &SceneFacts, road: Road, setting: Setting) -> Vec<Item> {
    let set_back = match setting {
        Setting::Town => stage.between(0.0, 0.8),
        Setting::Suburb => stage.between(3.5, 8.0),
        Setting::Country => stage.between(9.0, 20.0),
    };
    let fronts = road.half + road.sidewalk + set_back;
    let mut plan = Plan { stage, facts, road, setting, fronts, kept_free: Vec::new(), items: Vec::new() };
    plan.word_boards();
    plan.traffic_signs();
    plan.vehicles();
    plan.buildings();
    plan.plants();
    plan.poles();
    plan.small_things();
    let mut items = plan.items;
    items.sort_by(|a, b| b.depth().total_cmp(&a.depth()));
    items
}

impl Plan<'_> {
    fn chance(&mut self, share: f32) -> bool {
        self.stage.chance(share)
    }

    fn between(&mut self, low: f32, high: f32) -> f32 {
        self.stage.between(low, high)
    }

    fn either_side(&mut self) -> f32 {
        if self.chance(0.5) { 1.0 } else { -1.0 }
    }

    /// Adds a thing unless it would stand before a sign; now and then it may.
    fn add(&mut self, item: Item, spot: Spot, [wide, tall]: [f32; 2]) {
        if let Some(([x, y], metres)) = self.stage.camera.project(spot) {
            let scale = self.stage.camera.focal / metres;
            let area = [x - wide / 2.0 * scale, y - tall * scale, x + wide / 2.0 * scale, y];
            let hides = self.kept_free.iter().any(|(free, distance)| spot[2] < *distance && overlap(free, &area));
            if hides && !self.chance(0.07) {
                return;
            }
        }
        self.items.push(item);
    }

    fn word_boards(&mut self) {
        let count = if self.chance(0.1) { 0 } else if self.chance(0.55) { 1 } else { 2 };
        for _ in 0..count {
            let language = self.any_language();
            let word = language.words[self.stage.rng.random_range(0..language.words.len())].as_str();
            let direction = self.chance(0.28);
            let colours = self.stage.rng.random_range(0..shop_colours());
            let capitals = self.between(21.0, 37.0);
            let turn = self.between(-0.2, 0.2);
            let mut board = WordBoard {
                centre: [0.0; 3],
                turn,
                em: 1.0,
                language,
                word,
                direction,
                colours,
                mount: Mount::Posts,
                support: 0.0,
            };
            // Size in ems; the width in the picture decides how large the letters can be.
            let [wide, tall] = board.size();
            let em = (capitals / 0.72).min(212.0 / wide);
            for _ in 0..24 {
                if let Some(placed) = self.place_board(&board, [wide * em, tall * em], em) {
                    board = placed;
                    self.items.push(Item::Board(board));
                    break;
                }
            }
        }
    }

    fn any_language(&mut self) -> &'static crate::knowledge::Language {
        let languages = &self.facts.languages;
        let mut left = self.stage.rng.random::<f32>();
        for (language, share) in languages {
            if left < *share {
                return language;
            }
            left -= share;
        }
        languages[0].0
    }

    /// Tries one place in the picture for a board of this size in pixels.
    fn place_board(&mut self, board: &WordBoard, [wide, tall]: [f32; 2], em: f32) -> Option<WordBoard> {
        let (width, _) = self.stage.canvas.size();
        let margin = 4.0;
        let column = self.between(wide / 2.0 + margin, width as f32 - wide / 2.0 - margin);
        let row = self.between(tall / 2.0 + margin, self.stage.camera.horizon + 12.0);
        let area = [column - wide / 2.0, row - tall / 2.0, column + wide / 2.0, row + tall / 2.0];
        if self.kept_free.iter().any(|(other, _)| overlap(other, &area)) {
            return None;
        }
        let z = self.between(6.0, 17.0);
        let centre = self.stage.camera.spot_at([column, row], z);
        let metre = 1.0 / self.stage.camera.pixels_per_metre(z);
        let (half_wide, foot) = (wide * metre / 2.0, centre[1] - tall * metre / 2.0);
        let nearest = centre[0].abs() - half_wide;
        let crosses = centre[0].abs() < half_wide;
        let mount = if crosses || nearest < self.road.half + 0.15 {
            if foot < 3.9 || foot > 7.0 {
                return None;
            }
            Mount::Hung
        } else if foot < 0.4 || foot > 8.0 {
            return None;
        } else if self.setting == Setting::Town && centre[0].abs() + half_wide > self.fronts {
            Mount::Hung
        } else {
            Mount::Posts
        };
        self.kept_free.push((area, z));
        let support = (self.road.half + 0.6).max(centre[0].abs() + half_wide * 0.2);
        Some(WordBoard { centre, em: em * metre, mount, support, ..board.clone() })
    }

    fn traffic_signs(&mut self) {
        let unit = speed_limits(self.facts.speed_unit);
        let limit = unit[self.stage.rng.random_range(0..unit.len())];
        let wanted = [
            (TrafficSign::Warning, 0.32),
            (TrafficSign::Speed(limit), 0.24),
            (TrafficSign::Stop, 0.2),
            (TrafficSign::NoEntry, 0.12),
        ];
        for (sign, share) in wanted {
            if !self.chance(share) {
                continue;
            }
            for _ in 0..8 {
                let pixels = if sign == TrafficSign::Stop { self.between(46.0, 68.0) } else { self.between(34.0, 62.0) };
                let z = self.between(6.0, 11.0);
                let across = pixels / self.stage.camera.pixels_per_metre(z);
                let side = if self.chance(0.8) { self.facts.own_side() } else { -self.facts.own_side() };
                let x = side * (self.road.half + 0.35 + across / 2.0 + self.between(0.0, 0.8));
                let centre = [x, self.between(1.9, 2.9), z];
                let Some(([column, row], _)) = self.stage.camera.project(centre) else { continue };
                let area = [column - pixels / 2.0, row - pixels / 2.0, column + pixels / 2.0, row + pixels / 2.0];
                let inside = area[0] > 2.0 && area[2] < 446.0 && area[1] > 2.0;
                if inside && !self.kept_free.iter().any(|(other, _)| overlap(other, &area)) {
                    self.kept_free.push((area, z));
                    self.items.push(Item::Sign { sign, centre, across });
                    break;
                }
            }
        }
    }

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

    fn vehicles(&mut self) {
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

    fn buildings(&mut self) {
        let (gap, share) = match self.setting {
            Setting::Town => ([0.0, 1.2], 0.94),
            Setting::Suburb => ([4.0, 11.0], 0.8),
            Setting::Country => ([25.0, 60.0], 0.5),
        };
        let pitched_share = if self.facts.roof == "flat" { 0.08 } else { 0.78 };
        for side in [-1.0, 1.0] {
            let mut near = self.between(-6.0, 6.0);
            while near < 130.0 {
                let length = if self.setting == Setting::Town { self.between(8.0, 19.0) } else { self.between(8.0, 13.0) };
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

    fn plants(&mut self) {
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

    fn poles(&mut self) {
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

    fn small_things(&mut self) {
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
