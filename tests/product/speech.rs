//! The voice loop end to end, without a sound card: espeak-ng says it, a paced microphone hears it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use avatardesk::speech::audio::{Chunk, SAMPLE_RATE, VOICE_RATE, duration_of};
use avatardesk::speech::capture::{CaptureSource, Captured, PacedSource};
use avatardesk::speech::clock::{Clock, LeapClock};
use avatardesk::speech::endpoint::{EndedBy, EndpointConfig, Heard, Mode, Utterance};
use avatardesk::speech::file;
use avatardesk::speech::listen::{Listened, Listener};
use avatardesk::speech::mouth::{Part, Voice, VoiceConfig, VoiceEvent};
use avatardesk::speech::playback::{PacedPlayback, PartKey};
use avatardesk::speech::resample::resample_all;
use avatardesk::speech::tts::{self, Espeak, Synthesizer};
use avatardesk::speech::vad::VadConfig;

const PATIENCE: Duration = Duration::from_secs(60);

/// What espeak-ng says, at 16 kHz.
fn spoken(text: &str) -> Vec<f32> {
    let engine = Espeak::default();
    if let Err(e) = engine.available() {
        panic!("this test needs espeak-ng, which the set-up installs: {e}");
    }
    let pcm = engine.speak(text, &tts::Voice::of("en")).unwrap().collect().unwrap();
    resample_all(&pcm.samples, pcm.rate, SAMPLE_RATE).unwrap()
}

/// The same noise on every run.
fn noise(count: usize, amplitude: f32) -> Vec<f32> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    (0..count)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            ((state >> 40) as f32 / 8_388_608.0 - 1.0) * amplitude
        })
        .collect()
}

fn seconds(s: f32) -> Vec<f32> {
    vec![0.0; (s * SAMPLE_RATE as f32) as usize]
}

/// Utterances with their own samples, and when the recording began.
struct Hearing {
    utterances: Vec<Utterance>,
    begun: Instant,
}

/// Feeds a recording through the paced microphone, the voice detector and the endpointer.
fn hear(samples: &[f32]) -> Hearing {
    let clock = Arc::new(LeapClock::default());
    let begun = clock.now();
    let source = PacedSource::with_clock(samples, Duration::from_secs(1), clock, true).unwrap();
    let capture = Box::new(source).start().unwrap();
    let mut listener = Listener::new(VadConfig::default(), EndpointConfig::default(), Mode::HandsFree);
    let mut out = Vec::new();
    loop {
        match capture.next(PATIENCE).expect("a recording that goes on") {
            Captured::Chunk(chunk) => listener.push(&chunk, &mut out),
            Captured::Ended => break,
            _ => {}
        }
    }
    let mut utterances = Vec::new();
    let mut offer = None;
    for listened in out {
        match listened {
            Listened::Heard(Heard::Offer(utterance)) => offer = Some(utterance),
            Listened::Heard(Heard::Complete { mut utterance, offered }) => {
                if offered {
                    utterance.samples = offer.take().expect("the offer").samples;
                }
                utterances.push(utterance);
            }
            _ => {}
        }
    }
    Hearing { utterances, begun }
}

/// Where the first and the last sound of a recording are.
fn extent(samples: &[f32]) -> (usize, usize) {
    let loud = |s: &f32| s.abs() > 0.02;
    (samples.iter().position(loud).unwrap(), samples.iter().rposition(loud).unwrap())
}

fn position(hearing: &Hearing, at: Instant) -> f32 {
    at.saturating_duration_since(hearing.begun).as_secs_f32()
}

