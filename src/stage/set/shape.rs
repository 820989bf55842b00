//! Shapes from code: meshes with gradients in their vertex colours.

use bevy::{
    asset::RenderAssetUsages,
    mesh::{Indices, PrimitiveTopology},
    prelude::*,
};

/// Two segments of an outline that meet at a flatter angle than this are shaded as one round surface (cosine).
const ROUND_COS: f32 = 0.72;

/// A mesh in the making.
#[derive(Debug, Default, Clone)]
pub struct Shape {
    pub positions: Vec<[f32; 3]>,
    normals: Vec<[f32; 3]>,
    uvs: Vec<[f32; 2]>,
    colours: Vec<[f32; 4]>,
    indices: Vec<u32>,
}

impl Shape {
    /// Adds a corner and returns its number.
    pub fn corner(&mut self, at: Vec3, normal: Vec3, uv: Vec2, colour: Vec4) -> u32 {
        let number = self.positions.len() as u32;
        self.positions.push(at.to_array());
        self.normals.push(normal.normalize_or(Vec3::Y).to_array());
        self.uvs.push(uv.to_array());
        self.colours.push(colour.to_array());
        number
    }

    /// Adds a four-cornered face; the corners go around it.
    pub fn face(&mut self, [a, b, c, d]: [u32; 4]) {
        self.indices.extend([a, b, c, a, c, d]);
    }

    /// Adds a triangle.
    pub fn triangle(&mut self, a: u32, b: u32, c: u32) {
        self.indices.extend([a, b, c]);
    }

