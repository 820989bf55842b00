//! Whisper models by whisper.cpp (whisper-rs).

use std::path::PathBuf;
use std::time::Instant;

use whisper_rs::{
    FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters, WhisperError, WhisperState,
};

use super::guard::FLOOR_POSITIONS;
use super::hooks::Hooks;
use super::pace::Pace;
use super::types::{Cancel, DecodeRequest, Decoded, ModelFacts, RecognizeError, Transcriber};
use crate::speech::audio::SAMPLE_RATE;
use crate::speech::compact::compact;
use crate::speech::model_file::{self, ModelFileError};

/// Where a model comes from. `.zst` files and packed bytes are unpacked in memory.
#[derive(Debug, Clone)]
pub enum ModelSource {
    File(PathBuf),
    Bytes { name: String, bytes: &'static [u8] },
}

/// More threads than this make short utterances slower.
const MAX_THREADS: usize = 4;
/// Models up to this width are run on one thread.
const SMALL_WIDTH: u32 = 256;
/// Texts that a small model weighs against each other where it is not sure: it makes fewer mistakes than with the likeliest word
/// at each step, and is fast enough. The most that whisper.cpp keeps. Large models hardly gain, and take too long.
const SMALL_BEAMS: i32 = 8;
/// The likeliest word at each step.
const GREEDY: SamplingStrategy = SamplingStrategy::Greedy { best_of: 1 };
/// Decoders of models trained with prompts have at least this text context.
const PROMPTED_TEXT_CTX: u32 = 448;
/// The most tokens of vocabulary that are given as a prompt; long lists make a model invent.
const MAX_PROMPT_TOKENS: usize = 32;

/// Languages among which is chosen where none is told, as Whisper names them.
const LANGUAGES: [&str; 2] = ["en", "zh"];

/// A loaded model with its working memory.
pub struct Whisper {
    context: WhisperContext,
    state: WhisperState,
    facts: ModelFacts,
    pace: Pace,
    strategy: SamplingStrategy,
}

impl Whisper {
    /// Loads a model. Takes from 50 ms to some seconds, by size.
    pub fn load(source: &ModelSource) -> Result<Self, RecognizeError> {
        // Without log features this silences whisper.cpp, which else writes pages to the standard error.
        whisper_rs::install_logging_hooks();
        let (name, (bytes, header)) = match source {
            ModelSource::File(path) => {
                let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
                (name, model_file::load(path)?)
            }
            ModelSource::Bytes { name, bytes } => (name.clone(), model_file::unpack(bytes.to_vec(), name)?),
        };
        let failed = |why: String| RecognizeError::Load { name: name.clone(), why };
        let broken = || ModelFileError::Broken {
            name: name.clone(),
            why: "it ends too early or its parts do not fit".into(),
        };
        if !header.fits(bytes.len()) {
            return Err(broken().into());
        }
        let bytes = compact(bytes);
        let parameters = WhisperContextParameters { use_gpu: false, ..WhisperContextParameters::default() };
        let context =
            WhisperContext::new_from_buffer_with_params(&bytes, parameters).map_err(|_| broken())?;
        let state = context.create_state().map_err(|e| failed(e.to_string()))?;
        let facts = ModelFacts {
            audio_ctx: header.n_audio_ctx,
            english_only: header.english_only(),
            takes_prompt: header.n_text_ctx >= PROMPTED_TEXT_CTX,
            thorough: header.n_audio_state <= SMALL_WIDTH,
            name,
        };
        let width = header.n_audio_state;
        let pace = Pace::up_to(threads(width));
        let mut whisper = Self { context, state, facts, pace, strategy: strategy(width) };
        whisper.warm_up()?;
        Ok(whisper)
    }

    /// Hears a second of nothing, first with cold memory and then on each number of threads. Languages are found in as many positions
    /// as were used last, and at first that would be all.
    fn warm_up(&mut self) -> Result<(), RecognizeError> {
        let request = DecodeRequest {
            audio_ctx: FLOOR_POSITIONS.min(self.facts.audio_ctx),
            max_tokens: 4,
            language: Some("en".to_owned()),
            vocabulary: None,
            quick: true,
        };
        let (silence, cancel) = ([0.0; SAMPLE_RATE as usize], Cancel::default());
        self.run(1, &silence, &request, &cancel)?;
        for threads in self.pace.counts() {
            let heard = self.run(threads, &silence, &request, &cancel)?;
            self.learn(threads, &request, &heard);
        }
        Ok(())
    }

    fn learn(&mut self, threads: usize, request: &DecodeRequest, heard: &Decoded) {
        self.pace.took(threads, (request.audio_ctx, heard.encode), (heard.tokens, heard.decode));
    }

    /// On so many threads, 1 to 4, and never on another number.
    pub fn set_threads(&mut self, threads: usize) {
        self.pace = Pace::fixed(threads.clamp(1, MAX_THREADS));
    }

    /// On so many threads at the most, 1 to 4, instead of what is guessed from the processor's cores.
    pub fn use_threads(&mut self, most: usize) {
        self.pace.limit(most.clamp(1, MAX_THREADS));
    }

    /// The likelier one of [`LANGUAGES`]. It is listened for in as many positions as the last utterance had.
    fn find_language(&mut self, samples: &[f32], threads: usize) -> Result<&'static str, WhisperError> {
        self.state.pcm_to_mel(samples, threads)?;
        let (_, probabilities) = self.state.lang_detect(0, threads)?;
        let of = |tag: &str| {
            let at = whisper_rs::get_lang_id(tag).and_then(|id| usize::try_from(id).ok());
            at.and_then(|at| probabilities.get(at)).copied().unwrap_or(0.0)
        };
        Ok(LANGUAGES.into_iter().max_by(|a, b| of(a).total_cmp(&of(b))).unwrap_or("en"))
    }

