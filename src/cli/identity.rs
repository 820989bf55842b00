//! As whom a client comes to the relay: enrolled with `--invite CODE`, later as what was enrolled.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::common::{RelayAddress, make_data_dir};
use crate::access::InviteCode;
use crate::client::{ClientConfig, Identity, IdentityError};
use crate::config::{Secret, Settings};
use crate::conversation::ActorId;
use crate::protocol::Role;

/// What a sub-command is, as a client.
#[derive(Debug, Clone)]
pub struct Part<'a> {
    /// Names the file with the identity, in the data directory.
    pub program: &'a str,
    pub role: Role,
    /// The name where nobody is enrolled.
    pub name: ActorId,
}

/// The configuration of a client: as the device that was enrolled, or by name where the relay lets everybody in.
/// Enrols the device first when there is a code that it has not used yet.
pub async fn client(at: &RelayAddress, settings: &Settings, part: Part<'_>) -> Result<ClientConfig> {
    let url = at.url(settings);
    let file = file(at, settings, &part);
    let known = Identity::load(&file)?;
    let code = at.invite.as_ref().or(settings.invite.as_ref()).map(Secret::expose);
    let code = code.map(str::parse::<InviteCode>).transpose().context("the invite")?;
    let identity = match (known, code) {
        (Some(known), Some(code)) if known.is_of(&code) => Some(known),
        (_, Some(code)) => {
            make_data_dir(settings)?;
            let new = Identity::enrol(&url, part.role, &code).await?;
            new.save(&file)?;
            eprintln!("enrolled as {} ({}), kept in {}", new.id, new.name, file.display());
            Some(new)
        }
        (known, None) => known,
    };
    match identity {
        Some(identity) if identity.role != part.role => {
            let (found, wanted) = (identity.role, part.role);
            Err(IdentityError::OtherRole { path: file, found, wanted }.into())
        }
        Some(identity) => Ok(ClientConfig::enrolled(url, &identity)),
        None => Ok(ClientConfig::new(url, part.role, part.name)),
    }
}

fn file(at: &RelayAddress, settings: &Settings, part: &Part<'_>) -> PathBuf {
    let usual = || settings.data.join(format!("identity-{}.json", part.program));
    at.identity.clone().unwrap_or_else(usual)
}
