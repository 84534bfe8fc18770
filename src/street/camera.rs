//! A pinhole camera beside or on the road.

use super::canvas::Point;

/// A point in metres: x to the right of the road's middle, y up from the ground, z along the road from the camera.
pub type Spot = [f32; 3];

/// Nothing nearer than this is drawn, in metres.
const NEAR: f32 = 0.6;

/// Where the camera stands and looks; the road bends by `bend * z * z` to the right.
#[derive(Debug, Clone, Copy)]
pub struct Camera {
    /// Metres right of the road's middle.
    pub x: f32,
    /// Metres above the ground.
    pub height: f32,
    /// Focal length in pixels.
    pub focal: f32,
    /// Turned to the right by this angle in radians.
    pub yaw: f32,
    /// Row of the horizon in pixels.
    pub horizon: f32,
    /// Column straight ahead in pixels.
    pub centre: f32,
    /// Metres sideways per metre ahead, squared.
    pub bend: f32,
}

impl Camera {
    /// To camera axes: right, up, ahead.
    fn seen_from(&self, [x, y, z]: Spot) -> Spot {
        let right = x + self.bend * z * z - self.x;
        let (sin, cos) = self.yaw.sin_cos();
        [right * cos - z * sin, y - self.height, right * sin + z * cos]
    }

    fn on_picture(&self, [right, up, ahead]: Spot) -> Point {
        [self.centre + self.focal * right / ahead, self.horizon - self.focal * up / ahead]
    }

    /// Where a spot appears, and how far ahead it lies in metres; `None` behind or at the camera.
    pub fn project(&self, spot: Spot) -> Option<(Point, f32)> {
        let seen = self.seen_from(spot);
        (seen[2] >= NEAR).then(|| (self.on_picture(seen), seen[2]))
    }

    /// A flat polygon as it appears, cut off at the near plane, and its mean distance ahead; fewer than three points
    /// where nothing is left.
    pub fn polygon(&self, spots: &[Spot]) -> (Vec<Point>, f32) {
        let seen: Vec<Spot> = spots.iter().map(|&spot| self.seen_from(spot)).collect();
        let mut points = Vec::with_capacity(seen.len() + 2);
        let mut depth = 0.0;
        for (i, &here) in seen.iter().enumerate() {
            let before = seen[if i == 0 { seen.len() - 1 } else { i - 1 }];
            if (before[2] >= NEAR) != (here[2] >= NEAR) {
                let t = (NEAR - before[2]) / (here[2] - before[2]);
                let mix = |axis: usize| before[axis] + t * (here[axis] - before[axis]);
                points.push(self.on_picture([mix(0), mix(1), NEAR]));
            }
            if here[2] >= NEAR {
                points.push(self.on_picture(here));
            }
            depth += here[2].max(NEAR) / seen.len() as f32;
        }
        (points, depth)
    }

    /// The spot that appears at a pixel, `z` metres along the road.
    pub fn spot_at(&self, [column, row]: Point, z: f32) -> Spot {
        let (sin, cos) = self.yaw.sin_cos();
        let slope = (column - self.centre) / self.focal;
        // right * cos - z * sin = slope * (right * sin + z * cos)
        let right = z * (sin + slope * cos) / (cos - slope * sin);
        let ahead = right * sin + z * cos;
        [right + self.x - self.bend * z * z, self.height + (self.horizon - row) * ahead / self.focal, z]
    }

    /// Pixels that a metre takes at a spot `z` metres along the road.
    pub fn pixels_per_metre(&self, z: f32) -> f32 {
        self.focal / z.max(NEAR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAMERA: Camera =
        Camera { x: 1.5, height: 1.8, focal: 340.0, yaw: 0.12, horizon: 150.0, centre: 224.0, bend: 0.0008 };

    #[test]
    fn spots_and_pixels_are_each_others_inverse() {
        let spot = [4.0, 2.5, 9.0];
        let (point, _) = CAMERA.project(spot).unwrap();
        let back = CAMERA.spot_at(point, spot[2]);
        assert!((0..3).all(|axis| (back[axis] - spot[axis]).abs() < 1e-3), "{back:?}");
    }

    #[test]
    fn far_ground_meets_the_horizon() {
        let (near, _) = CAMERA.project([0.0, 0.0, 5.0]).unwrap();
        let (far, _) = CAMERA.project([0.0, 0.0, 900.0]).unwrap();
        assert!(near[1] > 250.0 && (far[1] - 150.0).abs() < 1.5);
    }

    #[test]
    fn what_lies_behind_is_cut_off() {
        let (points, _) = CAMERA.polygon(&[[-2.0, 0.0, -5.0], [2.0, 0.0, -5.0], [2.0, 0.0, 20.0], [-2.0, 0.0, 20.0]]);
        assert_eq!(points.len(), 4);
        assert!(CAMERA.polygon(&[[0.0, 0.0, -3.0], [1.0, 0.0, -3.0], [1.0, 1.0, -3.0]]).0.is_empty());
    }
}
