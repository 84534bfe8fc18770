//! The chooser of a table's columns: its first rows, what each column means, where paths start from, and what is understood.

use egui::{Button, ComboBox, Grid, RichText, ScrollArea, Ui};

use super::{
    super::{
        super::{theme, words},
        PathField,
    },
    look::TableFound,
};
use crate::dataset::{
    ManifestError, TableLook,
    table::{ColumnChoice, Role, TableOptions, TablePreview},
};

/// More columns than this are not shown beside each other; each can be chosen all the same.
const MOST_COLUMNS: usize = 40;
/// Cells are cut to so many letters.
const MOST_LETTERS: usize = 28;
/// So many rows that cannot be used are named.
const MOST_NAMED: usize = 3;
/// Height of the rows, in points, at least and at most; in between it is what the window has beside the rest of the form.
const ROWS_HEIGHT: [f32; 2] = [90.0, 240.0];
const REST_HEIGHT: f32 = 570.0;
/// Fields beside each other.
const FIELDS_ACROSS: usize = 3;

/// What the user has chosen so far.
pub struct ColumnChooser {
    /// None as long as nothing was chosen.
    chosen: Option<TableOptions>,
    /// Where relative paths start from.
    pub root: PathField,
}

impl ColumnChooser {
    /// Nothing chosen.
    pub fn new() -> Self {
        Self { chosen: None, root: PathField::unfocused("Folder that paths start from (empty: the table's own)") }
    }

    /// This chosen before.
    pub fn of(chosen: TableOptions) -> Self {
        let mut chooser = Self::new();
        chosen.root.iter().for_each(|root| chooser.root.set(root.clone()));
        Self { chosen: Some(chosen), ..chooser }
    }

    /// How the table is to be read, where the user has said so.
    pub fn chosen(&self) -> Option<TableOptions> {
        self.chosen.clone()
    }

    /// Draws the first rows, and the fields.
    pub fn ui(&mut self, ui: &mut Ui, table: &TableFound) {
        let Ok(TableLook { preview, .. }) = &table.look else { return };
        rows_ui(ui, preview);
        ui.add_space(theme::GAP);
        self.fields_ui(ui, preview, &table.options);
        ui.add_space(theme::GAP);
        self.root_ui(ui, &table.options);
        self.automatic_ui(ui, &table.options);
    }

    /// Draws the line for the folder that paths start from; `options` say how they are read as long as nothing is chosen.
    pub fn root_ui(&mut self, ui: &mut Ui, options: &TableOptions) {
        if let (None, None, Some(root)) = (&self.chosen, self.root.path(), &options.root) {
            self.root.set(root.clone());
        }
        self.root.ui(ui);
        let root = self.root.path();
        if root != self.chosen.as_ref().unwrap_or(options).root {
            self.chosen.get_or_insert_with(|| options.clone()).root = root;
        }
    }

    /// The way back from what was chosen, now or when the table was indexed before.
    fn automatic_ui(&mut self, ui: &mut Ui, options: &TableOptions) {
        let now = self.chosen.as_ref().unwrap_or(options);
        let button = ui.add_enabled(!now.columns.is_empty(), Button::new("Choose the columns automatically"));
        if button.on_hover_text("By their names and the first rows, as at first").clicked() {
            self.chosen = Some(TableOptions { columns: ColumnChoice::default(), root: now.root.clone() });
        }
    }

    fn fields_ui(&mut self, ui: &mut Ui, preview: &TablePreview, options: &TableOptions) {
        let width = (ui.available_width() - 16.0 * FIELDS_ACROSS as f32) / FIELDS_ACROSS as f32;
        Grid::new("fields").num_columns(FIELDS_ACROSS).spacing([16.0, 6.0]).show(ui, |ui| {
            for (number, role) in FIELDS.into_iter().enumerate() {
                ui.vertical(|ui| {
                    let name = words::role(role);
                    let label = ui.label(RichText::new(name).small());
                    let now = preview.columns.place(role);
                    let shown = now.map_or("no column", |place| preview.headers[place].as_str());
                    let mut picked = now;
                    ComboBox::from_id_salt(("column", name))
                        .selected_text(cut(shown))
                        .width(width)
                        .show_ui(ui, |ui| {
                            ui.selectable_value(&mut picked, None, "no column");
                            for (place, header) in preview.headers.iter().enumerate() {
                                ui.selectable_value(&mut picked, Some(place), cut(header));
                            }
                        })
                        .response
                        .labelled_by(label.id);
                    if picked != now {
                        self.choose(role, picked.map(|place| preview.headers[place].clone()), options);
                    }
                });
                if (number + 1) % FIELDS_ACROSS == 0 {
                    ui.end_row();
                }
            }
        });
    }

