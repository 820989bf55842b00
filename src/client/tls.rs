//! Encrypted connections: to the certificate whose fingerprint is known, or to one that an authority has signed.

use std::io;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use sha2::{Digest, Sha256};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::access::CODE_PIN_BYTES;

/// RFC 9266.
const EXPORTER_LABEL: &[u8] = b"EXPORTER-Channel-Binding";

/// The certificate that a relay must have, by its SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pin {
    /// As an invite code has it.
    Start([u8; CODE_PIN_BYTES]),
    Whole([u8; 32]),
}

impl Pin {
    fn fits(&self, fingerprint: &[u8; 32]) -> bool {
        match self {
            Self::Start(start) => fingerprint.starts_with(start),
            Self::Whole(whole) => fingerprint == whole,
        }
    }
}

/// An encrypted connection.
pub struct Secured {
    pub stream: TlsStream<TcpStream>,
    /// The SHA-256 of the relay's certificate.
    pub certificate: [u8; 32],
    /// What only the two ends of this connection know.
    pub channel: [u8; 32],
}

/// Encrypts a connection to `host`. The error is a sentence.
pub async fn secure(stream: TcpStream, host: &str, pin: Option<Pin>) -> Result<Secured, String> {
    let config = config(pin).map_err(|e| format!("no TLS: {e}"))?;
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let name = ServerName::try_from(host).map_err(|_| "the relay's address has no host".to_owned())?;
    let connected = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    let stream = connected.map_err(|e| sentence(&e, pin.is_some()))?;
    let (_, session) = stream.get_ref();
    let channel = session.export_keying_material([0; 32], EXPORTER_LABEL, None);
    let channel = channel.map_err(|e| format!("no TLS: {e}"))?;
    let first = session.peer_certificates().and_then(<[_]>::first).ok_or("the relay has no certificate")?;
    let certificate = Sha256::digest(first).into();
    Ok(Secured { stream, certificate, channel })
}

fn sentence(error: &io::Error, pinned: bool) -> String {
    match error.get_ref().and_then(|e| e.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure)) => {
            "the relay's certificate is not the one that this device was enrolled with: either somebody is between \
             the two, or the host has renewed it (then ask for a new invite)"
                .to_owned()
        }
        Some(rustls::Error::InvalidCertificate(why)) if !pinned => format!(
            "the relay's certificate cannot be trusted ({why:?}): enrol this device with a code of \
             `avatardesk relay invite`, which says which certificate is right"
        ),
        _ => format!("no encrypted connection came about ({error}): does the relay speak TLS at this address?"),
    }
}

fn config(pin: Option<Pin>) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(ring::default_provider());
    let algorithms = provider.signature_verification_algorithms;
    let builder = builder(provider)?;
    Ok(match pin {
        Some(pin) => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Pinned { pin, algorithms }))
            .with_no_client_auth(),
        None => {
            let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
            builder.with_root_certificates(roots).with_no_client_auth()
        }
    })
}

fn builder(
    provider: Arc<CryptoProvider>,
) -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, rustls::Error> {
    // Another program may end the TLS for the relay, and know no newer version.
    ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()
}

/// Accepts one certificate, whoever has signed it and whatever names are in it.
#[derive(Debug)]
struct Pinned {
    pin: Pin,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if self.pin.fits(&Sha256::digest(end_entity).into()) {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(rustls::Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
        }
    }

    // The other side shows with these that it has the key of the certificate.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_fits_one_certificate() {
        let mut other = [7; 32];
        other[31] = 8;
        assert!(Pin::Whole([7; 32]).fits(&[7; 32]) && !Pin::Whole([7; 32]).fits(&other));
        assert!(Pin::Start([7; 16]).fits(&other) && !Pin::Start([7; 16]).fits(&[8; 32]));
    }
}
