//! Where measurements keep what takes long to make.

use std::path::PathBuf;

use anyhow::{Context, Result};

/// This user's cache of measurements.
pub fn cache() -> Result<PathBuf> {
    let dirs = directories::BaseDirs::new().context("this user has no home directory")?;
    let dir = dirs.cache_dir().join("avatardesk/bench");
    std::fs::create_dir_all(&dir).with_context(|| format!("{} cannot be made", dir.display()))?;
    Ok(dir)
}
