//! espeak-ng as a program of its own: it is under the GPL and is never linked.

use std::process::{Command, Stdio};
use std::sync::mpsc::SyncSender;

use super::chinese::{Run, runs};
use super::process::{self, Stopper};
use super::synth::{MAX_TEXT_BYTES, Pcm, Speech, Synthesizer, TtsError, Voice};
use super::wav_stream::WavStream;

/// The program's name.
const PROGRAM: &str = "espeak-ng";
/// Its speed at 1, in words per minute, and its bounds.
const WORDS_PER_MINUTE: f32 = 165.0;
const SPEED: std::ops::RangeInclusive<f32> = 80.0..=400.0;
/// Its pitch at 1, of 0 to 99.
const PITCH: f32 = 50.0;
/// Where it writes its phonemes in the same call, and what stands between two of them.
const TELL_PHONEMES: Option<&str> = if cfg!(unix) { Some("/dev/stderr") } else { None };
const SEPARATOR: char = '_';
/// Silence kept around a run in the middle of a text, in seconds, and what counts as silence.
const RUN_GAP_S: f32 = 0.04;
const SILENT_BELOW: f32 = 0.004;

/// Speaks with espeak-ng.
#[derive(Debug, Clone)]
pub struct Espeak {
    program: String,
}

impl Default for Espeak {
    fn default() -> Self {
        Self { program: PROGRAM.to_owned() }
    }
}

impl Espeak {
    /// Another program that takes the same arguments.
    pub fn with_program(program: impl Into<String>) -> Self {
        Self { program: program.into() }
    }

    /// The first line of `--version`.
    pub fn version(&self) -> Result<String, TtsError> {
        let output =
            Command::new(&self.program).arg("--version").stdin(Stdio::null()).output().map_err(|e| {
                if e.kind() == std::io::ErrorKind::NotFound {
                    TtsError::Missing {
                        program: self.program.clone(),
                        hint: "install it with `apt install espeak-ng` or the like".into(),
                    }
                } else {
                    TtsError::Failed { program: self.program.clone(), why: e.to_string() }
                }
            })?;
        Ok(String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().trim().to_owned())
    }

    fn command(&self, voice_name: &str, voice: &Voice) -> Command {
        let speed = (WORDS_PER_MINUTE * voice.rate).clamp(*SPEED.start(), *SPEED.end());
        let pitch = (PITCH * voice.pitch).clamp(0.0, 99.0);
        let mut command = Command::new(&self.program);
        command
            .args(["--stdin", "--stdout", "-b", "1", "-z"])
            .args(["-v", voice_name])
            .args(["-s", &format!("{speed:.0}")])
            .args(["-p", &format!("{pitch:.0}")]);
        if let Some(place) = TELL_PHONEMES {
            command.args(["--ipa", &format!("--sep={SEPARATOR}"), &format!("--phonout={place}")]);
        }
        command
    }
}

impl Synthesizer for Espeak {
    fn name(&self) -> &str {
        &self.program
    }

    fn available(&self) -> Result<(), TtsError> {
        self.version().map(drop)
    }

    fn speak(&self, text: &str, voice: &Voice) -> Result<Speech, TtsError> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(TtsError::TooLong { bytes: text.len() });
        }
        let names = names(voice)?;
        // "[[" would begin phoneme codes.
        let text = text.replace("[[", " ").replace("]]", " ");
        let runs = if is_chinese(voice) { runs(&text) } else { vec![Run::Latin(text)] };
        let (engine, voice) = (self.clone(), voice.clone());
        process::spawn_telling(&self.program, move |stopper, out, phonemes| {
            let told = engine.speak_runs(runs, &names, &voice, stopper, out)?;
            if told.iter().any(|phoneme| !phoneme.is_empty()) {
                // Nobody else sets them.
                let _ = phonemes.set(told);
            }
            Ok(())
        })
    }
}

