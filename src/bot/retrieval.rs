//! Answers from the knowledge base: the article found, a question back, or a person.

use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};

use super::answerer::{Answerer, Memory, Offer, Piece, Question};
use crate::conversation::{CHOICE_MAX_CHARS, CHOICES_MAX, HandoffReason, Language, Words};
use crate::knowledge::{Article, Decision, KnowledgeBase};
use crate::performance::{Expression, Gesture};
use crate::reply::{Reply, reply};
use crate::texts::{Id, Texts, id};

/// The article that asks for a person.
const PERSON_ARTICLE: &str = "talk-to-person";
/// The article that repeats the last answer.
const REPEAT_ARTICLE: &str = "repeat";
/// After so many questions in a row without an answer the bot offers a person: it asks back once.
const MISSES_MAX: u8 = 2;

/// Answers from a knowledge base.
pub struct Retrieval {
    knowledge: Arc<KnowledgeBase>,
    en: Texts,
    zh: Texts,
}

impl Retrieval {
    pub fn new(knowledge: Arc<KnowledgeBase>) -> Self {
        Self { knowledge, en: Texts::new(Language::En), zh: Texts::new(Language::Zh) }
    }

    /// All pieces of the answer: a search takes less than two milliseconds, so nothing is gained by streaming it.
    pub fn pieces(&self, question: &Question) -> Vec<Piece> {
        let mut memory = question.memory.clone();
        let mut pieces = match memory.offer.take() {
            Some(offer) => self.after_offer(offer, question, &mut memory),
            None => None,
        }
        .unwrap_or_else(|| self.to_question(question, &mut memory));
        if let Some(words) = pieces.iter().rev().find_map(|piece| match piece {
            Piece::Say(words) => Some(words.clone()),
            _ => None,
        }) {
            memory.last = Some(words);
        }
        pieces.push(Piece::Remember(memory));
        pieces
    }

    /// The visitor answers a question of the bot's, or asks something else (`None`).
    fn after_offer(&self, offer: Offer, question: &Question, memory: &mut Memory) -> Option<Vec<Piece>> {
        if let Offer::Articles(ids) = &offer
            && let Some(id) =
                ids.iter().find(|id| self.title(id, question.language) == Some(question.text.trim()))
        {
            return self.article(id, None, question, memory);
        }
        match (offer, reply(&question.text)?) {
            (Offer::Person { reason }, Reply::Yes) => Some(self.fetch_person(reason, question)),
            // "The second one" is no answer to "shall I call a person?".
            (Offer::Person { .. }, Reply::Nth(_)) => None,
            (Offer::Articles(ids), Reply::Yes) => self.article(ids.first()?, None, question, memory),
            (Offer::Articles(ids), Reply::Nth(n)) => self.article(ids.get(n)?, None, question, memory),
            (_, Reply::No) => Some(vec![self.say(question.language, id::BOT_SAY_IT_DIFFERENTLY, None)]),
        }
    }

    fn title(&self, id: &str, language: Language) -> Option<&str> {
        self.knowledge.article(id, language).map(|article| article.title.as_str())
    }

    fn to_question(&self, question: &Question, memory: &mut Memory) -> Vec<Piece> {
        if question.masked {
            // The kiosk has explained why; the rest of the text may still be a question.
            memory.misses = 0;
            return vec![self.say(question.language, id::BOT_SECRET_REMOVED, Some(Expression::Relaxed))];
        }
        let certainty = question.certainty.unwrap_or(1.0);
        match self.knowledge.search_heard(&question.text, question.language, certainty).decision {
            Decision::Answer(hit) => {
                if let Some(pieces) = self.article(&hit.id, Some(hit.confidence), question, memory) {
                    return pieces;
                }
                self.missed(question, memory)
            }
            Decision::AskBack(hits) => {
                memory.misses = memory.misses.saturating_add(1);
                if memory.misses >= MISSES_MAX {
                    return self.offer_person(question, memory);
                }
                self.ask_back(&hits.iter().map(|hit| hit.id.clone()).collect::<Vec<_>>(), question, memory)
            }
            Decision::Nothing => self.missed(question, memory),
        }
    }

