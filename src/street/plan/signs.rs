//! Where the signs stand: so that they can be read.

use rand::Rng;

use super::{Item, Plan, Setting, overlap};
use crate::street::signs::{Mount, TrafficSign, WordBoard, shop_colours, speed_limits};

impl Plan<'_> {
    pub(super) fn word_boards(&mut self) {
        let count = if self.chance(0.1) {
            0
        } else if self.chance(0.55) {
            1
        } else {
            2
        };
        for _ in 0..count {
            let language = self.any_language();
            let word = language.words[self.stage.rng.random_range(0..language.words.len())].as_str();
            let direction = self.chance(0.28);
            let colours = self.stage.rng.random_range(0..shop_colours());
            let capitals = self.between(21.0, 37.0);
            let turn = self.between(-0.2, 0.2);
            let mut board = WordBoard {
                centre: [0.0; 3],
                turn,
                em: 1.0,
                language,
                word,
                direction,
                colours,
                mount: Mount::Posts,
                support: 0.0,
            };
            // Size in ems; the width in the picture decides how large the letters can be.
            let [wide, tall] = board.size();
            let em = (capitals / 0.72).min(212.0 / wide);
            for _ in 0..24 {
                if let Some(placed) = self.place_board(&board, [wide * em, tall * em], em) {
                    board = placed;
                    self.items.push(Item::Board(board));
                    break;
                }
            }
        }
    }

    fn any_language(&mut self) -> &'static crate::knowledge::Language {
        let languages = &self.facts.languages;
        let mut left = self.stage.rng.random::<f32>();
        for (language, share) in languages {
            if left < *share {
                return language;
            }
            left -= share;
        }
        languages[0].0
    }

    /// Tries one place in the picture for a board of this size in pixels.
    fn place_board(&mut self, board: &WordBoard, [wide, tall]: [f32; 2], em: f32) -> Option<WordBoard> {
        let (width, _) = self.stage.canvas.size();
        let margin = 4.0;
        let column = self.between(wide / 2.0 + margin, width as f32 - wide / 2.0 - margin);
        let row = self.between(tall / 2.0 + margin, self.stage.camera.horizon + 12.0);
        let area = [column - wide / 2.0, row - tall / 2.0, column + wide / 2.0, row + tall / 2.0];
        if self.kept_free.iter().any(|(other, _)| overlap(other, &area)) {
            return None;
        }
        let z = self.between(6.0, 17.0);
        let centre = self.stage.camera.spot_at([column, row], z);
        let metre = 1.0 / self.stage.camera.pixels_per_metre(z);
        let (half_wide, foot) = (wide * metre / 2.0, centre[1] - tall * metre / 2.0);
        let nearest = centre[0].abs() - half_wide;
        let crosses = centre[0].abs() < half_wide;
        let mount = if crosses || nearest < self.road.half + 0.15 {
            if !(3.9..=7.0).contains(&foot) {
                return None;
            }
            Mount::Hung
        } else if !(0.4..=8.0).contains(&foot) {
            return None;
        } else if self.setting == Setting::Town && centre[0].abs() + half_wide > self.fronts {
            Mount::Hung
        } else {
            Mount::Posts
        };
        self.kept_free.push((area, z));
        let support = (self.road.half + 0.6).max(centre[0].abs() + half_wide * 0.2);
        Some(WordBoard { centre, em: em * metre, mount, support, ..board.clone() })
    }

    pub(super) fn traffic_signs(&mut self) {
        let unit = speed_limits(self.facts.speed_unit);
        let limit = unit[self.stage.rng.random_range(0..unit.len())];
        let wanted = [
            (TrafficSign::Warning, 0.32),
            (TrafficSign::Speed(limit), 0.24),
            (TrafficSign::Stop, 0.2),
            (TrafficSign::NoEntry, 0.12),
        ];
        for (sign, share) in wanted {
            if !self.chance(share) {
                continue;
            }
            for _ in 0..8 {
                let pixels =
                    if sign == TrafficSign::Stop { self.between(46.0, 68.0) } else { self.between(34.0, 62.0) };
                let z = self.between(6.0, 11.0);
                let across = pixels / self.stage.camera.pixels_per_metre(z);
                let side = if self.chance(0.8) { self.facts.own_side() } else { -self.facts.own_side() };
                let x = side * (self.road.half + 0.35 + across / 2.0 + self.between(0.0, 0.8));
                let centre = [x, self.between(1.9, 2.9), z];
                let Some(([column, row], _)) = self.stage.camera.project(centre) else { continue };
                let area = [column - pixels / 2.0, row - pixels / 2.0, column + pixels / 2.0, row + pixels / 2.0];
                let inside = area[0] > 2.0 && area[2] < 446.0 && area[1] > 2.0;
                if inside && !self.kept_free.iter().any(|(other, _)| overlap(other, &area)) {
                    self.kept_free.push((area, z));
                    self.items.push(Item::Sign { sign, centre, across });
                    break;
                }
            }
        }
    }
}
