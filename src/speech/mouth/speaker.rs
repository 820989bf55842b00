//! The speaking thread: part by part, sentence by sentence, from text to samples in the sink's queue.

use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError};
use std::time::{Duration, Instant};

use super::engines::{Engine, can_be_spoken, engines};
use super::handle::{Shared, VoiceEvent, Work};
use crate::speech::audio::{VOICE_RATE, samples_in};
use crate::speech::clock::lock;
use crate::speech::playback::output::{NotQueued, VoiceWriter};
use crate::speech::playback::{PartKey, Played};
use crate::speech::resample::Resampler;
use crate::speech::tts::normalise::speakable;
use crate::speech::tts::sentences::{self, Piece};
use crate::speech::tts::smooth::{Levels, gap_after};
use crate::speech::tts::{Synthesizer, TtsError};
use crate::speech::visemes::{LipSlot, LipTrack};

/// How often a full sink is asked again.
const FULL_POLL: Duration = Duration::from_millis(20);
/// Silence after the last sentence of a part: the next part may follow at once.
const PART_GAP: Duration = Duration::from_millis(120);
/// Reading speed while nobody speaks, in characters per second: of letters, and of Chinese characters.
const LETTERS_PER_S: f32 = 15.0;
const HANZI_PER_S: f32 = 4.5;
/// A longer sentence is followed by its sound: 16 seconds, more than [`LipTrack`] takes.
const MAX_LIPS_SAMPLES: usize = 16 * VOICE_RATE as usize;
/// The longest silence in the place of a sentence.
const MAX_SILENCE: Duration = Duration::from_secs(30);

/// Runs until the handle is gone.
pub(super) fn run(shared: &Shared, queue: &Receiver<Work>, tell: &SyncSender<VoiceEvent>) {
    let mut levels = Levels::default();
    while let Ok(work) = queue.recv() {
        let key = work.part.key;
        // Made before the question, so that a stop after it is seen by the writer.
        let writer = shared.output.writer();
        let stopped = shared.generation.load(Ordering::SeqCst) != work.generation;
        if stopped || writer.begin(key).is_err() {
            say(tell, VoiceEvent::Interrupted { key, played: Played::default(), at: Instant::now() });
            continue;
        }
        let levels = &mut levels;
        let mut speaker = Speaker { shared, writer, tell, levels, problem_told: false, stood_in_told: false };
        // A stop is told by the sink, which knows how far the part had got.
        let _ = speaker.speak(&work);
    }
}

fn say(tell: &SyncSender<VoiceEvent>, event: VoiceEvent) {
    if let Err(TrySendError::Full(event)) = tell.try_send(event) {
        tracing::warn!(?event, "nobody takes the events of the voice");
    }
}

struct Speaker<'a> {
    shared: &'a Shared,
    writer: VoiceWriter,
    tell: &'a SyncSender<VoiceEvent>,
    levels: &'a mut Levels,
    problem_told: bool,
    stood_in_told: bool,
}

