//! Sentence-BERT: a BERT whose states, averaged over a text, become the text's vector (Reimers and Gurevych 2019,
//! <https://arxiv.org/abs/1908.10084>; reference: transformers' `modeling_bert.py` and the settings files of
//! sentence-transformers), such as all-MiniLM-L6-v2.

use std::path::Path;

use burn::module::{Module, Param};
use burn::tensor::{DType, Device, Int, Tensor, TensorData};

use super::attention::{Mask, attend};
use super::compute::ComputeDevice;
use super::directory::{json_file, name_of, read_config_of};
use super::elementwise::gelu;
use super::error::ModelError;
use super::fields::Fields;
use super::linear::{Embedding, Linear};
use super::norm::LayerNorm;
use super::threads::{cores, in_threads};
use super::tokenizer::Tokenizer;
use super::vectors::unit_rows;
use super::weights::{Checkpoint, Role, Source};

/// The names that config.json gives this architecture.
pub const NAMES: [&str; 4] = ["BertModel", "bert", "BertForMaskedLM", "BertForPreTraining"];

/// Prefixes on disk and what this program calls them: models with a head keep the encoder under `bert`.
pub const RENAMES: [(&str, &str); 1] = [("bert.", "")];

/// Tokens that are read where no file says how many, as all-MiniLM-L6-v2 does.
const MAX_TOKENS: usize = 256;

/// Texts in one pass.
const AT_ONCE: usize = 32;

/// Makes vectors of sentences.
#[derive(Debug)]
pub struct SentenceEncoder {
    model: Bert,
    tokenizer: Tokenizer,
    width: usize,
    device: ComputeDevice,
    name: String,
}

#[derive(Debug, Clone)]
struct Config {
    vocabulary: usize,
    hidden: usize,
    intermediate: usize,
    layers: usize,
    heads: usize,
    positions: usize,
    types: usize,
    epsilon: f64,
}

#[derive(Module, Debug)]
struct Layer {
    query: Linear,
    key: Linear,
    value: Linear,
    attention_output: Linear,
    attention_norm: LayerNorm,
    intermediate: Linear,
    output: Linear,
    output_norm: LayerNorm,
    #[module(skip)]
    heads: usize,
}

#[derive(Module, Debug)]
struct Bert {
    words: Embedding,
    /// Position vectors with the vector of the first segment, which is all that a single text has.
    places: Param<Tensor<2>>,
    norm: LayerNorm,
    layers: Vec<Layer>,
}

impl SentenceEncoder {
    /// Opens a checkpoint directory in the layout that the hub serves.
    pub fn open(directory: &Path, device: &ComputeDevice) -> Result<Self, ModelError> {
        let (path, json) = read_config_of(directory, &NAMES)?;
        let config = Config::from_json(&Fields { path: &path, value: &json })?;
        check_modules(directory)?;
        let tokenizer = Tokenizer::from_dir(directory)?.limited_to(max_tokens(directory)?.min(config.positions))?;
        tokenizer.check_fits(&directory.join("tokenizer.json"), config.vocabulary)?;
        let checkpoint = Checkpoint::open(directory, device, &RENAMES)?;
        let model = device.guard(|| Bert::load(&checkpoint, &config))??;
        let name = name_of(directory);
        Ok(Self { model, tokenizer, width: config.hidden, device: device.clone(), name })
    }

    /// Numbers in a vector.
    pub fn width(&self) -> usize {
        self.width
    }

