//! What is said in passing, a line each over the status line, so that it covers nothing. It goes by itself, by its button,
//! and by Escape.

use std::time::Duration;

use egui::{Align, Context, Frame, Label, Layout, Margin, Panel, RichText, Ui, vec2};

use super::{View, theme, words};
use crate::state::{Action, Notice, NoticeKind};

/// How long something good to know stays, in seconds.
const INFO_SECONDS: f64 = 8.0;
/// How long something that did not work stays.
const ERROR_SECONDS: f64 = 30.0;

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
        let frame = Frame::new().fill(theme::palette(ui).raised).inner_margin(Margin::symmetric(theme::PADDING, 4));
        Panel::bottom("notices").resizable(false).frame(frame).show(ui, |ui| {
            for notice in notices {
                self.notice_ui(view, ui, notice);
            }
        });
    }

    fn notice_ui(&mut self, view: &mut View<'_>, ui: &mut Ui, notice: &Notice) {
        let palette = theme::palette(ui);
        // As high as its words: a row without a height of its own takes all that the panel had in the frame before.
        let size = vec2(ui.available_width(), ui.spacing().interact_size.y);
        let row = ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Min), |ui| {
            let dismiss = ui.small_button("Dismiss").clicked();
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                let is_error = notice.remark.kind() == NoticeKind::Error;
                let color = if is_error { palette.error } else { palette.text };
                ui.add(Label::new(RichText::new(words::remark(&notice.remark)).color(color)).wrap());
            });
            dismiss
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
