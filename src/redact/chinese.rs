//! Finds seed phrases in Chinese characters.
//!
//! The 2048 characters of the Simplified Chinese list are the commonest ones, so nearly every sentence is made of them. What tells
//! a phrase from a sentence is that its characters make no words: neighbours are no known pair, or each character stands alone
//! between spaces, commas or numbers.

use super::{
    digits::han_digit,
    lexicon::lexicon,
    phrases::{List, Phrases},
    secret::{Context, Hit, SecretKind},
    token::{Kind, Token},
};

/// Tenths, as in `unit`: a character alone between separators, one that makes no word with its neighbours, one that does.
const ALONE: i32 = 12;
const LOOSE: i32 = 5;
const PAIRED: i32 = -12;
const UNLISTED: i32 = -6;
const GRAMMAR: i32 = -5;
/// A sentence has clauses; what counts against a phrase for each.
const CLAUSE: i32 = 6;
/// A character of the talk itself.
const OWN: i32 = -40;
/// So many characters at the end of a long run belong to it when nothing comes after them.
const EDGE_MAX: usize = 4;
/// The lengths of phrases.
const LENGTHS: [usize; 5] = [12, 15, 18, 21, 24];
/// What a run must reach: anywhere, where seed phrases are spoken of, right after "助记词是".
const BAR_ANYWHERE: i32 = 55;
const BAR_SPOKEN_OF: i32 = 36;
const BAR_INTRODUCED: i32 = 19;
/// A run ends when its sum has fallen by this much.
const DROP: i32 = 30;
/// A run ends when it has not risen for so many characters.
const GAP: usize = 8;
/// Talk of seed phrases matters for so many tokens after it and before it.
const REACH_AFTER: usize = 60;
const REACH_BEFORE: usize = 30;
/// From so many characters on it can hardly be anything else.
const CHARS_CERTAIN: usize = 10;

#[rustfmt::skip]
static TALK: List = List::new(|| Phrases::new(&[
    "助记词", "助记单词", "助计词", "助忆词", "注记词", "恢复词", "种子词", "恢复短语", "种子短语",
    "中文助记词", "seed phrase", "recovery phrase", "mnemonic", "这几个字",
]));
#[rustfmt::skip]
static INTRO: List = List::new(|| Phrases::new(&[
    "是", "为", "有", ":", "=", "如下", "分别是", "就是", "包括", "依次是", "依次", "开头是", "开头",
    "前几个是", "前几个", "前面是", "里有", "的前几个字是", "一共是", "is", "are", "念作", "写的是",
    "的第一部分是",
]));
/// What comes between a number and its character.
static NAMES: List = List::new(|| Phrases::new(&["词", "字", "单词", "汉字"]));
static VERBS: List = List::new(|| Phrases::new(&["是", "为", ":", "叫"]));
/// Characters of grammar, which a sentence has and which make no word with a neighbour.
const GRAMMAR_CHARS: &str = "我你他她它们吗呢吧啊呀哦了的地得着过不没很太都也就才又把被给让叫跟和与或在从向对会能要想请谁哪几这那个是有说";

/// Characters that are an answer by themselves.
const ANSWERS: &str = "好是对不有要行没嗯哦啊可能会谢在想";

/// A Chinese character and how it stands.
struct Char {
    token: usize,
    score: i32,
    alone: bool,
    near: bool,
    introduced: bool,
    /// Nothing but separators stands between it and the character before.
    follows: bool,
    /// Something stands between it and the character before.
    stands_off: bool,
}

/// Finds the phrases. `context` is what was said before.
pub(super) fn find(tokens: &[Token], context: Context) -> Vec<Hit> {
    let chars = chars(tokens, context);
    let mut hits = Vec::new();
    let mut from = 0;
    while from < chars.len() {
        let (start, end, score) = best_run(&chars, from);
        let run = chars.get(start..end).unwrap_or_default();
        let near = run.iter().any(|c| c.near);
        let introduced = run.iter().take(2).any(|c| c.introduced);
        let few = run.len() < 3;
        let whole = LENGTHS.contains(&run.len())
            && run.iter().skip(1).all(|c| !c.stands_off)
            && run.first().is_some_and(|c| !c.follows || c.stands_off)
            && chars.get(end).is_none_or(|c| !c.follows || c.stands_off);
        let bar = match (introduced || whole, near) {
            (true, _) => BAR_INTRODUCED,
            (_, true) => BAR_SPOKEN_OF,
            _ => BAR_ANYWHERE,
        };
        if score >= bar && !few {
            hits.extend(hit(tokens, run, run.len() >= CHARS_CERTAIN || near));
        }
        from = end.max(from + 1);
    }
    hits.extend(numbered(tokens, context));
    hits.extend(only_chars(tokens, &chars, context));
    hits
}

