//! The connection of a client, on its way or there.

use std::future::Future;
use std::pin::Pin;

use tokio::time::Instant;

use super::link::{Broken, Incoming, Link};

/// A connection that is being made.
pub type Opening = Pin<Box<dyn Future<Output = Result<Link, Broken>> + Send>>;

/// Where the connection stands.
pub enum Phase {
    Waiting(Instant),
    Connecting(Opening),
    Linked(Box<Link>),
    Ended,
}

/// What may happen with it.
pub enum Happened {
    WaitOver,
    Opened(Result<Box<Link>, Broken>),
    Frame(Result<Option<Incoming>, Broken>),
}

impl Phase {
    /// What happens next with the connection. Nothing gets lost when the future is dropped.
    pub async fn next(&mut self) -> Happened {
        match self {
            Self::Waiting(until) => {
                tokio::time::sleep_until(*until).await;
                Happened::WaitOver
            }
            Self::Connecting(opening) => Happened::Opened(opening.await.map(Box::new)),
            Self::Linked(link) => Happened::Frame(link.next().await),
            Self::Ended => std::future::pending().await,
        }
    }
}
