//! Folders in half precision whose weights are packed when they are opened: near to what they were, kept, made anew when
//! their source changes, and never written beside it.

mod fixtures;

use std::error::Error;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use fixtures::{Fixture, Outcome, PROMPTS, cosine, scaled_copy};
use tempfile::TempDir;
use terrasight::model::{ComputeDevice, Packing, Precision, VisionLanguageModel};

fn open(model: &Path, precision: Precision, home: &Path) -> Result<VisionLanguageModel, Box<dyn Error>> {
    let device = ComputeDevice::cpu().with_packing(Packing { precision, folder: home.to_path_buf() });
    Ok(VisionLanguageModel::open(model, &device)?)
}

fn logits(model: &VisionLanguageModel, fixture: &Fixture, prompt: &str) -> Result<Vec<f32>, Box<dyn Error>> {
    let mut context = model.start();
    model.read_tokens(&mut context, &fixture.tokens(prompt)?, &fixture.pictures(prompt)?)?;
    Ok(context.next_logits().to_vec())
}

/// The files of a folder with their times.
fn files(folder: &Path) -> Result<Vec<(PathBuf, SystemTime)>, Box<dyn Error>> {
    let file = |entry: std::io::Result<fs::DirEntry>| -> Result<_, Box<dyn Error>> {
        let entry = entry?;
        Ok((entry.path(), entry.metadata()?.modified()?))
    };
    let mut files = fs::read_dir(folder)?.map(file).collect::<Result<Vec<_>, _>>()?;
    files.sort();
    Ok(files)
}

/// One file, and shards in bf16 with a tied table.
#[test]
fn packed_weights_answer_nearly_as_the_whole_ones() -> Outcome {
    for name in ["untied", "tied_sharded"] {
        let (fixture, home) = (Fixture::open(name)?, TempDir::new()?);
        let before = files(&fixture.directory)?;
        for (precision, form, least) in [(Precision::EightBits, "Q8_0", 0.99), (Precision::FourBits, "Q4_1", 0.9)] {
            let model = open(&fixture.directory, precision, home.path())?;
            assert_eq!(model.facts().precision, form);
            for prompt in PROMPTS {
                let same = cosine(&logits(&model, &fixture, prompt)?, &fixture.logits(prompt)?);
                assert!(same > least && same < 0.999_999, "{name} {precision} {prompt}: {same}");
            }
        }
        assert_eq!(files(&fixture.directory)?, before, "the folder is only read");
        assert_eq!(files(home.path())?.len(), 2, "one for each precision, and nothing half made");
    }
    Ok(())
}

#[test]
fn what_was_packed_is_used_again_until_its_source_changes() -> Outcome {
    let (fixture, home) = (Fixture::open("untied")?, TempDir::new()?);
    let folder = scaled_copy(&fixture.directory, |_| 0)?;
    let first = logits(&open(folder.path(), Precision::EightBits, home.path())?, &fixture, "text")?;
    let made = files(home.path())?;
    let again = logits(&open(folder.path(), Precision::EightBits, home.path())?, &fixture, "text")?;
    assert_eq!((again, files(home.path())?), (first.clone(), made.clone()));

    // The same bytes at another time: somebody may have put others there.
    let source = File::options().append(true).open(folder.path().join("model.safetensors"))?;
    source.set_modified(SystemTime::now() - Duration::from_secs(3600))?;
    let anew = logits(&open(folder.path(), Precision::EightBits, home.path())?, &fixture, "text")?;
    assert_eq!(anew, first);
    let now = files(home.path())?;
    assert_eq!((now.len(), &now[0].0), (1, &made[0].0), "in the place of the one before");
    assert_ne!(now, made);

    // A kept file that is damaged is made anew as well.
    fs::write(&now[0].0, b"GGUF")?;
    let mended = logits(&open(folder.path(), Precision::EightBits, home.path())?, &fixture, "text")?;
    assert_eq!(mended, first);
    Ok(())
}

#[test]
fn where_nothing_can_be_kept_one_line_says_so() -> Outcome {
    let fixture = Fixture::open("untied")?;
    let file = tempfile::NamedTempFile::new()?;
    let error = open(&fixture.directory, Precision::EightBits, file.path()).err().ok_or("it opened")?.to_string();
    assert!(error.contains("cannot write") && error.contains("8-bit.gguf"), "{error}");
    assert_eq!(error.lines().count(), 1);
    // In full precision nothing is kept.
    assert!(open(&fixture.directory, Precision::Full, file.path()).is_ok());
    Ok(())
}

#[test]
fn devices_that_do_not_multiply_packed_matrices_hold_them_whole() -> Outcome {
    let (fixture, home) = (Fixture::open("untied")?, TempDir::new()?);
    let packing = Packing { precision: Precision::FourBits, folder: home.path().to_path_buf() };
    let model = VisionLanguageModel::open(&fixture.directory, &ComputeDevice::cpu().in_f32().with_packing(packing))?;
    assert_eq!(model.facts().precision, "f32");
    assert!(files(home.path())?.is_empty());
    Ok(())
}
