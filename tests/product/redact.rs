//! Secrets are planted in sentences, typed and as a recogniser would write them down, and none may survive; ordinary sentences
//! stay as they are; masking twice is masking once.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::plant::{self, Dice, Planted};
use avatardesk::redact::{TEXT_MAX_CHARS, Watch, redact};
use proptest::prelude::*;

const ORDINARY_EN: &str = include_str!("../data/redact/ordinary-en.txt");
const ORDINARY_ZH: &str = include_str!("../data/redact/ordinary-zh.txt");

fn mask(text: &str) -> String {
    redact(text).text
}

/// Those of which something survives, with what survives.
fn leaks(planted: &[Planted], mask: impl Fn(&str) -> String) -> Vec<(&Planted, Vec<String>)> {
    let survivors = planted.iter().map(|p| (p, p.survivors(&mask(&p.text))));
    survivors.filter(|(_, s)| !s.is_empty()).collect()
}

fn touched<'a>(sentences: &'a [&'a str], mask: impl Fn(&str) -> String) -> Vec<(&'a str, String)> {
    sentences.iter().map(|s| (*s, mask(s))).filter(|(s, m)| s != m).collect()
}

fn ordinary() -> Vec<&'static str> {
    ORDINARY_EN.lines().chain(ORDINARY_ZH.lines()).collect()
}

/// One line for each kind: how many were planted and how many caught. Also written where cargo keeps what tests make.
fn table(name: &str, planted: &[Planted], leaked: &[(&Planted, Vec<String>)]) -> String {
    let mut rows: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for p in planted {
        rows.entry(p.group).or_default().0 += 1;
    }
    for (p, _) in leaked {
        rows.entry(p.group).or_default().1 += 1;
    }
    let mut text = format!("{:<44} {:>7} {:>7} {:>7}\n", name, "planted", "caught", "rate");
    for (group, (all, lost)) in rows.iter().chain([(&"all", &(planted.len(), leaked.len()))]) {
        let rate = 100.0 * (all - lost) as f64 / (*all).max(1) as f64;
        writeln!(text, "{group:<44} {all:>7} {:>7} {rate:>6.1}%", all - lost).unwrap();
    }
    std::fs::write(format!("{}/redact-{name}.txt", env!("CARGO_TARGET_TMPDIR")), &text).unwrap();
    println!("{text}");
    text
}

fn report(leaked: &[(&Planted, Vec<String>)]) -> String {
    let lines = leaked
        .iter()
        .take(40)
        .map(|(p, s)| format!("{}: {:?}\n  -> {:?}\n  left: {s:?}\n", p.group, p.text, mask(&p.text)));
    lines.collect()
}

#[test]
fn no_planted_secret_survives() {
    let planted = plant::all(&mut Dice::new(20_251_124), 8);
    assert!(planted.len() >= 200, "{}", planted.len());
    let leaked = leaks(&planted, mask);
    table("planted", &planted, &leaked);
    assert!(leaked.is_empty(), "{}", report(&leaked));
}

/// The rates on many more of the same kinds, with other dice: what to expect of phrases that nobody looked at.
#[test]
fn hardly_any_of_many_other_secrets_survives() {
    let planted = plant::all(&mut Dice::new(77), 60);
    let leaked = leaks(&planted, mask);
    table("many", &planted, &leaked);
    assert!(leaked.len() * 200 <= planted.len(), "{}", report(&leaked));
}

#[test]
fn misheard_phrases_are_caught() {
    let mut dice = Dice::new(5);
    let mut vocabulary: Vec<&str> =
        ORDINARY_EN.split(|c: char| !c.is_alphabetic()).filter(|w| w.len() > 1).collect();
    vocabulary.sort_unstable();
    vocabulary.dedup();
    let planted = plant::misheard(&mut dice, &vocabulary, 400);
    let leaked = leaks(&planted, mask);
    table("misheard", &planted, &leaked);
    assert!(leaked.len() * 100 <= planted.len() * 3, "{}", report(&leaked));
}

