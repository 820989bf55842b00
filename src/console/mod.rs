//! The agent app: who waits, take over, type, give back.
