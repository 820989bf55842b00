//! Finds passwords, PINs and one-time codes where the visitor says that it is one.

use super::{
    digits::{joined, runs},
    lexicon::{Use, lexicon},
    number::introduced,
    phrases::{List, Phrases},
    secret::{Hit, SecretKind},
    token::{Kind, Token},
};

/// Digits of a PIN or a one-time code.
const CODE_DIGITS: std::ops::RangeInclusive<usize> = 4..=8;
/// Before a code that is no secret, at most so many tokens before it.
static OTHER_CODES: List = List::new(|| Phrases::new(&["promo", "zip", "dress", "qr"]));
const OTHER_REACH: usize = 6;
/// A password has at most so many tokens.
const PASSWORD_TOKENS: usize = 24;

#[rustfmt::skip]
static CODE_TALK: List = List::new(|| Phrases::new(&[
    "my code", "the code i got", "code i received", "verification code", "login code", "security code",
    "one time code", "sms code", "text code", "authenticator code", "otp", "2 fa code", "2 fa",
    "two factor code", "passcode", "pass code", "pin", "pin code", "pin number", "my pin",
    "one time password", "confirmation code sent", "验证码", "动态码", "动态密码", "口令码", "短信码",
    "取款密码", "支付密码", "一次性密码", "解锁码", "unlock code", "one time passcode", "pin 码",
]));
#[rustfmt::skip]
static PASSWORD_TALK: List = List::new(|| Phrases::new(&[
    "my password", "my passwort", "my pass word", "my passphrase", "my wallet password",
    "my account password", "my login password", "the password", "password", "密码", "口令", "passwd",
]));
/// Between the word and the password.
#[rustfmt::skip]
static WHOSE: List = List::new(|| Phrases::new(&[
    "for the wallet", "for my wallet", "for this", "to my wallet", "of my wallet", "currently",
]));
static VERBS: List = List::new(|| Phrases::new(&["is", "was", ":", "=", "是", "为", "'s", "就是"]));
/// What is said about a password and is none.
#[rustfmt::skip]
const ABOUT: &[&str] = &[
    "not", "wrong", "too", "the", "incorrect", "expired", "forgotten", "lost", "very", "so", "safe", "weak",
    "strong", "long", "short", "a", "an", "in", "on", "no", "never", "always", "what", "where", "how",
    "why", "when", "for", "to", "your", "my", "this", "that", "it", "still", "only", "being", "really",
    "required", "needed", "invalid", "correct", "right", "hard", "easy", "good", "bad", "old", "new",
    "different", "same", "also", "already", "just", "or", "and", "written", "saved", "stored", "hidden",
    "gone", "blocked", "changed", "reset", "stolen", "known", "secure", "missing", "of", "one", "something",
    "used", "asked", "there", "here", "broken", "enough", "at", "with", "from", "like", "now", "all",
    "accepted", "rejected", "important", "necessary", "working", "private", "set", "protected",
];
const ZH_ABOUT: &str = "什不错没被多怎哪谁否在必需用对一几很太最能可会要我你他这那忘丢";
/// What ends a password that is said in a sentence.
#[rustfmt::skip]
const ENDS: &[&str] = &[
    "but", "and", "can", "could", "please", "why", "how", "what", "i", "it", "is", "so", "does", "do",
    "will", "help",
];

/// Finds them.
pub(super) fn find(tokens: &[Token]) -> Vec<Hit> {
    let mut hits = Vec::new();
    for run in runs(tokens) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
        let said = introduced(tokens, first.first, &CODE_TALK);
        if said
            && CODE_DIGITS.contains(&joined(&run).len())
            && !OTHER_CODES.before(tokens, first.first, OTHER_REACH)
        {
            hits.push(Hit {
                kind: SecretKind::OneTimeCode,
                start: first.start,
                end: last.end,
                certain: true,
            });
        }
    }
    let mut at = 0;
    while at < tokens.len() {
        let hit = password(tokens, at);
        at += 1;
        if let Some(hit) = hit {
            while tokens.get(at).is_some_and(|t| t.end <= hit.end) {
                at += 1;
            }
            hits.push(hit);
        }
    }
    hits
}

