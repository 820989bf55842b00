//! Reads a WAV stream while it is written: the header's lengths are not known yet and are not believed.
//!
//! Format: RIFF, "WAVE", then chunks of a four-letter name and a length; "fmt " describes the samples, "data" holds
//! them (Microsoft, "Multimedia Programming Interface and Data Specifications 1.0").

use super::process::Decode;

/// The longest header that is waited for, in bytes.
const MAX_HEADER_BYTES: usize = 64 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sample {
    U8,
    I16,
    F32,
}

#[derive(Debug, Clone, Copy)]
struct Format {
    rate: u32,
    channels: usize,
    sample: Sample,
}

/// Turns the bytes of a WAV file into mono samples, piece by piece.
#[derive(Debug, Default)]
pub struct WavStream {
    pending: Vec<u8>,
    format: Option<Format>,
    in_data: bool,
    interleaved: Vec<f32>,
}

impl Decode for WavStream {
    fn push(&mut self, bytes: &[u8], samples: &mut Vec<f32>) -> Result<Option<u32>, String> {
        self.pending.extend_from_slice(bytes);
        if !self.in_data {
            self.read_header()?;
        }
        if self.in_data
            && let Some(format) = self.format
        {
            let used = decode(&self.pending, format, &mut self.interleaved);
            self.pending.drain(..used);
            crate::speech::audio::mix_down(&self.interleaved, format.channels, samples);
            self.interleaved.clear();
        }
        Ok(self.format.map(|f| f.rate))
    }
}

impl WavStream {
    fn read_header(&mut self) -> Result<(), String> {
        let Some(head) = self.pending.first_chunk::<12>() else { return Ok(()) };
        if !head.starts_with(b"RIFF") || !head.ends_with(b"WAVE") {
            return Err("its output is not a WAV stream".into());
        }
        let mut at = 12;
        while let Some(chunk) = self.pending.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
            let [a, b, c, d, l0, l1, l2, l3] = *chunk;
            let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
            let body = at + 8;
            match &[a, b, c, d] {
                b"data" => {
                    if self.format.is_none() {
                        return Err("its WAV stream does not describe its samples".into());
                    }
                    self.pending.drain(..body);
                    self.in_data = true;
                    return Ok(());
                }
                b"fmt " => {
                    let Some(fields) = self.pending.get(body..).and_then(|rest| rest.first_chunk::<16>())
                    else {
                        break;
                    };
                    self.format = Some(format(fields)?);
                }
                _ => {}
            }
            at = body.saturating_add(length + length % 2);
            if at > MAX_HEADER_BYTES {
                return Err("its WAV stream has no sound near its beginning".into());
            }
        }
        if self.pending.len() > MAX_HEADER_BYTES {
            return Err("its WAV stream has no sound near its beginning".into());
        }
        Ok(())
    }
}

fn format(fields: &[u8; 16]) -> Result<Format, String> {
    let [k0, k1, c0, c1, r0, r1, r2, r3, _, _, _, _, _, _, b0, b1] = *fields;
    let kind = u16::from_le_bytes([k0, k1]);
    let channels = usize::from(u16::from_le_bytes([c0, c1]));
    let rate = u32::from_le_bytes([r0, r1, r2, r3]);
    let bits = u16::from_le_bytes([b0, b1]);
    // 0xfffe is "extensible", where the bits tell what is meant here.
    let sample = match (kind, bits) {
        (1 | 0xfffe, 8) => Sample::U8,
        (1 | 0xfffe, 16) => Sample::I16,
        (3 | 0xfffe, 32) => Sample::F32,
        _ => {
            return Err(format!(
                "its WAV stream has samples of kind {kind} with {bits} bits; use 16-bit PCM"
            ));
        }
    };
    if !(1..=8).contains(&channels) || !crate::speech::resample::RATES.contains(&rate) {
        return Err(format!("its WAV stream has {channels} channels at {rate} Hz"));
    }
    Ok(Format { rate, channels, sample })
}

