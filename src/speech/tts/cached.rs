//! Sounds that are kept ready: what the host has the avatar say again and again, such as the greeting. Never an answer.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::synth::{MAX_TEXT_BYTES, Pcm, Phonemes, Speech, Synthesizer, TtsError, Voice};
use crate::speech::clock::lock;

/// The most sound that is kept, in bytes: three minutes at 22 050 Hz.
pub const MAX_KEPT_BYTES: usize = 16 * 1024 * 1024;
/// A sound longer than this is not kept, in samples: 30 seconds at 48 kHz.
const MAX_SOUND_SAMPLES: usize = 30 * 48_000;

/// Which sound: everything that it depends on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    engine: String,
    language: String,
    voice: Option<String>,
    /// The bits of rate and pitch.
    manner: (u32, u32),
    text: String,
}

impl Key {
    fn of(engine: &str, text: &str, voice: &Voice) -> Self {
        Self {
            engine: engine.to_owned(),
            language: voice.language.clone(),
            voice: voice.name.clone(),
            manner: (voice.rate.to_bits(), voice.pitch.to_bits()),
            text: text.to_owned(),
        }
    }
}

/// The sounds that are ready. Clones share them.
#[derive(Debug, Clone)]
pub struct ReadySounds {
    // A mutex: the speaking thread looks a sound up while another one adds to them; sounds are only moved under it.
    kept: Arc<Mutex<Kept>>,
    max_bytes: usize,
}

#[derive(Debug, Default)]
struct Kept {
    sounds: BTreeMap<Key, (Arc<Pcm>, Phonemes)>,
    bytes: usize,
}

impl Default for ReadySounds {
    fn default() -> Self {
        Self::with_room(MAX_KEPT_BYTES)
    }
}

impl ReadySounds {
    /// With room for so many bytes of sound.
    pub fn with_room(max_bytes: usize) -> Self {
        Self { kept: Arc::default(), max_bytes }
    }

    /// Forgets all sounds: other texts or other voices are wanted.
    pub fn clear(&self) {
        *lock(&self.kept) = Kept::default();
    }

    /// How much sound is kept, in bytes.
    pub fn bytes(&self) -> usize {
        lock(&self.kept).bytes
    }

    fn get(&self, key: &Key) -> Option<(Arc<Pcm>, Phonemes)> {
        lock(&self.kept).sounds.get(key).cloned()
    }

    /// Says whether there was room.
    fn keep(&self, key: Key, pcm: Pcm, phonemes: Phonemes) -> bool {
        let bytes = pcm.samples.len() * size_of::<f32>();
        let mut kept = lock(&self.kept);
        if pcm.samples.len() > MAX_SOUND_SAMPLES || kept.bytes + bytes > self.max_bytes {
            return false;
        }
        if kept.sounds.insert(key, (Arc::new(pcm), phonemes)).is_none() {
            kept.bytes += bytes;
        }
        true
    }
}

/// A synthesiser whose sounds may be ready. It keeps only what it is told to make ready.
#[derive(Debug, Clone)]
pub struct Cached {
    engine: Arc<dyn Synthesizer>,
    ready: ReadySounds,
}

impl Cached {
    pub fn new(engine: Arc<dyn Synthesizer>, ready: ReadySounds) -> Self {
        Self { engine, ready }
    }

    /// Whether this can be played at once, even where the engine does not work.
    pub fn is_ready(&self, text: &str, voice: &Voice) -> bool {
        self.ready.get(&Key::of(self.engine.name(), text, voice)).is_some()
    }

    /// Makes the sound of a text of the host's, and keeps it if there is room. Says whether it is ready.
    pub fn make_ready(&self, text: &str, voice: &Voice) -> Result<bool, TtsError> {
        let key = Key::of(self.engine.name(), text, voice);
        if text.len() > MAX_TEXT_BYTES {
            return Ok(false);
        }
        if self.ready.get(&key).is_some() {
            return Ok(true);
        }
        let speech = self.engine.speak(text, voice)?;
        let phonemes = speech.phonemes.clone();
        Ok(self.ready.keep(key, speech.collect()?, phonemes))
    }
}

