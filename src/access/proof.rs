//! What a device signs to prove that it is the one that was enrolled.

use super::role::Role;

/// Bytes of an Ed25519 public key.
pub const PUBLIC_KEY_BYTES: usize = 32;
/// Bytes of an Ed25519 signature.
pub const SIGNATURE_BYTES: usize = 64;
/// Random bytes of a challenge.
pub const NONCE_BYTES: usize = 32;

/// What ties a proof to one TLS connection or to one certificate, so that nobody in between can pass it on as their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding<'a> {
    /// Keying material of the connection (RFC 9266, `tls-exporter`): good for this connection alone.
    Exporter(&'a [u8; 32]),
    /// The SHA-256 of the certificate that the client has met: for clients that cannot export keying material. It is no
    /// proof for a relay with another certificate, so one who terminates the TLS with their own gets nothing to pass on.
    Certificate(&'a [u8; 32]),
}

/// What a proof is about. The relay fills it from what it knows itself, the client from what it was told and sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Challenge<'a> {
    /// The version that was agreed on.
    pub version: u16,
    /// What the client offered: a third party that changed it would be noticed.
    pub offered: (u16, u16),
    pub role: Role,
    /// The device's public key.
    pub device: &'a [u8; PUBLIC_KEY_BYTES],
    /// The relay's X25519 public key (`seal_to`): a proof for one relay is none for another.
    pub relay: &'a [u8; 32],
    /// Random, made for this connection: an old proof is none.
    pub nonce: &'a [u8; NONCE_BYTES],
    /// What it is bound to, when the relay itself ends the TLS.
    pub binding: Option<Binding<'a>>,
    /// The hash of the invite code that is used with it.
    pub invite: Option<&'a [u8; 32]>,
}

/// The bytes that are signed. Each field has a fixed length or its length before it.
pub fn transcript(challenge: &Challenge<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    out.extend_from_slice(b"avatardesk device proof 1\0");
    out.extend_from_slice(&challenge.version.to_be_bytes());
    out.extend_from_slice(&challenge.offered.0.to_be_bytes());
    out.extend_from_slice(&challenge.offered.1.to_be_bytes());
    let role = challenge.role.name().as_bytes();
    out.push(u8::try_from(role.len()).unwrap_or(u8::MAX));
    out.extend_from_slice(role);
    out.extend_from_slice(challenge.device);
    out.extend_from_slice(challenge.relay);
    out.extend_from_slice(challenge.nonce);
    let binding = challenge.binding.map(|binding| match binding {
        Binding::Exporter(bytes) => (1, bytes),
        Binding::Certificate(bytes) => (2, bytes),
    });
    for optional in [binding, challenge.invite.map(|bytes| (1, bytes))] {
        match optional {
            Some((kind, bytes)) => {
                out.push(kind);
                out.extend_from_slice(bytes);
            }
            None => out.push(0),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_differs_is_signed_differently() {
        let (a, b) = ([1; 32], [2; 32]);
        let base = Challenge {
            version: 1,
            offered: (1, 1),
            role: Role::Bot,
            device: &a,
            relay: &a,
            nonce: &a,
            binding: None,
            invite: None,
        };
        let others = [
            Challenge { version: 2, ..base },
            Challenge { offered: (1, 2), ..base },
            Challenge { role: Role::Host, ..base },
            Challenge { device: &b, ..base },
            Challenge { relay: &b, ..base },
            Challenge { nonce: &b, ..base },
            Challenge { binding: Some(Binding::Exporter(&a)), ..base },
            Challenge { binding: Some(Binding::Certificate(&a)), ..base },
            Challenge { binding: Some(Binding::Certificate(&b)), ..base },
            Challenge { invite: Some(&a), ..base },
        ];
        for (n, one) in others.iter().enumerate() {
            assert_ne!(transcript(one), transcript(&base));
            for other in &others[n + 1..] {
                assert_ne!(transcript(one), transcript(other));
            }
        }
    }
}