impl Speaker<'_> {
    fn speak(&mut self, work: &Work) -> Result<(), NotQueued> {
        let part = &work.part;
        let engines = engines(self.shared, &part.language);
        let mut pieces = sentences::split(&part.text).into_iter().peekable();
        while let Some(piece) = pieces.next() {
            let written = part.text.get(piece.bytes.clone()).unwrap_or_default();
            let text = speakable(written, &part.language);
            let lips = LipSlot::default();
            self.writer.sentence_with_lips(piece.chars.start, piece.chars.end, lips.clone())?;
            if can_be_spoken(&text)
                && let Err(problem) = self.by_any(&text, &engines, part.key, &lips)?
            {
                self.problem(part.key, &problem);
                self.silence(reading_time(written, &piece))?;
            }
            // With what is between this piece and the next, such as the end of a line.
            let next = pieces.peek().map(|next| piece.bytes.start..next.bytes.start);
            let gap = next.map_or(PART_GAP, |to_next| gap_after(part.text.get(to_next).unwrap_or(written)));
            self.silence(gap)?;
        }
        self.writer.end()
    }

    /// Speaks one sentence with the first engine that can. The inner error is the first engine's.
    fn by_any(
        &mut self,
        text: &str,
        engines: &[Engine],
        key: PartKey,
        lips: &LipSlot,
    ) -> Result<Result<(), TtsError>, NotQueued> {
        let mut failed: Option<TtsError> = None;
        for (i, engine) in engines.iter().enumerate() {
            let name = engine.synthesizer.name();
            // Where nobody else is left, the engine is tried each time.
            let last = i + 1 == engines.len();
            let ready = engine.synthesizer.is_ready(text, &engine.voice);
            if !last
                && !ready
                && let Some(why) = lock(&self.shared.rests).resting(name, Instant::now())
            {
                let resting = TtsError::Resting { program: name.to_owned(), why: why.to_owned() };
                failed.get_or_insert(resting);
                continue;
            }
            match self.sentence(engine, text, lips)? {
                Ok(()) => {
                    if !ready {
                        lock(&self.shared.rests).spoke(name);
                    }
                    if let Some(failed) = failed {
                        self.stood_in(key, name, &failed);
                    }
                    return Ok(Ok(()));
                }
                Err(problem) => {
                    if !last {
                        lock(&self.shared.rests).failed(name, problem.to_string(), Instant::now());
                    }
                    failed.get_or_insert(problem);
                }
            }
        }
        let none =
            || TtsError::Voice { setting: "engine".into(), why: "no engine speaks this language".into() };
        Ok(Err(failed.unwrap_or_else(none)))
    }

    /// Said once for each part.
    fn stood_in(&mut self, key: PartKey, by: &str, failed: &TtsError) {
        if !self.stood_in_told {
            self.stood_in_told = true;
            say(self.tell, VoiceEvent::StoodIn { key, by: by.to_owned(), why: failed.to_string() });
        }
    }

    /// Said once for each part.
    fn problem(&mut self, key: PartKey, problem: &TtsError) {
        if !self.problem_told {
            self.problem_told = true;
            say(self.tell, VoiceEvent::Problem { key, why: problem.to_string() });
        }
    }

    /// Speaks one sentence, as loud as every other. The inner error is the engine's.
    fn sentence(
        &mut self,
        engine: &Engine,
        text: &str,
        lips: &LipSlot,
    ) -> Result<Result<(), TtsError>, NotQueued> {
        let Engine { synthesizer, voice } = engine;
        let mut speech = match synthesizer.speak(text, voice) {
            Ok(speech) => speech,
            Err(e) => return Ok(Err(e)),
        };
        let who = format!(
            "{} {} {}",
            synthesizer.name(),
            voice.language,
            voice.name.as_deref().unwrap_or_default()
        );
        let mut smoother = self.levels.smoother(&who);
        let mut resampler: Option<(u32, Resampler)> = None;
        let mut sounded = false;
        // What is queued of the sentence, in which its phonemes are found.
        let mut queued: Vec<f32> = Vec::new();
        let broken = |why: String| TtsError::Failed { program: synthesizer.name().to_owned(), why };
        while let Some(piece) = speech.next() {
            let piece = match piece {
                Ok(piece) => piece,
                // What was spoken already is kept; the rest of the sentence is lost.
                Err(_) if sounded => break,
                Err(e) => return Ok(Err(e)),
            };
            let made = Instant::now();
            if resampler.as_ref().is_none_or(|(rate, _)| *rate != piece.rate) {
                match Resampler::new(piece.rate, VOICE_RATE) {
                    Ok(new) => resampler = Some((piece.rate, new)),
                    Err(e) => return Ok(Err(broken(e.to_string()))),
                }
            }
            let mut samples = Vec::with_capacity(piece.samples.len() * 3);
            if let Some((_, resampler)) = &mut resampler
                && let Err(e) = resampler.push(&piece.samples, &mut samples)
            {
                return Ok(Err(broken(e.to_string())));
            }
            sounded = true;
            let mut smooth = Vec::new();
            smoother.push(&samples, &mut smooth);
            remember(&smooth, &mut queued);
            self.queue(smooth, made)?;
        }
        let (mut samples, mut smooth) = (Vec::new(), Vec::new());
        if let Some((_, resampler)) = &mut resampler
            && resampler.finish(&mut samples).is_ok()
        {
            smoother.push(&samples, &mut smooth);
        }
        smoother.finish(&mut smooth);
        remember(&smooth, &mut queued);
        self.queue(smooth, Instant::now())?;
        if let Some(track) = speech.phonemes.get().and_then(|told| LipTrack::of(told, &queued, VOICE_RATE)) {
            // Another engine may have begun the sentence: its lips are the first.
            let _ = lips.set(track);
        }
        if let Some(level) = smoother.level_db() {
            self.levels.learn(&who, level);
        }
        Ok(if sounded { Ok(()) } else { Err(broken("it made no sound".into())) })
    }

    fn silence(&self, length: Duration) -> Result<(), NotQueued> {
        self.queue(vec![0.0; samples_in(length.min(MAX_SILENCE), VOICE_RATE)], Instant::now())
    }

    /// Queues samples; waits while the sink is full, which lasts no longer than it takes to play what is there.
    fn queue(&self, mut samples: Vec<f32>, made: Instant) -> Result<(), NotQueued> {
        loop {
            match self.writer.sound(samples, made) {
                Err(NotQueued::Full(back)) => {
                    samples = back;
                    std::thread::sleep(FULL_POLL);
                }
                other => return other,
            }
        }
    }
}

/// Keeps the beginning of a sentence.
fn remember(samples: &[f32], queued: &mut Vec<f32>) {
    let room = MAX_LIPS_SAMPLES.saturating_sub(queued.len());
    queued.extend(samples.iter().take(room));
}

/// How long somebody reads.
fn reading_time(text: &str, piece: &Piece) -> Duration {
    let hanzi = text.chars().filter(|c| matches!(c, '\u{3400}'..='\u{9fff}')).count();
    let letters = piece.chars.len().saturating_sub(hanzi);
    Duration::from_secs_f32(0.4 + hanzi as f32 / HANZI_PER_S + letters as f32 / LETTERS_PER_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_takes_longer_for_more() {
        let time = |text: &str| {
            let piece = Piece { bytes: 0..text.len(), chars: 0..text.chars().count() };
            reading_time(text, &piece).as_millis()
        };
        assert!(time("Hello") < time("Hello, how can I help you?"));
        assert!(time("你好请问您需要什么帮助") > 2_000);
    }
}
