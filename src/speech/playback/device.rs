//! The loudspeaker (cpal), with rodio's mixer pulled inside our own callback: a short buffer, true time stamps, and a
//! count of what was really played. Without a device time goes on in silence, and a device is looked for again.

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{BufferSize, FromSample, SampleFormat, SizedSample, StreamConfig, SupportedBufferSize};
use rodio::Source;
use rodio::mixer::{Mixer, MixerSource, mixer};

use super::output::{BLOCK_SAMPLES, Playback, PlaybackError, PlaybackStatus, VoiceOutput, block_time};
use crate::speech::audio::VOICE_RATE;
use crate::speech::devices::WantedDevice;

/// The buffer that is asked for: 20 ms. Drivers may give another.
const BUFFER: Duration = Duration::from_millis(20);
/// How long silence lasts between two looks for a device: at first, and at most.
const FIRST_RETRY: Duration = Duration::from_secs(2);
const LAST_RETRY: Duration = Duration::from_secs(30);
/// A device that asks for nothing for this long is lost, whatever its driver says.
const SILENT_DRIVER: Duration = Duration::from_secs(3);
/// How often the thread looks whether it should end.
const POLL: Duration = Duration::from_millis(100);
/// How long a driver may take to open a stream.
const OPEN_LIMIT: Duration = Duration::from_secs(5);
/// Samples that are rendered at once inside the callback: 2 ms, so that stopping is heard soon.
const STEP: usize = 96;

/// A loudspeaker: the system's usual one, or one by a part of its name. Another choice is followed at once.
pub struct Loudspeaker {
    output: VoiceOutput,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// The names of the loudspeakers that are there.
pub fn list() -> Result<Vec<String>, String> {
    if !crate::speech::devices::sound_system() {
        return Ok(Vec::new());
    }
    let devices = cpal::default_host().output_devices().map_err(|e| e.to_string())?;
    Ok(devices.map(|d| d.to_string()).collect())
}

impl Loudspeaker {
    /// Starts to play; see [`VoiceOutput::status`] for whether there is a device.
    pub fn start(wanted: WantedDevice) -> Result<Self, PlaybackError> {
        let output = VoiceOutput::default();
        let stop = Arc::new(AtomicBool::new(false));
        let thread = std::thread::Builder::new().name("speech-loudspeaker".into()).spawn({
            let (output, stop) = (output.clone(), Arc::clone(&stop));
            move || {
                let mut wait = FIRST_RETRY;
                while !stop.load(Ordering::Relaxed) {
                    let (begun, turn) = (Instant::now(), wanted.turn());
                    let ended = || stop.load(Ordering::Relaxed) || wanted.turn() != turn;
                    let why = play(wanted.name().as_deref(), &output, &ended);
                    if ended() {
                        wait = FIRST_RETRY;
                        continue;
                    }
                    if begun.elapsed() > LAST_RETRY {
                        wait = FIRST_RETRY;
                    }
                    tracing::debug!(%why, "no loudspeaker");
                    output.set_status(PlaybackStatus::Silent { why });
                    play_silently(&output, wait, &ended);
                    wait = (wait * 2).min(LAST_RETRY);
                }
            }
        })?;
        Ok(Self { output, stop, thread: Some(thread) })
    }
}

impl Playback for Loudspeaker {
    fn output(&self) -> VoiceOutput {
        self.output.clone()
    }
}

impl Drop for Loudspeaker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the loudspeaker's thread panicked");
        }
    }
}

/// Lets time go on without a device.
fn play_silently(output: &VoiceOutput, length: Duration, ended: &impl Fn() -> bool) {
    let start = Instant::now();
    let mut block = [0.0; BLOCK_SAMPLES];
    let blocks = (crate::speech::audio::samples_in(length, VOICE_RATE) / BLOCK_SAMPLES) as u64;
    for i in 0..blocks {
        if ended() {
            return;
        }
        let at = block_time(start, i);
        std::thread::sleep(at.saturating_duration_since(Instant::now()));
        output.render(&mut block, at);
    }
}

/// What the driver's thread tells.
enum News {
    Alive,
    Broken(String),
}

