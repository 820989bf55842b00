//! What is written, and what is said, in both languages.

use super::speakable;

fn all_are_said(language: &str, cases: &[(&str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .map(|(written, wanted)| (written, wanted, speakable(written, language)))
        .filter(|(_, wanted, said)| *wanted != said)
        .map(|(written, wanted, said)| format!("{written:?}\n  is said  {said:?}\n  and not  {wanted:?}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn english_texts_are_made_speakable() {
    all_are_said(
        "en",
        &[
            ("**Never** share your `seed phrase`!", "Never share your seed phrase!"),
            ("# Fees\n- low\n- high", "Fees low high"),
            ("See [the guide](https://example.com/a?b=c).", "See the guide."),
            ("It costs $5 or 5%", "It costs 5 dollars or 5 percent"),
            ("$1,250.50 today", "1250.50 dollars today"),
            ("Rock & roll 😀 24/7", "Rock and roll 24 7"),
            ("an NFT and two NFTs", "an N F T and two N F T's"),
            ("call 123456789012", "call 1 2 3 4 5 6 7 8 9 0 1 2"),
            ("from 3-5 days", "from 3 to 5 days"),
            ("£1 or €20", "1 pound or 20 euros"),
            ("desk #5, ask @ann", "desk number 5, ask at ann"),
        ],
    );
}

#[test]
fn english_abbreviations_are_said_in_full() {
    all_are_said(
        "en",
        &[
            ("e.g. wallets, i.e. keys", "for example wallets, that is keys"),
            ("Dr. Lee and Dr Lee", "Doctor Lee and Doctor Lee"),
            ("Mr. Hu, Mrs. Hu (Ms. Li)", "Mister Hu, Missus Hu (Miz Li)"),
            ("Prof. Tan, Ltd. and Inc.", "Professor Tan, Limited and Incorporated."),
            ("room No. 5", "room number 5"),
            ("The answer is no.", "The answer is no."),
            ("in St. Louis", "in Saint Louis"),
            ("12 Main St. on the left", "12 Main Street on the left"),
            ("8 Ocean Dr.", "8 Ocean Drive."),
            ("keys, coins, etc.", "keys, coins, and so on."),
            ("max. 5 of them, approx. 3 vs. 4", "at most 5 of them, about 3 versus 4"),
            ("w/o a wallet", "without a wallet"),
            ("I am here", "I am here"),
        ],
    );
}

#[test]
fn english_numbers_times_and_dates_are_said_as_people_say_them() {
    all_are_said(
        "en",
        &[
            ("the 1st, 2nd and 3rd", "the first, second and third"),
            ("the 21st of 100", "the twenty first of 100"),
            ("on the 12th, 20th, 30th", "on the twelfth, twentieth, thirtieth"),
            ("from the 1990s", "from the 1990s"),
            ("at 10:30.", "at 10 30."),
            ("at 9:05 am", "at 9 oh 5 a m"),
            ("3:00 p.m. today", "3 p m today"),
            ("10am to 5pm", "10 a m to 5 p m"),
            ("at 10:00", "at 10 o'clock"),
            ("at 14:30 or 00:15", "at 2 30 p m or 12 15 a m"),
            ("9:00-17:00", "9 o'clock to 5 p m"),
            ("odds of 3:2", "odds of 3:2"),
            ("Nov. 23, 2026", "November twenty third, 2026"),
            ("on May 5", "on May fifth"),
            ("5 Sept 2026", "5 September 2026"),
            ("2026-11-23", "November twenty third 2026"),
            ("23/11/2026", "November twenty third 2026"),
            ("03/04/2026", "03/04/2026"),
            ("Mon-Fri and Mon. too", "Monday to Friday and Monday too"),
        ],
    );
}

#[test]
fn english_units_are_said_in_full() {
    all_are_said(
        "en",
        &[
            ("512 kB, 1 MB, 2GB", "512 kilobytes, 1 megabyte, 2 gigabytes"),
            ("5km or 5 km", "5 kilometres or 5 kilometres"),
            ("3-5 km away, 3–5km", "3 to 5 kilometres away, 3 to 5 kilometres"),
            ("20 °C or 20°C", "20 degrees Celsius or 20 degrees Celsius"),
            ("3.5% and 3.5 %", "3.5 percent and 3.5 percent"),
            ("in 5 min.", "in 5 minutes."),
            ("It takes 200 ms.", "It takes 200 milliseconds."),
            ("50 km/h for 1 h", "50 kilometres per hour for 1 hour"),
            ("I am m and s", "I am m and s"),
        ],
    );
}

#[test]
fn addresses_are_said_as_people_say_them() {
    all_are_said(
        "en",
        &[
            ("Go to https://www.example.com/help now", "Go to example dot com now"),
            (
                "Go to example.com/help, or docs.example.org.",
                "Go to example dot com, or docs dot example dot org.",
            ),
            ("www.example.museum", "example dot museum"),
            ("send it to vitalik.eth", "send it to vitalik dot eth"),
            ("version 3.5 of scene.ron, e.g. this", "version 3.5 of scene.ron, for example this"),
            ("ask help@example.com", "ask help at example dot com"),
            (
                "Send to 0x52908400098527886E0F7030069857D2E4169EE7",
                "Send to the address that begins 0 x 5 2 9 0 and ends 9 E E 7",
            ),
            ("0x5290...9EE7", "the address that begins 0 x 5 2 9 0 and ends 9 E E 7"),
            (
                "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq!",
                "the address that begins b c 1 q and ends 5 m d q!",
            ),
        ],
    );
    all_are_said(
        "zh",
        &[
            ("请访问 https://example.com/x", "请访问 example 点 com"),
            ("请访问example.com。", "请访问example 点 com。"),
            ("写信到 help@example.com", "写信到 help 艾特 example 点 com"),
            (
                "0x52908400098527886E0F7030069857D2E4169EE7",
                "以 零 x 五 二 九 零 开头、以 九 E E 七 结尾的地址",
            ),
        ],
    );
}

#[test]
fn chinese_texts_are_made_speakable() {
    all_are_said(
        "zh",
        &[
            ("共123个", "共一百二十三个"),
            ("费用是3.5%", "费用是百分之三点五"),
            ("2026年11月", "二零二六年十一月"),
            ("2026-11-23", "二零二六年十一月二十三日"),
            ("2026/01/05开始", "二零二六年一月五日开始"),
            ("10005", "一万零五"),
            ("10:30 开始", "十点三十分 开始"),
            ("09:05", "九点零五分"),
            ("2:00", "两点"),
            ("00:30", "零点三十分"),
            ("3-5天", "三到五天"),
            ("2个钱包，12个单词，2%", "两个钱包，十二个单词，百分之二"),
            ("助记词有12个单词", "助记词有十二个单词"),
            ("密码是 123456789", "密码是 一 二 三 四 五 六 七 八 九"),
            ("**不要**告诉别人！", "不要告诉别人！"),
            ("20元", "二十元"),
            ("$5 或 ¥20", "五美元 或 二十元"),
            ("走5km，等10 min", "走五公里，等十分钟"),
            ("20°C，2kg，512 kB", "二十摄氏度，二公斤，五百一十二 K B"),
            ("第1步", "第一步"),
            ("Web3", "Web3"),
        ],
    );
}

#[test]
fn odd_texts_do_no_harm() {
    let long = "9".repeat(300);
    for text in [
        "",
        " ",
        "***",
        "0x",
        "$",
        "%",
        "[",
        "](",
        "http://",
        &long,
        "\u{202e}abc",
        "@",
        "#",
        "0x...",
        ".com",
        ":",
        "0:00-",
        "99:99",
        "2026-13-40",
        "°",
        "1-",
        "-1-1-1",
        "St.",
        "No.",
        "am",
        "1°é",
        "5²",
    ] {
        speakable(text, "en");
        speakable(text, "zh");
    }
}
