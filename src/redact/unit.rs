//! From tokens to units, each with a score: how much more it is to be expected in a seed phrase than in a sentence.
//!
//! Scores are tenths of a natural logarithm of a likelihood ratio, set by hand. A rare word of the list speaks for a phrase, "the"
//! speaks against it; numbering and commas say nothing.

use super::{
    lexicon::{Match, Use, WORD_MAX, WORD_MIN, lexicon},
    phrases::{List, Phrases},
    token::{Kind, Token},
};

/// What a unit is to a seed phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// One or more list words, or something near them. `rare`: an ordinary sentence would hardly have it.
    Word { words: u16, rare: bool, listed: bool },
    /// "first word is", "3.", "第三个词"; commas, "and", "um": part of a phrase's reading, not of the phrase.
    /// `named` says that it spoke of a word, so that one list word after it is enough.
    Label { named: bool },
    /// What ends a sentence.
    Stop,
    /// Any other word.
    Other { function: bool },
    /// What no phrase goes across.
    Wall,
}

/// One unit: tokens `start..end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unit {
    pub start: usize,
    pub end: usize,
    pub role: Role,
    /// Tenths; see the module.
    pub score: i32,
}

#[rustfmt::skip]
const ORDINALS: &[&str] = &[
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth",
    "eighteenth", "nineteenth", "twentieth", "next", "last", "final", "another",
];
#[rustfmt::skip]
const CARDINALS: &[&str] = &[
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "to",
];
const FILLERS: &[&str] = &["um", "uh", "er", "erm", "hmm", "uhm", "ah", "eh", "mm", "comma"];
#[rustfmt::skip]
const NATO: &[&str] = &[
    "alpha", "alfa", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliet",
    "kilo", "lima", "mike", "november", "oscar", "papa", "quebec", "romeo", "sierra", "tango", "uniform",
    "victor", "whiskey", "xray", "yankee", "zulu",
];
#[rustfmt::skip]
static ZH_LINKS: List = List::new(|| Phrases::new(&[
    "然后是", "然后", "接着是", "接着", "接下来是", "还有", "再是", "后面是", "最后是", "和", "是", "嗯",
    "呃", "下一个是", "下一个词是", "再来",
]));
static ZH_NAMES: List = List::new(|| Phrases::new(&["词", "字", "单词", "英文单词", "助记词", "英文"]));
static ZH_VERBS: List = List::new(|| Phrases::new(&["是", "为", "叫"]));

/// So many spelled letters are read in one go: the longest phrase has fewer.
const SPELLED_MAX: usize = 200;

/// The letter that a NATO word stands for.
pub(super) fn nato(word: &str) -> Option<char> {
    NATO.contains(&word).then(|| word.chars().next()).flatten()
}

/// Cuts tokens into units.
pub(super) fn units(tokens: &[Token]) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let (used, role, score) =
            label(tokens, at).or_else(|| spelled(tokens, at)).unwrap_or_else(|| match token.kind {
                Kind::Word => word(tokens, at),
                Kind::Number if token.text.len() <= 2 => (1, Role::Label { named: false }, -3),
                Kind::Number => (1, Role::Other { function: false }, -15),
                Kind::Han(_) => (1, Role::Other { function: false }, -10),
                Kind::Mark(_) => (1, Role::Wall, -1000),
                Kind::Punct('.' | ';') => (1, Role::Stop, -2),
                Kind::Punct('?' | '!') => (1, Role::Stop, -15),
                Kind::Punct(_) => (1, Role::Label { named: false }, 0),
            });
        let used = used.max(1);
        units.push(Unit { start: at, end: at + used, role, score });
        at += used;
    }
    units
}

type Scored = (usize, Role, i32);