/// Plays until the device is lost, or until nobody wants it any more. Returns why, as a sentence.
fn play(name: Option<&str>, output: &VoiceOutput, ended: &impl Fn() -> bool) -> String {
    let device =
        crate::speech::devices::sound_system().then(cpal::default_host).and_then(|host| match name {
            None => host.default_output_device(),
            Some(name) => {
                host.output_devices().ok().and_then(|mut all| all.find(|d| d.to_string().contains(name)))
            }
        });
    let Some(device) = device else {
        return match name {
            None => "no loudspeaker was found: plug one in; the captions carry on without".to_owned(),
            Some(name) => format!("the loudspeaker \"{name}\" was not found: plug it in, or choose another"),
        };
    };
    let supported = match device.default_output_config() {
        Ok(config) => config,
        Err(e) => return format!("the loudspeaker cannot be used ({e}): check its connection"),
    };
    let mut config = supported.config();
    config.buffer_size = buffer_size(supported.buffer_size(), config.sample_rate);
    let (news, told) = sync_channel(16);
    let stream = open(&device, config, supported.sample_format(), output.clone(), news);
    let stream = match stream.and_then(|stream| stream.play().map(|()| stream)) {
        Ok(stream) => stream,
        Err(e) => {
            return format!("the loudspeaker could not be opened ({e}): another program may be using it");
        }
    };
    output.set_status(PlaybackStatus::Playing { device: device.to_string() });
    let why = watch(&told, ended);
    drop(stream);
    why
}

fn watch(told: &Receiver<News>, ended: &impl Fn() -> bool) -> String {
    let mut alive = Instant::now();
    while !ended() {
        match told.recv_timeout(POLL) {
            Ok(News::Alive) => alive = Instant::now(),
            Ok(News::Broken(why)) => {
                return format!("the loudspeaker was lost ({why}): check its connection");
            }
            Err(RecvTimeoutError::Timeout) if alive.elapsed() > SILENT_DRIVER => {
                return "the loudspeaker takes no sound: check its connection".into();
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return "the loudspeaker was lost: check its connection".into();
            }
        }
    }
    String::new()
}

fn buffer_size(supported: &SupportedBufferSize, rate: u32) -> BufferSize {
    let wanted = (BUFFER.as_secs_f64() * f64::from(rate)) as u32;
    match *supported {
        SupportedBufferSize::Range { min, max } if min <= max && max > 0 => {
            BufferSize::Fixed(wanted.clamp(min.max(1), max))
        }
        _ => BufferSize::Default,
    }
}

/// Our queue as a source for rodio's mixer, which converts rate and channels.
struct QueueSource {
    output: VoiceOutput,
    step: [f32; STEP],
    next: usize,
    /// When the next step is heard; moved on by each step, set anew by each callback.
    heard_at: Arc<std::sync::Mutex<Instant>>,
}

impl Iterator for QueueSource {
    type Item = rodio::Sample;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= STEP {
            let at = {
                let mut heard_at = crate::speech::clock::lock(&self.heard_at);
                let at = *heard_at;
                *heard_at += crate::speech::audio::duration_of(STEP as u64, VOICE_RATE);
                at
            };
            self.output.render(&mut self.step, at);
            self.next = 0;
        }
        let sample = self.step.get(self.next).copied();
        self.next += 1;
        // Never over: silence comes from the queue.
        Some(sample.unwrap_or(0.0))
    }
}

impl Source for QueueSource {
    fn current_span_len(&self) -> Option<usize> {
        None
    }

    fn channels(&self) -> rodio::ChannelCount {
        NonZero::<u16>::MIN
    }

    fn sample_rate(&self) -> rodio::SampleRate {
        NonZero::new(VOICE_RATE).unwrap_or(NonZero::<u32>::MIN)
    }

    fn total_duration(&self) -> Option<Duration> {
        None
    }
}

fn open(
    device: &cpal::Device,
    config: StreamConfig,
    format: SampleFormat,
    output: VoiceOutput,
    news: SyncSender<News>,
) -> Result<cpal::Stream, cpal::Error> {
    let unsupported = |why| cpal::Error::with_message(cpal::ErrorKind::UnsupportedConfig, why);
    let (Some(channels), Some(rate)) = (NonZero::new(config.channels), NonZero::new(config.sample_rate))
    else {
        return Err(unsupported("it has no channels or no rate"));
    };
    let heard_at = Arc::new(std::sync::Mutex::new(Instant::now()));
    let (mix, source): (Mixer, MixerSource) = mixer(channels, rate);
    mix.add(QueueSource { output, step: [0.0; STEP], next: STEP, heard_at: Arc::clone(&heard_at) });
    match format {
        SampleFormat::F32 => open_as::<f32>(device, config, source, heard_at, news),
        SampleFormat::F64 => open_as::<f64>(device, config, source, heard_at, news),
        SampleFormat::I8 => open_as::<i8>(device, config, source, heard_at, news),
        SampleFormat::I16 => open_as::<i16>(device, config, source, heard_at, news),
        SampleFormat::I24 => open_as::<cpal::I24>(device, config, source, heard_at, news),
        SampleFormat::I32 => open_as::<i32>(device, config, source, heard_at, news),
        SampleFormat::U8 => open_as::<u8>(device, config, source, heard_at, news),
        SampleFormat::U16 => open_as::<u16>(device, config, source, heard_at, news),
        SampleFormat::U32 => open_as::<u32>(device, config, source, heard_at, news),
        _ => Err(unsupported("its sample format is not known")),
    }
}