impl Espeak {
    fn speak_runs(
        &self,
        runs: Vec<Run>,
        names: &Names,
        voice: &Voice,
        stopper: &Stopper,
        out: &SyncSender<Result<Pcm, TtsError>>,
    ) -> Result<Vec<String>, TtsError> {
        let count = runs.len();
        let mut told = Vec::new();
        for (i, run) in runs.into_iter().enumerate() {
            let (text, name) = match run {
                Run::Pinyin(text) => (text, &names.pinyin),
                Run::Latin(text) => (text, &names.latin),
            };
            let command = self.command(name, voice);
            let mut decode = WavStream::default();
            if count == 1 {
                let mut sink = |pcm: Pcm| out.send(Ok(pcm)).is_ok();
                told = phonemes(
                    &process::run(command, text.as_bytes(), &mut decode, stopper, &mut sink)
                        .map_err(without_words)?,
                );
                continue;
            }
            // Several short runs in a row: the silence between them is cut, so each is collected first.
            let mut all = Pcm { samples: Vec::new(), rate: 0 };
            let mut sink = |pcm: Pcm| {
                all.rate = pcm.rate;
                all.samples.extend(pcm.samples);
                true
            };
            told.extend(phonemes(
                &process::run(command, text.as_bytes(), &mut decode, stopper, &mut sink)
                    .map_err(without_words)?,
            ));
            let trimmed = Pcm { samples: trim(&all, i > 0, i + 1 < count), rate: all.rate };
            if !trimmed.samples.is_empty() && out.send(Ok(trimmed)).is_err() {
                return Ok(told);
            }
        }
        Ok(told)
    }
}

/// Phonemes as they are written: a line for each stretch between two pauses.
/// An error without what was said: where phonemes are told, a complaint stands among them.
fn without_words(error: TtsError) -> TtsError {
    const COMPLAINTS: [&str; 7] = ["error", "cannot", "can't", "fail", "not found", "no such", "invalid"];
    match error {
        TtsError::Failed { program, why } => {
            let lower = why.to_lowercase();
            let complains = COMPLAINTS.iter().any(|word| lower.contains(word));
            let why = if complains { why } else { "it ended with an error".to_owned() };
            TtsError::Failed { program, why }
        }
        other => other,
    }
}

fn phonemes(said: &str) -> Vec<String> {
    let mut told = Vec::new();
    for line in said.lines() {
        told.extend(line.split([SEPARATOR, ' ']).filter(|phoneme| !phoneme.is_empty()).map(str::to_owned));
        told.push(String::new());
    }
    told
}

struct Names {
    pinyin: String,
    latin: String,
}

fn is_chinese(voice: &Voice) -> bool {
    voice.language == "zh" || voice.language.starts_with("zh-")
}

/// espeak-ng's names of the voices: the language, and a variant such as "f3" after a plus sign.
fn names(voice: &Voice) -> Result<Names, TtsError> {
    let setting = voice.name.as_deref().unwrap_or_default();
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '_');
    if !setting.chars().all(fine) || setting.starts_with('-') {
        return Err(TtsError::Voice {
            setting: setting.to_owned(),
            why: "a voice of espeak-ng is written like `en-gb` or `en-us+f3`".into(),
        });
    }
    let (base, variant) = match setting.split_once('+') {
        Some((base, variant)) => (base, format!("+{variant}")),
        None => (setting, String::new()),
    };
    let latin = match base {
        "" | "cmn" | "cmn-latn-pinyin" | "zh" => "en-us",
        named => named,
    };
    Ok(Names { pinyin: format!("cmn-latn-pinyin{variant}"), latin: format!("{latin}{variant}") })
}

