//! Devices and invites, and what can go wrong with them.

use std::path::PathBuf;

use crate::access::{Desks, InviteCode, PUBLIC_KEY_BYTES, Role};
use crate::conversation::{Actor, ActorId, Time};

/// How long a code is good for.
pub const INVITE_LIFE_MS: u64 = 10 * 60 * 1000;
/// The most codes that are good at a time.
pub const INVITES_MAX: usize = 100;
/// The most devices, the revoked ones among them.
pub const DEVICES_MAX: usize = 10_000;
/// The longest name of a device, in characters.
pub const NAME_MAX_CHARS: usize = 64;

/// An enrolled device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// In every record that it causes: a pseudonym that never changes.
    pub id: ActorId,
    pub role: Role,
    /// What the host calls it. In no record.
    pub name: String,
    pub desks: Desks,
    /// Its Ed25519 public key.
    pub key: [u8; PUBLIC_KEY_BYTES],
    pub enrolled_at: Time,
    /// When it last came in, to the hour.
    pub seen_at: Option<Time>,
    pub revoked_at: Option<Time>,
}

impl Device {
    /// As whom it acts.
    pub fn actor(&self) -> Actor {
        Actor { id: self.id.clone(), kind: self.role.actor_kind() }
    }
}

/// Whom to invite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvite {
    pub role: Role,
    /// The id that the device will have; a random one when `None`.
    pub id: Option<ActorId>,
    pub name: String,
    pub desks: Desks,
}

/// A code that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    pub code: InviteCode,
    pub id: ActorId,
    pub expires_at: Time,
}

/// What comes of a device that has proved to have its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    Welcome(Box<Device>),
    /// It was enrolled once.
    Revoked,
    /// It is not enrolled, or as something else, or its code is not good.
    Unknown,
}

/// Why the list of devices cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DevicesError {
    #[error("the list of devices {path} cannot be used: {why}")]
    Database { path: PathBuf, why: String },
    #[error(
        "the list of devices {path} was written by a newer avatardesk (its format is {found}, this program knows \
         up to {ours}): install the newer version"
    )]
    Newer { path: PathBuf, found: i64, ours: i64 },
    #[error(
        "there is a device or an invite called {0} already: choose another `--id`, or revoke that device first"
    )]
    Taken(ActorId),
    #[error("no enrolled device is called {0}: `avatardesk relay devices list` shows all")]
    NoSuchDevice(ActorId),
    #[error("a name has 1 to {NAME_MAX_CHARS} characters in one line")]
    Name,
    #[error("{0} codes are waiting to be used: wait until some are more than 10 minutes old")]
    TooManyInvites(usize),
    #[error("{0} devices are enrolled or revoked: that is all that a relay keeps")]
    TooManyDevices(usize),
    #[error("one device is for at most {0} desks: leave `--desk` out for all of them")]
    TooManyDesks(usize),
    #[error("no relay with `--enrol` has run with this data directory yet: start it once, then invite")]
    NotStarted,
    #[error("the operating system gave no random numbers: {0}")]
    Random(String),
}
