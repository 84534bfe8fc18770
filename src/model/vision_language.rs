//! The model as the rest of the program knows it: text and pictures in, text and probabilities out, no tensors.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;

use image::RgbImage;

use super::architectures::{ARCHITECTURES, Architecture};
use super::chat::Message;
use super::compute::ComputeDevice;
use super::context::{Context, ReadProgress, ReadStats};
use super::conversation::{Reader, TokenPrompt, Wanted};
use super::directory::find_architecture;
use super::error::ModelError;
use super::front::Front;
use super::gpu;
use super::image_processor::PICTURE_TOKENS;
use super::left_out::LeftOut;
use super::lora::{LoraChoice, LoraFacts};
use super::network::{Opened, always};
use super::origin::Origin;
use super::patches::{Patches, ProcessorError};
use super::sampling::{Sampler, Sampling, penalised};
use super::seen::{Seen, converses, picture_tokens};
use super::tokenizer::Tokenizer;

/// A vision-language model with everything its checkpoint directory holds.
pub struct VisionLanguageModel {
    reader: Reader,
    front: Front,
    directory: PathBuf,
    seen: Seen,
    converses: bool,
    question: Option<String>,
    picture_tokens: PictureTokens,
    facts: Facts,
}

/// How many tokens a picture may become at most: more of them show finer things and take longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PictureTokens {
    /// Where nobody asks for another number.
    pub usual: usize,
    /// By the checkpoint and by the memory that this program gives a picture; 0 for a model that sees none.
    pub most: usize,
}

impl PictureTokens {
    /// The number that counts where so many are asked for.
    pub fn within(self, asked: Option<usize>) -> usize {
        asked.unwrap_or(self.usual).clamp(1, self.most.max(1))
    }
}

/// What a model is, for people and reports.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// The architecture, by upstream's name.
    pub architecture: String,
    /// Numbers in all its tensors.
    pub parameters: u64,
    /// Bytes of its weights on disk.
    pub bytes: u64,
    /// The type they are stored in, mostly.
    pub stored_type: String,
    /// The form the device holds the matrices in: a type of numbers or of blocks.
    pub precision: String,
    /// Tokens it reads at most.
    pub context_tokens: usize,
    /// Tokens that end an answer.
    pub end_tokens: Vec<u32>,
    /// By how much its answers' tokens count less where the prompt or the answer has them already, as its checkpoint asks for;
    /// 1 for not at all.
    pub repetition_penalty: f32,
    /// What its files do not bring, so that the architecture's own stood in.
    pub left_out: Vec<LeftOut>,
    /// The adapters that were added to it.
    pub loras: Vec<LoraFacts>,
}

/// What a model is asked: a conversation, its pictures in the order in which they stand in it, and words that the answer
/// begins with.
#[derive(Debug, Clone, Default)]
pub struct Prompt {
    /// The conversation; the model speaks next.
    pub messages: Vec<Message>,
    /// One for each picture in the messages.
    pub pictures: Vec<Patches>,
    /// Put into the model's mouth; mostly empty.
    pub answer_start: String,
}

/// How to answer.
#[derive(Debug, Clone, PartialEq)]
pub struct GenerateOptions {
    /// Tokens at most.
    pub max_new_tokens: usize,
    /// How each token is picked.
    pub sampling: Sampling,
    /// Tokens that end the answer besides the model's own.
    pub stop: Vec<u32>,
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FinishReason {
    /// The model said its end token.
    Stop,
    /// There was no room for more.
    Length,
    /// The caller asked to stop.
    Cancelled,
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Generated {
    /// Its text.
    pub text: String,
    /// Its tokens, without the end token.
    pub token_ids: Vec<u32>,
    /// Why it ended.
    pub finish_reason: FinishReason,
    /// Seconds it took.
    pub seconds: f64,
}

/// What writing an answer took.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct WriteStats {
    /// Tokens of the answer.
    pub tokens: usize,
    /// Seconds from the first to the last.
    pub seconds: f64,
}

impl Generated {
    /// What writing it took.
    pub fn stats(&self) -> WriteStats {
        WriteStats { tokens: self.token_ids.len(), seconds: self.seconds }
    }
}

impl VisionLanguageModel {
    /// Opens a checkpoint directory in the layout that the hub serves, a GGUF file, or a folder of GGUF files that are one
    /// model.
    pub fn open(path: &Path, device: &ComputeDevice) -> Result<Self, ModelError> {
        Self::open_with(path, &[], device)
    }

