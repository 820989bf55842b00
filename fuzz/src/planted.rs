//! Faults that are planted: `scripts/fuzz --self-test` shows that the fuzzer finds what coverage leads to.

use crate::checks::{Check, Law};
use std::path::Path;

/// Nobody else panics with these words.
pub const FAULT: &str = "the planted fault";
/// FNV-1a of `avatardesk`, 64 bits.
const HASH: u64 = 0xe507_82a4_83b4_355d;

/// By name, as [`crate::checks::TARGETS`].
pub const PLANTED: [(&str, Check); 2] = [("planted", planted), ("hidden", hidden)];

/// A fault behind four bytes, a number and a word: 14 bytes, which nobody guesses, but each step can be seen.
fn planted(data: &[u8], _: &Path) -> Law {
    let Some((four, rest)) = data.split_first_chunk::<4>() else { return Ok(()) };
    let steps = [b'd', b'e', b's', b'k'];
    for (byte, step) in four.iter().zip(steps) {
        if *byte != step {
            return Ok(());
        }
    }
    let Some((number, rest)) = rest.split_first_chunk::<4>() else { return Ok(()) };
    if u32::from_le_bytes(*number) != 0x7e57_ab1e {
        return Ok(());
    }
    if std::str::from_utf8(rest).is_ok_and(|word| word.starts_with("avatar")) {
        return Err(FAULT.into());
    }
    Ok(())
}

/// A fault behind a hash: nothing leads to it, so finding it would be luck.
fn hidden(data: &[u8], _: &Path) -> Law {
    let hash = data.iter().take(10).fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    if data.len() >= 10 && hash == HASH { Err(FAULT.into()) } else { Ok(()) }
}
