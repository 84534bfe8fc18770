//! Drawing and measuring on the map: the tool in hand, what pointer and keys do with it, and how its draft looks.

use egui::{
    Align2, CursorIcon, Key, Modifiers, PointerButton, Pos2, Rect, Response, Role, Sense, Shape, Stroke, Ui,
    WidgetInfo, vec2,
};
use walkers::Projector;

use super::{
    areas::{Picking, color_of},
    tool::{Measured, Tool, follow, measured, shortest, straight},
    view::{Placement, world_from},
    write,
};
use crate::{
    geo::LatLon,
    predict::area::area_piece,
    state::{Action, PictureKey, Remark},
    ui::{View, theme, words},
};

/// A click so near the first corner closes the polygon, in points.
const NEAR: f32 = 9.0;

/// The tool in hand, and what becomes of what it draws.
pub struct Drawing {
    tool: Option<Tool>,
    /// Whether the picture was taken only there, or not there.
    pub is_inside: bool,
}

impl Drawing {
    /// No tool, and "only here".
    pub const fn new() -> Self {
        Self { tool: None, is_inside: true }
    }

    /// The tool in hand.
    pub fn tool(&self) -> Option<&Tool> {
        self.tool.as_ref()
    }

    /// The countries that are being picked.
    pub fn picking(&self) -> Picking<'_> {
        let countries = match &self.tool {
            Some(Tool::Countries(codes)) => codes.as_slice(),
            _ => &[],
        };
        Picking { countries, is_inside: self.is_inside }
    }

    /// Takes up a tool; one of the kind in hand is laid down instead.
    pub fn toggle(&mut self, tool: Tool) {
        let is_same =
            self.tool.as_ref().is_some_and(|held| std::mem::discriminant(held) == std::mem::discriminant(&tool));
        self.tool = (!is_same).then_some(tool);
    }

    /// Lays the tool down with all that was drawn; whether there was one.
    pub fn give_up(&mut self) -> bool {
        self.tool.take().is_some()
    }

    /// Adds what was drawn to the evidence.
    pub fn finish(&mut self, view: &mut View<'_>) {
        let Some(area) = self.tool.as_ref().and_then(Tool::area) else { return };
        let Some(entry) = view.state.selected() else { return };
        view.actions.push(match area {
            Ok(area) => Action::AddPiece(entry.key, Box::new(area_piece(area, self.is_inside))),
            Err(why) => Action::Tell(Remark::AreaRefused(why)),
        });
        self.tool = None;
    }

    /// Does what pointer and keys say, and draws the draft.
    pub fn ui(&mut self, view: &mut View<'_>, ui: &Ui, response: &Response, projector: &Projector<'_>) {
        if self.tool.is_none() {
            return;
        }
        if response.hovered() {
            ui.set_cursor_icon(CursorIcon::Crosshair);
        }
        let placement = Placement::of(projector);
        let is_done = self.pointer(response, projector, &placement) || (!view.is_covered && self.keys(ui));
        if let Some(tool) = &self.tool {
            let pointer = response.hover_pos().map(|at| point_under(projector, at));
            draft_ui(ui, response.rect, &placement, tool, pointer, self.is_inside);
        }
        if is_done {
            self.finish(view);
        }
    }

    /// Whether the tool is done by it.
    fn pointer(&mut self, response: &Response, projector: &Projector<'_>, placement: &Placement) -> bool {
        let Some(tool) = &mut self.tool else { return false };
        let at = response.interact_pointer_pos();
        if let Tool::Circle(ends) = tool {
            if response.drag_started_by(PointerButton::Primary) {
                let origin = response.ctx.input(|input| input.pointer.press_origin()).or(at);
                *ends = origin.map(|at| [point_under(projector, at); 2]);
            }
            if let (Some([centre, rim]), Some(at)) = (ends, at) {
                *rim = follow(Some(centre), point_under(projector, at));
            }
            let is_let_go = response.drag_stopped();
            let is_done = is_let_go && tool.is_complete();
            if is_let_go && !is_done {
                tool.take_back();
            }
            return is_done;
        }
        let Some(at) = at.filter(|_| response.clicked_by(PointerButton::Primary)) else { return false };
        let first = match tool {
            Tool::Polygon(corners) if corners.len() >= 3 => corners.first().copied(),
            _ => None,
        };
        let closes = first.is_some_and(|first| {
            let on_screen = |copy| placement.screen_from(world_from(first), copy);
            copies(placement).any(|copy| on_screen(copy).distance(at) < NEAR)
        });
        if closes || response.double_clicked() {
            return tool.is_complete();
        }
        tool.click(point_under(projector, at));
        false
    }

    /// Enter and Backspace; whether the tool is done by it.
    fn keys(&mut self, ui: &Ui) -> bool {
        let Some(tool) = self.tool.as_mut().filter(|_| !ui.ctx().text_edit_focused()) else { return false };
        let is_pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if is_pressed(Key::Backspace) {
            tool.take_back();
        }
        tool.is_complete() && is_pressed(Key::Enter)
    }
}

