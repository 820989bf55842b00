//! A text as a QR code (ISO/IEC 18004), for whoever draws it.

use qrcodegen::{QrCode, QrCodeEcc, QrSegment, Version};

/// The largest kind of code that is made: 45 modules a side, still wide ones on a small screen.
const VERSION_MAX: u8 = 7;

/// The modules of a QR code, without the quiet zone around them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Modules {
    side: usize,
    /// Row by row from the top.
    dark: Vec<bool>,
}

impl Modules {
    /// The code of a text, with error correction M (15 %) or better. `None` where it does not fit.
    pub(super) fn of(text: &str) -> Option<Self> {
        let segments = QrSegment::make_segments(text);
        let (least, most) = (Version::new(1), Version::new(VERSION_MAX));
        let code =
            QrCode::encode_segments_advanced(&segments, QrCodeEcc::Medium, least, most, None, true).ok()?;
        let size = code.size();
        let dark = (0..size).flat_map(|y| (0..size).map(move |x| (x, y)));
        let dark = dark.map(|(x, y)| code.get_module(x, y)).collect();
        Some(Self { side: usize::try_from(size).ok()?, dark })
    }

    /// How many modules a side has.
    pub const fn side(&self) -> usize {
        self.side
    }

    /// Whether the module in this column and row is dark. Outside nothing is.
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        let inside = x < self.side && y < self.side;
        inside && self.dark.get(y * self.side + x).copied().unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by another program, segno 1.6: `segno.make("https://example.org/", error="m", micro=False,
    /// mask=6)`; zxing-cpp reads it as that address.
    const KNOWN: &[&str] = &[
        "#######..##..#....#######",
        "#.....#.#...#.#.#.#.....#",
        "#.###.#..#.#.#....#.###.#",
        "#.###.#.#..###.##.#.###.#",
        "#.###.#.#.###.#.#.#.###.#",
        "#.....#..###.##.#.#.....#",
        "#######.#.#.#.#.#.#######",
        "........##.#.#.##........",
        ".#.####.#.#.#...###.##.#.",
        "##.#....#.#..#####.#####.",
        "###.#.#####..#.###.###..#",
        "###.##..###.#.#..###.####",
        "#####.##.#.#.####.##....#",
        "#.......#.#...###...#..#.",
        "##.#.####.#.#####.#.#####",
        "#.#.#...#.##.....###.##.#",
        "#....##.#...##..#####.##.",
        "........####....#...#.##.",
        "#######...##..#.#.#.#...#",
        "#.....#.###....##...#...#",
        "#.###.#.##.##########..##",
        "#.###.#.#.#...#.###....##",
        "#.###.#..#...#.#.#..#####",
        "#.....#.#....#.#...##.###",
        "#######...####..#.#..#..#",
    ];

    #[test]
    fn another_program_makes_the_same_code() {
        let code = Modules::of("https://example.org/").unwrap();
        let row =
            |y| (0..code.side()).map(|x| if code.is_dark(x, y) { '#' } else { '.' }).collect::<String>();
        let rows: Vec<String> = (0..code.side()).map(row).collect();
        assert_eq!(rows, KNOWN);
    }

    #[test]
    fn nothing_is_dark_outside_and_what_is_too_long_is_no_code() {
        let code = Modules::of("https://example.org/").unwrap();
        assert!(code.is_dark(0, 0) && !code.is_dark(code.side(), 0) && !code.is_dark(0, code.side()));
        assert_eq!(Modules::of(&"x".repeat(122)).map(|code| code.side()), Some(45));
        assert_eq!(Modules::of(&"x".repeat(123)), None);
    }
}
