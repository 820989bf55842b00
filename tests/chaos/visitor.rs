//! A visitor: opens conversations one after the other, asks, waits for a person, leaves a message when nobody comes, goes.

use std::collections::VecDeque;
use std::time::Duration;

use avatardesk::client::{ClientEvent, now, random_u128};
use avatardesk::conversation::{
    Channel, Command, ConversationId, Event, HandoffReason, Language, Outcome, State, VisitorId,
};
use avatardesk::protocol::Signal;

use crate::people::{End, Life, Next};

/// Ended conversations that a visitor still follows.
const OLD_MAX: usize = 2;

/// The conversation that goes on.
struct Visit {
    id: ConversationId,
    /// How many more things are said.
    left: u64,
    state: State,
    /// What the relay says about those who could come.
    staffed: Option<bool>,
}

impl Visit {
    fn happened(&mut self, event: &ClientEvent) {
        match event {
            ClientEvent::Event { conversation, event } if *conversation == self.id => self.state.apply(event),
            ClientEvent::Signal { conversation, signal: Signal::Queue(place), .. }
                if *conversation == self.id =>
            {
                self.staffed = Some(place.staffed);
            }
            _ => {}
        }
    }

    /// No person is there.
    fn alone(&self) -> bool {
        !self.state.pilot.as_ref().is_some_and(|pilot| pilot.kind.is_person())
    }

    /// A person was asked for, and nobody has come.
    fn waits(&self) -> bool {
        self.state.waiting.is_some() && self.alone()
    }
}

/// Lives as a visitor.
pub async fn visit(life: &mut Life<'_>) -> End {
    if let Some(end) = life.first_connection().await {
        return end;
    }
    let mut old: VecDeque<ConversationId> = VecDeque::new();
    let mut current: Option<Visit> = None;
    loop {
        let pause = Duration::from_millis(life.person.rng.between(30, 250));
        match life.next(pause).await {
            Next::End(end) => return end,
            Next::Act => {}
            Next::Event(event) => {
                if let Some(visit) = &mut current {
                    visit.happened(&event);
                }
                if let ClientEvent::Event { conversation, event } = *event {
                    looks(life, conversation, &event);
                }
                continue;
            }
            Next::Nothing => continue,
        }
        let Some(visit) = &mut current else {
            current = Some(begin(life).await);
            continue;
        };
        let (id, waits) = (visit.id, visit.waits());
        let leaves = match visit.staffed {
            // Also who did not ask for a person may want one to ring back.
            _ if !waits => {
                if visit.left == 0 && visit.alone() {
                    30
                } else {
                    0
                }
            }
            Some(false) => 50,
            _ => 10,
        };
        if life.person.rng.percent(leaves) {
            let text = format!("message of {} in life {}", life.who.id, life.number);
            life.command(id, Command::LeaveMessage { text }).await;
            visit.left = 0;
        }
        if visit.left > 0 {
            visit.left -= 1;
            ask(life, id).await;
            continue;
        }
        current = None;
        let comment = life.person.rng.percent(50).then(|| format!("comment of {}", life.who.id));
        life.command(id, Command::Rate { stars: Some(5), resolved: Some(true), comment }).await;
        life.command(id, Command::Close { outcome: Outcome::Finished }).await;
        old.push_back(id);
        if old.len() > OLD_MAX
            && let Some(oldest) = old.pop_front()
        {
            life.unfollow(oldest);
        }
    }
}

async fn begin(life: &mut Life<'_>) -> Visit {
    let id = ConversationId::new(now(), random_u128().unwrap());
    let open = Command::Open {
        desk: "help".parse().unwrap(),
        language: Language::En,
        channel: Channel::Script,
        visitor: VisitorId::new(now(), random_u128().unwrap()),
    };
    life.command(id, open).await;
    life.follow(id);
    Visit { id, left: life.person.rng.between(10, 60), state: State::default(), staffed: None }
}

async fn ask(life: &mut Life<'_>, id: ConversationId) {
    match life.person.rng.below(100) {
        0..4 => {
            let summary = life.person.rng.percent(50).then(|| format!("summary of {}", life.who.id));
            life.command(id, Command::RequestHandoff { reason: HandoffReason::Asked, summary }).await;
        }
        4..14 => life.signal(id, Signal::Typing { on: true }),
        _ => life.say(id, None).await,
    }
}

/// Now and then a visitor reads what was said.
fn looks(life: &mut Life<'_>, id: ConversationId, event: &Event) {
    if event.actor.kind.is_agent() && life.person.rng.percent(30) {
        life.seen(id, event.seq);
    }
}
