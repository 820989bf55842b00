//! The stage without a window: each frame's pixels as bytes, for pictures, videos, tests and measurements.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use bevy::{
    app::PluginsState,
    camera::RenderTarget,
    prelude::*,
    render::{
        RenderApp,
        pipelined_rendering::PipelinedRenderingPlugin,
        render_asset::RenderAssets,
        render_resource::{
            Buffer, BufferDescriptor, BufferUsages, CommandEncoderDescriptor, MapMode, PollType,
            TexelCopyBufferInfo, TexelCopyBufferLayout, TextureFormat, TextureUsages,
        },
        renderer::{RenderDevice, RenderQueue},
        texture::GpuImage,
    },
    time::TimeUpdateStrategy,
    winit::WinitPlugin,
};

use super::{
    StageError, adapter,
    app::{find_assets, furnish},
    avatar::AvatarStatus,
    camera,
    look::{Baked, FrameTarget, Preset},
    set::Set,
};

/// The smallest and the largest side of a picture, in pixels.
const SIDES: (u32, u32) = (16, 8192);
/// Updates within which the avatar must be there: reading the file takes a few dozen.
const MOST_UPDATES: u32 = 3000;
/// Updates after the avatar is there, until it stands at ease and the set's picture is drawn.
const UPDATES_TO_REST: u32 = 30;
/// Milliseconds to wait for files between two updates while the avatar is being read.
const WAIT_FOR_FILES: Duration = Duration::from_millis(2);

/// How time passes in the scene.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// Each update is this much later than the one before, however long it took: videos and tests.
    Fixed(Duration),
    /// As outside.
    RealTime,
}

/// What is drawn, and how.
#[derive(Debug, Clone)]
pub struct Settings {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// How much is drawn; `None` lets the adapter decide.
    pub preset: Option<Preset>,
    /// How time passes.
    pub pace: Pace,
    /// The folder of assets.
    pub assets: PathBuf,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            width: 1280,
            height: 720,
            preset: None,
            pace: Pace::Fixed(Duration::from_nanos(1_000_000_000 / 60)),
            assets: find_assets(),
        }
    }
}

/// A frame's pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Four bytes per pixel (red, green, blue, alpha; sRGB), rows from above, without padding.
    pub rgba: Vec<u8>,
}

impl Frame {
    /// Writes it as PNG.
    ///
    /// # Errors
    /// [`StageError::Write`] when the file cannot be written.
    pub fn save_png(&self, path: &Path) -> Result<(), StageError> {
        image::save_buffer(path, &self.rgba, self.width, self.height, image::ExtendedColorType::Rgba8)
            .map_err(|why| StageError::Write { path: path.to_owned(), why: why.to_string() })
    }

    /// A part of it, as it lies within the picture.
    pub fn part(&self, left: u32, top: u32, width: u32, height: u32) -> Frame {
        let (left, top) = (left.min(self.width), top.min(self.height));
        let (width, height) = (width.min(self.width - left), height.min(self.height - top));
        let row = |y: u32| {
            let from = ((top + y) * self.width + left) as usize * 4;
            self.rgba.get(from..from + width as usize * 4).unwrap_or_default()
        };
        Frame { width, height, rgba: (0..height).flat_map(row).copied().collect() }
    }

    /// How much two frames of the same size differ: the mean difference of a channel, 0..255.
    pub fn difference(&self, other: &Frame) -> f32 {
        let sum: u64 = self.rgba.iter().zip(&other.rgba).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        sum as f32 / self.rgba.len().max(1) as f32
    }
}

/// The running app.
pub struct Headless {
    app: App,
    target: Handle<Image>,
    buffer: Buffer,
    row_bytes: u32,
    settings: Settings,
    last: Option<PollType>,
}

