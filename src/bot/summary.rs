//! What a person should know who takes over, in three lines. Pure.

use crate::conversation::{Language, Words};

/// The longest quotation, in characters.
const QUOTED_CHARS: usize = 160;

/// What has happened in a conversation, as far as the next person cares. For agents, so in English.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Story {
    questions: u32,
    question: String,
    /// The last answer to it, and the article that it came from.
    answer: Option<(String, Option<String>)>,
}

impl Story {
    /// The visitor said this.
    pub fn asked(&mut self, text: &str) {
        self.questions = self.questions.saturating_add(1);
        self.question = quoted(text);
        self.answer = None;
    }

    /// The visitor was answered. Of several parts the first says most.
    pub fn answered(&mut self, words: &Words) {
        if self.answer.is_none() {
            self.answer = Some((quoted(&words.text), words.article.clone()));
        }
    }

    /// Three lines; `None` when nothing was asked yet.
    pub fn summary(&self, language: Language) -> Option<String> {
        let language = match language {
            Language::En => "English",
            Language::Zh => "Chinese",
        };
        let count = match self.questions {
            0 => return None,
            1 => "asked once".to_owned(),
            n => format!("asked {n} times"),
        };
        let answer = match &self.answer {
            None => "Not answered yet.".to_owned(),
            Some((text, None)) => format!("Last answer: {text}"),
            Some((text, Some(article))) => format!("Last answer ({article}): {text}"),
        };
        Some(format!(
            "The visitor speaks {language} and has {count}.\nLast question: {}\n{answer}",
            self.question
        ))
    }
}

fn quoted(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut quoted: String = line.chars().take(QUOTED_CHARS).collect();
    if quoted.len() < line.len() {
        quoted.push('…');
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str, article: Option<&str>) -> Words {
        Words { text: text.into(), article: article.map(str::to_owned), ..Words::default() }
    }

    #[test]
    fn a_summary_has_three_lines_whatever_was_said() {
        let mut story = Story::default();
        assert_eq!(story.summary(Language::En), None);
        story.asked("where are\nmy tickets?");
        let lines = |story: &Story| {
            story.summary(Language::Zh).unwrap().lines().map(str::to_owned).collect::<Vec<_>>()
        };
        let first = [
            "The visitor speaks Chinese and has asked once.",
            "Last question: where are my tickets?",
            "Not answered yet.",
        ];
        assert_eq!(lines(&story), first);
        story.answered(&words("In your account.", Some("find-tickets")));
        story.answered(&words("Anything else?", None));
        assert_eq!(lines(&story)[2], "Last answer (find-tickets): In your account.");
        story.asked(&"why? ".repeat(100));
        let last = lines(&story);
        assert!(last[0].ends_with("asked 2 times.") && last[1].ends_with('…') && last.len() == 3, "{last:?}");
        assert!(last[1].chars().count() < 200);
    }
}
