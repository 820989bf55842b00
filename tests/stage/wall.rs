//! The screen on the wall: it shows what the visit says, rests in between, and a logo that cannot be read is told.

use std::time::{Duration, Instant};

use avatardesk::conversation::Language;
use avatardesk::stage::headless::Frame;
use avatardesk::stage::look::Preset;
use avatardesk::stage::set::{LogoFault, SetBuilt};
use avatardesk::visit::TextSize;

use super::visit::{Look, Visit};

/// How long the engine may take to find out that a file is not there.
const PATIENCE: Duration = Duration::from_secs(20);

fn screen(frame: &Frame) -> Frame {
    frame.part(20, 80, 280, 180)
}

#[test]
fn the_screen_on_the_wall_shows_the_answer_and_rests_in_between() {
    let look = Look { language: Language::En, text: TextSize::Normal, still: true, night: false };
    let Some(mut visit) = Visit::new((1280, 720), look) else { return };
    visit.talk();
    let host = screen(&visit.picture(Preset::Potato, 10));
    visit.ask("wallet-create");
    let answer = screen(&visit.picture(Preset::Potato, 10));
    assert!(answer.difference(&host) > 15.0, "{}", answer.difference(&host));

    let built = |visit: &Visit| visit.stage.world().resource::<SetBuilt>().times;
    let before = built(&visit);
    visit.frames(40);
    assert_eq!(built(&visit), before, "the screen is put up anew although nothing on it has changed");

    // Who comes next finds the host there, not the answer.
    visit.begin(look);
    visit.talk();
    let next = screen(&visit.picture(Preset::Potato, 10));
    assert!(next.difference(&host) < 2.0, "{}", next.difference(&host));
    assert!(built(&visit) > before);

    assert_eq!(*visit.stage.world().resource::<LogoFault>(), LogoFault(None));
    visit.change_scene(|scene| scene.signs[0].logo = Some("textures/nowhere.png".into()));
    let begun = Instant::now();
    while visit.stage.world().resource::<LogoFault>().0.is_none() && begun.elapsed() < PATIENCE {
        visit.frames(1);
    }
    let fault = visit.stage.world().resource::<LogoFault>().0.clone().expect("the fault is told");
    assert!(fault.contains("textures/nowhere.png") && fault.contains("PNG or JPEG"), "{fault}");
}
