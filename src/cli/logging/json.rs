//! One JSON object a line: time, level, where it was said, what was said, and the fields with their names.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use super::rolling::RollingFile;

/// The longest value, in characters; the rest is cut off.
const VALUE_MAX_CHARS: usize = 1_000;

/// The least important level that is kept: 0 is error, 4 is trace.
static LEVEL: AtomicU8 = AtomicU8::new(2);

/// Changes the least important level that is kept.
pub fn set_level(level: Level) {
    LEVEL.store(rank(level), Ordering::Relaxed);
}

fn rank(level: Level) -> u8 {
    match level {
        Level::ERROR => 0,
        Level::WARN => 1,
        Level::INFO => 2,
        Level::DEBUG => 3,
        Level::TRACE => 4,
    }
}

/// Writes what is said into a file, once there is one.
pub struct JsonLines {
    file: &'static OnceLock<RollingFile>,
}

impl JsonLines {
    /// Waits for the file.
    pub fn new(file: &'static OnceLock<RollingFile>) -> Self {
        Self { file }
    }
}

impl<S: Subscriber> Layer<S> for JsonLines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let level = *event.metadata().level();
        let Some(file) = self.file.get() else { return };
        if rank(level) > LEVEL.load(Ordering::Relaxed) {
            return;
        }
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let at = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        let line = line(at, level, event.metadata().target(), |fields| event.record(fields));
        if let Err(e) = file.write(line.as_bytes()) {
            // Saying it by the usual way would lead here again.
            eprintln!("a line of the log file was lost: {e}");
        }
    }
}

fn line(at: u64, level: Level, target: &str, record: impl FnOnce(&mut Fields)) -> String {
    let mut fields = Fields(Map::new());
    fields.0.insert("at".to_owned(), at.into());
    fields.0.insert("level".to_owned(), level.as_str().to_ascii_lowercase().into());
    fields.0.insert("target".to_owned(), target.into());
    record(&mut fields);
    format!("{}\n", Value::Object(fields.0))
}

/// The fields of one line.
struct Fields(Map<String, Value>);

impl Fields {
    fn add(&mut self, field: &Field, value: Value) {
        self.0.entry(field.name()).or_insert(value);
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text: String = format!("{value:?}").chars().take(VALUE_MAX_CHARS).collect();
        self.add(field, text.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let text: String = value.chars().take(VALUE_MAX_CHARS).collect();
        self.add(field, text.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, value.into());
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[test]
    fn a_line_is_an_object_with_the_fields() {
        static FILE: OnceLock<RollingFile> = OnceLock::new();
        let tmp = tempfile::tempdir().unwrap();
        FILE.set(RollingFile::open(tmp.path(), "x", 10_000, 2).unwrap()).unwrap();
        let subscriber = tracing_subscriber::registry().with(JsonLines::new(&FILE));
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(conversation = "01HF", seq = 7u64, open = true, "two\nlines");
            tracing::trace!("too much");
        });
        let text = std::fs::read_to_string(tmp.path().join("x.log")).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        let line: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&line["message"], &line["level"]), (&"two\nlines".into(), &"info".into()));
        assert_eq!((&line["conversation"], &line["seq"]), (&"01HF".into(), &7.into()));
        assert!(line["at"].as_u64().unwrap() > 1_700_000_000_000 && line["open"] == true);
        assert!(line["target"].as_str().unwrap().starts_with("avatardesk"));
    }
}
