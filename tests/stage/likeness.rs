//! Small pictures, and how much two of them differ to an eye that does not look at single pixels.

use std::path::Path;

use avatardesk::stage::headless::Frame;

/// Quality of the JPEG files that are compared, and of those that are looked at, 1 to 100.
pub const TO_COMPARE: u8 = 88;
pub const TO_LOOK_AT: u8 = 80;
/// Pictures are compared at a half of their size, and after that a pixel is the mean of its neighbours, too: edges of letters
/// may lie a pixel elsewhere.
const SHRINK: u32 = 2;
/// The side of a tile, in pixels of what is compared.
const TILE: usize = 12;

/// A picture: three bytes a pixel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub width: u32,
    pub height: u32,
    pub rgb: Vec<u8>,
}

/// How much two pictures differ, 0 to 255: on the whole, at the hundredth of all pixels that differs most, and in the tile
/// that differs most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    pub mean: f32,
    pub p99: f32,
    pub tile: f32,
}

/// What two pictures of the same screen may differ by: a breath, a blink, and the rounding of another driver stay below it.
pub const MOST: Difference = Difference { mean: 1.5, p99: 16.0, tile: 24.0 };

impl Difference {
    pub fn is_small(&self) -> bool {
        self.mean <= MOST.mean && self.p99 <= MOST.p99 && self.tile <= MOST.tile
    }
}

impl Picture {
    /// A frame, as wide as this, by the mean of the pixels that fall together.
    pub fn of(frame: &Frame, width: u32) -> Self {
        let rgb = frame.rgba.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
        Self { width: frame.width, height: frame.height, rgb }.shrunk(width)
    }

    /// The same, as wide as this.
    pub fn shrunk(&self, width: u32) -> Self {
        if width >= self.width {
            return self.clone();
        }
        let height = (self.height * width).div_ceil(self.width).min(self.height);
        let across = spans(self.width, width);
        let mut narrow = Vec::with_capacity((self.height * width * 3) as usize);
        for row in self.rgb.chunks_exact(self.width as usize * 3) {
            for span in &across {
                narrow
                    .extend(mixed(span, |at| [row[at * 3], row[at * 3 + 1], row[at * 3 + 2]].map(f32::from)));
            }
        }
        let mut rgb = Vec::with_capacity((width * height * 3) as usize);
        for span in &spans(self.height, height) {
            for x in 0..width as usize {
                let pixel = |y: usize| {
                    let at = (y * width as usize + x) * 3;
                    [narrow[at], narrow[at + 1], narrow[at + 2]]
                };
                rgb.extend(mixed(span, pixel).map(|c| c.round() as u8));
            }
        }
        Self { width, height, rgb }
    }

    pub fn save(&self, path: &Path, quality: u8) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut bytes = Vec::new();
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality)
            .encode(&self.rgb, self.width, self.height, image::ExtendedColorType::Rgb8)
            .unwrap();
        std::fs::write(path, bytes).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    }

    pub fn load(path: &Path) -> Option<Self> {
        let bytes = std::fs::read(path).ok()?;
        let image =
            image::load_from_memory_with_format(&bytes, image::ImageFormat::Jpeg).unwrap().into_rgb8();
        Some(Self { width: image.width(), height: image.height(), rgb: image.into_raw() })
    }

    /// How much another picture of the same size differs from it, and a picture of where.
    pub fn compare(&self, other: &Self) -> Option<(Difference, Self)> {
        if (self.width, self.height) != (other.width, other.height) {
            return None;
        }
        let [a, b] = [self, other].map(|picture| picture.shrunk(picture.width / SHRINK).softened());
        let apart: Vec<u8> = a
            .rgb
            .chunks_exact(3)
            .zip(b.rgb.chunks_exact(3))
            .map(|(a, b)| a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0))
            .collect();
        let mut sorted = apart.clone();
        sorted.sort_unstable();
        let mean = apart.iter().map(|d| f32::from(*d)).sum::<f32>() / apart.len() as f32;
        let p99 = f32::from(sorted[sorted.len() * 99 / 100]);
        let tile = worst_tile(&apart, a.width as usize);
        let rgb = apart.iter().flat_map(|d| [d.saturating_mul(4); 3]).collect();
        Some((Difference { mean, p99, tile }, Self { width: a.width, height: a.height, rgb }))
    }

    /// Each pixel is the mean of itself and its eight neighbours.
    fn softened(&self) -> Self {
        let (width, height) = (self.width as usize, self.height as usize);
        let mut rgb = vec![0; self.rgb.len()];
        for y in 0..height {
            for x in 0..width {
                for channel in 0..3 {
                    let (mut sum, mut count) = (0_u32, 0_u32);
                    for y in y.saturating_sub(1)..(y + 2).min(height) {
                        for x in x.saturating_sub(1)..(x + 2).min(width) {
                            sum += u32::from(self.rgb[(y * width + x) * 3 + channel]);
                            count += 1;
                        }
                    }
                    rgb[(y * width + x) * 3 + channel] = (sum / count) as u8;
                }
            }
        }
        Self { rgb, ..*self }
    }
}

fn worst_tile(apart: &[u8], width: usize) -> f32 {
    let height = apart.len() / width;
    let mut worst = 0.0_f32;
    for top in (0..height).step_by(TILE / 2) {
        for left in (0..width).step_by(TILE / 2) {
            let (mut sum, mut count) = (0.0, 0.0_f32);
            for y in top..(top + TILE).min(height) {
                for x in left..(left + TILE).min(width) {
                    sum += f32::from(apart[y * width + x]);
                    count += 1.0;
                }
            }
            // Half a tile at an edge says little.
            if count as usize == TILE * TILE {
                worst = worst.max(sum / count);
            }
        }
    }
    worst
}

/// Which of `many` pixels fall into each of `few`, and with what weight.
fn spans(many: u32, few: u32) -> Vec<Vec<(usize, f32)>> {
    let each = many as f32 / few as f32;
    (0..few)
        .map(|n| {
            let (from, to) = (n as f32 * each, ((n + 1) as f32 * each).min(many as f32));
            (from as usize..(to.ceil() as usize).min(many as usize))
                .map(|at| (at, ((at + 1) as f32).min(to) - (at as f32).max(from)))
                .filter(|(_, weight)| *weight > 1e-4)
                .collect()
        })
        .collect()
}

fn mixed(span: &[(usize, f32)], pixel: impl Fn(usize) -> [f32; 3]) -> [f32; 3] {
    let (mut sum, mut weights) = ([0.0; 3], 0.0);
    for (at, weight) in span {
        let colour = pixel(*at);
        for channel in 0..3 {
            sum[channel] += colour[channel] * weight;
        }
        weights += weight;
    }
    sum.map(|c| c / weights)
}
