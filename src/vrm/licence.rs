//! What the file says that one may do with the avatar.

use std::fmt;

use serde_json::Value;

use super::finding::{Finding, Findings, Severity};
use super::gltf::{field, items, text};
use crate::quote::quote;

/// So many authors are named at most.
const AUTHORS_MAX: usize = 32;

/// Whether something is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    Yes,
    No,
    /// The file does not say.
    Unsaid,
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unsaid => "not said",
        })
    }
}

/// What the file says about rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Licence {
    /// The name or address of the licence, empty when there is none.
    pub name: String,
    /// May somebody who is not the author use the avatar?
    pub use_by_everyone: Allowed,
    /// By a company, for profit.
    pub commercial: Allowed,
    pub redistribution: Allowed,
    pub modification: Allowed,
    /// Whether the author must be named.
    pub credit_required: bool,
    /// Further licences that the file mentions.
    pub others: Vec<String>,
}

impl fmt::Display for Licence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.name.is_empty() { "none named" } else { &self.name };
        write!(
            f,
            "licence: {name}; use by everyone: {}, commercial: {}, redistribution: {}, change: {}, credit: {}",
            self.use_by_everyone,
            self.commercial,
            self.redistribution,
            self.modification,
            if self.credit_required { "needed" } else { "not needed" },
        )?;
        if !self.others.is_empty() {
            write!(f, "; also see {}", self.others.join(", "))?;
        }
        Ok(())
    }
}

impl Licence {
    /// Reads `VRMC_vrm.meta`. Where a field is missing, the format's own default holds, which is the narrow one.
    pub(super) fn of_v1(meta: &Value) -> Self {
        let others = ["otherLicenseUrl", "thirdPartyLicenses"].iter().map(|f| quote(text(field(meta, f))));
        Self {
            name: quote(text(field(meta, "licenseUrl"))),
            use_by_everyone: one_of(text(field(meta, "avatarPermission")), &["everyone"]),
            commercial: one_of(text(field(meta, "commercialUsage")), &["corporation"]),
            redistribution: flag(field(meta, "allowRedistribution")),
            modification: one_of(
                text(field(meta, "modification")),
                &["allowModification", "allowModificationRedistribution"],
            ),
            credit_required: text(field(meta, "creditNotation")) != "unnecessary",
            others: others.filter(|o| !o.is_empty()).collect(),
        }
    }

    /// Reads `VRM.meta` of 0.x (whose own spelling is `commercialUssageName`).
    pub(super) fn of_v0(meta: &Value) -> Self {
        let name = text(field(meta, "licenseName"));
        let open = matches!(name, "CC0" | "CC_BY" | "CC_BY_NC" | "CC_BY_SA" | "CC_BY_NC_SA");
        let redistribution = match name {
            "" => Allowed::Unsaid,
            "Redistribution_Prohibited" => Allowed::No,
            _ if open || name == "CC_BY_ND" || name == "CC_BY_NC_ND" => Allowed::Yes,
            _ => Allowed::Unsaid,
        };
        let others = ["otherLicenseUrl", "otherPermissionUrl"].iter().map(|f| quote(text(field(meta, f))));
        Self {
            name: quote(name),
            use_by_everyone: one_of(text(field(meta, "allowedUserName")), &["Everyone"]),
            commercial: match one_of(text(field(meta, "commercialUssageName")), &["Allow"]) {
                _ if name.contains("_NC") => Allowed::No,
                said => said,
            },
            redistribution,
            modification: match name {
                _ if open => Allowed::Yes,
                "CC_BY_ND" | "CC_BY_NC_ND" => Allowed::No,
                _ => Allowed::Unsaid,
            },
            credit_required: name != "CC0",
            others: others.filter(|o| !o.is_empty()).collect(),
        }
    }

    pub(super) fn check(&self, authors: &[String], findings: &mut Findings) {
        let mut add =
            |severity, path: &str, sentence: &str| findings.push(Finding::new(severity, path, sentence));
        if self.use_by_everyone != Allowed::Yes {
            let sentence = "the file lets only its author, or people whom the author allows, use the avatar: ask the author";
            add(Severity::Warning, "licence.use", sentence);
        }
        if self.commercial != Allowed::Yes {
            add(
                Severity::Warning,
                "licence.commercial",
                "the file does not allow use by a company: ask the author",
            );
        }
        match self.redistribution {
            Allowed::Yes => {}
            Allowed::No => add(
                Severity::Warning,
                "licence.redistribution",
                "the file may not be passed on: keep it out of packages and repositories",
            ),
            Allowed::Unsaid => add(
                Severity::Warning,
                "licence.redistribution",
                "the file does not say that it may be passed on: keep it out of packages and repositories",
            ),
        }
        if self.name.is_empty() {
            add(Severity::Warning, "licence", "the file names no licence");
        }
        if authors.is_empty() {
            add(Severity::Warning, "authors", "the file names no author");
        } else if self.credit_required {
            let names = authors.join(", ");
            add(
                Severity::Note,
                "licence.credit",
                &format!("the author must be named where the avatar is shown: {names}"),
            );
        }
    }
}

/// The authors, in either version's words.
pub(super) fn authors(meta: &Value) -> Vec<String> {
    let one = std::iter::once(field(meta, "author"));
    let names = items(field(meta, "authors")).iter().chain(one).map(text);
    names.filter(|n| !n.trim().is_empty()).take(AUTHORS_MAX).map(quote).collect()
}

fn one_of(value: &str, yes: &[&str]) -> Allowed {
    match value {
        "" => Allowed::Unsaid,
        v if yes.contains(&v) => Allowed::Yes,
        _ => Allowed::No,
    }
}

fn flag(value: &Value) -> Allowed {
    match value.as_bool() {
        Some(true) => Allowed::Yes,
        Some(false) => Allowed::No,
        None => Allowed::Unsaid,
    }
}
