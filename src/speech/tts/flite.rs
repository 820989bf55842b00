//! flite, a small English speech program: for where espeak-ng is missing or fails.

use super::command::CommandSynthesizer;
use super::synth::{Speech, Synthesizer, TtsError, Voice};

/// The program's name.
const PROGRAM: &str = "flite";
/// The voice that is built into it and clear enough for a hall.
const USUAL_VOICE: &str = "slt";
/// How far a text may be stretched or pressed.
const STRETCH: std::ops::RangeInclusive<f32> = 0.5..=2.0;

/// Speaks English with flite.
#[derive(Debug, Clone)]
pub struct Flite {
    program: String,
}

impl Default for Flite {
    fn default() -> Self {
        Self { program: PROGRAM.to_owned() }
    }
}

impl Flite {
    /// Another program that takes the same arguments.
    pub fn with_program(program: impl Into<String>) -> Self {
        Self { program: program.into() }
    }

    fn command(&self, voice: &Voice) -> Result<CommandSynthesizer, TtsError> {
        let stretch = (1.0 / voice.rate.max(0.1)).clamp(*STRETCH.start(), *STRETCH.end());
        let stretch = format!("duration_stretch={stretch:.2}");
        // A file for the sound: on its standard output flite writes no header.
        let words = [
            self.program.as_str(),
            "-voice",
            USUAL_VOICE,
            "--setf",
            stretch.as_str(),
            "-f",
            "{text_file}",
            "-o",
            "{out_wav}",
        ];
        CommandSynthesizer::from_words(words.map(str::to_owned).to_vec(), None)
    }
}

impl Synthesizer for Flite {
    fn name(&self) -> &str {
        &self.program
    }

    fn available(&self) -> Result<(), TtsError> {
        self.command(&Voice::of("en"))?.available()
    }

    fn speaks(&self, language: &str) -> bool {
        language == "en" || language.starts_with("en-")
    }

    fn speak(&self, text: &str, voice: &Voice) -> Result<Speech, TtsError> {
        self.command(voice)?.speak(text, voice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_is_spoken_where_it_is_installed_and_nothing_else() {
        let flite = Flite::default();
        assert!(flite.speaks("en") && !flite.speaks("zh"));
        if flite.available().is_err() {
            return;
        }
        let seconds = |rate: f32| {
            let voice = Voice { rate, ..Voice::of("en") };
            let pcm = flite.speak("Where is my wallet?", &voice).unwrap().collect().unwrap();
            assert!(crate::speech::audio::level_db(&pcm.samples) > -40.0);
            pcm.samples.len() as f32 / pcm.rate as f32
        };
        let (slow, fast) = (seconds(0.7), seconds(1.4));
        assert!((0.4..4.0).contains(&fast) && slow > 1.5 * fast, "{slow} s, {fast} s");
    }

    #[test]
    fn where_it_is_missing_that_is_said() {
        let missing = Flite::with_program("flite-that-is-not-there");
        assert!(matches!(missing.available(), Err(TtsError::Missing { .. })));
        let spoken = missing.speak("hello", &Voice::of("en")).unwrap().collect();
        assert!(matches!(spoken, Err(TtsError::Missing { .. })), "{spoken:?}");
    }
}
