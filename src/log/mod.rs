//! The durable log of records.