    /// A flat rectangle around `middle`, spanned by `right` and `up` (half lengths), uv 0..1, coloured from below to above.
    pub fn rectangle(&mut self, middle: Vec3, right: Vec3, up: Vec3, low: Vec4, high: Vec4) {
        let normal = right.cross(up);
        let corners = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)].map(|(x, y): (f32, f32)| {
            let colour = if y < 0.0 { low } else { high };
            self.corner(middle + right * x + up * y, normal, Vec2::new(x, y) * 0.5 + 0.5, colour)
        });
        self.face(corners);
    }

    /// A rectangle with round corners and a little thickness, seen from +z; uv 0..1 over the whole.
    pub fn plaque(&mut self, middle: Vec3, size: Vec2, round: f32, colour: Vec4) {
        const STEPS: usize = 8;
        let half = size * 0.5;
        let round = round.min(half.min_element());
        let centre = self.corner(middle, Vec3::Z, Vec2::splat(0.5), colour);
        let mut rim = Vec::new();
        for (corner, (sx, sy)) in [(1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0), (1.0, -1.0)].into_iter().enumerate()
        {
            for step in 0..=STEPS {
                let angle = (corner as f32 + step as f32 / STEPS as f32) * std::f32::consts::FRAC_PI_2;
                let at = (half - round) * Vec2::new(sx, sy) + Vec2::from_angle(angle) * round;
                rim.push(self.corner(middle + at.extend(0.0), Vec3::Z, at / size + 0.5, colour));
            }
        }
        for (i, &from) in rim.iter().enumerate() {
            if let Some(&to) = rim.get((i + 1) % rim.len()) {
                self.triangle(centre, from, to);
            }
        }
    }

    /// A ring in the plane of the wall, between two radii.
    pub fn ring(&mut self, middle: Vec3, inner: f32, outer: f32, colour: Vec4) {
        const STEPS: usize = 72;
        let mut last: Option<(u32, u32)> = None;
        for step in 0..=STEPS {
            let direction = Vec2::from_angle(step as f32 / STEPS as f32 * std::f32::consts::TAU).extend(0.0);
            let a = self.corner(middle + direction * inner, Vec3::Z, Vec2::ZERO, colour);
            let b = self.corner(middle + direction * outer, Vec3::Z, Vec2::X, colour);
            if let Some((la, lb)) = last {
                self.face([la, lb, b, a]);
            }
            last = Some((a, b));
        }
    }

    /// Moves an outline of (distance from the axis, height) around a vertical axis at `(0, z)` from `-half` to `half`
    /// radians, measured from +z. uv: metres along the arc, metres along the outline. `colour` takes a height.
    pub fn sweep(
        &mut self,
        axis_z: f32,
        half: f32,
        steps: usize,
        outline: &[Vec2],
        colour: impl Fn(Vec2) -> Vec4,
    ) {
        let reach = outline.iter().map(|p| p.x).fold(0.0, f32::max);
        for (from, to, normal_from, normal_to, along) in segments(outline) {
            let mut last: Option<(u32, u32)> = None;
            for step in 0..=steps {
                let angle = half * (2.0 * step as f32 / steps as f32 - 1.0);
                let (sin, cos) = angle.sin_cos();
                let place = |p: Vec2| Vec3::new(p.x * sin, p.y, p.x * cos + axis_z);
                let turn = |n: Vec2| Vec3::new(n.x * sin, n.y, n.x * cos);
                let u = angle * reach;
                let a = self.corner(place(from), turn(normal_from), Vec2::new(u, along), colour(from));
                let b = self.corner(
                    place(to),
                    turn(normal_to),
                    Vec2::new(u, along + from.distance(to)),
                    colour(to),
                );
                if let Some((la, lb)) = last {
                    self.face([la, lb, b, a]);
                }
                last = Some((a, b));
            }
        }
    }

    /// Closes both ends of a [`Shape::sweep`] with a flat face. The outline must be star-shaped around its middle.
    pub fn sweep_ends(&mut self, axis_z: f32, half: f32, outline: &[Vec2], colour: impl Fn(Vec2) -> Vec4) {
        let middle = outline.iter().copied().sum::<Vec2>() / outline.len().max(1) as f32;
        for side in [-1.0, 1.0] {
            let (sin, cos) = (half * side).sin_cos();
            let place = |p: Vec2| Vec3::new(p.x * sin, p.y, p.x * cos + axis_z);
            let normal = Vec3::new(cos, 0.0, -sin) * side;
            let centre = self.corner(place(middle), normal, middle, colour(middle));
            for pair in outline.windows(2) {
                if let [from, to] = *pair {
                    let a = self.corner(place(from), normal, from, colour(from));
                    let b = self.corner(place(to), normal, to, colour(to));
                    self.triangle(centre, a, b);
                }
            }
        }
    }

    /// A tube along z between two rings: the outline, scaled, at each `z`. uv in metres.
    pub fn tube(&mut self, outline: &[Vec2], from: (f32, Vec2), to: (f32, Vec2)) {
        for (a, b, normal_a, normal_b, along) in segments(outline) {
            let lean = (from.1 - to.1).max_element() * a.length().max(b.length()) / (to.0 - from.0).max(1e-5);
            let corner = |shape: &mut Self, p: Vec2, n: Vec2, (z, scale): (f32, Vec2), v: f32| {
                shape.corner((p * scale).extend(z), n.extend(lean), Vec2::new(z, v), Vec4::ONE)
            };
            let end = along + a.distance(b);
            let corners = [
                corner(self, a, normal_a, from, along),
                corner(self, b, normal_b, from, end),
                corner(self, b, normal_b, to, end),
                corner(self, a, normal_a, to, along),
            ];
            self.face(corners);
        }
    }

    /// A flat lid over an outline around the origin, scaled, at `z`; `side` 1 faces +z, -1 faces -z. uv in metres.
    pub fn lid(&mut self, outline: &[Vec2], scale: Vec2, z: f32, side: f32) {
        let normal = Vec3::Z * side;
        let centre = self.corner(Vec3::Z * z, normal, Vec2::ZERO, Vec4::ONE);
        for pair in outline.windows(2) {
            if let [a, b] = *pair {
                let (a, b) = (a * scale, b * scale);
                let a = self.corner(a.extend(z), normal, a, Vec4::ONE);
                let b = self.corner(b.extend(z), normal, b, Vec4::ONE);
                self.triangle(centre, a, b);
            }
        }
    }

    /// The same, placed in the scene.
    pub fn placed(mut self, by: &Transform) -> Self {
        for (position, normal) in self.positions.iter_mut().zip(&mut self.normals) {
            *position = by.transform_point(Vec3::from_array(*position)).to_array();
            *normal = (by.rotation * Vec3::from_array(*normal)).to_array();
        }
        self
    }

    /// The smallest and the largest coordinates.
    #[cfg(test)]
    pub fn bounds(&self) -> (Vec3, Vec3) {
        self.positions
            .iter()
            .map(|p| Vec3::from_array(*p))
            .fold((Vec3::INFINITY, Vec3::NEG_INFINITY), |(low, high), p| (low.min(p), high.max(p)))
    }

    /// How many triangles there are.
    #[cfg(test)]
    pub fn triangles(&self) -> usize {
        self.indices.len() / 3
    }

    /// The same, somewhere else.
    pub fn moved(mut self, by: Vec3) -> Self {
        for position in &mut self.positions {
            *position = (Vec3::from_array(*position) + by).to_array();
        }
        self
    }

    /// The mesh.
    pub fn mesh(self) -> Mesh {
        Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::RENDER_WORLD)
            .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, self.positions)
            .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, self.normals)
            .with_inserted_attribute(Mesh::ATTRIBUTE_UV_0, self.uvs)
            .with_inserted_attribute(Mesh::ATTRIBUTE_COLOR, self.colours)
            .with_inserted_indices(Indices::U32(self.indices))
    }
}

