//! Speech of which it is known where each phoneme is: from espeak-ng's library and from flite.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use avatardesk::speech::audio::VOICE_RATE;
use avatardesk::speech::file;
use avatardesk::speech::resample::resample_all;
use avatardesk::speech::tts::chinese::{Run, runs};
use avatardesk::speech::tts::smooth::Smoother;
use avatardesk::speech::tts::{Espeak, Synthesizer, Voice};

/// Held out: `training/mouth` hears neither these sentences nor these voices.
const ENGLISH: [&str; 9] = [
    "My baby plays with a purple puppet by the map.",
    "Open the door before you move my money.",
    "Who knew that you could choose the new food?",
    "The red bed and the best desk were ready when the men left.",
    "He will sit with his sister in the big city.",
    "Cut the bread, run up, and come back with some butter.",
    "Go home slowly, nobody knows the old road.",
    "The workshop begins at half past two in the hall next to the coffee bar.",
    "Gas is the fee that you pay to the network.",
];
const CHINESE: [&str; 6] = [
    "你好，请问有什么可以帮您的吗？",
    "钱包保管你的密钥。",
    "我们不明白他为什么买面包。",
    "展厅在二楼，咖啡吧旁边。",
    "图书馆的屋子在户外。",
    "妈妈怕爬坡，爸爸跑步买苹果。",
];
/// Voice, words per minute, pitch of 0 to 99.
const ENGLISH_VOICES: [(&str, u32, u32); 7] = [
    ("en-us+m2", 165, 50),
    ("en-us+f2", 165, 50),
    ("en-us+f4", 130, 65),
    ("en-gb-x-rp+m4", 210, 40),
    ("en-us+m6", 165, 30),
    ("en+Andrea", 165, 50),
    ("en-us+f2", 220, 70),
];
const CHINESE_VOICES: [(&str, u32, u32); 4] =
    [("+m2", 165, 50), ("+f2", 165, 60), ("+m4", 200, 45), ("+f4", 140, 60)];
/// flite's voices that are not learned from; both are recorded people's.
const FLITE_VOICES: [&str; 2] = ["slt", "rms"];
/// The speed and the pitch that the product takes for 1.
const USUAL_SPEED: f32 = 165.0;
const USUAL_PITCH: f32 = 50.0;

/// A phoneme and where it is, in seconds of the sound as it is played.
pub struct Phone {
    pub name: String,
    pub from: f64,
    pub to: f64,
}

/// A sentence as it is played, at [`VOICE_RATE`].
pub struct Utterance {
    pub samples: Vec<f32>,
    pub phones: Vec<Phone>,
    /// What the product is told by its synthesiser; empty where it is told nothing.
    pub told: Vec<String>,
}

/// What one voice says.
pub struct Speaker {
    pub kind: &'static str,
    pub voice: String,
    pub utterances: Vec<Utterance>,
}

/// Everybody who speaks here. Without flite its voices are left out.
pub fn speakers() -> Result<Vec<Speaker>> {
    let folder = tempfile::tempdir()?;
    let wav = folder.path().join("said.wav");
    let mut library = Library::start()?;
    let mut all = Vec::new();
    for (voice, speed, pitch) in ENGLISH_VOICES {
        let mut utterances = Vec::new();
        for text in ENGLISH {
            let (sound, phones) = library.say(voice, speed, pitch, text, &wav)?;
            let told = told(text, "en", Some(voice), speed, pitch)?;
            utterances.push(played(sound, phones, told)?);
        }
        all.push(Speaker { kind: "en", voice: format!("{voice} {speed} {pitch}"), utterances });
    }
    for (variant, speed, pitch) in CHINESE_VOICES {
        let mut utterances = Vec::new();
        for text in CHINESE {
            let pinyin = match runs(text).as_slice() {
                [Run::Pinyin(pinyin)] => pinyin.clone(),
                other => bail!("{text} is not all Chinese: {other:?}"),
            };
            let voice = format!("cmn-latn-pinyin{variant}");
            let (sound, phones) = library.say(&voice, speed, pitch, &pinyin, &wav)?;
            let told = told(text, "zh", Some(&format!("zh{variant}")), speed, pitch)?;
            utterances.push(played(sound, phones, told)?);
        }
        all.push(Speaker { kind: "zh", voice: format!("zh{variant} {speed} {pitch}"), utterances });
    }
    if Command::new("flite").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        println!("flite is not installed: its voices are left out (apt install flite)");
        return Ok(all);
    }
    for voice in FLITE_VOICES {
        let mut utterances = Vec::new();
        for text in ENGLISH {
            let (sound, phones) = flite(voice, text, &wav)?;
            utterances.push(played(sound, phones, Vec::new())?);
        }
        all.push(Speaker { kind: "recorded", voice: format!("flite {voice}"), utterances });
    }
    Ok(all)
}

