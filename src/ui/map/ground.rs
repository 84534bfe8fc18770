//! The ground of every map, as fine as its zoom wants: land and coasts in three sheets, waters and inner borders in groups.

use egui::Ui;
use walkers::Drawables;

use super::{drawn::Drawn, world};
use crate::{
    geo::borders::Detail,
    ui::{
        background::Background,
        theme::{self, MapPalette},
    },
};

/// The sheets and groups that were drawn so far, each for the theme that its key says (dark or not).
pub struct Ground {
    coarse: Drawn<bool, Drawables>,
    fine: Drawn<bool, Drawables>,
    finest: Drawn<bool, Drawables>,
    waters: [Drawn<bool, Drawables>; world::WATERS.len()],
}

impl Ground {
    /// Nothing drawn yet.
    pub const fn new() -> Self {
        Self {
            coarse: Drawn::new(),
            fine: Drawn::new(),
            finest: Drawn::new(),
            waters: [const { Drawn::new() }; world::WATERS.len()],
        }
    }

    /// Land and coasts as fine as this zoom wants and as they are drawn already, then what lies upon them.
    pub fn shapes(&mut self, ui: &Ui, zoom: f64) -> Vec<&Drawables> {
        let dark = ui.visuals().dark_mode;
        let palette = &theme::palette_of(dark).map;
        let mut land = self.coarse.get(dark, || draw_world(ui, Detail::Coarse, palette));
        if zoom >= world::FINE_FROM_ZOOM {
            land = self.fine.get(dark, || draw_world(ui, Detail::Fine, palette)).or(land);
        }
        if zoom >= world::FINEST_FROM_ZOOM {
            land = self.finest.get(dark, || draw_world(ui, Detail::Finest, palette)).or(land);
        }
        let waters = self.waters.iter_mut().zip(world::WATERS).enumerate();
        let shown = waters.filter(|(_, (_, (from_zoom, _)))| zoom >= *from_zoom);
        let waters = shown.filter_map(|(group, (drawn, _))| {
            drawn.get(dark, || {
                Background::start("terrasight-waters", ui.ctx(), move || world::water_shapes(group, palette))
            })
        });
        land.into_iter().chain(waters).collect()
    }
}

fn draw_world(ui: &Ui, detail: Detail, palette: &'static MapPalette) -> Background<Drawables> {
    Background::start("terrasight-world", ui.ctx(), move || world::shapes(detail, palette))
}
