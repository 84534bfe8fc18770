//! What comes by drop and paste: files, paths, and pixels that are turned into a picture on a thread. A model is used
//! whatever page is shown; of the rest the page says what becomes of it.

use std::path::PathBuf;

use egui::{Align2, Color32, Context, Event, FontId, Id, LayerId, Order};
use image::RgbImage;

use super::{
    background::{Background, Polled},
    forms::typed_path,
    page::WindowPage,
    pictures::is_gguf,
};
use crate::worker::{ModelSource, PictureSource};

/// What has come and is not a picture yet.
#[derive(Default)]
pub struct Incoming {
    pasting: Vec<Background<PictureSource>>,
    n_pasted: usize,
}

impl Incoming {
    /// Takes files that were dropped, pictures and paths that were pasted.
    pub fn take(&mut self, ctx: &Context) -> Vec<PictureSource> {
        let (dropped, events) = ctx.input(|input| (input.raw.dropped_files.clone(), input.events.clone()));
        let mut sources: Vec<PictureSource> = Vec::new();
        for file in &dropped {
            if !file.path().as_os_str().is_empty() {
                sources.push(PictureSource::Path(file.path().to_owned()));
            } else if let Ok(bytes) = file.bytes() {
                sources.push(PictureSource::Bytes { name: "dropped picture".to_owned(), bytes });
            }
        }
        for event in events {
            match event {
                Event::PasteImage(image) => {
                    self.n_pasted += 1;
                    let name = format!("pasted picture {}", self.n_pasted);
                    self.pasting.push(Background::start("terrasight-paste", ctx, move || {
                        let [width, height] = image.size.map(|side| side as u32);
                        let bytes = image.pixels.iter().flat_map(|pixel| [pixel.r(), pixel.g(), pixel.b()]).collect();
                        let pixels = RgbImage::from_raw(width, height, bytes).unwrap_or_default();
                        PictureSource::Pixels { name, pixels }
                    }));
                }
                // Into a field it goes as text.
                Event::Paste(text) if ctx.memory(|memory| memory.focused().is_none()) => {
                    let lines = text.lines().filter(|line| line.starts_with('/') || line.starts_with("file://"));
                    sources.extend(lines.filter_map(typed_path).map(PictureSource::Path));
                }
                _ => {}
            }
        }
        self.pasting.retain(|pasting| match pasting.poll() {
            Polled::Pending => true,
            Polled::Ready(source) => {
                sources.push(source);
                false
            }
            Polled::Lost => false,
        });
        sources
    }
}

/// The model among what has come, which is taken on every page, and the rest. Of a text file and its vision file the first
/// is taken: what belongs together is found beside it.
pub fn models_among(sources: Vec<PictureSource>) -> (Option<ModelSource>, Vec<PictureSource>) {
    let path_of = |source: &PictureSource| match source {
        PictureSource::Path(path) if is_gguf(path) => Some(path.clone()),
        _ => None,
    };
    let mut files: Vec<PathBuf> = sources.iter().filter_map(path_of).collect();
    files.sort_by_key(|file| file.file_name().is_some_and(|name| name.to_string_lossy().contains("mmproj")));
    let model = files.into_iter().next().map(ModelSource::Directory);
    (model, sources.into_iter().filter(|source| path_of(source).is_none()).collect())
}

/// Says what a drop will do while files hang over the window: a form that asks for files comes first.
pub fn drop_hint(ctx: &Context, is_for_form: bool, page: &dyn WindowPage) {
    let n_files = ctx.input(|input| input.raw.hovered_files.len());
    if n_files == 0 {
        return;
    }
    let painter = ctx.layer_painter(LayerId::new(Order::Foreground, Id::unique("drop hint")));
    let rect = ctx.content_rect();
    painter.rect_filled(rect, 0.0, Color32::from_black_alpha(150));
    let hovered =
        ctx.input(|input| input.raw.hovered_files.iter().filter_map(|file| file.path.clone()).collect::<Vec<_>>());
    let is_model = hovered.iter().any(|path| is_gguf(path));
    let text = if is_for_form {
        "Drop to give it to the form".to_owned()
    } else if is_model {
        "Drop to use this model".to_owned()
    } else {
        page.drop_hint(n_files)
    };
    let font = FontId::proportional(26.0);
    painter.text(rect.center(), Align2::CENTER_CENTER, text, font, Color32::WHITE);
}