#[test]
fn a_spoken_sentence_is_one_utterance_with_its_first_syllable() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("question.wav");
    let sentence = spoken("Where can I find my wallet?");
    let recording = [seconds(1.0), sentence].concat();
    file::write_wav(&path, &recording, SAMPLE_RATE).unwrap();
    let recording = file::read(&path).unwrap();
    let (first, last) = extent(&recording);

    let hearing = hear(&recording);
    assert_eq!(hearing.utterances.len(), 1);
    let utterance = &hearing.utterances[0];
    assert_eq!(utterance.ended_by, EndedBy::Pause);
    // The samples begin before the sound does: they are found in the recording, well before the first syllable.
    let probe = &utterance.samples[utterance.samples.len() / 2..][..400];
    let found =
        recording.windows(400).position(|w| w == probe).expect("the utterance's samples are the recording's");
    let begins = found - utterance.samples.len() / 2;
    assert!(begins < first, "begins at {begins}, the first sound is at {first}");
    assert!(begins + utterance.samples.len() > last, "ends before the last sound");
    // The end of speech and the decision are where they should be.
    let end = last as f32 / SAMPLE_RATE as f32;
    let heard_end = position(&hearing, utterance.ended);
    assert!((heard_end - end).abs() < 0.25, "speech ends at {end:.2} s, heard at {heard_end:.2} s");
    let decided = position(&hearing, utterance.decided) - end;
    println!("end of sound to endpoint: {:.0} ms", decided * 1000.0);
    assert!((0.40..0.75).contains(&decided), "decided {decided:.2} s after the sound");
}

#[test]
fn silence_and_noise_are_no_utterance() {
    let hum: Vec<f32> = (0..5 * SAMPLE_RATE)
        .map(|i| (i as f32 * 50.0 / SAMPLE_RATE as f32 * std::f32::consts::TAU).sin() * 0.1)
        .collect();
    let sudden = [seconds(1.0), noise(3 * SAMPLE_RATE as usize, 0.1)].concat();
    let mut clicks = seconds(5.0);
    for i in (8_000..clicks.len()).step_by(9_000) {
        clicks[i..i + 40].fill(0.7);
    }
    let cases = [
        ("silence", seconds(5.0)),
        ("quiet noise", noise(80_000, 0.005)),
        ("noise", noise(80_000, 0.1)),
        ("sudden noise", sudden),
        ("hum", hum),
        ("clicks", clicks),
    ];
    for (name, samples) in cases {
        assert_eq!(hear(&samples).utterances.len(), 0, "{name}");
    }
}

#[test]
fn speech_in_noise_is_heard_too() {
    let mut recording = [seconds(1.5), spoken("How do I send tokens?"), seconds(0.5)].concat();
    for (sample, noise) in recording.iter_mut().zip(noise(20 * SAMPLE_RATE as usize, 0.01)) {
        *sample += noise;
    }
    assert_eq!(hear(&recording).utterances.len(), 1);
}

#[test]
fn two_sentences_with_a_long_pause_are_two_utterances() {
    let recording =
        [seconds(0.8), spoken("Where is my wallet?"), seconds(1.2), spoken("What is a token?")].concat();
    let hearing = hear(&recording);
    assert_eq!(hearing.utterances.len(), 2);
    assert!(hearing.utterances[0].ended < hearing.utterances[1].started);
}

#[test]
fn a_short_pause_inside_a_sentence_does_not_end_it() {
    let recording = [seconds(0.8), spoken("Where is"), seconds(0.2), spoken("my wallet?")].concat();
    assert_eq!(hear(&recording).utterances.len(), 1);
}

#[test]
fn a_stereo_file_at_44_kilohertz_is_heard_like_any_other() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("stereo.wav");
    let mono = [seconds(0.8), spoken("Where is my wallet?")].concat();
    let high = resample_all(&mono, SAMPLE_RATE, 44_100).unwrap();
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 44_100,
        bits_per_sample: 24,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    for sample in &high {
        for _ in 0..2 {
            writer.write_sample((sample * 8_388_607.0) as i32).unwrap();
        }
    }
    writer.finalize().unwrap();
    let read = file::read(&path).unwrap();
    assert!(read.len().abs_diff(mono.len()) <= 2, "{} {}", read.len(), mono.len());
    assert_eq!(hear(&read).utterances.len(), 1);
}

