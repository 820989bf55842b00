//! The visitor app.
