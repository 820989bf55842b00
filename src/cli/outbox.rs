//! The outbox of a client: a file in the data directory, one for each role and name.

use std::path::PathBuf;

use anyhow::Result;

use super::common::make_data_dir;
use crate::client::{ClientConfig, SqliteOutbox};
use crate::config::Settings;

/// Opens the outbox of the client with this configuration, or makes it. No other process may have it open.
pub fn open(settings: &Settings, config: &ClientConfig) -> Result<SqliteOutbox> {
    make_data_dir(settings)?;
    let mut outbox = SqliteOutbox::open(&file(settings, config))?;
    if let Some(key) = &config.seal_to {
        outbox.begin_with(key)?;
    }
    Ok(outbox)
}

/// What was not sent as one client must not be sent as another. A role has no `-` in it, so no two share a file.
fn file(settings: &Settings, config: &ClientConfig) -> PathBuf {
    settings.data.join(format!("outbox-{}-{}.sqlite", config.role, config.name))
}
