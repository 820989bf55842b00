//! The voices that a scene gives to a desk: which engine speaks each language, and how.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::conversation::Language;
use crate::scene::{Desk, Engine, Voice};
use crate::speech::mouth::{HostText, LanguageVoice};
use crate::speech::tts::{self, CommandSynthesizer, Flite, SpeechEndpoint, Synthesizer, TtsError};
use crate::texts::{Id, Texts, id};

/// espeak-ng's own speed in words per minute, and its own pitch.
const USUAL_RATE: f32 = 175.0;
const USUAL_PITCH: f32 = 50.0;

/// What the avatar says by itself, again and again: while somebody waits, when the pilot changes, at beginning and end.
const OWN_TEXTS: [Id; 17] = [
    id::STILL_THINKING,
    id::OFFER_WAYS,
    id::SAY_AGAIN,
    id::TRANSFERRED,
    id::WAITING_FOR_PERSON,
    id::NO_ANSWER,
    id::PERSON_LEFT,
    id::NOBODY_THERE,
    id::MESSAGE_PROMPT,
    id::MESSAGE_LEFT,
    id::MESSAGE_DECLINED,
    id::SECRET_SPOKEN,
    id::SECRET_SPOKEN_CARD,
    id::SECRET_SPOKEN_IDENTITY,
    id::ATTRACT_TITLE,
    id::IDLE_TITLE,
    id::FAREWELL,
];

/// What is kept ready to be played at once, the greetings first.
pub fn host_texts(desk: &Desk) -> Vec<HostText> {
    let languages: Vec<Language> =
        [Language::En, Language::Zh].into_iter().filter(|l| desk.greeting.get(*l).is_some()).collect();
    let text = |text: String, language: Language| HostText { text, language: language.tag().to_owned() };
    let greetings = languages.iter().filter_map(|l| Some(text(desk.greeting.get(*l)?.clone(), *l)));
    let own = languages.iter().flat_map(|l| {
        let texts = Texts::new(*l);
        OWN_TEXTS.map(|id| text(texts.get(id), *l))
    });
    greetings.chain(own).collect()
}

/// Who speaks where espeak-ng cannot: what is installed here.
pub fn stand_ins() -> Vec<Arc<dyn Synthesizer>> {
    let flite = Flite::default();
    if flite.available().is_ok() { vec![Arc::new(flite)] } else { Vec::new() }
}

/// By language tag. What cannot be used is said in the log, and the usual engine speaks.
pub fn voices(desk: &Desk) -> BTreeMap<String, LanguageVoice> {
    let spoken = [Language::En, Language::Zh].into_iter().filter_map(|language| {
        let voice = language_voice(desk.voice.get(language)?, language);
        Some((language.tag().to_owned(), voice))
    });
    spoken.collect()
}

/// One voice as a scene describes it. Where its engine cannot be used that is said in the log, and the usual one speaks.
pub fn language_voice(voice: &Voice, language: Language) -> LanguageVoice {
    let tag = language.tag().to_owned();
    let engine = engine(voice).unwrap_or_else(|error| {
        tracing::warn!(language = tag, "{error}; espeak-ng speaks");
        None
    });
    let voice = tts::Voice {
        language: tag,
        name: (!voice.name.is_empty()).then(|| voice.name.clone()),
        rate: f32::from(voice.rate) / USUAL_RATE,
        pitch: f32::from(voice.pitch) / USUAL_PITCH,
    };
    LanguageVoice { voice, engine }
}

/// The engine of a voice; none where it is the usual one.
fn engine(voice: &Voice) -> Result<Option<Arc<dyn Synthesizer>>, TtsError> {
    Ok(match voice.engine {
        Engine::Espeak => None,
        Engine::Command => {
            Some(Arc::new(CommandSynthesizer::from_words(voice.command.clone().unwrap_or_default(), None)?))
        }
        Engine::Endpoint => {
            let key = voice.key_from.as_deref().map(key).transpose()?;
            let url = voice.url.as_deref().unwrap_or_default();
            Some(Arc::new(SpeechEndpoint::new(url, voice.model.as_deref(), key)?))
        }
    })
}

fn key(variable: &str) -> Result<String, TtsError> {
    std::env::var(variable).map_err(|_| TtsError::Voice {
        setting: format!("key_from: {variable:?}"),
        why: "the environment has no such variable: set it to the service's key".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greetings_come_first_and_all_fit() {
        let scene = crate::scene::parse(include_str!("../../scenes/helpdesk.ron")).unwrap();
        let texts = host_texts(&scene.desks[0]);
        assert!(texts.len() <= crate::speech::mouth::HOST_TEXTS_MAX);
        let greeting = |language| scene.desks[0].greeting.get(language).cloned().unwrap();
        let first: Vec<_> = texts.iter().take(2).map(|t| t.text.clone()).collect();
        assert_eq!(first, [greeting(Language::En), greeting(Language::Zh)]);
        assert!(texts.iter().all(|t| !t.text.is_empty() && !t.text.contains('{')), "{texts:?}");
    }

    #[test]
    fn each_language_has_its_own_engine_and_what_cannot_be_used_is_left_out() {
        let scene = crate::scene::parse(include_str!("../../scenes/helpdesk.ron")).unwrap();
        let mut desk = scene.desks[0].clone();
        assert!(voices(&desk).values().all(|voice| voice.engine.is_none()));
        let english = desk.voice.en.as_mut().unwrap();
        english.engine = Engine::Endpoint;
        english.url = Some("http://127.0.0.1:1/v1/audio/speech".into());
        let chinese = desk.voice.zh.as_mut().unwrap();
        chinese.engine = Engine::Command;
        chinese.command = Some(vec!["sh".into(), "-c".into(), "say it".into()]);
        let found = voices(&desk);
        let name = |tag: &str| found[tag].engine.as_ref().map(|engine| engine.name().to_owned());
        assert_eq!(name("en").as_deref(), Some("http://127.0.0.1:1/v1/audio/speech"));
        assert_eq!(name("zh").as_deref(), Some("sh"));
        desk.voice.en.as_mut().unwrap().key_from = Some("A_VARIABLE_THAT_NOBODY_SETS".into());
        desk.voice.zh.as_mut().unwrap().command = None;
        assert!(voices(&desk).values().all(|voice| voice.engine.is_none()));
    }
}
