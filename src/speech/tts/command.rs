//! Any other speech program, by a command template: piper, festival, a script.

use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use super::process::{self, Stopper};
use super::synth::{MAX_TEXT_BYTES, Pcm, Speech, Synthesizer, TtsError, Voice};
use super::wav_stream::{RawStream, WavStream};
use crate::speech::file;

/// Samples in each piece of a sound that was made as a file.
const PIECE_SAMPLES: usize = 4096;

/// Where a program leaves its sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandOutput {
    /// A WAV stream on its standard output.
    Wav,
    /// 16-bit mono samples on its standard output, at this rate.
    Raw { rate: u32 },
    /// A sound file, named by `{out_wav}`.
    File,
}

/// Speaks with a program that is started for each text.
///
/// In its arguments `{voice}`, `{language}` and `{rate}` stand for the voice, `{text_file}` for a file with the text and
/// `{out_wav}` for the file to write. Without `{text_file}` the text comes on the standard input.
#[derive(Debug, Clone)]
pub struct CommandSynthesizer {
    program: String,
    arguments: Vec<String>,
    output: CommandOutput,
}

impl CommandSynthesizer {
    /// Splits a template at white space; quotes keep words together. `{out_wav}` in it means [`CommandOutput::File`].
    pub fn from_template(template: &str, raw_rate: Option<u32>) -> Result<Self, TtsError> {
        let why = "a quote in it is not closed".to_owned();
        let words = split(template).ok_or_else(|| TtsError::Voice { setting: template.to_owned(), why })?;
        Self::from_words(words, raw_rate)
    }

    /// The same with the program and its arguments one by one.
    pub fn from_words(words: Vec<String>, raw_rate: Option<u32>) -> Result<Self, TtsError> {
        let setting = words.join(" ");
        let wrong = |why: &str| TtsError::Voice { setting: setting.clone(), why: why.to_owned() };
        let mut words = words.into_iter();
        let program = words.next().ok_or_else(|| wrong("it names no program"))?;
        let arguments: Vec<String> = words.collect();
        let output = match raw_rate {
            _ if arguments.iter().any(|a| a.contains("{out_wav}")) => CommandOutput::File,
            Some(rate) if crate::speech::resample::RATES.contains(&rate) => CommandOutput::Raw { rate },
            Some(_) => return Err(wrong("its sample rate cannot be used; 16000 to 48000 is usual")),
            None => CommandOutput::Wav,
        };
        Ok(Self { program, arguments, output })
    }

    fn speak_once(
        &self,
        text: &str,
        voice: &Voice,
        stopper: &Stopper,
        sink: &mut dyn FnMut(Pcm) -> bool,
    ) -> Result<(), TtsError> {
        let files = TempFiles::new();
        let failed = |why: String| TtsError::Failed { program: self.program.clone(), why };
        let by_file = self.arguments.iter().any(|a| a.contains("{text_file}"));
        if by_file {
            std::fs::write(&files.text, text)
                .map_err(|e| failed(format!("its text file cannot be written ({e})")))?;
        }
        let mut command = Command::new(&self.program);
        for argument in &self.arguments {
            command.arg(
                argument
                    .replace("{voice}", voice.name.as_deref().unwrap_or(&voice.language))
                    .replace("{language}", &voice.language)
                    .replace("{rate}", &format!("{:.2}", voice.rate))
                    .replace("{text_file}", &files.text.to_string_lossy())
                    .replace("{out_wav}", &files.sound.to_string_lossy()),
            );
        }
        let stdin = if by_file { "" } else { text };
        let input = format!("{stdin}\n");
        match self.output {
            CommandOutput::Wav => {
                process::run(command, input.as_bytes(), &mut WavStream::default(), stopper, sink).map(drop)
            }
            CommandOutput::Raw { rate } => {
                process::run(command, input.as_bytes(), &mut RawStream::new(rate), stopper, sink).map(drop)
            }
            CommandOutput::File => {
                // Whatever it prints is not sound.
                let mut ignored = RawStream::new(crate::speech::audio::SAMPLE_RATE);
                process::run(command, input.as_bytes(), &mut ignored, stopper, &mut |_| true)?;
                if stopper.is_stopped() {
                    return Ok(());
                }
                let recording = file::decode(&files.sound).map_err(|e| failed(e.to_string()))?;
                for piece in recording.samples.chunks(PIECE_SAMPLES) {
                    if !sink(Pcm { samples: piece.to_vec(), rate: recording.rate }) {
                        break;
                    }
                }
                Ok(())
            }
        }
    }
}