/// The samples without long silence at the sides that are asked for.
fn trim(pcm: &Pcm, front: bool, back: bool) -> Vec<f32> {
    let gap = (pcm.rate as f32 * RUN_GAP_S) as usize;
    let loud = |s: &f32| s.abs() > SILENT_BELOW;
    let start = if front { pcm.samples.iter().position(loud).unwrap_or(0).saturating_sub(gap) } else { 0 };
    let end = if back {
        pcm.samples.iter().rposition(loud).map_or(0, |i| i + 1 + gap).min(pcm.samples.len())
    } else {
        pcm.samples.len()
    };
    pcm.samples.get(start..end).unwrap_or_default().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(pcm: &Pcm) -> f32 {
        pcm.samples.len() as f32 / pcm.rate as f32
    }

    #[test]
    fn a_sentence_becomes_sound() {
        let pcm =
            Espeak::default().speak("Where is my wallet?", &Voice::of("en")).unwrap().collect().unwrap();
        assert_eq!(pcm.rate, 22_050);
        assert!((0.7..2.5).contains(&seconds(&pcm)), "{}", seconds(&pcm));
        assert!(crate::speech::audio::level_db(&pcm.samples) > -35.0);
    }

    #[test]
    fn it_tells_its_phonemes_with_the_sound() {
        let mut told = Vec::new();
        for (text, language) in [("My baby, please.", "en"), ("你好 NFT", "zh")] {
            let speech = Espeak::default().speak(text, &Voice::of(language)).unwrap();
            let phonemes = speech.phonemes.clone();
            speech.collect().unwrap();
            let lips = |p: &String| p.starts_with(['m', 'b', 'p']);
            let phonemes = phonemes.get().expect("told when the sound has come").clone();
            told.push((
                phonemes.iter().filter(|p| lips(p)).count(),
                phonemes.iter().filter(|p| p.is_empty()).count(),
            ));
        }
        assert_eq!(told, [(4, 2), (0, 2)], "lips and pauses");
    }

    #[test]
    fn rate_and_pitch_change_the_sound() {
        let engine = Espeak::default();
        let slow = engine
            .speak("one two three", &Voice { rate: 0.7, ..Voice::of("en") })
            .unwrap()
            .collect()
            .unwrap();
        let fast = engine
            .speak("one two three", &Voice { rate: 1.6, ..Voice::of("en") })
            .unwrap()
            .collect()
            .unwrap();
        assert!(seconds(&slow) > 1.4 * seconds(&fast));
    }

    #[test]
    fn chinese_with_english_words_is_spoken_whole() {
        let engine = Espeak::default();
        let voice = Voice::of("zh");
        let short = engine.speak("你好", &voice).unwrap().collect().unwrap();
        let mixed = engine.speak("你好，什么是 NFT 收藏品？", &voice).unwrap().collect().unwrap();
        assert!(seconds(&mixed) > seconds(&short) + 0.8, "{} {}", seconds(&mixed), seconds(&short));
    }

    #[test]
    fn dropping_the_speech_stops_the_program() {
        let text = "This is a long sentence that nobody wants to hear. ".repeat(100);
        let mut speech = Espeak::default().speak(&text, &Voice::of("en")).unwrap();
        let stopper = speech.stopper.clone();
        assert!(speech.next().unwrap().is_ok());
        drop(speech);
        assert!(stopper.is_stopped());
    }

    #[test]
    fn a_missing_program_is_said_in_a_sentence() {
        let engine = Espeak::with_program("espeak-that-is-not-there");
        let error = engine.available().unwrap_err();
        assert!(matches!(error, TtsError::Missing { .. }));
        assert!(error.to_string().contains("not installed"), "{error}");
        let spoken = engine.speak("hello", &Voice::of("en")).unwrap().collect();
        assert!(matches!(spoken, Err(TtsError::Missing { .. })));
    }

    #[test]
    fn a_voice_that_would_be_an_option_is_refused() {
        let voice = Voice { name: Some("--compile=x".into()), ..Voice::of("en") };
        assert!(matches!(Espeak::default().speak("hello", &voice), Err(TtsError::Voice { .. })));
        let unknown = Voice { name: Some("xx-unknown".into()), ..Voice::of("en") };
        let error = Espeak::default().speak("hello", &unknown).unwrap().collect().unwrap_err();
        assert!(matches!(error, TtsError::Failed { .. }), "{error:?}");
    }

    #[test]
    fn a_text_that_is_too_long_is_refused() {
        let text = "a".repeat(MAX_TEXT_BYTES + 1);
        assert!(matches!(Espeak::default().speak(&text, &Voice::of("en")), Err(TtsError::TooLong { .. })));
    }
}
