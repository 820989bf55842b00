//! A kiosk without a window: a scripted visitor speaks into the real microphone path, and picture, sound and transcript
//! are left behind.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::report::Report;
use super::video::{self, Video};
use super::visitor::{Step, Visitor};
use super::{Script, Where};
use crate::cli::desk::{Connection, Kiosk, kiosk};
use crate::conversation::Language;
use crate::kiosk::{Core, KioskPlugin, with_core};
use crate::knowledge::KnowledgeBase;
use crate::speech::audio::VOICE_RATE;
use crate::speech::capture::PacedSource;
use crate::speech::file;
use crate::speech::playback::PacedPlayback;
use crate::stage::avatar::MouthShape;
use crate::stage::headless::{Frame, Headless, Pace, Settings};
use crate::stage::set::Set;
use crate::visit::Who;

/// The question that is shipped, in the assets.
const QUESTION: &str = "sounds/question-en.wav";
/// The article whose question is asked when it is typed.
const ARTICLE: &str = "wallet-create";
/// Said once the first frame with the avatar at its desk is drawn. `scripts/bench start` waits for it.
const SHOWN: &str = "The desk is shown.";
/// Size of the picture, in pixels.
const SIZE: (u32, u32) = (1280, 720);
/// The shortest time between two frames.
const FRAME: Duration = Duration::from_micros(16_667);
/// A picture is looked for while the answer is spoken, this often.
const LOOK: Duration = Duration::from_millis(200);

/// Runs the scripted visit. Says at the end where everything lies.
pub fn headless(at: Where<'_>, script: &Script) -> Result<()> {
    std::fs::create_dir_all(&script.out).with_context(|| {
        format!("cannot make {}: name another directory with `--out`", script.out.display())
    })?;
    let (source, feeder) = PacedSource::live();
    let playback = PacedPlayback::start(true)?;
    let recorder = playback.recorder();
    let connection = Connection { runtime: at.runtime, config: at.client.clone() };
    let Kiosk { core, scene, knowledge, deaf } =
        kiosk(at.settings, connection, Box::new(source), Box::new(playback))?;
    if let Some(why) = deaf {
        eprintln!("{why}");
    }
    let typed = question_text(&knowledge, script.language)?;
    let question = match (&script.question, script.language) {
        (Some(path), _) => file::read(path)?,
        (None, Language::En) => file::read(&at.settings.assets.join(QUESTION))?,
        (None, Language::Zh) => Vec::new(),
    };
    let settings = Settings {
        width: SIZE.0,
        height: SIZE.1,
        pace: Pace::RealTime,
        assets: at.settings.assets.clone(),
        ..Settings::default()
    };
    let set = Set::from_scene(&scene, core.desk(), core.state().language);
    let mut stage = Headless::new(settings, set, |app| {
        app.add_plugins(KioskPlugin::new(core, scene, knowledge));
    })?;
    stage.show()?;
    eprintln!("{SHOWN}");
    stage.settle()?;

    let mut visitor = Visitor::new(script.language, feeder, question, typed);
    let mut shot = Shot::default();
    let mut film = script.record.as_deref().and_then(|target| {
        Film::start(target).inspect_err(|why| eprintln!("No video is made: {why:#}")).ok()
    });
    let begun = Instant::now();
    let before = recorder.recording().map_or(0, |r| r.samples.len());
    let mut frames = 0_u32;
    let mut report = None;
    while visitor.step != Step::Gone {
        let frame_begun = Instant::now();
        stage.update()?;
        frames += 1;
        if let Some(film) = &mut film {
            film.push(&mut stage)?;
        }
        shot.look(&mut stage)?;
        let rate = frames as f32 / begun.elapsed().as_secs_f32();
        let had_to_type = visitor.had_to_type;
        let leaving = visitor.step == Step::Leaving;
        let done = with_core(stage.world_mut(), |core| {
            let in_time = visitor.act(core);
            (in_time, Report::of(core, had_to_type, rate))
        });
        let Some((in_time, now)) = done else { bail!("the kiosk has gone") };
        if !leaving && !now.turns.is_empty() {
            report = Some(now);
        }
        if !in_time {
            bail!("the visit took too long at {:?}; what was said: {report:?}", visitor.step);
        }
        std::thread::sleep(FRAME.saturating_sub(frame_begun.elapsed()));
    }
    let report = report.context("nothing was said")?;
    let picture = shot.best.context("the avatar was never seen speaking")?;
    picture.save_png(&script.out.join("picture.png"))?;
    let recording = recorder.recording().context("nothing was played")?;
    let sound = script.out.join("answer.wav");
    file::write_wav(&sound, recording.samples.get(before..).unwrap_or_default(), VOICE_RATE)?;
    std::fs::write(script.out.join("transcript.json"), serde_json::to_string_pretty(&report)? + "\n")?;
    let video = match film {
        Some(film) => {
            film.video.finish(&sound)?;
            script.record.as_deref()
        }
        None => None,
    };
    print(&report, &script.out, video);
    Ok(())
}

fn question_text(knowledge: &KnowledgeBase, language: Language) -> Result<String> {
    let article =
        knowledge.article(ARTICLE, language).with_context(|| format!("there is no article {ARTICLE}"))?;
    article.questions.first().cloned().with_context(|| format!("the article {ARTICLE} has no questions"))
}

fn print(report: &Report, out: &Path, video: Option<&Path>) {
    for line in &report.turns {
        println!("{:>8}: {}", line.who, line.text);
    }
    if let Some(timings) = &report.timings_ms {
        println!(
            "milliseconds since the end of speech: {}",
            serde_json::to_string(timings).unwrap_or_default()
        );
    }
    println!("{:.0} frames per second", report.frames_per_second);
    for name in ["picture.png", "answer.wav", "transcript.json"] {
        println!("{}", out.join(name).display());
    }
    if let Some(video) = video {
        println!("{}", video.display());
    }
}

/// The picture in which the mouth is widest open while the bot answers.
#[derive(Default)]
struct Shot {
    best: Option<Frame>,
    openness: f32,
    looked: Option<Instant>,
}

impl Shot {
    fn look(&mut self, stage: &mut Headless) -> Result<()> {
        let openness = stage.world().resource::<MouthShape>().openness();
        let answering = with_core(stage.world_mut(), |core: &mut Core| {
            core.state().is_speaking() && core.state().caption().is_some_and(|c| c.who == Who::Bot)
        });
        let due = self.looked.is_none_or(|at| at.elapsed() > LOOK);
        if answering == Some(true) && due && openness > self.openness {
            self.looked = Some(Instant::now());
            self.openness = openness;
            self.best = Some(stage.frame()?);
        }
        Ok(())
    }
}

/// A video whose frames are repeated or left out, so that it keeps pace with the sound.
struct Film {
    video: Video,
    begun: Instant,
    pushed: u32,
}

impl Film {
    fn start(path: &Path) -> Result<Self> {
        Ok(Self { video: Video::start(path, SIZE.0, SIZE.1)?, begun: Instant::now(), pushed: 0 })
    }

    fn push(&mut self, stage: &mut Headless) -> Result<()> {
        let due = (self.begun.elapsed().as_secs_f64() * f64::from(video::RATE)) as u32 + 1;
        if due > self.pushed {
            let frame = stage.frame()?;
            self.video.push(&frame.rgba, due - self.pushed)?;
            self.pushed = due;
        }
        Ok(())
    }
}
