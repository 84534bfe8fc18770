//! Pictures as textures: a thumbnail of each, and of those looked at lately one that fills the panel. A thread makes them
//! smaller than the picture, so that neither the frame nor the graphics memory feels how large the file was.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
};

use egui::{ColorImage, Context, TextureHandle, TextureOptions};
use image::{RgbImage, imageops};

use crate::{picture::Picture, state::PictureKey};

/// The longest side of the texture that fills the panel; the panel draws finer detail from the picture itself.
pub const PANEL_SIDE: u32 = 1280;
/// The longest side of a thumbnail: twice what is shown, for dense screens.
const THUMBNAIL_SIDE: u32 = 192;
/// How many pictures stay ready to fill the panel.
const MOST_PANEL_TEXTURES: usize = 6;
/// How many may wait; more are asked for again in a later frame.
const MOST_WAITING: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Size {
    Thumbnail,
    Panel,
}

struct Order {
    key: PictureKey,
    size: Size,
    picture: Arc<Picture>,
}

/// The textures of the pictures in the strip.
pub struct Textures {
    orders: Option<SyncSender<Order>>,
    made: Receiver<(PictureKey, Size, ColorImage)>,
    ready: HashMap<(PictureKey, Size), TextureHandle>,
    waiting: Vec<(PictureKey, Size)>,
    /// Keys of panel textures, the one looked at last at the end.
    lately: Vec<PictureKey>,
}

impl Textures {
    /// Starts the thread that makes them.
    pub fn new(ctx: &Context) -> Self {
        let (orders, taken) = sync_channel::<Order>(MOST_WAITING);
        // One made ahead: a made texture waits with its thread, not in memory beside many others.
        let (say, made) = sync_channel(1);
        let ctx = ctx.clone();
        let started = std::thread::Builder::new().name("terrasight-textures".to_owned()).spawn(move || {
            while let Ok(order) = taken.recv() {
                let side = if order.size == Size::Thumbnail { THUMBNAIL_SIDE } else { PANEL_SIDE };
                let texture = shrunk(&order.picture.pixels, side);
                if say.send((order.key, order.size, texture)).is_err() {
                    return;
                }
                ctx.request_repaint();
            }
        });
        if let Err(error) = &started {
            tracing::warn!("no thread for textures: {error}");
        }
        Self {
            orders: started.is_ok().then_some(orders),
            made,
            ready: HashMap::new(),
            waiting: Vec::new(),
            lately: Vec::new(),
        }
    }

    /// Takes what has been made, one a frame so that no frame uploads much, and forgets pictures that are gone.
    pub fn begin_frame(&mut self, ctx: &Context, is_open: impl Fn(PictureKey) -> bool) {
        self.ready.retain(|(key, _), _| is_open(*key));
        self.lately.retain(|key| is_open(*key));
        let Ok((key, size, image)) = self.made.try_recv() else { return };
        self.waiting.retain(|waiting| *waiting != (key, size));
        if is_open(key) {
            let texture = ctx.load_texture(format!("picture {key:?}"), image, TextureOptions::LINEAR);
            self.ready.insert((key, size), texture);
        }
        // There may be another behind it.
        ctx.request_repaint();
    }

    /// The thumbnail, when it has been made.
    pub fn thumbnail(&mut self, key: PictureKey, picture: &Arc<Picture>) -> Option<&TextureHandle> {
        self.get(key, Size::Thumbnail, picture)
    }

    /// The texture that fills the panel, when it has been made.
    pub fn panel(&mut self, key: PictureKey, picture: &Arc<Picture>) -> Option<&TextureHandle> {
        self.lately.retain(|lately| *lately != key);
        self.lately.push(key);
        if self.lately.len() > MOST_PANEL_TEXTURES {
            let oldest = self.lately.remove(0);
            self.ready.remove(&(oldest, Size::Panel));
        }
        self.get(key, Size::Panel, picture)
    }

    fn get(&mut self, key: PictureKey, size: Size, picture: &Arc<Picture>) -> Option<&TextureHandle> {
        if !self.ready.contains_key(&(key, size)) && !self.waiting.contains(&(key, size)) {
            let order = Order { key, size, picture: Arc::clone(picture) };
            if self.orders.as_ref().is_some_and(|orders| orders.try_send(order).is_ok()) {
                self.waiting.push((key, size));
            }
        }
        self.ready.get(&(key, size))
    }
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
