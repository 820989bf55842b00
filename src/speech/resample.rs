//! Changes the sample rate of a mono stream or of a whole recording (rubato's FFT resampler).

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Indexing, Resampler as _};

/// Frames per step, a compromise between delay (10–20 ms at 48 kHz) and work.
const CHUNK_FRAMES: usize = 512;

/// The rates that are taken, in samples per second. A file or a device outside of this is refused, not guessed at.
pub const RATES: std::ops::RangeInclusive<u32> = 4_000..=384_000;

/// Why sound could not be resampled.
#[derive(Debug, thiserror::Error)]
pub enum ResampleError {
    #[error(
        "a sample rate of {rate} Hz cannot be used: convert the sound to a rate between {min} and {max} Hz, such as 16000"
    )]
    Rate { rate: u32, min: u32, max: u32 },
    #[error("the sound could not be converted from {from} to {to} Hz: {why}")]
    Failed { from: u32, to: u32, why: String },
}

/// A streaming resampler for one mono stream. Equal rates pass through untouched and without delay.
pub struct Resampler {
    from: u32,
    to: u32,
    inner: Option<Fft<f32>>,
    pending: Vec<f32>,
    /// Output samples still to be dropped, so that the output starts where the input starts.
    skip: usize,
    taken: u64,
    given: u64,
}

impl Resampler {
    /// A resampler between two rates in samples per second.
    pub fn new(from: u32, to: u32) -> Result<Self, ResampleError> {
        for rate in [from, to] {
            if !RATES.contains(&rate) {
                return Err(ResampleError::Rate { rate, min: *RATES.start(), max: *RATES.end() });
            }
        }
        let inner = if from == to {
            None
        } else {
            let made = Fft::new(from as usize, to as usize, CHUNK_FRAMES, 1, FixedSync::Input)
                .map_err(|e| ResampleError::Failed { from, to, why: e.to_string() })?;
            Some(made)
        };
        let skip = inner.as_ref().map_or(0, rubato::Resampler::output_delay);
        Ok(Self { from, to, inner, pending: Vec::new(), skip, taken: 0, given: 0 })
    }

    /// Takes samples and appends what is ready to `out`. What remains is kept for the next call.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) -> Result<(), ResampleError> {
        self.taken += samples.len() as u64;
        if self.inner.is_none() {
            self.given += samples.len() as u64;
            out.extend_from_slice(samples);
            return Ok(());
        }
        self.pending.extend_from_slice(samples);
        self.run(out, false)
    }

    /// Appends the rest, so that the whole output is as long as the whole input. The resampler then starts anew.
    pub fn finish(&mut self, out: &mut Vec<f32>) -> Result<(), ResampleError> {
        if self.inner.is_some() {
            let wanted = (self.taken as f64 * f64::from(self.to) / f64::from(self.from)).round() as u64;
            self.run(out, true)?;
            // A few steps of silence push the filter's tail out: the delay is at most two steps.
            for _ in 0..8 {
                if self.given >= wanted {
                    break;
                }
                self.pending.push(0.0);
                self.run(out, true)?;
            }
            let surplus = self.given.saturating_sub(wanted) as usize;
            out.truncate(out.len().saturating_sub(surplus));
        }
        if let Some(inner) = &mut self.inner {
            inner.reset();
            self.skip = inner.output_delay();
        }
        self.taken = 0;
        self.given = 0;
        Ok(())
    }

    fn run(&mut self, out: &mut Vec<f32>, last: bool) -> Result<(), ResampleError> {
        let (from, to) = (self.from, self.to);
        let failed = |why: String| ResampleError::Failed { from, to, why };
        let Some(inner) = &mut self.inner else { return Ok(()) };
        let mut used = 0;
        loop {
            let step = inner.input_frames_next();
            let rest = self.pending.get(used..).unwrap_or_default();
            if rest.is_empty() || (rest.len() < step && !last) {
                break;
            }
            let given = rest.len().min(step);
            let input = InterleavedSlice::new(rest, 1, rest.len()).map_err(|e| failed(e.to_string()))?;
            let indexing = if given < step { Some(Indexing::new().partial_len(given)) } else { None };
            let made =
                inner.process(&input, indexing.as_ref()).map_err(|e| failed(e.to_string()))?.take_data();
            let skip = self.skip.min(made.len());
            self.skip -= skip;
            let kept = made.get(skip..).unwrap_or_default();
            self.given += kept.len() as u64;
            out.extend_from_slice(kept);
            used += given;
        }
        self.pending.drain(..used);
        Ok(())
    }
}

/// Resamples a whole recording; the result lasts as long as the input.
pub fn resample_all(samples: &[f32], from: u32, to: u32) -> Result<Vec<f32>, ResampleError> {
    let mut resampler = Resampler::new(from, to)?;
    let mut out = Vec::with_capacity(
        (samples.len() as u64 * u64::from(to) / u64::from(from.max(1))) as usize + CHUNK_FRAMES,
    );
    resampler.push(samples, &mut out)?;
    resampler.finish(&mut out)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate: u32, hz: f32, seconds: f32) -> Vec<f32> {
        (0..(rate as f32 * seconds) as usize)
            .map(|i| (i as f32 / rate as f32 * hz * std::f32::consts::TAU).sin() * 0.5)
            .collect()
    }

    #[test]
    fn a_tone_keeps_its_pitch_length_and_place() {
        for from in [8_000, 11_025, 22_050, 44_100, 48_000, 96_000] {
            let out = resample_all(&tone(from, 440.0, 1.0), from, 16_000).unwrap();
            let expected = tone(16_000, 440.0, 1.0);
            assert!(out.len().abs_diff(expected.len()) <= 1, "{from}: {}", out.len());
            let middle = 2_000..14_000;
            let error = middle.clone().map(|i| (out[i] - expected[i]).abs()).fold(0.0f32, f32::max);
            // Within one sample: the filter's delay need not be a whole number of samples.
            assert!(error < 0.087, "{from} Hz: off by {error}");
        }
    }

    #[test]
    fn pieces_give_the_same_as_the_whole() {
        let input = tone(44_100, 300.0, 0.5);
        let whole = resample_all(&input, 44_100, 16_000).unwrap();
        let mut resampler = Resampler::new(44_100, 16_000).unwrap();
        let mut pieces = Vec::new();
        for piece in input.chunks(137) {
            resampler.push(piece, &mut pieces).unwrap();
        }
        resampler.finish(&mut pieces).unwrap();
        assert_eq!(pieces, whole);
    }

    #[test]
    fn a_tone_above_the_new_limit_is_removed() {
        let out = resample_all(&tone(48_000, 11_000.0, 0.5), 48_000, 16_000).unwrap();
        assert!(crate::speech::audio::level_db(&out) < -50.0);
    }

    #[test]
    fn equal_rates_pass_through() {
        let mut out = Vec::new();
        Resampler::new(16_000, 16_000).unwrap().push(&[0.1, 0.2], &mut out).unwrap();
        assert_eq!(out, vec![0.1, 0.2]);
    }

    #[test]
    fn an_absurd_rate_is_refused_with_a_sentence() {
        let error = Resampler::new(0, 16_000).err().unwrap();
        assert!(error.to_string().contains("0 Hz"), "{error}");
    }
}