fn open_as<T: SizedSample + FromSample<f32>>(
    device: &cpal::Device,
    config: StreamConfig,
    mut source: MixerSource,
    heard_at: Arc<std::sync::Mutex<Instant>>,
    news: SyncSender<News>,
) -> Result<cpal::Stream, cpal::Error> {
    let broken = news.clone();
    device.build_output_stream(
        config,
        move |data: &mut [T], info: &cpal::OutputCallbackInfo| {
            let stamp = info.timestamp();
            let delay = stamp.playback.saturating_duration_since(stamp.callback);
            *crate::speech::clock::lock(&heard_at) = Instant::now() + delay;
            for slot in data.iter_mut() {
                *slot = T::from_sample(source.next().unwrap_or(0.0).clamp(-1.0, 1.0));
            }
            // A full queue only means that nobody has looked yet.
            let _ = news.try_send(News::Alive);
        },
        move |error| {
            use cpal::ErrorKind::{DeviceChanged, RealtimeDenied, Xrun};
            if matches!(error.kind(), DeviceChanged | RealtimeDenied | Xrun) {
                tracing::debug!(%error, "the loudspeaker goes on");
            } else {
                let _ = broken.try_send(News::Broken(error.to_string()));
            }
        },
        Some(OPEN_LIMIT),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::playback::queue::{PartKey, PlayEvent};

    /// With or without a sound card what is said comes to its end, in time.
    #[test]
    fn speech_comes_to_its_end_without_a_device_too() {
        let sink = Loudspeaker::start(WantedDevice::default()).unwrap();
        let output = sink.output();
        let writer = output.writer();
        writer.begin(PartKey { answer: 1, part: 0 }).unwrap();
        writer.sound(vec![0.0; VOICE_RATE as usize / 5], Instant::now()).unwrap();
        writer.end().unwrap();
        let limit = Instant::now() + Duration::from_secs(20);
        loop {
            assert!(Instant::now() < limit, "it never ended; status {:?}", output.status());
            match output.next_event() {
                Some(PlayEvent::Finished { .. }) => break,
                _ => std::thread::yield_now(),
            }
        }
        match output.status() {
            PlaybackStatus::Silent { why } => assert!(why.contains("loudspeaker"), "{why}"),
            PlaybackStatus::Playing { device } => assert!(!device.is_empty()),
            PlaybackStatus::Starting => panic!("still starting"),
        }
    }

    #[test]
    fn the_buffer_is_short_and_within_what_the_device_takes() {
        let range = |min, max| SupportedBufferSize::Range { min, max };
        assert_eq!(buffer_size(&range(16, 8192), 48_000), BufferSize::Fixed(960));
        assert_eq!(buffer_size(&range(2048, 8192), 48_000), BufferSize::Fixed(2048));
        assert_eq!(buffer_size(&SupportedBufferSize::Unknown, 48_000), BufferSize::Default);
    }

    #[test]
    fn the_mixer_carries_the_queue_to_a_device_of_another_rate_and_two_channels() {
        let output = VoiceOutput::default();
        let writer = output.writer();
        writer.begin(PartKey { answer: 1, part: 0 }).unwrap();
        writer.sound(vec![0.5; VOICE_RATE as usize], Instant::now()).unwrap();
        writer.end().unwrap();
        let (mix, mut source) = mixer(NonZero::new(2).unwrap(), NonZero::new(44_100).unwrap());
        let heard_at = Arc::new(std::sync::Mutex::new(Instant::now()));
        mix.add(QueueSource { output: output.clone(), step: [0.0; STEP], next: STEP, heard_at });
        let out: Vec<f32> = source.by_ref().take(2 * 44_100).collect();
        let loud = out.iter().filter(|s| **s > 0.49).count();
        assert!(loud > 2 * 44_000, "{loud}");
        let mut played = Vec::new();
        output.read_played(0, &mut played);
        assert!(played.len().abs_diff(VOICE_RATE as usize) < 2 * STEP, "{}", played.len());
    }
}
