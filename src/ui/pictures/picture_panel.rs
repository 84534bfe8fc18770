//! The picture looked at: fitted or close up, moved by dragging, zoomed by the wheel, and drawn from its own pixels where
//! the panel's texture is too coarse, so that the letters on a distant sign can be read.

use std::collections::{HashMap, hash_map};

use egui::{
    Color32, CursorIcon, Frame, Key, Margin, Panel, Rect, Response, RichText, Role, Sense, TextureHandle,
    TextureOptions, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};
use image::imageops;

use super::{
    super::{
        View,
        shortcuts::{self, hint},
        textures::{PANEL_SIDE, Textures, color_image},
        theme, words,
    },
    claims::ClaimsView,
    heatmap::{HeatmapView, Tint},
    keys,
    picture_view::{PictureView, tiles_in_view},
    signs::SignsView,
};
use crate::{
    picture::{Picture, Preview},
    state::{Action, Entry, NotOpen, PictureKey, Remark, State},
};

/// Side of a square of the picture drawn at full detail, in its pixels.
const TILE: u32 = 512;
/// How many such squares stay in graphics memory (1 MiB each).
const MOST_TILES: usize = 48;
/// How many are made in one frame (about 0.3 ms each).
const TILES_A_FRAME: usize = 2;

/// How the picture is looked at.
#[derive(Default)]
pub struct PicturePanel {
    /// How its locatability is looked at.
    pub heatmap: HeatmapView,
    view: PictureView,
    shown: Option<PictureKey>,
    /// Pixels of the screen a point, as it was drawn last.
    pixels_per_point: Option<f32>,
    tiles: HashMap<(u32, u32), TextureHandle>,
}

/// What is drawn on the picture.
pub struct Marks<'a> {
    /// The frames of its signs.
    pub signs: &'a mut SignsView,
    /// The places of what the model's reasons claim.
    pub claims: &'a mut ClaimsView,
}

impl PicturePanel {
    /// Draws the selected picture, or why there is none.
    pub fn ui(&mut self, view: &mut View<'_>, ui: &mut Ui, textures: &mut Textures, marks: &mut Marks<'_>) {
        let Some(entry) = view.state.selected() else { return };
        if self.shown != Some(entry.key) {
            *self = Self { shown: Some(entry.key), heatmap: std::mem::take(&mut self.heatmap), ..Self::default() };
        }
        if let Some(locatable) = entry.locatable.as_ref().filter(|_| self.heatmap.is_shown) {
            let frame = Frame::new().inner_margin(Margin::symmetric(theme::PADDING, 8));
            let most = (ui.available_height() * 0.6).clamp(90.0, 420.0);
            let panel =
                Panel::bottom("locatability").resizable(true).default_size(220.0_f32.min(most)).size_range(90.0..=most);
            panel.frame(frame).show(ui, |ui| self.heatmap.ui(view, ui, locatable));
        }
        match &entry.picture {
            Ok(preview) => self.picture_ui(view, ui, entry, preview, textures, marks),
            Err(why) => not_open_ui(ui, &entry.name, why),
        }
    }

