//! What a model is given, compared with what transformers and Pillow give it: resized pictures, pixel values, the
//! rendered conversation and its token ids. The files and the scripts that made them are in `tests/reference/`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use image::RgbImage;
use safetensors::SafeTensors;
use serde_json::Value;
use terrasight::{
    model::{
        chat::{ChatTemplate, Content, Message, Role},
        image_processor::ImageProcessor,
        tokenizer::Tokenizer,
    },
    picture::resample::{Filter, resize},
};

const CHECKPOINTS: [&str; 2] = ["untied", "tied_sharded"];

fn reference() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference")
}

fn qwen() -> PathBuf {
    reference().join("qwen2_5_vl")
}

#[track_caller]
fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).expect("the reference file is there")).expect("it is JSON")
}

#[track_caller]
fn picture(path: &Path) -> RgbImage {
    image::open(path).expect("the fixture is a picture").into_rgb8()
}

/// `name_WxH` as the name, W and H.
fn target(stem: &str) -> Option<(&str, u32, u32)> {
    let (name, size) = stem.rsplit_once('_')?;
    let (width, height) = size.split_once('x')?;
    Some((name, width.parse().ok()?, height.parse().ok()?))
}

#[test]
fn resizing_equals_pillow_to_the_last_level() {
    let folder = reference().join("pillow_resize");
    let mut n_compared = 0;
    for entry in fs::read_dir(&folder).expect("the folder is there") {
        let path = entry.expect("it can be listed").path();
        let stem = path.file_stem().expect("a file has a name").to_string_lossy().into_owned();
        let Some((name, width, height)) = target(&stem) else { continue };
        let source = picture(&folder.join(format!("{name}.png")));
        assert!(resize(&source, width, height, Filter::Bicubic) == picture(&path), "{stem} differs from Pillow's");
        n_compared += 1;
    }
    assert!(n_compared >= 10, "only {n_compared} resized pictures were found");
}

#[test]
fn pixel_values_equal_transformers() {
    let bytes = fs::read(qwen().join("pixel_values.safetensors")).expect("the reference file is there");
    let tensors = SafeTensors::deserialize(&bytes).expect("it is safetensors");
    let processor = ImageProcessor::from_dir(&qwen().join("untied")).expect("the checkpoint is whole");
    for name in ["windows", "odd", "small"] {
        let expected = tensors.tensor(name).expect("the picture's values are there");
        let values: Vec<f32> =
            expected.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        let grid = tensors.tensor(&format!("{name}.grid_thw")).expect("its grid is there");
        let grid: Vec<usize> = grid.data().chunks_exact(8).map(|b| usize::from(b[0])).collect();
        let patches = processor.process(&picture(&qwen().join(format!("pictures/{name}.png")))).expect("it fits");
        assert_eq!(patches.grid.as_slice(), grid, "{name}");
        assert_eq!(patches.merged_tokens * 4, grid.iter().product::<usize>(), "{name}");
        assert_eq!(patches.values.len(), values.len(), "{name}");
        let difference = patches.values.iter().zip(&values).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(difference <= 1e-5, "{name}: pixel values differ by {difference}");
    }
}

#[test]
fn sizes_equal_transformers() {
    let cases = json(&qwen().join("smart_resize.json"));
    let cases = cases.as_array().expect("a list of cases");
    assert!(cases.len() >= 10);
    let folder = tempfile::tempdir().expect("a folder can be made");
    for case in cases {
        let number = |key: &str| case[key].as_u64().unwrap_or_else(|| panic!("{key} in {case}"));
        let config = serde_json::json!({ "min_pixels": number("min_pixels"), "max_pixels": number("max_pixels") });
        fs::write(folder.path().join("preprocessor_config.json"), config.to_string()).expect("it can be written");
        let processor = ImageProcessor::from_dir(folder.path()).expect("it is sound");
        // Their sizes, without this program's own bound on tokens.
        let processor = processor.with_tokens(usize::MAX);
        let side = |value: &Value| u32::try_from(value.as_u64().expect("a side")).expect("a size");
        let size = processor.target_size(side(&case["width"]), side(&case["height"])).expect("it fits");
        assert_eq!(size, (side(&case["to"][1]), side(&case["to"][0])), "{case}");
    }
}

fn messages(prompt: &Value) -> Vec<Message> {
    let role = |name: &str| match name {
        "system" => Role::System,
        "assistant" => Role::Assistant,
        _ => Role::User,
    };
    let part = |part: &Value| match part["type"].as_str() {
        Some("image") => Content::Picture,
        _ => Content::Text(part["text"].as_str().unwrap_or_default().to_owned()),
    };
    let content = |content: &Value| match content {
        Value::String(text) => vec![Content::Text(text.clone())],
        parts => parts.as_array().expect("parts").iter().map(part).collect(),
    };
    let turns = prompt["messages"].as_array().expect("a conversation");
    let turn = |turn: &Value| Message {
        role: role(turn["role"].as_str().expect("a role")),
        content: content(&turn["content"]),
    };
    turns.iter().map(turn).collect()
}

#[test]
fn conversations_and_their_token_ids_equal_transformers() {
    for checkpoint in CHECKPOINTS {
        let folder = qwen().join(checkpoint);
        let (template, tokenizer) =
            (ChatTemplate::from_dir(&folder).expect("a template"), Tokenizer::from_dir(&folder).expect("a tokenizer"));
        let processor = ImageProcessor::from_dir(&folder).expect("a preprocessor");
        let expected = json(&qwen().join(format!("{checkpoint}.expected.json")));
        let picture_id = tokenizer.token_id("<|image_pad|>").expect("a placeholder");
        let prompts = expected["prompts"].as_object().expect("prompts");
        assert!(prompts.len() >= 5);
        for (name, prompt) in prompts {
            let text = template.render(&messages(prompt), true).expect("the template takes it");
            assert_eq!(text, prompt["text"].as_str().expect("its text"), "{checkpoint} {name}");
            let mut counts = prompt["pictures"].as_array().into_iter().flatten().map(|file| {
                let file = format!("pictures/{}.png", file.as_str().expect("a name"));
                processor.process(&picture(&qwen().join(file))).expect("it fits").merged_tokens
            });
            let short = tokenizer.encode(&text).expect("it can be encoded");
            let long = short.into_iter().flat_map(|id| {
                let copies = if id == picture_id { counts.next().expect("a picture each") } else { 1 };
                std::iter::repeat_n(u64::from(id), copies)
            });
            let long: Vec<u64> = long.collect();
            let ids: Vec<u64> = prompt["input_ids"].as_array().expect("ids").iter().filter_map(Value::as_u64).collect();
            assert_eq!(long, ids, "{checkpoint} {name}");
        }
    }
}
