//! Fields of numbers that can be set.

use egui::{DragValue, Ui};

use crate::words;

/// From here on numbers that can be set look like the fields that they are, and not like buttons.
pub fn number_fields(ui: &mut Ui) {
    let field = ui.visuals().text_edit_bg_color();
    ui.visuals_mut().widgets.inactive.weak_bg_fill = field;
}

/// A count as it is written elsewhere: "2,000".
pub fn counting(value: DragValue<'_>) -> DragValue<'_> {
    value
        .custom_formatter(|count, _| words::count(count.max(0.0) as usize))
        .custom_parser(|text| text.replace(',', "").trim().parse().ok())
}
