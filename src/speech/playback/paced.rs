//! A loudspeaker made of time: plays into nothing, or into a recording, at the pace of a clock.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::output::{BLOCK_SAMPLES, Playback, PlaybackError, PlaybackStatus, VoiceOutput, block_time};
use crate::speech::audio::VOICE_RATE;
use crate::speech::clock::{Clock, SystemClock, lock};

/// Blocks are rendered so long before they are heard, as a device with a buffer asks for them.
const AHEAD: Duration = Duration::from_millis(20);

/// The longest recording: ten minutes.
pub const MAX_RECORDED_SAMPLES: usize = 600 * VOICE_RATE as usize;

/// Everything that was played, silence included.
#[derive(Debug, Clone, PartialEq)]
pub struct PlayedRecording {
    /// Mono samples at [`VOICE_RATE`].
    pub samples: Vec<f32>,
    /// When the first of them was played.
    pub started: Instant,
}

/// The sink.
pub struct PacedPlayback {
    output: VoiceOutput,
    /// A mutex, since the thread appends a block and whoever asks copies.
    recording: Arc<Mutex<Option<PlayedRecording>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl PacedPlayback {
    /// Plays in real time; `record` keeps what is played, up to [`MAX_RECORDED_SAMPLES`].
    pub fn start(record: bool) -> Result<Self, PlaybackError> {
        Self::with_clock(Arc::new(SystemClock), record)
    }

    /// Plays at the pace of a clock.
    pub fn with_clock(clock: Arc<dyn Clock>, record: bool) -> Result<Self, PlaybackError> {
        let output = VoiceOutput::default();
        output.set_status(PlaybackStatus::Playing {
            device: if record { "a recording".into() } else { "nothing, in real time".into() },
        });
        let started = clock.now();
        let recording =
            Arc::new(Mutex::new(record.then(|| PlayedRecording { samples: Vec::new(), started })));
        let stop = Arc::new(AtomicBool::new(false));
        let thread = std::thread::Builder::new().name("speech-paced-playback".into()).spawn({
            let (output, recording, stop) = (output.clone(), Arc::clone(&recording), Arc::clone(&stop));
            move || {
                let mut blocks = 0;
                let mut block = [0.0; BLOCK_SAMPLES];
                while !stop.load(Ordering::Relaxed) {
                    let at = block_time(started, blocks);
                    clock.wait_until(at.checked_sub(AHEAD).unwrap_or(at));
                    // A thread that was held up plays late, as a device would.
                    output.render(&mut block, at.max(clock.now()));
                    blocks += 1;
                    if let Some(recording) = lock(&recording).as_mut()
                        && recording.samples.len() < MAX_RECORDED_SAMPLES
                    {
                        recording.samples.extend_from_slice(&block);
                    }
                }
            }
        })?;
        Ok(Self { output, recording, stop, thread: Some(thread) })
    }

    /// What was played so far, when it is recorded.
    pub fn recording(&self) -> Option<PlayedRecording> {
        lock(&self.recording).clone()
    }

    /// A handle to the recording that outlives this value: for when a voice owns the sink.
    pub fn recorder(&self) -> Recorder {
        Recorder(Arc::clone(&self.recording))
    }
}

/// Asks for what a sink has played.
#[derive(Clone)]
pub struct Recorder(Arc<Mutex<Option<PlayedRecording>>>);

impl Recorder {
    /// See [`PacedPlayback::recording`].
    pub fn recording(&self) -> Option<PlayedRecording> {
        lock(&self.0).clone()
    }
}

impl Playback for PacedPlayback {
    fn output(&self) -> VoiceOutput {
        self.output.clone()
    }
}

impl Drop for PacedPlayback {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the playback thread panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::playback::queue::{PartKey, PlayEvent};

    /// Waits for an event; the sink's own clock decides when it comes.
    fn wait_for(output: &VoiceOutput, wanted: impl Fn(&PlayEvent) -> bool) -> PlayEvent {
        let limit = Instant::now() + Duration::from_secs(20);
        while Instant::now() < limit {
            match output.next_event() {
                Some(event) if wanted(&event) => return event,
                Some(_) => {}
                None => std::thread::yield_now(),
            }
        }
        panic!("the event did not come");
    }

    #[test]
    fn what_is_said_is_played_in_real_time_and_recorded() {
        let sink = PacedPlayback::start(true).unwrap();
        let output = sink.output();
        let key = PartKey { answer: 1, part: 1 };
        let writer = output.writer();
        writer.begin(key).unwrap();
        writer.sound(vec![0.5; VOICE_RATE as usize / 4], Instant::now()).unwrap();
        writer.end().unwrap();
        let begun = Instant::now();
        let PlayEvent::Started { played, .. } = wait_for(&output, |e| matches!(e, PlayEvent::Started { .. }))
        else {
            panic!()
        };
        wait_for(&output, |e| matches!(e, PlayEvent::Finished { .. }));
        assert!(begun.elapsed() >= Duration::from_millis(200), "faster than real time");
        let recording = sink.recording().unwrap();
        let first = recording.samples.iter().position(|s| *s != 0.0).unwrap();
        let at = recording.started + crate::speech::audio::duration_of(first as u64, VOICE_RATE);
        let off = if at > played { at - played } else { played - at };
        assert!(off < Duration::from_millis(10), "the recording and the event differ by {off:?}");
        assert_eq!(recording.samples.iter().filter(|s| **s == 0.5).count(), VOICE_RATE as usize / 4);
    }
}
