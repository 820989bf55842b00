//! A video of what is drawn, made by ffmpeg; the sound is added at the end.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use anyhow::{Context, Result, bail};

use crate::stage::headless::Frame;

/// Frames per second of the video.
pub const RATE: u32 = 25;
/// Frames that may wait for ffmpeg; whoever draws waits then, too.
const WAITING: usize = 4;

/// A frame, and how often it is in the video.
type Times = (Arc<Frame>, u32);

/// A video being made.
pub struct Video {
    ffmpeg: Child,
    frames: SyncSender<Times>,
    /// Gives the frames to ffmpeg, so that drawing goes on meanwhile.
    writer: JoinHandle<std::io::Result<()>>,
    pictures: PathBuf,
    target: PathBuf,
}

impl Video {
    /// Starts ffmpeg for frames of this size.
    pub fn start(target: &Path, width: u32, height: u32) -> Result<Self> {
        let pictures = target.with_extension("pictures.mp4");
        let mut ffmpeg = Command::new("ffmpeg")
            .args(["-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgba"])
            .args(["-s", &format!("{width}x{height}"), "-r", &RATE.to_string(), "-i", "-"])
            .args([
                "-c:v",
                "libx264",
                "-preset",
                "ultrafast",
                "-crf",
                "20",
                "-threads",
                "1",
                "-pix_fmt",
                "yuv420p",
            ])
            .arg(&pictures)
            .stdin(Stdio::piped())
            .spawn()
            .context("ffmpeg could not be started: install it (apt install ffmpeg)")?;
        let input = ffmpeg.stdin.take().context("ffmpeg takes no frames")?;
        let (frames, waiting) = sync_channel(WAITING);
        let writer =
            std::thread::Builder::new().name("video".into()).spawn(move || write(&waiting, input))?;
        Ok(Self { ffmpeg, frames, writer, pictures, target: target.to_owned() })
    }

    /// The file that is made.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Adds a frame, `times` over.
    pub fn push(&mut self, frame: &Arc<Frame>, times: u32) -> Result<()> {
        self.frames.send((Arc::clone(frame), times)).ok().context("ffmpeg ended early")
    }

    /// Ends the pictures and puts the sound beside them. Says where the video is.
    pub fn finish(self, sound: &Path) -> Result<PathBuf> {
        let Self { mut ffmpeg, frames, writer, pictures, target } = self;
        drop(frames);
        if writer.join().is_err() || !ffmpeg.wait()?.success() {
            bail!("ffmpeg could not make {}", pictures.display());
        }
        let status = Command::new("ffmpeg")
            .args(["-y", "-loglevel", "error", "-i"])
            .arg(&pictures)
            .arg("-i")
            .arg(sound)
            .args(["-c:v", "copy", "-c:a", "aac", "-shortest"])
            .arg(&target)
            .status()?;
        std::fs::remove_file(&pictures)?;
        if !status.success() {
            bail!("ffmpeg could not put the sound into {}", target.display());
        }
        Ok(target)
    }
}

/// Ends when nobody has frames any more. That closes ffmpeg's input.
fn write(waiting: &Receiver<Times>, mut input: impl Write) -> std::io::Result<()> {
    for (frame, times) in waiting {
        for _ in 0..times {
            input.write_all(&frame.rgba)?;
        }
    }
    Ok(())
}
