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
    speeches: VecDeque<(PartKey, SpeechId, u32)>,
    trouble: Vec<VoiceEvent>,
    silent: bool,
    next: u128,
}

impl SpokenVoice {
    pub fn new(voice: mouth::Voice) -> Self {
        Self { voice, speeches: VecDeque::new(), trouble: Vec::new(), silent: false, next: 0 }
    }

    fn speech(&self, key: PartKey) -> Option<(SpeechId, u32)> {
        self.speeches.iter().find(|(k, _, _)| *k == key).map(|(_, speech, chars)| (*speech, *chars))
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
            E::Finished { key, .. } => {
                if let Some((speech, chars)) = self.speech(key) {
                    out.push(VoiceEvent::Ended { speech, chars, interrupted: false });
                }
                self.speeches.retain(|(k, _, _)| *k != key);
            }
            E::Interrupted { key, played, .. } => {
                if let Some((speech, chars)) = self.speech(key) {
                    let chars = count(played.chars).min(chars);
                    out.push(VoiceEvent::Ended { speech, chars, interrupted: true });
                }
                self.speeches.retain(|(k, _, _)| *k != key);
            }
            E::StoodIn { why, .. } => tracing::warn!("the usual voice speaks: {why}"),
            E::Problem { why, .. } => {
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
        self.speeches.push_back((key, speech, chars));
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
