//! The way of a person's voice through the relay: beside the lock of the conversation, which is held while something is stored.
//!
//! Who may send, and to whom it goes, is noted here whenever it changes, under that lock.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;

use super::conversation::Trouble;
use super::guard::Guard;
use super::outbound::Outbound;
use crate::access::{Act, Role};
use crate::conversation::{ConversationId, State};
use crate::protocol::ErrorCode;

/// A connection that gets everything new.
#[derive(Debug)]
pub struct Follower {
    pub outbound: Arc<Outbound>,
    pub guard: Arc<Guard>,
    /// What the connection's own list says about it.
    pub live: Arc<AtomicBool>,
}

impl Follower {
    /// Whether it is this one.
    pub fn is(&self, connection: u64) -> bool {
        self.outbound.connection == connection
    }
}

/// What decides about a frame.
#[derive(Debug, Default)]
struct View {
    /// Only what a standing depends on.
    state: State,
    /// The visitor's own kiosk, by all its connections that follow.
    to: Vec<Arc<Outbound>>,
}

/// The way of a voice within one conversation.
#[derive(Debug, Default)]
pub struct Lane {
    // A plain mutex: under it one pointer is copied.
    view: Mutex<Arc<View>>,
}

impl Lane {
    fn view(&self) -> Arc<View> {
        Arc::clone(&self.view.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes the state of the conversation and who of those who follow is the visitor's kiosk.
    pub fn note(&self, state: &State, followers: &[Follower]) {
        let kiosk = state.kiosk.as_ref();
        let hears = |f: &&Follower| f.guard.is(Role::Kiosk) && kiosk == Some(f.guard.actor());
        let to: Vec<_> = followers.iter().filter(hears).map(|f| &f.outbound).collect();
        let old = self.view();
        let same = old.to.len() == to.len() && old.to.iter().zip(&to).all(|(a, b)| Arc::ptr_eq(a, b));
        if same && alike(&old.state, state) {
            return;
        }
        let state = State {
            phase: state.phase.clone(),
            desk: state.desk.clone(),
            kiosk: state.kiosk.clone(),
            pilot: state.pilot.clone(),
            passed_to: state.passed_to.clone(),
            ..State::default()
        };
        let view = Arc::new(View { state, to: to.into_iter().cloned().collect() });
        *self.view.lock().unwrap_or_else(PoisonError::into_inner) = view;
    }

    /// Passes a frame on to the visitor, if this client pilots the conversation.
    pub fn pass(&self, guard: &Guard, id: ConversationId, frame: &Bytes) -> Result<(), Trouble> {
        let view = self.view();
        guard.may(Act::Voice, id, &view.state)?;
        if !view.state.is_open() {
            return Err(Trouble::refused(ErrorCode::Refused, "this conversation is closed"));
        }
        view.to.iter().for_each(|outbound| outbound.voice(frame.clone()));
        Ok(())
    }
}

/// Whether everybody stands in both where they stand in the other.
fn alike(a: &State, b: &State) -> bool {
    (&a.phase, &a.desk, &a.kiosk, &a.pilot, &a.passed_to)
        == (&b.phase, &b.desk, &b.kiosk, &b.pilot, &b.passed_to)
}
