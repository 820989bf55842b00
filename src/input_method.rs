//! Chinese typed with Latin letters: what a spelling in pinyin may stand for, the likeliest first. For keyboards on a screen.
//!
//! Words are learnt from texts that are given (what a visitor types here is about what is written here); every Chinese
//! character can be reached besides.

use std::collections::{BTreeMap, HashMap, HashSet};

use pinyin::{ToPinyin as _, ToPinyinMulti as _};

/// The most letters of a spelling that is looked at; what follows waits.
pub const SPELLING_MAX: usize = 40;
/// A word has at most so many characters.
const WORD_MAX: usize = 4;
/// What stands together so often in the texts is a word.
const WORD_FROM: u32 = 4;
/// The most readings of one word that are kept.
const READINGS_MAX: usize = 8;
/// The most spellings that are looked at for words that only begin so.
const BEGIN_LOOKED_AT: usize = 400;
/// The most words that only begin so.
const BEGIN_MAX: usize = 4;
/// A character of the common ones weighs so much at most: less than a word that was met.
const COMMON_WEIGHT: u32 = 2048;
/// What one meeting in the texts weighs.
const MET_WEIGHT: u32 = 4096;
/// The characters that have a reading.
const CHARACTERS: std::ops::RangeInclusive<char> = '\u{4E00}'..='\u{9FA5}';

/// Something that a spelling may stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub text: String,
    /// Letters at the beginning of the spelling that it stands for.
    pub letters: usize,
}

/// Knows what spellings stand for.
#[derive(Debug)]
pub struct InputMethod {
    /// By spelling without tones and spaces (`v` for ü): what is spelt so, the likeliest first.
    spelt: BTreeMap<String, Vec<(u32, String)>>,
    /// By the first letters of its syllables: words.
    short: BTreeMap<String, Vec<(u32, String)>>,
}

