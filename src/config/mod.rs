//! Settings: raw to validated.
