//! What sonora-aec3 uses of sonora-common-audio. See `Cargo.toml`.

pub mod cascaded_biquad_filter;