    /// A column means one thing: what it was chosen for before goes.
    fn choose(&mut self, role: Role, column: Option<String>, options: &TableOptions) {
        let columns = &mut self.chosen.get_or_insert_with(|| options.clone()).columns.0;
        columns.retain(|other, named| *other == role || named.is_none() || *named != column);
        columns.insert(role, column);
    }
}

/// What can be chosen.
const FIELDS: [Role; 9] = [
    Role::Path,
    Role::Latitude,
    Role::Longitude,
    Role::Position,
    Role::Country,
    Role::City,
    Role::Reasons,
    Role::Clues,
    Role::Locatability,
];

/// The first rows, and over each column what it is taken for.
fn rows_ui(ui: &mut Ui, preview: &TablePreview) {
    let palette = theme::palette(ui);
    let n_columns = preview.headers.len().min(MOST_COLUMNS);
    let height = (ui.ctx().content_rect().height() - REST_HEIGHT).clamp(ROWS_HEIGHT[0], ROWS_HEIGHT[1]);
    let meaning = |place: usize| preview.columns.role(place).map(words::role);
    egui::Frame::new().fill(palette.raised).inner_margin(6.0).corner_radius(theme::CORNER).show(ui, |ui| {
        ScrollArea::both().id_salt("first rows").max_height(height).auto_shrink([false, true]).show(ui, |ui| {
            Grid::new("first rows").striped(true).spacing([16.0, 3.0]).show(ui, |ui| {
                for header in &preview.headers[..n_columns] {
                    ui.label(RichText::new(cut(header)).strong());
                }
                ui.end_row();
                for place in 0..n_columns {
                    match meaning(place) {
                        Some(name) => ui.label(RichText::new(name).small().color(palette.accent)),
                        None => ui.label(RichText::new("not used").small().weak()),
                    };
                }
                ui.end_row();
                for row in &preview.rows {
                    for cell in &row[..n_columns] {
                        ui.label(cut(cell));
                    }
                    ui.end_row();
                }
            });
        });
    });
    let mut text = format!("{}, {}", preview.encoding, words::separator(preview.separator));
    if preview.headers.len() > n_columns {
        text += &format!("; {} more columns can be chosen below", preview.headers.len() - n_columns);
    }
    ui.label(RichText::new(text).small().weak());
}

/// One line, and not too long.
fn cut(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= MOST_LETTERS && line.len() == text.len() {
        return text.to_owned();
    }
    line.chars().take(MOST_LETTERS).chain(['…']).collect()
}

/// What is understood of the table, in a few lines. Where a column that was chosen before is no longer there, the way out of
/// that too.
pub fn understood_ui(ui: &mut Ui, table: &TableFound, chooser: &mut ColumnChooser) {
    let palette = theme::palette(ui);
    let look = match &table.look {
        Ok(look) => look,
        Err(error) => {
            ui.label(RichText::new(error.to_string()).color(palette.error));
            if matches!(error, ManifestError::NoSuchColumn { .. }) {
                chooser.automatic_ui(ui, &table.options);
            }
            return;
        }
    };
    let understood = match &look.understood {
        Ok(understood) => understood,
        Err(error) => {
            let text = match error {
                ManifestError::MissingColumn { column, .. } => words::missing_column(*column).to_owned(),
                other => other.to_string(),
            };
            ui.label(RichText::new(text).color(palette.caution_text));
            return;
        }
    };
    ui.label(RichText::new(words::understood(understood)).strong());
    for bad in understood.bad.iter().take(MOST_NAMED) {
        ui.label(RichText::new(bad.to_string()).small().color(palette.error));
    }
    if let Some(file) = understood.missing.as_ref().filter(|_| understood.n_there == 0) {
        let text = format!("No picture is there, such as {}; choose the folder that paths start from.", file.display());
        ui.label(RichText::new(text).small().color(palette.error));
    }
    let preview = &look.preview;
    let unused = preview.columns.unused_positions.iter().map(|place| preview.headers[*place].as_str());
    for name in unused.take(MOST_NAMED) {
        ui.label(RichText::new(format!("“{name}” looks like a position and is not used.")).small().weak());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_means_one_thing() {
        let mut chooser = ColumnChooser::new();
        let options = TableOptions::default();
        chooser.choose(Role::Latitude, Some("a".to_owned()), &options);
        chooser.choose(Role::Longitude, Some("a".to_owned()), &options);
        chooser.choose(Role::City, None, &options);
        chooser.choose(Role::Country, None, &options);
        let columns = chooser.chosen().unwrap().columns.0;
        let expected = [(Role::Longitude, Some("a".to_owned())), (Role::Country, None), (Role::City, None)];
        assert_eq!(columns.into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn long_cells_are_cut_and_lines_are_one() {
        assert_eq!(cut("short"), "short");
        assert_eq!(cut("two\nlines"), "two…");
        assert_eq!(cut(&"é".repeat(100)).chars().count(), MOST_LETTERS + 1);
    }
}
