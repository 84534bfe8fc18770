//! Two layers of Qwen2.5-VL-3B and 7B at their true widths and the whole vision tower that both have, on the processor: in
//! f16, 8 and 4 bits, beside PyTorch on the same files, with the memory's bandwidth in the same run.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use serde_json::{Map, Value, json};

use crate::model::{DeviceChoice, Precision};

use super::{
    peer,
    pieces::{Pieces, Row, missing},
};

/// Every precision that a checkpoint can be held in.
const PRECISIONS: &[Precision] = &[Precision::Full, Precision::EightBits, Precision::FourBits];
/// What PyTorch is commonly run in on a processor.
const PEERS: &[&str] = &["float32", "bfloat16"];
/// What is measured.
const SHAPES: [&str; 3] = ["3B layers", "7B layers", "tower"];
/// Nobody waits for the next piece: repetitions alone end one.
const REPEATING_SECONDS: u32 = 3600;

/// All of it.
pub(super) fn measure(program: &Path, choice: DeviceChoice, repetitions: usize) -> Result<Value, String> {
    let pieces = Pieces {
        program,
        choice,
        repetitions,
        repeating_seconds: REPEATING_SECONDS,
        piece: peer::LONG,
        whole: Duration::MAX,
        begin: Instant::now(),
    };
    let mut report = Map::new();
    report.insert("what".to_owned(), json!(
        "seeded random Qwen2.5-VL, stored in bf16; seconds; tower: all 32 blocks of the vision tower before two narrow layers; \
         share_of_bandwidth: bytes of the weights that a token reads, by seconds a token, over the bandwidth measured in the same run"
    ));
    let bandwidth = pieces.ask("bandwidth", &[choice.to_string()], None).unwrap_or_else(|error| missing(&error));
    report.insert("bandwidth".to_owned(), bandwidth.clone());
    for shape in SHAPES {
        let row = Row { shape, precisions: PRECISIONS, peers: PEERS };
        pieces.of_shape(&row, &bandwidth, &mut report)?;
    }
    Ok(Value::Object(report))
}