/// "(the) first word (is)", "word (number) three (is)", "number three", "3.", "第三个词是", and what links words.
fn label(tokens: &[Token], at: usize) -> Option<Scored> {
    let is = |i: usize, words: &[&str]| tokens.get(i).is_some_and(|t| t.one_of(words));
    let numeral = |i: usize| {
        tokens.get(i).is_some_and(|t| {
            (t.kind == Kind::Number && t.text.len() <= 2) || t.one_of(CARDINALS) || t.one_of(ORDINALS)
        })
    };
    let ordinal = |i: usize| {
        let end = usize::from(is(i, &["twenty"]) && is(i + 1, ORDINALS)) + i;
        if is(end, ORDINALS) {
            Some(end + 1)
        } else {
            let number = tokens.get(i).is_some_and(|t| t.kind == Kind::Number && t.text.len() <= 2);
            (number && is(i + 1, &["st", "nd", "rd", "th"])).then_some(i + 2)
        }
    };
    let mut i = at + usize::from(is(at, &["my", "the", "and", "then", "so"]));
    i += usize::from(i > at && is(i, &["my", "the"]));
    if let Some(mut end) = ordinal(i) {
        let named = is(end, &["word", "words"]);
        if named || is(end, &["one"]) || end > at {
            end += usize::from(named || is(end, &["one"]));
            let verb = is(end, &["is", "was", "being"]);
            end += usize::from(verb);
            let ordinary = tokens.get(i).is_some_and(|t| t.one_of(&["final", "another", "next", "last"]));
            if named || verb || !ordinary && is_list_like(tokens, end) {
                return Some((end - at, Role::Label { named }, 0));
            }
        }
    }
    if is(i, &["word", "number", "numbers"]) {
        let named = is(i, &["word"]);
        let mut end = i + 1 + usize::from(is(i + 1, &["number", "no"]));
        end += usize::from(tokens.get(end).is_some_and(|t| t.is_punct("#")));
        if numeral(end) {
            end += 1 + usize::from(is(end, &["twenty"]) && is(end + 1, CARDINALS));
            end += usize::from(is(end, &["is", "was"]) || tokens.get(end).is_some_and(|t| t.is_punct(":-=")));
            return Some((end - at, Role::Label { named }, 0));
        }
    }
    if numeral(at) {
        let mut end = at + 1 + usize::from(is(at, &["twenty"]) && numeral(at + 1));
        end += usize::from(is(end, &["is"]));
        end += usize::from(tokens.get(end).is_some_and(|t| t.is_punct(".):-=、,")));
        if is_list_like(tokens, end)
            && (end > at + 1 || tokens.get(at).is_some_and(|t| t.kind == Kind::Number))
        {
            return Some((end - at, Role::Label { named: false }, 0));
        }
        if is_list_like(tokens, end) && !lexicon().is_listed(&tokens.get(at)?.text) {
            return Some((end - at, Role::Label { named: false }, -2));
        }
    }
    if is(at, FILLERS) {
        return Some((1, Role::Label { named: false }, 0));
    }
    if is(at, &["and", "then", "next"]) {
        return Some((1, Role::Label { named: false }, -6));
    }
    chinese_label(tokens, at)
}

/// "第三个词是" and links such as "然后是" between words.
fn chinese_label(tokens: &[Token], at: usize) -> Option<Scored> {
    let han = |i: usize| tokens.get(i).and_then(Token::han);
    if han(at) == Some('第') {
        let mut i = at + 1;
        while i < at + 4
            && (han(i).is_some_and(|c| "一二三四五六七八九十两".contains(c))
                || tokens.get(i)?.kind == Kind::Number)
        {
            i += 1;
        }
        if i == at + 1 {
            return None;
        }
        i += usize::from(han(i) == Some('个'));
        let named = ZH_NAMES.at(tokens, i);
        i += named.unwrap_or(0);
        i += ZH_VERBS.at(tokens, i).unwrap_or(0);
        i += usize::from(tokens.get(i).is_some_and(|t| t.is_punct(":,")));
        return Some((i - at, Role::Label { named: named.is_some() }, 0));
    }
    let n = ZH_LINKS.at(tokens, at)?;
    Some((n, Role::Label { named: false }, -2))
}

fn is_list_like(tokens: &[Token], at: usize) -> bool {
    tokens.get(at).is_some_and(|t| {
        t.kind == Kind::Word && !matches!(lexicon().compare(&t.text), Match::None | Match::Sound)
    })
}

/// Three or more single letters, or words of the spelling alphabet, that spell list words.
fn spelled(tokens: &[Token], at: usize) -> Option<Scored> {
    let mut letters = String::new();
    let mut end = at;
    let mut last = at;
    while let Some(t) = tokens.get(end).filter(|_| letters.len() < SPELLED_MAX) {
        match (t.kind, t.text.chars().next()) {
            (Kind::Word, Some(c)) if t.text.len() == 1 && c.is_ascii_lowercase() => letters.push(c),
            (Kind::Word, _) if nato(&t.text).is_some() => letters.extend(nato(&t.text)),
            (Kind::Word, _) if t.one_of(&["double"]) => {
                let next = tokens.get(end + 1).filter(|t| t.text.len() == 1)?;
                letters.push_str(&next.text);
            }
            (Kind::Punct('-' | '.' | ',' | '_' | '/' | '\''), _) if !letters.is_empty() => {
                end += 1;
                continue;
            }
            _ => break,
        }
        end += 1;
        last = end;
    }
    if letters.len() < WORD_MIN || last < at + WORD_MIN {
        return None;
    }
    let (words, covered) = lexicon().chain(&letters);
    // "a" and "i" may belong to the sentence before.
    if covered + 1 < letters.len() {
        return (letters.len() >= 5 && lexicon().compare(&letters) == Match::Near).then_some((
            last - at,
            Role::Word { words: 1, rare: true, listed: true },
            30,
        ));
    }
    let words = u16::try_from(words).unwrap_or(u16::MAX);
    Some((last - at, Role::Word { words, rare: true, listed: true }, 35 * i32::from(words)))
}

