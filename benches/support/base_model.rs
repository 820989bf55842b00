//! A speech model with the dimensions of `base.en` and random numbers: what decoding costs depends on the dimensions only.
//!
//! It never chooses the end of the text, a timestamp but the first, or silence, and is sure of what it chooses: decoding takes as
//! many tokens as it is allowed, once. The file is whisper.cpp's: header, mel filters, vocabulary, tensors; filters and
//! vocabulary are those of the embedded model, which are OpenAI's.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use avatardesk::speech::model_file;

use super::cache::cache;

/// `base.en`: the dimensions that are not the embedded model's.
const WIDTH: u32 = 512;
const HEADS: u32 = 8;
const LAYERS: u32 = 6;
const AUDIO_POSITIONS: u32 = 1_500;
const TEXT_POSITIONS: u32 = 448;
const BANDS: u32 = 80;
const VOCABULARY: u32 = 51_864;
/// Tokens that are no text begin here; the first of the timestamps, "0.00".
const END_OF_TEXT: u32 = 50_256;
const FIRST_TIMESTAMP: u32 = 50_363;
const HEADER_BYTES: usize = 48;
/// The first dimension after the decoder's last norm is always this, and what tokens that are no text have there keeps them
/// from being chosen: the best of the others has about 60.
const CONSTANT: f32 = 100.0;
const NEVER: f32 = -2.0;
const ONLY_WHEN_FORCED: f32 = -1.0;

/// The file; made when it is not in the cache yet.
pub fn base_en() -> Result<PathBuf> {
    let path = cache()?.join("base-en-random-1.bin");
    if !path.exists() {
        let half_made = path.with_extension("part");
        let mut model =
            Writer { out: BufWriter::new(File::create(&half_made)?), random: 0x9e37_79b9_7f4a_7c15 };
        model.write().with_context(|| format!("{} cannot be written", half_made.display()))?;
        model.out.into_inner().map_err(|e| e.into_error())?.sync_all()?;
        std::fs::rename(&half_made, &path)?;
    }
    Ok(path)
}

struct Writer {
    out: BufWriter<File>,
    random: u64,
}

impl Writer {
    fn write(&mut self) -> Result<()> {
        let (embedded, _) = model_file::load(&super::desk::file("assets/models/desk-en.bin.zst"))?;
        let magic = embedded.first_chunk::<4>().context("a model")?;
        self.out.write_all(magic)?;
        let f16 = 1;
        self.numbers(&[VOCABULARY, AUDIO_POSITIONS, WIDTH, HEADS, LAYERS])?;
        self.numbers(&[TEXT_POSITIONS, WIDTH, HEADS, LAYERS, BANDS, f16])?;
        let copied = filters_and_vocabulary(&embedded).context("the embedded model is broken")?;
        self.out.write_all(copied)?;

        self.vector("encoder.positional_embedding", &[WIDTH, AUDIO_POSITIONS], 0.3)?;
        for (n, from) in [(1, BANDS), (2, WIDTH)] {
            self.half(&format!("encoder.conv{n}.weight"), &[3, from, WIDTH])?;
            self.vector(&format!("encoder.conv{n}.bias"), &[1, WIDTH], 0.02)?;
        }
        self.norm("encoder.ln_post")?;
        for layer in 0..LAYERS {
            self.block(&format!("encoder.blocks.{layer}"), &["attn"])?;
        }
        self.vector("decoder.positional_embedding", &[WIDTH, TEXT_POSITIONS], 0.3)?;
        self.embedding()?;
        self.norm("decoder.ln")?;
        for layer in 0..LAYERS {
            self.block(&format!("decoder.blocks.{layer}"), &["attn", "cross_attn"])?;
        }
        Ok(())
    }

    fn block(&mut self, name: &str, attentions: &[&str]) -> Result<()> {
        for attention in attentions {
            let name = format!("{name}.{attention}");
            self.norm(&format!("{name}_ln"))?;
            for part in ["query", "key", "value", "out"] {
                self.half(&format!("{name}.{part}.weight"), &[WIDTH, WIDTH])?;
                if part != "key" {
                    self.vector(&format!("{name}.{part}.bias"), &[WIDTH], 0.02)?;
                }
            }
        }
        self.norm(&format!("{name}.mlp_ln"))?;
        for (part, from, to) in [("mlp.0", WIDTH, 4 * WIDTH), ("mlp.2", 4 * WIDTH, WIDTH)] {
            self.half(&format!("{name}.{part}.weight"), &[from, to])?;
            self.vector(&format!("{name}.{part}.bias"), &[to], 0.02)?;
        }
        Ok(())
    }

