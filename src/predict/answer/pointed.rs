//! Where a model says that its reasons are: `{"reason": "a red sign", "bbox_2d": [x1, y1, x2, y2]}`, as Qwen2.5-VL writes boxes
//! in the pixels of the picture that it was shown, or `{"bbox_2d": [..], "label": "sign"}` beside the answer.

use super::{
    Answer,
    loose::{self, Value},
};
use crate::geo::fold;

/// No more boxes than this are taken from one answer.
const MOST_BOXES: usize = 100;

/// Where a reason is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pointed {
    /// The reason's number in the answer, from 0.
    pub reason: usize,
    /// Left, top, right and bottom edge in thousandths of the picture's width and height.
    pub thousandths: [u16; 4],
}

impl Pointed {
    /// Its edges as shares of the picture's width and height.
    pub fn edges(&self) -> [f32; 4] {
        self.thousandths.map(|at| f32::from(at) / 1000.0)
    }
}

/// The boxes in a model's text that belong to reasons of the answer in it; the model was shown so many pixels across and down.
pub fn pointed(text: &str, answer: &Answer, shown: (u32, u32)) -> Vec<Pointed> {
    let mut boxes = Vec::new();
    for found in loose::objects(text) {
        boxes_of(&found.fields, &mut boxes);
    }
    let reasons: Vec<String> = answer.reasons.iter().map(|reason| fold(reason)).collect();
    let placed = boxes.into_iter().filter_map(|(label, pixels)| {
        let label = fold(&label);
        let is_meant = |reason: &String| !label.is_empty() && reason.contains(&label);
        Some(Pointed { reason: reasons.iter().position(is_meant)?, thousandths: thousandths(pixels, shown)? })
    });
    placed.take(MOST_BOXES).collect()
}

/// The text with its boxes, in the pixels of a picture of the size `from`, in those of the same picture at the size `to`. Boxes are fields
/// such as `"bbox_2d": [x1, y1, x2, y2]`. One that reaches out of the picture, or is all within its first pixel, is of another kind, in
/// thousandths or in shares, and stays as it is.
pub fn rescaled(text: &str, from: (u32, u32), to: (u32, u32)) -> String {
    let share = |to: u32, from: u32| f64::from(to) / f64::from(from.max(1));
    let (across, down) = (share(to.0, from.0), share(to.1, from.1));
    let mut told = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, (inside, after))) =
        rest.split_once('[').and_then(|(before, behind)| Some((before, behind.split_once(']')?)))
    {
        // A list of lists: its first bracket is no box.
        let (before, inside) = match inside.rfind('[') {
            Some(inner) => (&rest[..before.len() + 1 + inner], &inside[inner + 1..]),
            None => (before, inside),
        };
        told.push_str(before);
        told.push('[');
        let pixels = if ends_with_box(before) { box_within(inside, from) } else { None };
        match pixels {
            Some([left, top, right, bottom]) => {
                let moved = [left * across, top * down, right * across, bottom * down];
                told.push_str(&moved.map(|pixel| pixel.round().to_string()).join(", "));
            }
            None => told.push_str(inside),
        }
        told.push(']');
        rest = after;
    }
    told + rest
}

/// Whether a text ends in the name of a field that holds a box.
fn ends_with_box(text: &str) -> bool {
    let Some(before) = text.trim_end().strip_suffix(':').map(str::trim_end) else { return false };
    let Some(quote) = before.chars().next_back().filter(|quote| matches!(quote, '"' | '\'')) else { return false };
    before[..before.len() - 1].rsplit_once(quote).is_some_and(|(_, key)| is_box(key))
}

fn box_within(text: &str, (width, height): (u32, u32)) -> Option<[f64; 4]> {
    let numbers: Option<Vec<f64>> = text.split(',').map(|number| number.trim().parse().ok()).collect();
    let [left, top, right, bottom]: [f64; 4] = numbers?.try_into().ok()?;
    let is_within = 0.0 <= left && left < right && right <= f64::from(width) && 0.0 <= top && top < bottom;
    (is_within && bottom <= f64::from(height) && (right > 1.0 || bottom > 1.0)).then_some([left, top, right, bottom])
}

/// Whether a field holds a box and nothing to read.
pub(super) fn is_box(key: &str) -> bool {
    matches!(fold(key).as_str(), "bbox 2d" | "bbox" | "box" | "box 2d" | "bounding box")
}

