//! Where an article's subject is told at length: a web address and its QR code.

use serde::Deserialize;

use super::modules::Modules;

/// A longer address is refused, in bytes: its code would be too fine for a phone at arm's length.
pub const LINK_MAX_BYTES: usize = 120;
const SCHEME: &str = "https://";

/// A web address that visitors can scan or copy. Only `https`, and only characters that cannot pass for others.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Link {
    address: String,
    modules: Modules,
}

/// Why a text is no link.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Another scheme, or none.
    #[error(
        "the link does not begin with `{SCHEME}`; write the whole address, such as https://example.org/page"
    )]
    Scheme,
    /// More than [`LINK_MAX_BYTES`].
    #[error("the link has {0} bytes, and {max} can be scanned from a screen; use a shorter address", max = LINK_MAX_BYTES)]
    TooLong(usize),
    /// A space, a control character, one that addresses do not have, or one beyond ASCII.
    #[error(
        "the link has `{0}` in it; write a name in other letters as `xn--…`, and others as `%` and two digits"
    )]
    Character(char),
    /// No host, a password, or a port that is none.
    #[error(
        "the link has no host such as `example.org` after `https://`; a user, a password or an empty port may not be in it"
    )]
    Host,
}

impl Link {
    /// The whole address.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The address as one reads and types it: without the scheme and the last stroke.
    pub fn words(&self) -> &str {
        let words = self.address.strip_prefix(SCHEME).unwrap_or(&self.address);
        words.strip_suffix('/').unwrap_or(words)
    }

    /// Its QR code.
    pub const fn modules(&self) -> &Modules {
        &self.modules
    }
}

impl TryFrom<String> for Link {
    type Error = LinkError;

    fn try_from(address: String) -> Result<Self, LinkError> {
        let rest = address.strip_prefix(SCHEME).ok_or(LinkError::Scheme)?;
        if address.len() > LINK_MAX_BYTES {
            return Err(LinkError::TooLong(address.len()));
        }
        if let Some(wrong) = address.chars().find(|&c| !is_allowed(c)) {
            return Err(LinkError::Character(wrong));
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if !is_host(authority) {
            return Err(LinkError::Host);
        }
        let modules = Modules::of(&address).ok_or(LinkError::TooLong(address.len()))?;
        Ok(Self { address, modules })
    }
}

/// What an address may have (RFC 3986).
fn is_allowed(c: char) -> bool {
    c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}')
}

/// `name.of.a.host`, perhaps with a port.
fn is_host(authority: &str) -> bool {
    let (host, port) = authority.split_once(':').unwrap_or((authority, "443"));
    let is_label = |label: &str| {
        let ends = label.starts_with('-') || label.ends_with('-');
        !label.is_empty() && !ends && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    host.contains('.') && host.split('.').all(is_label) && port.parse::<u16>().is_ok_and(|port| port > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(text: &str) -> Result<Link, LinkError> {
        Link::try_from(text.to_owned())
    }

    #[test]
    fn an_address_is_kept_and_read_without_its_scheme() {
        let page = link("https://example.org/").unwrap();
        assert_eq!((page.address(), page.words()), ("https://example.org/", "example.org"));
        assert_eq!(
            link("https://a-b.example.org:8443/x?y=1#z").unwrap().words(),
            "a-b.example.org:8443/x?y=1#z"
        );
        let longest = format!("https://example.org/{}", "x".repeat(LINK_MAX_BYTES - 20));
        assert!(link(&longest).is_ok());
    }

    #[test]
    fn what_is_no_safe_address_is_refused() {
        for (text, error) in [
            ("http://example.org", LinkError::Scheme),
            ("javascript:alert(1)", LinkError::Scheme),
            ("example.org", LinkError::Scheme),
            ("https://", LinkError::Host),
            ("https:///page", LinkError::Host),
            ("https://desk/page", LinkError::Host),
            ("https://example.org@evil.example", LinkError::Host),
            ("https://me:secret@example.org", LinkError::Host),
            ("https://example..org", LinkError::Host),
            ("https://-a.org", LinkError::Host),
            ("https://example.org:", LinkError::Host),
            ("https://example.org:0", LinkError::Host),
            ("https://example.org:70000", LinkError::Host),
            ("https://example.org/a b", LinkError::Character(' ')),
            ("https://example.org/\u{202e}", LinkError::Character('\u{202e}')),
            ("https://exаmple.org", LinkError::Character('а')),
        ] {
            assert_eq!(link(text).unwrap_err(), error, "{text}");
        }
        let long = format!("https://example.org/{}", "x".repeat(LINK_MAX_BYTES - 19));
        assert_eq!(link(&long).unwrap_err(), LinkError::TooLong(LINK_MAX_BYTES + 1));
        assert!(LinkError::TooLong(130).to_string().contains("130 bytes, and 120 "));
        assert!(LinkError::Scheme.to_string().contains("`https://`"));
    }
}
