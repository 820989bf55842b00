//! From a microphone to packets: noise out, a voice detector that says when somebody speaks, and the encoder.

use std::collections::VecDeque;

use super::codec::{CodecError, Encoder, HEARD_FRAME};
use super::denoise::Denoiser;
use super::packet::{FRAME_MS, Packet};
use crate::speech::audio::Chunk;
use crate::speech::vad::{FRAME, SpeechDetector, VadConfig};

/// Frames from before the voice was noticed that are sent with it: 160 ms, so that no first sound is lost.
const PRE_ROLL: usize = 8;
/// Of the last so many verdicts of the detector (16 ms each) this many have to be speech for a beginning.
const LATELY: usize = 5;
const BEGINS: usize = 3;
/// So long it goes on after the last speech, in frames: 400 ms, so that a pause between words is none.
const GOES_ON: u32 = 20;

/// One person's microphone, for as long as they pilot.
pub struct Talker {
    denoiser: Denoiser,
    detector: SpeechDetector,
    encoder: Box<dyn Encoder>,
    stream: u32,
    seq: u32,
    /// Frames that were captured: the time, also of those that nobody was to hear.
    captured: u32,
    /// The sample that comes next, unless something is left out.
    next_sample: u64,
    /// Samples for the next frame, and for the next look of the detector.
    frame: Vec<f32>,
    look: Vec<f32>,
    /// Frames that are sent if somebody turns out to speak, each with its number.
    before: VecDeque<(u32, Vec<f32>)>,
    lately: VecDeque<bool>,
    /// Somebody speaks: frames since they were last heard.
    speaking: Option<u32>,
    clean: Vec<f32>,
}

impl Talker {
    /// `stream` is random: it names this run to whoever listens.
    pub fn new(encoder: Box<dyn Encoder>, stream: u32) -> Self {
        Self {
            denoiser: Denoiser::default(),
            detector: SpeechDetector::new(VadConfig::default()),
            encoder,
            stream,
            seq: 0,
            captured: 0,
            next_sample: 0,
            frame: Vec::new(),
            look: Vec::new(),
            before: VecDeque::new(),
            lately: VecDeque::new(),
            speaking: None,
            clean: Vec::new(),
        }
    }

    /// Whether somebody speaks.
    pub fn is_speaking(&self) -> bool {
        self.speaking.is_some()
    }

    /// Takes what was captured, at 16 kHz, and appends what is to be sent.
    ///
    /// # Errors
    /// The encoder failed; what was captured is lost, and the next call may work.
    pub fn push(&mut self, chunk: &Chunk, out: &mut Vec<Packet>) -> Result<(), CodecError> {
        if chunk.first_sample != self.next_sample {
            // What lies between was lost, or not for anybody. Whoever listens measures by these times how regularly frames come.
            let frames = chunk.first_sample / HEARD_FRAME as u64;
            self.captured = u32::try_from(frames).unwrap_or(u32::MAX).max(self.captured);
        }
        self.next_sample = chunk.first_sample + chunk.samples.len() as u64;
        let mut clean = std::mem::take(&mut self.clean);
        clean.clear();
        self.denoiser.push(&chunk.samples, &mut clean);
        let mut done = Ok(());
        for piece in clean.chunks(HEARD_FRAME) {
            self.judge(piece);
            self.frame.extend_from_slice(piece);
            while self.frame.len() >= HEARD_FRAME {
                let rest = self.frame.split_off(HEARD_FRAME);
                let frame = std::mem::replace(&mut self.frame, rest);
                let sent = self.frame(frame, out);
                done = done.and(sent);
            }
        }
        self.clean = clean;
        done
    }

    /// Nothing more is to be heard: ends what is being said. What was kept back is forgotten.
    ///
    /// # Errors
    /// The encoder failed; the listener notices the end by itself then.
    pub fn hush(&mut self, out: &mut Vec<Packet>) -> Result<(), CodecError> {
        self.before.clear();
        self.lately.clear();
        self.frame.clear();
        if self.speaking.take().is_none() {
            return Ok(());
        }
        self.send(self.captured, &[0.0; HEARD_FRAME], (false, true), out)
    }

    fn judge(&mut self, piece: &[f32]) {
        self.look.extend_from_slice(piece);
        let (frames, _) = self.look.as_chunks::<FRAME>();
        let used = frames.len() * FRAME;
        for frame in frames {
            let speech = self.detector.push(frame).speech;
            if self.lately.len() >= LATELY {
                self.lately.pop_front();
            }
            self.lately.push_back(speech);
            if speech && let Some(quiet) = &mut self.speaking {
                *quiet = 0;
            }
        }
        self.look.drain(..used);
    }

    /// A whole frame is there.
    fn frame(&mut self, frame: Vec<f32>, out: &mut Vec<Packet>) -> Result<(), CodecError> {
        let number = self.captured;
        self.captured = self.captured.wrapping_add(1);
        match &mut self.speaking {
            None => {
                if self.before.len() >= PRE_ROLL {
                    self.before.pop_front();
                }
                self.before.push_back((number, frame));
                if self.lately.iter().filter(|speech| **speech).count() < BEGINS {
                    return Ok(());
                }
                self.speaking = Some(0);
                let kept = std::mem::take(&mut self.before);
                let mut first = true;
                kept.into_iter().try_for_each(|(number, frame)| {
                    let sent = self.send(number, &frame, (first, false), out);
                    first = false;
                    sent
                })
            }
            Some(quiet) => {
                *quiet += 1;
                let last = *quiet >= GOES_ON;
                if last {
                    self.speaking = None;
                    self.lately.clear();
                }
                self.send(number, &frame, (false, last), out)
            }
        }
    }

