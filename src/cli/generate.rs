//! `terrasight generate`: a question to a model, with pictures or without, and nothing read into the answer.

use std::{ops::ControlFlow, path::PathBuf, time::Instant};

use clap::Args;
use serde::Serialize;

use crate::{
    model::{
        Context, FinishReason, GenerateOptions, ModelError, Prompt, VisionLanguageModel,
        chat::{Content, Message, Role},
        sampling::Sampling,
    },
    picture::Picture,
};

use super::{
    Failure, ModelArguments, model_folder,
    output::{Format, Output, deliver},
    progress::Progress,
    say_left_out, say_unmatched,
};

/// Let a model answer a question, about pictures or without.
#[derive(Debug, Args)]
pub(super) struct Generate {
    #[command(flatten)]
    model: ModelArguments,
    /// Pictures that stand before the question, in order
    #[arg(long = "image", value_name = "PHOTO")]
    images: Vec<PathBuf>,
    /// The question
    #[arg(long, value_name = "TEXT")]
    prompt: String,
    /// What is said after the answer, in the same conversation; may stand several times
    #[arg(long = "turn", value_name = "TEXT")]
    turns: Vec<String>,
    /// Stop after so many tokens
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = clap::value_parser!(u64).range(1..=32_768))]
    max_new_tokens: u64,
    /// 0 writes the likeliest answer; more lets it vary
    #[arg(long, value_name = "T", default_value_t = 0.0, value_parser = super::temperature)]
    temperature: f32,
    /// Only the likeliest tokens that together have this share
    #[arg(long, value_name = "P", default_value_t = 1.0, value_parser = super::share)]
    top_p: f32,
    /// Where the chances of a temperature above 0 begin
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// See each picture in at most so many tokens; more show finer things and take longer [default: the model's usual]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(16..=65_536))]
    picture_tokens: Option<u64>,
    /// How to write the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// What `--format json` prints.
#[derive(Debug, Serialize)]
struct Report {
    /// To the prompt.
    #[serde(flatten)]
    first: Answer,
    /// To what was said after it, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    turns: Vec<Answer>,
}

#[derive(Debug, Serialize)]
struct Answer {
    text: String,
    /// Without the end token.
    token_ids: Vec<u32>,
    /// With each picture's placeholder standing once for each of its tokens.
    prompt_token_ids: Vec<u32>,
    image_tokens: usize,
    /// Of the prompt's, those that an earlier turn had read.
    #[serde(skip_serializing_if = "Option::is_none")]
    reused_tokens: Option<usize>,
    finish_reason: &'static str,
    seconds: Seconds,
}

#[derive(Debug, Serialize)]
struct Seconds {
    #[serde(skip_serializing_if = "Option::is_none")]
    load: Option<f64>,
    encode: f64,
    prefill: f64,
    decode: f64,
}

impl Generate {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let source = self.model.source()?;
        let pictures: Vec<Picture> =
            self.images.iter().map(|path| Picture::open(path).map_err(Failure::new)).collect::<Result<_, _>>()?;
        let progress = Progress::new(1);
        progress.say("reading the model");
        let clock = Instant::now();
        let device = self.model.open_device()?;
        let model =
            VisionLanguageModel::open_with(&model_folder(&source)?, source.loras(), &device).map_err(Failure::new)?;
        let load = clock.elapsed().as_secs_f64();
        drop(progress);
        say_left_out(&model);
        say_unmatched(&model.facts().loras);

        let tokens = self.picture_tokens.and_then(|tokens| usize::try_from(tokens).ok());
        let patches = pictures.iter().map(|picture| model.patches(&picture.pixels, tokens));
        let patches = patches.collect::<Result<_, _>>().map_err(|error| Failure::new(ModelError::from(error)))?;
        let mut prompt = Prompt { pictures: patches, ..Prompt::default() };
        let mut context = model.start();
        let mut answers = Vec::new();
        for question in std::iter::once(&self.prompt).chain(&self.turns) {
            let mut content = Vec::new();
            if prompt.messages.is_empty() {
                content.resize(prompt.pictures.len(), Content::Picture);
            }
            content.push(Content::Text(question.clone()));
            prompt.messages.push(Message { role: Role::User, content });
            let answer = self.answer(&model, &mut context, &prompt)?;
            let said = Content::Answer(answer.token_ids.clone());
            prompt.messages.push(Message { role: Role::Assistant, content: vec![said] });
            answers.push(answer);
        }
        if self.format == Format::Json {
            let mut first = answers.remove(0);
            (first.seconds.load, first.reused_tokens) = (Some(load), None);
            let report = Report { first, turns: answers };
            let text = serde_json::to_string_pretty(&report).map_err(Failure::new)?;
            deliver(&format!("{text}\n"), None)?;
        }
        Ok(())
    }

    /// The answer to the last message, of which only what is new is read; as text it is written as it comes.
    fn answer(&self, model: &VisionLanguageModel, context: &mut Context, prompt: &Prompt) -> Result<Answer, Failure> {
        let progress = Progress::new(1);
        progress.say("reading the question");
        let stats = model.read(context, prompt).map_err(Failure::new)?;
        let prompt_token_ids = context.tokens().to_vec();
        drop(progress);
        let mut streamed = Output::new(None, false)?;
        let mut broken = None;
        let generated = model
            .generate(context, &self.options(), &mut |text| {
                broken = if self.format == Format::Text { streamed.write(text).err() } else { None };
                if broken.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
            .map_err(Failure::new)?;
        if let Some(failure) = broken {
            return Err(failure);
        }
        if self.format == Format::Text {
            streamed.write("\n")?;
        }
        Ok(Answer {
            text: generated.text,
            token_ids: generated.token_ids,
            prompt_token_ids,
            image_tokens: stats.image_tokens,
            reused_tokens: Some(stats.reused_tokens),
            finish_reason: if generated.finish_reason == FinishReason::Stop { "stop" } else { "length" },
            seconds: Seconds {
                load: None,
                encode: stats.encode_seconds,
                prefill: stats.prefill_seconds,
                decode: generated.seconds,
            },
        })
    }

    fn options(&self) -> GenerateOptions {
        GenerateOptions {
            max_new_tokens: usize::try_from(self.max_new_tokens).unwrap_or(usize::MAX),
            sampling: Sampling { temperature: self.temperature, top_p: self.top_p, seed: self.seed },
            stop: Vec::new(),
        }
    }
}