impl Synthesizer for Cached {
    fn name(&self) -> &str {
        self.engine.name()
    }

    fn available(&self) -> Result<(), TtsError> {
        self.engine.available()
    }

    fn speaks(&self, language: &str) -> bool {
        self.engine.speaks(language)
    }

    fn speak(&self, text: &str, voice: &Voice) -> Result<Speech, TtsError> {
        match self.ready.get(&Key::of(self.engine.name(), text, voice)) {
            Some((pcm, phonemes)) => {
                let mut speech = Speech::ready(self.engine.name(), &pcm);
                speech.phonemes = phonemes;
                Ok(speech)
            }
            None => self.engine.speak(text, voice),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Makes one second of sound, and counts how often.
    #[derive(Debug, Default)]
    struct Counting(AtomicUsize);

    impl Synthesizer for Counting {
        fn name(&self) -> &str {
            "counting"
        }
        fn available(&self) -> Result<(), TtsError> {
            Ok(())
        }
        fn speak(&self, _: &str, _: &Voice) -> Result<Speech, TtsError> {
            let made = self.0.fetch_add(1, Ordering::SeqCst);
            Ok(Speech::ready("counting", &Pcm { samples: vec![made as f32; 16_000], rate: 16_000 }))
        }
    }

    fn cached(room: usize) -> (Arc<Counting>, Cached) {
        let engine = Arc::new(Counting::default());
        (engine.clone(), Cached::new(engine, ReadySounds::with_room(room)))
    }

    #[test]
    fn what_is_ready_is_not_made_again_and_an_answer_is_never_kept() {
        let (engine, cached) = cached(MAX_KEPT_BYTES);
        let voice = Voice::of("en");
        assert!(cached.make_ready("Hello!", &voice).unwrap());
        let first = cached.speak("Hello!", &voice).unwrap().collect().unwrap();
        assert_eq!(first, cached.speak("Hello!", &voice).unwrap().collect().unwrap());
        assert_eq!(engine.0.load(Ordering::SeqCst), 1);
        let kept = cached.ready.bytes();
        for times in 2..4 {
            cached.speak("Your answer is 42.", &voice).unwrap().collect().unwrap();
            assert_eq!((engine.0.load(Ordering::SeqCst), cached.ready.bytes()), (times, kept));
        }
    }

    #[test]
    fn another_voice_rate_pitch_or_engine_is_another_sound() {
        let (_, cached) = cached(MAX_KEPT_BYTES);
        let voice = Voice::of("en");
        cached.make_ready("Hello!", &voice).unwrap();
        for other in [
            Voice { name: Some("f3".into()), ..voice.clone() },
            Voice { rate: 1.1, ..voice.clone() },
            Voice { pitch: 0.9, ..voice.clone() },
            Voice::of("zh"),
        ] {
            assert!(!cached.is_ready("Hello!", &other), "{other:?}");
        }
        let espeak = Cached::new(Arc::new(super::super::Espeak::default()), cached.ready.clone());
        assert!(!espeak.is_ready("Hello!", &voice) && cached.is_ready("Hello!", &voice));
        cached.ready.clear();
        assert!(!cached.is_ready("Hello!", &voice));
    }

    #[test]
    fn the_room_is_bounded() {
        let second = 16_000 * size_of::<f32>();
        let (_, cached) = cached(2 * second);
        let voice = Voice::of("en");
        let ready: Vec<bool> =
            ["a", "b", "c", "a"].iter().map(|text| cached.make_ready(text, &voice).unwrap()).collect();
        assert_eq!((ready, cached.ready.bytes()), (vec![true, true, false, true], 2 * second));
        assert!(!cached.make_ready(&"x".repeat(MAX_TEXT_BYTES + 1), &voice).unwrap());
    }
}