/// The segments of an outline with a normal at each end (to the right of the direction of travel is inside) and the
/// length of the outline before them.
fn segments(outline: &[Vec2]) -> Vec<(Vec2, Vec2, Vec2, Vec2, f32)> {
    let normals: Vec<Vec2> = outline
        .windows(2)
        .map(|pair| if let [a, b] = *pair { (b - a).perp().normalize_or(Vec2::X) * -1.0 } else { Vec2::X })
        .collect();
    let blend = |own: Vec2, other: Option<&Vec2>| match other {
        Some(other) if own.dot(*other) > ROUND_COS => (own + *other).normalize_or(own),
        _ => own,
    };
    let mut along = 0.0;
    let mut list = Vec::with_capacity(normals.len());
    for (i, (pair, &normal)) in outline.windows(2).zip(&normals).enumerate() {
        if let [a, b] = *pair {
            let before = i.checked_sub(1).and_then(|j| normals.get(j));
            list.push((a, b, blend(normal, before), blend(normal, normals.get(i + 1)), along));
            along += a.distance(b);
        }
    }
    list
}

/// The outline of a board with round edges: from (`inner`, `low`) around to itself. Goes so that outside is to the left.
pub fn board(inner: f32, outer: f32, low: f32, high: f32) -> Vec<Vec2> {
    const STEPS: usize = 6;
    let round = ((high - low) * 0.45).min((outer - inner) * 0.45);
    let corners = [
        (outer - round, low + round, -0.5),
        (outer - round, high - round, 0.0),
        (inner + round, high - round, 0.5),
        (inner + round, low + round, 1.0),
    ];
    let mut outline = Vec::new();
    for (x, y, start) in corners {
        for step in 0..=STEPS {
            let angle = (start + 0.5 * step as f32 / STEPS as f32) * std::f32::consts::PI;
            outline.push(Vec2::new(x, y) + Vec2::from_angle(angle) * round);
        }
    }
    if let Some(&first) = outline.first() {
        outline.push(first);
    }
    outline
}

/// A rectangle with round corners around the origin, closed. Goes so that outside is to the left.
pub fn rounded_rectangle(half: Vec2, round: f32) -> Vec<Vec2> {
    const STEPS: usize = 6;
    let inner = half - round;
    let mut outline = Vec::new();
    for (corner, (sx, sy)) in [(1.0, -1.0), (1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0)].into_iter().enumerate() {
        for step in 0..=STEPS {
            let angle = (corner as f32 - 1.0 + step as f32 / STEPS as f32) * std::f32::consts::FRAC_PI_2;
            outline.push(inner * Vec2::new(sx, sy) + Vec2::from_angle(angle) * round);
        }
    }
    if let Some(&first) = outline.first() {
        outline.push(first);
    }
    outline
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_normals_of_a_board_point_outwards() {
        let outline = board(1.0, 2.0, 0.0, 0.1);
        let middle = Vec2::new(1.5, 0.05);
        for (a, b, na, nb, _) in segments(&outline) {
            let out = (a + b) * 0.5 - middle;
            assert!(na.dot(out) >= -1e-3 && nb.dot(out) >= -1e-3, "{a} {b} {na}");
        }
    }

    #[test]
    fn every_index_of_a_swept_shape_has_its_corner() {
        let mut shape = Shape::default();
        let outline = board(1.0, 1.2, 0.0, 0.05);
        shape.sweep(0.0, 1.0, 12, &outline, |_| Vec4::ONE);
        shape.sweep_ends(0.0, 1.0, &outline, |_| Vec4::ONE);
        let most = shape.positions.len() as u32;
        assert!(!shape.indices.is_empty() && shape.indices.iter().all(|i| *i < most));
        assert_eq!(shape.normals.len(), shape.positions.len());
    }
}