/// The objects that have a box and a text, however deep they lie.
fn boxes_of(fields: &[(String, Value)], boxes: &mut Vec<(String, [f64; 4])>) {
    let pixels = fields.iter().find(|(key, _)| is_box(key)).and_then(|(_, value)| four_numbers(value));
    let label =
        fields.iter().find_map(|(_, value)| if let Value::Text(text) = value { Some(&text.text) } else { None });
    boxes.extend(label.cloned().zip(pixels));
    fields.iter().for_each(|(_, value)| boxes_in(value, boxes));
}

fn boxes_in(value: &Value, boxes: &mut Vec<(String, [f64; 4])>) {
    match value {
        Value::Text(_) => {}
        Value::List(items) => items.iter().for_each(|item| boxes_in(item, boxes)),
        Value::Object(fields) => boxes_of(fields, boxes),
    }
}

fn four_numbers(value: &Value) -> Option<[f64; 4]> {
    let Value::List(items) = value else { return None };
    let number = |item: &Value| match item {
        Value::Text(text) => text.text.trim().parse::<f64>().ok().filter(|number| number.is_finite()),
        Value::List(_) | Value::Object(_) => None,
    };
    let numbers: Option<Vec<f64>> = items.iter().map(number).collect();
    numbers?.try_into().ok()
}

/// None where the box is none, or lies outside the picture.
fn thousandths([left, top, right, bottom]: [f64; 4], (width, height): (u32, u32)) -> Option<[u16; 4]> {
    let share = |at: f64, of: u32| (1000.0 * at / f64::from(of.max(1))).round().clamp(0.0, 1000.0) as u16;
    let edges = [share(left, width), share(top, height), share(right, width), share(bottom, height)];
    (edges[0] < edges[2] && edges[1] < edges[3]).then_some(edges)
}

#[cfg(test)]
mod tests {
    use super::{super::parse, *};

    #[track_caller]
    fn check(text: &str, reasons: &[&str], right: &[(usize, [u16; 4])]) {
        let (answer, _) = parse(text);
        assert_eq!(answer.reasons, reasons, "{text}");
        let found = pointed(text, &answer, (1000, 500));
        let found: Vec<_> = found.iter().map(|place| (place.reason, place.thousandths)).collect();
        assert_eq!(found, right, "{text}");
    }

    #[test]
    fn a_reason_may_carry_its_box_and_the_box_is_no_reason() {
        check(
            r#"{"country": "Spain", "reasons": [{"reason": "dry grass"}, {"reason": "a red sign", "bbox_2d": [10, 50, 200, 250]}]}"#,
            &["dry grass", "a red sign"],
            &[(1, [10, 100, 200, 500])],
        );
        check(
            "{'country': 'Spain', 'reasons': ['a red sign', 'dry grass']}\n```json\n[{\"bbox_2d\": [0, 0, 500, 500], \"label\": \"Dry grass\"}]\n```",
            &["a red sign", "dry grass"],
            &[(1, [0, 0, 500, 1000])],
        );
    }

    #[test]
    fn boxes_are_told_in_the_pixels_of_the_picture_as_it_is_shown() {
        let moved = |text: &str| rescaled(text, (1000, 500), (280, 140));
        let told =
            r#"[{"bbox_2d": [100, 50, 900, 500], "label": "a [red] sign"}, {'bbox': [0,0,10,10]}] at [1, 2, 3, 4]"#;
        let right =
            r#"[{"bbox_2d": [28, 14, 252, 140], "label": "a [red] sign"}, {'bbox': [0, 0, 3, 3]}] at [1, 2, 3, 4]"#;
        assert_eq!(moved(told), right);
        for same in [
            "{'country': 'Spain', 'reasons': ['a sign']}",
            r#"{"bbox": [0.1, 0.2, 0.3, 0.9]}"#,
            r#"{"bbox": [10, 20, 30, 900]}"#,
            r#"{"bbox": [1, 2]} {"bbox": [ } ["#,
            "",
        ] {
            assert_eq!(moved(same), same);
        }
    }

    #[test]
    fn what_is_no_box_points_nowhere() {
        for pixels in ["[10, 50, 200]", "[200, 50, 10, 250]", "[10, 'a', 200, 250]", "[1500, 0, 1600, 10]", "'left'"] {
            let text = format!("{{'country': 'Spain', 'reasons': [{{'reason': 'a sign', 'bbox_2d': {pixels}}}]}}");
            check(&text, &["a sign"], &[]);
        }
        check(
            "{'country': 'Spain', 'reasons': ['a sign'], 'x': {'label': 'a dog', 'bbox': [0, 0, 9, 9]}}",
            &["a sign"],
            &[],
        );
    }
}
