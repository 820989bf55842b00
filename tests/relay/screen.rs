//! What a program shows on its screen.

use tokio::io::{AsyncBufRead, Lines};
use tokio::time::timeout;

use crate::desk::SOON;

/// The lines up to the first one with this in it.
pub async fn shown(screen: &mut Lines<impl AsyncBufRead + Unpin>, what: &str) -> Vec<String> {
    let mut seen = Vec::new();
    let found = timeout(SOON, async {
        while let Ok(Some(line)) = screen.next_line().await {
            let found = line.contains(what);
            seen.push(line);
            if found {
                return true;
            }
        }
        false
    });
    assert_eq!(found.await, Ok(true), "`{what}` was never shown: {seen:#?}");
    seen
}
