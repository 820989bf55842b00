//! A voice without sound: captions stay as long as they take to read.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::edges::{Voice, VoiceEvent};
use crate::conversation::Language;
use crate::visit::SpeechId;

/// Reading speed in characters per second: adults read about 15 letters, or 5 Chinese characters, a second.
const CHARS_PER_SEC_EN: f32 = 15.0;
const CHARS_PER_SEC_ZH: f32 = 5.0;
/// The shortest time for a caption.
const CAPTION_MIN: Duration = Duration::from_millis(900);
/// The most captions that wait.
const QUEUE_MAX: usize = 64;

/// Times captions when there is no loudspeaker or no synthesiser.
#[derive(Debug, Default)]
pub struct Silent {
    queue: VecDeque<(SpeechId, u32, Duration)>,
    since: Option<Instant>,
    events: VecDeque<VoiceEvent>,
}

impl Silent {
    fn advance(&mut self, now: Instant) {
        while let Some((speech, chars, lasts)) = self.queue.front().copied() {
            let since = match self.since {
                Some(since) => since,
                None => {
                    self.events.push_back(VoiceEvent::Started(speech));
                    self.since = Some(now);
                    now
                }
            };
            let passed = now.duration_since(since);
            if passed < lasts {
                let part = passed.as_secs_f32() / lasts.as_secs_f32();
                self.events.push_back(VoiceEvent::Progress(speech, (chars as f32 * part) as u32));
                return;
            }
            self.queue.pop_front();
            self.since = None;
            self.events.push_back(VoiceEvent::Ended { speech, chars, interrupted: false });
        }
    }
}

impl Voice for Silent {
    fn poll(&mut self) -> Vec<VoiceEvent> {
        self.advance(Instant::now());
        self.events.drain(..).collect()
    }

    fn say(&mut self, speech: SpeechId, text: &str, language: Language) {
        let chars = text.chars().count() as u32;
        let speed = if language == Language::Zh { CHARS_PER_SEC_ZH } else { CHARS_PER_SEC_EN };
        let lasts = Duration::from_secs_f32(chars as f32 / speed).max(CAPTION_MIN);
        if self.queue.len() < QUEUE_MAX {
            self.queue.push_back((speech, chars, lasts));
        } else {
            self.events.push_back(VoiceEvent::Ended { speech, chars, interrupted: true });
        }
    }

    fn stop(&mut self) {
        self.advance(Instant::now());
        self.since = None;
        for (speech, _, _) in self.queue.drain(..) {
            self.events.push_back(VoiceEvent::Ended { speech, chars: 0, interrupted: true });
        }
    }

    fn volume(&mut self, _: u8) {}

    fn mouth(&mut self) -> [f32; 5] {
        [0.0; 5]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captions_follow_one_another_and_take_their_time() {
        let mut voice = Silent::default();
        let (a, b) = (SpeechId::Own(1), SpeechId::Own(2));
        voice.say(a, &"x".repeat(30), Language::En);
        voice.say(b, "short", Language::En);
        let start = Instant::now();
        voice.advance(start);
        assert_eq!(voice.events.drain(..).next(), Some(VoiceEvent::Started(a)));
        voice.advance(start + Duration::from_millis(1000));
        assert_eq!(voice.events.drain(..).collect::<Vec<_>>(), [VoiceEvent::Progress(a, 15)]);
        voice.advance(start + Duration::from_millis(2001));
        let events: Vec<_> = voice.events.drain(..).collect();
        assert_eq!(
            events[..2],
            [VoiceEvent::Ended { speech: a, chars: 30, interrupted: false }, VoiceEvent::Started(b)]
        );
        voice.stop();
        assert!(matches!(voice.events.back(), Some(VoiceEvent::Ended { interrupted: true, .. })));
    }
}
