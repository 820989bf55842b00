//! A speech service over HTTP, as OpenAI's `/v1/audio/speech` describes it; many local servers of neural voices speak the same.
//!
//! The text goes there as it is spoken: name a server that may hear it, best one on this machine.

use std::fmt;
use std::io::Read;
use std::time::Duration;

use super::process::{self, Decode, Stopper};
use super::synth::{MAX_TEXT_BYTES, Pcm, STALL_LIMIT, Speech, Synthesizer, TtsError, Voice};
use super::wav_stream::WavStream;

/// A server that is not reached within this time is given up; espeak-ng speaks instead.
const CONNECT_WITHIN: Duration = Duration::from_secs(3);
/// One text takes no longer.
const WITHIN: Duration = Duration::from_secs(120);
/// The most sound for one text: some six minutes at 48 kHz.
const MAX_SOUND_BYTES: u64 = 36 * 1024 * 1024;
/// What is read of a complaint.
const MAX_COMPLAINT_BYTES: u64 = 2048;
/// Bytes read at once: 85 ms of 16-bit sound at 24 kHz.
const READ_BYTES: usize = 4096;
/// The model that is asked for when none is named.
const USUAL_MODEL: &str = "tts-1";
/// The voice that is asked for when none is named.
const USUAL_VOICE: &str = "alloy";

/// A service, and how it is asked. `Debug` does not show the key.
#[derive(Clone)]
pub struct SpeechEndpoint {
    url: String,
    model: String,
    key: Option<String>,
    agent: ureq::Agent,
}

impl fmt::Debug for SpeechEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = self.key.as_ref().map(|_| "MASKED");
        f.debug_struct("SpeechEndpoint").field("url", &self.url).field("key", &key).finish_non_exhaustive()
    }
}

impl SpeechEndpoint {
    /// `url` is the whole address, such as `http://127.0.0.1:8880/v1/audio/speech`; `key` goes with each request.
    ///
    /// # Errors
    /// An address that is not `http://` or `https://`.
    pub fn new(url: &str, model: Option<&str>, key: Option<String>) -> Result<Self, TtsError> {
        if !url.starts_with("http://") && !url.starts_with("https://") {
            let why = "it must begin with http:// or https://".to_owned();
            return Err(TtsError::Voice { setting: url.to_owned(), why });
        }
        let config = ureq::Agent::config_builder()
            .timeout_connect(Some(CONNECT_WITHIN))
            .timeout_recv_response(Some(STALL_LIMIT))
            .timeout_global(Some(WITHIN))
            .http_status_as_error(false);
        let model = model.unwrap_or(USUAL_MODEL).to_owned();
        Ok(Self { url: url.to_owned(), model, key, agent: config.build().into() })
    }

    fn speak_once(
        &self,
        text: &str,
        voice: &Voice,
        stopper: &Stopper,
        sink: &mut dyn FnMut(Pcm) -> bool,
    ) -> Result<(), TtsError> {
        let failed = |why: String| TtsError::Failed { program: self.url.clone(), why };
        let asked = serde_json::json!({
            "model": self.model,
            "input": text,
            "voice": voice.name.as_deref().unwrap_or(USUAL_VOICE),
            "response_format": "wav",
            "speed": voice.rate.clamp(0.25, 4.0),
        });
        let mut request = self.agent.post(&self.url).header("Content-Type", "application/json");
        if let Some(key) = &self.key {
            request = request.header("Authorization", format!("Bearer {key}"));
        }
        let mut response = request.send(asked.to_string()).map_err(|e| failed(e.to_string()))?;
        let status = response.status();
        if !status.is_success() {
            let said = response.body_mut().with_config().limit(MAX_COMPLAINT_BYTES).read_to_string();
            return Err(failed(format!("it answered {status}: {}", said.unwrap_or_default().trim())));
        }
        let mut body = response.body_mut().with_config().limit(MAX_SOUND_BYTES).reader();
        let mut wav = WavStream::default();
        let mut buffer = [0u8; READ_BYTES];
        while !stopper.is_stopped() {
            let count = body.read(&mut buffer).map_err(|e| failed(e.to_string()))?;
            if count == 0 {
                break;
            }
            let mut samples = Vec::with_capacity(count / 2);
            let rate = wav.push(buffer.get(..count).unwrap_or_default(), &mut samples).map_err(failed)?;
            if let Some(rate) = rate
                && !samples.is_empty()
                && !sink(Pcm { samples, rate })
            {
                break;
            }
        }
        Ok(())
    }
}

