use super::*;
use crate::case::Reason;

#[test]
fn ids_are_the_stored_names() {
    let facts = Facts::ordinary(Reason::Personal, UnitCode::Sealed);
    let stored = serde_json::to_value(facts).expect("plain data");
    let stored = stored.as_object().expect("an object");
    assert_eq!(stored.len(), Fact::ALL.len());
    for fact in Fact::ALL {
        assert_eq!(serde_json::to_value(fact).expect("a name"), fact.id());
        let value = serde_json::to_value(facts.value(*fact)).expect("a value");
        assert_eq!(stored.get(fact.id()), Some(&value), "{}", fact.id());
        assert!(!fact.zh().is_empty() && !fact.en().is_empty());
        assert_eq!(fact.unit().is_empty(), fact.kind() != FactKind::Int, "{}", fact.id());
    }
    let text = serde_json::to_string(&facts).expect("plain data");
    assert_eq!(serde_json::from_str::<Facts>(&text).expect("own text"), facts);
}

/// The lists of codes are written out for the dictionary; they must be those of the types.
#[test]
fn codes_are_complete() {
    let reasons: Vec<&str> = Reason::ALL.into_iter().map(Reason::code).collect();
    assert_eq!(Fact::Reason.kind(), FactKind::OneOf(reasons.leak()));
    let states: Vec<&str> = UnitCode::ALL.into_iter().map(UnitCode::code).collect();
    assert_eq!(Fact::UnitState.kind(), FactKind::OneOf(states.leak()));
}

#[test]
fn sentences_are_filled() {
    let text = Text::fill("{amount} back, {fee} kept, {other}", &[("amount", "95.00"), ("fee", "4.99")]);
    assert_eq!(text, "95.00 back, 4.99 kept, {other}");
}

/// Both languages of a row say the same: they name the same amounts and dates.
#[test]
fn both_languages_have_the_same_placeholders() {
    let named = |sentence: &str| {
        let mut names: Vec<String> = sentence
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split_once('}'))
            .map(|(name, _)| name.to_owned())
            .collect();
        names.sort();
        names
    };
    let policy = Policy::builtin();
    let eligibility = policy.eligibility().rows().iter().map(|row| &row.text);
    let routing = policy.routing().rows().iter().map(|row| &row.text);
    for text in eligibility.chain(routing) {
        assert_eq!(named(&text.zh), named(&text.en));
    }
}
