//! Something to know about an avatar.

use std::fmt;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good to know.
    Note,
    /// It works, but not well.
    Warning,
    /// The avatar cannot be used.
    Error,
}

/// Something to know or to mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub severity: Severity,
    /// What it is about, such as `humanoid` or `expressions.aa`.
    pub path: String,
    /// What is the case and how to mend it.
    pub sentence: String,
}

impl Finding {
    pub(super) fn new(severity: Severity, path: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self { severity, path: path.into(), sentence: sentence.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(f, "{severity}: {}: {}", self.path, self.sentence)
    }
}
