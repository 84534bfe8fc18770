//! The names of adapters' tensors. Which modules a layer hangs under depends on the library that saved it and on its version
//! (`base_model.model.`, once or several times, `model.language_model.`, `language_model.model.`, ...), so a name is compared
//! without them.

/// Modules that only hold others, outermost parts of a name in the files that were met.
const WRAPPERS: [&str; 6] =
    ["base_model.", "model.", "language_model.", "module.", "_orig_mod.", "_fsdp_wrapped_module."];

/// The name of a layer without the modules that only hold it: what is left says the same in every layout.
pub(crate) fn core(name: &str) -> &str {
    let mut rest = name;
    while let Some(inner) = WRAPPERS.iter().find_map(|wrapper| rest.strip_prefix(wrapper)) {
        rest = inner;
    }
    rest
}

/// Which of the two factors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Factor {
    /// `[rank, in]`
    A,
    /// `[out, rank]`
    B,
}

/// The layer and the factor that a tensor of an adapter's file is, as `..q_proj.lora_A.weight` or, with the name of the
/// adapter in between, `..q_proj.lora_A.default.weight`; None where it is something else.
pub fn factor_of(tensor: &str) -> Option<(&str, Factor)> {
    let name = tensor.strip_suffix(".weight")?;
    [(".lora_A", Factor::A), (".lora_B", Factor::B)].into_iter().find_map(|(mark, factor)| {
        let (layer, after) = name.rsplit_once(mark)?;
        let is_mark = after.is_empty() || after.starts_with('.') && !after[1..].contains('.');
        is_mark.then_some((layer, factor))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_is_known_under_every_prefix() {
        let layer = "layers.3.self_attn.q_proj";
        for prefix in [
            "model.",
            "base_model.model.model.",
            "base_model.model.base_model.model.model.",
            "base_model.model.model.language_model.",
            "base_model.model.language_model.model.",
            "module.base_model.model.model.",
            "",
        ] {
            assert_eq!(core(&format!("{prefix}{layer}")), layer, "{prefix}");
        }
        assert_eq!(core("base_model.model.model.visual.blocks.0.attn.qkv"), core("visual.blocks.0.attn.qkv"));
        assert_eq!(core("base_model.model.lm_head"), "lm_head");
        assert_ne!(core("visual.layers.0.mlp.up_proj"), core("model.layers.0.mlp.up_proj"));
    }

    #[test]
    fn factors_are_told_from_other_tensors() {
        let layer = "base_model.model.model.layers.0.mlp.up_proj";
        for (tensor, factor) in [("lora_A.weight", Factor::A), ("lora_B.default.weight", Factor::B)] {
            assert_eq!(factor_of(&format!("{layer}.{tensor}")), Some((layer, factor)));
        }
        for other in
            ["weight", "lora_A.bias", "lora_embedding_A.weight", "lora_magnitude_vector.weight", "lora_A.a.b.weight"]
        {
            assert_eq!(factor_of(&format!("{layer}.{other}")), None, "{other}");
        }
    }
}
