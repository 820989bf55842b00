//! Finds and masks secrets in text, English and Chinese, typed or transcribed from speech. Pure: no clock, no I/O.
//!
//! [`redact`] looks at one text, [`Watch`] at the utterances of one visit, since a visitor may read a seed phrase
//! out word by word. A secret becomes a short mark such as `[seed phrase removed]`; masking a masked text changes
//! nothing. Where a text may be a secret or may not be one, it is masked and the finding says `certain: false`:
//! a 64-digit hexadecimal number, say, is a private key or a transaction's hash, and nothing but the words before it
//! can tell.
//!
//! Left alone: public addresses, extended *public* keys, phone numbers, e-mail addresses, amounts, dates, token ids.

mod apply;
mod block;
mod chinese;
mod code;
mod dense;
mod digits;
mod edge;
mod fold;
mod key;
mod lexicon;
mod number;
mod phrase;
mod phrases;
mod reading;
mod secret;
mod sound;
mod talk;
mod token;
mod unit;
mod watch;

pub use apply::redact;
pub use reading::TEXT_MAX_CHARS;
pub use secret::{Finding, Redacted, SecretKind};
pub use watch::{WATCH_UTTERANCES, Watch};
