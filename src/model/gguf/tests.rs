//! Blocks against llama.cpp's own library, and files that lie.

use std::path::{Path, PathBuf};

use safetensors::SafeTensors;

use super::*;
use crate::model::{ComputeDevice, VisionLanguageModel, footprint, stored::Numbers};

fn reference(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/gguf").join(name)
}

#[test]
fn every_block_unpacks_to_what_llama_cpps_library_says() {
    let file = Gguf::open(&reference("blocks.gguf")).unwrap();
    let right = std::fs::read(reference("blocks.safetensors")).unwrap();
    let right = SafeTensors::deserialize(&right).unwrap();
    assert_eq!(file.tensors.len(), right.len());
    for (name, tensor) in &file.tensors {
        let Numbers::Packed(block) = tensor.numbers else { panic!("{name} is not packed") };
        assert_eq!(block.name(), name);
        let found = tensor.packed(block, [3, 768], &file.path).unwrap().unpack();
        let right = right.tensor(name).unwrap();
        let right = right.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        for (place, (found, right)) in found.iter().zip(right).enumerate() {
            assert!((found - right).abs() <= right.abs() * 1e-6, "{name} at {place}: {found} instead of {right}");
        }
    }
}

/// A file in the making, of which each part can be made to lie.
#[derive(Default)]
struct Writer {
    head: Vec<u8>,
}

impl Writer {
    fn new(version: u32, tensors: u64, values: u64) -> Self {
        Self::default().bytes(b"GGUF").u32(version).u64(tensors).u64(values)
    }

    fn bytes(mut self, bytes: &[u8]) -> Self {
        self.head.extend_from_slice(bytes);
        self
    }

    fn u32(self, number: u32) -> Self {
        self.bytes(&number.to_le_bytes())
    }

    fn u64(self, number: u64) -> Self {
        self.bytes(&number.to_le_bytes())
    }

    fn text(self, text: &str) -> Self {
        self.u64(text.len() as u64).bytes(text.as_bytes())
    }

    /// A tensor's entry.
    fn tensor(self, name: &str, sizes: &[u64], kind: u32, offset: u64) -> Self {
        let entry = self.text(name).u32(sizes.len() as u32);
        sizes.iter().fold(entry, |entry, &size| entry.u64(size)).u32(kind).u64(offset)
    }

    /// What is said of the file, with so many bytes after its head.
    fn complaint(self, data: usize) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.gguf");
        let mut bytes = self.head;
        bytes.resize(bytes.len().next_multiple_of(32) + data, 0);
        std::fs::write(&path, bytes).unwrap();
        Gguf::open(&path).err().map(|error| error.to_string())
    }
}

#[test]
fn a_sound_file_of_either_version_opens() {
    for version in [2, 3] {
        let file = Writer::new(version, 2, 1).text("a").u32(9).u32(4).u64(2).u32(7).u32(8);
        let file = file.tensor("t", &[32, 3], 8, 0).tensor("u", &[4], 0, 128);
        assert_eq!(file.complaint(144), None);
    }
}

