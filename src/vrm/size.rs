//! How heavy an avatar is: triangles and pictures.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use super::finding::{Finding, Findings, Severity};
use super::gltf::{field, index, item, items, text, view};

/// More triangles than this are slow without a good GPU.
pub const TRIANGLES_MANY: u64 = 70_000;
/// More bytes of pictures than this are slow to load and may not fit.
pub const TEXTURE_BYTES_MANY: u64 = 256 << 20;
/// A picture with a longer side than this is refused by many GPUs.
pub const TEXTURE_SIDE_MAX: u32 = 8192;

/// So many markers of a JPEG picture are looked at to find its size: real ones have some twenty.
const MARKERS_MAX: usize = 1_000;

/// How heavy an avatar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Size {
    pub file_bytes: u64,
    pub nodes: usize,
    pub meshes: usize,
    pub materials: usize,
    pub triangles: u64,
    pub vertices: u64,
    pub morph_targets: u64,
    pub textures: usize,
    /// An estimate of the pictures in memory, uncompressed with all smaller copies: 4/3 of 4 bytes a pixel.
    pub texture_bytes: u64,
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MIB: f64 = (1 << 20) as f64;
        write!(
            f,
            "{:.1} MiB, {} triangles, {} vertices, {} meshes, {} materials, {} morph targets, {} textures ({:.1} MiB in memory)",
            self.file_bytes as f64 / MIB,
            self.triangles,
            self.vertices,
            self.meshes,
            self.materials,
            self.morph_targets,
            self.textures,
            self.texture_bytes as f64 / MIB,
        )
    }
}

impl Size {
    pub(super) fn of(gltf: &Value, binary: &[u8], file_bytes: usize, findings: &mut Findings) -> Self {
        let list = |name| items(field(gltf, name));
        let mut size = Self {
            file_bytes: file_bytes as u64,
            nodes: list("nodes").len(),
            meshes: list("meshes").len(),
            materials: list("materials").len(),
            textures: list("images").len(),
            ..Self::default()
        };
        // Each mesh is counted once: many nodes may show one of many parts.
        let meshes: Vec<Mesh> = list("meshes").iter().map(|mesh| Mesh::of(gltf, mesh)).collect();
        for node in list("nodes") {
            let Some(mesh) = index(field(node, "mesh")).and_then(|n| meshes.get(n)) else { continue };
            size.triangles = size.triangles.saturating_add(mesh.triangles);
            size.vertices = size.vertices.saturating_add(mesh.vertices);
            size.morph_targets = size.morph_targets.saturating_add(mesh.morph_targets);
        }
        for (n, image) in list("images").iter().enumerate() {
            size.image(n, gltf, binary, image, findings);
        }
        size.check(findings);
        size
    }

    fn image(&mut self, n: usize, gltf: &Value, binary: &[u8], image: &Value, findings: &mut Findings) {
        let path = format!("images[{n}]");
        let mut add =
            |severity, sentence: String| findings.push(Finding::new(severity, path.clone(), sentence));
        if !text(field(image, "uri")).is_empty() {
            add(
                Severity::Error,
                "the picture lies outside this file: export everything into one VRM file".into(),
            );
            return;
        }
        let bytes = view(gltf, binary, field(image, "bufferView")).unwrap_or_default();
        match dimensions(bytes) {
            Some((width, height)) => {
                let pixels = u64::from(width).saturating_mul(u64::from(height));
                self.texture_bytes = self.texture_bytes.saturating_add(pixels.saturating_mul(16) / 3);
                if width.max(height) > TEXTURE_SIDE_MAX {
                    add(
                        Severity::Error,
                        format!("{width}×{height} pixels are too many: at most {TEXTURE_SIDE_MAX} a side"),
                    );
                } else if width.max(height) > 2048 {
                    add(
                        Severity::Note,
                        format!("{width}×{height} pixels: 2048 a side are enough at a kiosk"),
                    );
                }
            }
            None => add(Severity::Error, "this is no PNG or JPEG picture: export the avatar again".into()),
        }
    }

