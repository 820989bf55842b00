//! The microphone (cpal). A missing or lost one is reported, and looked for again.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{FromSample, SampleFormat, SizedSample, StreamConfig};

use super::reports::Reports;
use super::source::{Capture, CaptureError, CaptureQueue, CaptureSource};
use crate::speech::audio::{SAMPLE_RATE, duration_of, mix_down, sanitise};
use crate::speech::devices::WantedDevice;
use crate::speech::resample::Resampler;

/// Blocks from the device that may wait to be resampled.
const QUEUE_BLOCKS: usize = 64;
/// A microphone that delivers nothing for this long is lost, whatever its driver says.
const SILENT_DRIVER: Duration = Duration::from_secs(3);
/// How often a waiting thread looks whether it should end.
const POLL: Duration = Duration::from_millis(100);
/// How long a driver may take to open a stream.
const OPEN_LIMIT: Duration = Duration::from_secs(5);

/// A microphone: the system's usual one, or one by name.
#[derive(Debug, Clone, Default)]
pub struct Microphone {
    /// By a part of its name as [`list`] gives it. Another choice is followed at once.
    pub wanted: WantedDevice,
}

/// The names of the microphones that are there.
pub fn list() -> Result<Vec<String>, String> {
    if !crate::speech::devices::sound_system() {
        return Ok(Vec::new());
    }
    let devices = cpal::default_host().input_devices().map_err(|e| e.to_string())?;
    Ok(devices.map(|d| d.to_string()).collect())
}

impl CaptureSource for Microphone {
    fn start(self: Box<Self>) -> Result<Capture, CaptureError> {
        Capture::spawn("speech-microphone", move |mut queue| {
            let mut reports = Reports::default();
            while !queue.stopped() {
                let (begun, turn) = (Instant::now(), self.wanted.turn());
                let ended = |queue: &CaptureQueue| queue.stopped() || self.wanted.turn() != turn;
                let why = listen(self.wanted.name().as_deref(), &ended, &mut reports, &mut queue);
                if queue.stopped() {
                    break;
                }
                if ended(&queue) {
                    reports.change();
                    continue;
                }
                if let Some(report) = reports.lost(why, begun.elapsed()) {
                    queue.report(report);
                }
                pause(reports.next_wait(), || ended(&queue));
            }
        })
    }
}

fn pause(length: Duration, ended: impl Fn() -> bool) {
    let until = Instant::now() + length;
    while Instant::now() < until && !ended() {
        std::thread::sleep(POLL.min(until.saturating_duration_since(Instant::now())));
    }
}

/// What the driver's thread sends.
enum Block {
    Sound { mono: Vec<f32>, captured_at: Instant },
    Broken(String),
}

/// Opens the microphone and delivers until it is lost, or until nobody wants it any more. Returns why, as a sentence.
fn listen(
    name: Option<&str>,
    ended: &impl Fn(&CaptureQueue) -> bool,
    reports: &mut Reports,
    queue: &mut CaptureQueue,
) -> String {
    let device =
        crate::speech::devices::sound_system().then(cpal::default_host).and_then(|host| match name {
            None => host.default_input_device(),
            Some(name) => {
                host.input_devices().ok().and_then(|mut all| all.find(|d| d.to_string().contains(name)))
            }
        });
    let Some(device) = device else {
        return match name {
            None => "no microphone was found: plug one in, or type instead".to_owned(),
            Some(name) => format!("the microphone \"{name}\" was not found: plug it in, or choose another"),
        };
    };
    let config = match device.default_input_config() {
        Ok(config) => config,
        Err(e) => return format!("the microphone cannot be used ({e}): check its connection and permission"),
    };
    let mut resampler = match Resampler::new(config.sample_rate(), SAMPLE_RATE) {
        Ok(resampler) => resampler,
        Err(e) => return format!("the microphone cannot be used: {e}"),
    };
    let (blocks, sound) = sync_channel(QUEUE_BLOCKS);
    let stream = match open(&device, config.config(), config.sample_format(), blocks) {
        Ok(stream) => stream,
        Err(e) => {
            return format!("the microphone could not be opened ({e}): another program may be using it");
        }
    };
    if let Err(e) = stream.play() {
        return format!("the microphone could not be started ({e})");
    }
    deliver(&device.to_string(), &sound, ended, &mut resampler, reports, queue)
}

fn deliver(
    device: &str,
    sound: &Receiver<Block>,
    ended: &impl Fn(&CaptureQueue) -> bool,
    resampler: &mut Resampler,
    reports: &mut Reports,
    queue: &mut CaptureQueue,
) -> String {
    let mut last = Instant::now();
    while !ended(queue) {
        match sound.recv_timeout(POLL) {
            Ok(Block::Sound { mut mono, captured_at }) => {
                last = Instant::now();
                sanitise(&mut mono);
                let mut samples = Vec::with_capacity(mono.len());
                if let Err(e) = resampler.push(&mono, &mut samples) {
                    return e.to_string();
                }
                if !samples.is_empty() {
                    if let Some(report) = reports.sound(device) {
                        queue.report(report);
                    }
                    queue.offer(samples, captured_at);
                }
            }
            Ok(Block::Broken(why)) => {
                return format!("the microphone was lost ({why}): check its connection");
            }
            Err(RecvTimeoutError::Timeout) if last.elapsed() > SILENT_DRIVER => {
                return "the microphone delivers nothing: check its connection".into();
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return "the microphone was lost: check its connection".into();
            }
        }
    }
    String::new()
}

