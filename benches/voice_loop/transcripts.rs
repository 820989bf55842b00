//! Final transcripts: the time from an utterance to its text, ours and whisper.cpp's, by turns on the same clips.

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, bail};
use avatardesk::speech::recognize::{Cancel, Options, Outcome, Transcriber, transcribe};
use serde_json::json;

use crate::peer::{How, Peer};
use crate::support::clips::Clip;
use crate::support::figures::percentile;
use crate::support::told::{Saying, tokens};

/// How long people speak in these clips, in seconds.
const SPEECH_SECS: std::ops::RangeInclusive<f64> = 1.0..=6.0;
/// What the endpointer keeps before and behind the speech, in samples.
const PRE_ROLL: usize = 9_728;
const BEHIND: usize = 2_560;

/// A line of the table.
pub struct Compared {
    pub what: &'static str,
    clips: usize,
    /// Milliseconds, for each clip: ours, tuned, defaults.
    ms: [Vec<f64>; 3],
    /// Texts that are not those of the tuned one, and words that are wrong of so many; nothing of a model with random numbers.
    texts: Option<Texts>,
}

#[derive(Default)]
struct Texts {
    differ: usize,
    words: usize,
    /// Ours, tuned, defaults.
    wrong: [usize; 3],
}

impl Compared {
    /// Half of the clips take us at most this share of the tuned one's time, and of the defaults'.
    pub fn ratios(&self) -> (f64, f64) {
        let [ours, tuned, defaults] = &self.ms;
        let share = |theirs: &[f64]| {
            let permille = ours.iter().zip(theirs).map(|(ours, theirs)| (1_000.0 * ours / theirs) as u32);
            percentile(&permille.collect::<Vec<_>>(), 0.5)
                .map_or(f64::NAN, |share| f64::from(share) / 1_000.0)
        };
        (share(tuned), share(defaults))
    }

    pub fn json(&self) -> serde_json::Value {
        let [ours, tuned, defaults] = &self.ms;
        let (of_tuned, of_defaults) = self.ratios();
        let texts = self.texts.as_ref().map(|texts| {
            json!({ "differ_from_tuned": texts.differ, "words": texts.words, "wrong_ours_tuned_defaults": texts.wrong })
        });
        json!({
            "what": self.what, "clips": self.clips, "ours_ms": ours, "tuned_ms": tuned, "defaults_ms": defaults,
            "of_tuned": of_tuned, "of_defaults": of_defaults, "texts": texts
        })
    }
}

/// Transcribes each clip three times. `told`: the model has random numbers and is told the words.
pub fn compare(
    what: &'static str,
    program: &Path,
    file: &Path,
    ours: &mut dyn Transcriber,
    told: Option<&Saying>,
    clips: &[Clip],
) -> Result<Compared> {
    let mut tuned = Peer::start(program, file, How::Tuned)?;
    let mut defaults = Peer::start(program, file, How::Defaults)?;
    let options = Options { language: Some("en".into()), vocabulary: None };
    let clips: Vec<&Clip> = clips.iter().filter(|clip| SPEECH_SECS.contains(&clip.speech_secs())).collect();
    let mut compared = Compared { what, clips: clips.len(), ms: Default::default(), texts: None };
    let mut texts = Texts::default();
    // The first one warms up, and is not counted.
    for (n, clip) in clips.iter().take(1).chain(&clips).enumerate() {
        let samples = [vec![0.0; PRE_ROLL], clip.speech().to_vec(), vec![0.0; BEHIND]].concat();
        if let Some(saying) = told {
            saying.say(clip);
        }
        let bound = if told.is_some() { tokens(&clip.text) } else { 0 };
        let begun = Instant::now();
        let outcome = transcribe(ours, &samples, &options, &Cancel::default())?;
        let ours_ms = begun.elapsed().as_secs_f64() * 1_000.0;
        let text = match outcome {
            Outcome::Text(transcript) => transcript.text,
            Outcome::Nothing { why, .. } => bail!("nothing was heard of {:?}: {why:?}", clip.text),
        };
        let (tuned_ms, tuned_text) = tuned.transcribe(&samples, bound)?;
        let (defaults_ms, defaults_text) = defaults.transcribe(&samples, bound)?;
        if n == 0 {
            continue;
        }
        for (all, ms) in compared.ms.iter_mut().zip([ours_ms, tuned_ms, defaults_ms]) {
            all.push(ms);
        }
        texts.differ += usize::from(text != tuned_text);
        texts.words += clip.text.split(' ').count();
        for (wrong, text) in texts.wrong.iter_mut().zip([text, tuned_text, defaults_text]) {
            *wrong += wrong_words(&clip.text, &text);
        }
    }
    compared.texts = told.is_none().then_some(texts);
    Ok(compared)
}

/// Words to be changed, put in or left out.
fn wrong_words(said: &str, heard: &str) -> usize {
    let (said, heard): (Vec<_>, Vec<_>) = (said.split(' ').collect(), heard.split(' ').collect());
    let mut row: Vec<usize> = (0..=heard.len()).collect();
    for (n, word) in said.iter().enumerate() {
        let mut next = vec![n + 1];
        for (m, other) in heard.iter().enumerate() {
            let at = |row: &[usize], m: usize| row.get(m).copied().unwrap_or(usize::MAX - 1);
            let changed = at(&row, m) + usize::from(word != other);
            next.push(changed.min(at(&row, m + 1) + 1).min(at(&next, m) + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

/// Prints them.
pub fn print(lines: &[Compared]) {
    println!(
        "\nmilliseconds from an utterance of 1 to 6 s to its text, p50 and p95; the same clips by turns"
    );
    println!("\n| | clips | ours | whisper.cpp tuned | whisper.cpp's defaults | of tuned | of defaults |");
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for line in lines {
        let shown = |ms: &Vec<f64>| {
            let ms: Vec<u32> = ms.iter().map(|ms| ms.round() as u32).collect();
            let at = |share| percentile(&ms, share).unwrap_or_default();
            format!("{}, {}", at(0.5), at(0.95))
        };
        let (of_tuned, of_defaults) = line.ratios();
        let times = line.ms.each_ref().map(shown).join(" | ");
        println!("| {} | {} | {times} | {of_tuned:.2} | {of_defaults:.2} |", line.what, line.clips);
    }
    for texts in lines.iter().filter_map(|line| line.texts.as_ref()) {
        let [ours, tuned, defaults] = texts.wrong;
        println!(
            "\n{} texts differ from the tuned one's; of {} words wrong: ours {ours}, tuned {tuned}, defaults {defaults}",
            texts.differ, texts.words
        );
    }
}
