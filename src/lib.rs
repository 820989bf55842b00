//! avatardesk: a virtual help desk with an avatar.
//!
//! | layer | modules |
//! |---|---|
//! | L4 | [`cli`]: one file per sub-command |
//! | L3 | [`kiosk`]: the visitor app; [`console`]: the agent app; [`bot`]: the built-in agent |
//! | L2 | `stage`: scene, avatar, widgets; [`relay`]: the server; [`client`]: the protocol client |
//! | L1 | [`log`]: durable records; [`knowledge`]: articles and search; [`speech`]: from sound to text and back; [`models`]: speech models to fetch |
//! | L0 | [`conversation`], [`access`]: who may do what, [`routing`], [`visit`], [`performance`], [`redact`], [`reply`]: short answers, [`texts`], [`scene`], [`vrm`], [`protocol`], [`config`], [`quote`], [`input_method`]: pinyin on a screen: pure |
//!
//! A module uses only modules below its layer; within L0 the order is the one that `tests/product/tidy.rs` names.
//! `docs/architecture.md` has the reasons.

pub mod access;
pub mod bot;
pub mod cli;
pub mod client;
pub mod config;
pub mod console;
pub mod conversation;
pub mod input_method;
pub mod kiosk;
pub mod knowledge;
pub mod log;
pub mod models;
pub mod performance;
pub mod protocol;
pub mod quote;
pub mod redact;
pub mod relay;
pub mod reply;
pub mod routing;
pub mod scene;
pub mod speech;
#[cfg(feature = "desktop")]
pub mod stage;
pub mod texts;
pub mod visit;
pub mod vrm;
