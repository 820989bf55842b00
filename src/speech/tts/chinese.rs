//! Chinese for an engine that reads pinyin: splits a text into Chinese and foreign runs and spells the Chinese ones.

use pinyin::ToPinyin;

/// A stretch of a text in one script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Run {
    /// Pinyin with tone numbers, 5 for the neutral tone: "ni3 hao3".
    Pinyin(String),
    /// Words in Latin letters, to be spoken by an English voice.
    Latin(String),
}

/// Words whose characters are read otherwise than alone. The longest that fits is read.
const READINGS: &[(&str, &str)] = &[
    ("银行卡", "yin2 hang2 ka3"),
    ("银行", "yin2 hang2"),
    ("行业", "hang2 ye4"),
    ("音乐", "yin1 yue4"),
    ("重新", "chong2 xin1"),
    ("重复", "chong2 fu4"),
    ("重置", "chong2 zhi4"),
    ("重要", "zhong4 yao4"),
    ("还是", "hai2 shi4"),
    ("还有", "hai2 you3"),
    ("还没", "hai2 mei2"),
    ("还能", "hai2 neng2"),
    ("还要", "hai2 yao4"),
    ("还会", "hai2 hui4"),
    ("还可以", "hai2 ke3 yi3"),
    ("归还", "gui1 huan2"),
    ("退还", "tui4 huan2"),
    ("还款", "huan2 kuan3"),
    ("还钱", "huan2 qian2"),
    ("还原", "huan2 yuan2"),
    ("返还", "fan3 huan2"),
    ("偿还", "chang2 huan2"),
    ("都是", "dou1 shi4"),
    ("都会", "dou1 hui4"),
    ("都不", "dou1 bu4"),
    ("都可以", "dou1 ke3 yi3"),
    ("了解", "liao3 jie3"),
    ("为了", "wei4 le5"),
    ("为什么", "wei4 shen2 me5"),
    ("因为", "yin1 wei4"),
    ("什么", "shen2 me5"),
    ("怎么", "zen3 me5"),
    ("那么", "na4 me5"),
    ("这么", "zhe4 me5"),
    ("多么", "duo1 me5"),
    ("得到", "de2 dao4"),
    ("获得", "huo4 de2"),
    ("觉得", "jue2 de5"),
    ("记得", "ji4 de5"),
    ("睡觉", "shui4 jiao4"),
    ("目的", "mu4 di4"),
    ("地址", "di4 zhi3"),
    ("地方", "di4 fang5"),
    ("土地", "tu3 di4"),
    ("地块", "di4 kuai4"),
    ("地图", "di4 tu2"),
    ("长度", "chang2 du4"),
    ("长期", "chang2 qi1"),
    ("增长", "zeng1 zhang3"),
    ("数据", "shu4 ju4"),
    ("数字", "shu4 zi4"),
    ("参与", "can1 yu4"),
    ("参加", "can1 jia1"),
    ("差别", "cha1 bie2"),
    ("转账", "zhuan3 zhang4"),
    ("转发", "zhuan3 fa1"),
    ("发行", "fa1 xing2"),
    ("应该", "ying1 gai1"),
    ("应用", "ying4 yong4"),
    ("好处", "hao3 chu4"),
    ("处理", "chu3 li3"),
    ("藏品", "cang2 pin3"),
    ("收藏", "shou1 cang2"),
    ("角色", "jue2 se4"),
    ("调整", "tiao2 zheng3"),
    ("空间", "kong1 jian1"),
    ("便宜", "pian2 yi5"),
    ("方便", "fang1 bian4"),
    ("朋友", "peng2 you5"),
    ("我们", "wo3 men5"),
    ("你们", "ni3 men5"),
    ("他们", "ta1 men5"),
    ("着急", "zhao2 ji2"),
    ("曾经", "ceng2 jing1"),
    ("提供", "ti2 gong1"),
    ("供应", "gong1 ying4"),
    ("相信", "xiang1 xin4"),
    ("假的", "jia3 de5"),
    ("不要", "bu2 yao4"),
    ("不会", "bu2 hui4"),
    ("不是", "bu2 shi4"),
    ("一个", "yi2 ge4"),
    ("一下", "yi2 xia4"),
    ("一些", "yi4 xie1"),
    ("一样", "yi2 yang4"),
    ("一起", "yi4 qi3"),
];

/// Characters that are mostly read with a neutral tone or otherwise than the table says.
fn special(c: char) -> Option<&'static str> {
    Some(match c {
        '的' | '得' => "de5",
        '地' => "de5",
        '了' => "le5",
        '吗' => "ma5",
        '呢' => "ne5",
        '吧' => "ba5",
        '们' => "men5",
        '么' => "me5",
        '着' => "zhe5",
        '还' => "hai2",
        '都' => "dou1",
        '和' => "he2",
        '为' => "wei4",
        '行' => "xing2",
        '长' => "chang2",
        '重' => "zhong4",
        _ => return None,
    })
}

