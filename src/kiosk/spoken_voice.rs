//! Synthesiser, loudspeaker and mouth as the kiosk's [`Voice`].

use std::collections::VecDeque;
use std::time::Instant;

use super::edges::{Voice, VoiceEvent};
use super::voices::voices;
use crate::conversation::Language;
use crate::scene::Desk;
use crate::speech::mouth::{self, Part};
use crate::speech::playback::{PartKey, PlaybackStatus};
use crate::visit::{Notice, SpeechId};

/// The most events taken in one frame; the rest comes in the next.
const EVENTS_A_FRAME: usize = 64;
/// The most speeches whose names are remembered.
const SPEECHES_MAX: usize = 128;

/// [`Voice`] over `speech::mouth`.
pub struct SpokenVoice {
    voice: mouth::Voice,
    speeches: VecDeque<Spoken>,
    trouble: Vec<VoiceEvent>,
    silent: bool,
    /// It was told that nothing can be spoken.
    voiceless: bool,
    next: u128,
}

/// Something that is spoken or waits for it.
struct Spoken {
    key: PartKey,
    speech: SpeechId,
    chars: u32,
    /// At least a part of it is silent.
    failed: bool,
}

impl SpokenVoice {
    pub fn new(voice: mouth::Voice) -> Self {
        Self {
            voice,
            speeches: VecDeque::new(),
            trouble: Vec::new(),
            silent: false,
            voiceless: false,
            next: 0,
        }
    }

    fn speech(&self, key: PartKey) -> Option<(SpeechId, u32)> {
        self.speeches.iter().find(|s| s.key == key).map(|s| (s.speech, s.chars))
    }

    fn event(&mut self, event: mouth::VoiceEvent, out: &mut Vec<VoiceEvent>) {
        use mouth::VoiceEvent as E;
        match event {
            E::Started { key, .. } => {
                if let Some((speech, _)) = self.speech(key) {
                    out.push(VoiceEvent::Made(speech));
                    out.push(VoiceEvent::Started(speech));
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
                    out.push(VoiceEvent::Problem {
                        notice: Notice::NoVoice,
                        on: false,
                        sentence: String::new(),
                    });
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
            E::StoodIn { why, .. } => tracing::warn!("the usual voice speaks: {why}"),
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
        self.status(&mut out);
        while out.len() < EVENTS_A_FRAME
            && let Some(event) = self.voice.next_event()
        {
            self.event(event, &mut out);
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
        self.speeches.push_back(Spoken { key, speech, chars, failed: false });
    }

    fn stop(&mut self) {
        self.voice.stop();
    }

    fn change_desk(&mut self, desk: &Desk) {
        self.voice.set_voices(voices(desk));
    }

    fn volume(&mut self, volume: u8) {
        self.voice.set_volume(f32::from(volume.min(100)) / 100.0);
    }

    fn mouth(&mut self) -> [f32; 5] {
        let shape = self.voice.mouth(Instant::now());
        [shape.aa, shape.ih, shape.ou, shape.ee, shape.oh]
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
}
