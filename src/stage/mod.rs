//! What is drawn: scene, avatar, theme, widgets.