/// Decodes whole frames and returns how many bytes they had.
fn decode(bytes: &[u8], format: Format, out: &mut Vec<f32>) -> usize {
    let width = match format.sample {
        Sample::U8 => 1,
        Sample::I16 => 2,
        Sample::F32 => 4,
    };
    let frame = width * format.channels;
    let whole = bytes.len() / frame * frame;
    let bytes = bytes.get(..whole).unwrap_or_default();
    match format.sample {
        Sample::U8 => out.extend(bytes.iter().map(|b| (f32::from(*b) - 128.0) / 128.0)),
        Sample::I16 => out.extend(pcm16(bytes)),
        Sample::F32 => out.extend(bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b))),
    }
    whole
}

fn pcm16(bytes: &[u8]) -> impl Iterator<Item = f32> + '_ {
    bytes.as_chunks::<2>().0.iter().map(|b| f32::from(i16::from_le_bytes(*b)) / 32_768.0)
}

/// 16-bit mono samples without any header, at a rate that is told.
#[derive(Debug)]
pub struct RawStream {
    rate: u32,
    odd: Option<u8>,
}

impl RawStream {
    pub fn new(rate: u32) -> Self {
        Self { rate, odd: None }
    }
}

impl Decode for RawStream {
    fn push(&mut self, bytes: &[u8], samples: &mut Vec<f32>) -> Result<Option<u32>, String> {
        let mut joined = Vec::with_capacity(bytes.len() + 1);
        joined.extend(self.odd.take());
        joined.extend_from_slice(bytes);
        if joined.len() % 2 == 1 {
            self.odd = joined.pop();
        }
        samples.extend(pcm16(&joined));
        Ok(Some(self.rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wav(kind: u16, channels: u16, bits: u16, extra_chunk: bool, data: &[u8]) -> Vec<u8> {
        let mut out = b"RIFF\xff\xff\xff\x7fWAVE".to_vec();
        if extra_chunk {
            out.extend(b"LIST\x03\0\0\0abc\0");
        }
        out.extend(b"fmt \x10\0\0\0");
        out.extend(kind.to_le_bytes());
        out.extend(channels.to_le_bytes());
        out.extend(22_050u32.to_le_bytes());
        out.extend([0; 6]);
        out.extend(bits.to_le_bytes());
        out.extend(b"data\xff\xff\xff\x7f");
        out.extend(data);
        out
    }

    fn read(bytes: &[u8], step: usize) -> Result<(Vec<f32>, Option<u32>), String> {
        let mut stream = WavStream::default();
        let (mut samples, mut rate) = (Vec::new(), None);
        for piece in bytes.chunks(step) {
            rate = stream.push(piece, &mut samples)?;
        }
        Ok((samples, rate))
    }

    #[test]
    fn a_stream_of_unknown_length_is_read_however_it_is_cut() {
        let data: Vec<u8> = [0i16, 16_384, -16_384, 32_767].iter().flat_map(|s| s.to_le_bytes()).collect();
        for extra in [false, true] {
            let bytes = wav(1, 1, 16, extra, &data);
            for step in 1..bytes.len() {
                let (samples, rate) = read(&bytes, step).unwrap();
                assert_eq!(rate, Some(22_050));
                assert_eq!(samples, vec![0.0, 0.5, -0.5, 32_767.0 / 32_768.0]);
            }
        }
    }

    #[test]
    fn stereo_bytes_and_floats_are_read_too() {
        assert_eq!(read(&wav(1, 2, 8, false, &[128, 255, 0, 128]), 5).unwrap().0, vec![127.0 / 256.0, -0.5]);
        assert_eq!(read(&wav(3, 1, 32, false, &0.25f32.to_le_bytes()), 7).unwrap().0, vec![0.25]);
    }

    #[test]
    fn what_is_no_wav_stream_is_refused_in_words() {
        assert!(read(b"<html>this is no sound</html>", 4).unwrap_err().contains("not a WAV"));
        assert!(read(&wav(85, 1, 16, false, &[0; 4]), 9).unwrap_err().contains("kind 85"));
        assert!(read(&wav(1, 0, 16, false, &[0; 4]), 9).is_err());
    }

    #[test]
    fn raw_samples_survive_an_odd_cut() {
        let mut stream = RawStream::new(16_000);
        let mut samples = Vec::new();
        for piece in [&[0u8, 64, 0][..], &[192][..]] {
            stream.push(piece, &mut samples).unwrap();
        }
        assert_eq!(samples, vec![0.5, -0.5]);
    }
}
