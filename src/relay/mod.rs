//! The server: orders events, stores them, passes events and signals on.