/// The longest word at the beginning of a text.
fn reading(text: &str) -> Option<&'static (&'static str, &'static str)> {
    READINGS.iter().filter(|(word, _)| text.starts_with(word)).max_by_key(|(word, _)| word.len())
}

/// Splits a text into runs. Punctuation belongs to the run before it; what cannot be spoken is left out.
pub fn runs(text: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some((word, reading)) = reading(rest) {
            push_pinyin(&mut runs, reading);
            rest = rest.get(word.len()..).unwrap_or_default();
            continue;
        }
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        if let Some(reading) = special(c) {
            push_pinyin(&mut runs, reading);
        } else if let Some(reading) = c.to_pinyin() {
            let spelled = reading.with_tone_num_end();
            if spelled.ends_with(|d: char| d.is_ascii_digit()) {
                push_pinyin(&mut runs, spelled);
            } else {
                push_pinyin(&mut runs, &format!("{spelled}5"));
            }
        } else if c.is_alphanumeric() || c == '\'' || c == '-' {
            match runs.last_mut() {
                Some(Run::Latin(words)) => words.push(c),
                _ => runs.push(Run::Latin(c.to_string())),
            }
        } else {
            push_mark(&mut runs, c);
        }
    }
    runs.retain(|run| match run {
        Run::Pinyin(s) | Run::Latin(s) => s.chars().any(char::is_alphanumeric),
    });
    for run in &mut runs {
        let (Run::Pinyin(s) | Run::Latin(s)) = run;
        *s = s.trim().to_owned();
    }
    runs
}

fn push_pinyin(runs: &mut Vec<Run>, syllables: &str) {
    match runs.last_mut() {
        Some(Run::Pinyin(s)) => {
            if !s.ends_with(' ') {
                s.push(' ');
            }
            s.push_str(syllables);
        }
        _ => runs.push(Run::Pinyin(syllables.to_owned())),
    }
}

fn push_mark(runs: &mut [Run], c: char) {
    let mark = match c {
        '，' | '、' | '：' | '；' | ',' | ':' | ';' | '—' | '（' | '）' | '(' | ')' => ",",
        '。' | '.' => ".",
        '？' | '?' => "?",
        '！' | '!' => "!",
        _ => " ",
    };
    if let Some(Run::Pinyin(s) | Run::Latin(s)) = runs.last_mut()
        && !(mark == " " && s.ends_with(' '))
        && !(mark == "," && s.ends_with(','))
    {
        s.push_str(mark);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pinyin(s: &str) -> Run {
        Run::Pinyin(s.into())
    }

    #[test]
    fn characters_become_syllables_with_tones() {
        assert_eq!(runs("你好，请问？"), vec![pinyin("ni3 hao3, qing3 wen4?")]);
        assert_eq!(runs("钱包在哪里"), vec![pinyin("qian2 bao1 zai4 na3 li3")]);
    }

    #[test]
    fn every_syllable_has_a_tone_number() {
        for run in runs("我们的助记词丢了，还能找回来吗？请不要把它告诉任何人。绿色的女孩")
        {
            let Run::Pinyin(text) = run else { panic!("no foreign words here") };
            for syllable in text.split([' ', ',', '.', '?']).filter(|s| !s.is_empty()) {
                assert!(syllable.ends_with(|c| ('1'..='5').contains(&c)), "{syllable}");
            }
        }
    }

    #[test]
    fn words_decide_how_a_character_is_read() {
        assert_eq!(runs("银行行吗"), vec![pinyin("yin2 hang2 xing2 ma5")]);
        assert_eq!(runs("重新"), vec![pinyin("chong2 xin1")]);
        assert_eq!(runs("重要"), vec![pinyin("zhong4 yao4")]);
    }

    #[test]
    fn english_words_are_runs_of_their_own() {
        assert_eq!(
            runs("什么是 NFT 收藏品？"),
            vec![pinyin("shen2 me5 shi4"), Run::Latin("NFT".into()), pinyin("shou1 cang2 pin3?")]
        );
        assert_eq!(runs("MetaMask wallet"), vec![Run::Latin("MetaMask wallet".into())]);
        assert_eq!(runs("…… 😀"), vec![]);
    }

    #[test]
    fn the_longest_reading_wins_wherever_it_stands() {
        for (i, (word, syllables)) in READINGS.iter().enumerate() {
            assert_eq!(reading(word).map(|(found, _)| *found), Some(*word));
            assert_eq!(syllables.split(' ').count(), word.chars().count(), "{word}");
            assert!(!READINGS[..i].iter().any(|(before, _)| before == word), "{word} is there twice");
        }
        assert_eq!(runs("还可以"), vec![pinyin("hai2 ke3 yi3")]);
        assert_eq!(runs("还款可以退还"), vec![pinyin("huan2 kuan3 ke3 yi3 tui4 huan2")]);
        assert_eq!(runs("银行卡"), vec![pinyin("yin2 hang2 ka3")]);
    }
}
