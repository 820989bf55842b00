//! The knowledge base: load, index, search, evaluate.
//!
//! Articles are Markdown files with front matter, `DIR/en/*.md` and `DIR/zh/*.md`, the same ids in both languages;
//! `DIR/synonyms.toml` holds words that mean the same. The host edits them; nothing is compiled in.
//!
//! The search ranks by three views of the same question: BM25F over the fields of an article, the likeness to the
//! nearest phrasing that an article lists, and character trigrams, which survive misheard words. The crate `bm25`
//! was considered and left: it scores one text per document without fields, has no fuzzy matching and no Chinese
//! segmentation, and gives no upper bound of a score, which is what the confidence is made of. With some seventy
//! articles of a page each a full-text library would likewise bring more code than it saves.

mod analyze;
mod article;
mod card;
mod cases;
mod check;
mod decide;
mod evaluate;
#[cfg(test)]
mod fit;
mod fuzzy;
mod index;
mod link;
mod load;
mod mishear;
mod modules;
mod search;
mod synonyms;

pub use article::Article;
pub use card::{Card, Line};
pub use cases::{CASES_MAX, CasesError, cases};
pub use check::{Finding, SPOKEN_MAX_CHARS_ZH, SPOKEN_MAX_WORDS_EN, check};
pub use decide::{CANDIDATES_MAX, Decision};
pub use evaluate::{Case, Failure, Report, Verdict, evaluate};
pub use link::{LINK_MAX_BYTES, Link, LinkError};
pub use load::{ARTICLE_MAX_BYTES, ARTICLES_MAX, KnowledgeBase, LoadError};
pub use mishear::{Dice, Recogniser};
pub use modules::Modules;
pub use search::{HITS_MAX, Hit, QUERY_MAX_CHARS, Ranked};
