//! The callbacks that whisper.cpp calls while it works: may it go on, and when was the first token chosen?
//!
//! The only file of the program with `unsafe` in it. whisper-rs's safe variant of the abort callback casts its closure
//! to the wrong type, so the raw one is used, with a plain struct behind the pointer.

use std::ffi::{c_int, c_void};
use std::sync::OnceLock;
use std::time::Instant;

use whisper_rs::{FullParams, WhisperState, WhisperTokenData, whisper_rs_sys};

use super::types::Cancel;

/// What the callbacks see.
pub(super) struct Hooks {
    cancel: Cancel,
    first_token: OnceLock<Instant>,
}

impl Hooks {
    pub fn new(cancel: Cancel) -> Self {
        Self { cancel, first_token: OnceLock::new() }
    }

    /// When the encoder and the prompt were done.
    pub fn first_token(&self) -> Option<Instant> {
        self.first_token.get().copied()
    }

    /// Runs a whole transcription with these hooks in place.
    #[expect(
        unsafe_code,
        reason = "whisper.cpp takes its callbacks as C function pointers with a user pointer"
    )]
    pub fn run(
        &self,
        state: &mut WhisperState,
        mut params: FullParams<'_, '_>,
        samples: &[f32],
    ) -> Result<(), whisper_rs::WhisperError> {
        let user = std::ptr::from_ref(self).cast_mut().cast::<c_void>();
        // SAFETY: both callbacks read `user` as a shared `Hooks`, whose fields may be used from any thread (the abort
        // callback is called from whisper.cpp's workers). `self` is borrowed until `full` has returned, and whisper.cpp
        // keeps no pointer beyond that call: `params`, which holds the pointers, is consumed by it.
        unsafe {
            params.set_abort_callback(Some(should_stop));
            params.set_abort_callback_user_data(user);
            params.set_filter_logits_callback(Some(token_is_next));
            params.set_filter_logits_callback_user_data(user);
        }
        state.full(params, samples)
    }
}

/// whisper.cpp asks whether to stop.
#[expect(unsafe_code, reason = "called from C")]
unsafe extern "C" fn should_stop(user: *mut c_void) -> bool {
    // SAFETY: `user` is the `Hooks` of `Hooks::run`, alive and only shared for as long as it can be called.
    unsafe { user.cast::<Hooks>().as_ref() }.is_some_and(|hooks| hooks.cancel.is_cancelled())
}

/// whisper.cpp is about to choose a token.
#[expect(unsafe_code, reason = "called from C")]
unsafe extern "C" fn token_is_next(
    _: *mut whisper_rs_sys::whisper_context,
    _: *mut whisper_rs_sys::whisper_state,
    _: *const WhisperTokenData,
    _: c_int,
    _: *mut f32,
    user: *mut c_void,
) {
    // SAFETY: as in `should_stop`.
    if let Some(hooks) = unsafe { user.cast::<Hooks>().as_ref() } {
        hooks.first_token.get_or_init(Instant::now);
    }
}
