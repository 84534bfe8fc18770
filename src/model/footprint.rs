//! What a model is and how much memory it will take, told from its files' heads alone: nothing of it is loaded.

use std::path::Path;

use serde::Deserialize;

use super::architectures::ARCHITECTURES;
use super::compute::{ComputeDevice, ComputeKind};
use super::directory::find_architecture;
use super::error::ModelError;
use super::origin::Origin;
use super::precision::Precision;
use super::{bert, clip, maskformer, qwen2, qwen2_5_vl, segformer};

/// What a model does for this program, the most important first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Looks at pictures and answers: it says where they were taken.
    Locate,
    /// Divides pictures into classes of things, for their locatability.
    Segment,
    /// Makes vectors of pictures or texts.
    Embed,
    /// Answers words with words (`generate`).
    Words,
}

/// The numbers of a Qwen2.5-VL that its memory is reckoned from.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Whether its weights are packed in blocks, as in most GGUF files.
    pub packed: bool,
    /// Numbers in all its tensors.
    pub parameters: u64,
    /// Layers that read words.
    pub layers: u64,
    /// Their width.
    pub width: u64,
    /// Width inside their gated network.
    pub inner: u64,
    /// Width of the keys of one token in one layer, and of its values.
    pub kv_width: u64,
    /// Width of the vision tower.
    pub vision_width: u64,
    /// Width inside its gated network.
    pub vision_inner: u64,
}

/// What a model is, by its own files.
#[derive(Debug, Clone, PartialEq)]
pub struct Footprint {
    /// What it does.
    pub purpose: Purpose,
    /// Its architecture, by upstream's name.
    pub architecture: &'static str,
    /// Bytes of its weights on the disk.
    pub bytes: u64,
    /// Numbers in all its tensors.
    pub parameters: u64,
    /// What the memory of a Qwen2.5-VL is reckoned from.
    pub shape: Option<Shape>,
}

/// Bytes of memory that a model will take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// For its weights.
    pub weights: u64,
    /// For keys and values of a conversation about one picture.
    pub cache: u64,
    /// For what is computed on the way, at the most.
    pub activations: u64,
}

impl Needs {
    /// All together.
    pub fn total(&self) -> u64 {
        self.weights.saturating_add(self.of_picture())
    }

    /// What is needed beside the weights while a picture is read and talked about.
    pub fn of_picture(&self) -> u64 {
        self.cache.saturating_add(self.activations)
    }
}

/// A model on a kind of device, with what its memory there is reckoned from.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// What it is.
    pub footprint: Footprint,
    /// What it runs on.
    pub kind: ComputeKind,
}

impl Placed {
    /// The memory it takes with a picture of so many tokens.
    pub fn needs(&self, picture_tokens: usize) -> Needs {
        self.footprint.needs(self.kind, picture_tokens as u64)
    }
}

/// Tokens of question and answer beside the picture's.
const TOKENS_BESIDE: u64 = 1024;
/// As the cache grows (`cache.rs`): doubling from here.
const FIRST_CACHE: u64 = 256;
/// Tokens that are read at once (`conversation.rs`).
const READ_AT_ONCE: u64 = 512;
/// Patches of the vision tower that make one token.
const PATCHES_A_TOKEN: u64 = 4;
/// Scores of attention that are there at once (`attention/`), twice, in f32.
const SCORES: u64 = 2 * 4 * (8 << 20);
/// What packed weights are unpacked in on an adapter (`gpu/matrix.rs`): two strips in half precision.
const STRIPS: u64 = 2 * 2 * (32 << 20);
/// What a model without a shape computes on the way, at the sizes of pictures that it reads: judged, not measured.
const MODEST: u64 = 512 << 20;

