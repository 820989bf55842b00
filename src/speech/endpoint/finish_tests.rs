//! What the words of a pause say, in both languages.

use super::*;

fn check(cases: &[(&str, Finish)]) {
    for (text, expected) in cases {
        assert_eq!(Finish::of(text), *expected, "{text}");
    }
}

#[test]
fn a_whole_question_is_complete() {
    use Finish::Complete;
    check(&[
        ("Where is my wallet?", Complete),
        ("How do I send tokens?", Complete),
        ("Hello, can you help me?", Complete),
        ("Excuse me, where do I go to?", Complete),
        ("So, who are you?", Complete),
        ("Is it free?", Complete),
        ("我的钱包在哪里？", Complete),
        ("这里可以充电吗", Complete),
        ("你是誰嗎？", Complete),
        ("怎么买NFT？", Complete),
        ("那我的门票呢", Complete),
    ]);
}

#[test]
fn what_may_well_be_all_is_likely() {
    use Finish::Likely;
    check(&[
        // The embedded model writes no marks.
        ("where is my wallet", Likely),
        ("what is this for", Likely),
        ("can you tell me what a wallet is for", Likely),
        ("what are you able to do", Likely),
        ("how do i send tokens", Likely),
        ("I have lost my phone.", Likely),
        ("Thank you!", Likely),
        ("yes", Likely),
        ("You speak Chinese?", Likely),
        ("我的钱包在哪里", Likely),
        ("我把手机弄丢了。", Likely),
        ("谢谢", Likely),
        ("好的", Likely),
    ]);
}

#[test]
fn who_has_more_to_say_is_waited_for() {
    use Finish::Hanging;
    check(&[
        ("I have lost my phone and", Hanging),
        ("I want to go to the", Hanging),
        ("How do I send tokens to?", Hanging),
        ("I want to.", Hanging),
        ("I am asking because", Hanging),
        ("How do I", Hanging),
        ("What is", Hanging),
        ("Where can?", Hanging),
        ("Um", Hanging),
        ("Well, I'm", Hanging),
        ("My number is,", Hanging),
        ("我的", Hanging),
        ("我想要那个蓝色的", Hanging),
        ("钱包和", Hanging),
        ("我的手机丢了，因为", Hanging),
        ("什么是", Hanging),
        ("请问", Hanging),
        ("我想问一下，", Hanging),
        ("我想知道怎么", Hanging),
    ]);
}

#[test]
fn what_the_words_do_not_tell_is_left_to_the_usual_pause() {
    use Finish::Unknown;
    check(&[
        ("", Unknown),
        ("...", Unknown),
        ("wallet", Unknown),
        ("i have lost my phone", Unknown),
        ("my number is 4 5 6.", Unknown),
        ("我的钱包丢了", Unknown),
        ("我要这个", Unknown),
        ("这个是免费的", Unknown),
        ("为什么？", Unknown),
    ]);
}

#[test]
fn pauses_lie_between_the_early_transcription_and_twice_the_usual_one() {
    let config = EndpointConfig::default();
    let pauses =
        [Finish::Complete, Finish::Likely, Finish::Unknown, Finish::Hanging].map(|f| f.pause_ms(&config));
    assert_eq!(pauses, [272, 360, 480, 896]);
    // Settings at their bounds turn nothing round.
    for (early_ms, pause_ms) in [(5_000, 100), (16, 5_000), (480, 480)] {
        let config = EndpointConfig { early_ms, pause_ms, ..config };
        assert!(
            Finish::Complete.pause_ms(&config) <= pause_ms && Finish::Likely.pause_ms(&config) <= pause_ms
        );
        assert!(Finish::Hanging.pause_ms(&config) >= pause_ms);
    }
}

/// The held-out questions of a language, foreign ones too.
fn questions(language: &str) -> Vec<String> {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(format!("assets/evaluation/questions-{language}.toml"));
    let table: toml::Table = std::fs::read_to_string(file).unwrap().parse().unwrap();
    fn texts(value: &toml::Value, out: &mut Vec<String>) {
        match value {
            toml::Value::Array(items) => items.iter().for_each(|item| texts(item, out)),
            toml::Value::Table(table) => table.values().for_each(|item| texts(item, out)),
            toml::Value::String(text) => out.push(text.clone()),
            _ => {}
        }
    }
    let mut all = Vec::new();
    table.iter().filter(|(key, _)| *key != "language").for_each(|(_, value)| texts(value, &mut all));
    all
}

/// Of all the pauses after these texts: the mean, and the share that ends sooner than the usual one, and later.
fn shares(texts: &[String]) -> (f64, f64, f64) {
    let config = EndpointConfig::default();
    let pauses: Vec<u32> = texts.iter().map(|text| Finish::of(text).pause_ms(&config)).collect();
    let share =
        |of: &dyn Fn(u32) -> bool| pauses.iter().filter(|ms| of(**ms)).count() as f64 / pauses.len() as f64;
    let mean = pauses.iter().map(|ms| f64::from(*ms)).sum::<f64>() / pauses.len() as f64;
    (mean, share(&|ms| ms < config.pause_ms), share(&|ms| ms > config.pause_ms))
}

/// A question that a model with marks would end with one, the whole and its beginnings. Models put a mark behind
/// beginnings, too.
#[test]
fn held_out_questions_end_sooner_and_are_waited_for_where_they_are_cut() {
    for (language, mark) in [("en", "?"), ("zh", "？"), ("en", ""), ("zh", "")] {
        let questions = questions(language);
        assert!(questions.len() > 100, "{}", questions.len());
        let whole: Vec<String> = questions.iter().map(|text| format!("{text}{mark}")).collect();
        // Cut after each word but the last, or after each character of Chinese but the last.
        let beginnings: Vec<String> = questions
            .iter()
            .flat_map(|text| {
                let cuts: Vec<usize> = match language {
                    "en" => text.match_indices(' ').map(|(at, _)| at).collect(),
                    _ => text.char_indices().map(|(at, _)| at).skip(1).collect(),
                };
                cuts.into_iter().map(|at| text[..at].to_owned())
            })
            .collect();
        let (mean, sooner, later) = shares(&whole);
        let (cut_mean, cut_sooner, cut_later) = shares(&beginnings);
        println!(
            "{language} {mark:3} whole: {mean:.0} ms, {:.0} % sooner, {:.0} % later; beginnings: {cut_mean:.0} ms, {:.0} % sooner, {:.0} % later",
            sooner * 100.0,
            later * 100.0,
            cut_sooner * 100.0,
            cut_later * 100.0
        );
        assert!(mean < 480.0 && later < 0.05, "{language}{mark}: {mean}, {later}");
        assert!(
            sooner > 0.4 && cut_mean > mean + 40.0 && cut_later > 0.1,
            "{language}{mark}: {sooner}, {cut_mean}, {cut_later}"
        );
    }
}
