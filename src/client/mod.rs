//! A reconnecting, resuming client of the relay with a durable outbox.
