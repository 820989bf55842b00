//! The page that a host would take instead: three.js with three-vrm in a headless Chromium that draws with the processor.
//!
//! Both ways in which the page counts its frames leave out what a browser adds to show them; the faster one is taken.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use bevy::math::Vec3;
use serde::Deserialize;

use super::row::{self, Row, Size};
use super::support::npm;

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/three");
const FILES: [&str; 5] = ["package.json", "package-lock.json", "measure.js", "page.html", "page.js"];
/// What Chromium is called.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

#[derive(Deserialize)]
struct Timed {
    frames_per_sec: f64,
    p50_ms: f64,
    p99_ms: f64,
    slowest_ms: f64,
    cpu_ms: f64,
}

#[derive(Deserialize)]
struct Told {
    error: Option<String>,
    three: Option<String>,
    renderer: Option<String>,
    draw_calls: Option<usize>,
    triangles: Option<usize>,
    waited_for: Option<Timed>,
    one_ahead: Option<Timed>,
    memory_bytes: f64,
}

/// The page without outlines, as our lowest preset draws, and with those of the file.
pub fn measure(
    avatar: &Path,
    size: Size,
    view: (Vec3, Vec3, f32),
    seconds: f64,
    pictures: Option<&Path>,
) -> Result<Vec<Row>> {
    let browser = BROWSERS.into_iter().find(|name| npm::runs(name));
    let browser = browser.context("there is no Chromium here: install it (apt install chromium)")?;
    let dir = npm::install(Path::new(SOURCE), "three", &FILES)?;
    let mut rows = Vec::new();
    for (name, outlines) in [(row::PEER, "no"), (row::PEER_OUTLINED, "yes")] {
        let scratch = tempfile::tempdir()?;
        let file = format!("{}-{}x{}.png", name.replace([',', ' '], "-"), size.width, size.height);
        let picture = pictures.map_or_else(|| scratch.path().join("page.png"), |folder| folder.join(&file));
        let query = query(size, view, seconds, outlines);
        let told = run(&dir, browser, avatar, &picture, &query)?;
        if rows.is_empty() {
            let (three, renderer) = (told.three.as_deref(), told.renderer.as_deref());
            println!("three.js {} on {}", three.unwrap_or("?"), renderer.unwrap_or("?"));
        }
        rows.push(row(name, size, told)?);
    }
    Ok(rows)
}

fn query(size: Size, (eye, at, fov): (Vec3, Vec3, f32), seconds: f64, outlines: &str) -> String {
    let point = |p: Vec3| format!("{},{},{}", p.x, p.y, p.z);
    let Size { width, height } = size;
    format!(
        "width={width}&height={height}&seconds={seconds}&fov={fov}&eye={}&at={}&outlines={outlines}",
        point(eye),
        point(at)
    )
}

fn run(dir: &Path, browser: &str, avatar: &Path, picture: &Path, query: &str) -> Result<Told> {
    let node = Command::new("node")
        .arg(dir.join("measure.js"))
        .arg(browser)
        .args([avatar, picture] as [&Path; 2])
        .arg(query)
        .stdin(Stdio::null())
        .output()
        .context("node could not be started")?;
    let text = String::from_utf8_lossy(&node.stdout);
    let told: Told = serde_json::from_str(text.lines().last().unwrap_or_default())
        .with_context(|| format!("the page told nothing: {}", String::from_utf8_lossy(&node.stderr)))?;
    if let Some(why) = &told.error {
        bail!("the page failed: {why}");
    }
    ensure!(node.status.success(), "node ended with {}", node.status);
    Ok(told)
}

fn row(name: &str, size: Size, told: Told) -> Result<Row> {
    let (Some(a), Some(b)) = (told.waited_for, told.one_ahead) else { bail!("the page counted nothing") };
    let faster = if a.frames_per_sec > b.frames_per_sec { a } else { b };
    Ok(Row {
        name: name.into(),
        size,
        per_sec: faster.frames_per_sec,
        p50_ms: faster.p50_ms,
        p99_ms: faster.p99_ms,
        slowest_ms: faster.slowest_ms,
        cpu_ms: faster.cpu_ms,
        memory_mib: told.memory_bytes / (1024.0 * 1024.0),
        draw_calls: told.draw_calls.unwrap_or(0),
        triangles: told.triangles.unwrap_or(0),
    })
}
