//! What the relay reads after a start: the conversations that are still open.

use std::sync::Arc;
use std::time::Duration;

use super::hub::Hub;
use super::queue;
use crate::conversation::ConversationId;

/// Open conversations that are asked for at a time.
const PAGE: usize = 500;
/// The longest pause before what could not be read is read again; the first one is in the limits, each next one twice as
/// long.
const AGAIN_MAX: Duration = Duration::from_secs(60);
/// How often a conversation that cannot be read is tried. Whoever follows it tries it again.
const TRIES: u32 = 10;

/// Pauses that grow.
struct Pauses(Duration);

impl Pauses {
    async fn next(&mut self) {
        tokio::time::sleep(self.0).await;
        self.0 = self.0.saturating_mul(2).min(AGAIN_MAX);
    }
}

/// Recalls what is open, then offers who waits to who is free: so that nobody is offered before those who waited longer.
pub async fn recall_and_route(hub: Arc<Hub>) {
    let left = recall(&hub).await;
    tokio::join!(queue::keep(Arc::clone(&hub)), recall_rest(&hub, left));
}

/// Reads the open conversations, the oldest first, so that the lobby, the queue and the time-outs know them. Gives those
/// that could not be read.
async fn recall(hub: &Arc<Hub>) -> Vec<ConversationId> {
    let (mut after, mut count, mut left) = (None, 0, Vec::new());
    let max = hub.limits.max_conversations;
    while count < max {
        let page = page(hub, after, PAGE.min(max - count)).await;
        let Some(last) = page.last() else { break };
        after = Some(*last);
        count += page.len();
        for id in page {
            if !read(hub, id).await {
                left.push(id);
            }
        }
    }
    if count > 0 {
        tracing::info!(count, "continuing open conversations");
    }
    if count == max && !page(hub, after, 1).await.is_empty() {
        tracing::warn!(
            max,
            "more conversations are open than the relay keeps: the newest wait for who follows them"
        );
    }
    left
}

/// The next open conversations. Without them nobody who waits would be known, so it is asked until there is an answer.
async fn page(hub: &Hub, after: Option<ConversationId>, limit: usize) -> Vec<ConversationId> {
    let mut pauses = Pauses(hub.limits.recall_again);
    loop {
        match hub.log.open_after(after, limit).await {
            Ok(page) => return page.into_iter().map(|one| one.conversation).collect(),
            Err(e) => {
                tracing::error!("the open conversations could not be read, and are read again: {e}");
                pauses.next().await;
            }
        }
    }
}

/// Reads one conversation. Says whether it could.
async fn read(hub: &Arc<Hub>, id: ConversationId) -> bool {
    let recalled = match hub.conversation(id) {
        Ok(conversation) => conversation.recall(hub).await,
        Err(e) => Err(e),
    };
    if let Err(trouble) = &recalled {
        tracing::warn!(conversation = %id, "not continued yet: {trouble:?}");
    }
    recalled.is_ok()
}

/// Tries again what could not be read, while everybody else is served.
async fn recall_rest(hub: &Arc<Hub>, mut left: Vec<ConversationId>) {
    let mut pauses = Pauses(hub.limits.recall_again);
    for _ in 1..TRIES {
        if left.is_empty() {
            return;
        }
        pauses.next().await;
        let mut still = Vec::new();
        for id in left {
            if !read(hub, id).await {
                still.push(id);
            }
        }
        left = still;
    }
    for id in left {
        tracing::error!(conversation = %id, "given up: `avatardesk log check` says what is wrong with it");
    }
}