/// While a phrase is being read out: an utterance of nothing but single characters, unless it is an answer such as "好".
fn only_chars(tokens: &[Token], chars: &[Char], context: Context) -> Option<Hit> {
    let several = list_chars_only(tokens).filter(|_| context.seed)? > 1;
    let answer = tokens.iter().filter_map(Token::han).all(|c| ANSWERS.contains(c));
    (several || context.reading && !answer).then(|| hit(tokens, chars, false))?
}

fn hit(tokens: &[Token], run: &[Char], certain: bool) -> Option<Hit> {
    let start = tokens.get(run.first()?.token)?.start;
    let end = tokens.get(run.last()?.token)?.end;
    Some(Hit { kind: SecretKind::SeedPhrase, start, end, certain })
}

fn chars(tokens: &[Token], context: Context) -> Vec<Char> {
    let (near, introduced, own) = listen(tokens, context);
    let lexicon = lexicon();
    let flag = |flags: &[bool], i: usize| flags.get(i).copied().unwrap_or(false);
    let mut chars: Vec<Char> = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        let Some(c) = token.han() else { continue };
        let before = i
            .checked_sub(1)
            .and_then(|b| tokens.get(b))
            .and_then(Token::han)
            .filter(|_| !flag(&introduced, i));
        let after = tokens.get(i + 1).and_then(Token::han);
        let touches = before.is_some() && !token.spaced
            || after.is_some() && !tokens.get(i + 1).is_some_and(|t| t.spaced);
        let paired =
            before.is_some_and(|b| lexicon.is_pair(b, c)) || after.is_some_and(|a| lexicon.is_pair(c, a));
        let repeated = before == Some(c);
        let score =
            match (touches, paired) {
                _ if flag(&own, i) => OWN,
                (_, true) if !repeated => PAIRED,
                // Figures that are read out are a number.
                (true, _)
                    if han_digit(c).is_some()
                        && [before, after].into_iter().flatten().any(|c| han_digit(c).is_some()) =>
                {
                    PAIRED
                }
                (false, _) if lexicon.is_listed_han(c) => ALONE,
                _ if !lexicon.is_listed_han(c) => UNLISTED,
                _ if GRAMMAR_CHARS.contains(c) && !repeated => GRAMMAR,
                _ => LOOSE,
            } - if touches && before.is_none() && i > 0 && !flag(&introduced, i) { CLAUSE } else { 0 };
        let follows = chars.last().is_some_and(|p| {
            tokens.get(p.token + 1..i).unwrap_or_default().iter().all(|t| match t.kind {
                Kind::Number => t.text.len() <= 2,
                Kind::Punct(c) => ",.、;:/|-()#_+".contains(c),
                _ => false,
            })
        });
        let alone = !touches;
        let stands_off = flag(&introduced, i) || before.is_none() || token.spaced;
        chars.push(Char {
            token: i,
            score,
            alone,
            near: flag(&near, i),
            introduced: flag(&introduced, i),
            follows,
            stands_off,
        });
    }
    chars
}

/// By token: whether seed phrases are spoken of near by; whether it comes right after "助记词是"; whether it is part of the talk.
fn listen(tokens: &[Token], context: Context) -> (Vec<bool>, Vec<bool>, Vec<bool>) {
    let n = tokens.len();
    let (mut near, mut introduced, mut own) = (vec![context.seed; n], vec![false; n], vec![false; n]);
    if context.seed
        && let Some(first) = introduced.first_mut()
    {
        *first = context.reading;
    }
    for at in 0..n {
        let Some(used) = TALK.at(tokens, at) else { continue };
        if let Some(near) =
            near.get_mut(at.saturating_sub(REACH_BEFORE)..at.saturating_add(REACH_AFTER).min(n))
        {
            near.fill(true);
        }
        let mut end = at + used;
        for _ in 0..3 {
            match INTRO.at(tokens, end) {
                Some(used) => end += used,
                None => break,
            }
        }
        if let Some(own) = own.get_mut(at..end.min(n)) {
            own.fill(true);
        }
        if end > at + used
            && let Some(introduced) = introduced.get_mut(end)
        {
            *introduced = true;
        }
    }
    (near, introduced, own)
}

/// The best run that begins at or after `from`: start, end, score.
fn best_run(chars: &[Char], from: usize) -> (usize, usize, i32) {
    let Some(start) = (from..chars.len()).find(|&i| chars.get(i).is_some_and(|c| c.score > 0)) else {
        return (chars.len(), chars.len(), 0);
    };
    let (mut sum, mut best, mut end) = (0, 0, start);
    for (i, c) in chars.iter().enumerate().skip(start) {
        if i > start && !c.follows {
            break;
        }
        sum += c.score;
        if sum > best {
            (best, end) = (sum, i + 1);
        }
        if sum < 0 || sum < best - DROP || i + 1 >= end + GAP {
            break;
        }
    }
    // Single characters that stand alone right behind or before belong to it, whatever they are.
    while chars.get(end).is_some_and(|c| c.alone && c.follows) {
        end += 1;
    }
    let mut first;
    (first, end) = whole_stretch(chars, from, start, end);
    while first > from
        && chars.get(first).is_some_and(|c| c.follows)
        && chars.get(first - 1).is_some_and(|c| c.alone)
    {
        first -= 1;
    }
    (first, end, best)
}