impl Synthesizer for CommandSynthesizer {
    fn name(&self) -> &str {
        &self.program
    }

    fn available(&self) -> Result<(), TtsError> {
        let found = if self.program.contains(std::path::MAIN_SEPARATOR) {
            std::path::Path::new(&self.program).is_file()
        } else {
            std::env::var_os("PATH")
                .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(&self.program).is_file()))
        };
        if found {
            return Ok(());
        }
        Err(TtsError::Missing {
            program: self.program.clone(),
            hint: "install it, or name another program in the scene's voice".into(),
        })
    }

    fn speak(&self, text: &str, voice: &Voice) -> Result<Speech, TtsError> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(TtsError::TooLong { bytes: text.len() });
        }
        let (engine, text, voice) = (self.clone(), text.to_owned(), voice.clone());
        process::spawn(&self.program, move |stopper, out| {
            engine.speak_once(&text, &voice, stopper, &mut |pcm| out.send(Ok(pcm)).is_ok())
        })
    }
}

/// Files for one text, removed at the end.
struct TempFiles {
    text: std::path::PathBuf,
    sound: std::path::PathBuf,
}

impl TempFiles {
    fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let stem = format!("avatardesk-speech-{}-{number}", std::process::id());
        let dir = std::env::temp_dir();
        Self { text: dir.join(format!("{stem}.txt")), sound: dir.join(format!("{stem}.wav")) }
    }
}

impl Drop for TempFiles {
    fn drop(&mut self) {
        for path in [&self.text, &self.sound] {
            // Most were never written.
            let _ = std::fs::remove_file(path);
        }
    }
}

fn split(template: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in template.chars() {
        match (quote, c) {
            (Some(end), c) if c == end => quote = None,
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound(template: &str, raw_rate: Option<u32>) -> Result<Pcm, TtsError> {
        CommandSynthesizer::from_template(template, raw_rate)?
            .speak("hello there", &Voice::of("en"))?
            .collect()
    }

    #[test]
    fn all_three_ways_to_deliver_sound_work() {
        let by_stdout = sound("espeak-ng -v {language} --stdin --stdout", None).unwrap();
        let by_file = sound("espeak-ng -v {language} -f {text_file} -w {out_wav}", None).unwrap();
        assert_eq!((by_stdout.rate, by_file.rate), (22_050, 22_050));
        assert!(by_stdout.samples.len().abs_diff(by_file.samples.len()) < 8_000);
        let raw = sound("sh -c 'cat > /dev/null; head -c 64000 /dev/zero'", Some(16_000)).unwrap();
        assert_eq!((raw.samples.len(), raw.rate), (32_000, 16_000));
    }

    #[test]
    fn a_program_that_fails_is_quoted() {
        let error = sound("sh -c 'echo no such voice >&2; exit 3'", None).unwrap_err();
        assert!(error.to_string().contains("no such voice"), "{error}");
        let error = sound("sh -c 'echo this is not sound'", None).unwrap_err();
        assert!(error.to_string().contains("not a WAV"), "{error}");
        assert!(matches!(sound("true", None), Err(TtsError::Failed { .. })));
    }

    #[test]
    fn wrong_templates_are_refused() {
        assert!(CommandSynthesizer::from_template("", None).is_err());
        assert!(CommandSynthesizer::from_template("say 'hello", None).is_err());
        assert!(CommandSynthesizer::from_template("say", Some(3)).is_err());
    }

    #[test]
    fn whether_it_is_there_is_known_beforehand() {
        assert!(CommandSynthesizer::from_template("sh -c x", None).unwrap().available().is_ok());
        let missing = CommandSynthesizer::from_template("not-a-program", None).unwrap();
        assert!(matches!(missing.available(), Err(TtsError::Missing { .. })));
    }

    #[test]
    fn quotes_keep_words_together() {
        assert_eq!(split("a 'b c' \"d e\"f ''").unwrap(), vec!["a", "b c", "d ef", ""]);
    }
}
