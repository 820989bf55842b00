//! The state machine that finds utterances.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::config::{EndpointConfig, Mode, frames};
use super::finish::Finish;
use super::notes::{Note, enough_speech, quietest};
use super::utterance::{EndedBy, Heard, Utterance};
use crate::speech::vad::{FRAME, FRAME_MS, FrameVerdict};

/// Frames with a pitch that an onset needs.
const MIN_VOICED_ONSET: usize = 2;
/// Frames without speech that an onset may have in it.
const MAX_STUTTER_FRAMES: usize = 2;

/// An utterance that is being heard. Its samples are always whole frames, one note for each.
struct Current {
    id: u64,
    samples: Vec<f32>,
    notes: Vec<Note>,
    started: Instant,
    last_speech: Instant,
    /// Frames up to the last one with speech.
    speech_end: usize,
    /// Frames in the last offer, if it still holds.
    offered: Option<usize>,
    /// What the words of the last offer say, as soon as they are known.
    finish: Finish,
    /// Frames of speech since it was shown last.
    unseen: usize,
    by_button: bool,
    /// Frames left after the button was released.
    grace: Option<usize>,
    continues: bool,
}

/// Finds utterances. See [`EndpointConfig`] for the times.
pub struct Endpointer {
    config: EndpointConfig,
    mode: Mode,
    muted: bool,
    /// The button was let go: muted as soon as its utterance is over.
    closing: bool,
    held: bool,
    /// The next frame begins an utterance.
    urged: bool,
    /// The latest sound while nobody speaks, whole frames.
    past: VecDeque<f32>,
    past_notes: VecDeque<Note>,
    /// Frames of speech that may be an onset; falls again without speech.
    onset: usize,
    current: Option<Current>,
    next_id: u64,
}

impl Endpointer {
    pub fn new(config: EndpointConfig, mode: Mode) -> Self {
        Self {
            config: config.bounded(),
            mode,
            muted: false,
            closing: false,
            held: false,
            urged: false,
            past: VecDeque::new(),
            past_notes: VecDeque::new(),
            onset: 0,
            current: None,
            next_id: 1,
        }
    }

    /// Whether an utterance is being heard.
    pub fn hearing(&self) -> bool {
        self.current.is_some()
    }

    /// Whether an utterance could begin now.
    pub fn may_begin(&self) -> bool {
        !self.muted && self.current.is_none()
    }

    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Changes the mode. What is being heard is dropped.
    pub fn set_mode(&mut self, mode: Mode, out: &mut Vec<Heard>) {
        if mode != self.mode {
            self.drop_current(out);
            self.urged = false;
            self.mode = mode;
        }
    }

    /// Mutes or opens the ears. Muting drops what is being heard, and nothing from before is kept for later.
    pub fn set_muted(&mut self, muted: bool, out: &mut Vec<Heard>) {
        // First: what was closing may be told to stay open.
        self.closing = false;
        if muted {
            self.drop_current(out);
            self.forget_past();
        }
        self.muted = muted;
    }

    /// The button came up, and nothing is to be heard after it: its utterance is finished with its grace, and then the ears
    /// are muted. Without such an utterance they are muted at once.
    pub fn release_and_mute(&mut self, out: &mut Vec<Heard>) {
        if self.current.as_ref().is_some_and(|current| current.by_button) {
            self.release();
            self.closing = true;
        } else {
            self.set_muted(true, out);
        }
    }

    /// While held back no utterance begins by itself; what is heard is kept for the pre-roll, and the button works.
    pub fn hold(&mut self, held: bool) {
        self.held = held;
    }

    /// Somebody else is sure that there is speech: the next frame begins an utterance, held back or not. Muted ears are not
    /// urged: the wish would outlive the muting.
    pub fn urge(&mut self) {
        self.urged = self.may_begin();
    }

    /// The button went down at `at`.
    pub fn press(&mut self, at: Instant, out: &mut Vec<Heard>) {
        if self.muted || self.mode != Mode::PushToTalk {
            return;
        }
        match &mut self.current {
            // Pressed again within the grace: it goes on.
            Some(current) => current.grace = None,
            None => {
                let id = self.begin(frames(self.config.button_pre_roll_ms), at, true);
                out.push(Heard::SpeechStarted { id, at });
            }
        }
    }

    /// The button came up.
    pub fn release(&mut self) {
        if let Some(current) = &mut self.current
            && current.by_button
        {
            current.grace.get_or_insert(frames(self.config.button_grace_ms));
        }
    }