impl Synthesizer for SpeechEndpoint {
    fn name(&self) -> &str {
        &self.url
    }

    /// Whether it answers is seen when it is asked to speak.
    fn available(&self) -> Result<(), TtsError> {
        Ok(())
    }

    fn speak(&self, text: &str, voice: &Voice) -> Result<Speech, TtsError> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(TtsError::TooLong { bytes: text.len() });
        }
        let (engine, text, voice) = (self.clone(), text.to_owned(), voice.clone());
        process::spawn(&self.url, move |stopper, out| {
            engine.speak_once(&text, &voice, stopper, &mut |pcm| out.send(Ok(pcm)).is_ok())
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;
    use std::thread::JoinHandle;

    use super::*;

    /// Answers one request and gives what was asked: the request's header and body.
    fn server(head: &'static str, body: Vec<u8>) -> (String, JoinHandle<(String, String)>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v1/audio/speech", listener.local_addr().unwrap());
        let served = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut header, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if line.trim().is_empty() {
                    break;
                }
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                header.push_str(&line);
            }
            let mut asked = vec![0; length];
            reader.read_exact(&mut asked).unwrap();
            write!(stream, "{head}\r\nConnection: close\r\n\r\n").unwrap();
            // Whoever has heard enough closes first.
            let _ = stream.write_all(&body);
            (header, String::from_utf8(asked).unwrap())
        });
        (url, served)
    }

    /// A WAV stream as a server writes it that does not know the length yet.
    fn wav(samples: &[i16]) -> Vec<u8> {
        let mut out = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
        out.extend(24_000u32.to_le_bytes());
        out.extend(48_000u32.to_le_bytes());
        out.extend([2, 0, 16, 0]);
        out.extend(b"data\xff\xff\xff\xff");
        out.extend(samples.iter().flat_map(|s| s.to_le_bytes()));
        out
    }

    #[test]
    fn the_text_goes_there_and_sound_comes_back() {
        let sound: Vec<i16> = (0..24_000).map(|i| (i % 200) * 50).collect();
        let (url, served) = server("HTTP/1.1 200 OK\r\nContent-Type: audio/wav", wav(&sound));
        let engine = SpeechEndpoint::new(&url, Some("kokoro"), Some("a-secret".into())).unwrap();
        let voice = Voice { name: Some("mira".into()), rate: 1.1, ..Voice::of("en") };
        let pcm = engine.speak("Hello there.", &voice).unwrap().collect().unwrap();
        assert_eq!((pcm.rate, pcm.samples.len()), (24_000, 24_000));
        assert!((pcm.samples[100] - f32::from(sound[100]) / 32_768.0).abs() < 1e-4);
        let (header, asked) = served.join().unwrap();
        assert!(header.to_lowercase().contains("authorization: bearer a-secret"), "{header}");
        let asked: serde_json::Value = serde_json::from_str(&asked).unwrap();
        assert_eq!((asked["input"].as_str(), asked["voice"].as_str()), (Some("Hello there."), Some("mira")));
        assert_eq!(asked["model"], "kokoro");
        assert!(!format!("{engine:?}").contains("a-secret"));
    }

    #[test]
    fn a_refusal_is_quoted_and_what_is_no_sound_is_said() {
        let (url, served) = server("HTTP/1.1 401 Unauthorized", b"no such key".to_vec());
        let engine = SpeechEndpoint::new(&url, None, None).unwrap();
        let error = engine.speak("hello", &Voice::of("en")).unwrap().collect().unwrap_err().to_string();
        assert!(error.contains("401") && error.contains("no such key"), "{error}");
        served.join().unwrap();
        let (url, served) = server("HTTP/1.1 200 OK", b"{\"this\": \"is no sound\"}".to_vec());
        let engine = SpeechEndpoint::new(&url, None, None).unwrap();
        let error = engine.speak("hello", &Voice::of("en")).unwrap().collect().unwrap_err().to_string();
        assert!(error.contains("not a WAV"), "{error}");
        served.join().unwrap();
    }

    #[test]
    fn a_server_that_is_not_there_is_named() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        drop(listener);
        let engine = SpeechEndpoint::new(&url, None, None).unwrap();
        let error = engine.speak("hello", &Voice::of("en")).unwrap().collect().unwrap_err().to_string();
        assert!(error.contains(&url), "{error}");
        assert!(SpeechEndpoint::new("ftp://x", None, None).is_err());
    }
}
