//! Frames to and from text.

use serde::{Serialize, de::DeserializeOwned};

use crate::quote::quote;

/// The largest frame in either direction, in bytes.
pub const FRAME_MAX_BYTES: usize = 256 * 1024;

/// Why bytes are not a frame.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    #[error("a frame of {0} bytes is longer than the {FRAME_MAX_BYTES} allowed")]
    TooLarge(usize),
    #[error("not a frame: {0}")]
    Json(String),
}

impl From<serde_json::Error> for CodecError {
    /// The parser may quote the whole frame. Cut, the sentence fits into an answer.
    fn from(error: serde_json::Error) -> Self {
        Self::Json(quote(&error.to_string()))
    }
}

/// A frame as JSON text.
pub fn encode<F: Serialize>(frame: &F) -> Result<String, CodecError> {
    let text = serde_json::to_string(frame)?;
    if text.len() > FRAME_MAX_BYTES { Err(CodecError::TooLarge(text.len())) } else { Ok(text) }
}

/// The frame that a JSON text holds. Unknown fields are ignored; an unknown type gives `Unknown`.
pub fn decode<F: DeserializeOwned>(text: &str) -> Result<F, CodecError> {
    if text.len() > FRAME_MAX_BYTES {
        return Err(CodecError::TooLarge(text.len()));
    }
    Ok(serde_json::from_str(text)?)
}

#[cfg(test)]
mod tests {
    use super::super::{ClientFrame, ErrorCode, Role, ServerFrame, VersionSpan};
    use super::*;

    #[test]
    fn frames_survive_the_wire() {
        let hello = ClientFrame::Hello {
            versions: VersionSpan::OURS,
            role: Role::Kiosk,
            name: "kiosk-1".parse().unwrap(),
        };
        let text = encode(&hello).unwrap();
        assert_eq!(text, r#"{"type":"hello","versions":{"min":1,"max":1},"role":"kiosk","name":"kiosk-1"}"#);
        assert_eq!(decode::<ClientFrame>(&text).unwrap(), hello);
    }

    #[test]
    fn what_is_new_is_not_an_error() {
        let frame: ClientFrame = decode(r#"{"type":"teleport","to":"moon"}"#).unwrap();
        assert_eq!(frame, ClientFrame::Unknown);
        let frame: ServerFrame = decode(r#"{"type":"error","code":"tired","text":"x"}"#).unwrap();
        assert!(matches!(frame, ServerFrame::Error { code: ErrorCode::Unknown, .. }));
        let frame: ClientFrame = decode(r#"{"type":"watch","colour":"red"}"#).unwrap();
        assert_eq!(frame, ClientFrame::Watch);
    }

    #[test]
    fn too_large_is_refused_before_parsing() {
        let text = " ".repeat(FRAME_MAX_BYTES + 1);
        assert!(matches!(decode::<ClientFrame>(&text), Err(CodecError::TooLarge(_))));
    }

    #[test]
    fn the_answer_to_any_wrong_frame_fits_into_a_frame() {
        let (id, many) = ("01HF7YAT00000000000000001A", r#"\""#.repeat(FRAME_MAX_BYTES / 2 - 200));
        let text = format!(
            r#"{{"type":"command","conversation":"{id}","cmid":"{id}","command":{{"do":"{many}"}}}}"#
        );
        let why = decode::<ClientFrame>(&text).unwrap_err().to_string();
        let answer = ServerFrame::Error { conversation: None, code: ErrorCode::BadFrame, text: why };
        assert!(encode(&answer).unwrap().len() < 4_000);
    }

    #[test]
    fn a_number_that_is_too_large_for_a_confidence_is_none() {
        let body = r#"{"text":"x","confidence":1e39}"#;
        let words: crate::conversation::Words = decode(body).unwrap();
        assert_eq!(words.confidence, None);
        assert_eq!(encode(&words).unwrap(), r#"{"text":"x"}"#);
    }

    #[test]
    fn versions_meet_at_the_newest_common_one() {
        let span = |min, max| VersionSpan { min, max };
        assert_eq!(span(1, 3).common(span(2, 5)), Some(3));
        assert_eq!(span(1, 1).common(span(2, 5)), None);
    }
}
