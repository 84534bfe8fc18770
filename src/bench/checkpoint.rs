//! A seeded random Qwen2.5-VL in the layout of the hub, for measuring without a download: speed and memory depend on shapes
//! alone.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::Path,
};

use half::bf16;
use serde_json::{Map, Value, json};

use super::shape::{Shape, VOCABULARY};

/// The ids that the hub's checkpoints of this architecture use.
const END_OF_TEXT: u32 = 151_643;
const SPECIAL: [(&str, u32); 7] = [
    ("<|endoftext|>", END_OF_TEXT),
    ("<|im_start|>", 151_644),
    ("<|im_end|>", 151_645),
    ("<|vision_start|>", 151_652),
    ("<|vision_end|>", 151_653),
    ("<|image_pad|>", 151_655),
    ("<|video_pad|>", 151_656),
];

/// What a tensor is filled with.
#[derive(Debug, Clone, Copy)]
enum Fill {
    /// Evenly around zero with the standard deviation that transformers starts with.
    Random,
    Ones,
    Zeros,
}

struct TensorPlan {
    name: String,
    shape: Vec<usize>,
    fill: Fill,
}

/// Writes the checkpoint and returns the size of its weights in bytes. The same seed gives the same files.
pub(super) fn write(folder: &Path, shape: &Shape, seed: u64) -> io::Result<u64> {
    let texts = [
        ("config.json", config(shape)),
        ("generation_config.json", json!({"eos_token_id": [151_645, END_OF_TEXT], "bos_token_id": END_OF_TEXT})),
        ("preprocessor_config.json", preprocessor()),
        ("tokenizer.json", tokenizer()),
        ("tokenizer_config.json", json!({"chat_template": CHAT_TEMPLATE, "eos_token": "<|im_end|>"})),
    ];
    for (name, value) in texts {
        fs::write(folder.join(name), value.to_string())?;
    }
    write_weights(&folder.join("model.safetensors"), &plan(shape), seed)
}

fn write_weights(path: &Path, plan: &[TensorPlan], seed: u64) -> io::Result<u64> {
    let mut header = Map::new();
    let mut end = 0;
    for TensorPlan { name, shape, .. } in plan {
        let start = end;
        end += 2 * shape.iter().product::<usize>();
        header.insert(name.clone(), json!({"dtype": "BF16", "shape": shape, "data_offsets": [start, end]}));
    }
    let mut header = Value::Object(header).to_string();
    header.push_str(&" ".repeat(header.len().next_multiple_of(8) - header.len()));
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    file.write_all(&(header.len() as u64).to_le_bytes())?;
    file.write_all(header.as_bytes())?;
    let mut chance = Chance(seed);
    for TensorPlan { shape, fill, .. } in plan {
        write_tensor(&mut file, shape.iter().product(), *fill, &mut chance)?;
    }
    file.flush()?;
    Ok(end as u64)
}

fn write_tensor(file: &mut impl Write, count: usize, fill: Fill, chance: &mut Chance) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(2 * count.min(1 << 16));
    for start in (0..count).step_by(1 << 16) {
        bytes.clear();
        for _ in start..count.min(start + (1 << 16)) {
            let value = match fill {
                Fill::Random => chance.next_weight(),
                Fill::Ones => 1.0,
                Fill::Zeros => 0.0,
            };
            bytes.extend_from_slice(&bf16::from_f32(value).to_le_bytes());
        }
        file.write_all(&bytes)?;
    }
    Ok(())
}

/// SplitMix64 (Steele, Lea and Flood 2014): half a thousand million numbers in a few seconds.
struct Chance(u64);

impl Chance {
    /// Even in ±0.02·√3, whose standard deviation is 0.02.
    fn next_weight(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let unit = ((mixed ^ (mixed >> 31)) >> 40) as f32 / (1_u32 << 24) as f32;
        (2.0 * unit - 1.0) * 0.02 * 3.0_f32.sqrt()
    }
}

