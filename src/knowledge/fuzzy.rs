//! Likeness of words by letters and by sound: "seat" and "seed", "wall it" and "wallet".

use strsim::{jaro_winkler, normalized_damerau_levenshtein};

/// Below this likeness (0 to 1) two words have nothing to do with each other.
const LIKE_MIN: f64 = 0.74;
/// Shorter words are too alike by chance.
const LENGTH_MIN: usize = 3;
/// So many letters may be in one of two words only.
const LETTERS_OTHER_MAX: u32 = 4;
/// How many neighbours of a word are kept.
const NEIGHBOURS_MAX: usize = 3;

/// A word of the vocabulary with what is compared.
#[derive(Debug, Clone)]
pub struct Spelling {
    pub text: String,
    pub key: String,
    pub id: usize,
    /// Which letters it has, a bit each: words with other letters need no closer look.
    letters: u32,
}

impl Spelling {
    pub fn new(text: &str, id: usize) -> Self {
        Self { text: text.to_owned(), key: sound_key(text), id, letters: letters(text) }
    }
}

/// The nearest words of the vocabulary and their likeness, best first.
pub fn neighbours(word: &str, vocabulary: &[Spelling]) -> Vec<(usize, f32)> {
    let length = word.chars().count();
    if length < LENGTH_MIN || !word.is_ascii() {
        return Vec::new();
    }
    let key = sound_key(word);
    let own = letters(word);
    let mut found: Vec<(usize, f32)> = vocabulary
        .iter()
        .filter(|other| other.text.len() >= LENGTH_MIN && other.text.len().abs_diff(length) <= 3)
        .filter(|other| (own ^ other.letters).count_ones() <= LETTERS_OTHER_MAX && other.text != word)
        .filter_map(|other| {
            let letters = jaro_winkler(word, &other.text);
            let sound = normalized_damerau_levenshtein(&key, &other.key);
            let like = (letters + sound) / 2.0;
            (like >= LIKE_MIN).then_some((other.id, like as f32))
        })
        .collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    found.truncate(NEIGHBOURS_MAX);
    found
}

/// How much a match with a word of this likeness counts, 0 to 1.
pub fn strength(like: f32) -> f32 {
    let over = (like - 0.6) / 0.4;
    (over * over).clamp(0.0, 1.0)
}

fn letters(word: &str) -> u32 {
    word.bytes().filter(u8::is_ascii_lowercase).fold(0, |bits, byte| bits | 1 << (byte - b'a'))
}

/// Consonants by where they are made, vowels as one class: words that sound alike have like keys.
/// The classes follow those of Soundex (Russell 1918), with sibilants and affricates kept apart.
fn sound_key(word: &str) -> String {
    let mut key = String::with_capacity(word.len());
    let folded =
        word.replace("ph", "f").replace("ck", "k").replace("gh", "").replace("wh", "w").replace("kn", "n");
    for c in folded.chars() {
        let class = match c {
            'b' | 'p' => 'p',
            'f' | 'v' => 'f',
            'd' | 't' => 't',
            'g' | 'k' | 'q' | 'c' => 'k',
            's' | 'z' | 'x' => 's',
            'm' | 'n' => 'n',
            'a' | 'e' | 'i' | 'o' | 'u' | 'y' => 'a',
            other => other,
        };
        if !key.ends_with(class) {
            key.push(class);
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearest(word: &str) -> Option<&'static str> {
        const WORDS: &[&str] = &["wallet", "seed", "bridge", "stake", "restroom", "avatar", "phrase"];
        let vocabulary: Vec<_> = WORDS.iter().enumerate().map(|(id, word)| Spelling::new(word, id)).collect();
        neighbours(word, &vocabulary).first().map(|&(id, _)| WORDS[id])
    }

    #[test]
    fn misheard_words_find_what_was_meant() {
        assert_eq!(nearest("wallit"), Some("wallet"));
        assert_eq!(nearest("frase"), Some("phrase"));
        assert_eq!(nearest("seat"), Some("seed"));
        assert_eq!(nearest("avatars"), Some("avatar"));
    }

    #[test]
    fn other_words_find_nothing() {
        assert_eq!(nearest("australia"), None);
        assert_eq!(nearest("chocolate"), None);
        assert_eq!(nearest("it"), None);
    }

    #[test]
    fn the_same_word_counts_in_full() {
        assert!(strength(1.0) > 0.99);
        assert!(strength(0.8) < 0.5 && strength(0.8) > strength(0.7));
    }
}