#[test]
fn an_interruption_fades_out_and_nothing_follows() {
    let sink = PacedPlayback::start(true).unwrap();
    // The recording is asked for through the sink, which the voice then owns: keep what it needs before.
    let recorder = sink.recorder();
    let mut voice =
        Voice::start(Arc::new(Espeak::default()), Box::new(sink), VoiceConfig::default()).unwrap();
    let key = PartKey { answer: 1, part: 1 };
    voice
        .say(Part {
            key,
            text: "This is a long answer that nobody wants to hear to its end. ".repeat(5),
            language: "en".into(),
        })
        .unwrap();
    let limit = Instant::now() + PATIENCE;
    let wait = |voice: &mut Voice, wanted: fn(&VoiceEvent) -> bool| loop {
        assert!(Instant::now() < limit, "the event did not come");
        match voice.next_event() {
            Some(event) if wanted(&event) => break event,
            _ => std::thread::yield_now(),
        }
    };
    wait(&mut voice, |e| matches!(e, VoiceEvent::Progress { played, .. } if played.ms >= 400));
    let asked = Instant::now();
    voice.stop();
    let event = wait(&mut voice, |e| matches!(e, VoiceEvent::Interrupted { .. }));
    let VoiceEvent::Interrupted { played, .. } = event else { unreachable!() };
    assert!(played.ms >= 400 && played.chars > 0);
    // Some silence afterwards, so that something could be heard if it went on.
    let later = asked + Duration::from_millis(400);
    while Instant::now() < later {
        voice.mouth(Instant::now());
        std::thread::yield_now();
    }
    assert!(voice.mouth(Instant::now()).open < 0.05, "the mouth is still open");
    let recording = recorder.recording().unwrap();
    let last = recording.samples.iter().rposition(|s| s.abs() > 1e-4).unwrap();
    let silent_at = recording.started + duration_of(last as u64, VOICE_RATE);
    let took = silent_at.saturating_duration_since(asked);
    println!("from stop to silence: {took:?}");
    assert!(took < Duration::from_millis(120), "sound for {took:?} after the stop");
    // No step, so no click.
    let end = &recording.samples[last.saturating_sub(960)..];
    assert!(end.windows(2).all(|w| (w[0] - w[1]).abs() < 0.25));
}

#[test]
fn a_chunk_that_lies_does_no_harm() {
    let mut listener = Listener::new(VadConfig::default(), EndpointConfig::default(), Mode::HandsFree);
    let mut out = Vec::new();
    for (i, samples) in
        [vec![f32::NAN; 700], vec![], vec![f32::INFINITY; 1], vec![9.0; 100_000]].into_iter().enumerate()
    {
        let chunk = Chunk { samples, first_sample: i as u64 * 7, captured_at: Instant::now() };
        listener.push(&chunk, &mut out);
    }
}

/// The embedded model, where it is already there.
fn embedded_model() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/models/desk-en.bin.zst")
}

#[cfg(feature = "voice")]
mod with_whisper {
    use super::*;
    use avatardesk::speech::capture::PacedFeeder;
    use avatardesk::speech::ears::{Ears, EarsConfig, EarsEvent};
    use avatardesk::speech::recognize::whisper::{ModelSource, Whisper};
    use avatardesk::speech::recognize::{Cancel, Options, Outcome, transcribe};

    #[test]
    fn the_embedded_model_understands_what_is_said() {
        let path = embedded_model();
        let mut model = Whisper::load(&ModelSource::File(path)).unwrap();
        let mut right = 0;
        let questions = [
            "where is my wallet",
            "how do I send tokens",
            "what is a seed phrase",
            "thank you",
            "i want to speak to a person",
        ];
        for text in questions {
            let samples = [seconds(0.6), spoken(text), seconds(0.24)].concat();
            let outcome = transcribe(&mut model, &samples, &Options::default(), &Cancel::default()).unwrap();
            let Outcome::Text(transcript) = outcome else {
                println!("{text}: {outcome:?}");
                continue;
            };
            println!(
                "{text:30} -> {:30} confidence {:.2} context {} encode {:?} decode {:?}",
                transcript.text,
                transcript.confidence,
                transcript.audio_ctx,
                transcript.stages.encode,
                transcript.stages.decode
            );
            let plain: String =
                transcript.text.to_lowercase().chars().filter(|c| c.is_alphanumeric() || *c == ' ').collect();
            right += usize::from(plain.trim() == text.to_lowercase());
        }
        assert!(right >= 3, "only {right} of {} right", questions.len());
    }

