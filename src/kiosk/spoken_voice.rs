//! Synthesiser, loudspeaker and mouth as the kiosk's [`Voice`].

use std::collections::VecDeque;
use std::time::Instant;

use super::edges::{Voice, VoiceEvent};
use super::person_voice::PersonVoice;
use super::voices::{host_texts, voices};
use crate::conversation::{ConversationId, Language};
use crate::scene::Desk;
use crate::speech::mouth::{self, Part};
use crate::speech::playback::{PartKey, PlaybackStatus};
use crate::visit::{Notice, SpeechId};

/// The most events taken in one frame; the rest comes in the next.
const EVENTS_A_FRAME: usize = 64;
/// The most speeches whose names are remembered.
const SPEECHES_MAX: usize = 128;

/// From here on the mouth is open, of 0 to 1.
const OPEN: f32 = 0.1;

/// [`Voice`] over `speech::mouth`.
pub struct SpokenVoice {
    voice: mouth::Voice,
    /// What a person is heard with who speaks themselves.
    person: Option<PersonVoice>,
    speeches: VecDeque<Spoken>,
    trouble: Vec<VoiceEvent>,
    silent: bool,
    /// It was told that nothing can be spoken.
    voiceless: bool,
    /// It was told that another engine speaks.
    stood_in: bool,
    /// What has begun to be heard, and has not opened the mouth yet.
    shut: Option<SpeechId>,
    /// What opened the mouth, and when.
    opened: Option<(SpeechId, Instant)>,
    next: u128,
}

/// Something that is spoken or waits for it.
struct Spoken {
    key: PartKey,
    speech: SpeechId,
    chars: u32,
    /// At least a part of it is silent.
    failed: bool,
    /// At least a part of it is spoken by another engine than it should be.
    stood_in: bool,
}

impl SpokenVoice {
    pub fn new(voice: mouth::Voice) -> Self {
        Self {
            voice,
            person: None,
            speeches: VecDeque::new(),
            trouble: Vec::new(),
            silent: false,
            voiceless: false,
            stood_in: false,
            shut: None,
            opened: None,
            next: 0,
        }
    }

    /// With a person's own voice through the same loudspeaker.
    pub fn with_person(self, person: PersonVoice) -> Self {
        Self { person: Some(person), ..self }
    }

    fn speech(&self, key: PartKey) -> Option<(SpeechId, u32)> {
        self.speeches.iter().find(|s| s.key == key).map(|s| (s.speech, s.chars))
    }

    fn event(&mut self, event: mouth::VoiceEvent, out: &mut Vec<VoiceEvent>) {
        use mouth::VoiceEvent as E;
        match event {
            E::Started { key, made, played } => {
                if let Some((speech, _)) = self.speech(key) {
                    let now = Instant::now();
                    out.push(VoiceEvent::Made(speech, ago_ms(made, now)));
                    out.push(VoiceEvent::Started(speech, ago_ms(played, now)));
                    self.shut = Some(speech);
                }
            }
            E::Sentence { key, from, .. } => {
                if let Some((speech, _)) = self.speech(key) {
                    out.push(VoiceEvent::Progress(speech, count(from)));
                }
            }
            E::Progress { key, played } => {
                if let Some((speech, chars)) = self.speech(key) {
                    out.push(VoiceEvent::Progress(speech, count(played.chars).min(chars)));
                }
            }
            E::Finished { key, played } => {
                if let Some((speech, chars)) = self.speech(key) {
                    out.push(VoiceEvent::Ended { speech, chars, interrupted: false });
                }
                let whole = played.ms > 0 && self.speeches.iter().any(|s| s.key == key && !s.failed);
                if whole && std::mem::take(&mut self.voiceless) {
                    out.push(solved(Notice::NoVoice));
                }
                let own = self.speeches.iter().any(|s| s.key == key && !s.stood_in);
                if whole && own && std::mem::take(&mut self.stood_in) {
                    out.push(solved(Notice::StandInVoice));
                }
                self.speeches.retain(|s| s.key != key);
            }
            E::Interrupted { key, played, .. } => {
                if let Some((speech, chars)) = self.speech(key) {
                    let chars = count(played.chars).min(chars);
                    out.push(VoiceEvent::Ended { speech, chars, interrupted: true });
                }
                self.speeches.retain(|s| s.key != key);
            }
            E::StoodIn { key, by, why } => {
                self.speeches.iter_mut().filter(|s| s.key == key).for_each(|s| s.stood_in = true);
                // Until the engine works again, that is nothing new.
                if !std::mem::replace(&mut self.stood_in, true) {
                    let sentence = format!("{by} speaks in its place: {why}");
                    out.push(VoiceEvent::Problem { notice: Notice::StandInVoice, on: true, sentence });
                }
            }
            E::Problem { key, why } => {
                self.voiceless = true;
                self.speeches.iter_mut().filter(|s| s.key == key).for_each(|s| s.failed = true);
                out.push(VoiceEvent::Problem { notice: Notice::NoVoice, on: true, sentence: why });
            }
        }
    }