impl Shape {
    /// The memory for one picture of so many tokens, on a device of this kind. `on_disk` is the size of the weights' files.
    ///
    /// Weights: packed blocks stay as they are, and an adapter unpacks strips of them for products; f32 stays f32, all else takes
    /// two bytes. Cache: keys and values of all layers, its room a power of two; the CPU keeps them in f32 (`qwen2_5_vl/text.rs`),
    /// others in the type of the weights. Activations, in f32: the vision tower holds some six vectors of its width and three of its
    /// inner width for every patch, and what it makes of the picture stays; the layers hold the same for every token that is read
    /// at once. Files may claim any sizes: what passes all numbers is the largest one.
    pub fn needs(&self, kind: ComputeKind, on_disk: u64, picture_tokens: u64) -> Needs {
        let bytes_a_number = if on_disk >= product([3, self.parameters]) { 4 } else { 2 };
        let weights = if self.packed { on_disk } else { product([bytes_a_number, self.parameters]) };
        let strips = if self.packed && kind != ComputeKind::Cpu { STRIPS } else { 0 };
        let tokens = picture_tokens + TOKENS_BESIDE;
        let room = tokens.max(FIRST_CACHE).next_power_of_two();
        let kept_in = if kind == ComputeKind::Cpu { 4 } else { bytes_a_number };
        let cache = product([2, self.layers, self.kv_width, room, kept_in]);
        let vision = product([picture_tokens, PATCHES_A_TOKEN, 6 * self.vision_width + 3 * self.vision_inner]);
        let words = READ_AT_ONCE * (6 * self.width + 3 * self.inner);
        let features = picture_tokens * self.width;
        let activations = product([4, vision.max(words).saturating_add(features)]).saturating_add(SCORES + strips);
        Needs { weights, cache, activations }
    }
}

fn product<const N: usize>(factors: [u64; N]) -> u64 {
    factors.into_iter().fold(1, u64::saturating_mul)
}

impl Shape {
    /// Packs weights that come dense, as those of a folder are when it is opened: the bytes that they take then, by bits a number with the
    /// scales of the blocks, and with what stays in more of them. None where they stay as they are.
    pub fn pack(&mut self, precision: Precision) -> Option<u64> {
        let bits = match precision {
            Precision::EightBits if !self.packed => 9,
            Precision::FourBits if !self.packed => 6,
            _ => return None,
        };
        self.packed = true;
        Some(self.parameters * bits / 8)
    }
}

impl Footprint {
    /// The same where the weights of a folder are packed as it is opened.
    #[must_use]
    pub fn packed(mut self, precision: Precision) -> Self {
        if let Some(bytes) = self.shape.as_mut().and_then(|shape| shape.pack(precision)) {
            self.bytes = bytes;
        }
        self
    }

    /// The memory it will take, as [`Shape::needs`]; of other architectures the weights and a bound.
    pub fn needs(&self, kind: ComputeKind, picture_tokens: u64) -> Needs {
        match &self.shape {
            Some(shape) => shape.needs(kind, self.bytes, picture_tokens),
            None => modest(self.bytes),
        }
    }
}

/// What a model without a shape needs whose weights have so many bytes.
pub fn modest(bytes: u64) -> Needs {
    Needs { weights: bytes, cache: 0, activations: MODEST }
}

/// What the model at `path` is: a folder in the hub's layout, or GGUF files.
///
/// # Errors
/// Where it is none that this program opens, or its files do not fit together.
pub fn footprint(path: &Path) -> Result<Footprint, ModelError> {
    let others: [(Purpose, &'static [&'static str]); 4] = [
        (Purpose::Segment, &segformer::NAMES),
        (Purpose::Segment, &maskformer::NAMES),
        (Purpose::Embed, &clip::NAMES),
        (Purpose::Embed, &bert::NAMES),
    ];
    let answering = ARCHITECTURES.iter().map(|architecture| {
        let reads_words = architecture.names == qwen2::NAMES;
        (if reads_words { Purpose::Words } else { Purpose::Locate }, architecture.names)
    });
    let all: Vec<(Purpose, &'static [&'static str])> = answering.chain(others).collect();
    let origin = Origin::of(path)?;
    let &(purpose, names) = find_architecture(&origin.path, &origin.config, &all, |&(_, names)| names)?;
    let config = match purpose {
        Purpose::Locate => Some(qwen2_5_vl::Config::from_json(&origin.path, &origin.config)?),
        _ => None,
    };
    let (renames, layers): (&[_], _) = match &config {
        Some(config) => (&qwen2_5_vl::RENAMES, config.layers().to_vec()),
        None => (&[], Vec::new()),
    };
    let source = origin.source(&ComputeDevice::cpu(), renames, &layers)?;
    let (bytes, parameters) = source.base().size();
    // Heads that fit together say nothing of weights that are not there.
    if matches!(purpose, Purpose::Locate | Purpose::Words) {
        source.base().check_has("model.embed_tokens.weight")?;
    }
    if bytes == 0 {
        return Err(ModelError::Damaged { path: path.to_path_buf(), reason: "it has no weights".to_owned() });
    }
    let shape = config.map(|config| shape_of(&origin, &config, parameters));
    Ok(Footprint { purpose, architecture: names[0], bytes, parameters, shape })
}

