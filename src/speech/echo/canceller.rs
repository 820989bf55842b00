//! Takes what the loudspeaker plays and steady noise out of what the microphone hears: WebRTC's third echo canceller and
//! its noise suppressor, both in Rust (`sonora-aec3`, `sonora-ns`).
//!
//! Delay between loudspeaker and microphone is found by the canceller itself, up to about half a second.

use sonora_aec3::block::Block;
use sonora_aec3::block_processor::BlockProcessor;
use sonora_aec3::config::EchoCanceller3Config;
use sonora_ns::config::{NS_FRAME_SIZE, SuppressionLevel};
use sonora_ns::noise_suppressor::NoiseSuppressor;

use crate::speech::audio::{SAMPLE_RATE, sanitise};

/// Samples per block of the canceller: 4 ms.
const BLOCK: usize = 64;
/// The linear filter foresees so much of the room's answer, in blocks: 96 ms. The usual 52 ms leave a desk's reverberation in.
const FILTER_BLOCKS: usize = 24;
/// Both work on the scale of 16-bit samples.
const SCALE: f32 = 32_768.0;
/// From here on a microphone counts as overdriven.
const OVERDRIVEN: f32 = 0.985;

/// Sound with the echo removed, and what it was made of: streams of equal length, sample by sample of the same time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cleaned {
    /// Without echo and noise.
    pub clean: Vec<f32>,
    /// Without the part of the echo that a linear filter foresees: more echo than in `clean`, but a near voice is whole.
    pub linear: Vec<f32>,
    /// As the microphone heard it, without rumble.
    pub mic: Vec<f32>,
    /// What was played, at the same rate; not shifted by the way through the room.
    pub far: Vec<f32>,
}

impl Cleaned {
    /// Appends another stretch.
    pub fn extend(&mut self, other: &Self) {
        self.clean.extend_from_slice(&other.clean);
        self.linear.extend_from_slice(&other.linear);
        self.mic.extend_from_slice(&other.mic);
        self.far.extend_from_slice(&other.far);
    }

    /// Drops the first samples of each stream.
    pub fn drop_first(&mut self, count: usize) {
        for stream in [&mut self.clean, &mut self.linear, &mut self.mic, &mut self.far] {
            stream.drain(..count.min(stream.len()));
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        for stream in [&mut self.clean, &mut self.linear, &mut self.mic, &mut self.far] {
            stream.clear();
        }
    }
}

/// What the canceller knows about the room.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EchoFacts {
    /// How much the echo is weakened by the canceller, in dB.
    pub enhancement_db: f32,
    /// From loudspeaker to microphone, in milliseconds.
    pub delay_ms: i32,
}

/// The chain for one microphone and one loudspeaker.
pub struct Canceller {
    echo: BlockProcessor,
    noise: NoiseSuppressor,
    rumble: HighPass,
    near_block: Block,
    far_block: Block,
    linear_block: Block,
    /// What waits for a whole block of the canceller.
    near: Vec<f32>,
    far: Vec<f32>,
    /// What waits for a whole frame of the noise suppressor.
    done: Cleaned,
}

impl Default for Canceller {
    fn default() -> Self {
        let mut config = EchoCanceller3Config::default();
        config.filter.export_linear_aec_output = true;
        config.filter.refined.length_blocks = FILTER_BLOCKS;
        config.filter.coarse.length_blocks = FILTER_BLOCKS;
        config.validate();
        Self {
            echo: BlockProcessor::new(&config, SAMPLE_RATE as usize, 1, 1),
            noise: NoiseSuppressor::with_level(SuppressionLevel::K12dB),
            rumble: HighPass::new(),
            near_block: Block::new(1, 1),
            far_block: Block::new(1, 1),
            linear_block: Block::new(1, 1),
            near: Vec::new(),
            far: Vec::new(),
            done: Cleaned::default(),
        }
    }
}

