//! The picture for the documents: messages per second over pairs, and p99 over the load. Plain SVG, logarithmic scales.

use std::fmt::Write;

use super::figures::Figures;
use super::server::Kind;

const WIDTH: f64 = 430.0;
const HEIGHT: f64 = 300.0;
/// Around each panel: left, top, right, bottom.
const MARGIN: [f64; 4] = [60.0, 34.0, 14.0, 44.0];
const LEGEND: f64 = 30.0;
/// Colours that colour-blind people tell apart (Okabe and Ito, 2008).
const COLOURS: [(Kind, &str); 4] = [
    (Kind::Ours, "#0072b2"),
    (Kind::SocketIo, "#d55e00"),
    (Kind::SocketIoGrouped, "#e69f00"),
    (Kind::Nats, "#009e73"),
];

struct Panel<'a> {
    title: &'a str,
    x: &'a str,
    lines: Vec<(Kind, Vec<(f64, f64)>)>,
}

/// The whole picture.
pub fn svg(figures: &Figures) -> Result<String, std::fmt::Error> {
    let lines =
        |points: &dyn Fn(Kind) -> Vec<(f64, f64)>| COLOURS.map(|(kind, _)| (kind, points(kind))).to_vec();
    let closed = |kind: Kind| -> Vec<(f64, f64)> {
        let rows = figures.closed.iter().filter(|row| row.kind == kind);
        rows.map(|row| (row.pairs as f64, row.per_sec)).collect()
    };
    let open = |kind: Kind| -> Vec<(f64, f64)> {
        let rows = figures.open.iter().filter(|row| row.kind == kind && row.kept_up);
        rows.map(|row| (row.rate, row.p99_ms)).collect()
    };
    let panels = [
        Panel { title: "messages per second, closed loop", x: "pairs", lines: lines(&closed) },
        Panel {
            title: "p99 in ms, open loop (as far as kept up)",
            x: "messages per second",
            lines: lines(&open),
        },
    ];
    let (width, height) = (WIDTH * 2.0, HEIGHT + LEGEND);
    let mut out = String::new();
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"white\"/>"
    )?;
    for (n, panel) in panels.iter().enumerate() {
        writeln!(out, "<g transform=\"translate({} 0)\">", n as f64 * WIDTH)?;
        panel.draw(&mut out)?;
        writeln!(out, "</g>")?;
    }
    for (n, (kind, colour)) in COLOURS.iter().enumerate() {
        let (x, y) = (20.0 + n as f64 * width / 4.15, HEIGHT + 16.0);
        writeln!(
            out,
            "<circle cx=\"{x}\" cy=\"{}\" r=\"4\" fill=\"{colour}\"/><text x=\"{}\" y=\"{y}\" font-size=\"10\">{}</text>",
            y - 4.0,
            x + 8.0,
            kind.label()
        )?;
    }
    writeln!(out, "</svg>")?;
    Ok(out)
}

impl Panel<'_> {
    fn draw(&self, out: &mut String) -> std::fmt::Result {
        let points = || self.lines.iter().flat_map(|(_, points)| points.iter());
        let (Some(xs), Some(ys)) = (decades(points().map(|p| p.0)), decades(points().map(|p| p.1))) else {
            return Ok(());
        };
        let [left, top, right, bottom] = MARGIN;
        let place = |value: f64, (from, to): (f64, f64)| (value.log10() - from) / (to - from);
        let at_x = |value| left + place(value, xs) * (WIDTH - left - right);
        let at_y = |value| HEIGHT - bottom - place(value, ys) * (HEIGHT - top - bottom);
        let (ground, end) = (HEIGHT - bottom, WIDTH - right);
        writeln!(out, "<text x=\"{left}\" y=\"20\" font-weight=\"bold\">{}</text>", self.title)?;
        writeln!(
            out,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            f64::midpoint(left, end),
            HEIGHT - 8.0,
            self.x
        )?;
        for value in marks(xs) {
            let x = at_x(value);
            writeln!(
                out,
                "<path d=\"M{x:.1} {top}V{ground}\" stroke=\"#ddd\"/>\
                 <text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{value}</text>",
                ground + 16.0
            )?;
        }
        for value in marks(ys) {
            let y = at_y(value);
            writeln!(
                out,
                "<path d=\"M{left} {y:.1}H{end}\" stroke=\"#ddd\"/>\
                 <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{value}</text>",
                left - 6.0,
                y + 4.0
            )?;
        }
        for (kind, points) in &self.lines {
            let colour = COLOURS.iter().find(|(k, _)| k == kind).map_or("black", |(_, colour)| colour);
            let places: Vec<_> =
                points.iter().map(|(x, y)| format!("{:.1},{:.1}", at_x(*x), at_y(*y))).collect();
            writeln!(
                out,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
                places.join(" ")
            )?;
            for (x, y) in points {
                writeln!(
                    out,
                    "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"{colour}\"/>",
                    at_x(*x),
                    at_y(*y)
                )?;
            }
        }
        Ok(())
    }
}

/// The whole powers of ten around these values, as exponents.
fn decades(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let logs: Vec<f64> = values.filter(|value| *value > 0.0).map(f64::log10).collect();
    let low = logs.iter().copied().reduce(f64::min)?.floor();
    let high = logs.iter().copied().reduce(f64::max)?.ceil();
    Some((low, high.max(low + 1.0)))
}

/// The powers of ten between two exponents.
fn marks((from, to): (f64, f64)) -> impl Iterator<Item = f64> {
    (from as i32..=to as i32).map(|exponent| 10_f64.powi(exponent))
}
