//! A program that draws nothing says so.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::Where;
use crate::config::Settings;
use crate::kiosk::Core;
use crate::knowledge::KnowledgeBase;
use crate::scene::Scene;

pub fn window(_: Where<'_>, _: bool) -> Result<()> {
    bail!(
        "this program was built without the feature `desktop`, so it draws nothing: build it with `cargo build`"
    )
}

pub fn is_no_display(_: &anyhow::Error) -> bool {
    false
}

/// There is none.
pub struct Drawn(Infallible);

impl Drawn {
    pub fn open(_: &Settings, _: Core, _: Scene, _: Arc<KnowledgeBase>, _: Option<&Path>) -> Result<Self> {
        bail!(
            "this program was built without the feature `desktop`, so it draws nothing: build it with `cargo build`, or tell the story with `--undrawn`"
        )
    }

    pub fn begin(&mut self) -> Instant {
        match self.0 {}
    }

    pub fn lasted(&self) -> Duration {
        match self.0 {}
    }

    pub fn frame(&mut self, _: Option<&(String, String)>) -> Result<()> {
        match self.0 {}
    }

    pub fn with_core<R>(&mut self, _: impl FnOnce(&mut Core) -> R) -> Option<R> {
        match self.0 {}
    }

    pub fn rate(&self) -> f32 {
        match self.0 {}
    }

    pub fn finish(self, _: &[f32], _: u32, _: &Path) -> Result<Vec<PathBuf>> {
        match self.0 {}
    }
}
