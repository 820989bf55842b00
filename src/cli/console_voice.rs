//! The agent's microphone for `avatardesk console --mic`: a device or a file, the codec, and what makes the captions.

use std::path::Path;

use anyhow::Result;

use crate::client::ClientHandle;
use crate::config::Settings;
use crate::console::Microphone;

/// Says which feature is missing.
#[cfg(not(feature = "voice"))]
pub fn built_in() -> Result<()> {
    anyhow::bail!(
        "this program was built without the feature `voice`, so it has no microphone: build it with `cargo build --features voice`, or leave out `--mic`"
    )
}

/// Everything is there.
#[cfg(feature = "voice")]
pub fn built_in() -> Result<()> {
    Ok(())
}

#[cfg(not(feature = "voice"))]
pub fn start(_: &Settings, _: Option<&Path>, _: ClientHandle) -> Result<Microphone> {
    built_in().and_then(|()| anyhow::bail!("there is no microphone in this build"))
}

/// Starts the microphone, closed until somebody is served.
#[cfg(feature = "voice")]
pub fn start(settings: &Settings, file: Option<&Path>, client: ClientHandle) -> Result<Microphone> {
    use anyhow::Context;

    use super::{desk, speech_model};
    use crate::client::random_u128;
    use crate::console::MicParts;
    use crate::speech::capture::device::Microphone as Device;
    use crate::speech::capture::{CaptureSource, PacedSource};
    use crate::speech::devices::WantedDevice;
    use crate::speech::voice::OpusEncoder;

    let model = speech_model::choose(settings)?;
    let mut begun: Option<Box<dyn FnOnce() + Send>> = None;
    let source: Box<dyn CaptureSource> = match file {
        None => Box::new(Device { wanted: WantedDevice::new(settings.microphone.clone()) }),
        Some(file) => {
            let samples = crate::speech::file::read(file)?;
            let (source, feeder) = PacedSource::live();
            begun = Some(Box::new(move || {
                if let Err(error) = feeder.feed(&samples) {
                    tracing::warn!("the sound file is not played: {error}");
                }
            }));
            Box::new(source)
        }
    };
    let stream = u32::try_from(random_u128()? & u128::from(u32::MAX)).unwrap_or_default();
    let encoder = Box::new(OpusEncoder::new()?);
    let parts = MicParts { source, encoder, stream, load: Box::new(move || desk::load(&model)), begun };
    Microphone::start(parts, client).context("the microphone")
}
