//! Every word of the language, each in one row: what it takes, what it does, and what the documentation says of it.

mod actions;
mod expectations;
mod statements;

pub(super) use actions::ACTIONS;
pub(super) use expectations::EXPECTATIONS;
pub(super) use statements::STATEMENTS;

use super::clock::BEHAVIOURS;
use super::form::{COMMON, Form, Slot};
use super::stage::CHANNELS;
use std::fmt::Write as _;
use yuanlu_domain::Role;
use yuanlu_domain::case::{EvidenceKind, Reason, RejectCode};
use yuanlu_domain::catalogue::ProductKind;

/// Words that belong together.
pub(super) struct Group {
    /// The heading in the documentation.
    title: &'static str,
    forms: &'static [Form],
}

/// Every word of some groups.
pub(super) fn words(groups: &'static [Group]) -> impl Iterator<Item = &'static Form> {
    groups.iter().flat_map(|group| group.forms)
}

/// A word of some groups.
pub(super) fn find(groups: &'static [Group], word: &str) -> Option<&'static Form> {
    words(groups).find(|form| form.word == word)
}

/// People whom a story can use without introducing them: name and role.
pub(super) const PEOPLE: &[(&str, &str)] = &[
    ("buyer", "buyer"),
    ("guest", "guest"),
    ("seller", "seller"),
    ("reviewer", "reviewer"),
    ("senior", "senior_reviewer"),
    ("risk", "risk"),
    ("support", "support"),
    ("finance", "finance"),
    ("admin", "admin"),
];

/// The shop among them.
pub(super) const USUAL_SHOP: &str = "seller";

fn channels() -> Vec<&'static str> {
    CHANNELS.to_vec()
}

fn tenders() -> Vec<&'static str> {
    CHANNELS.into_iter().chain(["balance"]).collect()
}

fn behaviours() -> Vec<&'static str> {
    BEHAVIOURS.iter().map(|(code, _)| *code).chain(["down", "up", "funded"]).collect()
}

fn reasons() -> Vec<&'static str> {
    Reason::ALL.map(Reason::code).to_vec()
}

fn evidence() -> Vec<&'static str> {
    EvidenceKind::ALL.map(EvidenceKind::code).to_vec()
}

fn reject_codes() -> Vec<&'static str> {
    RejectCode::ALL.map(RejectCode::code).to_vec()
}

fn kinds() -> Vec<&'static str> {
    ProductKind::ALL.map(ProductKind::code).to_vec()
}

fn roles() -> Vec<&'static str> {
    Role::ALL.map(Role::code).to_vec()
}

fn yes_no() -> Vec<&'static str> {
    vec!["yes", "no"]
}

/// The vocabulary as a chapter of the documentation.
pub fn reference() -> String {
    let mut text = String::new();
    for (title, groups, common) in
        [("Statements", STATEMENTS, &[][..]), ("Actions", ACTIONS, COMMON), ("Expectations", EXPECTATIONS, &[][..])]
    {
        let _ = writeln!(text, "## {title}\n");
        if !common.is_empty() {
            let _ = writeln!(text, "Every action can also say:\n");
            slots(&mut text, common);
        }
        for group in groups {
            let _ = writeln!(text, "### {}\n", group.title);
            group.forms.iter().for_each(|form| entry(&mut text, form));
        }
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn entry(text: &mut String, form: &Form) {
    let _ = writeln!(text, "#### `{}`\n\n{}", form.word, form.about);
    if matches!(form.does, super::form::Does::NotYet) {
        let _ = writeln!(text, "\nThis platform has no such part yet: the report says `CANNOT`, and the story fails.");
    }
    text.push('\n');
    slots(text, form.slots);
    let _ = writeln!(text, "```story\n{}\n```\n", form.example);
}

fn slots(text: &mut String, slots: &[Slot]) {
    for slot in slots {
        let need = if slot.need { "" } else { ", may be left out" };
        let value = slot.kind.shown();
        let _ = match slot.first {
            true => writeln!(text, "- *{}* ({value}{need}): {}.", slot.name, slot.about),
            false => writeln!(text, "- `{}` ({value}{need}): {}.", slot.name, slot.about),
        };
    }
    if !slots.is_empty() {
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story::Story;

    /// What the examples take for granted.
    const PRELUDE: &str = "person ann is buyer\nproduct card price 10.00\ncoupon ten person buyer value 1.00\n\
                           redemption-code gift value 1.00 as-what balance\n\
                           buyer buys card as order1\nbuyer applies reason personal as case1\n\
                           guest tips-off about seller name seller concern fraud text \"it is so\" as tip-off1\n";

    #[test]
    fn every_example_can_be_read() {
        for form in words(STATEMENTS).chain(words(ACTIONS)).chain(words(EXPECTATIONS)) {
            let begins = form.example.split_whitespace().any(|word| word == form.word);
            assert!(begins, "{}: {}", form.word, form.example);
            let mistakes = Story::parse(&format!("{PRELUDE}{}\n", form.example)).err().unwrap_or_default();
            // An example may introduce what the prelude has introduced.
            let bad: Vec<_> = mistakes.iter().filter(|mistake| !mistake.what.ends_with("already")).collect();
            assert!(bad.is_empty(), "{}: {bad:?}", form.example);
        }
    }

    #[test]
    fn no_word_is_there_twice_and_none_hides_another() {
        for groups in [STATEMENTS, ACTIONS, EXPECTATIONS] {
            let mut all: Vec<_> = words(groups).map(|form| form.word).collect();
            all.sort_unstable();
            assert!(all.windows(2).all(|pair| pair[0] != pair[1]), "{all:?}");
        }
        for form in words(ACTIONS) {
            let common: Vec<_> = COMMON.iter().map(|slot| slot.name).collect();
            assert!(form.slots.iter().all(|slot| !common.contains(&slot.name)), "{}", form.word);
        }
        for form in words(STATEMENTS) {
            assert!(words(ACTIONS).all(|action| action.word != form.word), "{} could be either", form.word);
        }
    }
}
