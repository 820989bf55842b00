//! The settings file: parse, lay over others, check. And the invite that may stand in it.

use std::path::Path;

use avatardesk::access::InviteCode;
use avatardesk::config::{ConfigError, Raw, Secret, Settings, parse};

use super::{Law, hold, place, sentence};

/// A shorter secret can be in a text by chance, and one without a figure can be a word of ours.
const TELLING_BYTES: usize = 8;
/// The example of an error.
const EXAMPLE: &str = "ws://127.0.0.1:7400/ws";

pub fn check(data: &[u8], _: &Path) -> Law {
    // A file that is not UTF-8 is refused when it is read.
    let Ok(text) = std::str::from_utf8(data) else { return Ok(()) };
    invite(text)?;
    let raw = match parse(text) {
        Ok(raw) => raw,
        Err(error) => return told(text, &error),
    };
    hold!(raw.clone().over(Raw::default()) == raw, "settings over nothing are other settings");
    hold!(Raw::default().over(raw.clone()) == raw, "nothing over settings is something");
    hold!(raw.clone().over(raw.clone()) == raw, "settings over themselves are other settings");
    if let Some(invite) = &raw.invite {
        hides(invite.expose(), text, &format!("{raw:?}"))?;
    }
    let (relay, invite) = (raw.relay.clone(), raw.invite.clone());
    match Settings::new(raw, Some(Path::new("/data"))) {
        Ok(settings) => good(&settings),
        Err(error) => {
            let said = format!("{error} {error:?}");
            sentence(&error.to_string())?;
            if let Some(invite) = invite.as_ref().map(Secret::expose) {
                hides(invite, text, &said)?;
            }
            let password = relay.as_deref().and_then(|r| r.rsplit_once('@')).map_or("", |(before, _)| before);
            hides(password, text, &said)
        }
    }
}

/// An invite, as somebody types it in: what is one is the same after it was printed, and `Debug` hides it.
fn invite(text: &str) -> Law {
    let Ok(code) = text.parse::<InviteCode>() else { return Ok(()) };
    let printed = code.expose();
    hold!(printed.parse() == Ok(code.clone()), "the invite {printed:?} came back as another");
    hides(&printed, &printed, &format!("{code:?}"))
}

fn told(text: &str, error: &ConfigError) -> Law {
    sentence(&error.to_string())?;
    match error {
        ConfigError::Syntax { line, column, .. } => place(text, *line, *column),
        ConfigError::Whole { .. } => Ok(()),
    }
}

/// A secret that stands once in the file is not in what is said about it.
pub fn hides(secret: &str, file: &str, said: &str) -> Law {
    let odd = secret.len() >= TELLING_BYTES && secret.contains(|c: char| c.is_ascii_digit());
    let telling = odd && file.matches(secret).count() == 1;
    let said = said.replace(EXAMPLE, "");
    hold!(!telling || !said.contains(secret), "the secret {secret:?} is in {said:?}");
    Ok(())
}

fn good(settings: &Settings) -> Law {
    let relay = &settings.relay;
    hold!(relay.starts_with("ws://") || relay.starts_with("wss://"), "{relay} is no address of a relay");
    let authority = relay.split("//").nth(1).and_then(|rest| rest.split(['/', '?', '#']).next());
    let authority = authority.unwrap_or_default();
    hold!(!authority.is_empty() && !authority.contains(char::is_whitespace), "{relay} names no host");
    hold!(!authority.contains('@'), "{relay} has a password in it");
    for text in [&settings.microphone, &settings.loudspeaker].into_iter().flatten() {
        hold!(!text.trim().is_empty(), "a device without a name");
    }
    Ok(())
}