    /// The rows of the tokens.
    fn embedding(&mut self) -> Result<()> {
        self.head("decoder.token_embedding.weight", &[WIDTH, VOCABULARY], 1)?;
        for token in 0..VOCABULARY {
            let first = match token {
                FIRST_TIMESTAMP => ONLY_WHEN_FORCED,
                token if token >= END_OF_TEXT => NEVER,
                _ => 0.0,
            };
            self.out.write_all(&half(first).to_le_bytes())?;
            for _ in 1..WIDTH {
                let value = self.next();
                self.out.write_all(&half(value).to_le_bytes())?;
            }
        }
        Ok(())
    }

    /// Weights of one; the decoder's last norm has its first dimension constant.
    fn norm(&mut self, name: &str) -> Result<()> {
        let (weight, bias) = if name == "decoder.ln" { (0.0, CONSTANT) } else { (1.0, 0.0) };
        for (part, first, others) in [("weight", weight, 1.0_f32), ("bias", bias, 0.0)] {
            self.head(&format!("{name}.{part}"), &[WIDTH], 0)?;
            self.out.write_all(&f32::to_le_bytes(first))?;
            for _ in 1..WIDTH {
                self.out.write_all(&others.to_le_bytes())?;
            }
        }
        Ok(())
    }

    fn half(&mut self, name: &str, sizes: &[u32]) -> Result<()> {
        self.head(name, sizes, 1)?;
        let inputs: u32 = sizes.iter().rev().skip(1).product();
        let scale = (3.0 / f64::from(inputs)).sqrt() as f32;
        for _ in 0..sizes.iter().product::<u32>() {
            let value = self.next() * scale;
            self.out.write_all(&half(value).to_le_bytes())?;
        }
        Ok(())
    }

    fn vector(&mut self, name: &str, sizes: &[u32], scale: f32) -> Result<()> {
        self.head(name, sizes, 0)?;
        for _ in 0..sizes.iter().product::<u32>() {
            let value = self.next() * scale;
            self.out.write_all(&value.to_le_bytes())?;
        }
        Ok(())
    }

    fn head(&mut self, name: &str, sizes: &[u32], stored: u32) -> Result<()> {
        self.numbers(&[u32::try_from(sizes.len())?, u32::try_from(name.len())?, stored])?;
        self.numbers(sizes)?;
        Ok(self.out.write_all(name.as_bytes())?)
    }

    fn numbers(&mut self, numbers: &[u32]) -> Result<()> {
        numbers.iter().try_for_each(|number| Ok(self.out.write_all(&number.to_le_bytes())?))
    }

    /// From -1 to 1 (xorshift64*, Marsaglia and Vigna).
    fn next(&mut self) -> f32 {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        let bits = self.random.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 40;
        bits as f32 / (1 << 23) as f32 - 1.0
    }
}

/// What follows the header, up to the first tensor.
fn filters_and_vocabulary(model: &[u8]) -> Option<&[u8]> {
    let number = |at: usize| Some(u32::from_le_bytes(*model.get(at..)?.first_chunk::<4>()?) as usize);
    let mut at = HEADER_BYTES + 8 + 4 * number(HEADER_BYTES)? * number(HEADER_BYTES + 4)?;
    let words = number(at)?;
    at += 4;
    for _ in 0..words {
        at += 4 + number(at)?;
    }
    model.get(HEADER_BYTES..at)
}

/// A 16-bit float, cut off; what is too small becomes nothing.
fn half(value: f32) -> u16 {
    let bits = value.to_bits();
    let sign = (bits >> 16 & 0x8000) as u16;
    match (bits >> 23 & 0xff).checked_sub(112) {
        Some(exponent @ 1..31) => sign | (exponent << 10 | bits >> 13 & 0x3ff) as u16,
        _ => sign,
    }
}
