//! Makes a speech model's matrices smaller in memory: from 16 bits a number to 8, ggml's "q8_0". Pure.
//!
//! A decoder reads all of its matrices for each token, so half the bytes are nearly half the time; what it understands stays
//! the same but for rounding. The file's order is that of whisper.cpp's loader: header, mel filters, vocabulary, tensors.

/// Numbers that share a scale.
const BLOCK: usize = 32;
/// Bytes of a block: its scale as a 16-bit float, and a byte for each number.
const BLOCK_BYTES: usize = 2 + BLOCK;
/// How numbers are stored, as ggml numbers it: in a tensor, and in the header of a file.
const TENSOR_F16: u32 = 1;
const TENSOR_Q8_0: u32 = 8;
const FILE_F16: u32 = 1;
/// "Mostly q8_0", in the second version of the quantisation.
const FILE_Q8_0: u32 = 2_007;
/// Where the header says it.
const FTYPE_AT: usize = 44;
const HEADER_BYTES: usize = 48;
/// Dimensions that a tensor may have.
const MAX_DIMENSIONS: u32 = 4;

/// The same model with 8-bit matrices. A model whose matrices are stored in another way than 16-bit floats, or that is broken,
/// comes back as it was: its loader says what is wrong with it.
pub fn compact(bytes: Vec<u8>) -> Vec<u8> {
    compacted(&bytes).unwrap_or(bytes)
}

fn compacted(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut from = Reader { bytes, at: FTYPE_AT };
    if from.u32()? != FILE_F16 {
        return None;
    }
    let (bands, bins) = (from.u32()?, from.u32()?);
    from.take((bands as usize).checked_mul(bins as usize)?.checked_mul(4)?)?;
    for _ in 0..from.u32()? {
        let length = from.u32()?;
        from.take(length as usize)?;
    }
    let mut out = Vec::with_capacity(bytes.len());
    out.extend_from_slice(bytes.get(..FTYPE_AT)?);
    out.extend_from_slice(&FILE_Q8_0.to_le_bytes());
    out.extend_from_slice(bytes.get(HEADER_BYTES..from.at)?);
    while from.at < bytes.len() {
        tensor(&mut from, &mut out)?;
    }
    Some(out)
}

/// Copies a tensor; a matrix of 16-bit floats becomes one of blocks.
fn tensor(from: &mut Reader<'_>, out: &mut Vec<u8>) -> Option<()> {
    let (dimensions, name_length, stored) = (from.u32()?, from.u32()?, from.u32()?);
    if !(1..=MAX_DIMENSIONS).contains(&dimensions) {
        return None;
    }
    let sizes_and_name = from.take(4 * dimensions as usize + name_length as usize)?;
    let sizes = sizes_and_name.as_chunks::<4>().0.get(..dimensions as usize)?;
    let sizes: Vec<usize> = sizes.iter().map(|size| u32::from_le_bytes(*size) as usize).collect();
    let count = sizes.iter().try_fold(1_usize, |product, size| product.checked_mul(*size))?;
    let halves = stored == TENSOR_F16;
    let data = from.take(count.checked_mul(if halves { 2 } else { 4 })?)?;
    let matrix = halves && dimensions == 2;
    // Convolutions stay as they are; a matrix whose rows are no whole blocks cannot be among blocks.
    if matrix && !sizes.first()?.is_multiple_of(BLOCK) {
        return None;
    }
    out.extend_from_slice(&dimensions.to_le_bytes());
    out.extend_from_slice(&name_length.to_le_bytes());
    out.extend_from_slice(&if matrix { TENSOR_Q8_0 } else { stored }.to_le_bytes());
    out.extend_from_slice(sizes_and_name);
    if matrix {
        blocks(data, out);
    } else {
        out.extend_from_slice(data);
    }
    Some(())
}

fn blocks(halves: &[u8], out: &mut Vec<u8>) {
    for block in halves.as_chunks::<{ 2 * BLOCK }>().0 {
        let mut values = [0.0_f32; BLOCK];
        for (value, half) in values.iter_mut().zip(block.as_chunks::<2>().0) {
            *value = from_half(u16::from_le_bytes(*half));
        }
        let largest = values.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        let inverse = if largest > 0.0 { 127.0 / largest } else { 0.0 };
        let mut packed = [0; BLOCK_BYTES];
        let (scale, bytes) = packed.split_at_mut(2);
        scale.copy_from_slice(&to_half(largest / 127.0).to_le_bytes());
        for (byte, value) in bytes.iter_mut().zip(values) {
            *byte = nearest(value * inverse).to_le_bytes()[0];
        }
        out.extend_from_slice(&packed);
    }
}

