//! What is said in passing, a line each over the foot of the page, so that it moves nothing. It goes by itself, by its button,
//! and by Escape.

use std::time::Duration;

use egui::{Align2, Area, Context, Frame, Id, Label, Margin, RichText, Stroke, Ui, vec2};

use super::{View, theme, words};
use crate::state::{Action, Notice, NoticeKind};

/// How long something good to know stays, in seconds.
const INFO_SECONDS: f64 = 8.0;
/// How long something that did not work stays.
const ERROR_SECONDS: f64 = 30.0;

/// What the button beside the words takes of a line, in points.
const DISMISS: f32 = 80.0;

/// Since when each notice stands, by egui's clock.
#[derive(Default)]
pub struct Notices {
    since: Vec<(u64, f64)>,
}

impl Notices {
    /// Draws them, and puts away those whose time is over; none goes while the pointer moves on it.
    pub fn ui(&mut self, view: &mut View<'_>, ui: &mut Ui) {
        let notices = view.state.notices();
        self.since.retain(|(number, _)| notices.iter().any(|notice| notice.number == *number));
        if notices.is_empty() {
            return;
        }
        let palette = theme::palette(ui);
        let frame =
            Frame::new().fill(palette.raised).stroke(Stroke::new(1.0, palette.line)).corner_radius(theme::CORNER);
        let page = ui.available_rect_before_wrap();
        let place = page.left_bottom() + vec2(theme::GAP, -theme::GAP);
        let area = Area::new(Id::unique("notices")).pivot(Align2::LEFT_BOTTOM).fixed_pos(place).constrain(false);
        area.show(ui.ctx(), |ui| {
            frame.inner_margin(Margin::symmetric(theme::PADDING, 4)).show(ui, |ui| {
                ui.set_max_width((page.width() - 2.0 * (theme::GAP + f32::from(theme::PADDING))).max(80.0));
                for notice in notices {
                    self.notice_ui(view, ui, notice);
                }
            });
        });
    }

    fn notice_ui(&mut self, view: &mut View<'_>, ui: &mut Ui, notice: &Notice) {
        let palette = theme::palette(ui);
        let row = ui.horizontal(|ui| {
            let is_error = notice.remark.kind() == NoticeKind::Error;
            let color = if is_error { palette.error } else { palette.text };
            let room = ui.available_width() - DISMISS;
            ui.scope(|ui| {
                ui.set_max_width(room);
                ui.add(Label::new(RichText::new(words::remark(&notice.remark)).color(color)).wrap());
            });
            theme::small_button(ui, "Dismiss").clicked()
        });
        let is_read = row.response.contains_pointer() && ui.input(|input| input.pointer.is_moving());
        let is_over = self.is_over(ui.ctx(), notice, is_read);
        if row.inner || is_over {
            view.actions.push(Action::Dismiss(notice.number));
            // Nothing else may happen after it that would draw the window without it.
            ui.request_repaint();
        }
    }

    /// Whether its time is over; it begins anew while somebody follows its words with the pointer. One that only rests there
    /// was there before.
    fn is_over(&mut self, ctx: &Context, notice: &Notice, is_read: bool) -> bool {
        let now = ctx.input(|input| input.time);
        let known = self.since.iter().position(|(number, _)| *number == notice.number);
        let place = known.unwrap_or_else(|| {
            self.since.push((notice.number, now));
            self.since.len() - 1
        });
        if is_read {
            self.since[place].1 = now;
        }
        let stays = if notice.remark.kind() == NoticeKind::Error { ERROR_SECONDS } else { INFO_SECONDS };
        let left = self.since[place].1 + stays - now;
        if left > 0.0 {
            ctx.request_repaint_after(Duration::from_secs_f64(left));
        }
        left <= 0.0
    }
}
