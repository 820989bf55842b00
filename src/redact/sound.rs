//! A key of how an English word sounds, so that "abel" is found near "able" and "rite" near "right".
//!
//! Our own rules, made for small speech recognisers: they keep the consonants and the stressed vowel roughly right and
//! write down some ordinary word. Not a pronunciation: only equal keys mean something.

/// Words whose spelling says little about their sound: word, spelled by its sound.
const ODD: [(&str, &str); 23] = [
    ("one", "wun"),
    ("once", "wuns"),
    ("eight", "ayt"),
    ("ate", "ayt"),
    ("two", "too"),
    ("eye", "ie"),
    ("ocean", "oshun"),
    ("busy", "bisy"),
    ("business", "bisnes"),
    ("women", "wimen"),
    ("woman", "wuman"),
    ("people", "peepl"),
    ("island", "iland"),
    ("aisle", "il"),
    ("isle", "il"),
    ("debt", "det"),
    ("doubt", "dout"),
    ("half", "haf"),
    ("calf", "caf"),
    ("could", "cud"),
    ("would", "wud"),
    ("muscle", "musl"),
    ("colonel", "kernel"),
];

/// The sound of a lower-case ASCII word: consonants, and the class of the first vowel. Empty if there is no letter.
pub(super) fn key(word: &str) -> String {
    let word = ODD.iter().find(|(w, _)| *w == word).map_or(word, |(_, s)| s);
    let w: Vec<char> = word.chars().filter(char::is_ascii_lowercase).collect();
    let mut out = String::new();
    let mut vowel = false;
    let mut i = 0;
    while let Some(&c) = w.get(i) {
        let next = w.get(i + 1).copied().unwrap_or(' ');
        let third = w.get(i + 2).copied().unwrap_or(' ');
        let soft = matches!(next, 'e' | 'i' | 'y');
        let last = i + 1 >= w.len();
        let (sound, used) = match (c, next) {
            ('p', 'h') => ("f", 2),
            ('g', 'h') => (if i == 0 { "g" } else { "" }, 2),
            ('k', 'n') | ('g', 'n') | ('p', 'n') if i == 0 => ("n", 2),
            ('w', 'r') if i == 0 => ("r", 2),
            ('p', 's') if i == 0 => ("s", 2),
            ('w', 'h') => ("w", 2),
            ('t', 'c') if third == 'h' => ("C", 3),
            ('c', 'h') => ("C", 2),
            ('c', 'k') => ("k", 2),
            ('s', 'c') if matches!(third, 'e' | 'i' | 'y') => ("s", 2),
            ('s', 'h') => ("S", 2),
            ('t' | 's' | 'c', 'i') if matches!(third, 'o' | 'a') => ("S", 3),
            ('t', 'h') => ("T", 2),
            ('d', 'g') if third == 'e' => ("j", 2),
            ('m', 'b') if i + 2 >= w.len() => ("m", 2),
            ('q', 'u') => ("kw", 2),
            ('c', _) => (if soft { "s" } else { "k" }, 1),
            ('g', _) => (if soft && i > 0 { "j" } else { "g" }, 1),
            ('q', _) => ("k", 1),
            ('x', _) => (if i == 0 { "z" } else { "ks" }, 1),
            ('h', _) => (if i == 0 { "h" } else { "" }, 1),
            ('w', _) => (if i == 0 { "w" } else { "" }, 1),
            ('y', _) if i == 0 => ("y", 1),
            ('e', _) if last && i > 1 => ("", 1),
            ('a' | 'e' | 'i' | 'o' | 'u' | 'y', _) => {
                let class = if vowel { "" } else { class(c, next, third) };
                vowel = true;
                let mut used = 1;
                while matches!(w.get(i + used), Some('a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'w')) {
                    used += 1;
                }
                (class, used)
            }
            ('b', _) => ("b", 1),
            ('d', _) => ("d", 1),
            ('f', _) => ("f", 1),
            ('j', _) => ("j", 1),
            ('k', _) => ("k", 1),
            ('l', 'k') if third == ' ' => ("k", 2),
            ('l', _) => ("l", 1),
            ('m', _) => ("m", 1),
            ('n', _) => ("n", 1),
            ('p', _) => ("p", 1),
            ('r', _) => ("r", 1),
            ('s', _) => ("s", 1),
            ('t', _) => ("t", 1),
            ('v', _) => ("v", 1),
            ('z', _) => ("z", 1),
            _ => ("", 1),
        };
        for s in sound.chars() {
            if !out.ends_with(s) {
                out.push(s);
            }
        }
        i += used;
    }
    out
}

/// The class of a vowel: open (A), front (E) or back (O).
fn class(c: char, next: char, third: char) -> &'static str {
    match (c, next, third) {
        ('a', 'u' | 'w', _) => "O",
        ('a', ..) => "A",
        ('e', 'i', 'g' | 'n') | ('e', 'y', _) => "A",
        ('e', 'w' | 'u', _) => "O",
        ('e' | 'i' | 'y', ..) => "E",
        _ => "O",
    }
}

/// The key without voicing and vowels: p and b, t and d, k and g, f and v, s and z sound alike in a noisy hall.
/// Nothing for fewer than three consonants: too many words would share it.
pub(super) fn loose(key: &str) -> Option<String> {
    let mut out = String::new();
    for c in key.chars() {
        let c = match c {
            'b' => 'p',
            'd' | 'T' => 't',
            'g' => 'k',
            'v' => 'f',
            'z' => 's',
            'C' | 'j' => 'S',
            'm' => 'n',
            'A' | 'E' | 'O' => continue,
            c => c,
        };
        if !out.ends_with(c) {
            out.push(c);
        }
    }
    (out.len() >= 3).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn homophones_share_a_key() {
        for (a, b) in [
            ("able", "abel"),
            ("sea", "see"),
            ("right", "rite"),
            ("write", "right"),
            ("night", "knight"),
            ("flower", "flour"),
            ("son", "sun"),
            ("sail", "sale"),
            ("meat", "meet"),
            ("piece", "peace"),
            ("whether", "weather"),
            ("one", "won"),
            ("ceiling", "sealing"),
            ("phone", "fone"),
            ("pair", "pare"),
            ("muscle", "mussel"),
            ("debt", "det"),
        ] {
            assert_eq!(key(a), key(b), "{a} {b}");
        }
    }

    #[test]
    fn different_words_differ() {
        for (a, b) in [("abandon", "ability"), ("zoo", "zone"), ("cat", "dog"), ("pay", "pea")] {
            assert_ne!(key(a), key(b), "{a} {b}");
        }
        assert_eq!(loose(&key("pandit")), loose(&key("bandit")));
        assert_eq!(loose(&key("sea")), None);
    }
}
