//! One article: TOML front matter between `+++` lines, then Markdown.
//!
//! The first paragraph is what the avatar says; what follows is for the screen. A part under a heading named
//! [`EXPERTS_EN`] or [`EXPERTS_ZH`] is for those who know the subject.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use serde::Deserialize;

use super::card::{Card, lines};
use super::link::Link;
use crate::conversation::Language;
use crate::performance::{Expression, Gesture};
use crate::quote::quote;

/// The heading of the part for experts, in English articles.
pub const EXPERTS_EN: &str = "## For experts";
/// The heading of the part for experts, in Chinese articles.
pub const EXPERTS_ZH: &str = "## 进阶说明";
/// An article with one of these tags needs no part for experts: small talk, the place, the desk itself, and the way to
/// a person.
pub const NO_EXPERTS_TAGS: [&str; 4] = ["smalltalk", "venue", "desk", "help"];

/// One article in one language.
#[derive(Debug, Clone, PartialEq)]
pub struct Article {
    /// The same in both languages; also the file's name.
    pub id: String,
    pub language: Language,
    pub title: String,
    /// How visitors ask for it.
    pub questions: Vec<String>,
    /// Words that belong to the subject.
    pub keywords: Vec<String>,
    pub tags: Vec<String>,
    /// The avatar's face while it answers.
    pub expression: Option<Expression>,
    pub gesture: Option<Gesture>,
    /// A person should be offered: the visitor may be in distress.
    pub sensitive: bool,
    /// Ids of articles that a visitor may want next.
    pub related: Vec<String>,
    /// Who keeps it right, and when that was last done (ISO date).
    pub owner: String,
    pub reviewed: String,
    /// What the avatar says: plain text, one paragraph.
    pub spoken: String,
    /// Markdown for the screen: steps and notes. May be empty.
    pub detail: String,
    /// Markdown for those who know the subject.
    pub experts: Option<String>,
    /// The same, and the link of the front matter, as a screen shows them.
    pub card: Card,
}

/// What is wrong with an article's text, and in which line (from 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub line: usize,
    pub what: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontMatter {
    id: String,
    title: String,
    questions: Vec<String>,
    keywords: Vec<String>,
    #[serde(default)]
    tags: Vec<String>,
    expression: Option<Expression>,
    gesture: Option<Gesture>,
    #[serde(default)]
    sensitive: bool,
    #[serde(default)]
    related: Vec<String>,
    #[serde(default)]
    owner: String,
    #[serde(default)]
    reviewed: String,
    link: Option<Link>,
}

const FENCE: &str = "+++";

impl Article {
    /// Whether this is small talk (a greeting, thanks, yes and no), which is never a suggestion.
    pub fn is_small_talk(&self) -> bool {
        self.tags.iter().any(|tag| tag == "smalltalk")
    }

    /// Whether it should have a part for experts: not with any of [`NO_EXPERTS_TAGS`].
    pub(super) fn needs_experts(&self) -> bool {
        !self.tags.iter().any(|tag| NO_EXPERTS_TAGS.contains(&tag.as_str()))
    }

    /// Reads one article from the text of its file.
    pub(super) fn parse(text: &str, language: Language) -> Result<Self, Fault> {
        let (front, body, body_line) = split(text)?;
        let front: FrontMatter = toml::from_str(front).map_err(|error| {
            let before = error.span().and_then(|span| front.get(..span.start)).unwrap_or_default();
            Fault { line: 2 + before.matches('\n').count(), what: quote(error.message()) }
        })?;
        let (spoken, rest) = first_paragraph(body);
        if spoken.is_empty() {
            return Err(Fault {
                line: body_line,
                what: "the spoken answer is missing: begin the text with a paragraph that the avatar can say"
                    .into(),
            });
        }
        let (detail, experts) = match rest.split_once(experts_heading(language)) {
            Some((detail, experts)) => (detail, Some(experts.trim().to_owned())),
            None => (rest, None),
        };
        let card = Card {
            title: front.title.clone(),
            lines: lines(detail),
            experts: experts.as_deref().map(lines).unwrap_or_default(),
            link: front.link,
        };
        Ok(Self {
            id: front.id,
            language,
            title: front.title,
            questions: front.questions,
            keywords: front.keywords,
            tags: front.tags,
            expression: front.expression,
            gesture: front.gesture,
            sensitive: front.sensitive,
            related: front.related,
            owner: front.owner,
            reviewed: front.reviewed,
            spoken,
            detail: detail.trim().to_owned(),
            experts,
            card,
        })
    }
}

/// The heading of the part for experts.
pub(super) const fn experts_heading(language: Language) -> &'static str {
    match language {
        Language::En => EXPERTS_EN,
        Language::Zh => EXPERTS_ZH,
    }
}

