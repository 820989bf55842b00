//! What a scene file need not say.

use super::colour::Colour;
use super::types::{DayNight, KioskOptions, ListenMode, SpokenLanguage, Theme, TimeoutsSecs};

pub(super) fn knowledge() -> String {
    "knowledge".to_owned()
}

pub(super) fn rate() -> u16 {
    165
}

pub(super) fn pitch() -> u8 {
    50
}

pub(super) fn sign_text() -> Colour {
    Colour([0xff, 0xff, 0xff])
}

impl Default for Theme {
    fn default() -> Self {
        Self {
            panel: Colour([0x10, 0x2a, 0x3c]),
            text: Colour([0xf4, 0xf1, 0xea]),
            muted_text: Colour([0xa9, 0xbc, 0xc6]),
            accent: Colour([0xf2, 0xa1, 0x4a]),
            accent_text: Colour([0x1c, 0x12, 0x06]),
            visitor: Colour([0x1f, 0x5c, 0x66]),
            warning: Colour([0xf7, 0xd6, 0x6b]),
        }
    }
}

impl Default for TimeoutsSecs {
    fn default() -> Self {
        Self {
            idle_warning: 60,
            idle_reset: 20,
            welcome: 45,
            rating: 25,
            farewell: 6,
            attract: 12,
            thinking_sentence: 6,
            thinking_offer: 20,
        }
    }
}

impl Default for KioskOptions {
    fn default() -> Self {
        Self {
            private: false,
            volume: 70,
            quiet: false,
            listen: ListenMode::HandsFree,
            spoken_language: SpokenLanguage::Chosen,
            barge_in: false,
            reduce_motion: false,
            light: DayNight::Day,
        }
    }
}