    /// Until the pixels have come, and where they do not, the thumbnail stands for them.
    fn picture_ui(
        &mut self,
        view: &mut View<'_>,
        ui: &mut Ui,
        entry: &Entry,
        preview: &Preview,
        textures: &mut Textures,
        marks: &mut Marks<'_>,
    ) {
        let picture = view.state.pixels(entry.key);
        let palette = theme::palette(ui);
        let bar = 34.0;
        let panel = ui.available_rect_before_wrap();
        let panel = Rect::from_min_max(panel.min, pos2(panel.max.x, panel.max.y - bar));
        let size = pixels_size(preview);
        // Larger words for a class are no closer look at the photograph.
        let now = ui.pixels_per_point();
        if let Some(before) = self.pixels_per_point.replace(now).filter(|before| *before != now) {
            self.view = self.view.rescaled(panel, size, before / now);
        }
        let response = ui.allocate_rect(panel, Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Picture {}", entry.name)));
        self.look_around(ui, &response, panel, size, !marks.signs.is_outlining());
        self.keys(view, ui, &response, panel, size);

        let painter = ui.painter_at(panel);
        painter.rect_filled(panel, 0.0, palette.sunken);
        let rect = self.view.rect(panel, size);
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        let sharp = textures.panel(entry.key, picture).map(TextureHandle::id);
        let texture = sharp.unwrap_or_else(|| textures.thumbnail(ui.ctx(), entry.key, preview).id());
        painter.image(texture, rect, whole, Color32::WHITE);
        if let Some(picture) = picture {
            self.draw_fine(ui, &painter, panel, rect, picture);
        }
        let tint = if view.is_veiled { Tint::default() } else { marks.claims.tint(entry) };
        if let Some(locatable) = &entry.locatable {
            self.heatmap.over_picture(ui, &painter, rect, &response, (locatable, &tint));
        }
        if !view.is_veiled {
            marks.signs.frames_ui(view, ui, &painter, rect, &response, entry);
            marks.claims.frames_ui(ui, &painter, rect, entry);
        }
        if let Some(why) = &entry.unreadable {
            note_ui(ui, panel, &words::no_pixels(&entry.name, why), palette.error);
        } else if sharp.is_none() {
            note_ui(ui, panel, "Reading the picture …", palette.text);
        }
        self.bar_ui(view, ui, panel, size, entry, preview);
    }

    /// What wheel, pinch, drag and double click do; a drag is for something else at times.
    fn look_around(&mut self, ui: &mut Ui, response: &Response, panel: Rect, size: Vec2, drag_moves: bool) {
        if drag_moves && response.dragged() {
            self.view = self.view.moved(panel, size, response.drag_delta());
        }
        if let Some(pointer) = response.hover_pos() {
            let (wheel, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
            let factor = pinch * (wheel / 320.0).exp();
            if (factor - 1.0).abs() > 1e-3 {
                self.view = self.view.zoomed(panel, size, factor, pointer);
            }
        }
        if response.double_clicked() {
            self.view = if self.view == PictureView::Fit { self.one_to_one(ui, panel, size) } else { PictureView::Fit };
        }
        if drag_moves && response.hovered() && self.view != PictureView::Fit {
            ui.ctx().set_cursor_icon(if response.dragged() { CursorIcon::Grabbing } else { CursorIcon::Grab });
        }
    }

    /// What the keys do while the picture has the focus, or nothing has.
    fn keys(&mut self, view: &View<'_>, ui: &Ui, response: &Response, panel: Rect, size: Vec2) {
        let is_elsewhere = ui.memory(|memory| memory.focused().is_some_and(|focused| focused != response.id));
        if view.is_covered || is_elsewhere {
            return;
        }
        let pressed = |key| shortcuts::presses(ui, key) > 0;
        if pressed(Key::Plus) || pressed(Key::Equals) {
            self.view = self.view.zoomed(panel, size, 1.25, panel.center());
        }
        if pressed(Key::Minus) {
            self.view = self.view.zoomed(panel, size, 0.8, panel.center());
        }
        if pressed(Key::Num0) {
            self.view = PictureView::Fit;
        }
        if pressed(Key::Num1) {
            self.view = self.one_to_one(ui, panel, size);
        }
    }

    fn one_to_one(&self, ui: &Ui, panel: Rect, size: Vec2) -> PictureView {
        self.view.one_to_one(panel, size, ui.pixels_per_point())
    }

    /// Draws the squares in view from the picture itself where the panel's texture shows less than the screen could.
    fn draw_fine(&mut self, ui: &Ui, painter: &egui::Painter, panel: Rect, rect: Rect, picture: &Picture) {
        let size = vec2(picture.pixels.width() as f32, picture.pixels.height() as f32);
        let scale = self.view.scale(panel, size);
        let coarse = PANEL_SIDE as f32 / size.max_elem();
        if coarse >= 1.0 || scale * ui.pixels_per_point() < coarse * 1.2 {
            self.tiles.clear();
            return;
        }
        let seen = tiles_in_view(panel, rect, scale, size, TILE as f32);
        if seen.len() > MOST_TILES {
            return;
        }
        if self.tiles.len() > MOST_TILES {
            self.tiles.retain(|tile, _| seen.contains(tile));
        }
        let mut n_made = 0;
        for tile @ (column, row) in seen {
            let (x, y) = (column * TILE, row * TILE);
            let (width, height) = (TILE.min(picture.pixels.width() - x), TILE.min(picture.pixels.height() - y));
            if let hash_map::Entry::Vacant(space) = self.tiles.entry(tile) {
                if n_made == TILES_A_FRAME {
                    ui.request_repaint();
                    break;
                }
                n_made += 1;
                let pixels = imageops::crop_imm(&picture.pixels, x, y, width, height).to_image();
                let texture = ui.ctx().load_texture("detail", color_image(&pixels), TextureOptions::LINEAR);
                space.insert(texture);
            }
            if let Some(texture) = self.tiles.get(&tile) {
                let at = rect.min + vec2(x as f32, y as f32) * scale;
                let place = Rect::from_min_size(at, vec2(width as f32, height as f32) * scale);
                let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
                painter.image(texture.id(), place, whole, Color32::WHITE);
            }
        }
    }

    /// Name and size on the left, how close one looks on the right.
    fn bar_ui(&mut self, view: &mut View<'_>, ui: &mut Ui, panel: Rect, size: Vec2, entry: &Entry, picture: &Preview) {
        let rest = ui.available_rect_before_wrap();
        let bar = Rect::from_min_max(pos2(rest.min.x, panel.max.y), rest.max).shrink2(vec2(10.0, 2.0));
        ui.scope_builder(UiBuilder::new().max_rect(bar), |ui| {
            egui::Sides::new().shrink_left().truncate().show(
                ui,
                |ui| {
                    let (width, height) = (picture.width, picture.height);
                    let kept = if picture.decoded_size.0 == width {
                        String::new()
                    } else {
                        format!(", of which {} × {} are kept", size.x, size.y)
                    };
                    ui.label(
                        RichText::new(format!(
                            "{}{}   {width} × {height} px{kept}",
                            place_among(view.state, entry),
                            entry.name
                        ))
                        .small()
                        .weak(),
                    );
                },
                |ui| {
                    let one = theme::small_button(ui, "1:1");
                    if one.on_hover_text("One pixel of the picture on one of the screen (1)").clicked() {
                        self.view = self.one_to_one(ui, panel, size);
                    }
                    if theme::small_button(ui, "Fit").on_hover_text("The whole picture (0)").clicked() {
                        self.view = PictureView::Fit;
                    }
                    let percent = 100.0 * self.view.scale(panel, size) * ui.pixels_per_point();
                    ui.label(RichText::new(format!("{percent:.0} %")).small().weak());
                    if let Some(locatable) = &entry.locatable {
                        let text = format!("Locatability {:.2}", locatable.score.locatability);
                        let button = theme::small_toggle(ui, self.heatmap.is_shown, text);
                        let text = "How much the picture can tell of its place, and where on it that comes from";
                        if button.on_hover_text(hint(ui.ctx(), text, keys::HEATMAP)).clicked() {
                            self.heatmap.is_shown ^= true;
                        }
                    } else if let Some(score) = entry.kept_locatability() {
                        let text = RichText::new(format!("Locatability {score:.2}")).small().weak();
                        ui.label(text).on_hover_text(words::remark(&Remark::ColoursNotKept));
                    }
                    if !view.is_veiled {
                        signs_button(view, ui, entry);
                    }
                },
            );
        });
    }
}

/// "21 of 65   ", where there are several pictures.
fn place_among(state: &State, entry: &Entry) -> String {
    let entries = state.entries();
    match entries.iter().position(|other| other.key == entry.key) {
        Some(place) if entries.len() > 1 => {
            format!("{} of {}   ", words::count(place + 1), words::count(entries.len()))
        }
        _ => String::new(),
    }
}

/// Shows or hides the frames of the signs.
fn signs_button(view: &mut View<'_>, ui: &mut Ui, entry: &Entry) {
    let n_signs = entry.answer().map_or(0, |(_, run)| run.signs().len());
    if n_signs > 0 {
        let is_shown = !view.state.settings().hides_signs;
        let name = if n_signs == 1 { "1 sign".to_owned() } else { format!("{} signs", words::count(n_signs)) };
        let text = hint(ui.ctx(), "Frames around what was read in the picture", keys::SIGNS);
        if theme::small_toggle(ui, is_shown, name).on_hover_text(text).clicked() {
            view.actions.push(Action::ShowSigns(!is_shown));
        }
    }
}

/// The size of the pixels; of a very large picture they are fewer than the file has.
fn pixels_size(picture: &Preview) -> Vec2 {
    let (width, height) = picture.decoded_size;
    vec2(width as f32, height as f32)
}

/// A line over the picture's foot.
fn note_ui(ui: &mut Ui, panel: Rect, text: &str, color: Color32) {
    let line = Rect::from_min_max(pos2(panel.min.x, panel.max.y - 34.0), panel.max);
    ui.painter().rect_filled(line, 0.0, theme::palette(ui).ground.gamma_multiply(0.85));
    ui.scope_builder(UiBuilder::new().max_rect(line.shrink2(vec2(10.0, 6.0))), |ui| {
        ui.label(RichText::new(text).color(color));
    });
}

/// In the picture's place: why there is none.
fn not_open_ui(ui: &mut Ui, name: &str, why: &NotOpen) {
    let palette = theme::palette(ui);
    let (heading, color) = match why {
        NotOpen::Returning => (name.to_owned(), palette.text),
        NotOpen::NotReturned | NotOpen::Failed(_) => (format!("{name} could not be opened"), palette.error),
    };
    ui.vertical_centered(|ui| {
        ui.add_space(ui.available_height() * 0.35);
        ui.label(RichText::new(heading).heading().color(color));
        ui.add_space(theme::GAP);
        ui.label(words::not_open(why));
    });
}