    #[test]
    fn from_the_microphone_to_the_text_in_real_time() {
        let path = embedded_model();
        let (source, feeder): (PacedSource, PacedFeeder) = PacedSource::live();
        let load = move || Ok(Box::new(Whisper::load(&ModelSource::File(path))?) as Box<_>);
        let ears = Ears::start(Box::new(source), load, EarsConfig::default()).unwrap();
        feeder.feed(&[seconds(0.5), spoken("where is my wallet")].concat()).unwrap();
        loop {
            match ears.wait(PATIENCE).expect("a transcript") {
                EarsEvent::Transcript { transcript, stamps, .. } => {
                    let after = |at: Instant| at.saturating_duration_since(stamps.speech_ended).as_millis();
                    println!(
                        "{}: endpoint after {} ms, transcript after {} ms",
                        transcript.text,
                        after(stamps.endpoint),
                        after(stamps.transcript)
                    );
                    assert!(after(stamps.transcript) < 10_000);
                    break;
                }
                EarsEvent::NoModel { why } | EarsEvent::Failed { why, .. } => panic!("{why}"),
                EarsEvent::Nothing { why, .. } => panic!("nothing: {why:?}"),
                _ => {}
            }
        }
    }

    /// Milliseconds from the end of speech to the decision that it has ended and to the text, and the captions before.
    fn turn(samples: &[f32], live: bool) -> (f64, f64, Vec<String>) {
        let (source, feeder): (PacedSource, PacedFeeder) = PacedSource::live();
        let load = || Ok(Box::new(Whisper::load(&ModelSource::File(embedded_model()))?) as Box<_>);
        let ears = Ears::start(Box::new(source), load, EarsConfig { live, ..EarsConfig::default() }).unwrap();
        loop {
            match ears.wait(PATIENCE).expect("a model") {
                EarsEvent::ModelReady { .. } => break,
                EarsEvent::NoModel { why } => panic!("{why}"),
                _ => {}
            }
        }
        feeder.feed(samples).unwrap();
        let mut captions = Vec::new();
        loop {
            match ears.wait(PATIENCE).expect("a transcript") {
                EarsEvent::Partial { stable, rest, .. } => captions.push(format!("{stable}|{rest}")),
                EarsEvent::Transcript { stamps, transcript, .. } => {
                    captions.push(transcript.text);
                    let after = |at: Instant| {
                        at.saturating_duration_since(stamps.speech_ended).as_secs_f64() * 1000.0
                    };
                    return (after(stamps.endpoint), after(stamps.transcript), captions);
                }
                EarsEvent::NoModel { why } | EarsEvent::Failed { why, .. } => panic!("{why}"),
                EarsEvent::Nothing { why, .. } => panic!("nothing: {why:?}"),
                _ => {}
            }
        }
    }

    #[test]
    fn captions_come_with_the_words_and_keep_no_text_waiting() {
        let (mut plain, mut live, mut shown) = (0.0, 0.0, 0);
        for text in
            ["how do i send tokens to another wallet", "where is the main stage", "what is a seed phrase"]
        {
            let samples = [seconds(0.3), spoken(text)].concat();
            let (end, done, _) = turn(&samples, false);
            let (live_end, live_done, captions) = turn(&samples, true);
            println!(
                "end {end:.0} ms, text {done:.0} ms; live: end {live_end:.0} ms, text {live_done:.0} ms, {captions:?}"
            );
            plain += done;
            live += live_done;
            shown += captions.len() - 1;
        }
        println!(
            "text after {:.0} ms, with captions after {:.0} ms: ratio {:.2}",
            plain / 3.0,
            live / 3.0,
            live / plain
        );
        assert!(shown >= 3, "only {shown} captions");
        assert!(live < plain * 1.15, "{live} against {plain}");
    }
}

#[test]
fn the_embedded_model_has_the_header_of_a_small_english_whisper() {
    let path = embedded_model();
    let (_, header) = avatardesk::speech::model_file::load(&path).unwrap();
    assert!(header.english_only());
    let longest = EndpointConfig::default().max_ms as f32 / 1000.0;
    assert!(
        header.max_seconds() >= longest,
        "{} s of context for utterances of {longest} s",
        header.max_seconds()
    );
}
