//! Pictures at a constant rate out of frames that are drawn as they can be: one that comes late is made up for by the one
//! before it, so that picture and sound stay together.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::video::{RATE, Video};
use crate::stage::headless::Frame;

/// A video of a kiosk.
pub struct Film {
    video: Video,
    begun: Instant,
    /// Pictures that are in it.
    pushed: u32,
    last: Option<Arc<Frame>>,
}

impl Film {
    /// Starts a video of pictures of this size.
    pub fn start(target: &Path, (width, height): (u32, u32)) -> Result<Self> {
        Ok(Self { video: Video::start(target, width, height)?, begun: Instant::now(), pushed: 0, last: None })
    }

    /// The first picture is of this moment.
    pub fn begin(&mut self, now: Instant) {
        self.begun = now;
    }

    pub fn target(&self) -> &Path {
        self.video.target()
    }

    /// Takes a frame that was begun at `at`. It is seen from the nearest picture on.
    pub fn take(&mut self, frame: Arc<Frame>, at: Instant) -> Result<()> {
        self.fill(nearest(at.saturating_duration_since(self.begun)))?;
        self.last = Some(frame);
        Ok(())
    }

    /// When the next frame should begin: never two for one picture.
    pub fn next(&self, now: Instant) -> Instant {
        let passed = now.saturating_duration_since(self.begun);
        let picture = (passed.as_secs_f64() * f64::from(RATE)).floor() + 1.0;
        self.begun + Duration::from_secs_f64(picture / f64::from(RATE))
    }

    /// Ends the pictures, as long as the sound is, and puts it beside them. Says where the video is.
    pub fn finish(mut self, sound: &Path, length: Duration) -> Result<PathBuf> {
        self.fill(nearest(length))?;
        self.video.finish(sound)
    }

    /// Repeats the last frame until there are so many pictures.
    fn fill(&mut self, count: u32) -> Result<()> {
        if let Some(last) = &self.last {
            self.video.push(last, count.saturating_sub(self.pushed))?;
            self.pushed = self.pushed.max(count);
        }
        Ok(())
    }
}

/// The number of the picture that is nearest to a time.
fn nearest(since: Duration) -> u32 {
    (since.as_secs_f64() * f64::from(RATE)).round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_seen_from_the_nearest_picture_on() {
        let ms = Duration::from_millis;
        assert_eq!((nearest(ms(0)), nearest(ms(19)), nearest(ms(21)), nearest(ms(1_001))), (0, 0, 1, 25));
    }
}