impl Headless {
    /// Starts the app. `extra` adds what the caller draws and does; `egui` systems go into `EguiPrimaryContextPass`.
    ///
    /// # Errors
    /// [`StageError::NoAdapter`], [`StageError::Size`].
    pub fn new(settings: Settings, set: Set, extra: impl FnOnce(&mut App)) -> Result<Self, StageError> {
        let (width, height) = (settings.width, settings.height);
        if !(SIDES.0..=SIDES.1).contains(&width) || !(SIDES.0..=SIDES.1).contains(&height) {
            return Err(StageError::Size { width, height, most: SIDES.1 });
        }
        let adapter = adapter::probe()?;
        let preset = settings.preset.unwrap_or(Preset::for_adapter(&adapter));
        tracing::info!(?adapter, ?preset, "drawing off-screen");

        let mut app = App::new();
        let change = |plugins: bevy::app::PluginGroupBuilder| {
            // Without a window there is no display to talk to; without a second thread a frame is done when its update is.
            plugins.disable::<WinitPlugin>().disable::<PipelinedRenderingPlugin>()
        };
        furnish(&mut app, None, &settings.assets, change, set, preset);
        if let Pace::Fixed(step) = settings.pace {
            app.insert_resource(TimeUpdateStrategy::ManualDuration(step));
        }
        let mut image = Image::new_target_texture(width, height, TextureFormat::Rgba8UnormSrgb, None);
        image.texture_descriptor.usage |= TextureUsages::COPY_SRC;
        let target = app.world_mut().resource_mut::<Assets<Image>>().add(image);
        app.world_mut().spawn((
            camera::camera(),
            RenderTarget::Image(target.clone().into()),
            FrameTarget(target.clone()),
        ));
        extra(&mut app);

        while app.plugins_state() == PluginsState::Adding {
            bevy::tasks::tick_global_task_pools_on_main_thread();
        }
        app.finish();
        app.cleanup();

        let row_bytes = RenderDevice::align_copy_bytes_per_row(width as usize * 4) as u32;
        let buffer = app.world().resource::<RenderDevice>().create_buffer(&BufferDescriptor {
            label: Some("frame"),
            size: u64::from(row_bytes) * u64::from(height),
            usage: BufferUsages::MAP_READ | BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        Ok(Self { app, target, buffer, row_bytes, settings, last: None })
    }

    /// The app's world: resources and messages for the avatar.
    pub fn world_mut(&mut self) -> &mut World {
        self.app.world_mut()
    }

    /// The app's world, to look at.
    pub fn world(&self) -> &World {
        self.app.world()
    }

    /// One update and its frame. Returns when the frame before has been drawn: at most one is under way.
    ///
    /// # Errors
    /// [`StageError::Stopped`] when the app has ended.
    pub fn update(&mut self) -> Result<(), StageError> {
        self.app.update();
        if self.app.should_exit().is_some() {
            return Err(StageError::Stopped);
        }
        let queue = self.app.world().resource::<RenderQueue>();
        let now = PollType::Wait { submission_index: Some(queue.submit(std::iter::empty())), timeout: None };
        if let Some(before) = self.last.replace(now) {
            self.poll(before);
        }
        Ok(())
    }

    /// One update, and its pixels.
    ///
    /// # Errors
    /// [`StageError::Stopped`], [`StageError::NoFrame`].
    pub fn frame(&mut self) -> Result<Frame, StageError> {
        self.update()?;
        self.read()
    }

    /// Updates until the avatar stands at its desk and the set is drawn.
    ///
    /// # Errors
    /// [`StageError::Avatar`] when the file cannot be shown, and those of [`Headless::update`].
    pub fn show(&mut self) -> Result<(), StageError> {
        for _ in 0..MOST_UPDATES {
            self.update()?;
            let world = self.app.world();
            match world.resource::<AvatarStatus>() {
                AvatarStatus::Ready => {
                    let baked = world.resource::<Preset>().quality().baked_set;
                    if !baked || world.resource::<Baked>().is_done() {
                        return Ok(());
                    }
                }
                AvatarStatus::Failed(why) => return Err(StageError::Avatar(why.clone())),
                AvatarStatus::Loading => std::thread::sleep(WAIT_FOR_FILES),
            }
        }
        Err(StageError::NoFrame(MOST_UPDATES))
    }

    /// The same, and until the avatar stands at ease.
    ///
    /// # Errors
    /// Those of [`Headless::show`].
    pub fn settle(&mut self) -> Result<(), StageError> {
        self.show()?;
        for _ in 0..UPDATES_TO_REST {
            self.update()?;
        }
        self.show()
    }

    /// Draws frame after frame until `each` says that it is enough, or the app ends.
    ///
    /// # Errors
    /// Those of [`Headless::frame`], and what `each` returns.
    pub fn run<E: From<StageError>>(
        &mut self,
        mut each: impl FnMut(&mut World, Frame) -> Result<bool, E>,
    ) -> Result<(), E> {
        loop {
            let frame = self.frame()?;
            if !each(self.app.world_mut(), frame)? {
                return Ok(());
            }
        }
    }

    fn poll(&self, until: PollType) {
        if let Err(why) = self.app.world().resource::<RenderDevice>().poll(until) {
            tracing::warn!("waiting for the graphics driver: {why}");
        }
    }

    /// Copies the target of the last update.
    fn read(&self) -> Result<Frame, StageError> {
        let (width, height) = (self.settings.width, self.settings.height);
        let world = self.app.world();
        let images = self.app.sub_app(RenderApp).world().resource::<RenderAssets<GpuImage>>();
        let source = images.get(&self.target).ok_or(StageError::NoFrame(1))?;
        let device = world.resource::<RenderDevice>();
        let mut encoder = device.create_command_encoder(&CommandEncoderDescriptor { label: Some("frame") });
        encoder.copy_texture_to_buffer(
            source.texture.as_image_copy(),
            TexelCopyBufferInfo {
                buffer: &self.buffer,
                layout: TexelCopyBufferLayout {
                    offset: 0,
                    bytes_per_row: Some(self.row_bytes),
                    rows_per_image: None,
                },
            },
            source.texture_descriptor.size,
        );
        world.resource::<RenderQueue>().submit([encoder.finish()]);
        let slice = self.buffer.slice(..);
        let (done, mapped) = std::sync::mpsc::sync_channel(1);
        slice.map_async(MapMode::Read, move |result| {
            // The receiver waits below; it is only gone if this function has returned with an error.
            let _ = done.send(result);
        });
        self.poll(PollType::wait_indefinitely());
        if !matches!(mapped.try_recv(), Ok(Ok(()))) {
            return Err(StageError::NoFrame(1));
        }
        let mut rgba = Vec::with_capacity(width as usize * height as usize * 4);
        for row in slice.get_mapped_range().chunks(self.row_bytes as usize).take(height as usize) {
            rgba.extend_from_slice(row.get(..width as usize * 4).unwrap_or_default());
        }
        self.buffer.unmap();
        Ok(Frame { width, height, rgba })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_frame_is_what_lies_there() {
        let rgba = (0..4 * 3).flat_map(|i| [i as u8; 4]).collect();
        let frame = Frame { width: 4, height: 3, rgba };
        let part = frame.part(1, 1, 2, 9);
        assert_eq!((part.width, part.height), (2, 2));
        assert_eq!(part.rgba.iter().step_by(4).copied().collect::<Vec<_>>(), [5, 6, 9, 10]);
        assert_eq!(frame.difference(&frame), 0.0);
    }

    #[test]
    fn a_picture_of_no_size_is_refused() {
        let settings = Settings { width: 0, ..Settings::default() };
        assert!(matches!(Headless::new(settings, Set::default(), |_| {}), Err(StageError::Size { .. })));
    }
}
