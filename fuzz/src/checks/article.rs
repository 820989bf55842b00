//! Articles: a knowledge base of one article, in both languages, loaded from files as the program does.

use std::fmt::Write as _;
use std::path::Path;

use avatardesk::conversation::Language;
use avatardesk::knowledge::{ARTICLE_MAX_BYTES, Article, KnowledgeBase, LoadError, check as findings_of};

use super::{Law, hold, place, question, sentence};

/// So many of an article's own questions are asked.
const ASKED: usize = 3;

pub fn check(data: &[u8], folder: &Path) -> Law {
    let base = match load(data, folder)? {
        Ok(base) => base,
        Err(error) => return told(data, &error),
    };
    for language in [Language::En, Language::Zh] {
        let [article] = base.articles(language) else { return Err("one file is not one article".into()) };
        laws(data.len(), article)?;
        for asked in article.questions.iter().take(ASKED).chain([&article.title]) {
            question::laws(&base, language, &base.search(asked, language))?;
        }
    }
    for finding in findings_of(folder).map_err(|e| format!("loaded once, but not again: {e}"))? {
        sentence(&finding.what)?;
    }
    let before = base.articles(Language::En).to_vec();
    for article in before {
        returns(&article, folder)?;
    }
    Ok(())
}

fn load(data: &[u8], folder: &Path) -> Result<Result<KnowledgeBase, LoadError>, String> {
    for language in ["en", "zh"] {
        let dir = folder.join(language);
        std::fs::create_dir_all(&dir)
            .and_then(|()| std::fs::write(dir.join("a.md"), data))
            .map_err(|e| format!("no room to work in: {e}"))?;
    }
    Ok(KnowledgeBase::load(folder))
}

/// An error is about what is wrong with this file, and names its line.
pub fn told(data: &[u8], error: &LoadError) -> Law {
    sentence(&error.to_string())?;
    match (error, std::str::from_utf8(data)) {
        (LoadError::Text { line, what, .. }, Ok(text)) => place(text, *line, 1).and_then(|()| sentence(what)),
        (LoadError::Read { .. }, Err(_)) => Ok(()),
        (LoadError::TooMuch { .. }, _) if data.len() as u64 > ARTICLE_MAX_BYTES => Ok(()),
        _ => Err(format!("nothing is wrong with that: {error}")),
    }
}

/// An article can be said in one breath and shown without its edges, and is not longer than its file.
pub fn laws(bytes: usize, article: &Article) -> Law {
    hold!(!article.spoken.trim().is_empty(), "the avatar has nothing to say");
    hold!(!article.spoken.contains(char::is_control), "nobody can say {:?}", article.spoken);
    let experts = article.experts.as_deref().unwrap_or_default();
    for text in [article.spoken.as_str(), article.detail.as_str(), experts] {
        hold!(text == text.trim(), "{text:?} has an edge");
    }
    for line in article.card.lines.iter().chain(&article.card.experts) {
        let text = line.text();
        hold!(!text.is_empty() && text == text.trim(), "{text:?} is nothing to read");
        hold!(!text.contains(char::is_control), "nobody can read {text:?}");
    }
    let length = article.spoken.len() + article.detail.len() + experts.len();
    hold!(length <= 4 * bytes, "{bytes} bytes became {length}");
    Ok(())
}

/// An article that is written and loaded again is the same; what is spoken may be written in several ways.
fn returns(article: &Article, folder: &Path) -> Law {
    let written = write(article);
    let again = match load(written.as_bytes(), folder)? {
        Ok(base) => base.articles(article.language).first().cloned(),
        Err(LoadError::TooMuch { .. }) => return Ok(()),
        Err(error) => return Err(format!("what was written cannot be read: {error}: {written}")),
    };
    let before = Article { spoken: SPOKEN.to_owned(), ..article.clone() };
    hold!(again.as_ref() == Some(&before), "{before:?} came back as {again:?}");
    Ok(())
}

const SPOKEN: &str = "Hello.";

fn write(article: &Article) -> String {
    let list = |texts: &[String]| texts.iter().map(|t| quoted(t)).collect::<Vec<_>>().join(", ");
    let mut text = format!("+++\nid = {}\ntitle = {}\n", quoted(&article.id), quoted(&article.title));
    for (name, texts) in [
        ("questions", &article.questions),
        ("keywords", &article.keywords),
        ("tags", &article.tags),
        ("related", &article.related),
    ] {
        text += &format!("{name} = [{}]\n", list(texts));
    }
    let owner = (quoted(&article.owner), quoted(&article.reviewed));
    text += &format!("sensitive = {}\nowner = {}\nreviewed = {}\n", article.sensitive, owner.0, owner.1);
    // The names are those of JSON.
    let name = |value: Result<String, serde_json::Error>| value.unwrap_or_default();
    if let Some(expression) = &article.expression {
        text += &format!("expression = {}\n", name(serde_json::to_string(expression)));
    }
    if let Some(gesture) = &article.gesture {
        text += &format!("gesture = {}\n", name(serde_json::to_string(gesture)));
    }
    if let Some(link) = &article.card.link {
        text += &format!("link = {}\n", quoted(link.address()));
    }
    text += &format!("+++\n\n{SPOKEN}\n\n{}\n\n", article.detail);
    if let Some(experts) = &article.experts {
        let heading = if article.language == Language::En { "## For experts" } else { "## 进阶说明" };
        text += &format!("{heading}\n\n{experts}\n");
    }
    text
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        if c.is_control() || matches!(c, '"' | '\\') {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out.push('"');
    out
}
