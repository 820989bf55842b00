//! The whole check of one file.

use serde_json::Value;

use super::expressions::Expressions;
use super::finding::{Finding, Severity};
use super::glb::{Glb, GlbError};
use super::gltf::{check_buffers, check_extensions, field, parents, text};
use super::humanoid::Humanoid;
use super::licence::{Licence, authors};
use super::report::{Report, Version};
use super::size::Size;

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
}

/// Checks a VRM file. A file that can be read but not used gives a report with errors in it.
pub fn check(bytes: &[u8]) -> Result<Report, VrmError> {
    let glb = Glb::parse(bytes)?;
    // serde_json refuses JSON that is nested more than 128 deep.
    let gltf: Value = serde_json::from_slice(glb.json).map_err(|e| VrmError::Json {
        line: e.line(),
        column: e.column(),
        what: format!("{:?} error", e.classify()).to_lowercase(),
    })?;
    let extensions = field(&gltf, "extensions");
    let mut findings = Vec::new();
    let (v1, v0) = (field(extensions, "VRMC_vrm"), field(extensions, "VRM"));
    let (version, humanoid, mut expressions, licence, meta) = if v1.is_object() {
        let version = Version::V1(text(field(v1, "specVersion")).to_owned());
        let (meta, expressions) = (field(v1, "meta"), Expressions::of_v1(v1, &mut findings));
        (version, Humanoid::of_v1(v1), expressions, Licence::of_v1(meta), meta)
    } else if v0.is_object() {
        let spec = [field(v0, "specVersion"), field(v0, "exporterVersion")].into_iter().map(text);
        let version = Version::V0(spec.into_iter().find(|s| !s.is_empty()).unwrap_or_default().to_owned());
        let meta = field(v0, "meta");
        (version, Humanoid::of_v0(v0), Expressions::of_v0(v0), Licence::of_v0(meta), meta)
    } else {
        return Err(VrmError::NotVrm);
    };
    check_version(&version, &mut findings);
    check_extensions(&gltf, &mut findings);
    check_buffers(&gltf, glb.binary, &mut findings);
    humanoid.check(&parents(&gltf, &mut findings), &mut findings);
    let has_eyes = humanoid.has("leftEye") && humanoid.has("rightEye");
    expressions.complete(humanoid.has("jaw"), has_eyes, &mut findings);
    let authors = authors(meta);
    licence.check(&authors, &mut findings);
    let size = Size::of(&gltf, glb.binary, bytes.len(), &mut findings);
    findings.sort_by(|a, b| b.severity.cmp(&a.severity));
    let name = [field(meta, "name"), field(meta, "title")].into_iter().map(text).find(|n| !n.is_empty());
    let name = name.unwrap_or_default().to_owned();
    Ok(Report { version, name, authors, licence, humanoid, expressions, size, findings })
}

fn check_version(version: &Version, findings: &mut Vec<Finding>) {
    match version {
        Version::V0(_) => findings.push(Finding::new(
            Severity::Error,
            "version",
            "this is a VRM 0.x file, and conversion is not supported yet: export the avatar as VRM 1.0",
        )),
        Version::V1(spec) if spec != "1.0" => findings.push(Finding::new(
            Severity::Warning,
            "version",
            format!("`specVersion` is `{spec}`, not `1.0`: export the avatar as VRM 1.0"),
        )),
        Version::V1(_) => {}
    }
}