    fn article(
        &self,
        id: &str,
        confidence: Option<f32>,
        question: &Question,
        memory: &mut Memory,
    ) -> Option<Vec<Piece>> {
        if id == REPEAT_ARTICLE
            && let Some(last) = memory.last.clone()
        {
            return Some(vec![Piece::Say(last)]);
        }
        let article = self.knowledge.article(id, question.language)?;
        memory.misses = 0;
        let mut pieces = vec![Piece::Say(words_of(article, confidence))];
        let reason = match (id, article.sensitive) {
            (PERSON_ARTICLE, _) => Some(HandoffReason::Asked),
            (_, true) => Some(HandoffReason::Sensitive),
            _ => None,
        };
        if let Some(reason) = reason.filter(|_| !question.person_awaited) {
            pieces.push(handoff(reason, question, &article.title));
        }
        Some(pieces)
    }

    fn ask_back(&self, ids: &[String], question: &Question, memory: &mut Memory) -> Vec<Piece> {
        let found = ids.iter().filter_map(|id| self.knowledge.article(id, question.language));
        let fits = |a: &&Article| !a.title.trim().is_empty() && a.title.chars().count() <= CHOICE_MAX_CHARS;
        let articles: Vec<&Article> = found.filter(fits).take(CHOICES_MAX).collect();
        let texts = self.texts(question.language);
        let choices: Vec<String> = articles.iter().map(|a| a.title.clone()).collect();
        let text = match &choices[..] {
            [] => return self.missed(question, memory),
            [one] => texts.get_with(id::BOT_DID_YOU_MEAN_ONE, &[("first", one.as_str().into())]),
            [one, two] => texts.get_with(
                id::BOT_DID_YOU_MEAN_TWO,
                &[("first", one.as_str().into()), ("second", two.as_str().into())],
            ),
            [one, two, three, ..] => texts.get_with(
                id::BOT_DID_YOU_MEAN_THREE,
                &[
                    ("first", one.as_str().into()),
                    ("second", two.as_str().into()),
                    ("third", three.as_str().into()),
                ],
            ),
        };
        memory.offer = Some(Offer::Articles(articles.iter().map(|a| a.id.clone()).collect()));
        vec![Piece::Say(Words { text, gesture: Some(Gesture::OpenPalms), choices, ..Words::default() })]
    }

    fn missed(&self, question: &Question, memory: &mut Memory) -> Vec<Piece> {
        memory.misses = memory.misses.saturating_add(1);
        if memory.misses >= MISSES_MAX {
            return self.offer_person(question, memory);
        }
        vec![self.say(question.language, id::BOT_NOT_UNDERSTOOD, None)]
    }

    fn offer_person(&self, question: &Question, memory: &mut Memory) -> Vec<Piece> {
        memory.misses = 0;
        if question.person_awaited {
            return vec![self.say(question.language, id::BOT_PERSON_COMING, None)];
        }
        memory.offer = Some(Offer::Person { reason: HandoffReason::NotUnderstood });
        let texts = self.texts(question.language);
        vec![Piece::Say(Words {
            text: texts.get(id::BOT_OFFER_PERSON),
            choices: vec![texts.get(id::BUTTON_YES), texts.get(id::BUTTON_NO)],
            ..Words::default()
        })]
    }

    fn fetch_person(&self, reason: HandoffReason, question: &Question) -> Vec<Piece> {
        vec![
            self.say(question.language, id::BOT_FETCHING_PERSON, Some(Expression::Relaxed)),
            handoff(reason, question, ""),
        ]
    }

    fn say(&self, language: Language, id: Id, expression: Option<Expression>) -> Piece {
        Piece::Say(Words { text: self.texts(language).get(id), expression, ..Words::default() })
    }

    fn texts(&self, language: Language) -> &Texts {
        match language {
            Language::En => &self.en,
            Language::Zh => &self.zh,
        }
    }
}

impl Answerer for Retrieval {
    fn answer(&self, question: Question) -> BoxStream<'static, Piece> {
        stream::iter(self.pieces(&question)).boxed()
    }
}

fn words_of(article: &Article, confidence: Option<f32>) -> Words {
    Words {
        text: article.spoken.clone(),
        article: Some(article.id.clone()),
        confidence,
        expression: article.expression,
        gesture: article.gesture,
        choices: Vec::new(),
    }
}

fn handoff(reason: HandoffReason, question: &Question, title: &str) -> Piece {
    let subject = if title.is_empty() { String::new() } else { format!(" ({title})") };
    Piece::Handoff { reason, summary: format!("{}{subject}", question.text) }
}
