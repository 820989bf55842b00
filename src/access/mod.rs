//! Who may do what, as plain values: roles, the table of permissions, membership, invites, proofs.
//!
//! [`TABLE`] is the one place that says what a role may do. The relay asks [`judge`] before anything happens; the
//! table of `docs/protocol.md` and the role matrix of the tests are made from it. No I/O here.

mod act;
mod code;
mod grant;
mod proof;
mod role;
mod table;

pub use act::Act;
pub use code::{CODE_PIN_BYTES, CODE_SECRET_BYTES, CodeError, InviteCode};
pub use grant::{DESKS_MAX, Desks, Grant, Standing};
pub use proof::{Binding, Challenge, NONCE_BYTES, PUBLIC_KEY_BYTES, SIGNATURE_BYTES, transcript};
pub use role::{Role, RoleError};
pub use table::{Policy, Rule, TABLE, Verdict, judge, rule};
