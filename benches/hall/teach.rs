//! What the listening network is told about scenes that `training/hall/scenes.py` made: runs them through the real echo
//! canceller and detectors, and writes the facts of each frame beside them.
//!
//! Of a scene NAME there are `NAME.near` (16-bit samples at 16 kHz: what is said before the microphone), `NAME.far` (16-bit
//! at 48 kHz: what the avatar says; may be missing) and `NAME.room` (a line of numbers, see [`read_room`]). Written is
//! `NAME.facts`: 32-bit floats, [`FACTS`] of them for each frame.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use avatardesk::speech::echo::{BargeConfig, Cleaned};
use avatardesk::speech::room::{Hearing, Room, run_observed};
use avatardesk::speech::vad::{FRAME, SpeechDetector, VadConfig};
use avatardesk::speech::visitor::{FACTS, Facts, HeardFrame};

/// Writes the facts of all scenes in a folder that have none yet, one scene after the other on each processor.
pub fn run(folder: &Path) -> Result<()> {
    let mut scenes = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let near = entry?.path();
        if near.extension().is_some_and(|e| e == "near") && !near.with_extension("facts").exists() {
            scenes.push(near);
        }
    }
    let next = AtomicUsize::new(0);
    let work = || -> Result<()> {
        while let Some(near) = scenes.get(next.fetch_add(1, Ordering::Relaxed)) {
            one(near).with_context(|| format!("the scene {}", near.display()))?;
        }
        Ok(())
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| anyhow!("a worker panicked"))?)
    })?;
    println!("{} scenes", scenes.len());
    Ok(())
}

fn one(near: &Path) -> Result<()> {
    let room = read_room(&std::fs::read_to_string(near.with_extension("room"))?)?;
    let visitor = samples(near)?;
    let far = near.with_extension("far");
    let spoken = if far.exists() { samples(&far)? } else { Vec::new() };
    // Nobody interrupts: the avatar goes on to the end.
    let barge = BargeConfig { near_frames: usize::MAX, ..BargeConfig::default() };
    let hearing = Hearing { barge, ..Hearing::default() };
    let mut teller = Teller::default();
    run_observed(&room, &hearing, &spoken, &visitor, &mut |chunk| {
        teller.pending.extend(&chunk.streams);
        teller.tell(chunk.far_active);
    });
    std::fs::write(near.with_extension("facts"), &teller.written)?;
    Ok(())
}

/// Cuts streams into frames and writes their facts.
struct Teller {
    facts: Facts,
    linear: SpeechDetector,
    clean: SpeechDetector,
    pending: Cleaned,
    written: Vec<u8>,
}

impl Default for Teller {
    fn default() -> Self {
        let detector = || SpeechDetector::new(VadConfig::default());
        Self {
            facts: Facts::new(),
            linear: detector(),
            clean: detector(),
            pending: Cleaned::default(),
            written: Vec::new(),
        }
    }
}

impl Teller {
    fn tell(&mut self, far_active: bool) {
        let streams = &self.pending;
        let frames = |stream: &[f32]| stream.as_chunks::<FRAME>().0.to_vec();
        let (mic, linear, clean) = (frames(&streams.mic), frames(&streams.linear), frames(&streams.clean));
        for ((mic, linear), clean) in mic.iter().zip(&linear).zip(&clean) {
            let heard = HeardFrame {
                mic,
                linear,
                clean,
                linear_verdict: self.linear.push(linear),
                clean_verdict: self.clean.push(clean),
                far_active,
            };
            let facts: [f32; FACTS] = self.facts.push(&heard);
            self.written.extend(facts.iter().flat_map(|fact| fact.to_le_bytes()));
        }
        self.pending.drop_first(clean.len() * FRAME);
    }
}

fn samples(path: &Path) -> Result<Vec<f32>> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let (pairs, _) = bytes.as_chunks::<2>();
    Ok(pairs.iter().map(|pair| f32::from(i16::from_le_bytes(*pair)) / 32_768.0).collect())
}

/// The level of the echo (dB), its delay and its reverberation (ms), the level of the noise (dB), the room's seed.
fn read_room(line: &str) -> Result<Room> {
    let numbers: Vec<f32> = line.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    let [echo_db, delay_ms, reverberation_ms, noise_db, seed] = numbers[..] else {
        bail!("a room is five numbers, this has {}", numbers.len());
    };
    let time = |ms: f32| Duration::from_secs_f32(ms.max(0.0) / 1000.0);
    Ok(Room {
        echo_db,
        delay: time(delay_ms),
        reverberation: time(reverberation_ms),
        noise_db,
        seed: seed as u64,
    })
}
