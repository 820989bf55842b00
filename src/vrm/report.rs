//! What is known about an avatar after the check.

use super::expressions::Expressions;
use super::finding::{Finding, Severity};
use super::humanoid::Humanoid;
use super::licence::Licence;
use super::size::Size;

/// Which VRM format a file has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Version {
    /// The extension `VRMC_vrm`, with its `specVersion`.
    V1(String),
    /// The extension `VRM`, with its `specVersion` or what made the file.
    V0(String),
}

/// What is known about an avatar.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    pub version: Version,
    /// The avatar's name, empty when it has none.
    pub name: String,
    pub authors: Vec<String>,
    pub licence: Licence,
    pub humanoid: Humanoid,
    pub expressions: Expressions,
    pub size: Size,
    /// The worst first.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether the program can use this avatar.
    pub fn is_usable(&self) -> bool {
        self.findings.iter().all(|f| f.severity < Severity::Error)
    }
}
