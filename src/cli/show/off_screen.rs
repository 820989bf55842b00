//! A kiosk without a window: drawn off-screen, with a picture of the avatar speaking and, if wanted, a video.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::film::Film;
use crate::config;
use crate::kiosk::{Core, KioskPlugin, with_core};
use crate::knowledge::KnowledgeBase;
use crate::scene::Scene;
use crate::speech::audio::duration_of;
use crate::speech::file;
use crate::stage::avatar::MouthShape;
use crate::stage::chapter::{Chapter, ChapterPlugin};
use crate::stage::headless::{Frame, Headless, Pace, Settings};
use crate::stage::set::Set;
use crate::visit::Who;

/// Said once the first frame with the avatar at its desk is drawn. `scripts/bench start` waits for it.
const SHOWN: &str = "The desk is shown.";
/// Size of the picture, in pixels.
const SIZE: (u32, u32) = (1280, 720);
/// The shortest time between two frames.
const FRAME: Duration = Duration::from_micros(16_667);
/// A picture is looked for while the answer is spoken, this often.
const LOOK: Duration = Duration::from_millis(200);

/// The kiosk on a stage that nobody sees.
pub struct Drawn {
    stage: Headless,
    shot: Shot,
    film: Option<Film>,
    begun: Instant,
    frames: u32,
}

impl Drawn {
    /// Draws until the avatar stands there. Where no video can be made of it, that is said.
    pub fn open(
        settings: &config::Settings,
        core: Core,
        scene: Scene,
        knowledge: Arc<KnowledgeBase>,
        record: Option<&Path>,
    ) -> Result<Self> {
        let set = Set::from_scene(&scene, core.desk(), core.state().language);
        let settings = Settings {
            width: SIZE.0,
            height: SIZE.1,
            pace: Pace::RealTime,
            assets: settings.assets.clone(),
            ..Settings::default()
        };
        let film = record.and_then(|target| {
            Film::start(target, SIZE).inspect_err(|why| eprintln!("No video is made: {why:#}")).ok()
        });
        let mut stage = Headless::new(settings, set, |app| {
            app.add_plugins((KioskPlugin::new(core, scene, knowledge), ChapterPlugin));
        })?;
        stage.show()?;
        eprintln!("{SHOWN}");
        stage.settle()?;
        Ok(Self { stage, shot: Shot::default(), film, begun: Instant::now(), frames: 0 })
    }

    /// From now on it counts.
    pub fn begin(&mut self) -> Instant {
        (self.frames, self.begun) = (0, Instant::now());
        if let Some(film) = &mut self.film {
            film.begin(self.begun);
        }
        self.begun
    }

    pub fn lasted(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Draws a frame and waits until the next one is due.
    pub fn frame(&mut self, chapter: Option<&(String, String)>) -> Result<()> {
        self.stage.world_mut().resource_mut::<Chapter>().say(chapter);
        let begun = Instant::now();
        let drawn = match &mut self.film {
            Some(film) => {
                let frame = Arc::new(self.stage.frame()?);
                film.take(Arc::clone(&frame), begun)?;
                Some(frame)
            }
            None => {
                self.stage.update()?;
                None
            }
        };
        self.frames = self.frames.saturating_add(1);
        self.shot.look(&mut self.stage, drawn)?;
        let next = self.film.as_ref().map_or(begun + FRAME, |film| film.next(Instant::now()));
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
        Ok(())
    }

    pub fn with_core<R>(&mut self, f: impl FnOnce(&mut Core) -> R) -> Option<R> {
        with_core(self.stage.world_mut(), f)
    }

    /// Frames a second.
    pub fn rate(&self) -> f32 {
        self.frames as f32 / self.lasted().as_secs_f32().max(0.001)
    }

    /// Leaves the picture behind, and the video with this sound. Says where.
    pub fn finish(self, sound: &[f32], rate: u32, out: &Path) -> Result<Vec<PathBuf>> {
        let picture = out.join("picture.png");
        self.shot.best.context("the avatar was never seen speaking")?.save_png(&picture)?;
        let mut files = vec![picture];
        if let Some(film) = self.film {
            let track = film.target().with_extension("sound.wav");
            file::write_wav(&track, sound, rate)?;
            files.push(film.finish(&track, duration_of(sound.len() as u64, rate))?);
            std::fs::remove_file(&track)?;
        }
        Ok(files)
    }
}

/// The picture in which the mouth is widest open while the bot answers.
#[derive(Default)]
struct Shot {
    best: Option<Arc<Frame>>,
    openness: f32,
    looked: Option<Instant>,
}

impl Shot {
    /// `drawn` is the frame of this moment, if it was wanted.
    fn look(&mut self, stage: &mut Headless, drawn: Option<Arc<Frame>>) -> Result<()> {
        let openness = stage.world().resource::<MouthShape>().openness();
        let answering = with_core(stage.world_mut(), |core: &mut Core| {
            core.state().is_speaking() && core.state().caption().is_some_and(|c| c.who == Who::Bot)
        });
        let due = self.looked.is_none_or(|at| at.elapsed() > LOOK);
        if answering == Some(true) && due && openness > self.openness {
            self.looked = Some(Instant::now());
            self.openness = openness;
            self.best = Some(match drawn {
                Some(frame) => frame,
                None => Arc::new(stage.frame()?),
            });
        }
        Ok(())
    }
}