    /// Whether anybody can hear, told when it changes.
    fn status(&mut self, out: &mut Vec<VoiceEvent>) {
        let (silent, why) = match self.voice.status() {
            PlaybackStatus::Silent { why } => (true, why),
            PlaybackStatus::Starting | PlaybackStatus::Playing { .. } => (false, String::new()),
        };
        if silent != self.silent {
            self.silent = silent;
            out.push(VoiceEvent::Problem { notice: Notice::NoLoudspeaker, on: silent, sentence: why });
        }
    }
}

impl Voice for SpokenVoice {
    fn poll(&mut self) -> Vec<VoiceEvent> {
        let mut out = std::mem::take(&mut self.trouble);
        if let Some((speech, at)) = self.opened.take() {
            out.push(VoiceEvent::Mouth(speech, ago_ms(at, Instant::now())));
        }
        self.status(&mut out);
        while out.len() < EVENTS_A_FRAME
            && let Some(event) = self.voice.next_event()
        {
            self.event(event, &mut out);
        }
        while let Some(person) = &mut self.person
            && let Some(on) = person.next_event()
        {
            out.push(VoiceEvent::Person(on));
        }
        out
    }

    fn say(&mut self, speech: SpeechId, text: &str, language: Language) {
        let key = PartKey { answer: self.next, part: 0 };
        self.next += 1;
        let chars = count(text.chars().count());
        let part = Part { key, text: text.to_owned(), language: language.tag().to_owned() };
        if let Err(error) = self.voice.say(part) {
            tracing::warn!(%error, "not spoken");
            self.trouble.push(VoiceEvent::Ended { speech, chars: 0, interrupted: true });
            return;
        }
        if self.speeches.len() == SPEECHES_MAX {
            self.speeches.pop_front();
        }
        self.speeches.push_back(Spoken { key, speech, chars, failed: false, stood_in: false });
    }

    fn stop(&mut self) {
        self.voice.stop();
    }

    fn change_desk(&mut self, desk: &Desk) {
        self.voice.set_voices(voices(desk));
        if let Err(error) = self.voice.keep_ready(host_texts(desk)) {
            tracing::warn!(%error, "greetings are made when they are said");
        }
    }

    fn person(&mut self, from: Option<ConversationId>) {
        if let Some(person) = &self.person {
            person.listen(from);
        }
    }

    fn volume(&mut self, volume: u8) {
        self.voice.set_volume(f32::from(volume.min(100)) / 100.0);
    }

    fn mouth(&mut self) -> [f32; 5] {
        let now = Instant::now();
        let shape = self.voice.mouth(now);
        if shape.open > OPEN
            && let Some(speech) = self.shut.take()
        {
            self.opened = Some((speech, now));
        }
        [shape.aa, shape.ih, shape.ou, shape.ee, shape.oh]
    }
}

fn solved(notice: Notice) -> VoiceEvent {
    VoiceEvent::Problem { notice, on: false, sentence: String::new() }
}

/// How long ago something was; less than nothing when it is still to come.
fn ago_ms(at: Instant, now: Instant) -> i32 {
    let ms = |time: std::time::Duration| i32::try_from(time.as_millis()).unwrap_or(i32::MAX);
    match now.checked_duration_since(at) {
        Some(ago) => ms(ago),
        None => -ms(at.saturating_duration_since(now)),
    }
}

