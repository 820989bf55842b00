//! The speaking thread: part by part, sentence by sentence, from text to samples in the sink's queue.

use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError};
use std::time::{Duration, Instant};

use super::handle::{LanguageVoice, Shared, VoiceEvent, Work};
use crate::speech::audio::{VOICE_RATE, samples_in};
use crate::speech::clock::lock;
use crate::speech::playback::output::{NotQueued, VoiceWriter};
use crate::speech::playback::{PartKey, Played};
use crate::speech::resample::Resampler;
use crate::speech::tts::normalise::speakable;
use crate::speech::tts::sentences::{self, Piece};
use crate::speech::tts::{Synthesizer, TtsError, Voice};

/// How often a full sink is asked again.
const FULL_POLL: Duration = Duration::from_millis(20);
/// Silence between two sentences.
const SENTENCE_GAP: Duration = Duration::from_millis(180);
/// Reading speed while nobody speaks, in characters per second: of letters, and of Chinese characters.
const LETTERS_PER_S: f32 = 15.0;
const HANZI_PER_S: f32 = 4.5;
/// The longest silence in the place of a sentence.
const MAX_SILENCE: Duration = Duration::from_secs(30);

/// Runs until the handle is gone.
pub(super) fn run(
    synthesizer: &dyn Synthesizer,
    shared: &Shared,
    queue: &Receiver<Work>,
    tell: &SyncSender<VoiceEvent>,
) {
    while let Ok(work) = queue.recv() {
        let key = work.part.key;
        // Made before the question, so that a stop after it is seen by the writer.
        let writer = shared.output.writer();
        let stopped = shared.generation.load(Ordering::SeqCst) != work.generation;
        if stopped || writer.begin(key).is_err() {
            say(tell, VoiceEvent::Interrupted { key, played: Played::default(), at: Instant::now() });
            continue;
        }
        let mut speaker = Speaker { synthesizer, writer, tell, problem_told: false, given_up: false };
        // A stop is told by the sink, which knows how far the part had got.
        let _ = speaker.speak(&work, shared);
    }
}

fn say(tell: &SyncSender<VoiceEvent>, event: VoiceEvent) {
    if let Err(TrySendError::Full(event)) = tell.try_send(event) {
        tracing::warn!(?event, "nobody takes the events of the voice");
    }
}

struct Speaker<'a> {
    synthesizer: &'a dyn Synthesizer,
    writer: VoiceWriter,
    tell: &'a SyncSender<VoiceEvent>,
    problem_told: bool,
    /// The language's own engine has failed in this part: the next one tries it again.
    given_up: bool,
}

impl Speaker<'_> {
    fn speak(&mut self, work: &Work, shared: &Shared) -> Result<(), NotQueued> {
        let part = &work.part;
        let chosen = lock(&shared.config).voices.get(&part.language).cloned();
        let chosen =
            chosen.unwrap_or_else(|| LanguageVoice { voice: Voice::of(&part.language), engine: None });
        let pieces = sentences::split(&part.text);
        let count = pieces.len();
        for (i, piece) in pieces.into_iter().enumerate() {
            let written = part.text.get(piece.bytes.clone()).unwrap_or_default();
            let text = speakable(written, &part.language);
            self.writer.sentence(piece.chars.start, piece.chars.end)?;
            if let Err(problem) = self.by_any(&text, &chosen, part.key)? {
                self.problem(part.key, &problem);
                self.silence(reading_time(written, &piece))?;
            }
            if i + 1 < count {
                self.silence(SENTENCE_GAP)?;
            }
        }
        self.writer.end()
    }

    /// Speaks one sentence with the language's own engine, or with the usual one where that fails.
    fn by_any(
        &mut self,
        text: &str,
        chosen: &LanguageVoice,
        key: PartKey,
    ) -> Result<Result<(), TtsError>, NotQueued> {
        let Some(own) = &chosen.engine else {
            return self.sentence(self.synthesizer, text, &chosen.voice);
        };
        if !self.given_up {
            match self.sentence(own.as_ref(), text, &chosen.voice)? {
                Ok(()) => return Ok(Ok(())),
                Err(problem) => say(self.tell, VoiceEvent::StoodIn { key, why: problem.to_string() }),
            }
            self.given_up = true;
        }
        // One engine's name of a voice means nothing to another one.
        let voice = Voice { name: None, ..chosen.voice.clone() };
        self.sentence(self.synthesizer, text, &voice)
    }

    /// Said once for each part.
    fn problem(&mut self, key: PartKey, problem: &TtsError) {
        if !self.problem_told {
            self.problem_told = true;
            say(self.tell, VoiceEvent::Problem { key, why: problem.to_string() });
        }
    }

    /// Speaks one sentence. The inner error is the synthesiser's.
    fn sentence(
        &self,
        synthesizer: &dyn Synthesizer,
        text: &str,
        voice: &Voice,
    ) -> Result<Result<(), TtsError>, NotQueued> {
        if !text.chars().any(char::is_alphanumeric) {
            return Ok(Ok(()));
        }
        let mut speech = match synthesizer.speak(text, voice) {
            Ok(speech) => speech,
            Err(e) => return Ok(Err(e)),
        };
        let mut resampler: Option<(u32, Resampler)> = None;
        let mut sounded = false;
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
            self.queue(samples, made)?;
        }
        let mut samples = Vec::new();
        if let Some((_, resampler)) = &mut resampler
            && resampler.finish(&mut samples).is_ok()
        {
            self.queue(samples, Instant::now())?;
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
