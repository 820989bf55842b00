//! Where clauses end: there people blink, and listeners nod.

/// Marks that end a clause.
const MARKS: &str = ",;:.!?…—，；：。！？";

/// The characters of a sentence that end its clauses, counted as `start` is, in order. The sentence's own end is one of them.
pub(super) fn clause_ends(sentence: &str, start: u32) -> Vec<u32> {
    let chars: Vec<char> = sentence.chars().collect();
    let ends = chars.iter().enumerate().filter(|(n, mark)| {
        let next = chars.get(n + 1);
        // "1,000" and "example.org" go on.
        let goes_on = mark.is_ascii() && next.is_some_and(|c| !c.is_whitespace());
        n + 1 == chars.len() || MARKS.contains(**mark) && !goes_on
    });
    ends.map(|(n, _)| start.saturating_add(u32::try_from(n).unwrap_or(u32::MAX))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clauses_end_at_marks_and_not_in_numbers() {
        assert_eq!(clause_ends("It costs 1,000 coins, or less.", 10), [30, 39]);
        assert_eq!(clause_ends("先备份，再转账。", 0), [3, 7]);
        assert_eq!(clause_ends("no mark", 0), [6]);
        assert!(clause_ends("", 0).is_empty());
    }
}
