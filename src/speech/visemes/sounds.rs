//! What the mouth does for a phoneme, from its name in the International Phonetic Alphabet.

/// A sound as far as the mouth and its place in the sound are concerned. A diphthong is two of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sound {
    /// A pause, which may be missing.
    Pause,
    /// Vowels by their shape, and schwa, which has none.
    Aa,
    Ih,
    Ou,
    Ee,
    Oh,
    Schwa,
    /// Lips together: without voice (p), with voice (b), a nasal (m).
    P,
    B,
    M,
    /// Other nasals.
    N,
    /// f, v: lip under teeth.
    Teeth,
    /// s and the like.
    Hiss,
    /// t, k and what begins with them; then d and g.
    Stop,
    Soft,
    /// w, j, and l and r.
    W,
    J,
    Liquid,
}

impl Sound {
    /// The sounds of one phoneme; none of stress marks, tones and what is unknown.
    pub fn of_ipa(ipa: &str) -> Vec<Self> {
        let letters: Vec<char> = ipa.chars().filter(|c| c.is_alphabetic() && !is_mark(*c)).collect();
        let Some(first) = letters.first() else { return Vec::new() };
        if vowel(*first).is_none() {
            return consonant(*first, ipa).into_iter().collect();
        }
        let mut sounds: Vec<Self> = Vec::new();
        let last = letters.len() - 1;
        for (i, letter) in letters.iter().enumerate() {
            // espeak-ng writes a Chinese tone as "ɜ".
            let tone = *letter == 'ɜ' && i == last && i > 0;
            let sound = if tone { None } else { vowel(*letter).or_else(|| consonant(*letter, "")) };
            sounds.extend(sound.filter(|sound| sounds.last() != Some(sound)));
        }
        sounds
    }

    /// How long it usually lasts beside others, in milliseconds; `alone`: not a part of a diphthong.
    pub fn usual_ms(self, alone: bool) -> f32 {
        match self {
            Self::Pause => 0.0,
            Self::Aa | Self::Ih | Self::Ou | Self::Ee | Self::Oh if alone => 130.0,
            Self::Aa | Self::Ih | Self::Ou | Self::Ee | Self::Oh => 75.0,
            Self::P | Self::Stop => 85.0,
            Self::Hiss | Self::Teeth => 90.0,
            Self::M => 70.0,
            Self::B => 65.0,
            Self::Schwa | Self::N | Self::Soft | Self::W | Self::Liquid => 60.0,
            Self::J => 50.0,
        }
    }

    /// Lips that have to meet.
    pub fn shuts(self) -> bool {
        matches!(self, Self::P | Self::B | Self::M)
    }

    /// The mouth for it: `aa ih ou ee oh`.
    pub fn shape(self) -> [f32; 5] {
        match self {
            Self::Pause | Self::P | Self::B | Self::M => [0.0; 5],
            Self::Aa => [1.0, 0.0, 0.0, 0.0, 0.0],
            Self::Ih => [0.0, 1.0, 0.0, 0.0, 0.0],
            Self::Ou => [0.0, 0.0, 1.0, 0.0, 0.0],
            Self::Ee => [0.0, 0.0, 0.0, 1.0, 0.0],
            Self::Oh => [0.0, 0.0, 0.0, 0.0, 1.0],
            Self::Schwa => [0.25, 0.0, 0.0, 0.2, 0.0],
            Self::N => [0.0, 0.25, 0.0, 0.0, 0.0],
            Self::Teeth => [0.0, 0.1, 0.0, 0.0, 0.0],
            Self::Hiss | Self::Stop | Self::Soft => [0.0, 0.3, 0.0, 0.0, 0.0],
            Self::W => [0.0, 0.0, 0.6, 0.0, 0.0],
            Self::J => [0.0, 0.6, 0.0, 0.0, 0.0],
            Self::Liquid => [0.1, 0.2, 0.0, 0.0, 0.0],
        }
    }
}

/// Letters that change another one and make no sound of their own.
fn is_mark(c: char) -> bool {
    matches!(c, 'ˈ' | 'ˌ' | 'ː' | 'ˑ' | 'ʰ' | 'ʲ' | 'ʷ' | 'ˠ' | 'ˤ' | '\u{300}'..='\u{36f}')
}

fn vowel(c: char) -> Option<Sound> {
    Some(match c {
        'a' | 'ɑ' | 'ʌ' | 'ɐ' | 'æ' => Sound::Aa,
        'i' | 'ɪ' | 'ᵻ' | 'ɨ' => Sound::Ih,
        'u' | 'ʊ' | 'ʉ' | 'y' | 'ʏ' => Sound::Ou,
        'e' | 'ɛ' => Sound::Ee,
        'o' | 'ɔ' | 'ɒ' | 'ø' | 'œ' => Sound::Oh,
        'ə' | 'ɚ' | 'ɜ' | 'ɝ' | 'ɤ' => Sound::Schwa,
        _ => return None,
    })
}

fn consonant(c: char, ipa: &str) -> Option<Sound> {
    Some(match c {
        'p' => Sound::P,
        'b' => Sound::B,
        'm' => Sound::M,
        'n' | 'ŋ' | 'ɲ' | 'ɳ' => Sound::N,
        'f' | 'v' => Sound::Teeth,
        's' | 'z' | 'ʃ' | 'ʒ' | 'θ' | 'h' | 'ɦ' | 'ç' | 'x' | 'χ' | 'ɕ' | 'ʂ' | 'ʐ' => Sound::Hiss,
        // With a hiss after it.
        'd' if ipa.contains(['ʒ', 'z']) => Sound::Stop,
        't' | 'k' | 'c' | 'q' | 'ʔ' | 'ʈ' => Sound::Stop,
        'd' | 'g' | 'ɡ' | 'ð' | 'ɖ' => Sound::Soft,
        'w' => Sound::W,
        'j' | 'ɥ' => Sound::J,
        'l' | 'r' | 'ɹ' | 'ɾ' | 'ɫ' | 'ɻ' | 'ʁ' => Sound::Liquid,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phonemes_of_both_languages_are_known() {
        let of = |names: &str| names.split(' ').flat_map(Sound::of_ipa).collect::<Vec<_>>();
        use Sound::*;
        assert_eq!(of("m ˈaɪ b ˌeɪ"), [M, Aa, Ih, B, Ee, Ih]);
        assert_eq!(of("ph ˈɑu2 tɕh ˈiɛɜ n χ uei5"), [P, Aa, Ou, Stop, Ih, Ee, N, Hiss, Ou, Ee, Ih]);
        assert_eq!(
            of("w ˈɜː l d z dʒ əl n̩ ˈaɪɚ"),
            [W, Schwa, Liquid, Soft, Hiss, Stop, Schwa, Liquid, N, Aa, Ih, Schwa]
        );
        assert_eq!(of("ˈ 5 | _ "), []);
    }

    #[test]
    fn only_lips_shut_the_mouth() {
        let shut = "p b m".split(' ').flat_map(Sound::of_ipa).collect::<Vec<_>>();
        assert!(shut.iter().all(|s| s.shuts() && s.shape() == [0.0; 5]));
        assert!(
            "n t f w a ə l".split(' ').flat_map(Sound::of_ipa).all(|s| !s.shuts() && s.shape() != [0.0; 5])
        );
    }
}