    /// The words of the last offer of utterance `id` are known, and this is what they say: the pause that ends it is longer
    /// or shorter from now on. It has no effect when speech has gone on since.
    pub fn expect(&mut self, id: u64, finish: Finish) {
        if let Some(current) = &mut self.current
            && current.id == id
            && current.offered.is_some()
        {
            current.finish = finish;
        }
    }

    /// The source ended: what is being heard is complete.
    pub fn finish(&mut self, at: Instant, out: &mut Vec<Heard>) {
        self.end(EndedBy::SourceEnded, at, out);
        self.forget_past();
    }

    /// Sound was lost: an utterance that spans a gap of this many samples would be wrong.
    pub fn gap(&mut self, out: &mut Vec<Heard>) {
        self.drop_current(out);
        self.forget_past();
    }

    /// Takes the next frame; `at` is when its last sample was captured.
    pub fn push(&mut self, frame: &[f32; FRAME], verdict: FrameVerdict, at: Instant, out: &mut Vec<Heard>) {
        if self.muted {
            return;
        }
        let note = Note {
            level_db: verdict.level_db,
            speech: verdict.speech,
            voiced: verdict.speech && verdict.voiced,
        };
        match &mut self.current {
            None => self.push_idle(frame, note, at, out),
            Some(current) => {
                current.samples.extend_from_slice(frame);
                current.notes.push(note);
                if note.speech {
                    current.speech_end = current.notes.len();
                    current.last_speech = at;
                    current.unseen += 1;
                }
                self.judge(at, out);
            }
        }
    }

    fn push_idle(&mut self, frame: &[f32; FRAME], note: Note, at: Instant, out: &mut Vec<Heard>) {
        self.past.extend(frame);
        self.past_notes.push_back(note);
        let onset_needed = frames(self.config.onset_ms);
        // Room for an onset that stutters: twice its length.
        let keep = frames(self.config.pre_roll_ms.max(self.config.button_pre_roll_ms)) + 2 * onset_needed;
        while self.past_notes.len() > keep {
            self.past_notes.pop_front();
            self.past.drain(..FRAME.min(self.past.len()));
        }
        let urged = std::mem::take(&mut self.urged);
        if self.mode == Mode::PushToTalk {
            return;
        }
        // Bounded, or what was held back for long would begin an utterance long after it was over.
        self.onset =
            if note.speech { (self.onset + 1).min(2 * onset_needed) } else { self.onset.saturating_sub(1) };
        if urged || (self.onset >= onset_needed && !self.held) {
            // Noise may pass for speech for a moment, but it has no pitch.
            let voiced = self.past_notes.iter().rev().take(2 * onset_needed).filter(|n| n.voiced).count();
            if voiced < MIN_VOICED_ONSET && !urged {
                return;
            }
            // Speech began where the run of speech began, at most the whole past ago.
            let mut run = onset_needed;
            for (i, note) in self.past_notes.iter().rev().enumerate() {
                if note.speech {
                    run = i + 1;
                } else if i >= run + MAX_STUTTER_FRAMES {
                    break;
                }
            }
            let since = Duration::from_millis(u64::from(FRAME_MS) * run as u64);
            let started = at.checked_sub(since).unwrap_or(at);
            let id = self.begin(run + frames(self.config.pre_roll_ms), started, false);
            if let Some(current) = &mut self.current {
                current.last_speech = at;
            }
            out.push(Heard::SpeechStarted { id, at: started });
        }
    }

    /// Begins an utterance with at most `keep` frames of the past.
    fn begin(&mut self, keep: usize, started: Instant, by_button: bool) -> u64 {
        let id = self.take_id();
        let surplus = self.past_notes.len().saturating_sub(keep);
        let notes: Vec<Note> = self.past_notes.drain(..).skip(surplus).collect();
        let samples: Vec<f32> = self.past.drain(..).skip(surplus * FRAME).collect();
        let speech_end = notes.iter().rposition(|n| n.speech).map_or(0, |i| i + 1);
        let unseen = notes.iter().filter(|n| n.speech).count();
        self.onset = 0;
        self.current = Some(Current {
            id,
            samples,
            notes,
            started,
            last_speech: started,
            speech_end,
            offered: None,
            finish: Finish::Unknown,
            unseen,
            by_button,
            grace: None,
            continues: false,
        });
        id
    }

