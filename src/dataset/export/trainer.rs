//! Conversations for other programs that train: LLaMA-Factory, whose `dataset_info.json` says how a file is read (its
//! `data/README.md`, "Sharegpt Format": messages with `role` and `content`, pictures as `<image>` and in `images`), and
//! ms-swift, which reads the same messages a line each ("Custom dataset", "Multimodal").

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::{
    error::ExportError,
    folder::bring,
    form::{ExportSummary, NotCopied, Stage, Transfer},
    qwen_vl,
    whole::whole_folder,
    within::Within,
};
use crate::{
    dataset::{Example, Turn},
    picture::{Metadata, is_named_as_picture},
};

/// What stands in a text for the picture; nowhere else may it stand.
const PICTURE: &str = "<image>";

/// Which program trains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrainerForm {
    /// LLaMA-Factory: a list as JSON, and `dataset_info.json` beside it. It looks for relative paths below that folder.
    LlamaFactory,
    /// ms-swift: a conversation a line. It looks for relative paths from where it is started.
    MsSwift,
}

impl TrainerForm {
    fn file_name(self, part: &str) -> String {
        match self {
            Self::LlamaFactory => format!("{part}.json"),
            Self::MsSwift => format!("{part}.jsonl"),
        }
    }
}

/// Writes examples into a new folder, a file for each named part of them, of which the first is to be learned and may not be
/// empty. Those with a conversation bring it, of the others
/// the stage's is made; those of which none can be made are left out. Pictures are brought along into `pictures/` and named from the
/// folder where a transfer says how, and otherwise named in full where they lie. `go_on` is told how many are done and
/// says whether to go on.
pub fn export_for_trainer(
    parts: &[(&str, Vec<&Example>)],
    form: TrainerForm,
    stage: Stage,
    out: &Path,
    transfer: Option<Transfer>,
    go_on: &mut dyn FnMut(u64) -> bool,
) -> Result<ExportSummary, ExportError> {
    let mut summary = ExportSummary::default();
    whole_folder(out, |folder| {
        let cannot_write = |cause| ExportError::Write { out: out.to_owned(), cause };
        fs::create_dir_all(folder).map_err(cannot_write)?;
        let mut pictures = Pictures { folder, transfer, within: Within::default(), named: HashMap::new() };
        for (place, (part, examples)) in parts.iter().enumerate() {
            let file = File::create(folder.join(form.file_name(part))).map_err(cannot_write)?;
            let mut file = Conversations { form, file: BufWriter::new(file), is_begun: false };
            for example in examples {
                let done = summary.written + summary.left_out + summary.failed.len() as u64;
                if !go_on(done) {
                    return Err(ExportError::Ended(out.to_owned()));
                }
                let turns = if example.turns.is_empty() {
                    qwen_vl::turn(stage, &example.label).into_iter().collect()
                } else {
                    example.turns.clone()
                };
                if turns.is_empty() {
                    summary.left_out += 1;
                    continue;
                }
                match pictures.name(example) {
                    Ok(picture) => {
                        file.add(&conversation(&picture, &turns)).map_err(cannot_write)?;
                        summary.written += 1;
                        summary.without_position += u64::from(example.label.position.is_none());
                    }
                    // With the disk full, no other picture fits either.
                    Err(error) if error.kind() == io::ErrorKind::StorageFull => return Err(cannot_write(error)),
                    Err(error) => {
                        let file = example.path.clone();
                        summary.failed.push(NotCopied { file, cause: error.to_string() });
                    }
                }
            }
            if place == 0 && !file.is_begun {
                return Err(ExportError::NothingToLearn);
            }
            file.end().map_err(cannot_write)?;
        }
        if form == TrainerForm::LlamaFactory {
            let info = dataset_info(parts.iter().map(|(part, _)| *part), form);
            fs::write(folder.join("dataset_info.json"), format!("{info:#}\n")).map_err(cannot_write)?;
        }
        Ok(())
    })?;
    Ok(summary)
}

