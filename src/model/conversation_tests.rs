//! Conversations with a tiny checkpoint: stopped in the middle, branched, and gone on with.

use std::ops::ControlFlow;
use std::path::Path;

use image::{Rgb, RgbImage};

use super::{
    ComputeDevice, Content, Context, GenerateOptions, Message, ModelError, Prompt, ReadProgress, Role, Sampling,
    VisionLanguageModel,
};

fn model() -> VisionLanguageModel {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/qwen2_5_vl/untied");
    VisionLanguageModel::open(&folder, &ComputeDevice::cpu().in_f32()).unwrap()
}

fn asked(text: &str, content: Content) -> Message {
    Message { role: Role::User, content: vec![content, Content::Text(text.to_owned())] }
}

fn prompt(model: &VisionLanguageModel, shade: u8) -> Prompt {
    let picture = RgbImage::from_fn(112, 84, |x, y| Rgb([(x * 2) as u8, (y * 3) as u8, shade]));
    Prompt {
        messages: vec![asked("Where is it?", Content::Picture)],
        pictures: vec![model.patches(&picture, None).unwrap()],
        answer_start: String::new(),
    }
}

fn read(model: &VisionLanguageModel, prompt: &Prompt) -> Context {
    let mut context = model.start();
    model.read(&mut context, prompt).unwrap();
    context
}

#[track_caller]
fn same(a: &[f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    let apart = a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(apart < 1e-4, "{apart}");
}

/// Breaks at the `nth` time that it is asked about what `counts` says.
fn stop_at(nth: usize, counts: fn(ReadProgress) -> bool) -> impl FnMut(ReadProgress) -> ControlFlow<()> {
    let mut asked = 0;
    move |progress| {
        asked += usize::from(counts(progress));
        if asked == nth { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

#[test]
fn reading_stops_between_two_blocks_and_goes_on_as_if_nothing_had_been() {
    let model = model();
    let prompt = prompt(&model, 7);
    let whole = read(&model, &prompt);
    type Counts = fn(ReadProgress) -> bool;
    let places: [(usize, Counts); 2] = [
        // The second question within one picture, and within one piece of text.
        (2, |progress| matches!(progress, ReadProgress::Seeing { .. })),
        (3, |progress| matches!(progress, ReadProgress::Reading { done: 0, .. })),
    ];
    for (nth, counts) in places {
        // Another model, since this one knows the picture.
        let model = self::model();
        let mut context = model.start();
        let stopped = model.read_watched(&mut context, &prompt, &mut stop_at(nth, counts));
        assert!(matches!(stopped, Err(ModelError::Cancelled)), "{stopped:?}");
        assert!(context.is_empty());
        model.read(&mut context, &prompt).unwrap();
        same(context.next_logits(), whole.next_logits());
    }
}

#[test]
fn scoring_stops_within_a_layer_and_leaves_the_context() {
    let model = model();
    let context = read(&model, &prompt(&model, 7));
    let names: Vec<Vec<u32>> = (0..80).map(|first| vec![first, first + 1, 5]).collect();
    for nth in [1, 2, 4, 5] {
        let mut asked = 0;
        let scored = model.score_watched(&context, &names, &mut || {
            asked += 1;
            if asked == nth { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert!(matches!(scored, Err(ModelError::Cancelled)), "{nth}");
    }
    assert_eq!(model.score_continuations(&context, &names).unwrap().len(), names.len());
}

#[test]
fn a_branch_goes_its_own_way() {
    let model = model();
    let prompt = prompt(&model, 7);
    let mut trunk = read(&model, &prompt);
    let mut branch = trunk.branch();
    model.extend(&mut branch, &[5, 6, 7]).unwrap();
    model.extend(&mut trunk, &[9]).unwrap();
    for (context, tokens) in [(&trunk, &[9][..]), (&branch, &[5, 6, 7])] {
        let mut alone = read(&model, &prompt);
        model.extend(&mut alone, tokens).unwrap();
        assert_eq!(context.tokens(), alone.tokens());
        same(context.next_logits(), alone.next_logits());
    }
}

#[test]
fn a_picture_is_encoded_once_whatever_context_it_is_read_into() {
    let model = model();
    let mut encoded = 0;
    for shade in [7, 7, 8, 7] {
        let mut context = model.start();
        let mut watch = |progress| {
            encoded += usize::from(matches!(progress, ReadProgress::Seeing { .. }));
            ControlFlow::Continue(())
        };
        model.read_watched(&mut context, &prompt(&model, shade), &mut watch).unwrap();
    }
    let fresh = self::model();
    let mut steps = Vec::new();
    let mut watch = |progress| {
        if let ReadProgress::Seeing { done, of } = progress {
            steps.push((done, of));
        }
        ControlFlow::Continue(())
    };
    fresh.read_watched(&mut fresh.start(), &prompt(&fresh, 7), &mut watch).unwrap();
    let blocks = steps.len();
    assert!(blocks >= 2, "a question before each block of the tower");
    assert_eq!(steps, (0..blocks).map(|done| (done, blocks)).collect::<Vec<_>>());
    assert_eq!(encoded, 2 * blocks, "two pictures, each once");
}

#[test]
fn a_conversation_goes_on_from_the_tokens_that_were_generated() {
    let model = model();
    let mut prompt = prompt(&model, 7);
    let mut context = read(&model, &prompt);
    let options = GenerateOptions {
        max_new_tokens: 12,
        sampling: Sampling { temperature: 5.0, top_p: 1.0, seed: 3 },
        stop: Vec::new(),
    };
    let asked_tokens = context.len();
    let said = model.generate(&mut context, &options, &mut |_| ControlFlow::Continue(())).unwrap();
    assert!(said.token_ids.len() > 4);
    let answer = Message { role: Role::Assistant, content: vec![Content::Answer(said.token_ids.clone())] };
    prompt.messages.extend([answer, asked("And why?", Content::Text("Well. ".to_owned()))]);
    let stats = model.read(&mut context, &prompt).unwrap();
    assert!(stats.reused_tokens >= asked_tokens + said.token_ids.len() - 1, "{stats:?}");
    assert_eq!(context.tokens()[asked_tokens..][..said.token_ids.len()], said.token_ids);
}
