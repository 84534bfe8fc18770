//! How often models pick the same next word of a text as the first of them.
//!
//!     cargo run --release --example agreement -- TEXT_FILE N_TOKENS MODEL [MODEL[@PRECISION]]...
//!
//! Reads the first N_TOKENS tokens of the text in windows of 256, each from its beginning, with every model on the CPU, and
//! prints for each after the first the share of places where both find the same token likeliest, and the root mean square of
//! the difference of their scores over that of the first's. PRECISION is full, 8-bit or 4-bit; what is packed goes to a
//! folder that is removed.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use terrasight::model::{ComputeDevice, Packing, Precision, VisionLanguageModel};

/// Tokens that are read from an empty context on.
const WINDOW: usize = 256;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [text, n_tokens, models @ ..] = arguments.as_slice() else {
        bail!("name a text, a number of tokens and models")
    };
    let (text, n_tokens) = (std::fs::read_to_string(text)?, n_tokens.parse::<usize>()?);
    terrasight::model::join_team();
    let first = opened(models.first().context("name at least one model")?)?;
    let mut tokens = first.tokenizer().encode(&text)?;
    tokens.truncate(n_tokens);
    let right = scores(&first, &tokens)?;
    for name in &models[1..] {
        let found = scores(&opened(name)?, &tokens)?;
        let same = right.iter().zip(&found).filter(|(a, b)| best(a) == best(b)).count();
        let square = |row: &[f32]| row.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
        let apart = |(a, b): (&Vec<f32>, &Vec<f32>)| square(&a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>());
        let error = right.iter().zip(&found).map(apart).sum::<f64>() / right.iter().map(|row| square(row)).sum::<f64>();
        let (share, n) = (same as f64 / right.len() as f64, right.len());
        println!("{{\"model\": {name:?}, \"tokens\": {n}, \"agreement\": {share:.4}, \"error\": {:.4}}}", error.sqrt());
    }
    Ok(())
}

fn opened(name: &str) -> Result<VisionLanguageModel> {
    let (path, precision) = name.rsplit_once('@').unwrap_or((name, "full"));
    let folder = tempfile::tempdir()?;
    let packing = Packing { precision: precision.parse::<Precision>()?, folder: folder.path().to_path_buf() };
    Ok(VisionLanguageModel::open(Path::new(path), &ComputeDevice::cpu().with_packing(packing))?)
}

/// The scores after each token.
fn scores(model: &VisionLanguageModel, tokens: &[u32]) -> Result<Vec<Vec<f32>>> {
    let mut scores = Vec::with_capacity(tokens.len());
    for window in tokens.chunks(WINDOW) {
        let mut context = model.start();
        for token in window {
            model.extend(&mut context, &[*token])?;
            scores.push(context.next_logits().to_vec());
        }
    }
    Ok(scores)
}

fn best(row: &[f32]) -> Option<usize> {
    (0..row.len()).max_by(|&a, &b| row[a].total_cmp(&row[b]))
}