/// Each part by the name under which LLaMA-Factory's `dataset` asks for it.
fn dataset_info<'a>(parts: impl Iterator<Item = &'a str>, form: TrainerForm) -> Value {
    let info = |part: &str| {
        json!({
            "file_name": form.file_name(part),
            "formatting": "sharegpt",
            "columns": { "messages": "messages", "images": "images" },
            "tags": { "role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant" },
        })
    };
    Value::Object(parts.map(|part| (format!("terrasight_{part}"), info(part))).collect())
}

fn conversation(picture: &str, turns: &[Turn]) -> Value {
    let mut messages = Vec::new();
    for (place, Turn { asked, answered }) in turns.iter().enumerate() {
        let mark = if place == 0 { PICTURE } else { "" };
        messages.push(json!({ "role": "user", "content": format!("{mark}{}", asked.replace(PICTURE, "")) }));
        messages.push(json!({ "role": "assistant", "content": answered.replace(PICTURE, "") }));
    }
    json!({ "messages": messages, "images": [picture] })
}

/// A file that grows by a conversation at a time.
struct Conversations {
    form: TrainerForm,
    file: BufWriter<File>,
    is_begun: bool,
}

impl Conversations {
    fn add(&mut self, conversation: &Value) -> io::Result<()> {
        let before = match (self.form, self.is_begun) {
            (TrainerForm::LlamaFactory, false) => "[\n",
            (TrainerForm::LlamaFactory, true) => ",\n",
            (TrainerForm::MsSwift, false) => "",
            (TrainerForm::MsSwift, true) => "\n",
        };
        self.is_begun = true;
        write!(self.file, "{before}{conversation}")
    }

    fn end(mut self) -> io::Result<()> {
        self.file.write_all(match (self.form, self.is_begun) {
            (TrainerForm::LlamaFactory, false) => b"[]\n",
            (TrainerForm::LlamaFactory, true) => b"\n]\n",
            (TrainerForm::MsSwift, false) => b"",
            (TrainerForm::MsSwift, true) => b"\n",
        })?;
        self.file.flush()?;
        self.file.get_ref().sync_all()
    }
}

/// How the pictures of a folder are called in it.
struct Pictures<'a> {
    folder: &'a Path,
    transfer: Option<Transfer>,
    within: Within,
    /// The names of those that were brought, by their files: a picture with several conversations is brought once.
    named: HashMap<&'a Path, String>,
}