    /// The same with adapters added to it.
    pub fn open_with(path: &Path, loras: &[LoraChoice], device: &ComputeDevice) -> Result<Self, ModelError> {
        gpu::decode::try_once(device);
        let origin = Origin::of(path)?.with_loras(loras);
        let names = |architecture: &Architecture| architecture.names;
        let architecture = find_architecture(&origin.path, &origin.config, ARCHITECTURES, names)?;
        let seen = Seen::of(&origin.folder)?;
        let converses = converses(&origin.folder, seen)?;
        let picture_tokens = picture_tokens(&origin.folder)?;
        let Opened { network, front, source } = (architecture.open)(&origin, device)?;
        front.tokenizer.check_fits(&origin.tokenizer_file(), network.vocabulary())?;
        let most = front.processor.most_tokens();
        let picture_tokens = PictureTokens { usual: picture_tokens.unwrap_or(PICTURE_TOKENS).min(most), most };
        let (bytes, parameters) = source.base().size();
        let facts = Facts {
            architecture: architecture.names[0].to_owned(),
            parameters,
            bytes,
            stored_type: source.base().stored_types().first().cloned().unwrap_or_default(),
            precision: network.form().to_owned(),
            context_tokens: network.new_cache().limit(),
            end_tokens: front.end_tokens.clone(),
            repetition_penalty: front.repetition_penalty,
            left_out: front.left_out.clone(),
            loras: source.loras().cloned().collect(),
        };
        let lately = Mutex::default();
        let reader = Reader { network, device: device.clone(), name: origin.name(), lately };
        let question = None;
        Ok(Self { reader, front, directory: origin.folder, seen, converses, question, picture_tokens, facts })
    }

    /// With what is known elsewhere of how it wants to be asked where a picture was taken.
    #[must_use]
    pub fn with_question(self, question: Option<String>) -> Self {
        Self { question, ..self }
    }

    /// What these adapters would be in the model at `path`, of which the heads of its files are read and nothing is loaded.
    ///
    /// # Errors
    /// Where it is no model that answers, and where an adapter does not fit it.
    pub fn look(path: &Path, loras: &[LoraChoice]) -> Result<Vec<LoraFacts>, ModelError> {
        let origin = Origin::of(path)?.with_loras(loras);
        find_architecture(&origin.path, &origin.config, ARCHITECTURES, |architecture| architecture.names)?;
        Ok(origin.source(&ComputeDevice::cpu(), &[], &[])?.loras().cloned().collect())
    }

    /// The checkpoint directory's name, or the hub's where the directory lies in the hub's cache.
    pub fn name(&self) -> &str {
        &self.reader.name
    }

    /// The folder that it lies in.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The kind of picture it has learned from; of the other kind its answers say nothing.
    pub fn seen(&self) -> Seen {
        self.seen
    }

    /// Whether it answers more than the one question that it was trained for.
    pub fn converses(&self) -> bool {
        self.converses
    }

    /// How it is known that it wants to be asked; its folder may say otherwise.
    pub fn question(&self) -> Option<&str> {
        self.question.as_deref()
    }

    /// What it is.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The device it runs on.
    pub fn device(&self) -> &ComputeDevice {
        &self.reader.device
    }

    /// Its tokenizer.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.front.tokenizer
    }

    /// How many tokens a picture may become.
    pub fn picture_tokens(&self) -> PictureTokens {
        self.picture_tokens
    }

    /// A picture as the model sees it, in at most so many tokens, or in as many as usual.
    pub fn patches(&self, picture: &RgbImage, tokens: Option<usize>) -> Result<Patches, ProcessorError> {
        self.front.processor.patches(picture, self.picture_tokens.within(tokens))
    }

    /// The width and height in which the model counts where it points at something in a picture of so many pixels that it
    /// saw in so many tokens.
    pub fn pointing_size(&self, width: u32, height: u32, tokens: Option<usize>) -> (u32, u32) {
        self.front.processor.pointing_size(width, height, self.picture_tokens.within(tokens))
    }

    /// An empty conversation.
    pub fn start(&self) -> Context {
        Context::new(self.reader.network.new_cache())
    }

    /// The prompt in tokens, each picture's placeholder standing once for each of its picture tokens.
    pub fn prompt_tokens(&self, prompt: &Prompt) -> Result<Vec<u32>, ModelError> {
        let image_token = self.reader.network.image_token();
        let mut cells = prompt.pictures.iter().map(|p| self.reader.network.cells(p.grid));
        let mut tokens = Vec::new();
        for id in self.front.tokens(&prompt.messages, &prompt.answer_start)? {
            let times = if id == image_token { cells.next() } else { Some(1) };
            let too_many = || ModelError::Prompt("the prompt names more pictures than were given".to_owned());
            tokens.extend(std::iter::repeat_n(id, times.ok_or_else(too_many)?));
        }
        if cells.next().is_some() {
            return Err(ModelError::Prompt("the prompt names fewer pictures than were given".to_owned()));
        }
        Ok(tokens)
    }

