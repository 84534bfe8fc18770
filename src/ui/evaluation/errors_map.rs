//! The errors on the map: a dot where each picture was taken, and a line to the first place that was offered.

use std::sync::Arc;

use egui::{Color32, Layout, Pos2, Rect, RichText, Stroke, Ui, UiBuilder, pos2, vec2};

use super::{
    super::{
        View,
        map::{self, Basemap, Go, Identity, Look, MOST_ZOOM_OFFLINE, Placement, Shown, world_from},
        theme, words,
    },
    figures,
};
use crate::worker::{ErrorLine, Evaluated};

/// Errors are never looked at closer than this at first.
const MOST_ZOOM_FITTED: f64 = 5.0;
/// More lines than this hide each other, and the map; it bounds a frame.
const MOST_DRAWN: usize = 4000;
/// The pointer is at a dot that is no farther, in points.
const NEAR: f32 = 8.0;
/// Half of the world's width, in its own units.
const HALF_WORLD: f32 = 128.0;

/// How the errors are looked at.
pub(super) struct ErrorsMap {
    look: Look,
    /// Which of the models that are looked at.
    model: usize,
    fitted_to: Option<Identity<Evaluated>>,
}

impl ErrorsMap {
    /// The whole world.
    pub(super) fn new() -> Self {
        Self { look: Look::new(), model: 0, fitted_to: None }
    }

    /// Draws the map in the space that is left, under a line that says whose errors they are.
    pub(super) fn ui(&mut self, view: &View<'_>, ui: &mut Ui, base: &mut Basemap, shown: &[Arc<Evaluated>]) {
        let of_model = |evaluated: &Arc<Evaluated>, at: usize| (Arc::clone(evaluated), at);
        let models: Vec<(Arc<Evaluated>, usize)> = shown
            .iter()
            .flat_map(|evaluated| (0..evaluated.report.models.len()).map(move |at| of_model(evaluated, at)))
            .collect();
        self.model = self.model.min(models.len().saturating_sub(1));
        let area = ui.available_rect_before_wrap();
        let (line, map) = area.split_top_bottom_at_y(area.min.y + 36.0);
        ui.scope_builder(UiBuilder::new().max_rect(line.shrink2(vec2(10.0, 4.0))), |ui| {
            self.choice_ui(ui, figures::heads(shown));
        });
        let Some((evaluated, at)) = models.get(self.model) else { return };
        ui.scope_builder(UiBuilder::new().max_rect(map), |ui| self.map_ui(view, ui, base, (evaluated, *at)));
        ui.advance_cursor_after_rect(area);
    }

    fn choice_ui(&mut self, ui: &mut Ui, names: Vec<String>) {
        let is_choice = names.len() > 1;
        ui.with_layout(Layout::left_to_right(egui::Align::Center), |ui| {
            ui.label(RichText::new("Errors").strong());
            for (place, name) in names.into_iter().enumerate() {
                if is_choice {
                    theme::choice_value(ui, &mut self.model, place, name);
                } else {
                    ui.label(name);
                }
            }
        });
    }

    fn map_ui(&mut self, view: &View<'_>, ui: &mut Ui, base: &mut Basemap, (of, model): (&Arc<Evaluated>, usize)) {
        let map = ui.available_rect_before_wrap();
        let errors = of.errors.get(model).map_or(&[][..], Vec::as_slice);
        let identity = Identity::of(of);
        if self.fitted_to.as_ref() != Some(&identity) {
            self.fitted_to = Some(identity);
            self.fit(errors, map);
        }
        let shown = Shown {
            covered: Rect::NOTHING,
            marked: &[],
            name: "Map of the errors",
            network: view.state.settings().network,
            shapes: &[],
            most_zoom_offline: MOST_ZOOM_OFFLINE,
            drags: true,
            double_click_zooms: true,
        };
        let mut go_to = None;
        self.look.ui(base, &shown, ui, |ui, response, projector, online| {
            let pointed = errors_ui(ui, &Placement::of(projector), map, errors, response.hover_pos());
            map::legend(ui, response, projector, online);
            go_to = map::buttons_ui(ui, map, "Fit the map to the errors", !errors.is_empty());
            if let Some(error) = pointed {
                response.clone().on_hover_text_at_pointer(format!(
                    "{}: {}",
                    error.picture,
                    words::kilometres(error.km)
                ));
            }
        });
        match go_to {
            Some(Go::By(steps)) => self.look.zoom_by(steps),
            Some(Go::Fit) => self.fit(errors, map),
            None => {}
        }
    }

    fn fit(&mut self, errors: &[ErrorLine], map: Rect) {
        let points: Vec<_> = errors.iter().map(|error| error.truth).collect();
        self.look.fit(&points, map.size(), MOST_ZOOM_FITTED);
    }
}

/// Draws the errors in view; the one that the pointer is at is returned.
fn errors_ui<'a>(
    ui: &Ui,
    placement: &Placement,
    map: Rect,
    errors: &'a [ErrorLine],
    pointer: Option<Pos2>,
) -> Option<&'a ErrorLine> {
    let palette = theme::palette(ui);
    let painter = ui.painter_at(map);
    let line = Stroke::new(1.2, palette.map.candidate.gamma_multiply(0.7));
    let mut pointed: Option<(f32, &ErrorLine)> = None;
    for error in errors.iter().take(MOST_DRAWN) {
        let [truth, said] = ends(error);
        // A line may leave one copy of the world for the next.
        for copy in placement.copies.start() - 1..=placement.copies.end() + 1 {
            let [truth, said] = [truth, said].map(|end| placement.screen_from(end, copy));
            if !map.intersects(Rect::from_two_pos(truth, said)) {
                continue;
            }
            painter.line_segment([truth, said], line);
            painter.circle(truth, 3.0, palette.map.candidate, Stroke::new(1.0, Color32::WHITE));
            let distance = pointer.map_or(f32::INFINITY, |pointer| pointer.distance(truth));
            if distance < NEAR && pointed.is_none_or(|(nearest, _)| distance < nearest) {
                pointed = Some((distance, error));
            }
        }
    }
    pointed.map(|(_, error)| error)
}

/// Both ends of a line in the world's units, the second so that the line goes the short way around.
fn ends(error: &ErrorLine) -> [Pos2; 2] {
    let [truth, said] = [error.truth, error.said].map(world_from);
    let turn = match said.x - truth.x {
        east if east > HALF_WORLD => -2.0 * HALF_WORLD,
        west if west < -HALF_WORLD => 2.0 * HALF_WORLD,
        _ => 0.0,
    };
    [truth, pos2(said.x + turn, said.y)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::LatLon;

    #[test]
    fn a_line_goes_the_short_way_around_the_world() {
        let at = |lat, lon| LatLon::new(lat, lon).unwrap();
        let line = |truth, said| ErrorLine { picture: String::new(), truth, said, km: 0.0 };
        for (from, to) in [(178.0, -171.0), (-171.0, 178.0), (10.0, 20.0)] {
            let [truth, said] = ends(&line(at(0.0, from), at(0.0, to)));
            assert!((said.x - truth.x).abs() < 12.0 / 360.0 * 256.0, "{from} to {to}: {truth} {said}");
        }
    }
}
