//! What the tensors of GGUF files are called upstream, from where the architectures ask for them, and which of them are
//! pieces of one upstream tensor (llama.cpp's `tensor_mapping.py` and its conversion of Qwen2.5-VL).

use std::collections::BTreeMap;

use crate::model::renames::renamed;
use crate::model::stored::{Lies, StoredTensor};

/// The names of one kind of file.
#[derive(Debug)]
pub(crate) struct Naming {
    /// Pairs (in the file, upstream): a part that begins with a dot is replaced wherever it stands inside a name, any other
    /// at a name's beginning, where the first that fits wins.
    pub renames: &'static [(&'static str, &'static str)],
    /// What must be joined.
    pub joins: &'static [Join],
}

/// Tensors that upstream keeps as one.
#[derive(Debug)]
pub(crate) struct Join {
    /// How the pieces' names end after renaming, and how the joined one's does.
    pub pieces: &'static [&'static str],
    pub whole: &'static str,
    pub along: Along,
}

/// How pieces stand in the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Along {
    /// One after another, their rows added up.
    Rows,
    /// In turn, plane by plane: pieces `[.., rows, columns]` become `[.., pieces, rows, columns]`.
    Planes,
}

impl Naming {
    /// The tensors of a file under upstream's names, pieces joined.
    pub fn upstream<'a>(
        &self,
        tensors: impl Iterator<Item = (&'a str, StoredTensor)>,
    ) -> Result<BTreeMap<String, StoredTensor>, String> {
        let mut named = BTreeMap::new();
        for (name, tensor) in tensors {
            if named.insert(renamed(name, self.renames), tensor).is_some() {
                return Err(format!("the tensor '{name}' stands in two places"));
            }
        }
        for join in self.joins {
            let fronts = named.keys().filter_map(|name| name.strip_suffix(join.pieces[0]));
            for front in fronts.map(str::to_owned).collect::<Vec<_>>() {
                let take = |piece: &&str| named.remove(&format!("{front}{piece}"));
                // A piece that is missing is noticed when the whole is asked for.
                let Some(pieces) = join.pieces.iter().map(take).collect::<Option<Vec<_>>>() else { continue };
                let whole = format!("{front}{}", join.whole);
                let joined = join.along.joined(pieces).ok_or_else(|| format!("the pieces of '{whole}' differ"))?;
                named.insert(whole, joined);
            }
        }
        Ok(named)
    }
}

impl Naming {
    /// The way back: names and shapes of the tensors that a file has for one of upstream's.
    pub fn pieces(&self, name: &str, shape: &[usize]) -> Vec<(String, Vec<usize>)> {
        let back: Vec<_> = self.renames.iter().map(|(file, upstream)| (*upstream, *file)).collect();
        let Some(join) = self.join_of(name) else { return vec![(renamed(name, &back), shape.to_vec())] };
        let front = name.strip_suffix(join.whole).unwrap_or_default();
        let (of_piece, _) = join.along.piece(shape, join.pieces.len());
        let named = join.pieces.iter().map(|piece| renamed(&format!("{front}{piece}"), &back));
        named.map(|name| (name, of_piece.clone())).collect()
    }

    /// The same tensors' shapes and numbers.
    pub fn parts(&self, name: &str, shape: &[usize], values: Vec<f32>) -> Vec<(Vec<usize>, Vec<f32>)> {
        let Some(join) = self.join_of(name) else { return vec![(shape.to_vec(), values)] };
        let pieces = join.pieces.len();
        let (of_piece, run) = join.along.piece(shape, pieces);
        let piece = |piece: usize| values.chunks_exact(run.max(1)).skip(piece).step_by(pieces).flatten().copied();
        (0..pieces).map(|number| (of_piece.clone(), piece(number).collect())).collect()
    }

    fn join_of(&self, name: &str) -> Option<&Join> {
        self.joins.iter().find(|join| name.ends_with(join.whole))
    }
}

impl Along {
    /// The shape of each of so many pieces of a whole of this shape, and how many numbers of a piece stand together in it.
    fn piece(self, shape: &[usize], pieces: usize) -> (Vec<usize>, usize) {
        let mut of_piece = shape.to_vec();
        match self {
            Self::Rows => {
                of_piece[0] /= pieces;
                let run = of_piece.iter().product();
                (of_piece, run)
            }
            Self::Planes => {
                of_piece.remove(shape.len().saturating_sub(3));
                (of_piece, shape[shape.len().saturating_sub(2)..].iter().product())
            }
        }
    }

