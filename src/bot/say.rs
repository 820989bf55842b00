//! Saying an answer, piece by piece; and what is said when none comes.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use tokio::time::{Instant, timeout_at};

use super::answerer::{Memory, Piece, Question};
use crate::client::{ClientHandle, now, random_u128};
use crate::conversation::{AnswerId, Command, ConversationId, HandoffReason, Language, Words};
use crate::texts::{Texts, id};

/// The longest time for one answer.
pub const ANSWER_MAX: Duration = Duration::from_secs(30);
/// So long the first piece waits for what comes after it, in case it is the whole answer: the last part says that it is.
const LOOK_AHEAD: Duration = Duration::from_millis(100);
/// How much longer the client may take for what is said.
const TAKEN_MAX: Duration = Duration::from_secs(10);

/// Where commands about one conversation go.
pub trait Outgoing {
    /// Says whether it was taken.
    fn send(&self, command: Command) -> impl Future<Output = bool> + Send;
}

/// A conversation at the relay.
pub struct Line {
    pub client: ClientHandle,
    pub conversation: ConversationId,
}

impl Outgoing for Line {
    async fn send(&self, command: Command) -> bool {
        let kept = self.client.command(self.conversation, command).await;
        if let Err(error) = &kept {
            tracing::warn!(conversation = %self.conversation, "an answer is lost: {error}");
        }
        kept.is_ok()
    }
}

/// What is being answered.
#[derive(Debug, Clone)]
pub struct Turn {
    in_reply_to: u64,
    text: String,
    language: Language,
    person_awaited: bool,
}

impl Turn {
    /// The turn of a question with this number.
    pub fn of(in_reply_to: u64, question: &Question) -> Self {
        let Question { text, language, person_awaited, .. } = question;
        Self { in_reply_to, text: text.clone(), language: *language, person_awaited: *person_awaited }
    }
}

/// Sends the pieces as they come. When they do not all come `within` this time, or no words do, the bot says so and asks
/// for a person. Gives what to remember.
pub async fn say(
    to: &impl Outgoing,
    turn: Turn,
    within: Duration,
    pieces: BoxStream<'static, Piece>,
) -> Option<Memory> {
    let until = Instant::now() + within;
    timeout_at(until + TAKEN_MAX, say_until(to, turn, until, pieces)).await.ok().flatten()
}

async fn say_until(
    to: &impl Outgoing,
    turn: Turn,
    until: Instant,
    mut pieces: BoxStream<'static, Piece>,
) -> Option<Memory> {
    let mut parts = Parts { to, answer: AnswerId::new(now(), random_u128().ok()?), turn: &turn, next: 0 };
    let (mut memory, mut held, mut after): (_, Option<Words>, _) = (None, None, Vec::new());
    let in_time = loop {
        // The first piece is said soon, whatever comes after it. Each later one is held back until the next is there, for
        // the last part says that it is the last; nobody waits for it meanwhile, since the first is being spoken.
        let first = parts.next == 0 && held.is_some();
        let wait = if first { until.min(Instant::now() + LOOK_AHEAD) } else { until };
        match timeout_at(wait, pieces.next()).await {
            Ok(Some(Piece::Say(words))) => {
                if let Some(words) = held.replace(words) {
                    parts.say(words, false).await?;
                }
            }
            Ok(Some(Piece::Handoff { reason, summary })) => {
                after.push(Command::RequestHandoff { reason, summary: Some(summary) });
            }
            Ok(Some(Piece::Remember(remembered))) => memory = Some(remembered),
            Ok(None) => break true,
            Err(_) if first && Instant::now() < until => {
                if let Some(words) = held.take() {
                    parts.say(words, false).await?;
                }
            }
            Err(_) => break false,
        }
    };
    match held {
        Some(words) if in_time => parts.say(words, true).await?,
        // The first piece was everything, and that was not known when it was said.
        None if in_time && parts.next > 0 => parts.say(close(&turn, !after.is_empty()), true).await?,
        held => {
            tracing::warn!(in_time, "no answer was made");
            if let Some(words) = held {
                parts.say(words, false).await?;
            }
            parts.say(apology(&turn), true).await?;
            if after.is_empty() && !turn.person_awaited {
                let summary = Some(turn.text.clone());
                after.push(Command::RequestHandoff { reason: HandoffReason::NoAnswer, summary });
            }
        }
    }
    for command in after {
        to.send(command).await.then_some(())?;
    }
    memory
}

/// The parts of one answer.
struct Parts<'a, T> {
    to: &'a T,
    turn: &'a Turn,
    answer: AnswerId,
    next: u16,
}

impl<T: Outgoing> Parts<'_, T> {
    async fn say(&mut self, words: Words, last: bool) -> Option<()> {
        let part = Command::Say {
            answer: self.answer,
            part: self.next,
            last,
            voiced: false,
            in_reply_to: Some(self.turn.in_reply_to),
            corrects: None,
            masked: 0,
            words,
        };
        self.next += 1;
        self.to.send(part).await.then_some(())
    }
}

