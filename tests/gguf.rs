//! Models in GGUF files against transformers and against their own numbers unpacked: `tests/reference/gguf`.

mod fixtures;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use fixtures::{Fixture, Outcome, PROMPTS, TOLERANCE, check_logits, cosine};
use tempfile::TempDir;
use terrasight::model::{ComputeDevice, Content, Message, Prompt, Role, VisionLanguageModel};

fn reference(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/gguf").join(name)
}

fn opened(path: &Path) -> Result<VisionLanguageModel, Box<dyn std::error::Error>> {
    Ok(VisionLanguageModel::open(path, &ComputeDevice::cpu().in_f32())?)
}

/// What is said of a folder with these files, each `(name in the fixtures, name there)`.
fn complaint(files: &[(&str, &str)]) -> Result<String, Box<dyn std::error::Error>> {
    let folder = TempDir::new()?;
    for (from, to) in files {
        fs::copy(reference(from), folder.path().join(to))?;
    }
    let error = VisionLanguageModel::open(folder.path(), &ComputeDevice::cpu()).err().ok_or("it opened")?;
    Ok(error.to_string())
}

#[test]
fn a_pair_is_the_model_that_it_was_made_from() -> Outcome {
    let fixture = Fixture::open("tied_sharded")?;
    for path in [reference("pair"), reference("pair/tiny-BF16.gguf")] {
        let model = opened(&path)?;
        for prompt in PROMPTS {
            let mut context = model.start();
            model.read_tokens(&mut context, &fixture.tokens(prompt)?, &fixture.pictures(prompt)?)?;
            check_logits(prompt, &fixture.logits(prompt)?, context.next_logits(), TOLERANCE);
        }
    }
    Ok(())
}

#[test]
fn words_alone_are_read_from_shards() -> Outcome {
    let fixture = Fixture::open("tied_sharded")?;
    // Any shard names the model.
    for path in ["words", "words/tiny-00002-of-00002.gguf"] {
        let model = opened(&reference(path))?;
        assert_eq!(model.facts().architecture, "Qwen2ForCausalLM");
        let mut context = model.start();
        model.read_tokens(&mut context, &fixture.tokens("text")?, &[])?;
        check_logits("text", &fixture.logits("text")?, context.next_logits(), TOLERANCE);
        let refused = model.patches(&image::RgbImage::new(64, 64), None);
        assert!(refused.is_err_and(|error| error.to_string().contains("words and no pictures")));
    }
    Ok(())
}

#[test]
fn tokenizer_and_template_are_those_of_the_folder() -> Outcome {
    let folder = Fixture::open("tied_sharded")?.model(&ComputeDevice::cpu())?;
    let file = opened(&reference("pair"))?;
    let texts = [
        "Where was this photo taken? It's 5 km from München,\n\n  東京 / Αθήνα 🚦 12345 don't",
        "<|im_start|>user\n<|vision_start|><|image_pad|><|vision_end|><tool_call>{}</tool_call><|im_end|>",
        "E\u{301}cole  \t\r\n  end ",
    ];
    for text in texts {
        let ids = folder.tokenizer().encode(text)?;
        assert_eq!(file.tokenizer().encode(text)?, ids, "{text}");
        assert_eq!(file.tokenizer().decode(&ids), folder.tokenizer().decode(&ids), "{text}");
    }
    let said = |role, text: &str| Message { role, content: vec![Content::Text(text.to_owned())] };
    let messages = vec![said(Role::User, "Where?"), said(Role::Assistant, "Oslo"), said(Role::User, "Why?")];
    let prompt = Prompt { messages, ..Default::default() };
    assert_eq!(file.prompt_tokens(&prompt)?, folder.prompt_tokens(&prompt)?);
    assert!(file.facts().end_tokens.contains(&file.tokenizer().token_id("<|im_end|>").ok_or("no end")?));
    Ok(())
}

/// The same file with its blocks multiplied as they lie, and unpacked to f32.
#[test]
fn packed_weights_answer_as_the_same_numbers_unpacked() -> Outcome {
    let fixture = Fixture::open("untied")?;
    let (packed, unpacked) =
        (VisionLanguageModel::open(&reference("packed"), &ComputeDevice::cpu())?, opened(&reference("packed"))?);
    assert_eq!((packed.facts().precision.as_str(), unpacked.facts().precision.as_str()), ("Q8_0", "f32"));
    for prompt in PROMPTS {
        let logits = |model: &VisionLanguageModel| -> Result<Vec<f32>, Box<dyn std::error::Error>> {
            let mut context = model.start();
            let tokens = fixture.tokens(prompt)?;
            let (last, all) = tokens.split_last().ok_or("an empty prompt")?;
            // Many rows at once, and one alone.
            model.read_tokens(&mut context, all, &fixture.pictures(prompt)?)?;
            model.push(&mut context, *last)?;
            Ok(context.next_logits().to_vec())
        };
        let (right, found) = (logits(&unpacked)?, logits(&packed)?);
        // Eight bits of activations, in the tower as well; and few bits of weights beside the weights that they were made of.
        let (same, near) = (cosine(&right, &found), cosine(&fixture.logits(prompt)?, &right));
        assert!(same > 0.996 && near > 0.97 && near < 0.99999, "{prompt}: {same}, {near}");
    }
    Ok(())
}

/// The pair with its files changed by `change`, which is told the name of each.
fn spoiled(change: impl Fn(&str, &mut Vec<u8>)) -> Result<String, Box<dyn std::error::Error>> {
    let folder = TempDir::new()?;
    for name in ["tiny-BF16.gguf", "mmproj-tiny-BF16.gguf"] {
        let mut bytes = fs::read(reference("pair").join(name))?;
        change(name, &mut bytes);
        fs::write(folder.path().join(name), bytes)?;
    }
    let error = VisionLanguageModel::open(folder.path(), &ComputeDevice::cpu()).err().ok_or("it opened")?;
    Ok(error.to_string())
}

