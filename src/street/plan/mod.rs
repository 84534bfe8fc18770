//! What stands where: a street is planned before it is drawn, so that signs can be kept free and far things drawn first.

mod signs;
mod surroundings;
mod traffic;

use super::{
    buildings::Building,
    camera::Spot,
    road::Road,
    scene::SceneFacts,
    signs::{TrafficSign, WordBoard},
    stage::Stage,
    vehicles::Vehicle,
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
    fn depth(&self) -> f32 {
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
}