impl<'a> Pictures<'a> {
    fn name(&mut self, example: &'a Example) -> io::Result<String> {
        let Some(transfer) = self.transfer else {
            return Ok(std::path::absolute(&example.path)?.to_string_lossy().into_owned());
        };
        if let Some(name) = self.named.get(example.path.as_path()) {
            return Ok(name.clone());
        }
        // A list from elsewhere may name any file of this machine: none but pictures go with the folder.
        Metadata::of(&example.path).map_err(io::Error::other)?;
        let mut called = PathBuf::from(&example.name);
        // Lists such as OSV-5M's give no ending, by which programs tell a picture.
        if let (false, Some(ending)) = (is_named_as_picture(&called), example.path.extension()) {
            called.as_mut_os_string().push(".");
            called.as_mut_os_string().push(ending);
        }
        let name = self.within.place(self.named.len() as i64, &called);
        let target = self.folder.join(&name);
        fs::create_dir_all(target.parent().unwrap_or(self.folder))?;
        bring(&example.path, &target, transfer)?;
        self.named.insert(&example.path, name.clone());
        Ok(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{Label, Source};

    fn example(folder: &Path, name: &str, turns: &[(&str, &str)]) -> Example {
        let file = folder.join(name.rsplit('/').next().unwrap());
        image::RgbImage::new(4, 4).save(&file).unwrap();
        let turn =
            |(asked, answered): &(&str, &str)| Turn { asked: (*asked).to_owned(), answered: (*answered).to_owned() };
        let label = Label { country: "IT".parse().ok(), ..Label::default() };
        Example { path: file, name: name.to_owned(), label, turns: turns.iter().map(turn).collect() }
    }

    #[test]
    fn what_is_written_is_read_back_and_nothing_leaves_the_folder() {
        let home = tempfile::tempdir().unwrap();
        let said = [("Where?\n\"Here\"?", "In Peru.\u{1b}"), ("Not <image> Chile?", "No.")];
        let told = example(home.path(), "a.png", &said);
        let made = example(home.path(), "../b.png", &[]);
        let nothing = Example { label: Label::default(), ..example(home.path(), "c.png", &[]) };
        let secret = home.path().join("secret");
        fs::write(&secret, "no picture").unwrap();
        let hostile = Example { path: secret, name: "/etc/secret".to_owned(), ..told.clone() };
        for (form, file) in [(TrainerForm::LlamaFactory, "train.json"), (TrainerForm::MsSwift, "train.jsonl")] {
            for transfer in [None, Some(Transfer::Copy)] {
                let out = home.path().join(format!("{form:?}{transfer:?}"));
                let parts = [("train", vec![&told, &told, &made, &nothing, &hostile]), ("test", vec![&made])];
                let done = export_for_trainer(&parts, form, Stage::Location, &out, transfer, &mut |_| true).unwrap();
                let hostile = usize::from(transfer.is_some());
                assert_eq!((done.written, done.left_out, done.failed.len()), (5 - hostile as u64, 1, hostile));
                let read = Source::at(out.join(file)).read().unwrap();
                assert!(read.bad.is_empty(), "{:?}", read.bad);
                let turns: Vec<_> = read.examples.iter().map(|example| example.turns.clone()).collect();
                assert_eq!(turns[0][0], told.turns[0]);
                assert_eq!((turns[0][1].asked.as_str(), &turns[0]), ("Not  Chile?", &turns[1]));
                assert_eq!(turns[2][0].answered, "{'country': 'Italy', 'city': ''}");
                let is_inside = |example: &Example| example.path.starts_with(&out);
                assert!(read.examples.iter().all(|example| is_inside(example) == transfer.is_some()));
                assert!(read.examples.iter().all(|example| example.path.is_file()));
                assert_eq!(read.examples[0].path, read.examples[1].path, "a picture is brought once");
                if form == TrainerForm::LlamaFactory {
                    let info: Value =
                        serde_json::from_slice(&fs::read(out.join("dataset_info.json")).unwrap()).unwrap();
                    assert_eq!(info["terrasight_test"]["file_name"], "test.json");
                    assert_eq!(info["terrasight_train"]["tags"]["user_tag"], "user");
                }
                let again = export_for_trainer(&parts, form, Stage::Location, &out, transfer, &mut |_| true);
                assert!(matches!(again, Err(ExportError::Taken(_))));
            }
        }
        // A picture that its list calls by a number alone, as OSV-5M does, has its file's ending all the same.
        let (out, numbered) = (home.path().join("bare"), Example { name: "3859".to_owned(), ..made.clone() });
        let bare = [("train", vec![&numbered])];
        let copy = Some(Transfer::Copy);
        export_for_trainer(&bare, TrainerForm::MsSwift, Stage::Location, &out, copy, &mut |_| true).unwrap();
        assert!(out.join("pictures/3859.png").is_file());
        let out = home.path().join("none");
        let none = [("train", vec![&nothing]), ("test", vec![&told])];
        let none = export_for_trainer(&none, TrainerForm::MsSwift, Stage::Location, &out, None, &mut |_| true);
        assert!(matches!(none, Err(ExportError::NothingToLearn)) && !out.exists());
        let ended = [("train", vec![&told])];
        let ended = export_for_trainer(&ended, TrainerForm::MsSwift, Stage::Location, &out, None, &mut |_| false);
        assert!(matches!(ended, Err(ExportError::Ended(_))) && !out.exists());
        assert!(
            fs::read_dir(home.path()).unwrap().all(|entry| !entry
                .unwrap()
                .file_name()
                .to_string_lossy()
                .ends_with(".part"))
        );
    }
}