/// Every tensor by its name on the hub.
fn plan(shape: &Shape) -> Vec<TensorPlan> {
    let mut plan = Vec::new();
    let mut add = |name: String, shape: &[usize], fill| plan.push(TensorPlan { name, shape: shape.to_vec(), fill });
    let (wide, feed_forward) = (shape.vision_width, shape.vision_feed_forward);
    add("visual.patch_embed.proj.weight".to_owned(), &[wide, 3, 2, 14, 14], Fill::Random);
    for layer in 0..shape.vision_layers {
        let block = format!("visual.blocks.{layer}");
        for norm in ["norm1", "norm2"] {
            add(format!("{block}.{norm}.weight"), &[wide], Fill::Ones);
        }
        for (part, rows, columns) in [
            ("attn.qkv", 3 * wide, wide),
            ("attn.proj", wide, wide),
            ("mlp.gate_proj", feed_forward, wide),
            ("mlp.up_proj", feed_forward, wide),
            ("mlp.down_proj", wide, feed_forward),
        ] {
            add(format!("{block}.{part}.weight"), &[rows, columns], Fill::Random);
            add(format!("{block}.{part}.bias"), &[rows], Fill::Zeros);
        }
    }
    add("visual.merger.ln_q.weight".to_owned(), &[wide], Fill::Ones);
    for (part, rows) in [("0", 4 * wide), ("2", shape.width)] {
        add(format!("visual.merger.mlp.{part}.weight"), &[rows, 4 * wide], Fill::Random);
        add(format!("visual.merger.mlp.{part}.bias"), &[rows], Fill::Zeros);
    }
    let (wide, feed_forward, key_value) = (shape.width, shape.feed_forward, shape.key_value_width());
    add("model.embed_tokens.weight".to_owned(), &[VOCABULARY, wide], Fill::Random);
    for layer in 0..shape.layers {
        let block = format!("model.layers.{layer}");
        for norm in ["input_layernorm", "post_attention_layernorm"] {
            add(format!("{block}.{norm}.weight"), &[wide], Fill::Ones);
        }
        for (part, rows, has_bias) in
            [("q_proj", wide, true), ("k_proj", key_value, true), ("v_proj", key_value, true), ("o_proj", wide, false)]
        {
            add(format!("{block}.self_attn.{part}.weight"), &[rows, wide], Fill::Random);
            if has_bias {
                add(format!("{block}.self_attn.{part}.bias"), &[rows], Fill::Zeros);
            }
        }
        for (part, rows, columns) in
            [("gate_proj", feed_forward, wide), ("up_proj", feed_forward, wide), ("down_proj", wide, feed_forward)]
        {
            add(format!("{block}.mlp.{part}.weight"), &[rows, columns], Fill::Random);
        }
    }
    add("model.norm.weight".to_owned(), &[wide], Fill::Ones);
    plan
}

fn config(shape: &Shape) -> Value {
    json!({
        "architectures": ["Qwen2_5_VLForConditionalGeneration"],
        "model_type": "qwen2_5_vl",
        "torch_dtype": "bfloat16",
        "hidden_size": shape.width,
        "num_hidden_layers": shape.layers,
        "intermediate_size": shape.feed_forward,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.key_value_heads,
        "vocab_size": VOCABULARY,
        "hidden_act": "silu",
        "rms_norm_eps": 1e-6,
        "rope_theta": 1_000_000.0,
        "rope_scaling": {"type": "mrope", "mrope_section": shape.rotary_sections},
        "max_position_embeddings": 32768,
        "tie_word_embeddings": true,
        "bos_token_id": END_OF_TEXT,
        "eos_token_id": 151_645,
        "vision_start_token_id": 151_652,
        "vision_end_token_id": 151_653,
        "vision_token_id": 151_654,
        "image_token_id": 151_655,
        "video_token_id": 151_656,
        "vision_config": {
            "model_type": "qwen2_5_vl",
            "depth": shape.vision_layers,
            "hidden_size": shape.vision_width,
            "intermediate_size": shape.vision_feed_forward,
            "num_heads": shape.vision_heads,
            "hidden_act": "silu",
            "in_channels": 3,
            "in_chans": 3,
            "out_hidden_size": shape.width,
            "patch_size": 14,
            "spatial_patch_size": 14,
            "spatial_merge_size": 2,
            "temporal_patch_size": 2,
            "tokens_per_second": 2,
            "window_size": 112,
            "fullatt_block_indexes": shape.whole_attention
        }
    })
}