/// The nearest whole number of a small one: what is added leaves no bits for a fraction. `round` would be a call for each
/// of some hundred million numbers.
fn nearest(value: f32) -> i32 {
    const NO_FRACTION: f32 = 12_582_912.0;
    ((value + NO_FRACTION).to_bits() as i32).wrapping_sub(NO_FRACTION.to_bits() as i32)
}

/// A 16-bit float: the exponent's offset differs by 112, and numbers below the normal ones come right by the product.
fn from_half(bits: u16) -> f32 {
    const SHIFT: f32 = f32::from_bits((127 + 112) << 23);
    let magnitude = f32::from_bits(u32::from(bits & 0x7fff) << 13) * SHIFT;
    if bits & 0x8000 == 0 { magnitude } else { -magnitude }
}

/// The nearest 16-bit float of a number from 0 to 65 504.
fn to_half(value: f32) -> u16 {
    const SHIFT: f32 = f32::from_bits((127 - 112) << 23);
    let bits = (value * SHIFT).to_bits();
    ((bits + 0xfff + ((bits >> 13) & 1)) >> 13) as u16
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(count)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4)?.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(numbers: &[u32]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    fn row(width: usize) -> Vec<f32> {
        (0..width).map(|i| ((i * 37 % 101) as f32 - 50.0) * 0.011).collect()
    }

    /// Header, one filter, one token, a vector, and a matrix of two rows of so many 16-bit floats.
    fn model(ftype: u32, width: usize) -> Vec<u8> {
        let mut bytes = words(&[0x6767_6d6c, 51_864, 512, 192, 3, 4, 64, 192, 3, 2, 80, ftype]);
        bytes.extend(words(&[1, 1, 7, 1, 3]));
        bytes.extend(b"the");
        bytes.extend(words(&[1, 1, 0, 2]));
        bytes.extend(b"b");
        bytes.extend(words(&[1.5_f32.to_bits(), (-2.0_f32).to_bits()]));
        bytes.extend(words(&[2, 1, 1, width as u32, 2]));
        bytes.extend(b"w");
        for _ in 0..2 {
            let halves = row(width).into_iter().map(|v| to_half(v.abs()) | u16::from(v < 0.0) << 15);
            bytes.extend(halves.flat_map(u16::to_le_bytes));
        }
        bytes
    }

    #[test]
    fn a_matrix_becomes_half_as_large_and_keeps_its_numbers() {
        let (before, after) = (model(FILE_F16, 64), compact(model(FILE_F16, 64)));
        assert_eq!(after[FTYPE_AT..HEADER_BYTES], FILE_Q8_0.to_le_bytes());
        let data = 4 * BLOCK_BYTES;
        let head = after.len() - data;
        assert_eq!(before.len() - after.len(), 2 * 2 * 64 - data);
        assert_eq!(after[HEADER_BYTES..head - 17], before[HEADER_BYTES..head - 17], "the rest is the same");
        assert_eq!(after[head - 13..head - 9], TENSOR_Q8_0.to_le_bytes());
        for (n, block) in after[head..].chunks(BLOCK_BYTES).enumerate() {
            let scale = from_half(u16::from_le_bytes([block[0], block[1]]));
            for (byte, wanted) in block[2..].iter().zip(row(64).into_iter().skip(n % 2 * BLOCK)) {
                let got = scale * f32::from(*byte as i8);
                assert!((got - wanted).abs() <= scale * 0.51 + 0.001, "{got} for {wanted}");
            }
        }
    }

    #[test]
    fn what_cannot_be_made_smaller_stays_as_it_is() {
        let cut = |by: usize| {
            let whole = model(FILE_F16, 64);
            whole[..whole.len() - by].to_vec()
        };
        for bytes in [model(FILE_Q8_0, 64), model(FILE_F16, 48), cut(1), cut(200), cut(300), Vec::new()] {
            assert_eq!(compact(bytes.clone()), bytes);
        }
    }

    #[test]
    fn halves_are_rounded_to_the_nearest() {
        for (value, bits) in
            [(0.0, 0), (1.0, 0x3c00), (65_504.0, 0x7bff), (5.960_464_5e-8, 1), (1.0 + 1.0 / 1_500.0, 0x3c01)]
        {
            assert_eq!(to_half(value), bits, "{value}");
        }
        for bits in (0..0x7c00).step_by(7) {
            assert_eq!(to_half(from_half(bits)), bits);
            assert_eq!(from_half(bits | 0x8000), -from_half(bits));
        }
        assert_eq!([-127.0, -0.6, -0.4, 0.0, 0.4, 0.6, 126.7].map(nearest), [-127, -1, 0, 0, 0, 1, 127]);
    }
}
