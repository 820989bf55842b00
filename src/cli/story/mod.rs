//! Stories: what a scripted visitor, a person at a console and the host do at a desk, in order. A story is a file
//! ([`script`]); it is carried out against the real parts ([`tell`]), watched from the visitor's side ([`witness`]) and
//! compared with the log at the end ([`check`]).

mod bare;
mod check;
mod parts;
mod room;
mod script;
mod tell;
mod teller;
mod voice;
mod witness;

pub use script::{Story, shipped};
pub use tell::{Place, Told, tell};

#[cfg(feature = "desktop")]
pub use bare::Bare;
