//! A kiosk's pages as its visitors see them, with the avatar where they leave room.

use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use avatardesk::conversation::Language;
use avatardesk::kiosk::with_core;
use avatardesk::stage::headless::Settings;
use avatardesk::visit::Input;

use super::support::visit;

/// Draws page after page. Says how long frames took while the camera moved.
pub fn draw(settings: Settings, folder: &Path) -> Result<()> {
    let size = format!("{}x{}", settings.width, settings.height);
    let mut stage = visit::kiosk(settings)?;
    std::fs::create_dir_all(folder)?;
    let pages: [(&str, Vec<Input>); 4] = [
        ("attract", Vec::new()),
        ("welcome", vec![Input::Touched]),
        ("talk", vec![Input::LanguageChosen { language: Language::En }, Input::Consented { voice: false }]),
        ("rating", vec![Input::Leave]),
    ];
    for (name, inputs) in pages {
        with_core(stage.world_mut(), |core| inputs.into_iter().for_each(|input| core.input(input)));
        let mut slowest = 0.0_f64;
        // The camera comes to rest within two seconds.
        for frame in 0..super::RATE * 3 {
            let begun = Instant::now();
            stage.update()?;
            slowest = slowest.max(begun.elapsed().as_secs_f64() * 1000.0);
            if frame == super::RATE / 2 {
                stage.frame()?.save_png(&folder.join(format!("{name}_{size}_moving.png")))?;
            }
        }
        let path = folder.join(format!("{name}_{size}.png"));
        stage.frame()?.save_png(&path)?;
        println!("{}: the slowest frame took {slowest:.0} ms", path.display());
    }
    Ok(())
}
