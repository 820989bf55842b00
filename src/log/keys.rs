//! The keys: one of each visitor, wrapped by the master key of the data directory.

use std::fmt;

use zeroize::Zeroizing;

use super::error::LogError;
use super::random::random_bytes;
use super::seal::{self, NotOurs};
use crate::conversation::VisitorId;

/// The file with the master key.
pub const MASTER_KEY_FILE: &str = "master.key";
const CHECK: &[u8] = b"avatardesk master key, version 1";

/// Names a visitor's key in record headers.
pub type KeyId = [u8; 16];

/// The key that wraps the visitors' keys.
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl MasterKey {
    /// The key with these bytes.
    pub fn new(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// A sealed text by which [`Self::is_of`] knows the key again.
    pub fn check_value(&self) -> Result<Vec<u8>, LogError> {
        seal::seal(&self.0, CHECK, CHECK)
    }

    /// Whether `check` was made by this key.
    pub fn is_of(&self, check: &[u8]) -> bool {
        seal::open(&self.0, CHECK, check).is_ok()
    }

    /// A new key for a visitor, and its wrapped form.
    pub fn make(&self, visitor: VisitorId) -> Result<(VisitorKey, Vec<u8>), LogError> {
        let key = VisitorKey { id: random_bytes()?, key: Zeroizing::new(random_bytes()?) };
        let wrapped = seal::seal(&self.0, &label(visitor, &key.id), &key.key[..])?;
        Ok((key, wrapped))
    }

    /// The key that was wrapped.
    pub fn unwrap_key(&self, visitor: VisitorId, id: KeyId, wrapped: &[u8]) -> Result<VisitorKey, NotOurs> {
        let bytes = Zeroizing::new(seal::open(&self.0, &label(visitor, &id), wrapped)?);
        let key = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| NotOurs)?;
        Ok(VisitorKey { id, key: Zeroizing::new(key) })
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(MASKED)")
    }
}

/// Ties a wrapped key to its visitor and its name.
fn label(visitor: VisitorId, id: &KeyId) -> Vec<u8> {
    [b"avatardesk visitor key 1:", &visitor.to_bytes()[..], id].concat()
}

/// The key that seals what one visitor says and hears.
#[derive(Clone)]
pub struct VisitorKey {
    pub id: KeyId,
    key: Zeroizing<[u8; 32]>,
}

impl VisitorKey {
    /// Seals a body to its header.
    pub fn seal(&self, header: &[u8], body: &[u8]) -> Result<Vec<u8>, LogError> {
        seal::seal(&self.key, header, body)
    }

    /// The body that was sealed.
    pub fn open(&self, header: &[u8], sealed: &[u8]) -> Result<Vec<u8>, NotOurs> {
        seal::open(&self.key, header, sealed)
    }
}

impl fmt::Debug for VisitorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VisitorKey(MASKED)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Time;

    #[test]
    fn a_wrapped_key_belongs_to_its_visitor_and_its_master() {
        let master = MasterKey::new(Zeroizing::new([7; 32]));
        let (ann, bob) = (VisitorId::new(Time(1), 1), VisitorId::new(Time(1), 2));
        let (key, wrapped) = master.make(ann).unwrap();
        let sealed = key.seal(b"h", b"words").unwrap();
        let again = master.unwrap_key(ann, key.id, &wrapped).unwrap();
        assert_eq!(again.open(b"h", &sealed).unwrap(), b"words");
        assert!(master.unwrap_key(bob, key.id, &wrapped).is_err());
        assert!(MasterKey::new(Zeroizing::new([8; 32])).unwrap_key(ann, key.id, &wrapped).is_err());
    }

    #[test]
    fn a_master_key_is_known_again_and_never_printed() {
        let master = MasterKey::new(Zeroizing::new([7; 32]));
        let check = master.check_value().unwrap();
        assert!(master.is_of(&check));
        assert!(!MasterKey::new(Zeroizing::new([8; 32])).is_of(&check));
        assert_eq!(format!("{master:?}"), "MasterKey(MASKED)");
    }
}
