//! The kiosk's state machine. Pure.
