//! What a story's kiosk is shown on: a picture that is drawn, or nothing.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::bare::Bare;
use super::tell::Place;
use crate::cli::show::Drawn;
use crate::config::Settings;
use crate::kiosk::Core;
use crate::knowledge::KnowledgeBase;
use crate::scene::Scene;

/// A kiosk that is looked after frame by frame.
pub enum Screen {
    Drawn(Box<Drawn>),
    Bare(Box<Bare>),
}

impl Screen {
    /// Puts the kiosk up.
    pub fn open(
        settings: &Settings,
        core: Core,
        scene: Scene,
        knowledge: Arc<KnowledgeBase>,
        place: &Place<'_>,
    ) -> Result<Self> {
        if place.undrawn {
            return Ok(Self::Bare(Box::new(Bare::new(core))));
        }
        let drawn = Drawn::open(settings, core, scene, knowledge, place.record.as_deref())?;
        Ok(Self::Drawn(Box::new(drawn)))
    }

    /// The recording begins. Says when.
    pub fn begin(&mut self) -> Instant {
        match self {
            Self::Drawn(drawn) => drawn.begin(),
            Self::Bare(bare) => bare.begin(),
        }
    }

    /// How long ago that was.
    pub fn lasted(&self) -> Duration {
        match self {
            Self::Drawn(drawn) => drawn.lasted(),
            Self::Bare(bare) => bare.lasted(),
        }
    }

    /// One frame, and the rest of its time.
    pub fn frame(&mut self, chapter: Option<&(String, String)>) -> Result<()> {
        match self {
            Self::Drawn(drawn) => drawn.frame(chapter),
            Self::Bare(bare) => {
                bare.frame();
                Ok(())
            }
        }
    }

    /// The kiosk itself; `None` when it has gone.
    pub fn with_core<R>(&mut self, f: impl FnOnce(&mut Core) -> R) -> Option<R> {
        match self {
            Self::Drawn(drawn) => drawn.with_core(f),
            Self::Bare(bare) => Some(bare.with_core(f)),
        }
    }

    /// Frames a second.
    pub fn rate(&self) -> f32 {
        match self {
            Self::Drawn(drawn) => drawn.rate(),
            Self::Bare(bare) => bare.rate(),
        }
    }

    /// Leaves the picture behind, and the video with this sound. Says where.
    pub fn finish(self, sound: &[f32], rate: u32, place: &Place<'_>) -> Result<Vec<PathBuf>> {
        match self {
            Self::Drawn(drawn) => drawn.finish(sound, rate, &place.out),
            Self::Bare(_) => Ok(Vec::new()),
        }
    }
}
