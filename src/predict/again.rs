//! What a model makes of a picture later in a conversation: its last answer, weighed as its first one is.

use super::{
    LocateError, LocateSettings, LocateStage, Located, Observer, Prompting,
    finding::ModelUsed,
    locate::{answered, begin, begun, concluded, read},
};
use crate::{
    model::{Context, Prompt, VisionLanguageModel},
    picture::Picture,
};

/// Lets the model answer the last question of a conversation about a picture, and weighs what it says as [`super::locate()`] does, without
/// signs and calibration. Of the conversation it computes what `context` does not hold.
///
/// # Errors
/// As [`super::locate()`].
pub fn locate_again(
    model: &VisionLanguageModel,
    context: &mut Context,
    conversation: &Prompt,
    picture: &Picture,
    settings: &LocateSettings,
    observer: &mut dyn Observer,
) -> Result<Located, LocateError> {
    let (prompting, _) = Prompting::of(model);
    let used = ModelUsed {
        name: model.name().to_owned(),
        device: model.device().name.clone(),
        precision: model.facts().precision.clone(),
        ..ModelUsed::default()
    };
    let finding = begun(picture, used, settings.used(&prompting.prompt, model.picture_tokens()));
    begin(observer, LocateStage::Seeing)?;
    read(model, context, conversation, observer)?;
    let (_, answered) = answered(model, context, model.seen().knows(picture), settings, observer)?;
    Ok(concluded(finding, picture, Vec::new(), answered, None))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{
        model::{
            ComputeDevice,
            chat::{Content, Message, Role},
        },
        predict::{Unobserved, locate},
    };

    /// A conversation of nothing but the question comes to what is located; a hint changes what stands before the answer.
    #[test]
    fn the_first_answer_is_weighed_as_the_located_one_and_a_hint_is_heard() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let model = VisionLanguageModel::open(&root.join("assets/starter"), &ComputeDevice::cpu()).unwrap();
        let picture = Picture::open(&root.join("assets/samples/drawn-street-2.jpg")).unwrap();
        let settings = LocateSettings::default();
        let first = locate(&model, &picture, Vec::new(), None, &settings, &mut Unobserved).unwrap();
        let say = |role, content| Message { role, content };
        let asked = vec![Content::Picture, Content::Text(Prompting::of(&model).0.prompt)];
        let mut conversation = Prompt {
            messages: vec![say(Role::User, asked)],
            pictures: vec![model.patches(&picture.pixels, None).unwrap()],
            answer_start: String::new(),
        };
        let mut context = model.start();
        let mut again = |conversation: &Prompt| {
            locate_again(&model, &mut context, conversation, &picture, &settings, &mut Unobserved).unwrap()
        };
        let same = again(&conversation);
        assert_eq!(same.finding.reasoning, first.finding.reasoning);
        assert_eq!(same.finding.countries, first.finding.countries);
        assert_eq!(same.finding.candidates, first.finding.candidates);
        conversation.messages.push(say(Role::Assistant, vec![Content::Answer(first.finding.reasoning_tokens.clone())]));
        conversation.messages.push(say(Role::User, vec![Content::Text("It is in Japan.".to_owned())]));
        assert_ne!(again(&conversation).finding.countries, first.finding.countries);
    }
}