/// Where what comes after `key` begins.
fn after(bytes: &[u8], key: &str) -> Option<usize> {
    Some(bytes.windows(key.len()).position(|part| part == key.as_bytes())? + key.len())
}

/// With some of its layers left out it would answer, and as another model.
#[test]
fn more_layers_than_a_head_says_are_refused_with_both_numbers() -> Outcome {
    for (file, key, layers) in [
        ("tiny-BF16.gguf", "qwen2vl.block_count", "tiny-BF16.gguf has 2 layers 'model.layers.N'"),
        ("mmproj-tiny-BF16.gguf", "clip.vision.block_count", "mmproj-tiny-BF16.gguf has 3 layers 'visual.blocks.N'"),
    ] {
        let said = spoiled(|name, bytes| {
            // Its kind stands before it.
            if let Some(at) = after(bytes, key).filter(|_| name == file) {
                bytes[at + 4..at + 8].copy_from_slice(&1u32.to_le_bytes());
            }
        })?;
        assert!(said.contains(layers) && said.contains("but its head asks for 1"), "{said}");
    }
    Ok(())
}

#[test]
fn what_a_file_lacks_is_said_in_its_own_words() -> Outcome {
    let replaced = |key: &str, by: &[u8]| {
        spoiled(|name, bytes| {
            if let Some(at) = after(bytes, key).filter(|_| name == "tiny-BF16.gguf") {
                bytes[at..at + by.len()].copy_from_slice(by);
            }
        })
    };
    // Q2_K, after the two sizes of the first layer's matrix.
    let blocks = spoiled(|name, bytes| {
        if let Some(at) = after(bytes, "blk.0.attn_k.weight").filter(|_| name == "tiny-BF16.gguf") {
            bytes[at + 20..at + 24].copy_from_slice(&10u32.to_le_bytes());
        }
    })?;
    for part in ["tiny-BF16.gguf", "'blk.0.attn_k.weight' is stored as Q2_K", "Q4_K_M or the Q8_0 file", "IQ4_XS"] {
        assert!(blocks.contains(part), "{blocks}");
    }
    assert!(!blocks.contains("safetensors") && !blocks.contains("--precision"), "{blocks}");
    let unknown = replaced("general.architecture\u{8}\0\0\0\u{7}\0\0\0\0\0\0\0", b"gemma99")?;
    assert!(unknown.contains("'gemma99' is not supported; supported: qwen2vl, qwen2"), "{unknown}");
    let missing = replaced("blk.0.attn_k.", b"biaX")?;
    assert!(
        missing.contains("no tensor 'blk.0.attn_k.bias'") && missing.contains("does not fit its head"),
        "{missing}"
    );
    let narrow = replaced("qwen2vl.feed_forward_length\u{4}\0\0\0", &9u32.to_le_bytes())?;
    assert!(
        narrow.contains("'blk.0.ffn_gate.weight' has shape") && narrow.contains("its head asks for [9, "),
        "{narrow}"
    );
    Ok(())
}

/// Its vision file is looked for beside it, and a bare name lies in the folder that the program was started in.
#[test]
fn a_file_is_named_by_its_name_alone() -> Outcome {
    let home = TempDir::new()?;
    let mut program = Command::new(env!("CARGO_BIN_EXE_terrasight"));
    program.current_dir(reference("pair")).env("TERRASIGHT_HOME", home.path());
    program.args([
        "generate",
        "--model",
        "tiny-BF16.gguf",
        "--device",
        "cpu",
        "--max-new-tokens",
        "1",
        "--prompt",
        "?",
    ]);
    let output = program.output()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

#[test]
fn files_that_do_not_make_a_model_are_told_what_is_wrong() -> Outcome {
    let (text, vision) = ("pair/tiny-BF16.gguf", "pair/mmproj-tiny-BF16.gguf");
    let alone = complaint(&[(text, "a.gguf")])?;
    assert!(alone.contains("a.gguf") && alone.contains("mmproj") && alone.contains("same folder"), "{alone}");
    let blind = complaint(&[(vision, "mmproj-a.gguf")])?;
    assert!(blind.contains("mmproj-a.gguf") && blind.contains("no text file"), "{blind}");
    let two = complaint(&[(text, "a.gguf"), (text, "b.gguf"), (vision, "mmproj-a.gguf")])?;
    assert!(two.contains("a.gguf, b.gguf"), "{two}");
    let shard = complaint(&[("words/tiny-00001-of-00002.gguf", "tiny-00001-of-00002.gguf")])?;
    assert!(shard.contains("tiny-00002-of-00002.gguf is missing"), "{shard}");
    let mut narrow = fs::read(reference(vision))?;
    let key = b"clip.vision.projection_dim";
    let at = narrow.windows(key.len()).position(|bytes| bytes == key).ok_or("no width")? + key.len() + 4;
    narrow[at..at + 4].copy_from_slice(&99u32.to_le_bytes());
    let folder = TempDir::new()?;
    fs::copy(reference(text), folder.path().join("a.gguf"))?;
    fs::write(folder.path().join("mmproj-b.gguf"), narrow)?;
    let misfit = VisionLanguageModel::open(folder.path(), &ComputeDevice::cpu()).err().ok_or("it opened")?.to_string();
    assert!(misfit.contains("mmproj-b.gguf") && misfit.contains("99") && misfit.contains("two models"), "{misfit}");
    let vision_alone = VisionLanguageModel::open(&reference(vision), &ComputeDevice::cpu()).err().ok_or("it opened")?;
    assert!(vision_alone.to_string().contains("name the text file"), "{vision_alone}");
    Ok(())
}
