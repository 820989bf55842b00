//! Fonts: egui's own for Latin letters, and one of the system's for Chinese behind it.

use std::sync::Arc;

use bevy::prelude::*;
use bevy_egui::egui::{
    FontData, FontDefinitions, FontFamily, FontId,
    epaint::text::{Fonts, TextOptions},
};

/// Families with Simplified Chinese glyphs, the best first. Compared without case.
const CHINESE_FAMILIES: [&str; 16] = [
    "noto sans cjk sc",
    "noto sans sc",
    "source han sans sc",
    "source han sans cn",
    "思源黑体",
    "pingfang sc",
    "microsoft yahei",
    "微软雅黑",
    "hiragino sans gb",
    "sarasa ui sc",
    "wenquanyi micro hei",
    "wenquanyi zen hei",
    "noto sans cjk",
    "noto serif cjk sc",
    "droid sans fallback",
    "simhei",
];

/// The largest font file that is read, in bytes.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// The name under which egui knows the Chinese font.
const NAME: &str = "chinese";

/// Whether Chinese can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChineseFont {
    /// With this family.
    Found(String),
    /// There is none: Chinese would be boxes.
    Missing,
}

/// The fonts that panels and signs are written with.
#[derive(Resource, Debug, Clone)]
pub struct Lettering {
    /// For egui.
    pub definitions: FontDefinitions,
    /// Whether Chinese can be written.
    pub chinese: ChineseFont,
}

impl Lettering {
    /// egui's own fonts, and the system's best for Chinese.
    pub fn from_system() -> Self {
        let mut fonts = fontdb::Database::new();
        fonts.load_system_fonts();
        Self::from_database(&fonts)
    }

    /// egui's own fonts, and the best for Chinese among `fonts`.
    pub fn from_database(fonts: &fontdb::Database) -> Self {
        let mut definitions = FontDefinitions::default();
        for (family, face) in candidates(fonts) {
            let Some((data, index)) = read(fonts, face) else { continue };
            let data = FontData { index, ..FontData::from_owned(data) };
            let mut with = definitions.clone();
            with.font_data.insert(NAME.to_owned(), Arc::new(data));
            for list in [FontFamily::Proportional, FontFamily::Monospace] {
                // Next to the letters, before the pictograms: those have marks of punctuation, too, of another weight.
                let faces = with.families.entry(list).or_default();
                faces.insert(faces.len().min(1), NAME.to_owned());
            }
            if writes_chinese(&with) {
                definitions = with;
                return Self { definitions, chinese: ChineseFont::Found(family) };
            }
        }
        Self { definitions, chinese: ChineseFont::Missing }
    }

    /// A sentence for the visitor's host when Chinese cannot be written.
    pub fn notice(&self) -> Option<&'static str> {
        match self.chinese {
            ChineseFont::Found(_) => None,
            ChineseFont::Missing => Some(
                "No font with Chinese characters was found: Chinese text shows as boxes. Install one, for example: \
                 sudo apt install fonts-noto-cjk",
            ),
        }
    }
}

/// Faces that may have Chinese glyphs, the best first; regular weight before others.
fn candidates(fonts: &fontdb::Database) -> Vec<(String, fontdb::ID)> {
    let mut list: Vec<(usize, u16, String, fontdb::ID)> = fonts
        .faces()
        .filter(|face| face.style == fontdb::Style::Normal)
        .flat_map(|face| {
            face.families.iter().filter_map(move |(family, _)| {
                let lower = family.to_lowercase();
                let rank = CHINESE_FAMILIES.iter().position(|known| lower == *known)?;
                Some((rank, face.weight.0.abs_diff(400), family.clone(), face.id))
            })
        })
        .collect();
    list.sort_by_key(|(rank, weight, ..)| (*rank, *weight));
    list.into_iter().map(|(_, _, family, id)| (family, id)).collect()
}

/// The file of a face and the face's number in it.
fn read(fonts: &fontdb::Database, id: fontdb::ID) -> Option<(Vec<u8>, u32)> {
    let (source, index) = fonts.face_source(id)?;
    match source {
        fontdb::Source::File(path) => {
            let size = std::fs::metadata(&path).ok()?.len();
            if size > MOST_BYTES {
                tracing::warn!(path = %path.display(), size, "the font is too large and was left out");
                return None;
            }
            Some((std::fs::read(path).ok()?, index))
        }
        fontdb::Source::Binary(data) | fontdb::Source::SharedFile(_, data) => {
            Some((data.as_ref().as_ref().to_vec(), index))
        }
    }
}

/// Tries the fonts on a few characters that every Simplified Chinese font has.
fn writes_chinese(definitions: &FontDefinitions) -> bool {
    let mut fonts = Fonts::new(TextOptions::default(), definitions.clone());
    fonts.with_pixels_per_point(1.0).has_glyphs(&FontId::proportional(16.0), "你好吗语简")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_fonts_the_notice_says_what_to_install() {
        let lettering = Lettering::from_database(&fontdb::Database::new());
        assert_eq!(lettering.chinese, ChineseFont::Missing);
        assert!(lettering.notice().unwrap().contains("fonts-noto-cjk"));
        assert!(!writes_chinese(&lettering.definitions));
    }

    #[test]
    fn a_font_of_the_system_that_is_found_has_the_glyphs() {
        let lettering = Lettering::from_system();
        if let ChineseFont::Found(family) = &lettering.chinese {
            assert!(writes_chinese(&lettering.definitions), "{family}");
            assert_eq!(lettering.notice(), None);
        }
    }
}
