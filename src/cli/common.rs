//! Flags that every sub-command understands, and the settings that follow from them.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;

use super::places::{self, ASSETS, SCENE};
use crate::config::{self, Raw, Secret, Settings};
use crate::scene::{self, Scene};

/// Flags that every sub-command understands.
#[derive(Debug, Clone, Default, Args)]
pub struct Common {
    /// A settings file [default: avatardesk.toml here, else that of the machine in /etc/avatardesk]
    #[arg(long, global = true, value_name = "FILE", env = "AVATARDESK_CONFIG")]
    pub config: Option<PathBuf>,
    /// Where state is kept: log, outbox, keys, fetched models [default: the user's data directory]
    #[arg(long, global = true, value_name = "DIR", env = "AVATARDESK_DATA")]
    pub data: Option<PathBuf>,
    /// Where avatars, models, articles and shaders lie [default: found beside the program]
    #[arg(long, global = true, value_name = "DIR", env = "AVATARDESK_ASSETS")]
    pub assets: Option<PathBuf>,
    /// The scene file [default: the one that is shipped]
    #[arg(long, global = true, value_name = "FILE", env = "AVATARDESK_SCENE")]
    pub scene: Option<PathBuf>,
    /// Never fetch anything
    #[arg(long, global = true)]
    pub offline: bool,
    /// Say more on standard error; twice: much more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// Where the relay is, and as whom to come to it.
#[derive(Debug, Clone, Default, Args)]
pub struct RelayAddress {
    /// The relay's address [default: that of the settings, else ws://127.0.0.1:7400/ws]
    #[arg(long, value_name = "URL", env = "AVATARDESK_RELAY")]
    pub relay: Option<String>,
    /// A one-time code that enrols this device, from `avatardesk relay invite`
    #[arg(long, value_name = "CODE", env = "AVATARDESK_INVITE", hide_env_values = true)]
    pub invite: Option<Secret>,
    /// The file with this device's key [default: one for each sub-command in the data directory]
    #[arg(long, value_name = "FILE", env = "AVATARDESK_IDENTITY")]
    pub identity: Option<PathBuf>,
}

impl RelayAddress {
    /// The address: named, or that of the settings.
    pub fn url(&self, settings: &Settings) -> String {
        self.relay.clone().unwrap_or_else(|| settings.relay.clone())
    }
}

impl Common {
    /// The settings: flags and environment over the settings file over what is found beside the program.
    pub fn settings(&self) -> Result<Settings> {
        let flags = Raw {
            data: self.data.clone(),
            assets: self.assets.clone(),
            scene: self.scene.clone(),
            offline: self.offline.then_some(true),
            ..Raw::default()
        };
        let mut raw = flags.over(self.file()?);
        if raw.assets.is_none() {
            raw.assets = Some(places::find(&ASSETS)?);
        }
        if raw.scene.is_none() {
            raw.scene = Some(places::find(&SCENE)?);
        }
        // The engine looks for relative paths beside the program.
        raw.assets = raw.assets.map(|dir| std::path::absolute(&dir).unwrap_or(dir));
        let own = directories::ProjectDirs::from("", "", "avatardesk");
        Ok(Settings::new(raw, own.as_ref().map(|dirs| dirs.data_dir()))?)
    }

    fn file(&self) -> Result<Raw> {
        let Some(path) = self.config.clone().or_else(places::settings_file) else {
            return Ok(Raw::default());
        };
        let text = read_text(&path, "--config")?;
        config::parse(&text).with_context(|| path.display().to_string())
    }
}

/// Makes the data directory when it is not there.
pub fn make_data_dir(settings: &Settings) -> Result<()> {
    std::fs::create_dir_all(&settings.data).with_context(|| {
        format!("cannot make the data directory {}: name another with `--data DIR`", settings.data.display())
    })
}

/// Reads and parses the scene file.
pub fn load_scene(settings: &Settings) -> Result<Scene> {
    let text = read_text(&settings.scene, "--scene")?;
    scene::parse(&text).with_context(|| settings.scene.display().to_string())
}

/// Reads a text file; `flag` is what names another one.
pub fn read_text(path: &Path, flag: &str) -> Result<String> {
    std::fs::read_to_string(path)
        .with_context(|| format!("cannot read {}: name another file with `{flag}`", path.display()))
}