/// Mono samples and their rate.
type Sound = (Vec<f32>, u32);
/// The name of each phoneme and its first sample.
type Starts = Vec<(String, usize)>;

/// `phonemes.py`, which asks espeak-ng's library.
struct Library {
    child: Child,
    asks: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Library {
    fn start() -> Result<Self> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/mouth/phonemes.py");
        let mut child = Command::new("python3")
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("python3 is needed: `sudo apt-get install python3 espeak-ng`")?;
        let (asks, answers) = (child.stdin.take(), child.stdout.take());
        let (Some(asks), Some(answers)) = (asks, answers) else { bail!("{script} has no pipes") };
        Ok(Self { child, asks, answers: BufReader::new(answers) })
    }

    fn say(&mut self, voice: &str, rate: u32, pitch: u32, text: &str, wav: &Path) -> Result<(Sound, Starts)> {
        let ask =
            serde_json::json!({ "voice": voice, "rate": rate, "pitch": pitch, "text": text, "wav": wav });
        writeln!(self.asks, "{ask}")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        let answer: serde_json::Value =
            serde_json::from_str(&answer).with_context(|| format!("phonemes.py does not say {voice}"))?;
        let starts: Starts = serde_json::from_value(answer.get("phonemes").cloned().unwrap_or_default())?;
        Ok((read(wav)?, starts))
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// flite writes the end of each phoneme, in seconds.
fn flite(voice: &str, text: &str, wav: &Path) -> Result<(Sound, Starts)> {
    let said = Command::new("flite").args(["-voice", voice, "-psdur", "-t", text, "-o"]).arg(wav).output()?;
    ensure!(said.status.success(), "flite failed: {}", String::from_utf8_lossy(&said.stderr));
    let sound = read(wav)?;
    let (mut starts, mut from) = (Starts::new(), 0.0);
    for (name, end) in
        String::from_utf8_lossy(&said.stdout).split_whitespace().filter_map(|t| t.split_once(':'))
    {
        starts.push((name.to_owned(), (from * f64::from(sound.1)) as usize));
        from = end.parse::<f64>()?;
    }
    Ok((sound, starts))
}

fn read(wav: &Path) -> Result<Sound> {
    let recording = file::decode_bytes(std::fs::read(wav)?, "the sound of a voice")?;
    Ok((recording.samples, recording.rate))
}

/// The phonemes that the product gets with this sentence.
fn told(text: &str, language: &str, name: Option<&str>, speed: u32, pitch: u32) -> Result<Vec<String>> {
    let voice = Voice {
        name: name.map(str::to_owned),
        rate: speed as f32 / USUAL_SPEED,
        pitch: pitch as f32 / USUAL_PITCH,
        ..Voice::of(language)
    };
    let speech = Espeak::default().speak(text, &voice)?;
    let phonemes = speech.phonemes.clone();
    speech.collect()?;
    Ok(phonemes.get().cloned().unwrap_or_default())
}

/// As the product plays it: resampled, as loud as every voice, without silence at its ends.
fn played((samples, rate): Sound, starts: Starts, told: Vec<String>) -> Result<Utterance> {
    let raw = resample_all(&samples, rate, VOICE_RATE)?;
    let (mut smoother, mut smooth) = (Smoother::new(None), Vec::new());
    smoother.push(&raw, &mut smooth);
    smoother.finish(&mut smooth);
    let cut = cut(&raw, &smooth);
    let at = |sample: usize| sample as f64 / f64::from(rate) - cut;
    let ends = starts.iter().skip(1).map(|(_, from)| *from).chain([samples.len()]);
    let phones = starts.iter().zip(ends);
    let phones =
        phones.map(|((name, from), to)| Phone { name: name.clone(), from: at(*from), to: at(to) }).collect();
    Ok(Utterance { samples: smooth, phones, told })
}

/// How much was cut from the beginning, in seconds: where both sounds fit on each other best.
fn cut(raw: &[f32], smooth: &[f32]) -> f64 {
    const STEP: usize = VOICE_RATE as usize / 1000;
    let envelope = |sound: &[f32]| {
        sound.chunks(STEP).map(|c| c.iter().map(|s| s.abs()).sum::<f32>()).collect::<Vec<_>>()
    };
    let (raw, smooth) = (envelope(raw), envelope(smooth));
    let fit = |shift: &usize| -> f32 { raw.iter().skip(*shift).zip(&smooth).map(|(a, b)| a * b).sum() };
    let best = (0..500.min(raw.len())).max_by(|a, b| fit(a).total_cmp(&fit(b))).unwrap_or(0);
    best as f64 / 1000.0
}
