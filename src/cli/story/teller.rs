//! Carries out the steps of a story, a look at the kiosk at a time.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::parts::Parts;
use super::room::{Room, Utterance};
use super::script::{Say, Step, Story, Until};
use super::voice;
use super::witness::Overheard;
use crate::kiosk::Core;
use crate::visit::{Caption, Input, Nearness, Phase, Pilot, State, Turn, Who};

/// How long anything that is waited for may take.
const WAIT_MAX: Duration = Duration::from_secs(40);
/// How long to wait for a transcript before the words are typed instead.
const HEARD_WITHIN: Duration = Duration::from_secs(20);
/// So long nothing must have been said for it to be quiet.
const QUIET_FOR: Duration = Duration::from_millis(500);

/// Where a story stands.
pub struct Teller<'a> {
    story: &'a Story,
    parts: Option<Parts>,
    room: Room,
    overheard: Overheard,
    /// What the visitor says, made before the story begins: one for each step that needs it.
    sounds: Vec<Option<Utterance>>,
    at: usize,
    /// When the step was begun.
    since: Instant,
    /// Since when nobody has said anything.
    quiet: Option<Instant>,
    /// The newest caption when somebody was last made to say something.
    mark: Option<u32>,
    /// What the visitor said last, in case that nobody understands it, and since when it is being waited for.
    said: Option<(String, Instant)>,
    /// Something had to be typed since it was not understood.
    pub had_to_type: bool,
    pub chapter: Option<(String, String)>,
}

impl<'a> Teller<'a> {
    /// Makes the sounds. `assets` is where sound files lie.
    pub fn new(
        story: &'a Story,
        assets: &Path,
        parts: Option<Parts>,
        room: Room,
        overheard: Overheard,
    ) -> Result<Self> {
        let sounds = story.steps.iter().map(|step| match step {
            Step::Say(say) if !say.typed => sound(story, say, assets).map(Some),
            _ => Ok(None),
        });
        let sounds = sounds.collect::<Result<_>>().context("what the visitor says")?;
        Ok(Self {
            story,
            parts,
            room,
            overheard,
            sounds,
            at: 0,
            since: Instant::now(),
            quiet: None,
            mark: None,
            said: None,
            had_to_type: false,
            chapter: None,
        })
    }

    /// What can be heard at the desk.
    pub fn room(&self) -> &Room {
        &self.room
    }

    /// Lets the person at the console go.
    pub fn dismiss(&mut self) {
        if let Some(parts) = &mut self.parts {
            parts.dismiss();
        }
    }

    /// Begins to count the time that the first step may take.
    pub fn begin(&mut self) {
        self.since = Instant::now();
    }

    /// Does what can be done now. False when the story has been told.
    pub fn act(&mut self, core: &mut Core) -> Result<bool> {
        let now = Instant::now();
        let state = core.state();
        let still = state.phase == Phase::Talk
            && state.turn() == Turn::Listening
            && !state.hearing
            && !state.captions.is_empty()
            && self.room.is_silent(now);
        self.quiet = if still { self.quiet.or(Some(now)) } else { None };
        self.help(core, now);
        while let Some(step) = self.story.steps.get(self.at) {
            if !self.step(step, core, now)? {
                if now.duration_since(self.since) > WAIT_MAX {
                    bail!("step {} ({step:?}) is still waited for after {WAIT_MAX:?}", self.at + 1);
                }
                return Ok(true);
            }
            tracing::info!("step {} of the story is done", self.at + 1);
            self.at += 1;
            self.since = now;
        }
        Ok(false)
    }

    /// What a patient visitor does: says yes to what was understood, and types what was not.
    fn help(&mut self, core: &mut Core, now: Instant) {
        if core.state().ask_back.is_some() && core.state().turn() == Turn::Listening {
            core.input(Input::AskBackAnswered { yes: true });
        }
        let heard = newer(core.state(), self.mark, |who| *who == Who::Visitor);
        if heard {
            self.said = None;
        }
        if self.said.as_ref().is_some_and(|(_, since)| now.saturating_duration_since(*since) > HEARD_WITHIN)
            && let Some((text, _)) = self.said.take()
        {
            self.had_to_type = true;
            core.typed(&text);
        }
    }

