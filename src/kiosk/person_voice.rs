//! A person's own voice on its way from the relay to the kiosk's loudspeaker: beside the frame loop, so that it waits for no
//! picture.

use std::sync::{Arc, Mutex, PoisonError};

use crate::conversation::ConversationId;
use crate::protocol::VoiceFrame;
use crate::speech::voice::{Packet, PacketSender, Player, PlayerEvent};

/// Whose voice may be heard. Shared by the frame loop and the client's task.
type Whose = Arc<Mutex<Option<ConversationId>>>;

/// The player of a person's voice.
pub struct PersonVoice {
    player: Player,
    // A plain mutex: under it one identifier is copied.
    whose: Whose,
}

impl PersonVoice {
    /// Around a player into the kiosk's loudspeaker.
    pub fn new(player: Player) -> Self {
        Self { player, whose: Whose::default() }
    }

    /// Takes the frames that come from the relay: for [`RelayLink::voices`](super::RelayLink::voices).
    pub fn taker(&self) -> impl Fn(VoiceFrame) + Send + Sync + use<> {
        let (whose, sender) = (Arc::clone(&self.whose), self.player.sender());
        move |frame| take(&whose, &sender, frame)
    }

    /// Who may be heard from now on. What waits of somebody else is forgotten.
    pub(super) fn listen(&self, to: Option<ConversationId>) {
        *self.whose.lock().unwrap_or_else(PoisonError::into_inner) = to;
        self.player.stop();
    }

    /// Whether the person begins to be heard, or has ended.
    pub(super) fn next_event(&mut self) -> Option<bool> {
        self.player.next_event().map(|event| matches!(event, PlayerEvent::Began(_)))
    }
}

fn take(whose: &Whose, sender: &PacketSender, frame: VoiceFrame) {
    let head = frame.head;
    if *whose.lock().unwrap_or_else(PoisonError::into_inner) == Some(head.conversation) {
        sender.offer(Packet {
            stream: head.stream,
            seq: head.seq,
            time_ms: head.time_ms,
            first: head.first,
            last: head.last,
            payload: frame.sound,
        });
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::conversation::Time;
    use crate::protocol::VoiceHead;
    use crate::speech::playback::{PacedPlayback, Playback};
    use crate::speech::voice::{Coded, Decoder, SAID_FRAME};

    struct Hum;

    impl Decoder for Hum {
        fn decode(&mut self, _: Coded<'_>, out: &mut Vec<f32>) {
            out.extend([0.5; SAID_FRAME]);
        }
    }

    #[test]
    fn only_the_person_of_this_visit_is_heard() {
        let playback = PacedPlayback::start(true).unwrap();
        let mut person = PersonVoice::new(Player::start(playback.output(), Box::new(Hum)).unwrap());
        let take = person.taker();
        let (ours, other) = (ConversationId::new(Time(1), 1), ConversationId::new(Time(1), 2));
        let speak = |conversation, stream| {
            for seq in 0..10 {
                let (first, last) = (seq == 0, seq == 9);
                let head = VoiceHead { conversation, stream, seq, time_ms: seq * 20, first, last };
                take(VoiceFrame { head, sound: vec![1] });
            }
        };
        speak(ours, 1);
        person.listen(Some(ours));
        speak(other, 2);
        speak(ours, 3);
        let until = Instant::now() + Duration::from_secs(20);
        let mut told = Vec::new();
        while told.len() < 2 && Instant::now() < until {
            told.extend(person.next_event());
        }
        assert_eq!(told, [true, false]);
        let heard = playback.recording().unwrap().samples.iter().filter(|s| **s == 0.5).count();
        assert!(heard > 5 * SAID_FRAME && heard <= 10 * SAID_FRAME, "{heard} samples");
    }
}
