//! Something to know about an avatar.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;

use crate::quote::quote;

/// The most findings of one severity that are kept: a hostile file has room for millions of faults.
pub const FINDINGS_MAX: usize = 50;

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
    pub(super) fn new(severity: Severity, path: impl AsRef<str>, sentence: impl AsRef<str>) -> Self {
        Self { severity, path: quote(path.as_ref()), sentence: quote(sentence.as_ref()) }
    }
}

/// The findings of one file while they are collected.
#[derive(Debug, Default)]
pub(super) struct Findings {
    kept: Vec<Finding>,
    /// How many there were of each severity, also of those that are not kept.
    counts: BTreeMap<Severity, usize>,
}

impl Findings {
    pub fn push(&mut self, finding: Finding) {
        let count = self.counts.entry(finding.severity).or_default();
        *count += 1;
        if *count <= FINDINGS_MAX {
            self.kept.push(finding);
        }
    }

    /// Whether something makes the avatar unusable.
    pub fn has_errors(&self) -> bool {
        self.counts.contains_key(&Severity::Error)
    }

    /// The worst first; where some were left out, their number.
    pub fn into_sorted(mut self) -> Vec<Finding> {
        for (severity, count) in self.counts {
            if count > FINDINGS_MAX {
                let sentence = format!("{} more of this kind are not shown", count - FINDINGS_MAX);
                self.kept.push(Finding::new(severity, "file", sentence));
            }
        }
        self.kept.sort_by_key(|f| Reverse(f.severity));
        self.kept
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_findings_the_first_are_kept_and_the_rest_counted() {
        let mut findings = Findings::default();
        for n in 0..FINDINGS_MAX + 7 {
            findings.push(Finding::new(Severity::Note, format!("images[{n}]"), "small"));
        }
        findings.push(Finding::new(Severity::Error, "nodes", "in a circle"));
        let kept = findings.into_sorted();
        assert_eq!((kept[0].severity, kept.len()), (Severity::Error, FINDINGS_MAX + 2));
        assert_eq!(kept[FINDINGS_MAX + 1].to_string(), "note: file: 7 more of this kind are not shown");
    }

    #[test]
    fn a_finding_is_one_line() {
        let finding = Finding::new(Severity::Note, "expressions.\u{1b}[2J", "x".repeat(9_000));
        assert!(!finding.to_string().contains(char::is_control));
        assert!(finding.to_string().len() < 600);
    }
}
