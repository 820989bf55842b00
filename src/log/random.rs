//! Randomness from the operating system.

use super::error::LogError;

/// `N` random bytes, good enough for keys.
pub fn random_bytes<const N: usize>() -> Result<[u8; N], LogError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| LogError::Random(e.to_string()))?;
    Ok(bytes)
}

/// 128 random bits, for identifiers.
pub fn random_u128() -> Result<u128, LogError> {
    random_bytes::<16>().map(u128::from_be_bytes)
}