fn password(tokens: &[Token], at: usize) -> Option<Hit> {
    let mut i = at + PASSWORD_TALK.at(tokens, at)?;
    i += WHOSE.at(tokens, i).unwrap_or(0);
    let verb = VERBS.at(tokens, i)?;
    let colon = tokens.get(i)?.is_punct(":=");
    i += verb;
    while tokens.get(i).is_some_and(|t| t.is_punct(":\"'“‘「")) {
        i += 1;
    }
    let first = tokens.get(i)?;
    // "no password: connect the wallet" tells none.
    let mine = tokens.get(at).is_some_and(|t| t.is_word("my") || t.kind != Kind::Word);
    if !mine
        && first.kind == Kind::Word
        && lexicon().usage(&first.text) != Use::Rare
        && tokens.get(i + 1).is_none_or(|n| n.spaced)
    {
        return None;
    }
    // "password: required" and "password is required" are about a password.
    let about = match first.kind {
        Kind::Word => {
            ABOUT.contains(&first.text.as_str())
                && tokens.get(i + 1).is_none_or(|n| n.spaced || n.is_punct(".,;?!"))
        }
        Kind::Han(c) => ZH_ABOUT.contains(c),
        Kind::Mark(_) => true,
        Kind::Punct(_) => tokens.get(i + 1).is_none_or(|n| n.spaced),
        Kind::Number => false,
    };
    if about || !colon && first.kind == Kind::Word && first.text.ends_with("ing") && first.text.len() > 5 {
        return None;
    }
    let mut end = i;
    while let Some(token) = tokens.get(end).filter(|_| end < i + PASSWORD_TOKENS) {
        let last = tokens.get(end + 1).is_none_or(|n| n.spaced);
        let stop = match token.kind {
            Kind::Mark(_) => true,
            Kind::Punct(c) if end > i => last && ".,;?!\"'”」".contains(c) || "\"”」、".contains(c),
            Kind::Word => end > i && token.spaced && token.one_of(ENDS),
            Kind::Han(c) => end > i && "吗呢吧，但请为怎".contains(c),
            _ => false,
        };
        if stop {
            break;
        }
        end += 1;
    }
    let last = tokens.get(end.checked_sub(1)?)?;
    let certain = tokens.get(i..end)?.iter().any(|t| t.kind == Kind::Number);
    (end > i).then_some(Hit { kind: SecretKind::Password, start: first.start, end: last.end, certain })
}

#[cfg(test)]
mod tests {
    use super::{
        super::{fold::fold, token::tokens},
        *,
    };

    fn found(text: &str) -> Vec<String> {
        let (glyphs, _) = fold(text, 10_000);
        find(&tokens(&glyphs)).iter().map(|h| glyphs[h.start..h.end].iter().map(|g| g.c).collect()).collect()
    }

    #[test]
    fn passwords_and_codes_are_found() {
        assert_eq!(found("my password is Tr0ub4dor&3, can you log in?"), ["tr0ub4dor&3"]);
        assert_eq!(
            found("my password is purple monkey dishwasher but it fails"),
            ["purple monkey dishwasher"]
        );
        assert_eq!(found("我的密码是abc123"), ["abc123"]);
        assert_eq!(found("my code is 123456"), ["123456"]);
        assert_eq!(found("验证码是 884213"), ["884213"]);
        assert_eq!(found("my pin is four two seven one"), ["four two seven one"]);
    }

    #[test]
    fn talk_about_them_is_left_alone() {
        for text in [
            "my password is not working",
            "密码是什么？",
            "the password is wrong",
            "what is the promo code 2025",
            "error code 4042",
            "my password was changed yesterday",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }
}
