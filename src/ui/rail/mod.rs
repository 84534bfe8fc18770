//! The rail at the left: a tab a page, and at its foot how the window itself is to be.

mod menus;

use egui::{
    Align2, CornerRadius, FontId, Frame, Layout, Margin, Panel, Rect, Role, Sense, Stroke, StrokeKind, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};

use super::{View, page::WindowPage, shortcuts, theme};
use crate::state::Action;

/// Width of the rail.
const WIDTH: f32 = 76.0;
/// Height of a tab where there is room, and the least that sign and name need.
const TAB: [f32; 2] = [54.0, 44.0];
/// Height between tabs.
const GAP: f32 = 4.0;

/// Draws the rail.
pub fn rail_ui(view: &mut View<'_>, ui: &mut Ui, pages: &[Box<dyn WindowPage>]) {
    let frame = Frame::new().fill(theme::palette(ui).raised).inner_margin(Margin::symmetric(4, 6));
    Panel::left("rail").exact_size(WIDTH).resizable(false).frame(frame).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = GAP;
        let room = (ui.available_height() - menus::height(GAP)) / pages.len().max(1) as f32 - GAP;
        for (place, page) in pages.iter().enumerate() {
            tab_ui(view, ui, page.as_ref(), place, room.clamp(TAB[1], TAB[0]));
        }
        ui.with_layout(Layout::bottom_up(egui::Align::Min), |ui| menus::menus_ui(view, ui));
    });
}

fn tab_ui(view: &mut View<'_>, ui: &mut Ui, page: &dyn WindowPage, place: usize, height: f32) {
    let palette = theme::palette(ui);
    let is_shown = view.state.settings().page == page.page();
    let (rect, tab) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
    tab.widget_info(|| WidgetInfo::selected(Role::Tab, true, is_shown, format!("{} page", page.title())));
    let (fill, text) = match (is_shown, tab.hovered()) {
        (true, _) => (palette.accent_faint, palette.text),
        (false, true) => (palette.button_hovered, palette.text),
        (false, false) => (egui::Color32::TRANSPARENT, palette.text_weak),
    };
    let painter = ui.painter();
    painter.rect(rect, CornerRadius::same(theme::CORNER), fill, Stroke::NONE, StrokeKind::Inside);
    if is_shown {
        // A bar beside it, so that colours need not be told apart.
        let bar = Rect::from_min_max(pos2(rect.min.x, rect.min.y + 8.0), pos2(rect.min.x + 3.0, rect.max.y - 8.0));
        painter.rect_filled(bar, 1.5, palette.accent);
    }
    let sign = Rect::from_center_size(rect.center_top() + vec2(0.0, 20.0), Vec2::splat(20.0));
    page.icon(painter, sign, Stroke::new(1.5, text));
    let name = rect.center_bottom() - vec2(0.0, 12.0);
    painter.text(name, Align2::CENTER_CENTER, page.title(), FontId::proportional(theme::SMALL_SIZE), text);
    let mut hint = format!("The page to {}", page.purpose());
    if let Some(key) = super::PAGE_KEYS.get(place) {
        hint = shortcuts::hint(ui.ctx(), &hint, *key);
    }
    if tab.on_hover_text(hint).clicked() {
        view.actions.push(Action::Show(page.page()));
    }
}
