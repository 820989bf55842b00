//! Who this device is: its key, and what the relay that it is enrolled at has called it.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ring::signature::{Ed25519KeyPair, KeyPair};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::config::{ClientConfig, Credentials};
use super::link::{Broken, Link};
use super::tls::Pin;
use crate::access::{InviteCode, PUBLIC_KEY_BYTES, Role};
use crate::conversation::ActorId;
use crate::log::{random_bytes, write_private};
use crate::protocol::hex;

/// The format of the file.
const VERSION: u32 = 1;
/// The largest such file, in bytes.
const FILE_MAX_BYTES: u64 = 4 * 1024;
/// How often enrolling is tried when the connection breaks: the answer may have been lost on its way.
const ENROL_TRIES: usize = 3;

/// An Ed25519 key pair. `Debug` prints MASKED; the memory is wiped when it is dropped.
pub struct DeviceKey {
    seed: Zeroizing<[u8; 32]>,
    public: [u8; PUBLIC_KEY_BYTES],
}

/// Why there is no identity.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    #[error("{path} cannot be read: {why}")]
    Read { path: PathBuf, why: io::Error },
    #[error("{path} cannot be written: {why}. Name another file with `--identity FILE`")]
    Write { path: PathBuf, why: io::Error },
    #[error("{path} may be read by others: run `chmod 600 {path}`")]
    Exposed { path: PathBuf },
    #[error("{path} is not the identity of a device: move it away, and enrol again with a new invite")]
    Malformed { path: PathBuf },
    #[error(
        "{path} is the identity of a device of the role {found}, not {wanted}: name another with `--identity FILE`"
    )]
    OtherRole { path: PathBuf, found: Role, wanted: Role },
    #[error("this device could not be enrolled: {0}")]
    Refused(String),
    #[error("the relay let this device in without enrolling it: it needs no invite")]
    NotNeeded,
    #[error("the system gave no key: {0}")]
    Random(String),
}

impl DeviceKey {
    /// A new key.
    pub fn new() -> Result<Self, IdentityError> {
        let seed = random_bytes::<32>().map_err(|e| IdentityError::Random(e.to_string()))?;
        Self::from_seed(Zeroizing::new(seed))
    }

    fn from_seed(seed: Zeroizing<[u8; 32]>) -> Result<Self, IdentityError> {
        let pair = pair(&seed).map_err(|e| IdentityError::Random(e.to_string()))?;
        let public = pair.public_key().as_ref().try_into();
        let public = public.map_err(|_| IdentityError::Random("it has a strange length".to_owned()))?;
        Ok(Self { seed, public })
    }

    /// The public key.
    pub fn public(&self) -> &[u8; PUBLIC_KEY_BYTES] {
        &self.public
    }

    /// Signs; `None` only when the key cannot be used at all.
    pub fn sign(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        pair(&self.seed).ok().map(|pair| pair.sign(bytes).as_ref().to_vec())
    }
}

fn pair(seed: &[u8; 32]) -> Result<Ed25519KeyPair, ring::error::KeyRejected> {
    Ed25519KeyPair::from_seed_unchecked(seed)
}

impl PartialEq for DeviceKey {
    fn eq(&self, other: &Self) -> bool {
        self.public == other.public
    }
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceKey(MASKED)")
    }
}

/// A device that is enrolled at a relay.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    pub role: Role,
    /// Its name in records.
    pub id: ActorId,
    /// What the host called it when it was enrolled.
    pub name: String,
    key: Arc<DeviceKey>,
    /// The SHA-256 of the relay's certificate, where it is pinned.
    pin: Option<[u8; 32]>,
    /// The relay's key, as it was when the device was enrolled.
    seal_to: Option<[u8; 32]>,
    /// The hash of the code that it was enrolled with.
    code: [u8; 32],
}

/// The file.
#[derive(Serialize, Deserialize)]
struct Raw {
    version: u32,
    role: Role,
    id: ActorId,
    name: String,
    key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pin: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seal_to: Option<String>,
    code: String,
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

impl Identity {
    /// Makes a key and has it enrolled at the relay at `url`.
    pub async fn enrol(url: &str, role: Role, code: &InviteCode) -> Result<Self, IdentityError> {
        let key = Arc::new(DeviceKey::new()?);
        // The relay says what it is called.
        let placeholder = role.name().parse().map_err(|_| IdentityError::NotNeeded)?;
        let mut config = ClientConfig::new(url, role, placeholder);
        let pin = code.pin().map(|start| Pin::Start(*start));
        config.credentials = Some(Credentials { key: Arc::clone(&key), pin, invite: Some(code.clone()) });
        let link = open(&config).await.map_err(|broken| IdentityError::Refused(broken.why))?;
        let (you, certificate, seal_to) = (link.you.clone(), link.certificate, bytes(&link.seal_to));
        link.close().await;
        let you = you.ok_or(IdentityError::NotNeeded)?;
        let pin = certificate.filter(|_| code.pin().is_some());
        Ok(Self { role: you.role, id: you.id, name: you.name, key, pin, seal_to, code: code.hash() })
    }

