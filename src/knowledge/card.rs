//! An article as a screen shows it: steps with their numbers, points, notes, and a link. No marks of Markdown are left.

use pulldown_cmark::{CowStr, Event, Parser, Tag, TagEnd};

use super::link::Link;

/// One line of a card; on a narrow screen it takes several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    Heading(String),
    /// An item of a numbered list, with the number that the article gives it.
    Step {
        number: u64,
        text: String,
    },
    /// An item of a list without numbers.
    Point(String),
    /// A paragraph of its own, or a further one of an item.
    Note(String),
}

impl Line {
    /// Its words: never empty.
    pub fn text(&self) -> &str {
        match self {
            Self::Heading(text) | Self::Step { text, .. } | Self::Point(text) | Self::Note(text) => text,
        }
    }
}

/// What is shown of an article beside its spoken answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    pub title: String,
    /// In the article's order.
    pub lines: Vec<Line>,
    /// For those who know the subject.
    pub experts: Vec<Line>,
    /// Where more is to be read.
    pub link: Option<Link>,
}

impl Card {
    /// Whether there is nothing to show to everybody.
    pub const fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.link.is_none()
    }
}

/// The lines of a Markdown text. All of its words are in them, also the addresses of links.
pub(super) fn lines(markdown: &str) -> Vec<Line> {
    let mut reader = Reader::default();
    for event in Parser::new(markdown) {
        reader.take(event);
    }
    reader.end_line();
    reader.lines
}

/// What the next words are.
#[derive(Debug, Default, Clone, Copy)]
enum Kind {
    #[default]
    Note,
    Heading,
    Point,
    Step(u64),
}

#[derive(Debug, Default)]
struct Reader<'a> {
    lines: Vec<Line>,
    text: String,
    kind: Kind,
    /// The lists that are open, outermost first: the number of the next item, where they have numbers.
    lists: Vec<Option<u64>>,
    /// The links that are open: where in the text their words begin, and where they lead.
    links: Vec<(usize, CowStr<'a>)>,
}

impl<'a> Reader<'a> {
    fn take(&mut self, event: Event<'a>) {
        match event {
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
                self.add(&text)
            }
            // Chinese has no spaces between words.
            Event::SoftBreak | Event::HardBreak if self.text.ends_with(|c| c >= '\u{2e80}') => {}
            Event::SoftBreak | Event::HardBreak => self.text.push(' '),
            Event::Start(Tag::Emphasis | Tag::Strong | Tag::Image { .. })
            | Event::End(TagEnd::Emphasis | TagEnd::Strong | TagEnd::Image) => {}
            Event::Start(Tag::Link { dest_url, .. }) => self.links.push((self.text.len(), dest_url)),
            Event::End(TagEnd::Link) => self.end_link(),
            Event::Start(Tag::List(first)) => {
                self.end_line();
                self.lists.push(first);
            }
            Event::End(TagEnd::List(_)) => {
                self.end_line();
                self.lists.pop();
            }
            Event::Start(Tag::Item) => {
                self.end_line();
                self.kind = self.next_item();
            }
            Event::Start(Tag::Heading { .. }) => {
                self.end_line();
                self.kind = Kind::Heading;
            }
            Event::End(TagEnd::Item | TagEnd::Heading(_)) => {
                self.end_line();
                self.kind = Kind::Note;
            }
            // Paragraphs, quotations, code, rules.
            _ => self.end_line(),
        }
    }

    /// An entity can be a line end or worse.
    fn add(&mut self, text: &str) {
        self.text.extend(text.chars().map(|c| if c.is_control() { ' ' } else { c }));
    }

    fn next_item(&mut self) -> Kind {
        match self.lists.last_mut() {
            Some(Some(next)) => {
                let number = *next;
                *next = number.saturating_add(1);
                Kind::Step(number)
            }
            _ => Kind::Point,
        }
    }

    /// Nobody can press a link on a card, so its address is shown; a bare one already is.
    fn end_link(&mut self) {
        let Some((from, address)) = self.links.pop() else { return };
        if !address.is_empty() && self.text.get(from..) != Some(&*address) {
            self.add(" (");
            self.add(&address);
            self.add(")");
        }
    }

    /// Ends the line, if there is one. The kind waits for the first words: those of an item may stand in a paragraph.
    fn end_line(&mut self) {
        let text = std::mem::take(&mut self.text).trim().to_owned();
        if text.is_empty() {
            return;
        }
        self.lines.push(match std::mem::take(&mut self.kind) {
            Kind::Note => Line::Note(text),
            Kind::Heading => Line::Heading(text),
            Kind::Point => Line::Point(text),
            Kind::Step(number) => Line::Step { number, text },
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One line each: its mark, then its words.
    fn read(markdown: &str) -> Vec<String> {
        let told = |line: &Line| match line {
            Line::Heading(text) => format!("# {text}"),
            Line::Step { number, text } => format!("{number} {text}"),
            Line::Point(text) => format!("- {text}"),
            Line::Note(text) => format!("= {text}"),
        };
        lines(markdown).iter().map(told).collect()
    }

    #[test]
    fn a_numbered_list_becomes_steps_and_the_rest_notes() {
        let text = "Before.\n\n1. Open **Map**.\n2. Press `Buy`\n   twice.\n\nAfter *that*.\n\n- A point\n";
        assert_eq!(
            read(text),
            ["= Before.", "1 Open Map.", "2 Press Buy twice.", "= After that.", "- A point"]
        );
        assert_eq!(read("第一行\n第二行"), ["= 第一行第二行"]);
        assert_eq!(read(""), Vec::<String>::new());
    }

    #[test]
    fn numbers_are_those_of_the_article() {
        assert_eq!(read("3. c\n4. d"), ["3 c", "4 d"]);
        assert_eq!(read("1. a\n\n   more\n\n2. b"), ["1 a", "= more", "2 b"]);
        assert_eq!(read("1. a\n   - inner\n   - other\n2. b"), ["1 a", "- inner", "- other", "2 b"]);
        assert_eq!(read("1. a\n   1. x\n   2. y\n2. b"), ["1 a", "1 x", "2 y", "2 b"]);
        // An item without words leaves its number to nobody.
        assert_eq!(read("1.\n2. b\n\nafter"), ["2 b", "= after"]);
        assert_eq!(read("1.\n\nafter"), ["= after"]);
        assert_eq!(read("999999999. a\n1. b"), ["999999999 a", "1000000000 b"]);
    }

    #[test]
    fn no_words_are_lost_and_no_marks_are_left() {
        assert_eq!(read("## Head\n> quoted\n\n---\n\n    code"), ["# Head", "= quoted", "= code"]);
        assert_eq!(
            read("See [the page](https://example.org/x)."),
            ["= See the page (https://example.org/x)."]
        );
        assert_eq!(read("See <https://example.org>."), ["= See https://example.org."]);
        assert_eq!(read("![a lift](lift.png) here"), ["= a lift here"]);
        assert_eq!(read("Send to <address>.\n\n<b>bold</b>"), ["= Send to <address>.", "= <b>bold</b>"]);
        assert_eq!(read("a&#10;&#27;b &amp; c"), ["= a  b & c"]);
    }
}