fn open(
    device: &cpal::Device,
    config: StreamConfig,
    format: SampleFormat,
    blocks: SyncSender<Block>,
) -> Result<cpal::Stream, cpal::Error> {
    match format {
        SampleFormat::F32 => open_as::<f32>(device, config, blocks),
        SampleFormat::F64 => open_as::<f64>(device, config, blocks),
        SampleFormat::I8 => open_as::<i8>(device, config, blocks),
        SampleFormat::I16 => open_as::<i16>(device, config, blocks),
        SampleFormat::I24 => open_as::<cpal::I24>(device, config, blocks),
        SampleFormat::I32 => open_as::<i32>(device, config, blocks),
        SampleFormat::U8 => open_as::<u8>(device, config, blocks),
        SampleFormat::U16 => open_as::<u16>(device, config, blocks),
        SampleFormat::U32 => open_as::<u32>(device, config, blocks),
        _ => Err(cpal::Error::with_message(
            cpal::ErrorKind::UnsupportedConfig,
            "its sample format is not known",
        )),
    }
}

fn open_as<T: SizedSample>(
    device: &cpal::Device,
    config: StreamConfig,
    blocks: SyncSender<Block>,
) -> Result<cpal::Stream, cpal::Error>
where
    f32: FromSample<T>,
{
    let channels = usize::from(config.channels);
    let rate = config.sample_rate;
    let broken = blocks.clone();
    let mut floats: Vec<f32> = Vec::new();
    device.build_input_stream(
        config,
        move |data: &[T], info: &cpal::InputCallbackInfo| {
            floats.clear();
            floats.extend(data.iter().map(|s| cpal::Sample::to_sample::<f32>(*s)));
            let mut mono = Vec::with_capacity(data.len() / channels.max(1));
            mix_down(&floats, channels, &mut mono);
            // The time stamp is of the first sample; what counts here is the last.
            let stamp = info.timestamp();
            let delay = stamp.callback.saturating_duration_since(stamp.capture);
            let late = delay.saturating_sub(duration_of(mono.len() as u64, rate));
            let captured_at = Instant::now().checked_sub(late).unwrap_or_else(Instant::now);
            // Never wait in a driver's thread: what does not fit is lost and shows as a short gap.
            let _ = blocks.try_send(Block::Sound { mono, captured_at });
        },
        move |error| {
            use cpal::ErrorKind::{DeviceChanged, RealtimeDenied, Xrun};
            if matches!(error.kind(), DeviceChanged | RealtimeDenied | Xrun) {
                tracing::debug!(%error, "the microphone goes on");
            } else {
                let _ = broken.try_send(Block::Broken(error.to_string()));
            }
        },
        Some(OPEN_LIMIT),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::capture::Captured;

    #[test]
    fn a_microphone_is_there_when_its_first_sound_is() {
        let (blocks, sound) = sync_channel(QUEUE_BLOCKS);
        blocks.send(Block::Broken("unplugged".into())).unwrap();
        let capture = Capture::spawn("test", move |mut queue| {
            let mut reports = Reports::default();
            let mut resampler = Resampler::new(SAMPLE_RATE, SAMPLE_RATE).unwrap();
            let why = deliver(
                "a microphone",
                &sound,
                &CaptureQueue::stopped,
                &mut resampler,
                &mut reports,
                &mut queue,
            );
            assert!(why.contains("unplugged"), "{why}");
            let why = deliver(
                "a microphone",
                &sound,
                &CaptureQueue::stopped,
                &mut resampler,
                &mut reports,
                &mut queue,
            );
            assert!(why.contains("was lost"), "{why}");
        })
        .unwrap();
        blocks.send(Block::Sound { mono: vec![0.1; 480], captured_at: Instant::now() }).unwrap();
        drop(blocks);
        let first = capture.next(Duration::from_secs(10));
        assert!(matches!(&first, Some(Captured::Back { device }) if device == "a microphone"), "{first:?}");
        let next = capture.next(Duration::from_secs(10));
        assert!(matches!(next, Some(Captured::Chunk(_))), "{next:?}");
    }

    /// With or without a sound card: a report comes, and dropping the capture ends the thread.
    #[test]
    fn a_microphone_reports_that_it_is_there_or_that_it_is_not() {
        let capture = Box::new(Microphone::default()).start().unwrap();
        let first = capture.next(Duration::from_secs(20)).unwrap();
        match first {
            Captured::Back { device } => assert!(!device.is_empty()),
            Captured::Lost { why } => assert!(why.contains("microphone"), "{why}"),
            other => panic!("unexpected {other:?}"),
        }
    }

    #[test]
    fn a_microphone_that_is_not_there_is_named() {
        let capture = Box::new(Microphone { wanted: WantedDevice::new(Some("no such device".into())) })
            .start()
            .unwrap();
        let Some(Captured::Lost { why }) = capture.next(Duration::from_secs(20)) else { panic!("found it") };
        assert!(why.contains("no such device"), "{why}");
    }

    /// What is looked for in vain is looked for ever more rarely: another choice does not wait for that.
    #[test]
    fn another_choice_is_followed_at_once() {
        let wanted = WantedDevice::new(Some("no such device".into()));
        let capture = Box::new(Microphone { wanted: wanted.clone() }).start().unwrap();
        let lost = |capture: &Capture| match capture.next(Duration::from_secs(20)) {
            Some(Captured::Lost { why }) => why,
            other => panic!("unexpected {other:?}"),
        };
        assert!(lost(&capture).contains("no such device"));
        // Three looks: the fourth would come after four seconds.
        std::thread::sleep(Duration::from_millis(3_500));
        let chosen = Instant::now();
        wanted.choose(Some("another that is not there".into()));
        assert!(lost(&capture).contains("another that is not there"));
        assert!(chosen.elapsed() < Duration::from_secs(2), "{:?}", chosen.elapsed());
    }
}
