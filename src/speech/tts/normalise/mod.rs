//! Makes a written text speakable: marks, links, addresses, numbers, abbreviations.

mod english;
mod links;
mod mandarin;
mod marks;

/// The text as it should be read aloud in a language ("en" or "zh"; others get what does not depend on it).
pub fn speakable(text: &str, language: &str) -> String {
    let chinese = language == "zh" || language.starts_with("zh-");
    let plain = marks::strip(text);
    let linked = links::speak(&plain, chinese);
    let spoken = if chinese { mandarin::speak(&linked) } else { english::speak(&linked) };
    spoken.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::speakable;

    #[test]
    fn english_texts_are_made_speakable() {
        for (written, spoken) in [
            ("**Never** share your `seed phrase`!", "Never share your seed phrase!"),
            ("# Fees\n- low\n- high", "Fees low high"),
            ("See [the guide](https://example.com/a?b=c).", "See the guide."),
            ("Go to https://www.example.com/help now", "Go to example dot com now"),
            (
                "Send to 0x52908400098527886E0F7030069857D2E4169EE7",
                "Send to the address that begins 0 x 5 2 9 0 and ends 9 E E 7",
            ),
            ("It costs $5 or 5%", "It costs 5 dollars or 5 percent"),
            ("$1,250.50 today", "1250.50 dollars today"),
            ("e.g. wallets, i.e. keys", "for example wallets, that is keys"),
            ("Rock & roll 😀 24/7", "Rock and roll 24 7"),
            ("an NFT and two NFTs", "an N F T and two N F T's"),
            ("call 123456789012", "call 1 2 3 4 5 6 7 8 9 0 1 2"),
            ("ask help@example.com", "ask help at example dot com"),
            ("from 3-5 days", "from 3 to 5 days"),
        ] {
            assert_eq!(speakable(written, "en"), spoken, "{written}");
        }
    }

    #[test]
    fn chinese_texts_are_made_speakable() {
        for (written, spoken) in [
            ("共123个", "共一百二十三个"),
            ("费用是3.5%", "费用是百分之三点五"),
            ("2026年11月", "二零二六年十一月"),
            ("10005", "一万零五"),
            ("10:30 开始", "十点三十分 开始"),
            ("3-5天", "三到五天"),
            ("助记词有12个单词", "助记词有十二个单词"),
            ("请访问 https://example.com/x", "请访问 example 点 com"),
            ("密码是 123456789", "密码是 一 二 三 四 五 六 七 八 九"),
            ("**不要**告诉别人！", "不要告诉别人！"),
            ("20元", "二十元"),
            ("$5", "五美元"),
        ] {
            assert_eq!(speakable(written, "zh"), spoken, "{written}");
        }
    }

    #[test]
    fn odd_texts_do_no_harm() {
        for text in
            ["", " ", "***", "0x", "$", "%", "[", "](", "http://", "9".repeat(300).as_str(), "\u{202e}abc"]
        {
            speakable(text, "en");
            speakable(text, "zh");
        }
    }
}