    fn check(&self, findings: &mut Findings) {
        let mut add =
            |severity, path, sentence: String| findings.push(Finding::new(severity, path, sentence));
        if self.triangles == 0 {
            add(Severity::Warning, "meshes", "there is nothing to see: the file has no triangles".into());
        } else if self.triangles > TRIANGLES_MANY {
            let n = self.triangles;
            add(
                Severity::Warning,
                "meshes",
                format!("{n} triangles are slow on small machines: aim below {TRIANGLES_MANY}"),
            );
        }
        if self.texture_bytes > TEXTURE_BYTES_MANY {
            let mib = self.texture_bytes >> 20;
            add(
                Severity::Warning,
                "images",
                format!("the pictures need about {mib} MiB of memory: make them smaller"),
            );
        }
    }
}

/// How heavy one mesh is.
struct Mesh {
    triangles: u64,
    vertices: u64,
    morph_targets: u64,
}

impl Mesh {
    fn of(gltf: &Value, mesh: &Value) -> Self {
        let mut sum = Self { triangles: 0, vertices: 0, morph_targets: 0 };
        let mut vertices_seen = BTreeSet::new();
        for primitive in items(field(mesh, "primitives")) {
            let position = field(field(primitive, "attributes"), "POSITION");
            let vertices = count(gltf, position);
            let corners = match field(primitive, "indices") {
                Value::Null => vertices,
                indices => count(gltf, indices),
            };
            let triangles = match field(primitive, "mode").as_u64().unwrap_or(4) {
                4 => corners / 3,
                5 | 6 => corners.saturating_sub(2),
                _ => 0,
            };
            sum.triangles = sum.triangles.saturating_add(triangles);
            // Primitives of one mesh may share their vertices.
            if vertices_seen.insert(index(position)) {
                sum.vertices = sum.vertices.saturating_add(vertices);
            }
            sum.morph_targets += items(field(primitive, "targets")).len() as u64;
        }
        sum
    }
}

fn count(gltf: &Value, accessor: &Value) -> u64 {
    field(item(gltf, "accessors", accessor), "count").as_u64().unwrap_or(0)
}

/// Width and height of a PNG or JPEG picture, read from its header.
pub fn dimensions(bytes: &[u8]) -> Option<(u32, u32)> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        return Some((number(16)?, number(20)?));
    }
    if !bytes.starts_with(&[0xff, 0xd8]) {
        return None;
    }
    let short = |at: usize| Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
    let mut at = 2;
    for _ in 0..MARKERS_MAX {
        // ITU-T T.81: a marker is 0xff and a kind; kinds C0 to CF but C4, C8 and CC are frame headers.
        let (mark, kind) = (*bytes.get(at)?, *bytes.get(at + 1)?);
        if mark != 0xff {
            return None;
        }
        match kind {
            0xff => at += 1,
            0xc0..=0xcf if ![0xc4, 0xc8, 0xcc].contains(&kind) => {
                return Some((u32::from(short(at + 7)?), u32::from(short(at + 5)?)));
            }
            0xd9 | 0xda => return None,
            _ => at += 2 + usize::from(short(at + 2)?).max(2),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vrm::test_files::png;

    #[test]
    fn headers_of_pictures_are_read() {
        assert_eq!(dimensions(&png(640, 480)), Some((640, 480)));
        let jpeg = [0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xff, 0xc2, 0, 17, 8, 0, 10, 0, 20, 3];
        assert_eq!(dimensions(&jpeg), Some((20, 10)));
        for length in 0..jpeg.len() {
            let _ = dimensions(&jpeg[..length]);
        }
        assert_eq!(dimensions(&[0xff, 0xd8, 0xff, 0xe0, 0, 0]), None);
        assert_eq!(dimensions(b"GIF89a"), None);
        let fill = [&[0xff, 0xd8][..], &vec![0xff; MARKERS_MAX + 1], &jpeg[10..]].concat();
        assert_eq!(dimensions(&fill), None);
    }
}