    /// None where the pieces are not of one type and shape (but for their rows).
    fn joined(self, parts: Vec<StoredTensor>) -> Option<StoredTensor> {
        let first = parts.first()?.clone();
        let inner =
            |tensor: &StoredTensor| if self == Self::Rows { tensor.shape[1..].to_vec() } else { tensor.shape.clone() };
        if parts.iter().any(|part| part.numbers != first.numbers || inner(part) != inner(&first)) {
            return None;
        }
        let mut shape = first.shape.clone();
        let run = match self {
            Self::Rows => {
                shape[0] = parts.iter().map(|part| part.shape[0]).sum();
                first.len().max(parts.iter().map(StoredTensor::len).max()?)
            }
            Self::Planes => {
                let planes = shape.get(..shape.len().checked_sub(2)?)?.iter().product::<usize>();
                shape.insert(shape.len() - 2, parts.len());
                first.len().checked_div(planes)?
            }
        };
        Some(StoredTensor { shape, lies: Lies::Joined { parts, run }, ..first })
    }
}

/// What a file calls upstream's tensor `name`; where it is several there, its name stays upstream's.
pub(crate) fn name_in_file(name: &str) -> String {
    let naming = if name.starts_with("visual.") { &QWEN2_5_VL_MERGER } else { &QWEN2 };
    let back: Vec<_> = naming.renames.iter().map(|(file, upstream)| (*upstream, *file)).collect();
    if naming.join_of(name).is_some() { name.to_owned() } else { renamed(name, &back) }
}

/// Decoders of the Qwen2 family, `qwen2` and `qwen2vl`.
pub(crate) const QWEN2: Naming = Naming {
    renames: &[
        ("token_embd.", "model.embed_tokens."),
        ("output_norm.", "model.norm."),
        ("output.", "lm_head."),
        ("blk.", "model.layers."),
        (".attn_norm.", ".input_layernorm."),
        (".attn_q.", ".self_attn.q_proj."),
        (".attn_k.", ".self_attn.k_proj."),
        (".attn_v.", ".self_attn.v_proj."),
        (".attn_output.", ".self_attn.o_proj."),
        (".ffn_norm.", ".post_attention_layernorm."),
        (".ffn_gate.", ".mlp.gate_proj."),
        (".ffn_up.", ".mlp.up_proj."),
        (".ffn_down.", ".mlp.down_proj."),
    ],
    joins: &[],
};

/// Vision parts with the projector `qwen2.5vl_merger`.
pub(crate) const QWEN2_5_VL_MERGER: Naming = Naming {
    renames: &[
        ("v.patch_embd.weight.1", "visual.patch_embed.proj.1.weight"),
        ("v.patch_embd.weight", "visual.patch_embed.proj.0.weight"),
        ("v.blk.", "visual.blocks."),
        ("v.post_ln.", "visual.merger.ln_q."),
        ("mm.", "visual.merger.mlp."),
        (".ln1.", ".norm1."),
        (".ln2.", ".norm2."),
        (".attn_qkv.", ".attn.qkv."),
        (".attn_q.", ".attn.q."),
        (".attn_k.", ".attn.k."),
        (".attn_v.", ".attn.v."),
        (".attn_out.", ".attn.proj."),
        (".ffn_gate.", ".mlp.gate_proj."),
        (".ffn_up.", ".mlp.up_proj."),
        (".ffn_down.", ".mlp.down_proj."),
    ],
    joins: &[
        Join {
            pieces: &[".attn.q.weight", ".attn.k.weight", ".attn.v.weight"],
            whole: ".attn.qkv.weight",
            along: Along::Rows,
        },
        Join { pieces: &[".attn.q.bias", ".attn.k.bias", ".attn.v.bias"], whole: ".attn.qkv.bias", along: Along::Rows },
        Join {
            pieces: &[".patch_embed.proj.0.weight", ".patch_embed.proj.1.weight"],
            whole: ".patch_embed.proj.weight",
            along: Along::Planes,
        },
    ],
};
