//! Faces for real sentences.

use super::super::plan;
use super::*;

#[test]
fn words_are_whole_words() {
    assert!(Tone::of("It was lost.").loss);
    assert!(!Tone::of("The closest glossary.").loss, "`closest` and `glossary` are not `lost` and `loss`");
    assert!(Tone::of("钱包被盗了").loss);
    assert!(Tone::of("No, it is not.").no && !Tone::of("Notes are kept.").no);
    assert!(Tone::of("Don’t share it").warning);
}

#[test]
fn the_avatar_is_never_angry() {
    let tone = Tone::of("Please wait.");
    assert_eq!(tone.expression(tone, Some(Expression::Angry), Feeling::Calm), Expression::Neutral);
}

#[test]
fn a_loss_anywhere_takes_the_smile_from_everywhere() {
    let whole = Tone::of("Welcome! Your coins were stolen.");
    assert_eq!(Tone::of("Welcome!").expression(whole, None, Feeling::Calm), Expression::Neutral);
    let lost = Tone::of("Your coins were stolen.").expression(whole, Some(Expression::Happy), Feeling::Glad);
    assert_eq!(lost, Expression::Sad);
}

/// What a visitor said, what the answer is, and the faces of its sentences.
#[test]
fn faces_fit_what_is_said_and_who_hears_it() {
    use Expression::{Happy, Neutral, Relaxed, Sad};
    let cases: &[(&str, &str, &[Expression])] = &[
        ("hello", "Hello! How can I help you?", &[Happy, Relaxed]),
        ("what is a wallet", "A wallet keeps your keys. You can have several.", &[Relaxed, Relaxed]),
        ("thank you, great", "You are welcome!", &[Happy]),
        (
            "somebody stole my tokens",
            "I am sorry to hear that. Move what is left to a new wallet.",
            &[Sad, Neutral],
        ),
        ("somebody stole my tokens", "Great question! Ask the host of the place.", &[Neutral, Neutral]),
        (
            "I lost my password",
            "Don't worry. Choose \"forgotten\" and follow the steps.",
            &[Relaxed, Neutral],
        ),
        ("I am worried about my account", "Your account is safe. Nobody has used it.", &[Relaxed, Neutral]),
        (
            "I think I was scammed",
            "Yes, I can help. Never tell anyone your seed phrase.",
            &[Neutral, Neutral],
        ),
        (
            "this is ridiculous, I am still waiting",
            "Thank you for your patience. A person comes now.",
            &[Neutral, Neutral],
        ),
        ("where is the toilet", "Unfortunately I do not know.", &[Sad]),
        ("how safe is it", "Never share your seed phrase.", &[Neutral]),
        (
            "what happens when I lose it",
            "Then your coins are lost. Nobody can bring them back.",
            &[Sad, Neutral],
        ),
        ("你好", "您好！有什么可以帮您？", &[Happy, Relaxed]),
        ("什么是钱包", "钱包保存您的密钥。", &[Relaxed]),
        ("太好了，谢谢", "不客气！", &[Happy]),
        ("我的代币被盗了", "很抱歉听到这个消息。请把剩下的资产转到新钱包。", &[Sad, Neutral]),
        ("我的代币被盗了", "太好了，我来帮您！", &[Neutral]),
        ("我忘了密码", "别担心。请点击忘记密码。", &[Relaxed, Neutral]),
        ("我很担心我的账户", "您的账户是安全的。", &[Relaxed]),
        ("我等了很久，太差了", "感谢您的耐心。", &[Neutral]),
        ("安全吗", "千万不要告诉别人助记词。", &[Neutral]),
        ("丢了会怎样", "那么资产就丢失了。", &[Sad]),
    ];
    for (visitor, answer, faces) in cases {
        let parts = plan(answer, None, None, Feeling::of(visitor));
        let shown: Vec<Expression> = parts.iter().map(|part| part.expression).collect();
        assert_eq!(shown, *faces, "“{visitor}”: {answer}");
    }
}

/// Courtesy and plain questions are neither fear nor anger.
#[test]
fn who_asks_politely_is_calm() {
    for text in [
        "麻烦您帮我看一下门票",
        "麻烦了，谢谢",
        "签证怎么办",
        "会员卡怎么办理",
        "我没用过钱包",
        "能不能用信用卡",
        "我说完了",
        "我弟弟喜欢钓鱼",
        "How long does it take?",
        "how long is the train ride",
        "What happens when I lose it?",
    ] {
        assert!(!Feeling::of(text).is_troubled(), "{text}: {:?}", Feeling::of(text));
    }
    assert_eq!(Feeling::of("烦死了，一直打不开"), Feeling::Upset);
}

/// Whatever the pilot asks for.
#[test]
fn nobody_grins_at_who_has_lost_something() {
    let visitors = [
        "my coins were stolen",
        "I sent it to the wrong address, help me",
        "我被骗了，怎么办",
        "我的钱不见了",
    ];
    let answers = [
        "Great! I am glad you ask. Here is what to do.",
        "Hello! Thank you for coming. Wonderful that you are here!",
        "太好了！很高兴为您服务。谢谢！",
    ];
    let asked = [
        None,
        Some(Expression::Happy),
        Some(Expression::Surprised),
        Some(Expression::Relaxed),
        Some(Expression::Angry),
    ];
    for visitor in visitors {
        for answer in answers {
            for hint in asked {
                for part in plan(answer, hint, None, Feeling::of(visitor)) {
                    let quiet = matches!(part.expression, Expression::Neutral | Expression::Sad);
                    assert!(quiet, "“{visitor}”, {hint:?}: {:?} with “{}”", part.expression, part.text);
                }
            }
        }
    }
    // The check can fail: the same answers, to who asks out of curiosity.
    assert_eq!(plan(answers[0], None, None, Feeling::Calm)[0].expression, Expression::Happy);
}
