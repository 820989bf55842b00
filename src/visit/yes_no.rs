//! The answer to "did you say …?", by voice.

const YES: &[&str] = &[
    "yes",
    "yeah",
    "yep",
    "yes please",
    "right",
    "correct",
    "exactly",
    "that's right",
    "是",
    "是的",
    "对",
    "对的",
    "没错",
    "嗯",
];
const NO: &[&str] =
    &["no", "nope", "no i did not", "no i didn't", "wrong", "not that", "不", "不是", "不对", "没有", "错了"];

/// Yes, no, or something else.
pub(super) fn yes_no(text: &str) -> Option<bool> {
    let kept = text.to_lowercase().replace('’', "'");
    let kept: String =
        kept.chars().filter(|c| c.is_alphanumeric() || c.is_whitespace() || *c == '\'').collect();
    let kept = kept.split_whitespace().collect::<Vec<_>>().join(" ");
    if YES.contains(&kept.as_str()) {
        Some(true)
    } else if NO.contains(&kept.as_str()) {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bare_yes_or_no_counts() {
        assert_eq!(yes_no(" Yes! "), Some(true));
        assert_eq!(yes_no("是的。"), Some(true));
        assert_eq!(yes_no("No, I didn’t."), Some(false));
        assert_eq!(yes_no("不是"), Some(false));
        assert_eq!(yes_no("yes but what is gas"), None);
        assert_eq!(yes_no(""), None);
    }
}
