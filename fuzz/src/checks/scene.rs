//! Scene files: parse, check, write, parse again.

use std::path::Path;

use avatardesk::scene::{CONTRAST_MIN, Finding, Scene, SceneError, Severity, check as findings_of, parse};

use super::{Law, hold, place, sentence};

pub fn check(data: &[u8], _: &Path) -> Law {
    // A file that is not UTF-8 is refused when it is read.
    let Ok(text) = std::str::from_utf8(data) else { return Ok(()) };
    let scene = match parse(text) {
        Ok(scene) => scene,
        Err(error) => return told(text, &error),
    };
    for there in [true, false] {
        let findings = findings_of(&scene, |_| there);
        found(&scene, &findings)?;
        if there && findings.iter().all(|f| f.severity < Severity::Error) {
            usable(&scene)?;
        }
    }
    returns(text, &scene)
}

/// An error names a place of the text and says how to mend it.
pub fn told(text: &str, error: &SceneError) -> Law {
    sentence(&error.to_string())?;
    if let SceneError::Syntax { line, column, what, mend } = error {
        place(text, *line, *column)?;
        sentence(what)?;
        sentence(mend)?;
    }
    Ok(())
}

/// Findings name something and are not more than there are things.
fn found(scene: &Scene, findings: &[Finding]) -> Law {
    let things = scene.desks.len() + scene.props.len() + scene.signs.len() + scene.languages.len();
    let most = 60 + 20 * things + 20 * scene.desks.len() * scene.languages.len();
    hold!(findings.len() <= most, "{} findings about {things} things", findings.len());
    for finding in findings {
        hold!(!finding.path.is_empty(), "a finding about nothing: {finding}");
        sentence(&finding.to_string())?;
    }
    Ok(())
}

/// A scene in which no error was found can be shown, read and listened to.
pub fn usable(scene: &Scene) -> Law {
    hold!(!scene.desks.is_empty(), "no desk, and no error");
    hold!(scene.languages.contains(&scene.default_language), "no language to begin with, and no error");
    let mut numbers: Vec<f32> = Vec::new();
    for view in [&scene.camera.landscape, &scene.camera.portrait] {
        numbers.extend(view.position.iter().chain(&view.look_at).chain([&view.fov]));
    }
    for lights in [Some(&scene.lights.day), scene.lights.night.as_ref()].into_iter().flatten() {
        numbers.extend(lights.sun.direction);
        numbers.extend([lights.sun.intensity, lights.ambient.intensity]);
    }
    for desk in &scene.desks {
        numbers.extend(desk.position.iter().chain([&desk.facing]));
    }
    for prop in &scene.props {
        numbers.extend(prop.position.iter().chain(&prop.rotation));
    }
    for sign in &scene.signs {
        numbers.extend(sign.position.iter().chain(&sign.size).chain([&sign.facing]));
    }
    let wrong = numbers.iter().find(|n| !n.is_finite());
    hold!(wrong.is_none(), "{wrong:?} is no number, and no error");
    let contrast = scene.theme.text.contrast(scene.theme.panel);
    hold!(contrast >= CONTRAST_MIN, "a contrast of {contrast}, and no error");
    for desk in &scene.desks {
        for language in &scene.languages {
            let greeting = desk.greeting.get(*language).is_some_and(|g| !g.trim().is_empty());
            hold!(greeting, "a desk does not greet, and no error");
        }
    }
    Ok(())
}

/// A scene that was written and read again is the same. Compared as text: a number that is none is not equal to itself.
fn returns(text: &str, scene: &Scene) -> Law {
    let written = ron::to_string(scene).map_err(|e| format!("what was read cannot be written: {e}"))?;
    hold!(written.len() <= 12 * text.len() + 20_000, "{} bytes became {}", text.len(), written.len());
    let again = parse(&written).map_err(|e| format!("what was written cannot be read: {e}: {written}"))?;
    let (before, after) = (format!("{scene:?}"), format!("{again:?}"));
    hold!(before == after, "{before} came back as {after}");
    Ok(())
}
