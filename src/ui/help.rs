//! The list of keys, and what this program is.

use egui::{Context, Grid, Modifiers, RichText, ScrollArea, Ui};

use super::{
    forms,
    page::WindowPage,
    shortcuts::{Line, Shortcut, lines},
    theme,
};

/// What the keys do on every page; the window itself does it (`super::Window::keys`).
pub const EVERYWHERE: &[Shortcut<()>] = &[
    Shortcut::elsewhere(Modifiers::COMMAND, "1, 2 …", "The page of this place in the rail"),
    Shortcut::elsewhere(Modifiers::COMMAND, "plus, minus, 0", "Everything larger, smaller, as at first"),
    Shortcut::elsewhere(Modifiers::NONE, "Tab, Shift+Tab", "From one control to the next, and back"),
    Shortcut::elsewhere(Modifiers::NONE, "Arrows, +, −", "Move and zoom a map while it has the focus"),
    Shortcut::elsewhere(Modifiers::NONE, "Esc", "Close what is open, put a notice away, stop what runs"),
    Shortcut::elsewhere(Modifiers::NONE, "F1 or ?", "This list"),
];

/// Draws the list; false once it is to be closed.
pub fn help_ui(ctx: &Context, page: &dyn WindowPage) -> bool {
    let mut stays = true;
    forms::dialog(ctx, "Keyboard and about", |ui: &mut Ui| {
        let most = ui.ctx().content_rect().height() - 190.0;
        ScrollArea::vertical().max_height(most).show(ui, |ui| {
            Grid::new("keys").num_columns(2).min_row_height(20.0).spacing([24.0, 4.0]).show(ui, |ui| {
                let everywhere: Vec<Line> = lines(EVERYWHERE, ctx);
                for (key, does) in page.shortcuts(ctx).into_iter().chain(everywhere) {
                    ui.label(RichText::new(key).monospace());
                    ui.add(egui::Label::new(does).wrap());
                    ui.end_row();
                }
            });
            ui.add_space(theme::GAP_WIDE);
            ui.label(RichText::new(format!("Terrasight {}", env!("CARGO_PKG_VERSION"))).strong());
            ui.label("Says where a photograph was taken, why, and how far to believe it, wholly on this machine.");
            let data = "Maps: Natural Earth (public domain). Places: GeoNames (CC BY 4.0). Online tiles, when switched on: © OpenStreetMap contributors (ODbL).";
            ui.label(RichText::new(data).small().weak());
        });
        ui.add_space(theme::GAP);
        let close = ui.button("Close");
        if ui.memory(|memory| memory.focused().is_none()) {
            close.request_focus();
        }
        stays = !close.clicked();
    });
    stays
}