/// Takes in the few characters that are left at the ends of the characters without separators, in a run that is
/// long enough.
fn whole_stretch(chars: &[Char], from: usize, start: usize, end: usize) -> (usize, usize) {
    let (mut first, mut after) = (start, end);
    if end - start < CHARS_CERTAIN - 2 {
        return (start, end);
    }
    while chars.get(after).is_some_and(|c| c.follows && !c.stands_off && c.score > OWN)
        && after - end <= EDGE_MAX
    {
        after += 1;
    }
    while first > from
        && start - first <= EDGE_MAX
        && chars.get(first).is_some_and(|c| c.follows && !c.stands_off)
        && chars.get(first - 1).is_some_and(|c| c.score > OWN)
    {
        first -= 1;
    }
    (if start - first <= EDGE_MAX { first } else { start }, if after - end <= EDGE_MAX { after } else { end })
}

/// "第一个词是的": one character after its number.
fn numbered(tokens: &[Token], context: Context) -> Vec<Hit> {
    let mut hits = Vec::new();
    let mut spoken_of = context.seed;
    for at in 0..tokens.len() {
        spoken_of |= TALK.at(tokens, at).is_some();
        if tokens.get(at).and_then(Token::han) != Some('第') {
            continue;
        }
        let mut i = at + 1;
        while i < at + 4
            && tokens.get(i).is_some_and(|t| {
                t.kind == Kind::Number || t.han().is_some_and(|c| "一二三四五六七八九十".contains(c))
            })
        {
            i += 1;
        }
        if i == at + 1 {
            continue;
        }
        i += usize::from(tokens.get(i).and_then(Token::han) == Some('个'));
        let named = NAMES.at(tokens, i);
        spoken_of |= named.is_some();
        i += named.unwrap_or(0);
        let Some(verb) = VERBS.at(tokens, i) else { continue };
        i += verb;
        i += usize::from(tokens.get(i).is_some_and(|t| t.is_punct(":\"'“「")));
        let Some(token) = tokens.get(i).filter(|t| t.han().is_some_and(|c| lexicon().is_listed_han(c)))
        else {
            continue;
        };
        let next = tokens.get(i + 1);
        let ends = next.is_none_or(|n| n.han().is_none_or(|c| n.spaced || "第然接和再后".contains(c)));
        if spoken_of && ends {
            hits.push(Hit {
                kind: SecretKind::SeedPhrase,
                start: token.start,
                end: token.end,
                certain: false,
            });
        }
    }
    hits
}

/// Whether an utterance is nothing but a few single characters of the list: how many.
pub(super) fn list_chars_only(tokens: &[Token]) -> Option<u16> {
    let chars = chars(tokens, Context::default());
    let words = tokens.iter().any(|t| matches!(t.kind, Kind::Word | Kind::Mark(_)));
    let listed = tokens.iter().filter_map(Token::han).all(|c| lexicon().is_listed_han(c));
    let all = !words
        && chars.iter().all(|c| c.alone || c.score == LOOSE)
        && (chars.len() == 1 || chars.iter().any(|c| c.alone));
    (all && listed && !chars.is_empty()).then(|| u16::try_from(chars.len()).unwrap_or(u16::MAX))
}

/// Whether seed phrases are spoken of.
pub(super) fn speaks_of_seeds(tokens: &[Token]) -> bool {
    TALK.anywhere(tokens)
}

#[cfg(test)]
mod tests {
    use super::{
        super::{fold::fold, token::tokens},
        *,
    };

    fn found(text: &str) -> Vec<String> {
        let (glyphs, _) = fold(text, 10_000);
        let hits = find(&tokens(&glyphs), Context::default());
        hits.iter().map(|h| glyphs[h.start..h.end].iter().map(|g| g.c).collect()).collect()
    }

    #[test]
    fn characters_apart_are_a_phrase() {
        assert_eq!(found("耗 虚 垫 摘 腐 佛 碎 鼓"), ["耗 虚 垫 摘 腐 佛 碎 鼓"]);
        assert_eq!(found("我的助记词是：耗、虚、垫、摘"), ["耗、虚、垫、摘"]);
    }

    #[test]
    fn characters_that_make_no_words_are_a_phrase() {
        assert_eq!(found("耗虚垫摘腐佛碎鼓径沟晶狱"), ["耗虚垫摘腐佛碎鼓径沟晶狱"]);
        assert_eq!(found("我的助记词是耗虚垫摘腐佛"), ["耗虚垫摘腐佛"]);
    }

    #[test]
    fn sentences_are_not() {
        for text in ["助记词是什么意思？", "请问门票多少钱，在哪里买？", "我把助记词忘记了怎么办"]
        {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn a_numbered_character_is_enough() {
        assert_eq!(found("第一个词是耗，第二个词是虚"), ["耗", "虚"]);
        assert_eq!(found("第一个问题是什么"), [""; 0]);
    }
}
