//! Thumbnails as textures: those in view are asked for in batches, one batch at a time, so that what was scrolled past is
//! never waited for; those not seen for long are let go.

use std::{collections::HashMap, sync::Arc};

use egui::{Align2, Context, FontId, Rect, TextureHandle, TextureOptions, Ui};

use super::super::{
    View,
    textures::{color_image, draw_fitted},
    theme,
};
use crate::{
    dataset::{Row, RowId},
    state::{Action, DatasetAction, DatasetState},
    worker::Thumbnail,
};

/// How many are asked for at a time: a screenful or so, decoded in some hundredths of a second.
const BATCH: usize = 48;
/// How many stay ready: several screenfuls, some 30 MB.
const MOST_READY: usize = 640;

struct Ready {
    /// None where the index has no thumbnail.
    texture: Option<TextureHandle>,
    /// When the picture's file was changed last: another time, another picture.
    modified: i64,
    /// In which frame it was in view last.
    seen: u64,
}

/// The thumbnails that are ready, and those that are not.
#[derive(Default)]
pub struct Thumbnails {
    ready: HashMap<RowId, Ready>,
    wanted: Vec<(RowId, i64)>,
    asked: HashMap<RowId, i64>,
    taken: Arc<Vec<Thumbnail>>,
    index: Option<std::path::PathBuf>,
    frame: u64,
}

impl Thumbnails {
    /// Takes what has come.
    pub fn begin_frame(&mut self, ctx: &Context, dataset: &DatasetState) {
        self.frame += 1;
        self.wanted.clear();
        if self.index.as_deref() != dataset.file() {
            *self = Self { index: dataset.file().map(ToOwned::to_owned), frame: self.frame, ..Self::default() };
            self.taken = Arc::clone(dataset.fetched());
        }
        if Arc::ptr_eq(&self.taken, dataset.fetched()) {
            return;
        }
        self.taken = Arc::clone(dataset.fetched());
        for Thumbnail { id, pixels } in self.taken.iter() {
            let Some(modified) = self.asked.remove(id) else { continue };
            let load =
                |pixels| ctx.load_texture(format!("thumbnail {id}"), color_image(pixels), TextureOptions::LINEAR);
            let texture = pixels.as_deref().map(load);
            self.ready.insert(*id, Ready { texture, modified, seen: self.frame });
        }
        self.asked.clear();
        let n_too_many = self.ready.len().saturating_sub(MOST_READY);
        if n_too_many > 0 {
            let mut by_age: Vec<(u64, RowId)> = self.ready.iter().map(|(id, ready)| (ready.seen, *id)).collect();
            by_age.sort_unstable();
            for (_, id) in &by_age[..n_too_many] {
                self.ready.remove(id);
            }
        }
    }

    /// Draws a row's picture into a frame, as large as it fits; as long as there is none, the ground alone.
    pub fn draw(&mut self, ui: &Ui, frame: Rect, row: &Row) {
        let palette = theme::palette(ui);
        let painter = ui.painter_at(frame);
        painter.rect_filled(frame, 2.0, palette.sunken);
        let ready = self.ready.get_mut(&row.id).filter(|ready| ready.modified == row.modified);
        match ready {
            Some(ready) => {
                ready.seen = self.frame;
                match &ready.texture {
                    Some(texture) => draw_fitted(&painter, frame, texture),
                    None => {
                        let font = FontId::proportional(frame.height().min(44.0) / 4.0);
                        painter.text(frame.center(), Align2::CENTER_CENTER, "none", font, palette.text_weak);
                    }
                }
            }
            None => self.wanted.push((row.id, row.modified)),
        }
    }

    /// Asks for what was in view and is not ready.
    pub fn end_frame(&mut self, view: &mut View<'_>) {
        if self.wanted.is_empty() || view.state.dataset().is_fetching() {
            return;
        }
        self.wanted.truncate(BATCH);
        self.asked = self.wanted.drain(..).collect();
        let ids = self.asked.keys().copied().collect();
        view.actions.push(Action::Dataset(DatasetAction::FetchThumbnails(ids)));
    }
}
