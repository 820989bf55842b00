//! A record: a plain header in JSON and a sealed body with JSON inside. The header is sealed in as associated data.

use serde::{Deserialize, Serialize};

use super::error::LogError;
use super::keys::{KeyId, VisitorKey};
use crate::conversation::{Actor, Body, Cmid, ConversationId, Epoch, Event, Fact, Time};
use crate::protocol::hex;

/// Everything about an event that stays readable after its body was erased.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    pub epoch: Epoch,
    pub conversation: ConversationId,
    pub seq: u64,
    pub at: Time,
    pub actor: Actor,
    pub cmid: Cmid,
    pub fact: Fact,
    /// The key of the body, hexadecimal; absent when there is no body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// A record as bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    pub header: Vec<u8>,
    pub body: Option<Vec<u8>>,
}

/// Whether an event has a body that is sealed.
pub fn is_sealed(event: &Event) -> bool {
    !matches!(event.body, Body::Empty | Body::Erased)
}

/// Makes the bytes of a record. `key` seals the body; it may be absent when there is nothing to seal.
pub fn encode(
    epoch: Epoch,
    conversation: ConversationId,
    event: &Event,
    key: Option<&VisitorKey>,
) -> Result<Encoded, LogError> {
    let key = match (is_sealed(event), key) {
        (false, _) => None,
        (true, Some(key)) => Some(key),
        (true, None) => {
            return Err(LogError::Damaged { position: 0, why: "there is no key to seal it with".to_owned() });
        }
    };
    let header = Header {
        epoch,
        conversation,
        seq: event.seq,
        at: event.at,
        actor: event.actor.clone(),
        cmid: event.cmid,
        fact: event.fact.clone(),
        key: key.map(|key| hex::encode(&key.id)),
    };
    let header = serde_json::to_vec(&header).map_err(json)?;
    let body = match key {
        Some(key) => {
            let text = zeroize::Zeroizing::new(serde_json::to_vec(&event.body).map_err(json)?);
            Some(key.seal(&header, &text)?)
        }
        None => None,
    };
    Ok(Encoded { header, body })
}

/// The event of a record. `key_of` gives the key with an id, or `None` when it was forgotten.
pub fn decode(
    position: i64,
    header: &[u8],
    body: Option<&[u8]>,
    mut key_of: impl FnMut(KeyId) -> Result<Option<VisitorKey>, LogError>,
) -> Result<(Header, Event), LogError> {
    let damaged = |why: String| LogError::Damaged { position, why };
    let parsed: Header = serde_json::from_slice(header).map_err(|e| damaged(e.to_string()))?;
    let body = match (&parsed.key, body) {
        (None, None) => Body::Empty,
        (Some(id), Some(sealed)) => {
            let id = hex::decode(id).and_then(|id| KeyId::try_from(id).ok());
            match key_of(id.ok_or_else(|| damaged("its key has no name".to_owned()))?)? {
                None => Body::Erased,
                Some(key) => {
                    let text = key.open(header, sealed).map_err(|e| damaged(e.to_string()))?;
                    serde_json::from_slice(&text).map_err(|e| damaged(e.to_string()))?
                }
            }
        }
        _ => return Err(damaged("header and body do not belong together".to_owned())),
    };
    let event = Event {
        seq: parsed.seq,
        at: parsed.at,
        actor: parsed.actor.clone(),
        cmid: parsed.cmid,
        fact: parsed.fact.clone(),
        body,
    };
    Ok((parsed, event))
}

fn json(e: serde_json::Error) -> LogError {
    LogError::Damaged { position: 0, why: e.to_string() }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::super::keys::MasterKey;
    use super::*;
    use crate::conversation::{ActorKind, VisitorId};

    fn note(text: &str) -> Event {
        Event {
            seq: 3,
            at: Time(5),
            actor: Actor { id: "ann".parse().unwrap(), kind: ActorKind::Person },
            cmid: Cmid::new(Time(5), 9),
            fact: Fact::Noted,
            body: Body::Text { text: text.to_owned() },
        }
    }

    #[test]
    fn a_record_gives_back_its_event_or_an_erased_one() {
        let (key, _) = MasterKey::new(Zeroizing::new([7; 32])).make(VisitorId::new(Time(1), 1)).unwrap();
        let event = note("tall, red hat");
        let bytes =
            encode(Epoch::new(Time(1), 2), ConversationId::new(Time(1), 3), &event, Some(&key)).unwrap();
        assert!(!String::from_utf8_lossy(&bytes.header).contains("hat"));
        let body = bytes.body.as_deref();
        let (header, back) =
            decode(1, &bytes.header, body, |id| Ok((id == key.id).then(|| key.clone()))).unwrap();
        assert_eq!((back, header.seq), (event.clone(), 3));
        let (_, erased) = decode(1, &bytes.header, body, |_| Ok(None)).unwrap();
        assert_eq!(erased, Event { body: Body::Erased, ..event });
    }

    #[test]
    fn a_changed_header_is_noticed() {
        let (key, _) = MasterKey::new(Zeroizing::new([7; 32])).make(VisitorId::new(Time(1), 1)).unwrap();
        let bytes =
            encode(Epoch::new(Time(1), 2), ConversationId::new(Time(1), 3), &note("x"), Some(&key)).unwrap();
        let changed = String::from_utf8(bytes.header).unwrap().replace("\"seq\":3", "\"seq\":4");
        let error = decode(8, changed.as_bytes(), bytes.body.as_deref(), |_| Ok(Some(key.clone())));
        assert!(matches!(error, Err(LogError::Damaged { position: 8, .. })), "{error:?}");
        let error = decode(8, changed.as_bytes(), None, |_| Ok(Some(key.clone())));
        assert!(matches!(error, Err(LogError::Damaged { .. })));
    }
}