    /// What people call it: the folder's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// One vector a text, of unit length, in order. Texts longer than the model reads are cut.
    pub fn embed_texts(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, ModelError> {
        let ids: Vec<Vec<u32>> =
            texts.iter().map(|text| self.tokenizer.encode_whole(text)).collect::<Result<_, _>>()?;
        // Texts of about one length go together, so that little is padding.
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.sort_by_key(|&index| ids[index].len());
        let batches: Vec<&[usize]> = order.chunks(AT_ONCE).collect();
        let threads = if self.device.is_cpu() { cores() } else { 1 };
        // Dealt out like cards, so that no thread gets all the long texts.
        let hand = |thread: usize| batches.iter().copied().skip(thread).step_by(threads);
        let dealt: Vec<&[usize]> = (0..threads).flat_map(hand).collect();
        let embedded = in_threads(&dealt, threads, |batches| {
            let embed = |batch: &&[usize]| {
                let batch: Vec<&[u32]> = batch.iter().map(|&index| ids[index].as_slice()).collect();
                unit_rows(&self.device, &self.name, batch.len(), || self.model.forward(&batch))
            };
            batches.iter().map(embed).collect()
        })?;
        let mut vectors = vec![Vec::new(); texts.len()];
        for (&index, vector) in dealt.into_iter().flatten().zip(embedded.into_iter().flatten()) {
            vectors[index] = vector;
        }
        Ok(vectors)
    }
}

impl Config {
    fn from_json(fields: &Fields<'_>) -> Result<Self, ModelError> {
        fields.must_be("hidden_act", "gelu")?;
        fields.must_be("position_embedding_type", "absolute")?;
        let (hidden, heads) = (fields.number("hidden_size")?, fields.number("num_attention_heads")?);
        if hidden % heads != 0 {
            return Err(fields.wrong(format!("{heads} heads do not divide a width of {hidden}")));
        }
        Ok(Self {
            vocabulary: fields.number("vocab_size")?,
            hidden,
            intermediate: fields.number("intermediate_size")?,
            layers: fields.number("num_hidden_layers")?,
            heads,
            positions: fields.number_or("max_position_embeddings", 512)?,
            types: fields.number_or("type_vocab_size", 2)?,
            epsilon: fields.real_or("layer_norm_eps", 1e-12)?,
        })
    }
}

/// sentence_bert_config.json says how many tokens a text may have.
fn max_tokens(directory: &Path) -> Result<usize, ModelError> {
    let path = directory.join("sentence_bert_config.json");
    let value = json_file(&path)?.unwrap_or_default();
    Fields { path: &path, value: &value }.number_or("max_seq_length", MAX_TOKENS)
}

/// modules.json lists what follows the BERT, and `1_Pooling/config.json` how its states become one vector. What would
/// give other vectors than sentence-transformers does is refused.
fn check_modules(directory: &Path) -> Result<(), ModelError> {
    let path = directory.join("modules.json");
    for module in json_file(&path)?.unwrap_or_default().as_array().into_iter().flatten() {
        let kind = module["type"].as_str().unwrap_or("").rsplit('.').next().unwrap_or("");
        if !["Transformer", "Pooling", "Normalize"].contains(&kind) {
            let reason = format!("the module '{kind}' is not supported; Transformer, Pooling and Normalize are");
            return Err(ModelError::Config { path, reason });
        }
    }
    let path = directory.join("1_Pooling").join("config.json");
    match json_file(&path)? {
        Some(pooling) if pooling["pooling_mode_mean_tokens"] != true => {
            let reason = "only the mean over tokens ('pooling_mode_mean_tokens') is supported".to_owned();
            Err(ModelError::Config { path, reason })
        }
        _ => Ok(()),
    }
}

impl Bert {
    fn load(source: &dyn Source, c: &Config) -> Result<Self, ModelError> {
        let table = |name: &str, rows: usize| -> Result<Tensor<2>, ModelError> {
            let name = format!("embeddings.{name}.weight");
            Ok(source.tensor(&name, &[rows, c.hidden], [rows, c.hidden], Role::Matrix)?.cast(DType::F32))
        };
        let first_segment = table("token_type_embeddings", c.types)?.narrow(0, 0, 1);
        Ok(Self {
            words: source.embedding("embeddings.word_embeddings", [c.vocabulary, c.hidden])?,
            places: Param::from_tensor(table("position_embeddings", c.positions)? + first_segment),
            norm: LayerNorm::load(source, "embeddings.LayerNorm", c.hidden, c.epsilon)?,
            layers: (0..c.layers).map(|index| Layer::load(source, index, c)).collect::<Result<_, _>>()?,
        })
    }

