//! The relay's certificate: from PEM files, or made by the relay itself at its first start.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256};
use tokio_rustls::TlsAcceptor;
use zeroize::Zeroizing;

use crate::log::write_private;

/// The file with the certificate that the relay made, and its key, in the relay's directory.
const OWN_FILE: &str = "tls.pem";
/// Names in the relay's own certificate. Clients do not look at them: they know its fingerprint.
const OWN_NAMES: [&str; 2] = ["localhost", "avatardesk-relay"];
/// Certificates of a chain that are read at most.
const CHAIN_MAX: usize = 16;
/// The largest file with certificates or a key, in bytes.
const FILE_MAX_BYTES: u64 = 256 * 1024;

/// A certificate with its key, ready for connections.
#[derive(Clone)]
pub struct Certificate {
    config: Arc<ServerConfig>,
    fingerprint: [u8; 32],
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("{path} cannot be read: {why}")]
    Read { path: PathBuf, why: io::Error },
    #[error("{path} has no {what} in PEM form (`-----BEGIN …-----`)")]
    Missing { path: PathBuf, what: &'static str },
    #[error("{path} may be read by others: run `chmod 600 {path}`")]
    Exposed { path: PathBuf },
    #[error("certificate {certificate} and key {key} cannot be used together: {why}")]
    Unfit { certificate: PathBuf, key: PathBuf, why: rustls::Error },
    #[error("no certificate could be made: {0}")]
    Make(#[from] rcgen::Error),
    #[error("the certificate could not be written to {path}: {why}")]
    Write { path: PathBuf, why: io::Error },
}

impl Certificate {
    /// The certificate of the relay's directory, made and signed by itself when there is none.
    pub fn own(dir: &Path) -> Result<Self, TlsError> {
        let path = dir.join(OWN_FILE);
        if !path.exists() {
            let made = rcgen::generate_simple_self_signed(OWN_NAMES.map(str::to_owned))?;
            let key = Zeroizing::new(made.signing_key.serialize_pem());
            let text = Zeroizing::new(format!("{}{}", made.cert.pem(), &*key));
            write_private(&path, text.as_bytes())
                .map_err(|why| TlsError::Write { path: path.clone(), why })?;
        }
        check_private(&path)?;
        Self::from_files(&path, &path)
    }

    /// A certificate, with those that sign it after it, and its key, from PEM files.
    pub fn from_files(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let text = read(certificate)?;
        let none = |path: &Path, what| TlsError::Missing { path: path.to_owned(), what };
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&text)
            .take(CHAIN_MAX)
            .collect::<Result<_, _>>()
            .map_err(|_| none(certificate, "certificate"))?;
        let first = chain.first().ok_or_else(|| none(certificate, "certificate"))?;
        let fingerprint = Sha256::digest(first).into();
        let secret = PrivateKeyDer::from_pem_slice(&read(key)?).map_err(|_| none(key, "private key"))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, secret));
        let config = config.map_err(|why| TlsError::Unfit {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            why,
        })?;
        Ok(Self { config: Arc::new(config), fingerprint })
    }

    /// The SHA-256 of the certificate: what clients pin.
    pub fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }

    /// What makes connections secure.
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({}, key MASKED)", crate::protocol::hex::encode(&self.fingerprint))
    }
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, TlsError> {
    let wrong = |why| TlsError::Read { path: path.to_owned(), why };
    let size = fs::metadata(path).map_err(wrong)?.len();
    if size > FILE_MAX_BYTES {
        return Err(wrong(io::Error::other(format!("it has {size} bytes, more than {FILE_MAX_BYTES}"))));
    }
    fs::read(path).map(Zeroizing::new).map_err(wrong)
}

#[cfg(unix)]
fn check_private(path: &Path) -> Result<(), TlsError> {
    use std::os::unix::fs::PermissionsExt;
    let found = fs::metadata(path).map_err(|why| TlsError::Read { path: path.to_owned(), why })?;
    let exposed = found.permissions().mode() & 0o077 != 0;
    if exposed { Err(TlsError::Exposed { path: path.to_owned() }) } else { Ok(()) }
}

#[cfg(not(unix))]
fn check_private(_: &Path) -> Result<(), TlsError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_certificate_stays_the_same_and_private() {
        let dir = tempfile::tempdir().unwrap();
        let made = Certificate::own(dir.path()).unwrap();
        assert_eq!(Certificate::own(dir.path()).unwrap().fingerprint(), made.fingerprint());
        let other = tempfile::tempdir().unwrap();
        assert_ne!(Certificate::own(other.path()).unwrap().fingerprint(), made.fingerprint());
        let file = dir.path().join(OWN_FILE);
        let text = fs::read_to_string(&file).unwrap();
        let secret: String = text.lines().skip_while(|l| !l.contains("PRIVATE")).skip(1).take(1).collect();
        assert!(secret.len() > 20 && !format!("{made:?}").contains(&secret));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
            fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
            let error = Certificate::own(dir.path()).unwrap_err();
            assert!(error.to_string().contains("chmod 600"), "{error}");
        }
    }

    #[test]
    fn files_that_do_not_fit_are_named() {
        let dir = tempfile::tempdir().unwrap();
        Certificate::own(dir.path()).unwrap();
        let (own, empty) = (dir.path().join(OWN_FILE), dir.path().join("empty.pem"));
        fs::write(&empty, "").unwrap();
        let error = |certificate: &Path, key: &Path| {
            Certificate::from_files(certificate, key).unwrap_err().to_string()
        };
        assert!(error(&empty, &own).contains("no certificate"));
        assert!(error(&own, &empty).contains("no private key"));
        assert!(error(&own, &dir.path().join("gone.pem")).contains("gone.pem"));
        let other = tempfile::tempdir().unwrap();
        Certificate::own(other.path()).unwrap();
        assert!(error(&own, &other.path().join(OWN_FILE)).contains("cannot be used together"));
    }
}