    fn take_id(&mut self) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }

    fn judge(&mut self, at: Instant, out: &mut Vec<Heard>) {
        let Some(current) = &mut self.current else { return };
        if let Some(offered) = current.offered
            && current.speech_end > offered
        {
            current.offered = None;
            current.finish = Finish::Unknown;
            out.push(Heard::Resumed { id: current.id });
        }
        if let Some(grace) = &mut current.grace {
            if *grace == 0 {
                return self.end(EndedBy::Release, at, out);
            }
            *grace -= 1;
        }
        let silent = current.notes.len() - current.speech_end;
        if !current.by_button {
            if silent >= frames(current.finish.pause_ms(&self.config)) {
                return self.end(EndedBy::Pause, at, out);
            }
            let early = frames(self.config.early_ms);
            if silent >= early
                && early < frames(self.config.pause_ms)
                && current.offered.is_none()
                && enough_speech(&current.notes, &self.config)
            {
                current.offered = Some(current.notes.len());
                let samples = current.samples.clone();
                out.push(Heard::Offer(utterance(current, samples, at, EndedBy::Pause)));
            }
        }
        let peek = frames(self.config.peek_ms);
        if peek > 0 && current.unseen >= peek && enough_speech(&current.notes, &self.config) {
            current.unseen = 0;
            let samples = current.samples.clone();
            out.push(Heard::Peek(utterance(current, samples, at, EndedBy::Pause)));
        }
        if current.notes.len() >= (self.config.max_ms / FRAME_MS) as usize {
            self.split(at, out);
        }
    }

    /// Cuts at the quietest place; the rest becomes the next utterance.
    fn split(&mut self, at: Instant, out: &mut Vec<Heard>) {
        let Some(mut current) = self.current.take() else { return };
        let cut = quietest(&current.notes);
        let rest_samples = current.samples.split_off((cut * FRAME).min(current.samples.len()));
        let rest_notes = current.notes.split_off(cut.min(current.notes.len()));
        let behind = Duration::from_millis(u64::from(FRAME_MS) * rest_notes.len() as u64);
        let cut_at = at.checked_sub(behind).unwrap_or(at);
        let id = self.take_id();
        let next = Current {
            id,
            speech_end: rest_notes.iter().rposition(|n| n.speech).map_or(0, |i| i + 1),
            samples: rest_samples,
            notes: rest_notes,
            started: cut_at,
            last_speech: current.last_speech,
            offered: None,
            finish: Finish::Unknown,
            unseen: 0,
            by_button: current.by_button,
            grace: current.grace,
            continues: true,
        };
        if current.offered.is_some() {
            out.push(Heard::Resumed { id: current.id });
            current.offered = None;
        }
        current.last_speech = current.last_speech.min(cut_at);
        self.current = Some(next);
        complete(current, &self.config, EndedBy::Split, at, out);
    }

    fn end(&mut self, ended_by: EndedBy, at: Instant, out: &mut Vec<Heard>) {
        if let Some(current) = self.current.take() {
            complete(current, &self.config, ended_by, at, out);
        }
        self.over();
    }

    fn drop_current(&mut self, out: &mut Vec<Heard>) {
        if let Some(current) = self.current.take() {
            out.push(Heard::Nothing { id: current.id, by_button: current.by_button });
        }
        self.over();
    }

    /// No utterance is being heard any more.
    fn over(&mut self) {
        self.onset = 0;
        if std::mem::take(&mut self.closing) {
            self.muted = true;
            self.forget_past();
        }
    }

    fn forget_past(&mut self) {
        self.past.clear();
        self.past_notes.clear();
        self.onset = 0;
        self.urged = false;
    }
}

fn complete(
    mut current: Current,
    config: &EndpointConfig,
    ended_by: EndedBy,
    at: Instant,
    out: &mut Vec<Heard>,
) {
    if !enough_speech(&current.notes, config) {
        out.push(Heard::Nothing { id: current.id, by_button: current.by_button });
        return;
    }
    let offered = current.offered.is_some();
    let samples = if offered {
        Vec::new()
    } else {
        // No more silence at the end than an early offer has.
        let keep = (current.speech_end + frames(config.early_ms)).min(current.notes.len());
        current.samples.truncate(keep * FRAME);
        std::mem::take(&mut current.samples)
    };
    out.push(Heard::Complete { utterance: utterance(&current, samples, at, ended_by), offered });
}

fn utterance(current: &Current, samples: Vec<f32>, decided: Instant, ended_by: EndedBy) -> Utterance {
    Utterance {
        id: current.id,
        samples,
        started: current.started,
        ended: current.last_speech,
        decided,
        ended_by,
        continues: current.continues,
    }
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