/// The picture looked at, where an area can be added to its evidence.
pub fn takes_area(view: &View<'_>) -> Option<PictureKey> {
    let entry = view.state.selected().filter(|entry| !view.is_veiled && entry.takes_evidence());
    entry.map(|entry| entry.key)
}

/// The point of the map under a point of the screen, on whichever turn of the world.
fn point_under(projector: &Projector<'_>, at: Pos2) -> LatLon {
    let position = projector.unproject(at.to_vec2());
    LatLon { lat: position.y().clamp(-90.0, 90.0), lon: position.x() }
}

/// The copies of the world on which a draft may be seen: one further on either side, since it may go on past the map's edge.
fn copies(placement: &Placement) -> std::ops::RangeInclusive<i32> {
    placement.copies.start() - 2..=placement.copies.end() + 2
}

fn draft_ui(ui: &Ui, map: Rect, placement: &Placement, tool: &Tool, pointer: Option<LatLon>, is_inside: bool) {
    let color = if matches!(tool, Tool::Measure(_)) {
        theme::palette(ui).map.town
    } else {
        color_of(is_inside, ui.visuals().dark_mode)
    };
    let with_pointer = |points: &[LatLon]| -> Vec<LatLon> {
        let pointer = pointer.filter(|_| !points.is_empty()).map(|at| follow(points.last(), at));
        points.iter().copied().chain(pointer).collect()
    };
    let (corners, lines) = match tool {
        Tool::Polygon(corners) => {
            let mut around = with_pointer(corners);
            around.extend(around.first().copied());
            (corners.as_slice(), path(&around, |a, b| straight(a, b).collect()))
        }
        Tool::Measure(points) => (points.as_slice(), path(&with_pointer(points), |a, b| shortest(a, b).collect())),
        Tool::Circle(Some(ends)) => (&ends[..1], super::view::circle(ends[0], ends[0].distance_km(ends[1]))),
        Tool::Circle(None) | Tool::Countries(_) => return,
    };
    let painter = ui.painter_at(map);
    for copy in copies(placement) {
        let on_screen = |at: &LatLon| placement.screen_from(world_from(*at), copy);
        painter.add(Shape::line(lines.iter().map(on_screen).collect(), Stroke::new(2.0, color)));
        for corner in corners {
            painter.circle(on_screen(corner), 4.0, theme::palette(ui).raised, Stroke::new(2.0, color));
        }
    }
    let text = match tool {
        Tool::Circle(Some([centre, rim])) => Some(format!("Radius {}", words::kilometres(centre.distance_km(*rim)))),
        Tool::Measure(points) => measured(&with_pointer(points)).map(|way| way_in_words(&way)),
        _ => None,
    };
    let (Some(text), Some(pointer)) = (text, pointer) else { return };
    let beside = map.center().x;
    let at = copies(placement).map(|copy| placement.screen_from(world_from(pointer), copy));
    let Some(at) = at.min_by(|a, b| (a.x - beside).abs().total_cmp(&(b.x - beside).abs())) else { return };
    // Above the pointer where it would lie on whom the map is from.
    let is_low = map.bottom() - at.y < CREDIT;
    let (above, align) = if is_low { (-14.0, Align2::LEFT_BOTTOM) } else { (14.0, Align2::LEFT_TOP) };
    let rect = write(ui, map, at + vec2(14.0, above), align, text.clone());
    let label = ui.interact(rect, ui.scope_id().with("measured"), Sense::empty());
    label.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
}

/// So near the map's foot a line of words would lie on the credit, in points.
const CREDIT: f32 = 60.0;

/// "1,204 km in all; last leg 343 km, 330°, north-west".
fn way_in_words(way: &Measured) -> String {
    let leg = format!("{}, {}", words::kilometres(way.last_km), words::heading(way.bearing_deg));
    if way.km > way.last_km { format!("{} in all; last leg {leg}", words::kilometres(way.km)) } else { leg }
}

/// A line through these points.
fn path(points: &[LatLon], between: impl Fn(LatLon, LatLon) -> Vec<LatLon>) -> Vec<LatLon> {
    points.first().copied().into_iter().chain(points.windows(2).flat_map(|leg| between(leg[0], leg[1]))).collect()
}
