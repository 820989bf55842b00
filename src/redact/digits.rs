//! Runs of digits, however written: "4532 0151", "four five three two", "double four", "forty five", 四五三二.

use super::token::{Kind, Token};

/// Some digits in one piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub digits: String,
    /// Glyphs.
    pub start: usize,
    pub end: usize,
    /// Tokens.
    pub first: usize,
    pub after: usize,
    /// Words, not figures.
    pub spoken: bool,
}

/// Items with nothing but separators between them.
pub(super) type Run = Vec<Item>;

/// A digit that was said.
pub(super) fn spoken_digit(word: &str) -> Option<&'static str> {
    Some(match word {
        "zero" | "naught" | "nought" => "0",
        "one" => "1",
        "two" => "2",
        "three" => "3",
        "four" => "4",
        "five" | "fife" => "5",
        "six" => "6",
        "seven" => "7",
        "eight" => "8",
        "nine" | "niner" => "9",
        _ => return None,
    })
}

/// A word that a recogniser writes for a digit; believed only between digits.
fn misheard_digit(word: &str) -> Option<&'static str> {
    Some(match word {
        "oh" | "o" | "owe" | "nil" => "0",
        "won" => "1",
        "to" | "too" => "2",
        "tree" | "free" => "3",
        "for" | "fore" => "4",
        "hive" => "5",
        "sex" | "sicks" => "6",
        "ate" => "8",
        "mine" | "nein" => "9",
        _ => return None,
    })
}

fn tens(word: &str) -> Option<(&'static str, &'static str)> {
    Some(match word {
        "ten" => ("10", ""),
        "eleven" => ("11", ""),
        "twelve" => ("12", ""),
        "thirteen" => ("13", ""),
        "fourteen" => ("14", ""),
        "fifteen" => ("15", ""),
        "sixteen" => ("16", ""),
        "seventeen" => ("17", ""),
        "eighteen" => ("18", ""),
        "nineteen" => ("19", ""),
        "twenty" => ("20", "2"),
        "thirty" => ("30", "3"),
        "forty" | "fourty" => ("40", "4"),
        "fifty" => ("50", "5"),
        "sixty" => ("60", "6"),
        "seventy" => ("70", "7"),
        "eighty" => ("80", "8"),
        "ninety" => ("90", "9"),
        _ => return None,
    })
}

/// A Chinese digit, also as said on the telephone.
pub(super) fn han_digit(c: char) -> Option<&'static str> {
    Some(match c {
        '零' | '〇' | '洞' => "0",
        '一' | '幺' | '壹' => "1",
        '二' | '两' | '贰' => "2",
        '三' | '叁' => "3",
        '四' | '肆' => "4",
        '五' | '伍' => "5",
        '六' | '陆' => "6",
        '七' | '柒' | '拐' => "7",
        '八' | '捌' => "8",
        '九' | '玖' | '勾' => "9",
        _ => return None,
    })
}

/// All runs, in the order of the text.
pub(super) fn runs(tokens: &[Token]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut run: Run = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let Some((digits, used, spoken)) = item(tokens, at, !run.is_empty()) else {
            if !run.is_empty() {
                runs.push(std::mem::take(&mut run));
            }
            at += 1;
            continue;
        };
        let (Some(first), Some(last)) = (tokens.get(at), tokens.get(at + used - 1)) else { break };
        run.push(Item { digits, start: first.start, end: last.end, first: at, after: at + used, spoken });
        at += used;
        // Separators count only when digits follow.
        let mut next = at;
        while next < at + 2 && tokens.get(next).is_some_and(|t| separates(t, tokens.get(next + 1), spoken)) {
            next += 1;
        }
        if item(tokens, next, true).is_some() {
            at = next;
        } else {
            runs.push(std::mem::take(&mut run));
        }
    }
    if !run.is_empty() {
        runs.push(run);
    }
    runs
}

fn separates(token: &Token, next: Option<&Token>, spoken: bool) -> bool {
    token.is_punct("-._·")
        || token.is_punct(",、") && (spoken || next.is_some_and(|n| n.spaced) || token.is_punct("、"))
}

/// The digits at a token, how many tokens they take, and whether they are words.
fn item(tokens: &[Token], at: usize, inside: bool) -> Option<(String, usize, bool)> {
    let token = tokens.get(at)?;
    match token.kind {
        Kind::Number => Some((token.text.clone(), 1, false)),
        Kind::Han(c) => {
            let digit = han_digit(c)?;
            let counted = tokens.get(at + 1).and_then(Token::han).is_some_and(|c| "十百千万亿".contains(c));
            (!counted).then(|| (digit.to_owned(), 1, true))
        }
        Kind::Word => {
            if let Some(times) =
                [("double", 2), ("triple", 3)].iter().find(|(w, _)| token.text == *w).map(|(_, n)| n)
            {
                let next = tokens.get(at + 1)?;
                let digit = spoken_digit(&next.text)
                    .or_else(|| misheard_digit(&next.text))
                    .map(str::to_owned)
                    .or_else(|| {
                        (next.kind == Kind::Number && next.text.len() == 1).then(|| next.text.clone())
                    })?;
                return Some((digit.repeat(*times), 2, true));
            }
            if let Some(digit) = spoken_digit(&token.text) {
                return Some((digit.to_owned(), 1, true));
            }
            if let Some((whole, ten)) = tens(&token.text) {
                let joined = tokens.get(at + 1).filter(|t| t.is_punct("-")).map_or(1, |_| 2);
                let unit = tokens
                    .get(at + joined)
                    .filter(|_| !ten.is_empty())
                    .and_then(|t| spoken_digit(&t.text))
                    .filter(|d| *d != "0");
                return Some(
                    unit.map_or((whole.to_owned(), 1, true), |u| (format!("{ten}{u}"), joined + 1, true)),
                );
            }
            let digit = misheard_digit(&token.text).filter(|_| inside)?;
            let next = tokens.get(at + 1)?;
            let follows = next.kind == Kind::Number
                || spoken_digit(&next.text).is_some()
                || tens(&next.text).is_some()
                || next.is_word("double");
            follows.then(|| (digit.to_owned(), 1, true))
        }
        _ => None,
    }
}

/// The digits of some items.
pub(super) fn joined(items: &[Item]) -> String {
    items.iter().map(|i| i.digits.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::{
        super::{fold::fold, token::tokens},
        *,
    };

    fn all(text: &str) -> Vec<String> {
        runs(&tokens(&fold(text, 1000).0)).iter().map(|r| joined(r)).collect()
    }

    #[test]
    fn digits_are_read_in_many_writings() {
        assert_eq!(all("4532-0151 1283 0366"), ["4532015112830366"]);
        assert_eq!(all("four five, three two"), ["4532"]);
        assert_eq!(all("double four oh five"), ["4405"]);
        assert_eq!(all("forty-five thirty two oh one"), ["453201"]);
        assert_eq!(all("四五三二 零幺"), ["453201"]);
        assert_eq!(all("one for two"), ["142"]);
    }

    #[test]
    fn amounts_are_apart() {
        assert_eq!(all("1,000 and 2,500.00"), ["1", "000", "2", "50000"]);
        assert_eq!(all("三百二十块"), [""; 0]);
        assert_eq!(all("this is for you"), [""; 0]);
    }
}