fn shape_of(origin: &Origin, config: &qwen2_5_vl::Config, parameters: u64) -> Shape {
    let (text, vision) = (&config.text, &config.vision);
    Shape {
        packed: origin.is_gguf(),
        parameters,
        layers: text.layers as u64,
        width: text.hidden as u64,
        inner: text.intermediate as u64,
        kv_width: (text.kv_heads * text.head()) as u64,
        vision_width: vision.hidden as u64,
        vision_inner: vision.intermediate as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Shape = Shape {
        packed: true,
        parameters: 1000,
        layers: 2,
        width: 10,
        inner: 30,
        kv_width: 4,
        vision_width: 8,
        vision_inner: 20,
    };

    #[test]
    fn needs_are_those_of_the_formula() {
        let needs = SMALL.needs(ComputeKind::Cpu, 600, 1280);
        // 1280 + 1024 tokens take room for 4096; 5120 patches of 6 * 8 + 3 * 20 numbers are more than 512 tokens of 6 * 10 + 3 * 30.
        let activations = 4 * (1280 * 10 + 5120 * 108) + SCORES;
        assert_eq!(needs, Needs { weights: 600, cache: 2 * 2 * 4 * 4096 * 4, activations });
        assert_eq!((needs.of_picture(), needs.total()), (262_144 + activations, 262_744 + activations));
        let on_gpu = SMALL.needs(ComputeKind::Gpu, 600, 1280);
        let halved = Needs { weights: 600, cache: needs.cache / 2, activations: activations + STRIPS };
        assert_eq!(on_gpu, halved, "blocks stay packed there");
        let f32_on_gpu = Shape { packed: false, ..SMALL }.needs(ComputeKind::Gpu, 4000, 1280);
        assert_eq!((f32_on_gpu.weights, f32_on_gpu.cache), (4000, needs.cache));
        assert_eq!(SMALL.needs(ComputeKind::Cpu, 4000, 16).activations, 4 * (16 * 10 + 512 * 150) + SCORES);
        let plain = Shape { packed: false, ..SMALL };
        assert_eq!(plain.needs(ComputeKind::Cpu, 2000, 16).weights, 2000);
        assert_eq!(plain.needs(ComputeKind::Cpu, 4000, 16).weights, 4000, "f32 stays f32");
        let whole =
            Footprint { purpose: Purpose::Locate, architecture: "", bytes: 2000, parameters: 1000, shape: Some(plain) };
        let weights = |precision| whole.clone().packed(precision).needs(ComputeKind::Cpu, 16).weights;
        let placed = Placed { footprint: whole.clone(), kind: ComputeKind::SoftwareGpu };
        assert_eq!(placed.needs(16), whole.needs(ComputeKind::SoftwareGpu, 16));
        let all = [Precision::Full, Precision::EightBits, Precision::FourBits];
        assert_eq!(all.map(weights), [2000, 1125, 750]);
    }

    #[test]
    fn a_model_that_claims_impossible_sizes_does_not_seem_small() {
        // As a config.json may claim; their product is 0 in 64 bits.
        let most = 1 << 31;
        let shape = Shape { layers: most, kv_width: most, vision_width: most, vision_inner: most, ..SMALL };
        let needs = shape.needs(ComputeKind::Cpu, 600, 1280);
        assert_eq!((needs.cache, needs.of_picture(), needs.total()), (u64::MAX, u64::MAX, u64::MAX));
    }

    #[test]
    fn a_folder_whose_weights_are_not_there_is_no_model() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for (config, says) in [
            ("tests/reference/qwen2_5_vl/untied", "no tensor 'model.embed_tokens.weight'"),
            ("assets/segmenter", "it has no weights"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            std::fs::copy(root.join(config).join("config.json"), folder.path().join("config.json")).unwrap();
            std::fs::write(folder.path().join("model.safetensors"), b"\x02\0\0\0\0\0\0\0{}").unwrap();
            let said = footprint(folder.path()).unwrap_err().to_string();
            assert!(said.contains(says), "{said}");
        }
    }

    #[test]
    fn a_model_is_known_by_its_files() {
        let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
        let starter = footprint(&assets.join("starter")).unwrap();
        assert_eq!((starter.purpose, starter.architecture), (Purpose::Locate, "Qwen2_5_VLForConditionalGeneration"));
        let shape = starter.shape.as_ref().unwrap();
        assert!(shape.layers == 3 && !shape.packed && shape.parameters > 5_000_000, "{shape:?}");
        assert_eq!(footprint(&assets.join("segmenter")).unwrap().purpose, Purpose::Segment);
        assert!(footprint(&assets.join("samples")).is_err());
    }
}
