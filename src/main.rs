//! The `avatardesk` program: parses and calls.

fn main() {}