/// One word, or two that make one list word together, or many without spaces.
fn word(tokens: &[Token], at: usize) -> Scored {
    let Some(token) = tokens.get(at) else {
        return (1, Role::Wall, 0);
    };
    let lexicon = lexicon();
    let usage = lexicon.usage(&token.text);
    let like = lexicon.compare(&token.text);
    if !matches!(like, Match::Exact | Match::Prefix)
        && let Some(next) = tokens.get(at + 1).filter(|n| n.kind == Kind::Word)
        && token.text.len() + next.text.len() <= WORD_MAX
        && lexicon.is_listed(&format!("{}{}", token.text, next.text))
        && !(usage == Use::Function && lexicon.usage(&next.text) != Use::Rare)
    {
        return (2, Role::Word { words: 1, rare: true, listed: true }, 20);
    }
    if token.text.len() > WORD_MAX && matches!(like, Match::None | Match::Sound) && usage == Use::Rare {
        let (words, letters) = lexicon.chain(&token.text);
        if words >= 2 && letters * 10 >= token.text.len() * 8 || words >= 4 && letters >= 18 {
            let words = u16::try_from(words).unwrap_or(u16::MAX);
            // Two list words make many an ordinary word: "backspace", "carpark".
            let score = if words == 2 { 10 } else { 25 * i32::from(words) };
            return (1, Role::Word { words, rare: words > 2, listed: words > 2 }, score);
        }
    }
    let hit = |rare, listed, score| (1, Role::Word { words: 1, rare, listed }, score);
    let other = |score| (1, Role::Other { function: usage == Use::Function }, score);
    match (like, usage) {
        (Match::Exact, Use::Rare) => hit(true, true, 30),
        (Match::Exact, Use::Common) => hit(false, true, 12),
        (Match::Exact, Use::Function) => (1, Role::Word { words: 1, rare: false, listed: true }, -8),
        (Match::Prefix, Use::Rare) => hit(true, false, 25),
        (Match::Prefix, _) => hit(false, false, -4),
        (Match::Near, Use::Rare) => hit(true, false, 15),
        (Match::Inflected, Use::Rare) => hit(false, false, 6),
        (Match::Sound, Use::Rare) => hit(false, false, 6),
        (Match::Near | Match::Inflected | Match::Sound, Use::Common) => other(-6),
        (_, Use::Function) => other(-30),
        (_, Use::Common) => other(-20),
        (_, Use::Rare) => other(-14),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{fold::fold, token::tokens},
        *,
    };

    fn roles(text: &str) -> Vec<Role> {
        units(&tokens(&fold(text, 1000).0)).into_iter().map(|u| u.role).collect()
    }

    fn words(text: &str) -> u16 {
        roles(text).into_iter().map(|r| if let Role::Word { words, .. } = r { words } else { 0 }).sum()
    }

    #[test]
    fn labels_are_not_words() {
        assert_eq!(words("first word abandon second word ability"), 2);
        assert_eq!(words("word number one is abandon, word two ability"), 2);
        assert_eq!(words("1. abandon 2) ability 3 able"), 3);
        assert_eq!(words("第一个词是abandon，第二个是ability"), 2);
        assert!(roles("my first word is abandon").contains(&Role::Label { named: true }));
    }

    #[test]
    fn spelled_and_joined_words_are_words() {
        assert_eq!(words("a b a n d o n"), 1);
        assert_eq!(words("alpha bravo alpha november delta oscar november"), 1);
        assert_eq!(words("A-B-L-E A-B-O-U-T"), 2);
        assert_eq!(words("abandonabilityable"), 3);
        assert_eq!(words("hedge hog"), 1);
    }

    #[test]
    fn ordinary_words_count_against() {
        let total: i32 =
            units(&tokens(&fold("where is the desk for my ticket", 100).0)).iter().map(|u| u.score).sum();
        assert!(total < -50, "{total}");
    }
}