    /// Whether the step is done.
    fn step(&mut self, step: &Step, core: &mut Core, now: Instant) -> Result<bool> {
        match step {
            Step::Chapter(title, text) => {
                self.chapter = (!title.is_empty()).then(|| (title.clone(), text.clone()));
            }
            Step::Arrive => {
                core.input(Input::Near(Nearness::Beside));
                core.input(Input::LanguageChosen { language: self.story.language });
                core.input(Input::Consented { voice: true });
            }
            Step::Say(say) => self.say(say, core, now),
            Step::Hush => self.room.hush(now),
            Step::Pause(secs) => return Ok(now.duration_since(self.since) >= Duration::from_secs_f32(*secs)),
            Step::Wait(until) => return Ok(self.is_so(*until, core.state(), now)),
            Step::Console(line) => {
                self.mark = newest(core.state());
                self.parts()?.console(line)?;
            }
            Step::PersonSpeaks => {
                self.mark = newest(core.state());
                self.parts()?.person_speaks()?;
            }
            Step::KillRelay => self.parts()?.kill_relay()?,
            Step::StartRelay => self.parts()?.start_relay()?,
            Step::Understood => core.input(Input::SecretUnderstood),
            Step::Leave(stars) => return Ok(leave(core, *stars)),
        }
        Ok(true)
    }

    fn say(&mut self, say: &Say, core: &mut Core, now: Instant) {
        self.mark = newest(core.state());
        self.overheard.is_secret(!say.secret.is_empty());
        let whole = format!("{} {}", say.text, say.secret).trim().to_owned();
        let sound = self.sounds.get_mut(self.at).and_then(Option::take);
        let spoken = core.state().can_hear() && sound.is_some_and(|sound| self.room.say(sound, now));
        if spoken {
            // A secret is not said twice.
            self.said = say.secret.is_empty().then_some((whole, now));
        } else {
            self.had_to_type |= !say.typed;
            core.typed(&whole);
        }
    }

    fn is_so(&self, until: Until, state: &State, now: Instant) -> bool {
        match until {
            Until::Ready => state.offline_since.is_none() && state.phase == Phase::Attract,
            Until::Served => state.pilot() != Pilot::Nobody,
            Until::Quiet => self.quiet.is_some_and(|since| now.duration_since(since) >= QUIET_FOR),
            Until::Heard => newer(state, self.mark, |who| *who == Who::Visitor),
            Until::Answered => newer(state, self.mark, is_agent),
            Until::Spoken(chars) => state
                .captions
                .iter()
                .rev()
                .find(|caption| is_agent(&caption.who))
                .is_some_and(|caption| Some(caption.id) > self.mark && caption.spoken_chars >= chars),
            Until::Silent => !state.is_heard(),
            Until::Warned => state.secret.is_some(),
            Until::Person => matches!(state.pilot(), Pilot::Person { .. }),
            Until::Bot => state.pilot() == Pilot::Bot,
            Until::Offline => state.offline_since.is_some(),
            Until::Online => state.offline_since.is_none(),
        }
    }

    fn parts(&mut self) -> Result<&mut Parts> {
        self.parts.as_mut().context("this step needs `own_processes: true`, and `demo` to start them")
    }
}

fn sound(story: &Story, say: &Say, assets: &Path) -> Result<Utterance> {
    let make = |text: &str| voice::sentence(story.visitor.as_ref(), story.language, text);
    let text = match &say.sound {
        Some(file) => voice::recorded(&assets.join(file))?,
        None => make(&say.text)?,
    };
    let secret = if say.secret.is_empty() { Vec::new() } else { make(&say.secret)? };
    Utterance::new(&text, &secret)
}

/// Leaves, rates, and has left.
fn leave(core: &mut Core, stars: u8) -> bool {
    match core.state().phase {
        Phase::Talk => core.input(Input::Leave),
        Phase::Rating { stars: None, .. } => {
            core.input(Input::Rated { stars });
            core.input(Input::ResolvedChosen { resolved: Some(true) });
            core.input(Input::RatingDone);
        }
        Phase::Rating { .. } | Phase::Welcome { .. } => {}
        Phase::Farewell { .. } | Phase::Attract => return true,
    }
    false
}

fn is_agent(who: &Who) -> bool {
    matches!(who, Who::Bot | Who::Person { .. })
}

fn newest(state: &State) -> Option<u32> {
    state.captions.back().map(|caption| caption.id)
}

/// Whether somebody said something after that caption.
fn newer(state: &State, mark: Option<u32>, who: impl Fn(&Who) -> bool) -> bool {
    let is_newer = |caption: &&Caption| Some(caption.id) > mark;
    state.captions.iter().rev().take_while(is_newer).any(|caption| who(&caption.who))
}