    /// Whether this is what came of that code.
    pub fn is_of(&self, code: &InviteCode) -> bool {
        self.code == code.hash()
    }

    /// What a client needs to come in as this device.
    pub fn credentials(&self) -> Credentials {
        Credentials { key: Arc::clone(&self.key), pin: self.pin.map(Pin::Whole), invite: None }
    }

    /// The relay's key, as it was when the device was enrolled: an outbox can seal to it before the first `welcome`.
    pub fn seal_to(&self) -> Option<String> {
        self.seal_to.map(|key| hex::encode(&key))
    }

    /// Reads an identity from its file; `None` when there is no such file.
    pub fn load(path: &Path) -> Result<Option<Self>, IdentityError> {
        let wrong = |why| IdentityError::Read { path: path.to_owned(), why };
        let file = match File::open(path) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(wrong(e)),
        };
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            if file.metadata().map_err(wrong)?.permissions().mode() & 0o077 != 0 {
                return Err(IdentityError::Exposed { path: path.to_owned() });
            }
        }
        let mut text = Zeroizing::new(String::new());
        file.take(FILE_MAX_BYTES).read_to_string(&mut text).map_err(wrong)?;
        // What is wrong with it is not said: it may quote the key.
        Self::parse(&text).map(Some).ok_or_else(|| IdentityError::Malformed { path: path.to_owned() })
    }

    fn parse(text: &str) -> Option<Self> {
        let raw: Raw = serde_json::from_str(text).ok()?;
        let seed = Zeroizing::new(bytes(&raw.key)?);
        let optional = |text: &Option<String>| match text {
            Some(text) => Some(Some(bytes(text)?)),
            None => Some(None),
        };
        let (pin, seal_to) = (optional(&raw.pin)?, optional(&raw.seal_to)?);
        let code = bytes(&raw.code)?;
        let key = Arc::new(DeviceKey::from_seed(seed).ok()?);
        let (role, id, name) = (raw.role, raw.id.clone(), raw.name.clone());
        (raw.version == VERSION).then_some(Self { role, id, name, key, pin, seal_to, code })
    }

    /// Writes the identity to a file that only its owner may read.
    pub fn save(&self, path: &Path) -> Result<(), IdentityError> {
        let raw = Raw {
            version: VERSION,
            role: self.role,
            id: self.id.clone(),
            name: self.name.clone(),
            key: hex::encode(&self.key.seed[..]),
            pin: self.pin.map(|pin| hex::encode(&pin)),
            seal_to: self.seal_to(),
            code: hex::encode(&self.code),
        };
        let wrong = |why| IdentityError::Write { path: path.to_owned(), why };
        let text = serde_json::to_string(&raw).map(Zeroizing::new).map_err(|e| wrong(e.into()))?;
        write_private(path, text.as_bytes()).map_err(wrong)
    }
}

async fn open(config: &ClientConfig) -> Result<Link, Broken> {
    let mut tries = 1;
    loop {
        match Link::open(config.clone()).await {
            // The relay knows the key if it has enrolled it: the same code need not be good any more.
            Err(broken) if !broken.fatal && tries < ENROL_TRIES => tries += 1,
            other => return other,
        }
        tokio::time::sleep(config.timing.pause_first).await;
    }
}

fn bytes(text: &str) -> Option<[u8; 32]> {
    hex::decode(text)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use ring::signature::{ED25519, UnparsedPublicKey};

    use super::*;

    fn identity(pin: Option<[u8; 32]>) -> Identity {
        Identity {
            role: Role::Agent,
            id: "agent-x".parse().unwrap(),
            name: "Ann".to_owned(),
            key: Arc::new(DeviceKey::from_seed(Zeroizing::new([7; 32])).unwrap()),
            pin,
            seal_to: pin.map(|_| [5; 32]),
            code: InviteCode::new([1; 10], None).hash(),
        }
    }

    #[test]
    fn an_identity_survives_its_file_which_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("identity.json");
        assert_eq!(Identity::load(&file).unwrap(), None);
        for pin in [None, Some([3; 32])] {
            identity(pin).save(&file).unwrap();
            assert_eq!(Identity::load(&file).unwrap(), Some(identity(pin)));
        }
        assert!(identity(None).is_of(&InviteCode::new([1; 10], None)));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
            assert!(matches!(Identity::load(&file), Err(IdentityError::Exposed { .. })));
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        std::fs::write(&file, "{}").unwrap();
        assert!(matches!(Identity::load(&file), Err(IdentityError::Malformed { .. })));
    }

    #[test]
    fn a_key_is_never_printed_and_signs() {
        let me = identity(None);
        let printed = format!("{me:?} {:?}", me.credentials());
        assert!(printed.contains("MASKED") && !printed.contains(&hex::encode(&[7; 32])), "{printed}");
        assert!(!printed.contains("7, 7, 7"), "{printed}");
        let signature = me.key.sign(b"x").unwrap();
        let public = UnparsedPublicKey::new(&ED25519, me.key.public());
        assert!(public.verify(b"x", &signature).is_ok() && public.verify(b"y", &signature).is_err());
    }
}