    /// Makes `context` hold exactly `prompt`, computing only what it does not hold yet: a picture is encoded once, and of
    /// a conversation that goes on only the new turns are read.
    pub fn read(&self, context: &mut Context, prompt: &Prompt) -> Result<ReadStats, ModelError> {
        self.read_watched(context, prompt, &mut |_| ControlFlow::Continue(()))
    }

    /// As [`Self::read`]; `progress` is told before each picture and each piece of text, and again as their parts are done, and may stop the reading, which
    /// then ends with [`ModelError::Cancelled`].
    pub fn read_watched(
        &self,
        context: &mut Context,
        prompt: &Prompt,
        progress: &mut dyn FnMut(ReadProgress) -> ControlFlow<()>,
    ) -> Result<ReadStats, ModelError> {
        let tokens = self.prompt_tokens(prompt)?;
        self.reader.read(context, TokenPrompt { tokens: &tokens, pictures: &prompt.pictures }, progress)
    }

    /// As [`Self::read`] for a prompt in tokens, placeholders expanded.
    pub fn read_tokens(
        &self,
        context: &mut Context,
        tokens: &[u32],
        pictures: &[Patches],
    ) -> Result<ReadStats, ModelError> {
        self.reader.read(context, TokenPrompt { tokens, pictures }, &mut |_| ControlFlow::Continue(()))
    }

    /// Adds one token and refreshes the scores.
    pub fn push(&self, context: &mut Context, token: u32) -> Result<(), ModelError> {
        self.reader.extend(context, &[token], Wanted::Scores)
    }

    /// Adds the best tokens, one after the other, `count` of them. Where the device finds them, the scores stay there, and the
    /// next is [`Context::best`].
    pub fn push_best(&self, context: &mut Context, count: usize) -> Result<(), ModelError> {
        self.reader.follow_best(context, count + 1, &mut |_| ControlFlow::Continue(()))
    }

    /// Adds several tokens of text in one pass and refreshes the scores.
    pub fn extend(&self, context: &mut Context, tokens: &[u32]) -> Result<(), ModelError> {
        self.reader.extend(context, tokens, Wanted::Scores)
    }

    /// The natural logarithm of the probability of each token sequence after the context, which stays as it is.
    pub fn score_continuations(&self, context: &Context, continuations: &[Vec<u32>]) -> Result<Vec<f64>, ModelError> {
        self.reader.score(context, continuations, &mut always)
    }

    /// As [`Self::score_continuations`]; `go_on` is asked between the parts of the work, which ends with
    /// [`ModelError::Cancelled`] when it breaks.
    pub fn score_watched(
        &self,
        context: &Context,
        continuations: &[Vec<u32>],
        go_on: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Result<Vec<f64>, ModelError> {
        self.reader.score(context, continuations, go_on)
    }

    /// Answers what has been read. `on_token` gets each piece of text as soon as it is whole characters (an empty piece
    /// when it is not yet) and may stop the answer. Afterwards the context holds the answer but its last token; what has been
    /// answered greedily can be gone on with greedily, or read on from.
    pub fn generate(
        &self,
        context: &mut Context,
        options: &GenerateOptions,
        on_token: &mut dyn FnMut(&str) -> ControlFlow<()>,
    ) -> Result<Generated, ModelError> {
        let penalty = Some(self.facts.repetition_penalty).filter(|penalty| *penalty != 1.0);
        let clock = Instant::now();
        let mut sampler = Sampler::new(options.sampling);
        let mut stream = self.front.tokenizer.stream();
        let mut token_ids = Vec::new();
        let mut text = String::new();
        let mut finish_reason = FinishReason::Length;
        let mut keep = |token: u32| {
            if self.facts.end_tokens.contains(&token) || options.stop.contains(&token) {
                finish_reason = FinishReason::Stop;
                return ControlFlow::Break(());
            }
            token_ids.push(token);
            let piece = stream.push(token);
            text.push_str(&piece);
            let goes_on = on_token(&piece);
            if goes_on.is_break() {
                finish_reason = FinishReason::Cancelled;
            }
            goes_on
        };
        let mut pick = |context: &Context| match penalty {
            Some(penalty) => sampler.pick(&penalised(context.next_logits(), context.tokens(), penalty)),
            None => sampler.pick(context.next_logits()),
        };
        // Only the best score of all as they are is found on the device.
        if options.sampling.is_greedy() && penalty.is_none() {
            self.reader.follow_best(context, options.max_new_tokens, &mut keep)?;
        } else {
            self.reader.follow(context, options.max_new_tokens, &mut pick, &mut keep)?;
        }
        text.push_str(&stream.finish());
        Ok(Generated { text, token_ids, finish_reason, seconds: clock.elapsed().as_secs_f64() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_and_contexts_may_live_on_another_thread() {
        fn moves<T: Send>() {}
        moves::<VisionLanguageModel>();
        moves::<Context>();
    }
}
