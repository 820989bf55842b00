//! Forgets a visitor while the relay runs.

use std::sync::Arc;

use super::control::Erased;
use super::conversation::Trouble;
use super::hub::Hub;
use crate::conversation::{Command, State, VisitorId};

/// Appends `erased` to each conversation of the visitor, which forgets their key. The error is a sentence.
pub async fn erase(hub: &Arc<Hub>, visitor: VisitorId) -> Result<Erased, String> {
    let theirs = hub.log.conversations_of(visitor).await.map_err(|e| e.to_string())?;
    let mut conversations = 0;
    for id in theirs {
        let conversation = hub.conversation(id).map_err(sentence)?;
        conversation.system(hub, |_: &State| Some(Command::Erase)).await.map_err(sentence)?;
        conversations += 1;
    }
    if conversations > 0 {
        tracing::info!(%visitor, conversations, "a visitor was forgotten");
    }
    Ok(Erased { conversations })
}

fn sentence(trouble: Trouble) -> String {
    match trouble {
        Trouble::Refused { text, .. } | Trouble::Unavailable(text) | Trouble::Full(text) => text,
        Trouble::Gone => "the relay is stopping: try again when it has ended or is back".to_owned(),
    }
}
