//! Every screen of the kiosk, and the way to it.

use avatardesk::conversation::{ActorKind, Command, Language, Words};
use avatardesk::kiosk::Opened;
use avatardesk::kiosk::edges::HeardEvent;
use avatardesk::routing::{Estimate, QueuePlace};
use avatardesk::visit::{Input, SecretKind};

use super::visit::Visit;

/// A screen.
pub struct Screen {
    /// Of its files.
    pub name: &'static str,
    /// What it is, for people.
    pub title: &'static str,
    /// Goes there from the start.
    pub show: fn(&mut Visit),
}

const fn screen(name: &'static str, title: &'static str, show: fn(&mut Visit)) -> Screen {
    Screen { name, title, show }
}

/// All of them.
pub const SCREENS: [Screen; 17] = [
    screen("attract", "Nobody is there", |_| {}),
    screen("welcome", "Welcome and consent", Visit::approach),
    screen("chat", "A conversation begins", Visit::talk),
    screen("captions", "Captions while the visitor speaks", captions),
    screen("card", "An answer with its steps", |v| card(v, "wallet-create")),
    screen("card-code", "An answer with a code for the phone", |v| card(v, "seed-phrase-safety")),
    screen("browse", "All questions", browse),
    screen("article", "An article", article),
    screen("queue", "The place in the queue for a person", queue),
    screen("person", "A person has taken over", person),
    screen("message", "Nobody is there: a message", message),
    screen("settings", "Settings", settings),
    screen("keyboard", "The keyboard on the screen", keyboard),
    screen("secret", "A secret is about to be told", secret),
    screen("idle", "Is anybody there?", idle),
    screen("rating", "Rating", rating),
    screen("farewell", "Farewell", farewell),
];

fn captions(visit: &mut Visit) {
    visit.talk();
    visit.ask("hello");
    visit.hear(HeardEvent::Started);
    let text = match visit.language() {
        Language::En => "I lost my phone and I would like to know",
        Language::Zh => "我的手机丢了，我想知道",
    };
    visit.hear(HeardEvent::Partial { text: text.into(), agreed: text.into() });
}

fn card(visit: &mut Visit, article: &str) {
    visit.talk();
    visit.long_winded();
    visit.ask(article);
}

fn browse(visit: &mut Visit) {
    visit.talk();
    visit.input(Input::BrowseOpened);
}

fn article(visit: &mut Visit) {
    browse(visit);
    visit.open(Opened::Article("seed-phrase-safety".into()));
}

fn queue(visit: &mut Visit) {
    visit.talk();
    visit.input(Input::PersonWanted);
    visit.frames(4);
    let estimate = Some(Estimate { low_secs: 130, high_secs: 290 });
    let place = QueuePlace { place: 3, length: 5, staffed: true, estimate };
    visit.input(Input::QueuePlace { place: Some(place) });
}

fn person(visit: &mut Visit) {
    visit.talk();
    visit.input(Input::PersonWanted);
    visit.frames(4);
    visit.agent("bot", ActorKind::Bot, Command::Release { to_bot: false });
    visit.agent("lin-fischer", ActorKind::Person, Command::Claim);
    let text = match visit.language() {
        Language::En => "Hello, this is Lin. I have your case before me: which ticket is it about?",
        Language::Zh => "您好，我是小林。您的情况我看到了：是哪一张票呢？",
    };
    visit.long_winded();
    let words = Words { text: text.into(), ..Words::default() };
    visit.answer("lin-fischer", ActorKind::Person, words);
}

fn message(visit: &mut Visit) {
    visit.talk();
    visit.input(Input::PersonWanted);
    visit.frames(4);
    let place = QueuePlace { place: 1, length: 1, staffed: false, estimate: None };
    visit.input(Input::QueuePlace { place: Some(place) });
    visit.frames(2);
    visit.input(Input::MessageWanted);
}

fn settings(visit: &mut Visit) {
    visit.talk();
    visit.open(Opened::Settings);
}

fn keyboard(visit: &mut Visit) {
    visit.talk();
    visit.open(Opened::Keyboard(visit.language()));
}

fn secret(visit: &mut Visit) {
    visit.talk();
    visit.input(Input::SecretFound { kind: SecretKind::SeedPhrase });
}

fn idle(visit: &mut Visit) {
    visit.talk();
    visit.wait_ms(61_000);
}

fn rating(visit: &mut Visit) {
    visit.talk();
    visit.ask("wallet-create");
    visit.input(Input::Leave);
    visit.frames(2);
    visit.input(Input::Rated { stars: 4 });
}

fn farewell(visit: &mut Visit) {
    visit.talk();
    visit.input(Input::Leave);
    visit.frames(2);
    visit.input(Input::RatingDone);
}