impl Canceller {
    /// Takes equally many samples of microphone and loudspeaker, at 16 kHz, and appends what is ready. Missing samples of the
    /// loudspeaker are silence.
    pub fn push(&mut self, mic: &[f32], far: &[f32], out: &mut Cleaned) {
        let from = self.near.len();
        self.near.extend_from_slice(mic);
        if let Some(new) = self.near.get_mut(from..) {
            sanitise(new);
            self.rumble.run(new);
        }
        self.far.extend(far.iter().copied().chain(std::iter::repeat(0.0)).take(mic.len()));
        let blocks = self.near.len() / BLOCK;
        for (near, far) in self.near.chunks_exact(BLOCK).zip(self.far.chunks_exact(BLOCK)) {
            scale_into(near, SCALE, self.near_block.view_mut(0, 0));
            scale_into(far, SCALE, self.far_block.view_mut(0, 0));
            let overdriven = near.iter().any(|s| s.abs() >= OVERDRIVEN);
            self.echo.buffer_render(&self.far_block);
            self.echo.process_capture(false, overdriven, Some(&mut self.linear_block), &mut self.near_block);
            self.done.mic.extend_from_slice(near);
            self.done.far.extend_from_slice(far);
            self.done.clean.extend(self.near_block.view(0, 0).iter().map(|s| s / SCALE));
            self.done.linear.extend(self.linear_block.view(0, 0).iter().map(|s| s / SCALE));
        }
        self.near.drain(..blocks * BLOCK);
        self.far.drain(..blocks * BLOCK);
        self.suppress_noise(out);
    }

    /// Samples that were taken and wait for a whole frame.
    pub fn waiting(&self) -> usize {
        self.near.len() + self.done.mic.len()
    }

    /// What is known about the room so far.
    pub fn facts(&self) -> EchoFacts {
        let metrics = self.echo.get_metrics();
        EchoFacts { enhancement_db: metrics.echo_return_loss_enhancement as f32, delay_ms: metrics.delay_ms }
    }

    fn suppress_noise(&mut self, out: &mut Cleaned) {
        let frames = self.done.mic.len() / NS_FRAME_SIZE;
        let used = frames * NS_FRAME_SIZE;
        for (clean, mic) in
            self.done.clean.as_chunks_mut::<NS_FRAME_SIZE>().0.iter_mut().zip(self.done.mic.as_chunks().0)
        {
            // The noise is learned from the microphone, not from what the canceller puts in its place.
            let mut frame: [f32; NS_FRAME_SIZE] = *mic;
            frame.iter_mut().for_each(|s| *s *= SCALE);
            self.noise.analyze(&frame);
            clean.iter_mut().for_each(|s| *s *= SCALE);
            self.noise.process(clean);
            clean.iter_mut().for_each(|s| *s /= SCALE);
        }
        out.clean.extend(self.done.clean.drain(..used));
        out.linear.extend(self.done.linear.drain(..used));
        out.mic.extend(self.done.mic.drain(..used));
        out.far.extend(self.done.far.drain(..used));
    }
}

fn scale_into(from: &[f32], by: f32, to: &mut [f32]) {
    for (t, f) in to.iter_mut().zip(from) {
        *t = f * by;
    }
}

/// A second-order Butterworth high-pass at 90 Hz: hum and handling noise would only mislead canceller and detector.
struct HighPass {
    b: [f32; 3],
    a: [f32; 2],
    x: [f32; 2],
    y: [f32; 2],
}

const RUMBLE_HZ: f32 = 90.0;

impl HighPass {
    /// The coefficients are those of the bilinear transform.
    fn new() -> Self {
        let k = (std::f32::consts::PI * RUMBLE_HZ / SAMPLE_RATE as f32).tan();
        let norm = 1.0 / (1.0 + std::f32::consts::SQRT_2 * k + k * k);
        Self {
            b: [norm, -2.0 * norm, norm],
            a: [2.0 * (k * k - 1.0) * norm, (1.0 - std::f32::consts::SQRT_2 * k + k * k) * norm],
            x: [0.0; 2],
            y: [0.0; 2],
        }
    }

    fn run(&mut self, samples: &mut [f32]) {
        for sample in samples {
            let (x, [x1, x2], [y1, y2]) = (*sample, self.x, self.y);
            let y = self.b[0] * x + self.b[1] * x1 + self.b[2] * x2 - self.a[0] * y1 - self.a[1] * y2;
            self.x = [x, x1];
            self.y = [y, y1];
            *sample = y;
        }
    }
}
