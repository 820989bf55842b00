//! Agents that are tied to desks: whom they are offered, and visitors who are passed on to another desk.

use std::sync::atomic::{AtomicU64, Ordering};

use avatardesk::access::Role;
use avatardesk::conversation::{
    Channel, Cmid, Command, ConversationId, HandoffReason, Language, Target, Time, VisitorId,
};
use avatardesk::protocol::{ClientFrame, LobbyEntry, ServerFrame, Signal};
use avatardesk::routing::{Profile, QueuePlace};

use crate::desk::{conversation, say};
use crate::enrolled::{Enrolled, Socket};

impl Socket {
    /// Gives a command; says why it was refused.
    async fn give(&mut self, visit: ConversationId, command: Command) -> Result<(), String> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let sent = Cmid::new(Time(1), u128::from(NEXT.fetch_add(1, Ordering::Relaxed)));
        self.send(&ClientFrame::Command { conversation: visit, cmid: sent, command }).await;
        self.until(|frame| match frame {
            ServerFrame::Ack { cmid, .. } if *cmid == sent => Some(Ok(())),
            ServerFrame::Refused { cmid, text, .. } if *cmid == sent => Some(Err(text.clone())),
            _ => None,
        })
        .await
    }

    /// Opens a conversation at a desk and asks for a person there.
    async fn asks_at(&mut self, desk: &str) -> ConversationId {
        let (visit, visitor) = (conversation(), VisitorId::new(Time(1), 1));
        let (desk, language) = (desk.parse().unwrap(), Language::En);
        self.give(visit, Command::Open { desk, language, channel: Channel::Kiosk, visitor }).await.unwrap();
        let ask = Command::RequestHandoff { reason: HandoffReason::Asked, summary: None };
        self.give(visit, ask).await.unwrap();
        visit
    }

    /// Takes visitors from now on; the relay knows it when this returns, and what is in the lobby is given.
    async fn is_available(&mut self) -> Vec<LobbyEntry> {
        self.send(&ClientFrame::Announce(Profile::available(9))).await;
        self.send(&ClientFrame::Watch).await;
        self.until(|frame| match frame {
            ServerFrame::Lobby { entries } => Some(entries.clone()),
            _ => None,
        })
        .await
    }

    async fn offer(&mut self) -> LobbyEntry {
        self.until(|frame| match frame {
            ServerFrame::Offer { entry, .. } => Some(entry.clone()),
            _ => None,
        })
        .await
    }

    async fn place(&mut self, visit: ConversationId) -> QueuePlace {
        self.send(&ClientFrame::Follow { conversation: visit, epoch: None, after_seq: 0 }).await;
        self.until(|frame| match frame {
            ServerFrame::Signal { conversation, signal: Signal::Queue(place), .. }
                if *conversation == visit =>
            {
                Some(*place)
            }
            _ => None,
        })
        .await
    }
}

fn to_desk(desk: &str) -> Command {
    let to = Target::Queue { desk: Some(desk.parse().unwrap()), skills: vec![] };
    Command::Transfer { to, note: None }
}

#[tokio::test]
async fn an_agent_is_offered_the_visitors_of_its_own_desks_whatever_it_announces() {
    let relay = Enrolled::plain().await;
    let mut kiosk = relay.device(Role::Kiosk, "kiosk-1", &[]).connect(&relay).await;
    let mut ann = relay.device(Role::Agent, "ann", &["help"]).connect(&relay).await;
    // She names no desks, which are all desks; the host has given her one.
    assert_eq!(ann.is_available().await, []);
    let shop = kiosk.asks_at("shop").await;
    assert!(!kiosk.place(shop).await.staffed, "nobody is there for this desk");
    relay.relay.clock.advance_ms(10);
    let help = kiosk.asks_at("help").await;
    assert!(kiosk.place(help).await.staffed);
    let offered = ann.offer().await;
    assert_eq!(offered.conversation, help, "the one of the other desk came first, and is not hers");
    assert_eq!(ann.give(help, Command::Claim).await, Ok(()));
    assert!(ann.give(shop, Command::Claim).await.unwrap_err().contains("no such conversation"));
}

#[tokio::test]
async fn a_visitor_who_is_passed_on_to_another_desk_is_served_there() {
    let relay = Enrolled::plain().await;
    let mut kiosk = relay.device(Role::Kiosk, "kiosk-1", &[]).connect(&relay).await;
    let mut ann = relay.device(Role::Agent, "ann", &["help"]).connect(&relay).await;
    let mut shawn = relay.device(Role::Agent, "shawn", &["shop"]).connect(&relay).await;
    ann.is_available().await;
    assert_eq!(shawn.is_available().await, []);
    let visit = kiosk.asks_at("help").await;
    assert_eq!(ann.offer().await.conversation, visit);
    ann.give(visit, Command::Claim).await.unwrap();
    assert!(shawn.give(visit, Command::Claim).await.is_err());
    ann.give(visit, to_desk("shop")).await.unwrap();
    let offered = shawn.offer().await;
    assert_eq!((offered.conversation, offered.desk.as_str()), (visit, "shop"));
    // He sees them before he takes them, and still when he has.
    assert_eq!(shawn.is_available().await.len(), 1);
    assert_eq!(shawn.give(visit, Command::Claim).await, Ok(()));
    assert_eq!(shawn.give(visit, say("here I am")).await, Ok(()));
    assert_eq!(kiosk.give(visit, say("good")).await, Ok(()));
    // What happens at another desk is none of hers any more.
    assert_eq!(ann.is_available().await, []);
    let note = || Command::Note { text: "x".into() };
    assert!(ann.give(visit, note()).await.unwrap_err().contains("no such conversation"));
    // Left to a bot, the visitor is where they stand again.
    shawn.give(visit, Command::Release { to_bot: true }).await.unwrap();
    assert_eq!(ann.give(visit, note()).await, Ok(()));
    assert!(shawn.give(visit, note()).await.is_err());
}