/// Front matter, body, and the line in which the body begins.
fn split(text: &str) -> Result<(&str, &str, usize), Fault> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let no_front = || Fault {
        line: 1,
        what: format!("the front matter is missing: put it between two `{FENCE}` lines"),
    };
    let (first, rest) = text.split_once('\n').ok_or_else(no_front)?;
    if first.trim_end() != FENCE {
        return Err(no_front());
    }
    let mut start = 0;
    for (number, line) in rest.split_inclusive('\n').enumerate() {
        if line.trim_end() == FENCE {
            let front = rest.get(..start).unwrap_or_default();
            let body = rest.get(start + line.len()..).unwrap_or_default();
            return Ok((front, body, number + 3));
        }
        start += line.len();
    }
    Err(Fault { line: 1, what: format!("the front matter has no end: close it with a line `{FENCE}`") })
}

/// The first paragraph as plain text, and the Markdown behind it. Empty when the text begins with anything else.
fn first_paragraph(body: &str) -> (String, &str) {
    let mut spoken = String::new();
    for (event, range) in Parser::new(body).into_offset_iter() {
        match event {
            Event::Start(Tag::Paragraph) => {}
            // An entity can be a line end or worse.
            Event::Text(text) | Event::Code(text) => {
                spoken.extend(text.chars().map(|c| if c.is_control() { ' ' } else { c }));
            }
            Event::SoftBreak | Event::HardBreak => spoken.push(' '),
            Event::End(TagEnd::Paragraph) => {
                return (spoken.trim().to_owned(), body.get(range.end..).unwrap_or_default());
            }
            Event::Start(Tag::Emphasis | Tag::Strong | Tag::Link { .. })
            | Event::End(TagEnd::Emphasis | TagEnd::Strong | TagEnd::Link) => {}
            _ => break,
        }
    }
    (String::new(), body)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "+++\nid = \"a\"\ntitle = \"A\"\nquestions = [\"what is a\"]\nkeywords = [\"a\"]\n\
                        gesture = \"nod\"\n+++\n\nSay *this*\naloud.\n\n1. Step\n\n## For experts\n\nDeep.\n";

    #[test]
    fn the_first_paragraph_is_spoken_and_the_rest_is_shown() {
        let article = Article::parse(GOOD, Language::En).unwrap();
        assert_eq!(article.spoken, "Say this aloud.");
        assert_eq!(article.detail, "1. Step");
        assert_eq!(article.experts.as_deref(), Some("Deep."));
        assert_eq!(article.gesture, Some(Gesture::Nod));
        assert!(!article.sensitive);
    }

    #[test]
    fn a_fault_names_its_line() {
        let fault = Article::parse(&GOOD.replace("gesture", "guesture"), Language::En).unwrap_err();
        assert_eq!(fault.line, 6, "{fault:?}");
        assert!(fault.what.contains("guesture"), "{fault:?}");
        let fault = Article::parse(&GOOD.replace("\"nod\"", "\"nood\""), Language::En).unwrap_err();
        assert_eq!(fault.line, 6, "{fault:?}");
        assert_eq!(Article::parse("no front matter", Language::En).unwrap_err().line, 1);
        assert!(Article::parse("+++\nid = 1\n", Language::En).unwrap_err().what.contains("no end"));
    }

    #[test]
    fn a_text_that_begins_with_a_list_has_no_spoken_answer() {
        let fault =
            Article::parse(&GOOD.replace("Say *this*\naloud.", "- a list"), Language::En).unwrap_err();
        assert_eq!(fault.line, 8);
        assert!(fault.what.contains("spoken answer is missing"));
        let text = GOOD.replace("*this*", "this&#10;&#27;");
        assert_eq!(Article::parse(&text, Language::En).unwrap().spoken, "Say this   aloud.");
        // Nothing but a space can be seen or said of these.
        for silent in ["` `", "&#32;", "&nbsp;"] {
            let text = GOOD.replace("Say *this*\naloud.", silent);
            let fault = Article::parse(&text, Language::En).unwrap_err();
            assert!(fault.what.contains("spoken answer is missing"), "{silent}");
        }
    }

    #[test]
    fn a_link_is_checked_where_it_stands() {
        let with = |link: &str| {
            Article::parse(&GOOD.replace("gesture", &format!("link = {link:?}\ngesture")), Language::En)
        };
        let article = with("https://example.org/a").unwrap();
        assert_eq!(article.card.link.as_ref().map(Link::address), Some("https://example.org/a"));
        assert_eq!(Article::parse(GOOD, Language::En).unwrap().card.link, None);
        for (wrong, what) in [
            ("http://example.org", "does not begin with `https://`"),
            ("https://nowhere", "no host"),
            ("https://example.org/a b", "` `"),
            (&format!("https://example.org/{}", "x".repeat(200)), "use a shorter address"),
        ] {
            let fault = with(wrong).unwrap_err();
            assert_eq!(fault.line, 6, "{fault:?}");
            assert!(fault.what.contains(what), "{fault:?}");
        }
    }

    #[test]
    fn a_fault_is_one_line() {
        let fault = Article::parse(&GOOD.replace("gesture", "\"a\\nb\""), Language::En).unwrap_err();
        assert!(fault.what.contains("a b") && !fault.what.contains(char::is_control), "{fault:?}");
    }
}