fn count(chars: usize) -> u32 {
    u32::try_from(chars).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use super::*;
    use crate::speech::playback::PacedPlayback;
    use crate::speech::tts::{self, Espeak, Synthesizer, TtsError};

    /// espeak-ng, which is not there for as long as this says so.
    #[derive(Debug)]
    struct Flaky(Arc<AtomicBool>);

    impl Synthesizer for Flaky {
        fn name(&self) -> &str {
            "flaky"
        }

        fn available(&self) -> Result<(), TtsError> {
            Ok(())
        }

        fn speak(&self, text: &str, voice: &tts::Voice) -> Result<tts::Speech, TtsError> {
            if self.0.load(Ordering::SeqCst) {
                return Err(TtsError::Failed { program: "flaky".into(), why: "out of order".into() });
            }
            Espeak::default().speak(text, voice)
        }
    }

    /// The notices up to the end of a speech.
    fn notices(voice: &mut SpokenVoice, number: u32) -> Vec<(Notice, bool)> {
        voice.say(SpeechId::Own(number), "Hi.", Language::En);
        let (mut notices, until) = (Vec::new(), Instant::now() + Duration::from_secs(30));
        while Instant::now() < until {
            let mut ended = false;
            for event in voice.poll() {
                match event {
                    VoiceEvent::Problem { notice, on, .. } => notices.push((notice, on)),
                    VoiceEvent::Ended { .. } => ended = true,
                    _ => {}
                }
            }
            if ended {
                return notices;
            }
            std::thread::yield_now();
        }
        panic!("never ended");
    }

    #[test]
    fn the_notice_that_there_is_no_voice_goes_when_it_speaks_again() {
        let broken = Arc::new(AtomicBool::new(true));
        let playback = PacedPlayback::start(false).unwrap();
        let engine = Arc::new(Flaky(Arc::clone(&broken)));
        let voice = mouth::Voice::start(engine, Box::new(playback), mouth::VoiceConfig::default()).unwrap();
        let mut voice = SpokenVoice::new(voice);
        assert_eq!(notices(&mut voice, 1), [(Notice::NoVoice, true)]);
        assert_eq!(notices(&mut voice, 2), [(Notice::NoVoice, true)], "silence is no voice");
        broken.store(false, Ordering::SeqCst);
        assert_eq!(notices(&mut voice, 3), [(Notice::NoVoice, false)]);
        assert_eq!(notices(&mut voice, 4), []);
    }

    #[test]
    fn that_another_engine_speaks_is_noticed_once_and_until_the_own_one_speaks_again() {
        let own = mouth::LanguageVoice {
            voice: tts::Voice::of("en"),
            engine: Some(Arc::new(Flaky(Arc::new(AtomicBool::new(true))))),
        };
        let voices = std::collections::BTreeMap::from([("en".to_owned(), own)]);
        let playback = PacedPlayback::start(false).unwrap();
        let config = mouth::VoiceConfig { voices, ..mouth::VoiceConfig::default() };
        let voice = mouth::Voice::start(Arc::new(Espeak::default()), Box::new(playback), config).unwrap();
        let mut voice = SpokenVoice::new(voice);
        assert_eq!(notices(&mut voice, 1), [(Notice::StandInVoice, true)]);
        assert_eq!(notices(&mut voice, 2), []);
        // A desk whose own voice is espeak-ng's.
        let scene = crate::scene::parse(include_str!("../../scenes/helpdesk.ron")).unwrap();
        voice.change_desk(&scene.desks[0]);
        assert_eq!(notices(&mut voice, 3), [(Notice::StandInVoice, false)]);
    }

    #[test]
    fn what_was_made_and_heard_is_dated_by_when_it_was_and_not_by_when_it_is_told() {
        let playback = PacedPlayback::start(false).unwrap();
        let voice = Arc::new(Espeak::default());
        let voice = mouth::Voice::start(voice, Box::new(playback), mouth::VoiceConfig::default()).unwrap();
        let mut voice = SpokenVoice::new(voice);
        let speech = SpeechId::Own(1);
        voice.say(speech, "Good morning.", Language::En);
        let until = Instant::now() + Duration::from_secs(30);
        // No frame is drawn until it is over; but the mouth is looked at.
        let mut sounded = false;
        while !(sounded && voice.voice.is_silent()) {
            sounded |= !voice.voice.is_silent();
            assert!(Instant::now() < until, "never over");
            std::thread::yield_now();
        }
        let news = voice.poll();
        let made =
            news.iter().find_map(|e| if let VoiceEvent::Made(s, ago) = e { Some((*s, *ago)) } else { None });
        let started = news
            .iter()
            .find_map(|e| if let VoiceEvent::Started(s, ago) = e { Some((*s, *ago)) } else { None });
        let (Some((a, made)), Some((b, started))) = (made, started) else { panic!("{news:?}") };
        assert_eq!((a, b), (speech, speech));
        assert!(started > 300 && made >= started, "made {made} ms and heard {started} ms ago");
    }

    #[test]
    fn the_mouth_is_told_when_it_opens() {
        let playback = PacedPlayback::start(false).unwrap();
        let voice = Arc::new(Espeak::default());
        let voice = mouth::Voice::start(voice, Box::new(playback), mouth::VoiceConfig::default()).unwrap();
        let mut voice = SpokenVoice::new(voice);
        voice.say(SpeechId::Own(1), "Good morning.", Language::En);
        let until = Instant::now() + Duration::from_secs(30);
        let (mut begun, mut opened) = (None, Vec::new());
        while Instant::now() < until {
            voice.mouth();
            for event in voice.poll() {
                match event {
                    VoiceEvent::Started(..) => begun = Some(Instant::now()),
                    VoiceEvent::Mouth(speech, ago) => opened.push((speech, ago, begun.unwrap().elapsed())),
                    VoiceEvent::Ended { .. } => {
                        assert_eq!(opened.len(), 1, "{opened:?}");
                        let (speech, ago, after) = opened[0];
                        assert_eq!(speech, SpeechId::Own(1));
                        assert!((0..500).contains(&ago) && after < Duration::from_millis(800), "{opened:?}");
                        return;
                    }
                    _ => {}
                }
            }
        }
        panic!("never ended");
    }
}
