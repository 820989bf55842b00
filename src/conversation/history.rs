//! What every history of a conversation must look like, checked from its events alone; and that the check can fail.

use super::*;

/// What is wrong with a history.
pub fn check(events: &[Event]) -> Result<(), String> {
    let mut pilot: Option<&Actor> = None;
    let (mut closed, mut left, mut message) = (false, false, false);
    for (event, seq) in events.iter().zip(1..) {
        if event.seq != seq {
            return Err(format!("{} stands in the place of {seq}", event.seq));
        }
        if (event.fact.kind() == "opened") != (seq == 1) {
            return Err("the first event opens, and no other".to_owned());
        }
        let late =
            matches!(event.fact, Fact::Noted | Fact::Measured { .. } | Fact::Spoken { .. } | Fact::Erased);
        if closed && !late {
            return Err(format!("{} after the end", event.fact.kind()));
        }
        if left && !late && event.actor.kind == ActorKind::Visitor {
            return Err(format!("{} by a visitor who has gone", event.fact.kind()));
        }
        match &event.fact {
            Fact::Assigned { agent } if pilot.is_some() => {
                return Err(format!("{} comes although there is a pilot", agent.id));
            }
            Fact::Assigned { agent } if !agent.kind.is_agent() => {
                return Err(format!("{} is no agent", agent.id));
            }
            Fact::Assigned { agent } if left && agent.kind == ActorKind::Bot => {
                return Err("a bot takes a message".to_owned());
            }
            Fact::Assigned { agent } => {
                pilot = Some(agent);
                message &= left || !agent.kind.is_person();
            }
            Fact::Released { agent, .. } if pilot != Some(agent) => {
                return Err(format!("{} lets go without being the pilot", agent.id));
            }
            Fact::Released { .. } => pilot = None,
            Fact::Transferred { .. } if pilot.is_some() => return Err("passed on and kept".to_owned()),
            Fact::Said { .. } if event.actor.kind != ActorKind::Visitor && pilot != Some(&event.actor) => {
                return Err(format!("{} speaks without being the pilot", event.actor.id));
            }
            Fact::MessageLeft => message |= !pilot.is_some_and(|p| p.kind.is_person()),
            Fact::VisitorLeft { .. } => left = true,
            Fact::Closed { .. } => {
                let seen = pilot.is_some_and(|p| p.kind.is_person());
                if message && !seen && !matches!(event.actor.kind, ActorKind::Host | ActorKind::System) {
                    return Err("closed although a message waits".to_owned());
                }
                (closed, pilot) = (true, None);
            }
            _ => {}
        }
    }
    if !events.is_sorted_by_key(|e| e.at) {
        return Err("time goes back".to_owned());
    }
    Ok(())
}

fn actor(name: &str, kind: ActorKind) -> Actor {
    Actor { id: name.parse().unwrap(), kind }
}

/// A history of these facts, each by this actor.
fn history(facts: Vec<(Actor, Fact)>) -> Vec<Event> {
    let kiosk = actor("kiosk", ActorKind::Visitor);
    let opened = Fact::Opened {
        desk: "help".parse().unwrap(),
        language: Language::En,
        channel: Channel::Kiosk,
        visitor: VisitorId::new(Time(1), 1),
    };
    let all = [(kiosk, opened)].into_iter().chain(facts).zip(1..);
    let event = |((actor, fact), seq)| Event {
        seq,
        at: Time(seq),
        actor,
        cmid: Cmid::new(Time(seq), 1),
        fact,
        body: Body::Empty,
    };
    all.map(event).collect()
}

#[test]
fn the_check_of_histories_notices_each_fault() {
    let (ann, bob) = (actor("ann", ActorKind::Person), actor("bob", ActorKind::Person));
    let (bot, kiosk) = (actor("bot", ActorKind::Bot), actor("kiosk", ActorKind::Visitor));
    let takes = |agent: &Actor| (agent.clone(), Fact::Assigned { agent: agent.clone() });
    let leaves = |agent: &Actor| (agent.clone(), Fact::Released { agent: agent.clone(), to_bot: false });
    let closed = |by: &Actor| (by.clone(), Fact::Closed { outcome: Outcome::Finished });
    let message = (kiosk.clone(), Fact::MessageLeft);
    let gone = (kiosk.clone(), Fact::VisitorLeft { outcome: Outcome::Finished });
    let passed = (ann.clone(), Fact::Transferred { to: Target::Supervisor });
    let right = vec![takes(&ann), leaves(&ann), passed.clone(), takes(&bob), leaves(&bob), closed(&kiosk)];
    assert_eq!(check(&history(right)), Ok(()));
    for (facts, fault) in [
        (vec![takes(&ann), takes(&bob)], "bob comes although there is a pilot"),
        (vec![takes(&kiosk)], "kiosk is no agent"),
        (vec![leaves(&bob)], "bob lets go without being the pilot"),
        (vec![takes(&ann), passed], "passed on and kept"),
        (vec![closed(&kiosk), takes(&ann)], "assigned after the end"),
        (vec![message.clone(), closed(&kiosk)], "closed although a message waits"),
        (vec![message.clone(), gone.clone(), takes(&bot)], "a bot takes a message"),
        (vec![message, gone.clone(), gone], "visitor_left by a visitor who has gone"),
    ] {
        assert_eq!(check(&history(facts)), Err(fault.to_owned()));
    }
    let mut gap = history(vec![takes(&ann)]);
    gap[1].seq = 3;
    assert!(check(&gap).is_err());
    let mut back = history(vec![takes(&ann)]);
    back[1].at = Time(0);
    assert_eq!(check(&back), Err("time goes back".to_owned()));
}
