//! Pictures as textures: a thumbnail of each, and of those looked at lately one that fills the panel, which a thread makes
//! smaller than the picture, so that neither the frame nor the graphics memory feels how large the file was.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
};

use egui::{Color32, ColorImage, Context, Painter, Rect, TextureHandle, TextureOptions, pos2};
use image::{RgbImage, imageops};

use crate::{
    picture::{Picture, Preview},
    state::PictureKey,
    ui::background::Labour,
};

/// The longest side of the texture that fills the panel; the panel draws finer detail from the picture itself.
pub const PANEL_SIDE: u32 = 1280;
/// How many pictures stay ready to fill the panel.
const MOST_PANEL_TEXTURES: usize = 6;
/// How many may wait; more are asked for again in a later frame.
const MOST_WAITING: usize = 64;

/// How many thumbnails stay in graphics memory (about 0.1 MiB each).
const MOST_THUMBNAILS: usize = 256;

struct Order {
    key: PictureKey,
    picture: Arc<Picture>,
    _labour: Labour,
}

/// The textures of the pictures in the strip.
pub struct Textures {
    ctx: Context,
    orders: Option<SyncSender<Order>>,
    made: Receiver<(PictureKey, ColorImage)>,
    thumbnails: HashMap<PictureKey, TextureHandle>,
    panels: HashMap<PictureKey, TextureHandle>,
    waiting: Vec<PictureKey>,
    /// Keys of panel textures, the one looked at last at the end.
    lately: Vec<PictureKey>,
}

impl Textures {
    /// Starts the thread that makes them.
    pub fn new(ctx: &Context) -> Self {
        let (orders, taken) = sync_channel::<Order>(MOST_WAITING);
        // One made ahead: a made texture waits with its thread, not in memory beside many others.
        let (say, made) = sync_channel(1);
        let waking = ctx.clone();
        let started = std::thread::Builder::new().name("terrasight-textures".to_owned()).spawn(move || {
            while let Ok(order) = taken.recv() {
                let texture = shrunk(&order.picture.pixels, PANEL_SIDE);
                if say.send((order.key, texture)).is_err() {
                    return;
                }
                waking.request_repaint();
            }
        });
        if let Err(error) = &started {
            tracing::warn!("no thread for textures: {error}");
        }
        Self {
            ctx: ctx.clone(),
            orders: started.is_ok().then_some(orders),
            made,
            thumbnails: HashMap::new(),
            panels: HashMap::new(),
            waiting: Vec::new(),
            lately: Vec::new(),
        }
    }

    /// Takes what has been made, one a frame so that no frame uploads much, and forgets pictures that are gone.
    pub fn begin_frame(&mut self, ctx: &Context, is_open: impl Fn(PictureKey) -> bool) {
        self.thumbnails.retain(|key, _| is_open(*key));
        self.panels.retain(|key, _| is_open(*key));
        self.lately.retain(|key| is_open(*key));
        if self.thumbnails.len() > MOST_THUMBNAILS {
            self.thumbnails.clear(); // those in view come back in this frame
        }
        let Ok((key, image)) = self.made.try_recv() else { return };
        self.waiting.retain(|waiting| *waiting != key);
        if is_open(key) {
            let texture = ctx.load_texture(format!("picture {key:?}"), image, TextureOptions::LINEAR);
            self.panels.insert(key, texture);
        }
        // There may be another behind it.
        ctx.request_repaint();
    }

    /// The thumbnail.
    pub fn thumbnail(&mut self, ctx: &Context, key: PictureKey, picture: &Preview) -> &TextureHandle {
        let make = || {
            let image = color_image(&picture.thumbnail);
            ctx.load_texture(format!("thumbnail {key:?}"), image, TextureOptions::LINEAR)
        };
        self.thumbnails.entry(key).or_insert_with(make)
    }

    /// The texture that fills the panel, when it has been made; that needs the picture's pixels.
    pub fn panel(&mut self, key: PictureKey, picture: Option<&Arc<Picture>>) -> Option<&TextureHandle> {
        self.lately.retain(|lately| *lately != key);
        self.lately.push(key);
        if self.lately.len() > MOST_PANEL_TEXTURES {
            let oldest = self.lately.remove(0);
            self.panels.remove(&oldest);
        }
        if let Some(picture) = picture.filter(|_| !self.panels.contains_key(&key) && !self.waiting.contains(&key)) {
            let order = Order { key, picture: Arc::clone(picture), _labour: Labour::begin(&self.ctx) };
            if self.orders.as_ref().is_some_and(|orders| orders.try_send(order).is_ok()) {
                self.waiting.push(key);
            }
        }
        self.panels.get(&key)
    }
}

/// Draws a picture into a frame, as large as it fits.
pub fn draw_fitted(painter: &Painter, frame: Rect, texture: &TextureHandle) {
    let size = texture.size_vec2();
    let scale = (frame.width() / size.x).min(frame.height() / size.y);
    let place = Rect::from_center_size(frame.center(), size * scale);
    let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    painter.image(texture.id(), place, whole, Color32::WHITE);
}

/// The picture, made smaller so that its longest side has at most this many pixels.
pub fn shrunk(pixels: &RgbImage, longest: u32) -> ColorImage {
    let (width, height) = pixels.dimensions();
    let scale = f64::from(longest) / f64::from(width.max(height).max(1));
    if scale >= 1.0 {
        return color_image(pixels);
    }
    let side = |n: u32| ((f64::from(n) * scale).round() as u32).max(1);
    color_image(&imageops::thumbnail(pixels, side(width), side(height)))
}

/// The same pixels as egui wants them.
pub fn color_image(pixels: &RgbImage) -> ColorImage {
    ColorImage::from_rgb([pixels.width() as usize, pixels.height() as usize], pixels.as_raw())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_thin_picture_keeps_its_shape_and_at_least_one_pixel() {
        assert_eq!(shrunk(&RgbImage::new(400, 300), 200).size, [200, 150]);
        assert_eq!(shrunk(&RgbImage::new(9000, 2), 200).size, [200, 1]);
        assert_eq!(shrunk(&RgbImage::new(40, 30), 200).size, [40, 30]);
    }
}
