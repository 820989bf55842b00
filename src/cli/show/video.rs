//! A video of what is drawn, made by ffmpeg; the sound is added at the end.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

/// Frames per second of the video.
pub const RATE: u32 = 25;

/// A video being made.
pub struct Video {
    ffmpeg: Child,
    pictures: PathBuf,
    target: PathBuf,
}

impl Video {
    /// Starts ffmpeg for frames of this size.
    pub fn start(target: &Path, width: u32, height: u32) -> Result<Self> {
        let pictures = target.with_extension("pictures.mp4");
        let ffmpeg = Command::new("ffmpeg")
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
        Ok(Self { ffmpeg, pictures, target: target.to_owned() })
    }

    /// The file that is made.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Adds a frame, `times` over.
    pub fn push(&mut self, rgba: &[u8], times: u32) -> Result<()> {
        let Some(input) = &mut self.ffmpeg.stdin else { bail!("ffmpeg takes no more frames") };
        for _ in 0..times {
            input.write_all(rgba).context("ffmpeg ended early")?;
        }
        Ok(())
    }

    /// Ends the pictures and puts the sound beside them. Says where the video is.
    pub fn finish(mut self, sound: &Path) -> Result<PathBuf> {
        drop(self.ffmpeg.stdin.take());
        if !self.ffmpeg.wait()?.success() {
            bail!("ffmpeg could not make {}", self.pictures.display());
        }
        let status = Command::new("ffmpeg")
            .args(["-y", "-loglevel", "error", "-i"])
            .arg(&self.pictures)
            .arg("-i")
            .arg(sound)
            .args(["-c:v", "copy", "-c:a", "aac", "-shortest"])
            .arg(&self.target)
            .status()?;
        std::fs::remove_file(&self.pictures)?;
        if !status.success() {
            bail!("ffmpeg could not put the sound into {}", self.target.display());
        }
        Ok(self.target)
    }
}
