//! Which web pages may connect: a browser says which site a page is from.

use axum::http::{HeaderMap, header};

/// The most sites in the list.
const ORIGINS_MAX: usize = 64;

/// Sites whose pages may connect, besides those of this machine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origins(Vec<String>);

/// Why a site cannot be in the list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    #[error(
        "`{0}` is not an origin: write https://, a host and, if it is not 443, a port, and nothing after it"
    )]
    Malformed(String),
    #[error("more than {ORIGINS_MAX} origins")]
    TooMany,
}

impl Origins {
    /// The sites of a list, as in `https://desk.example`.
    pub fn new(list: &[String]) -> Result<Self, OriginError> {
        if list.len() > ORIGINS_MAX {
            return Err(OriginError::TooMany);
        }
        let checked = list.iter().map(|origin| {
            let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
            let fits = host.is_some_and(|h| {
                !h.is_empty() && h.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b))
            });
            if fits { Ok(origin.to_ascii_lowercase()) } else { Err(OriginError::Malformed(origin.clone())) }
        });
        checked.collect::<Result<_, _>>().map(Self)
    }

    /// Whether a request with these headers may connect. Programs send no `Origin`.
    pub fn admit(&self, headers: &HeaderMap) -> bool {
        let mut sent = headers.get_all(header::ORIGIN).iter();
        let Some(origin) = sent.next() else { return true };
        if sent.next().is_some() {
            return false;
        }
        let Ok(origin) = origin.to_str().map(str::to_ascii_lowercase) else { return false };
        self.0.contains(&origin) || is_this_machine(&origin)
    }
}

fn is_this_machine(origin: &str) -> bool {
    let host = origin.split_once("://").map(|(_, host)| host);
    host.is_some_and(|host| {
        let name = match host.strip_prefix('[').and_then(|h| h.split_once(']')) {
            Some((name, _)) => name,
            None => host.split(':').next().unwrap_or_default(),
        };
        ["localhost", "127.0.0.1", "::1"].contains(&name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(origins: &Origins, sent: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for origin in sent {
            headers.append(header::ORIGIN, origin.parse().unwrap());
        }
        origins.admit(&headers)
    }

    #[test]
    fn pages_of_other_sites_may_not_connect() {
        let none = Origins::default();
        assert!(admits(&none, &[]));
        for good in ["http://localhost:8080", "http://127.0.0.1", "http://[::1]:80"] {
            assert!(admits(&none, &[good]), "{good}");
        }
        for bad in ["https://example.org", "null", "http://localhost.example.org", "https://desk.example"] {
            assert!(!admits(&none, &[bad]), "{bad}");
        }
    }

    #[test]
    fn pages_of_a_listed_site_may() {
        let listed = Origins::new(&["https://Desk.example".into(), "https://b.example:8443".into()]).unwrap();
        assert!(admits(&listed, &["https://desk.example"]) && admits(&listed, &["https://b.example:8443"]));
        for bad in
            ["http://desk.example", "https://desk.example.org", "https://b.example", "https://x.desk.example"]
        {
            assert!(!admits(&listed, &[bad]), "{bad}");
        }
        assert!(!admits(&listed, &["https://desk.example", "https://evil.example"]));
        for bad in ["desk.example", "https://", "https://a/b", "*", "https://a b"] {
            assert!(Origins::new(&[bad.to_owned()]).is_err(), "{bad}");
        }
    }
}
