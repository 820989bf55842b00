//! The scene file: types and checks. Pure, no Bevy.
