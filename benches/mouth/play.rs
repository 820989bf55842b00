//! Plays sentences through the product's queue and mouth, on a clock of its own: a device that takes uneven blocks, and frames
//! that are drawn 60 times a second.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use avatardesk::speech::audio::VOICE_RATE;
use avatardesk::speech::mouth::Follower;
use avatardesk::speech::playback::{PartKey, VoiceOutput};
use avatardesk::speech::visemes::{LipSlot, LipTrack, MouthShape};

/// What is broken on purpose, to see that the figures show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Spoil {
    /// The mouth comes 200 ms late.
    Late,
    /// It never quite shuts.
    Ajar,
}

/// Frames a second, and how long before it is heard a block is asked for.
const FRAMES: u32 = 60;
const AHEAD: Duration = Duration::from_millis(20);
/// The device's clock runs so much slower than the computer's, as a share.
const SKEW: f64 = 1e-4;
const LATE: f64 = 0.2;
const AJAR: f32 = 0.3;

/// The mouth, and the samples that were played, from the same beginning.
#[derive(Default)]
pub struct Watched {
    pub played: Vec<f32>,
    /// When each frame was shown, in seconds of the sound.
    pub frames: Vec<(f64, MouthShape)>,
}

impl Watched {
    /// The shape of the frame that is shown at this second of the sound.
    pub fn at(&self, second: f64) -> MouthShape {
        let after = self.frames.partition_point(|(at, _)| *at <= second);
        after.checked_sub(1).and_then(|i| self.frames.get(i)).map(|(_, shape)| *shape).unwrap_or_default()
    }
}

/// A sink with a mouth in front of it.
pub struct Stage {
    output: VoiceOutput,
    follower: Follower,
    start: Instant,
    samples: u64,
    frames: u32,
    blocks: usize,
    spoil: Option<Spoil>,
    pub watched: Watched,
    /// Whether what was played is kept.
    pub keep: bool,
}

impl Stage {
    pub fn new(spoil: Option<Spoil>) -> Self {
        Self {
            output: VoiceOutput::default(),
            follower: Follower::default(),
            start: Instant::now(),
            samples: 0,
            frames: 0,
            blocks: 0,
            spoil,
            watched: Watched::default(),
            keep: true,
        }
    }

    /// Seconds of sound so far.
    pub fn now(&self) -> f64 {
        self.samples as f64 / f64::from(VOICE_RATE)
    }

    /// Queues a sentence, with its phonemes where they are told.
    pub fn say(&self, samples: &[f32], told: Option<&[String]>) -> Result<()> {
        let slot = LipSlot::default();
        if let Some(track) = told.and_then(|told| LipTrack::of(told, samples, VOICE_RATE)) {
            slot.set(track).map_err(|_| anyhow!("the lips were known already"))?;
        }
        let writer = self.output.writer();
        let full = |_| anyhow!("the queue is full");
        writer.begin(PartKey { answer: 1, part: 1 }).map_err(full)?;
        writer.sentence_with_lips(0, 10, slot).map_err(full)?;
        writer.sound(samples.to_vec(), Instant::now()).map_err(full)?;
        writer.end().map_err(full)
    }

    pub fn stop(&self) {
        self.output.stop();
    }

    /// Lets time pass.
    pub fn run(&mut self, seconds: f64) {
        let until = self.now() + seconds;
        while self.now() < until {
            // What devices ask for: 5 to 21 ms.
            let size = [480, 256, 1024, 441, 512].into_iter().cycle().nth(self.blocks % 5).unwrap_or(480);
            self.blocks += 1;
            let mut block = vec![0.0; size];
            let heard = self.start + Duration::from_secs_f64(self.now() * (1.0 + SKEW));
            self.output.render(&mut block, heard);
            self.samples += size as u64;
            if self.keep {
                self.watched.played.extend(block);
            }
            while self.start + Duration::from_secs(1) * self.frames / FRAMES + AHEAD
                <= self.start + Duration::from_secs_f64(self.now() * (1.0 + SKEW))
            {
                let shown = Duration::from_secs(1) * self.frames / FRAMES;
                let shape = self.follower.shape(&self.output, self.start + shown);
                self.frames += 1;
                self.keep_frame(shown.as_secs_f64() / (1.0 + SKEW), shape);
            }
        }
    }

    fn keep_frame(&mut self, at: f64, mut shape: MouthShape) {
        match self.spoil {
            Some(Spoil::Late) => return self.watched.frames.push((at + LATE, shape)),
            Some(Spoil::Ajar) if shape.open < AJAR => {
                shape.aa += AJAR - shape.open;
                shape.open = AJAR;
            }
            _ => {}
        }
        self.watched.frames.push((at, shape));
    }
}
