//! A colour as a host writes it: `"#0f6b6b"`.

use serde::{Deserialize, Serialize};

/// Why a text is not a colour.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a colour: write # and six hexadecimal digits, as in \"#0f6b6b\"")]
pub struct ColourError(String);

/// An opaque sRGB colour: red, green, blue from 0 to 255.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Colour(pub [u8; 3]);

impl Colour {
    /// Red, green and blue as sRGB from 0 to 1.
    pub fn srgb(self) -> [f32; 3] {
        self.0.map(|c| f32::from(c) / 255.0)
    }

    /// Red, green and blue as linear light from 0 to 1 (IEC 61966-2-1).
    pub fn linear(self) -> [f32; 3] {
        self.srgb().map(|c| if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) })
    }

    /// Relative luminance from 0 (black) to 1 (white), as WCAG 2 defines it.
    pub fn luminance(self) -> f32 {
        let [r, g, b] = self.linear();
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// The contrast of two colours, from 1 (the same) to 21 (black on white), as WCAG 2 defines it.
    pub fn contrast(self, other: Self) -> f32 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }
}

impl TryFrom<String> for Colour {
    type Error = ColourError;

    fn try_from(text: String) -> Result<Self, ColourError> {
        let digits =
            text.strip_prefix('#').filter(|d| d.len() == 6 && d.bytes().all(|b| b.is_ascii_hexdigit()));
        match digits.and_then(|d| u32::from_str_radix(d, 16).ok()) {
            Some(n) => {
                let [_, r, g, b] = n.to_be_bytes();
                Ok(Self([r, g, b]))
            }
            None => Err(ColourError(text.chars().take(40).collect())),
        }
    }
}

impl From<Colour> for String {
    fn from(Colour([r, g, b]): Colour) -> String {
        format!("#{r:02x}{g:02x}{b:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colour(text: &str) -> Result<Colour, String> {
        Colour::try_from(text.to_owned()).map_err(|e| e.to_string())
    }

    #[test]
    fn a_colour_is_six_hexadecimal_digits() {
        assert_eq!(colour("#0F6b10"), Ok(Colour([15, 107, 16])));
        assert_eq!(String::from(Colour([15, 107, 16])), "#0f6b10");
        for bad in ["0f6b10", "#0f6b1", "#0f6b1g", "#+f6b10", "red", "", "#é00000"] {
            assert!(colour(bad).unwrap_err().contains("six hexadecimal digits"), "{bad}");
        }
    }

    #[test]
    fn black_on_white_is_the_largest_contrast() {
        let (black, white) = (Colour([0; 3]), Colour([255; 3]));
        assert!((black.contrast(white) - 21.0).abs() < 1e-3);
        assert!((white.contrast(white) - 1.0).abs() < 1e-6);
        // #767676 is known as the lightest grey that passes 4.5:1 on white.
        assert!(Colour([0x76; 3]).contrast(white) >= 4.5);
        assert!(Colour([0x77; 3]).contrast(white) < 4.5);
    }
}