    fn send(
        &mut self,
        number: u32,
        frame: &[f32],
        (first, last): (bool, bool),
        out: &mut Vec<Packet>,
    ) -> Result<(), CodecError> {
        let payload = self.encoder.encode(frame)?;
        let (stream, seq, time_ms) = (self.stream, self.seq, number.wrapping_mul(FRAME_MS));
        self.seq = self.seq.wrapping_add(1);
        out.push(Packet { stream, seq, time_ms, first, last, payload });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::audio::SAMPLE_RATE;

    /// Keeps the loudest sample of each frame.
    pub struct Peaks;

    impl Encoder for Peaks {
        fn encode(&mut self, frame: &[f32]) -> Result<Vec<u8>, CodecError> {
            assert_eq!(frame.len(), HEARD_FRAME);
            let peak = frame.iter().fold(0.0f32, |m, s| m.max(s.abs()));
            Ok(vec![(peak * 255.0) as u8])
        }
    }

    /// The question that is shipped, with silence around it.
    fn question() -> Vec<f32> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/sounds/question-en.wav");
        let said = crate::speech::file::read(path.as_ref()).unwrap();
        let silence = vec![0.0; SAMPLE_RATE as usize];
        [&silence[..], &said, &silence, &silence].concat()
    }

    fn chunks(sound: &[f32], size: usize) -> impl Iterator<Item = Chunk> {
        sound.chunks(size).enumerate().map(move |(n, samples)| Chunk {
            samples: samples.to_vec(),
            first_sample: (n * size) as u64,
            captured_at: std::time::Instant::now(),
        })
    }

    #[test]
    fn times_go_on_while_nobody_is_to_hear() {
        let (mut talker, mut out) = (Talker::new(Box::new(Peaks), 7), Vec::new());
        let sound = question();
        chunks(&sound, 320).for_each(|chunk| talker.push(&chunk, &mut out).unwrap());
        let (seq, time_ms) = (out.last().unwrap().seq, out.last().unwrap().time_ms);
        out.clear();
        for chunk in chunks(&sound, 320) {
            let later = chunk.first_sample + 10 * u64::from(SAMPLE_RATE);
            talker.push(&Chunk { first_sample: later, ..chunk }, &mut out).unwrap();
        }
        assert_eq!(out[0].seq, seq + 1);
        // Ten seconds later the same sound begins once more, where it was loud for the first time.
        assert!(
            (10_000..12_000).contains(&out[0].time_ms) && out[0].time_ms > time_ms,
            "{} ms",
            out[0].time_ms
        );
    }

    #[test]
    fn only_speech_is_sent_and_all_of_it() {
        let (mut talker, mut out) = (Talker::new(Box::new(Peaks), 7), Vec::new());
        let sound = question();
        chunks(&sound, 333).for_each(|chunk| talker.push(&chunk, &mut out).unwrap());
        let loud = |frame: &&[f32]| frame.iter().any(|s| s.abs() > 0.1);
        let spoken = sound.chunks(HEARD_FRAME).filter(loud).count();
        let frames = sound.len() / HEARD_FRAME;
        assert!(out.len() > spoken && out.len() < frames * 3 / 4, "{} of {frames}, {spoken} loud", out.len());
        let sent = |n: usize| out.iter().any(|packet| packet.time_ms == n as u32 * FRAME_MS);
        let missed =
            sound.chunks(HEARD_FRAME).enumerate().filter(|(n, frame)| loud(frame) && !sent(*n)).count();
        assert_eq!(missed, 0, "of {spoken}");
        assert!(out.iter().any(|packet| packet.payload[0] > 50), "and it can be heard");
        assert!(out.iter().enumerate().all(|(n, packet)| packet.seq == n as u32 && packet.stream == 7));
        assert!(out.is_sorted_by(|a, b| a.time_ms < b.time_ms));
        assert!(out[0].first && out.last().unwrap().last && !talker.is_speaking());
        let (firsts, lasts) = (out.iter().filter(|p| p.first).count(), out.iter().filter(|p| p.last).count());
        assert_eq!(firsts, lasts);
        // It begins before the first loud frame.
        let begins = sound.chunks(HEARD_FRAME).position(|f| loud(&f)).unwrap() as u32 * FRAME_MS;
        assert!(out[0].time_ms <= begins, "{} ms, {begins} ms", out[0].time_ms);
    }

    #[test]
    fn silence_is_not_sent_and_a_hush_ends_it() {
        let (mut talker, mut out) = (Talker::new(Box::new(Peaks), 7), Vec::new());
        chunks(&vec![0.0; 32_000], 320).for_each(|chunk| talker.push(&chunk, &mut out).unwrap());
        talker.hush(&mut out).unwrap();
        assert!(out.is_empty());
        for chunk in chunks(&question(), 320) {
            // Two seconds were heard before.
            talker.push(&Chunk { first_sample: chunk.first_sample + 32_000, ..chunk }, &mut out).unwrap();
            if out.len() > 20 {
                break;
            }
        }
        talker.hush(&mut out).unwrap();
        assert!(out.last().unwrap().last && !talker.is_speaking());
        let count = out.len();
        talker.hush(&mut out).unwrap();
        assert_eq!(out.len(), count, "once");
    }
}