/// Phrases that were spoken by voices and really went through the built-in speech model: `training/speech/heard.py`.
#[test]
fn phrases_that_were_really_spoken_and_heard_are_caught() {
    /// So many words of a phrase are no use to anybody.
    const LEFT_MAX: usize = 2;
    let mut rows: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut leaked = Vec::new();
    for line in include_str!("../data/redact/heard-phrases-en.tsv").lines() {
        let [kind, said, heard] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let masked = mask(heard);
        let left = masked.split_whitespace().filter(|w| secret_words(said).any(|s| s == *w)).count();
        let row = rows.entry(kind).or_default();
        row.0 += 1;
        if left > LEFT_MAX {
            row.1 += 1;
            leaked.push(format!("{kind}: {heard}\n  -> {masked}\n"));
        }
    }
    println!("kind, phrases, leaked: {rows:?}\n{}", leaked.concat());
    let all: usize = rows.values().map(|(all, _)| all).sum();
    assert!(all >= 100, "{all}");
    assert!(leaked.len() * 100 <= all * 5, "{}", leaked.concat());
}

/// The words of the phrase in a spoken sentence: those of the list, without those of the sentence around them.
fn secret_words(said: &str) -> impl Iterator<Item = &str> {
    const AROUND: [&str; 9] = ["my", "seed", "phrase", "the", "words", "here", "are", "word", "is"];
    let list = bip39::Language::English.word_list();
    said.split(' ').filter(move |w| list.contains(w) && !AROUND.contains(w))
}

#[test]
fn ordinary_sentences_are_left_alone() {
    let sentences = ordinary();
    assert!(ORDINARY_EN.lines().count() >= 700 && ORDINARY_ZH.lines().count() >= 300);
    let changed = touched(&sentences, mask);
    println!("{} of {} ordinary sentences touched: {changed:#?}", changed.len(), sentences.len());
    assert!(changed.len() * 100 <= sentences.len(), "{changed:#?}");
}

/// A few words without a word on phrases are weak evidence: this many are caught, and the rest is the price of leaving
/// sentences alone.
#[test]
fn short_parts_are_mostly_caught() {
    let mut dice = Dice::new(3);
    for (words, least) in [(4, 70), (5, 88), (6, 93), (8, 98)] {
        let planted: Vec<Planted> = (0..400).map(|_| plant::part(&mut dice, words)).collect();
        let leaked = leaks(&planted, mask);
        println!("{words} words, nothing said: {} of {} caught", planted.len() - leaked.len(), planted.len());
        assert!(
            (planted.len() - leaked.len()) * 100 >= planted.len() * least,
            "{words}: {}",
            report(&leaked)
        );
    }
}

/// In one long visit, with the memory of what was said before.
#[test]
fn ordinary_sentences_are_left_alone_in_a_visit() {
    let sentences = ordinary();
    let mut changed = Vec::new();
    for visit in sentences.chunks(12) {
        let mut watch = Watch::new();
        changed.extend(visit.iter().map(|s| (*s, watch.redact(s).text)).filter(|(s, m)| s != m));
    }
    assert!(changed.len() * 100 <= sentences.len(), "{changed:#?}");
}

/// The checkers see what a mask that does nothing, or too much, does.
#[test]
fn the_checks_fail_without_the_mechanism() {
    let planted = plant::all(&mut Dice::new(1), 4);
    assert_eq!(leaks(&planted, str::to_owned).len(), planted.len());
    let half = |t: &str| mask(t.get(..t.len() / 2).unwrap_or(t)) + t.get(t.len() / 2..).unwrap_or("");
    assert!(leaks(&planted, half).len() * 4 > planted.len());
    let sentences = ordinary();
    assert_eq!(touched(&sentences, |_| String::new()).len(), sentences.len());
}

#[test]
fn phrases_in_pieces_are_masked_by_the_watch() {
    let mut dice = Dice::new(11);
    let (mut words, mut seen) = (0, 0);
    for visit in 0..60 {
        let phrase = plant::phrase(&mut dice, 12);
        let mut watch = Watch::new();
        let told = visit % 2 == 0;
        if told {
            watch.redact("I want to tell you my recovery phrase");
        }
        for (i, word) in phrase.iter().enumerate() {
            let text = watch.redact(&plant::utterance(&mut dice, i, word)).text;
            let passes = text.to_lowercase().split(|c: char| !c.is_alphabetic()).any(|w| w == word);
            words += 1;
            // Out of the blue, the first words pass: nothing tells them from an ordinary word.
            seen += usize::from(passes && (told || i >= 5));
        }
    }
    println!("{seen} of {words} words that were read out one by one passed");
    assert!(seen * 100 <= words * 2, "{seen} of {words}");
}

