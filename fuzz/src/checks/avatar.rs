//! VRM files: `avatar check`. Bytes that do not begin as a GLB file are JSON, a zero byte and a binary part, which are put
//! into one, so that the fuzzer need not learn to keep the lengths right.

use std::collections::BTreeSet;
use std::path::Path;

use avatardesk::vrm::{
    FINDINGS_MAX, Glb, Report, Severity, Version, VrmError, check as report_on, convert, prepare,
};

use super::{Law, hold, place, sentence};

pub fn check(data: &[u8], _: &Path) -> Law {
    let file = if data.starts_with(b"glTF") { data.to_vec() } else { packed(data) };
    let report = match report_on(&file) {
        Ok(report) => report,
        Err(error) => return told(&file, &error),
    };
    laws(&report)?;
    // The same parts in a file of ours are the same avatar.
    let parts = Glb::parse(&file).map_err(|e| format!("checked, but not read: {e}"))?;
    hold!(parts.json.len() + parts.binary.len() <= file.len(), "the parts are longer than the file");
    let mut again = report_on(&glb(parts.json, parts.binary))
        .map_err(|e| format!("packed again, it is no avatar any more: {e}"))?;
    again.size.file_bytes = report.size.file_bytes;
    hold!(again == report, "{report:?} became {again:?}");
    made_ready(&file, &report)
}

/// What is usable can be made ready, and what is ready is of 1.0, shows the same, and has nothing left to mend.
fn made_ready(file: &[u8], report: &Report) -> Law {
    let new = convert(file).map_err(|e| format!("checked, but not converted: {e}"))?;
    hold!(convert(&new).as_ref() == Ok(&new), "converted twice is not converted once");
    let ready = match prepare(file) {
        Ok(ready) => ready,
        Err(error) => {
            hold!(!report.is_usable(), "usable, but not made ready: {error}");
            return sentence(&error.to_string());
        }
    };
    hold!(ready.report == *report, "{report:?} was made ready as {:?}", ready.report);
    let again = prepare(&ready.bytes).map_err(|e| format!("ready, and refused: {e}"))?;
    hold!(matches!(again.report.version, Version::V1(_)), "ready, and of {:?}", again.report.version);
    hold!(again.report.humanoid == report.humanoid, "other bones: {:?}", again.report.humanoid);
    hold!(again.report.expressions.stand_ins == report.expressions.stand_ins, "other expressions");
    Ok(())
}

fn told(file: &[u8], error: &VrmError) -> Law {
    sentence(&error.to_string())?;
    if let VrmError::Json { line, column, .. } = error {
        let json = Glb::parse(file).map(|parts| parts.json).unwrap_or_default();
        // Columns count bytes here, and 0 is before the first one.
        return place(&json.iter().map(|b| char::from(*b)).collect::<String>(), *line, (*column).max(1));
    }
    Ok(())
}

/// What is said about a file is short, sorted and one line each; a usable avatar has all its bones.
pub fn laws(report: &Report) -> Law {
    hold!(report.findings.len() <= 3 * (FINDINGS_MAX + 1), "{} findings", report.findings.len());
    hold!(
        report.findings.is_sorted_by(|a, b| a.severity >= b.severity),
        "the worst findings are not the first"
    );
    for finding in &report.findings {
        hold!(!finding.path.is_empty(), "a finding about nothing: {finding}");
        sentence(&finding.to_string())?;
    }
    sentence(&report.size.to_string())?;
    // The name, two addresses and the sentence around them.
    for part in report.licence.to_string().split(';') {
        sentence(part).or_else(|e| if part.trim().is_empty() { Ok(()) } else { Err(e) })?;
    }
    for text in report.authors.iter().chain([&report.name]).filter(|t| !t.trim().is_empty()) {
        sentence(text)?;
    }
    let errors = report.findings.iter().any(|f| f.severity == Severity::Error);
    hold!(report.is_usable() != errors, "usable and not usable");
    for (preset, stand_in) in &report.expressions.stand_ins {
        hold!(!report.expressions.present.contains(*preset), "{preset} is there, and {stand_in}");
    }
    if report.is_usable() {
        let bones = &report.humanoid.bones;
        hold!(report.humanoid.missing.is_empty(), "no error, and no {:?}", report.humanoid.missing);
        let nodes: BTreeSet<_> = bones.values().collect();
        hold!(nodes.len() == bones.len(), "no error, and two bones are one node");
        let far = bones.iter().find(|(_, node)| **node >= report.size.nodes);
        hold!(far.is_none(), "no error, and there is no node for {far:?}");
    }
    Ok(())
}

fn packed(data: &[u8]) -> Vec<u8> {
    let mut parts = data.splitn(2, |byte| *byte == 0);
    glb(parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}

/// A GLB file of two parts, each with its exact length.
pub fn glb(json: &[u8], binary: &[u8]) -> Vec<u8> {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes();
    let mut body = Vec::with_capacity(json.len() + binary.len() + 24);
    body.extend(number(json.len()));
    body.extend(b"JSON");
    body.extend(json);
    if !binary.is_empty() {
        body.resize(body.len().next_multiple_of(4), b' ');
        body.extend(number(binary.len()));
        body.extend(b"BIN\0");
        body.extend(binary);
    }
    let mut file = b"glTF".to_vec();
    file.extend(number(2));
    file.extend(number(12 + body.len()));
    file.extend(body);
    file
}