    /// The mean over each text's own tokens.
    ///
    /// # Shapes
    /// `[texts][tokens]` with at least one token each to `[texts, hidden]`
    fn forward(&self, texts: &[&[u32]]) -> Tensor<2> {
        let device = self.places.val().device();
        let longest = texts.iter().map(|text| text.len()).max().unwrap_or(0);
        let padded = |text: &&[u32]| (0..longest).map(|i| text.get(i).map_or(0, |&id| id as i32)).collect::<Vec<_>>();
        let ids = TensorData::new(texts.iter().flat_map(padded).collect::<Vec<_>>(), [texts.len() * longest]);
        let words = self.words.forward(Tensor::<1, Int>::from_data(ids, &device));
        let x = words.reshape([texts.len() as i32, longest as i32, -1]);
        let mut x = self.norm.forward(x + self.places.val().narrow(0, 0, longest).unsqueeze());
        let mask = if texts.iter().all(|text| text.len() == longest) {
            Mask::none()
        } else {
            Mask::from_rule([texts.len(), longest, longest], &device, |row, _, key| key < texts[row].len())
        };
        for layer in &self.layers {
            x = layer.forward(x, &mask);
        }
        shares(texts, longest, &device).matmul(x).squeeze_dim(1)
    }
}

/// What each token counts in its text's mean, `[texts, 1, tokens]`; padding counts for nothing.
fn shares(texts: &[&[u32]], longest: usize, device: &Device) -> Tensor<3> {
    let share = |text: &&[u32]| {
        let (len, part) = (text.len(), 1.0 / text.len() as f32);
        (0..longest).map(move |i| if i < len { part } else { 0.0 })
    };
    let data = TensorData::new(texts.iter().flat_map(share).collect::<Vec<_>>(), [texts.len(), 1, longest]);
    Tensor::from_data(data, (device, DType::F32))
}

impl Layer {
    fn load(source: &dyn Source, index: usize, c: &Config) -> Result<Self, ModelError> {
        let name = |part: &str| format!("encoder.layer.{index}.{part}");
        let linear = |part: &str, shape: [usize; 2]| source.linear(&name(part), shape, true);
        let square = [c.hidden, c.hidden];
        Ok(Self {
            query: linear("attention.self.query", square)?,
            key: linear("attention.self.key", square)?,
            value: linear("attention.self.value", square)?,
            attention_output: linear("attention.output.dense", square)?,
            attention_norm: LayerNorm::load(source, &name("attention.output.LayerNorm"), c.hidden, c.epsilon)?,
            intermediate: linear("intermediate.dense", [c.intermediate, c.hidden])?,
            output: linear("output.dense", [c.hidden, c.intermediate])?,
            output_norm: LayerNorm::load(source, &name("output.LayerNorm"), c.hidden, c.epsilon)?,
            heads: c.heads,
        })
    }

    /// # Shapes
    /// `[texts, tokens, hidden]` to the same
    fn forward(&self, x: Tensor<3>, mask: &Mask) -> Tensor<3> {
        let [texts, tokens, hidden] = x.dims();
        let split = |x: Tensor<3>| x.reshape([texts, tokens, self.heads, hidden / self.heads]).swap_dims(1, 2);
        let [q, k, v] = [&self.query, &self.key, &self.value].map(|part| split(part.forward(x.clone())));
        let mixed = attend(q, k, v, mask).swap_dims(1, 2).reshape([texts, tokens, hidden]);
        let x = self.attention_norm.forward(x + self.attention_output.forward(mixed));
        let h = self.output.forward(gelu(self.intermediate.forward(x.clone())));
        self.output_norm.forward(x + h)
    }
}
