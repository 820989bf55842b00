//! Replays what the fuzzer has collected (`fuzz/corpus/TARGET/`), without the fuzzer: what was found stays found.
//! What must hold is in `fuzz/src/checks`, which the fuzzer shares.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

#[path = "../../fuzz/src/checks/mod.rs"]
mod checks;

use crate::ROOT;
use checks::{Check, TARGETS};

/// All inputs together, in bytes: they are part of the repository.
const CORPUS_MAX_BYTES: usize = 300 * 1024;
/// One input, in a build without optimisation beside other tests.
const INPUT_MAX_TIME: Duration = Duration::from_secs(5);

/// The inputs of one target.
fn inputs(target: &str) -> Vec<PathBuf> {
    let folder = Path::new(ROOT).join("fuzz/corpus").join(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() > 10, "{} has hardly any inputs", folder.display());
    paths
}

/// What does not hold for these inputs.
fn broken(check: Check, paths: &[PathBuf]) -> Vec<String> {
    let scratch = tempfile::tempdir().unwrap();
    let mut broken = Vec::new();
    for path in paths {
        let data = fs::read(path).unwrap();
        let start = Instant::now();
        // A panic is caught to name the input.
        let held = std::panic::catch_unwind(|| check(&data, scratch.path()));
        let why = match held {
            Ok(Ok(())) if start.elapsed() < INPUT_MAX_TIME => continue,
            Ok(Ok(())) => format!("took {:?}", start.elapsed()),
            Ok(Err(why)) => why,
            Err(_) => "a panic".to_owned(),
        };
        broken.push(format!("{}: {why}", path.display()));
    }
    broken
}