impl InputMethod {
    /// Learns words from texts.
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut method = Self { spelt: BTreeMap::new(), short: BTreeMap::new() };
        let mut met: HashMap<String, u32> = HashMap::new();
        for text in texts {
            for run in text.split(|c: char| !CHARACTERS.contains(&c)) {
                let run: Vec<char> = run.chars().collect();
                for length in 1..=WORD_MAX {
                    for word in run.windows(length) {
                        *met.entry(word.iter().collect()).or_default() += 1;
                    }
                }
            }
        }
        let common = bip39::Language::SimplifiedChinese.word_list();
        let rank: HashMap<char, u32> =
            common.iter().zip(0..).filter_map(|(word, rank)| Some((word.chars().next()?, rank))).collect();
        for character in CHARACTERS {
            let text = character.to_string();
            let often = met.remove(&text).unwrap_or(0).min(COMMON_WEIGHT);
            let weight = rank.get(&character).map_or(0, |rank| COMMON_WEIGHT.saturating_sub(*rank));
            method.learn(&text, weight + often);
        }
        // A piece of a word that never stands alone is none.
        let whole: HashSet<&String> = met.keys().filter(|word| met.get(*word) >= Some(&WORD_FROM)).collect();
        let mut pieces: HashSet<String> = HashSet::new();
        for word in &whole {
            let letters: Vec<char> = word.chars().collect();
            for piece in
                [letters.get(1..), letters.get(..letters.len().saturating_sub(1))].into_iter().flatten()
            {
                let piece: String = piece.iter().collect();
                if met.get(&piece) == met.get(*word) {
                    pieces.insert(piece);
                }
            }
        }
        for (word, often) in met.iter().filter(|(word, _)| whole.contains(word) && !pieces.contains(*word)) {
            method.learn(word, often.saturating_mul(MET_WEIGHT));
        }
        for list in method.spelt.values_mut().chain(method.short.values_mut()) {
            list.sort_by(|a, b| b.cmp(a));
            list.dedup_by(|a, b| a.1 == b.1);
        }
        method
    }

    fn learn(&mut self, word: &str, weight: u32) {
        let mut spellings = vec![(String::new(), String::new())];
        for character in word.chars() {
            let mut readings: Vec<String> = character
                .to_pinyin_multi()
                .into_iter()
                .flatten()
                .map(|reading| reading.plain().replace('ü', "v"))
                .collect();
            // The usual reading first: in a word of many, the rare ones are left out.
            readings.sort_by_key(|r| Some(r.as_str()) != character.to_pinyin().map(|p| p.plain()));
            readings.dedup();
            spellings = spellings
                .iter()
                .flat_map(|(long, short)| {
                    readings.iter().map(move |r| {
                        (format!("{long}{r}"), format!("{short}{}", r.chars().take(1).collect::<String>()))
                    })
                })
                .take(READINGS_MAX)
                .collect();
        }
        let several = word.chars().count() > 1;
        for (long, short) in spellings.into_iter().filter(|(long, _)| !long.is_empty()) {
            self.spelt.entry(long).or_default().push((weight, word.to_owned()));
            if several {
                self.short.entry(short).or_default().push((weight, word.to_owned()));
            }
        }
    }

    /// What the beginning of a spelling (small letters) may stand for, at most `most`: all of it first, then words that only
    /// begin so, then shorter beginnings.
    pub fn candidates(&self, spelling: &str, most: usize) -> Vec<Candidate> {
        let spelling: String = spelling.chars().take(SPELLING_MAX).collect();
        let mut found: Vec<Candidate> = Vec::new();
        let mut seen = HashSet::new();
        let mut add = |words: &[(u32, String)], letters: usize| {
            for (_, word) in words {
                if found.len() < most && seen.insert(word.clone()) {
                    found.push(Candidate { text: word.clone(), letters });
                }
            }
        };
        let all = spelling.len();
        if all == 0 {
            return found;
        }
        let of =
            |map: &BTreeMap<String, Vec<(u32, String)>>, key: &str| map.get(key).cloned().unwrap_or_default();
        let whole = of(&self.spelt, &spelling);
        let (words, characters): (Vec<_>, Vec<_>) =
            whole.into_iter().partition(|(_, word)| word.chars().count() > 1);
        add(&words, all);
        add(&of(&self.short, &spelling), all);
        let mut longer: Vec<(u32, String)> = self
            .spelt
            .range(spelling.clone()..)
            .take_while(|(key, _)| key.starts_with(&spelling))
            .take(BEGIN_LOOKED_AT)
            .filter(|(key, _)| key.len() > all)
            .flat_map(|(_, words)| words.iter().filter(|(_, word)| word.chars().count() > 1).cloned())
            .collect();
        longer.sort_by(|a, b| b.cmp(a));
        longer.truncate(BEGIN_MAX);
        if characters.is_empty() {
            add(&longer, all);
        } else {
            add(characters.get(..1).unwrap_or_default(), all);
            add(&longer, all);
            add(&characters, all);
        }
        for letters in (1..all).rev() {
            if let Some(words) = spelling.get(..letters).and_then(|key| self.spelt.get(key)) {
                add(words, letters);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn method() -> InputMethod {
        InputMethod::new([
            "如何创建钱包？我的钱包在哪里？钱包打不开。怎么恢复钱包？银行卡怎么绑定？",
            "银行转账。银行还款。银行账户。我的钱包。怎么办？怎么做？",
        ])
    }

    fn first(spelling: &str) -> String {
        method().candidates(spelling, 5).first().map(|c| c.text.clone()).unwrap_or_default()
    }

    #[test]
    fn what_is_written_here_comes_first() {
        for (spelling, word) in
            [("qianbao", "钱包"), ("qb", "钱包"), ("qianb", "钱包"), ("yinhang", "银行"), ("zenme", "怎么")]
        {
            assert_eq!(first(spelling), word, "{spelling}");
        }
        let all = method().candidates("qianbaozenme", 3);
        assert_eq!(all.first(), Some(&Candidate { text: "钱包".into(), letters: 7 }));
    }

    #[test]
    fn every_common_character_is_found_by_each_of_its_readings() {
        let method = method();
        let reached =
            |spelling: &str, text: &str| method.candidates(spelling, 200).iter().any(|c| c.text == text);
        for word in bip39::Language::SimplifiedChinese.word_list() {
            let character = word.chars().next().unwrap();
            for reading in character.to_pinyin_multi().unwrap() {
                let spelling = reading.plain().replace('ü', "v");
                assert!(reached(&spelling, word), "{word} is not found by {spelling}");
            }
        }
        assert!(reached("lv", "绿") && reached("hang", "行") && reached("xing", "行"));
    }

    #[test]
    fn the_most_usual_character_comes_first() {
        for (spelling, character) in [("de", "的"), ("wo", "我"), ("shi", "是"), ("ma", "吗")] {
            let list = method().candidates(spelling, 4);
            assert!(list.iter().any(|c| c.text == character), "{spelling}: {list:?}");
        }
    }

    #[test]
    fn what_is_no_spelling_stands_for_nothing() {
        for nothing in ["", "vvv", "1", "我", "QIANBAO", &"z".repeat(500)] {
            let found = method().candidates(nothing, 9);
            assert!(found.iter().all(|c| c.letters <= nothing.len()), "{nothing}: {found:?}");
        }
        assert_eq!(method().candidates("", 9), []);
        assert_eq!(method().candidates("qianbao", 0), []);
    }

    #[test]
    fn a_longer_spelling_never_panics_and_is_bounded() {
        let all = "abcdefghijklmnopqrstuvwxyz".repeat(20);
        assert!(method().candidates(&all, 30).len() <= 30);
    }
}