fn apology(turn: &Turn) -> Words {
    let id = if turn.person_awaited { id::BOT_TOO_SLOW_PERSON_COMING } else { id::BOT_TOO_SLOW };
    Words { text: Texts::new(turn.language).get(id), ..Words::default() }
}

/// The last part of an answer whose words are all said.
fn close(turn: &Turn, person_called: bool) -> Words {
    let id = if person_called { id::BOT_FETCHING_PERSON } else { id::BOT_ANYTHING_ELSE };
    Words { text: Texts::new(turn.language).get(id), ..Words::default() }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use futures_util::stream;

    use super::*;

    #[derive(Default)]
    struct Sent(Mutex<Vec<Command>>);

    impl Outgoing for Sent {
        async fn send(&self, command: Command) -> bool {
            self.0.lock().unwrap().push(command);
            true
        }
    }

    impl Sent {
        /// What was said, with whether it was the last part, and what was asked for.
        fn told(self) -> (Vec<(String, u16, bool)>, Vec<HandoffReason>) {
            let (mut said, mut asked) = (vec![], vec![]);
            for command in self.0.into_inner().unwrap() {
                match command {
                    Command::Say { part, last, words, in_reply_to: Some(7), .. } => {
                        said.push((words.text, part, last));
                    }
                    Command::RequestHandoff { reason, .. } => asked.push(reason),
                    other => panic!("{other:?}"),
                }
            }
            (said, asked)
        }
    }

    fn turn(person_awaited: bool) -> Turn {
        Turn { in_reply_to: 7, text: "where is it?".into(), language: Language::En, person_awaited }
    }

    fn words(text: &str) -> Piece {
        Piece::Say(Words { text: text.into(), ..Words::default() })
    }

    fn text(id: crate::texts::Id) -> String {
        Texts::new(Language::En).get(id)
    }

    #[tokio::test]
    async fn an_answer_is_said_in_parts_and_the_last_one_says_so() {
        let sent = Sent::default();
        let pieces = [words("one"), words("two"), Piece::Remember(Memory { misses: 1, ..Memory::default() })];
        let memory = say(&sent, turn(false), ANSWER_MAX, stream::iter(pieces).boxed()).await;
        assert_eq!(memory.map(|m| m.misses), Some(1));
        assert_eq!(sent.told(), (vec![("one".into(), 0, false), ("two".into(), 1, true)], vec![]));
    }

    /// The pieces that come once the first of them has been sent.
    fn after_the_first(sent: &Arc<Sent>, rest: Vec<Piece>) -> BoxStream<'static, Piece> {
        let sent = Arc::clone(sent);
        let waits = async move {
            while sent.0.lock().unwrap().is_empty() {
                tokio::task::yield_now().await;
            }
            stream::iter(rest)
        };
        stream::iter([words("one")]).chain(stream::once(waits).flatten()).boxed()
    }

    async fn said_after_the_first(rest: Vec<Piece>) -> (Vec<(String, u16, bool)>, Vec<HandoffReason>) {
        let sent = Arc::new(Sent::default());
        say(&*sent, turn(false), Duration::from_secs(20), after_the_first(&sent, rest)).await;
        Arc::into_inner(sent).unwrap().told()
    }

    #[tokio::test]
    async fn the_first_sentence_does_not_wait_for_the_second() {
        let (said, asked) = said_after_the_first(vec![words("two"), words("three")]).await;
        let parts = [("one", 0, false), ("two", 1, false), ("three", 2, true)];
        assert_eq!(said, parts.map(|(text, part, last)| (text.to_owned(), part, last)));
        assert_eq!(asked, []);
    }

    #[tokio::test]
    async fn an_answer_whose_end_is_known_late_has_a_last_part_all_the_same() {
        let (said, _) = said_after_the_first(vec![]).await;
        assert_eq!(said, [("one".into(), 0, false), (text(id::BOT_ANYTHING_ELSE), 1, true)]);
        let call = Piece::Handoff { reason: HandoffReason::Asked, summary: String::new() };
        let (said, asked) = said_after_the_first(vec![call]).await;
        assert_eq!(said, [("one".into(), 0, false), (text(id::BOT_FETCHING_PERSON), 1, true)]);
        assert_eq!(asked, [HandoffReason::Asked]);
    }

    #[tokio::test]
    async fn who_finds_no_answer_in_time_apologises_and_asks_for_a_person() {
        let sent = Sent::default();
        let pieces = stream::iter([words("one moment")]).chain(stream::pending()).boxed();
        assert_eq!(say(&sent, turn(false), Duration::from_millis(20), pieces).await, None);
        let said = vec![("one moment".into(), 0, false), (text(id::BOT_TOO_SLOW), 1, true)];
        assert_eq!(sent.told(), (said, vec![HandoffReason::NoAnswer]));
    }

    #[tokio::test]
    async fn an_answer_without_words_is_none_and_nobody_is_called_twice() {
        let sent = Sent::default();
        say(&sent, turn(true), ANSWER_MAX, stream::empty().boxed()).await;
        assert_eq!(sent.told(), (vec![(text(id::BOT_TOO_SLOW_PERSON_COMING), 0, true)], vec![]));
    }
}
