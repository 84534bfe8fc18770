//! What must be known about a model and its device.

use super::{bytes, duration};
use crate::{
    model::{DecodeKernel, DeviceNote, LeftOut, LoraFacts},
    predict::PromptNotRead,
    worker::{Measured, ModelNote, ModelSummary},
};

/// A sentence or two for what must be known about a model.
pub fn model_note(note: &ModelNote) -> String {
    match note {
        ModelNote::Device(DeviceNote::CpuInstead(refused)) => format!("{refused}. The CPU is used."),
        ModelNote::Device(DeviceNote::WrongInHalf { name, precision, test, difference }) => format!(
            "{name} computes wrongly in {precision} ({test} differs by {difference:.1e}), which is not used: update its driver"
        ),
        ModelNote::Device(DeviceNote::WrongWhenPacked { name, unpacks: true }) => format!(
            "{name} computes wrongly with packed weights as they lie; they are unpacked for every product, which is slower: \
             update its driver"
        ),
        ModelNote::Device(DeviceNote::WrongWhenPacked { name, unpacks: false }) => format!(
            "{name} computes wrongly with packed weights, which are held in half precision there: update its driver"
        ),
        ModelNote::Device(DeviceNote::WrongWhenDecoding { name, kernels }) => {
            let kernels: Vec<&str> = kernels.iter().map(|&kernel| decode_kernel(kernel)).collect();
            format!("{name} computes wrongly {}, which is done more slowly: update its driver", kernels.join(" and "))
        }
        ModelNote::Elsewhere(host) => format!(
            "Each picture that is located from now on is sent to {host}, and so is what you ask the model about it, until you \
             choose another model or open another session."
        ),
        ModelNote::Unencrypted => {
            "The connection is not encrypted: others on the network can see what is sent.".to_owned()
        }
        ModelNote::Caution(text) => text.clone(),
        ModelNote::LeftOut(left_out) => self::left_out(left_out),
        ModelNote::Lora(lora) => self::lora(lora),
        ModelNote::PromptNotRead(not_read) => prompt_not_read(not_read),
    }
}

/// That the architecture's own stands for what a model does not bring.
pub fn left_out(left_out: &[LeftOut]) -> String {
    let named = left_out.iter().map(|left_out| match left_out {
        LeftOut::ChatTemplate => "chat template (chat_template.jinja)",
        LeftOut::Preprocessor => "preprocessor_config.json",
        LeftOut::TokenizerConfig => "tokenizer_config.json",
    });
    format!(
        "This model comes with no {}; the architecture's own settings are used.",
        named.collect::<Vec<_>>().join(", no ")
    )
}

/// What an adapter changes, and what of it finds nothing to change.
pub fn lora(lora: &LoraFacts) -> String {
    let LoraFacts { name, percent, layers, dropout, unmatched, .. } = lora;
    let share = if *percent == 100 { String::new() } else { format!(" at {percent} %") };
    let learned = if *dropout > 0.0 { format!(" and has learned with a dropout of {dropout}") } else { String::new() };
    let changes = format!("The adapter {name}{share} changes {layers} of its layers{learned}.");
    match unmatched.as_slice() {
        [] => changes,
        [first, ..] => {
            let n = unmatched.len();
            format!(
                "{changes} {n} of its tensors fit none and do nothing ({first}{}).",
                if n == 1 { "" } else { ", ..." }
            )
        }
    }
}

fn decode_kernel(kernel: DecodeKernel) -> &'static str {
    match kernel {
        DecodeKernel::Products => "in products with a few rows",
        DecodeKernel::Norm => "in norms",
        DecodeKernel::Turn => "in rotary positions",
        DecodeKernel::Attend => "in a token's attention",
        DecodeKernel::Best => "in finding the best of many scores",
    }
}

/// What it takes to see a picture in so many tokens. The time was measured on the picture that was located last.
pub fn picture_cost(model: &ModelSummary, tokens: usize) -> String {
    let Some(placed) = &model.placed else { return String::new() };
    let memory = bytes(placed.needs(tokens).of_picture());
    match model.measured.seconds_a_picture_token {
        Some(seconds) => format!("about {} and {memory} of memory a picture", duration(seconds * tokens as f64)),
        None => format!("about {memory} of memory a picture; the time is known once one was located here"),
    }
}

/// Where a model lies, and what memory it takes, reckoned from its files; a server says nothing of it.
pub fn placed(model: &ModelSummary) -> String {
    let Some(placed) = &model.placed else { return format!("on {}", model.device) };
    let needs = placed.needs(model.picture_tokens.usual);
    let (weights, more) = (bytes(needs.weights), bytes(needs.of_picture()));
    format!("on {} as {}; about {weights} of memory, and {more} more with a picture", model.device, model.precision)
}

/// How fast a model has shown itself to be; none before it has answered.
pub fn pace(measured: &Measured) -> Option<String> {
    let first = measured.seconds_to_first_token.map(|seconds| match seconds {
        short if short < 9.95 => format!("first word of an answer after {short:.1} s"),
        long => format!("first word of an answer after {}", duration(long)),
    });
    let then = measured.tokens_a_second().map(|rate| match rate {
        fast if fast >= 10.0 => format!("{fast:.0} tokens a second"),
        slow => format!("{slow:.1} tokens a second"),
    });
    let said: Vec<String> = [first, then].into_iter().flatten().collect();
    (!said.is_empty()).then(|| format!("{} (measured in the last answers)", said.join(", then ")))
}

/// That a model's wish for its prompt is not understood.
pub(super) fn prompt_not_read(PromptNotRead { file, cause }: &PromptNotRead) -> String {
    format!("{file}: not understood ({cause}); the usual prompt was used")
}