    /// Decodes once, on so many threads.
    fn run(
        &mut self,
        threads: usize,
        samples: &[f32],
        request: &DecodeRequest,
        cancel: &Cancel,
    ) -> Result<Decoded, RecognizeError> {
        let failed = |e: whisper_rs::WhisperError| RecognizeError::Failed { why: e.to_string() };
        let prompt = match &request.vocabulary {
            Some(words) => {
                let mut tokens = self.context.tokenize(words, words.len().max(1)).map_err(failed)?;
                tokens.truncate(MAX_PROMPT_TOKENS);
                tokens
            }
            None => Vec::new(),
        };
        let strategy = if request.quick { GREEDY } else { self.strategy.clone() };
        let mut params = FullParams::new(strategy);
        params.set_n_threads(threads as i32);
        let language = match &request.language {
            Some(language) => language.clone(),
            None => self.find_language(samples, threads).map_err(failed)?.to_owned(),
        };
        params.set_language(Some(&language));
        params.set_audio_ctx(request.audio_ctx as i32);
        params.set_max_tokens(request.max_tokens as i32);
        params.set_temperature(0.0);
        params.set_temperature_inc(0.0);
        params.set_no_timestamps(true);
        params.set_single_segment(true);
        params.set_no_context(true);
        params.set_suppress_nst(true);
        params.set_suppress_blank(true);
        // What is silence is decided by the guards, which see the probability; whisper.cpp would only drop the text.
        params.set_no_speech_thold(2.0);
        params.set_print_special(false);
        params.set_print_progress(false);
        params.set_print_realtime(false);
        params.set_print_timestamps(false);
        if !prompt.is_empty() {
            params.set_tokens(&prompt);
        }
        let hooks = Hooks::new(cancel.clone());
        let begun = Instant::now();
        if let Err(e) = hooks.run(&mut self.state, params, samples) {
            return Err(if cancel.is_cancelled() { RecognizeError::Cancelled } else { failed(e) });
        }
        if cancel.is_cancelled() {
            return Err(RecognizeError::Cancelled);
        }
        let took = begun.elapsed();
        let mut decoded = self.collect();
        decoded.encode = hooks.first_token().map_or(took, |at| at.saturating_duration_since(begun));
        decoded.decode = took.saturating_sub(decoded.encode);
        decoded.language = Some(language.clone());
        Ok(decoded)
    }

    fn collect(&self) -> Decoded {
        let mut decoded = Decoded::default();
        let (mut sum, mut least) = (0.0, 1.0_f32);
        let end_of_text = self.context.token_eot();
        for segment in self.state.as_iter() {
            if let Ok(text) = segment.to_str_lossy() {
                decoded.text.push_str(&text);
            }
            decoded.no_speech = decoded.no_speech.max(segment.no_speech_probability());
            for token in (0..segment.n_tokens()).filter_map(|i| segment.get_token(i)) {
                if token.token_id() < end_of_text {
                    decoded.tokens += 1;
                    let probability = token.token_probability();
                    sum += probability;
                    least = least.min(probability);
                }
            }
        }
        if decoded.tokens > 0 {
            decoded.confidence = sum / decoded.tokens as f32;
            decoded.least = least;
        }
        decoded
    }
}

impl Transcriber for Whisper {
    fn facts(&self) -> &ModelFacts {
        &self.facts
    }

    fn decode(
        &mut self,
        samples: &[f32],
        request: &DecodeRequest,
        cancel: &Cancel,
    ) -> Result<Decoded, RecognizeError> {
        let threads = self.pace.choose(request.quick);
        let decoded = self.run(threads, samples, request, cancel)?;
        self.learn(threads, request, &decoded);
        Ok(decoded)
    }
}

fn strategy(width: u32) -> SamplingStrategy {
    if width <= SMALL_WIDTH {
        SamplingStrategy::BeamSearch { beam_size: SMALL_BEAMS, patience: -1.0 }
    } else {
        GREEDY
    }
}

/// Physical cores, as far as that can be told: with many logical ones, half of them. A small model gets one: its steps
/// are so short that threads mostly wait for each other, and on a busy machine (software rendering beside it) each
/// such wait costs a time slice.
fn threads(width: u32) -> usize {
    if width <= SMALL_WIDTH {
        return 1;
    }
    let logical = std::thread::available_parallelism().map_or(1, usize::from);
    let physical = if logical > MAX_THREADS { logical / 2 } else { logical };
    physical.clamp(1, MAX_THREADS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_threads_is_bounded() {
        assert!((1..=MAX_THREADS).contains(&threads(512)));
        assert_eq!(threads(192), 1);
    }

    #[test]
    fn a_model_with_a_header_and_nothing_else_is_refused_in_words() {
        let numbers: [u32; 12] = [0x6767_6d6c, 51_864, 512, 192, 3, 4, 64, 192, 3, 2, 80, 1];
        let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
        let source = ModelSource::Bytes { name: "cut.bin".into(), bytes: bytes.leak() };
        let error = Whisper::load(&source).err().unwrap().to_string();
        assert!(error.contains("cut.bin") && error.contains("fetch it again"), "{error}");
    }
}