#[test]
fn long_texts_take_time_in_proportion() {
    let shapes = [
        "abandon ",
        "a b c ",
        "4 ",
        "4532 0151 ",
        "0x4f ",
        "助 ",
        "第一个",
        "one two ",
        "the seed phrase is ",
        "[",
        "-begin ",
        "助记词是",
        "x",
    ];
    let masked = |text: &str| {
        let start = std::time::Instant::now();
        let once = redact(text);
        (once.text, start.elapsed().as_secs_f64())
    };
    for shape in shapes {
        let text = shape.repeat(LONG / shape.chars().count());
        let quarter: String = text.chars().take(LONG / 4).collect();
        // Four times as much text: four times as long, where each letter looked at every other it were sixteen.
        let proportionate = |short: f64, long: f64| long < 0.02 + short * 9.0;
        let (mut short, (once, mut long)) = (masked(&quarter).1, masked(&text));
        // The best of some: what else the machine does is not the text's fault.
        for _ in 0..TRIES {
            if proportionate(short, long) {
                break;
            }
            (short, long) = (short.min(masked(&quarter).1), long.min(masked(&text).1));
        }
        println!("{shape:?}: {:.0} ms for four times as much as in {:.0} ms", long * 1e3, short * 1e3);
        assert!(proportionate(short, long), "{shape}: {long} s against {short} s");
        assert_eq!(redact(&once).text, once, "{shape}");
    }
}

fn pieces() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "abandon",
        "ability",
        "see",
        "first word is",
        "seed phrase",
        "is",
        "the",
        "[seed phrase removed]",
        "［助记词已移除］",
        "助记词",
        "是",
        "的",
        "耗",
        "虚",
        "垫",
        "第一个词",
        "4532",
        "0151",
        "12",
        "four",
        "five",
        "for",
        "double",
        "private key",
        "4f3e",
        "0x",
        "a",
        "b",
        "x",
        "card",
        "cvv",
        "my password",
        "password is",
        "验证码",
        ".",
        ",",
        "?",
        "\n",
        "-",
        ":",
        "、",
        "#",
        "\"",
        "[rest removed]",
        "zero",
        "wallet",
        "can you",
        "about",
        "\u{200B}",
        "ﬁ",
        "Ａ",
        "е",
        "{",
        "}",
        "passport",
        "ssn",
        "123",
        "have",
    ];
    proptest::collection::vec((proptest::sample::select(PIECES), any::<bool>()), 0..60)
        .prop_map(|v| v.into_iter().map(|(p, s)| if s { format!("{p} ") } else { p.to_owned() }).collect())
}

/// How often a text that took too long is tried again.
const TRIES: usize = 5;
/// A long text, in characters; in the fast loop a shorter one shows the same.
const LONG: usize = if cfg!(feature = "voice") { TEXT_MAX_CHARS } else { TEXT_MAX_CHARS / 3 };
/// Texts that are made up: fewer of them in the fast loop, where nothing of ours is optimised.
const CASES: u32 = if cfg!(feature = "voice") { 1500 } else { 400 };

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_can_be_masked(text in any::<String>()) {
        let once = redact(&text);
        for f in &once.findings {
            prop_assert!(text.get(f.range.clone()).is_some());
        }
        prop_assert_eq!(redact(&once.text).text, once.text);
    }

    #[test]
    fn masking_twice_is_masking_once(text in pieces()) {
        let once = redact(&text);
        let twice = redact(&once.text);
        prop_assert!(twice.findings.is_empty(), "{:?} -> {:?} -> {:?}", text, once.text, twice.text);
        prop_assert_eq!(twice.text, once.text);
        for pair in once.findings.windows(2) {
            prop_assert!(pair[0].range.end <= pair[1].range.start);
        }
    }

    #[test]
    fn a_watch_survives_any_visit(texts in proptest::collection::vec(pieces(), 0..8)) {
        let mut watch = Watch::new();
        for text in &texts {
            watch.redact(text);
        }
        watch.clear();
        prop_assert_eq!(watch, Watch::new());
    }
}