fn preprocessor() -> Value {
    json!({
        "image_processor_type": "Qwen2VLImageProcessor",
        "min_pixels": 3136,
        "max_pixels": 12_845_056,
        "patch_size": 14,
        "temporal_patch_size": 2,
        "merge_size": 2,
        "image_mean": [0.481_454_66, 0.457_827_5, 0.408_210_73],
        "image_std": [0.268_629_54, 0.261_302_58, 0.275_777_11]
    })
}

/// A byte-level tokenizer that knows single bytes and the special tokens: a byte of text is a token.
fn tokenizer() -> Value {
    let mut vocabulary = Map::new();
    for (id, letter) in byte_letters().into_iter().enumerate() {
        vocabulary.insert(letter.to_string(), json!(id));
    }
    for (name, id) in SPECIAL {
        vocabulary.insert(name.to_owned(), json!(id));
    }
    let added: Vec<_> = SPECIAL
        .iter()
        .map(|(name, id)| {
            json!({"id": id, "content": name, "special": true, "normalized": false, "single_word": false,
                   "lstrip": false, "rstrip": false})
        })
        .collect();
    let byte_level = json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false});
    json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added,
        "normalizer": null,
        "pre_tokenizer": byte_level,
        "post_processor": null,
        "decoder": byte_level,
        "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": "",
                  "end_of_word_suffix": "", "fuse_unk": false, "byte_fallback": false, "vocab": vocabulary, "merges": []}
    })
}

/// The letters that byte-level BPE writes for the 256 bytes: printable ones stand for themselves, the others follow from
/// U+0100 on (GPT-2's `bytes_to_unicode`).
fn byte_letters() -> Vec<char> {
    let mut next = 0x100;
    (0..=255_u8)
        .map(|byte| match byte {
            b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF => char::from(byte),
            _ => {
                next += 1;
                char::from_u32(next - 1).unwrap_or('?')
            }
        })
        .collect()
}

/// The turns of Qwen2.5-VL's template, pictures before the words.
const CHAT_TEMPLATE: &str = "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{% if message['content'] is \
     string %}{{ message['content'] }}{% else %}{% for content in message['content'] %}{% if content['type'] == 'image' \
     %}<|vision_start|><|image_pad|><|vision_end|>{% elif 'text' in content %}{{ content['text'] }}{% endif %}{% endfor \
     %}{% endif %}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shapes_are_those_that_are_named() {
        let parameters =
            |shape| -> usize { plan(shape).iter().map(|tensor| tensor.shape.iter().product::<usize>()).sum() };
        assert!((590_000_000..595_000_000).contains(&parameters(&Shape::HALF_BILLION)));
        // The checkpoint on the hub counts 3,754,622,976 parameters.
        assert_eq!(parameters(&Shape::THREE_BILLION), 3_754_622_976);
    }

    #[test]
    fn the_same_seed_gives_the_same_file() {
        let folder = tempfile::tempdir().unwrap();
        let plan = [TensorPlan { name: "a".to_owned(), shape: vec![3, 70_000], fill: Fill::Random }];
        let write = |name: &str, seed| {
            let path = folder.path().join(name);
            assert_eq!(write_weights(&path, &plan, seed).unwrap(), 420_000);
            fs::read(path).unwrap()
        };
        let first = write("first", 7);
        assert_eq!(first, write("second", 7));
        assert_ne!(first, write("third", 8));
        let tensors = safetensors::SafeTensors::deserialize(&first).unwrap();
        assert_eq!(tensors.tensor("a").unwrap().shape(), [3, 70_000]);
    }
}
