//! Text that is cut where it would grow too wide.

use std::sync::Arc;

use egui::{
    Color32, FontId, Galley, Ui,
    text::{LayoutJob, TextFormat, TextWrapping},
};

/// One line with the name of a file: where it is too long its middle is left out, since names mostly differ at their end.
pub fn elided_name(ui: &Ui, name: &str, font: &FontId, color: Color32, width: f32) -> Arc<Galley> {
    let letters: Vec<char> = name.chars().collect();
    let laid = |n: usize| ui.painter().layout_no_wrap(without_middle(&letters, n), font.clone(), color);
    let fits = |n: usize| laid(n).size().x <= width;
    // The most letters that fit, by halving.
    let (mut fit, mut too_many) = (0, letters.len() + 1);
    while too_many - fit > 1 {
        let n = usize::midpoint(fit, too_many);
        if fits(n) { fit = n } else { too_many = n }
    }
    laid(fit)
}

/// So many letters of a name, more of them from its end, with an ellipsis for what is left out.
fn without_middle(letters: &[char], n: usize) -> String {
    if n >= letters.len() {
        return letters.iter().collect();
    }
    let head = n * 2 / 5;
    let tail = letters.len() - (n - head);
    letters[..head].iter().chain(&['…']).chain(&letters[tail..]).collect()
}

/// One line of text, cut with an ellipsis where it would grow wider.
pub fn elided(ui: &Ui, text: String, font: FontId, color: Color32, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::single_section(text, TextFormat::simple(font, color));
    job.wrap = TextWrapping::truncate_at_width(width);
    ui.painter().layout_job(job)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_name_the_end_stays_by_which_it_differs() {
        let letters: Vec<char> = "IMG_20240512_143355.jpg".chars().collect();
        assert_eq!(without_middle(&letters, 15), "IMG_20…43355.jpg");
        assert_eq!(without_middle(&letters, 23), "IMG_20240512_143355.jpg");
        assert_eq!(without_middle(&letters, 0), "…");
    }
}
