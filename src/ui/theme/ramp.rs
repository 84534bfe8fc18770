//! A scale of colours.

use egui::{Color32, Mesh, Painter, Rect, pos2};

/// Draws the colours of the shares from 0 at the left to 1 at the right, with so many steps between.
pub fn ramp(painter: &Painter, rect: Rect, steps: u32, color: impl Fn(f32) -> Color32) {
    let mut mesh = Mesh::default();
    for step in 0..=steps {
        let share = step as f32 / steps as f32;
        let x = rect.min.x + rect.width() * share;
        for y in [rect.min.y, rect.max.y] {
            mesh.colored_vertex(pos2(x, y), color(share));
        }
        if step > 0 {
            let last = 2 * step;
            mesh.add_triangle(last - 2, last - 1, last);
            mesh.add_triangle(last - 1, last, last + 1);
        }
    }
    painter.add(mesh);
}
