//! The whole check of one file.

use serde_json::Value;

use super::convert::convert_value;
use super::expressions::Expressions;
use super::finding::{Finding, Findings, Severity};
use super::glb::{Glb, GlbError, pack};
use super::gltf::{check_buffers, check_extensions, field, parents, text};
use super::humanoid::Humanoid;
use super::licence::{Licence, authors};
use super::normalise::normalise;
use super::report::{Report, Version};
use super::size::Size;
use crate::quote::quote;

/// Why nothing can be said about a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VrmError {
    #[error(transparent)]
    Glb(#[from] GlbError),
    #[error(
        "the JSON part cannot be read (line {line}, column {column}): {what}. The file is damaged: export it again"
    )]
    Json { line: usize, column: usize, what: String },
    #[error("this is a glTF model but no avatar: it has neither `VRMC_vrm` nor `VRM`. Export it as VRM 1.0")]
    NotVrm,
    #[error("this avatar cannot be used: {0}")]
    Unusable(String),
}

/// So many errors of an avatar are told in one sentence.
const ERRORS_TOLD: usize = 2;

/// Checks a VRM file; one of 0.x as it will be when it is converted. A file that can be read but not used gives a report with
/// errors in it.
///
/// # Errors
/// [`VrmError`] when nothing can be said about it.
pub fn check(bytes: &[u8]) -> Result<Report, VrmError> {
    Ok(examine(bytes)?.report)
}

/// An avatar as the engine is to see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// A VRM 1.0 file in which every field is there that the engine insists on, and no index leads nowhere.
    pub bytes: Vec<u8>,
    pub report: Report,
}

/// Checks a VRM file, converts it if it is of 0.x, and mends what can be mended.
///
/// # Errors
/// [`VrmError::Unusable`] with the worst of what the check found, and those of [`check`].
pub fn prepare(bytes: &[u8]) -> Result<Prepared, VrmError> {
    let Examined { report, gltf, binary } = examine(bytes)?;
    if !report.is_usable() {
        let errors = report.findings.iter().filter(|f| f.severity == Severity::Error).take(ERRORS_TOLD);
        let errors: Vec<String> = errors.map(|f| format!("{}: {}", f.path, f.sentence)).collect();
        return Err(VrmError::Unusable(errors.join("; ")));
    }
    Ok(Prepared { bytes: pack(gltf.to_string().as_bytes(), binary)?, report })
}

struct Examined<'a> {
    report: Report,
    /// Converted and, if nothing was wrong that cannot be mended, mended.
    gltf: Value,
    binary: &'a [u8],
}

pub(super) fn parse(json: &[u8]) -> Result<Value, VrmError> {
    // serde_json refuses JSON that is nested more than 128 deep.
    serde_json::from_slice(json).map_err(|e| VrmError::Json {
        line: e.line(),
        column: e.column(),
        what: format!("{:?} error", e.classify()).to_lowercase(),
    })
}

fn examine(bytes: &[u8]) -> Result<Examined<'_>, VrmError> {
    let glb = Glb::parse(bytes)?;
    let mut gltf = parse(glb.json)?;
    let mut findings = Findings::default();
    let extensions = field(&gltf, "extensions");
    let (v1, v0) = (field(extensions, "VRMC_vrm"), field(extensions, "VRM"));
    let (version, licence, meta) = if v1.is_object() {
        let meta = field(v1, "meta");
        (Version::V1(quote(text(field(v1, "specVersion")))), Licence::of_v1(meta), meta)
    } else if v0.is_object() {
        let spec = [field(v0, "exporterVersion"), field(v0, "specVersion")].into_iter().map(text);
        let spec = quote(spec.into_iter().find(|s| !s.is_empty()).unwrap_or_default());
        let meta = field(v0, "meta");
        // What the file itself says: the converted one has the nearest words of 1.0.
        (Version::V0(spec), Licence::of_v0(meta), meta)
    } else {
        return Err(VrmError::NotVrm);
    };
    let authors = authors(meta);
    let name = [field(meta, "name"), field(meta, "title")].into_iter().map(text).find(|n| !n.is_empty());
    let name = quote(name.unwrap_or_default());
    licence.check(&authors, &mut findings);
    check_version(&version, &mut findings);

    convert_value(&mut gltf, &mut findings);
    let vrm = field(field(&gltf, "extensions"), "VRMC_vrm");
    let (humanoid, mut expressions) = (Humanoid::of_v1(vrm), Expressions::of_v1(vrm, &mut findings));
    check_extensions(&gltf, &mut findings);
    check_buffers(&gltf, glb.binary, &mut findings);
    humanoid.check(&parents(&gltf, &mut findings), &mut findings);
    let size = Size::of(&gltf, glb.binary, bytes.len(), &mut findings);
    if !findings.has_errors() {
        normalise(&mut gltf, glb.binary, &humanoid, &mut findings);
        // What is left is what will be seen.
        let vrm = field(field(&gltf, "extensions"), "VRMC_vrm");
        expressions.present = Expressions::of_v1(vrm, &mut Findings::default()).present;
    }
    let has_eyes = humanoid.has("leftEye") && humanoid.has("rightEye");
    expressions.complete(humanoid.has("jaw"), has_eyes, &mut findings);
    let findings = findings.into_sorted();
    let report = Report { version, name, authors, licence, humanoid, expressions, size, findings };
    Ok(Examined { report, gltf, binary: glb.binary })
}

fn check_version(version: &Version, findings: &mut Findings) {
    if let Version::V1(spec) = version
        && spec != "1.0"
    {
        let sentence = format!("`specVersion` is `{spec}`, not `1.0`: export the avatar as VRM 1.0");
        findings.push(Finding::new(Severity::Warning, "version", sentence));
    }
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