fn replay(target: &str) {
    let (_, check) = TARGETS.iter().find(|(name, _)| *name == target).unwrap();
    let broken = broken(*check, &inputs(target));
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

macro_rules! replayed {
    ($($test:ident: $target:literal;)*) => {
        $(#[test] fn $test() { replay($target); })*
        const REPLAYED: &[&str] = &[$($target),*];
    };
}

replayed! {
    frames_hold: "frame";
    scenes_hold: "scene";
    articles_hold: "article";
    avatars_hold: "avatar";
    settings_hold: "settings";
    masking_holds: "redact";
    questions_hold: "question";
}

#[test]
fn every_target_is_replayed_and_the_corpus_stays_small() {
    let names: Vec<_> = TARGETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, REPLAYED);
    let folders = fs::read_dir(Path::new(ROOT).join("fuzz/corpus")).unwrap();
    assert_eq!(folders.count(), names.len(), "a folder without a target");
    let sizes = names.iter().flat_map(|name| inputs(name)).map(|path| fs::metadata(path).unwrap().len());
    let bytes: u64 = sizes.sum();
    assert!(bytes <= CORPUS_MAX_BYTES as u64, "{bytes} bytes: see `scripts/fuzz --keep`");
}

#[test]
fn an_input_that_breaks_something_is_named() {
    fn never(data: &[u8], _: &Path) -> checks::Law {
        assert!(data.len() > 3, "a panic");
        Err("broken".into())
    }
    let dir = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = ["abc", "abcd"].iter().map(|name| dir.path().join(name)).collect();
    paths.iter().for_each(|path| fs::write(path, path.file_name().unwrap().as_encoded_bytes()).unwrap());
    let broken = broken(never, &paths);
    assert!(broken[0].ends_with("abc: a panic") && broken[1].ends_with("abcd: broken"), "{broken:?}");
}

/// Each law is broken once.
mod laws_notice {
    use avatardesk::conversation::{ConversationId, Language, Time};
    use avatardesk::knowledge::{Decision, Hit, KnowledgeBase, LoadError, Ranked};
    use avatardesk::protocol::{FRAME_MAX_BYTES, VoiceFrame, VoiceHead};
    use avatardesk::redact::redact;
    use avatardesk::scene::{SceneError, parse};
    use avatardesk::vrm::{Finding, Severity};
    use serde::{Deserialize, Serialize};

    use super::checks::{
        article, avatar, frame, place, question, redact as masking, scene, sentence, settings,
    };
    use super::*;

    fn file(name: &str) -> String {
        fs::read_to_string(Path::new(ROOT).join(name)).unwrap()
    }

    #[test]
    fn what_is_no_sentence() {
        assert_eq!(sentence("line 1: a comma is missing"), Ok(()));
        for wrong in ["", " \t", "two\nlines", "\u{1b}[2J", &"x".repeat(2_000)] {
            assert!(sentence(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn places_that_are_not_there() {
        assert_eq!(place("ab\nc", 2, 1), Ok(()));
        for (line, column) in [(0, 1), (1, 0), (4, 1), (1, 5)] {
            assert!(place("ab\nc", line, column).is_err(), "{line}:{column}");
        }
    }

    #[test]
    fn a_voice_that_comes_back_as_another() {
        let head = |seq| {
            let conversation = ConversationId::new(Time(1), 1);
            VoiceHead { conversation, stream: 1, seq, time_ms: 3, first: false, last: false }
        };
        let frame = VoiceFrame { head: head(2), sound: vec![4] };
        assert_eq!(frame::speaks(&frame.bytes(), &frame), Ok(()));
        assert!(frame::speaks(&frame.bytes()[1..], &frame).unwrap_err().contains("became"));
        let silent = VoiceFrame { head: head(2), sound: vec![] };
        assert!(frame::speaks(&silent.bytes(), &silent).unwrap_err().contains("cannot be read"));
    }

    #[test]
    fn a_frame_that_does_not_return_or_grows() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct Forgets {
            #[serde(skip_serializing, default)]
            seq: u8,
        }
        assert_eq!(frame::returns("{}", &Forgets { seq: 0 }), Ok(()));
        assert!(frame::returns("{}", &Forgets { seq: 1 }).unwrap_err().contains("came back"));
        assert!(frame::returns("{}", &"x".repeat(500)).unwrap_err().contains("became"));
        assert!(frame::returns("{}", &"x".repeat(FRAME_MAX_BYTES)).is_err());
    }

    #[test]
    fn a_scene_with_a_number_that_is_none() {
        let mut good = parse(&file("scenes/helpdesk.ron")).unwrap();
        assert_eq!(scene::usable(&good), Ok(()));
        good.signs[0].facing = f32::NAN;
        assert!(scene::usable(&good).unwrap_err().contains("no number"));
        good.signs.clear();
        good.theme.text = good.theme.panel;
        assert!(scene::usable(&good).unwrap_err().contains("contrast"));
        let error =
            |line, what: &str| SceneError::Syntax { line, column: 1, what: what.into(), mend: "x".into() };
        assert_eq!(scene::told("(", &error(1, "x")), Ok(()));
        assert!(scene::told("(", &error(9, "x")).is_err() && scene::told("(", &error(1, "\n")).is_err());
    }

    #[test]
    fn an_article_that_nobody_can_say() {
        let base = KnowledgeBase::load(&Path::new(ROOT).join("assets/knowledge")).unwrap();
        let good = base.articles(Language::En)[0].clone();
        assert_eq!(article::laws(10_000, &good), Ok(()));
        assert!(article::laws(10, &good).unwrap_err().contains("became"));
        for wrong in ["", " ", "a\nb", "a "] {
            let bad = avatardesk::knowledge::Article { spoken: wrong.into(), ..good.clone() };
            assert!(article::laws(10_000, &bad).is_err(), "{wrong:?}");
        }
        for wrong in ["", " a", "a\u{1b}"] {
            let mut bad = good.clone();
            bad.card.lines.push(avatardesk::knowledge::Line::Note(wrong.into()));
            assert!(article::laws(10_000, &bad).is_err(), "{wrong:?}");
        }
        let fault = |line| LoadError::Text { path: "a.md".into(), line, what: "x".into() };
        assert_eq!(article::told(b"+++", &fault(1)), Ok(()));
        assert!(article::told(b"+++", &fault(7)).is_err());
        assert!(
            article::told(b"+++", &LoadError::TooMuch { path: "a.md".into(), what: "x".into() }).is_err()
        );
    }

    #[test]
    fn an_avatar_without_bones_or_with_findings_in_disorder() {
        let file = avatar::glb(br#"{"extensions":{"VRMC_vrm":{}}}"#, b"");
        let report = avatardesk::vrm::check(&file).unwrap();
        assert_eq!(avatar::laws(&report), Ok(()));
        let mut usable = report.clone();
        usable.findings.retain(|f| f.severity < Severity::Error);
        assert!(avatar::laws(&usable).unwrap_err().contains("no error, and no"));
        let mut turned = report.clone();
        turned.findings.reverse();
        assert!(avatar::laws(&turned).unwrap_err().contains("not the first"));
        let mut many = report;
        let last = many.findings.last().cloned().unwrap();
        many.findings.extend(std::iter::repeat_n(Finding { sentence: "x".into(), ..last }, 200));
        assert!(avatar::laws(&many).unwrap_err().contains("findings"));
    }

    #[test]
    fn a_secret_in_an_error() {
        let file = "invite = \"04106-1050R\"";
        assert_eq!(settings::hides("04106-1050R", file, "MASKED"), Ok(()));
        assert!(settings::hides("04106-1050R", file, "`04106-1050R` is wrong").is_err());
    }

    #[test]
    fn a_text_that_is_masked_wrongly() {
        let text = "card 4532015112830366 ok";
        let good = redact(text);
        assert_eq!(masking::laws(text, &good), Ok(()));
        let with = |change: &dyn Fn(&mut avatardesk::redact::Redacted)| {
            let mut bad = good.clone();
            change(&mut bad);
            masking::laws(text, &bad)
        };
        assert!(with(&|bad| bad.text.push_str(" and more")).is_err());
        assert!(with(&|bad| bad.text = text.into()).is_err());
        assert!(with(&|bad| bad.findings.clear()).is_err());
        assert!(with(&|bad| bad.findings[0].range.end += 1).is_err());
        assert!(with(&|bad| bad.text = "x".repeat(500)).is_err());
        assert_eq!(masking::hidden("", "[seed phrase removed]"), Ok(()));
        assert!(masking::hidden("", "so: wave sausage worth").is_err());
        assert_eq!(
            masking::hidden("a wave sausage worth it", "a wave sausage worth it [rest removed]"),
            Ok(())
        );
        assert!(masking::hidden("wave sausage worth", "wave sausage worth, wave sausage worth").is_err());
    }

    #[test]
    fn a_ranking_out_of_order_or_of_nothing() {
        let base = KnowledgeBase::load(&Path::new(ROOT).join("assets/knowledge")).unwrap();
        let good = base.search("how do i buy land", Language::En);
        assert_eq!(question::laws(&base, Language::En, &good), Ok(()));
        let hit = |score, id: &str| Hit { id: id.into(), score, confidence: 0.5 };
        let ranked = |hits: &[Hit]| Ranked { hits: hits.to_vec(), decision: Decision::Nothing };
        for wrong in [
            ranked(&[hit(f32::NAN, "land-buy")]),
            ranked(&[hit(0.5, "no-such-article")]),
            ranked(&[hit(0.1, "land-buy"), hit(0.2, "land-buy")]),
            ranked(&[(); 9].map(|()| hit(0.1, "land-buy"))),
            Ranked { decision: Decision::Answer(hit(0.7, "land-buy")), ..ranked(&[]) },
            Ranked { decision: Decision::AskBack(vec![]), ..ranked(&[]) },
        ] {
            assert!(question::laws(&base, Language::En, &wrong).is_err(), "{wrong:?}");
        }
    }
}
