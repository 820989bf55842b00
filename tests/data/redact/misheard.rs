//! Phrases as a recogniser gets them wrong.

use std::collections::HashSet;

use bip39::Language;

use super::{BARE_EN, Dice, Planted, TOLD_EN, phrase, plant};

/// Phrases as a small recogniser writes them: every fifth word is the ordinary word that is nearest in sound, by the test's own
/// crude likeness, not by the one of the library.
pub fn misheard(dice: &mut Dice, vocabulary: &[&str], n: usize) -> Vec<Planted> {
    let listed: HashSet<&str> = Language::English.word_list().iter().copied().collect();
    let folded: Vec<String> =
        vocabulary.iter().map(|w| w.to_lowercase()).filter(|w| !listed.contains(w.as_str())).collect();
    let sounds: Vec<(Vec<char>, &String)> = folded.iter().map(|w| (crude(w), w)).collect();
    let mut out = Vec::new();
    for i in 0..n {
        let words = phrase(dice, [12, 12, 24, 18][i % 4]);
        let mut heard = Vec::new();
        for word in &words {
            if dice.below(5) > 0 {
                heard.push(word.clone());
                continue;
            }
            let key = crude(word);
            let mut near: Vec<(usize, &String)> = sounds
                .iter()
                .map(|(k, w)| {
                    (
                        distance(&key, k) * 4
                            + distance(&word.chars().collect::<Vec<_>>(), &w.chars().collect::<Vec<_>>()),
                        *w,
                    )
                })
                .collect();
            near.sort_unstable();
            heard.push(near[dice.below(3)].1.clone());
        }
        let (group, carriers) =
            if i % 2 == 0 { ("misheard, told before", TOLD_EN) } else { ("misheard, nothing said", BARE_EN) };
        // Whatever was said for a word gives the word away: list words and what stands for them count alike.
        let pieces = heard.iter().map(|w| w.to_lowercase()).collect();
        out.push(plant(dice, group, carriers, &heard.join(" "), pieces, false));
    }
    out
}

fn crude(word: &str) -> Vec<char> {
    let mut key = Vec::new();
    for c in word.chars() {
        let c = match c {
            'a' | 'e' | 'i' | 'o' | 'u' | 'y' => 'a',
            'b' | 'p' => 'p',
            'd' | 't' => 't',
            'c' | 'k' | 'q' | 'g' => 'k',
            'f' | 'v' => 'f',
            's' | 'z' | 'x' => 's',
            'm' | 'n' => 'n',
            'h' | 'w' => continue,
            c => c,
        };
        if key.last() != Some(&c) {
            key.push(c);
        }
    }
    key
}

fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut corner = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let here = (corner + usize::from(x != y)).min(row[j] + 1).min(row[j + 1] + 1);
            corner = row[j + 1];
            row[j + 1] = here;
        }
    }
    row[b.len()]
}