#[test]
fn files_that_lie_are_refused_before_memory_is_taken() {
    let one = |sizes: &[u64], kind: u32, offset: u64| Writer::new(3, 1, 0).tensor("t", sizes, kind, offset);
    let key = |kind: u32| Writer::new(3, 0, 1).text("k").u32(kind);
    let two = |first: (&str, u64), second: (&str, u64)| {
        Writer::new(3, 2, 0).tensor(first.0, &[32], 0, first.1).tensor(second.0, &[32], 0, second.1)
    };
    let cases: Vec<(Writer, usize, &str)> = vec![
        (Writer::default().bytes(b"GGML"), 0, "no GGUF file"),
        (Writer::new(1, 0, 0), 0, "version 1"),
        (Writer::new(3 << 24, 0, 0), 0, "big-endian"),
        (Writer::new(3, u64::MAX, 0), 0, "tensors are more"),
        (Writer::new(3, 0, 1 << 40), 0, "keys are more"),
        (Writer::new(3, 0, 9), 0, "ends within its head"),
        (Writer::new(3, 0, 1).u64(u64::MAX), 0, "a text of"),
        (Writer::new(3, 0, 1).text(&"k".repeat(2000)), 0, "a name of 2000 bytes"),
        (Writer::new(3, 0, 1).text("a\nb"), 0, "control characters"),
        (Writer::new(3, 0, 1).u64(2).bytes(&[0xff, 0xfe]), 0, "no UTF-8"),
        (key(99), 0, "unknown type 99"),
        (key(9).u32(4).u64(1 << 62), 64, "a list of"),
        (key(9).u32(8).u64(1 << 20), 64, "a list of"),
        (key(9).u32(9).u64(1).u32(9).u64(1).u32(9).u64(1).u32(9).u64(1).u32(9).u64(1).u32(0).u64(0), 64, "too deep"),
        (Writer::new(3, 0, 2).text("k").u32(0).bytes(&[1]).text("k").u32(0).bytes(&[1]), 0, "stands twice"),
        (one(&[], 0, 0), 64, "0 dimensions"),
        (one(&[1; 5], 0, 0), 64, "5 dimensions"),
        (one(&[0], 0, 0), 64, "the sizes"),
        (one(&[1 << 40], 0, 0), 64, "the sizes"),
        (one(&[1 << 30, 1 << 30, 1 << 30], 0, 0), 64, "the sizes"),
        // Of a type that is not read, whose numbers are counted all the same.
        (one(&[1 << 30, 1 << 30, 1 << 30], 99, 0), 64, "the sizes"),
        (one(&[33], 8, 0), 64, "the sizes"),
        (one(&[1 << 20], 0, 0), 64, "the file has"),
        (one(&[4], 0, u64::MAX - 31), 64, "lies at"),
        (one(&[4], 0, 16), 64, "no multiple of 32"),
        (two(("t", 0), ("t", 128)), 256, "stands twice"),
        (two(("t", 0), ("u", 96)), 256, "lie on one another"),
        (Writer::new(3, 0, 1).text("general.alignment").u32(4).u32(48), 0, "power of two"),
        (Writer::new(3, 0, 1).text("general.alignment").u32(4).u32(0), 0, "power of two"),
    ];
    for (index, (file, data, expected)) in cases.into_iter().enumerate() {
        let said = file.complaint(data).unwrap_or_default();
        assert!(said.contains("a.gguf") && said.contains(expected), "case {index}, '{expected}': {said}");
    }
}

/// Every cut of a real file is an error and no panic.
/// As llama.cpp's converter writes an adapter: its architecture is that of the base, so that only its type tells.
#[test]
fn an_adapter_is_named_as_what_it_is_by_its_file_and_by_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("places-lora-f16.gguf");
    let texts = [("general.architecture", "qwen2vl"), ("general.type", "adapter"), ("adapter.type", "lora")];
    let head = Writer::new(3, 2, texts.len() as u64);
    let head = texts.iter().fold(head, |head, (key, text)| head.text(key).u32(8).text(text));
    let head = head.tensor("blk.0.attn_q.weight.lora_a", &[32, 4], 0, 0);
    let mut bytes = head.tensor("blk.0.attn_q.weight.lora_b", &[4, 32], 0, 512).head;
    bytes.resize(bytes.len().next_multiple_of(32) + 1024, 0);
    std::fs::write(&path, bytes).unwrap();
    for place in [path.as_path(), folder.path()] {
        let said = [
            VisionLanguageModel::open(place, &ComputeDevice::cpu()).err().map(|error| error.to_string()),
            footprint(place).err().map(|error| error.to_string()),
        ];
        for said in said {
            let said = said.expect("it is no model");
            assert!(said.contains("places-lora-f16.gguf") && said.contains("adapter (LoRA) and no model"), "{said}");
            assert!(said.contains("merged") && !said.contains('\n'), "{said}");
        }
    }
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let whole = std::fs::read(reference("pair/tiny-BF16.gguf")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.gguf");
    for length in (0..whole.len()).step_by(997) {
        std::fs::write(&path, &whole[..length]).unwrap();
        assert!(Gguf::open(&path).is_err(), "{length} bytes");
    }
}

#[test]
fn values_are_read_as_what_they_are() {
    let file = Gguf::open(&reference("pair/tiny-BF16.gguf")).unwrap();
    assert_eq!(file.architecture(), "qwen2vl");
    assert_eq!(file.whole("qwen2vl.block_count"), Some(2));
    assert_eq!(file.numbers("qwen2vl.rope.dimension_sections").unwrap(), [2.0, 3.0, 3.0, 0.0]);
    assert_eq!(file.texts("tokenizer.ggml.tokens").unwrap().len(), 640);
    assert_eq!(file.whole("general.architecture"), None);
    assert_eq!(file.text("qwen2vl.block_count"), None);
    assert_eq!(lossy(b"ab\0\0"), "ab");
    assert_eq!(lossy(b"a\xffb"), "a\u{fffd}b");
}
