//! Every story of the repository is played, in every time zone with the same report; and what the documentation says of
//! the language is so.

#![allow(clippy::unwrap_used, reason = "helpers of a test may panic")]

use proptest::prelude::*;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use yuanlu_domain::turn::BlockingPoint;
use yuanlu_world::story::{Story, Verdict, reference};

/// Stories that cannot hold yet, each with a word of the report that says why. One that begins to hold must leave.
const NOT_YET: &[(&str, &str)] = &[];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Names the only stories to be played, with commas between, where all would take too long.
const ONLY: &str = "YUANLU_STORIES";

/// The stories of the repository.
fn files() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join("stories")).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "story"));
    files.sort();
    files
}

/// Those to be played.
fn chosen() -> Vec<PathBuf> {
    let Ok(only) = std::env::var(ONLY) else { return files() };
    only.split(',').map(|name| root().join("stories").join(format!("{name}.story"))).collect()
}

fn name(file: &Path) -> String {
    file.file_name().unwrap().to_string_lossy().into_owned()
}

fn read(file: &Path) -> Story {
    let parsed = Story::parse(&std::fs::read_to_string(file).unwrap());
    parsed.unwrap_or_else(|mistakes| panic!("{}: {mistakes:?}", file.display()))
}

/// In which time zone a child plays.
const ZONE: &str = "TZ";
/// Set for children.
const CHILD: &str = "YUANLU_STORIES_CHILD";

/// The machine's time zone changes nothing: two children play every story, each in a zone of its own, and report the
/// same.
#[test]
fn every_story_holds_in_every_time_zone_but_those_that_cannot_yet() {
    if std::env::var_os(CHILD).is_some() {
        return play_all();
    }
    let test = "every_story_holds_in_every_time_zone_but_those_that_cannot_yet";
    // Zones are nothing to an engine: on a server, where every story takes longer, one is enough.
    let zones =
        if std::env::var("YUANLU_TEST_ENGINE").is_ok() { vec!["UTC"] } else { vec!["UTC", "America/Los_Angeles"] };
    let children: Vec<_> = zones
        .into_iter()
        .map(|zone| {
            let mut child = Command::new(std::env::current_exe().unwrap());
            child.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(ZONE, zone).env(CHILD, "1");
            (zone, child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
        })
        .collect();
    let reports: Vec<String> = children
        .into_iter()
        .map(|(zone, child)| {
            let output = child.wait_with_output().unwrap();
            let (shown, wrong) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
            assert!(output.status.success(), "under {zone}: {wrong}");
            let (_, rest) = shown.split_once("\nBEGIN\n").unwrap();
            rest.split_once("\nEND\n").unwrap().0.to_owned()
        })
        .collect();
    assert!(reports[0].lines().count() > 4 * chosen().len(), "{}", reports[0]);
    assert!(reports.iter().all(|report| *report == reports[0]));
}

fn play_all() {
    let mut known: Vec<&str> = NOT_YET.iter().map(|(file, _)| *file).collect();
    println!("\nBEGIN");
    let mut wrong = Vec::new();
    for file in chosen() {
        let (name, report) = (name(&file), read(&file).play(file.parent().unwrap()));
        println!("{name}");
        report.findings.iter().for_each(|finding| println!("{finding}"));
        known.retain(|known| *known != name);
        let why = NOT_YET.iter().find(|(file, _)| *file == name).map(|(_, why)| *why);
        let bad: Vec<String> =
            report.findings.iter().filter(|f| f.verdict != Verdict::Held).map(|f| f.to_string()).collect();
        match why {
            None if report.holds() => {}
            None => wrong.push(format!("{name}:\n{}", bad.join("\n"))),
            Some(_) if report.holds() => wrong.push(format!("{name} holds now: take it off the list")),
            // Nothing but what is missing may be wrong.
            Some(why) => {
                let missing = report.findings.iter().all(|f| matches!(f.verdict, Verdict::Held | Verdict::Cannot));
                if !missing || !bad.iter().any(|line| line.contains(why)) {
                    wrong.push(format!("{name} fails for another reason than {why}:\n{}", bad.join("\n")));
                }
            }
        }
    }
    println!("END");
    if std::env::var_os(ONLY).is_none() {
        wrong.extend(known.iter().map(|file| format!("{file} is not there")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every worked case of the rules has its story, and says which it is.
#[test]
fn the_thirty_cases_are_there() {
    for number in 1..=30 {
        let file = root().join(format!("stories/P{number:02}.story"));
        assert!(read(&file).title.starts_with(&format!("P{number:02} ")), "{}", file.display());
    }
}

fn mistakes(text: &str) -> Vec<String> {
    Story::parse(text).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

#[test]
fn mistakes_are_told_by_line_all_of_them() {
    let prelude = "product card price 10.00\nbuyer buys card\n";
    let cases: &[(&str, &[&str])] = &[
        ("buyer aplies reason personal", &["line 3: `aplies` is nothing that `buyer` can do; did you mean `applies`?"]),
        (
            "byer applies reason personal",
            &["line 3: no statement begins with `byer`, and nobody is called so; did you mean `buyer`?"],
        ),
        (
            "buyer applies",
            &[
                "line 3: `applies` needs `reason` (one of `not_delivered`, `late_delivery`, `not_as_described`, `invalid_code`, `not_credited`, `system_fault`, `duplicate_charge`, `personal`)",
            ],
        ),
        (
            "buyer applies reason invalid_kode",
            &["line 3: `reason`: `invalid_kode` is unknown; did you mean `invalid_code`?"],
        ),
        (
            "buyer applies reason whatever",
            &[
                "line 3: `reason`: `whatever` is none of: not_delivered, late_delivery, not_as_described, invalid_code, not_credited, system_fault, duplicate_charge, personal",
            ],
        ),
        (
            "buyer applies reason personal amount 12.345",
            &["line 3: `amount`: `12.345`: an amount has at most 2 decimals"],
        ),
        ("buyer applies reason personal amount -5", &["line 3: `amount`: `-5`: an amount is never negative"]),
        ("buyer applies reason personal amount ten", &["line 3: `amount`: `ten` is not an amount such as 99.99"]),
        ("buyer applies reason personal amount", &["line 3: `amount`: needs an amount such as 99.99"]),
        (
            "buyer applies reason personal ammount 5.00",
            &["line 3: `applies` does not understand `ammount`; did you mean `amount`?"],
        ),
        ("buyer applies reason personal reason personal", &["line 3: `reason` is said twice"]),
        (
            "buyer applies reason personal order order2",
            &["line 3: there is no order `order2` up to here; did you mean `order1`?"],
        ),
        ("buyer withdraws case case1", &["line 3: there is no case `case1` up to here"]),
        ("buyer withdraws case order1/0", &["line 3: there is no case `order1/0` up to here"]),
        ("buyer buys crad", &["line 3: there is no product `crad` up to here; did you mean `card`?"]),
        ("product card price 1.00", &["line 3: there is a product `card` already"]),
        (
            "product 3d price 1.00",
            &[
                "line 3: `name`: `3d` is no name: a product name begins with a letter and has letters, digits, `-` and `_`",
            ],
        ),
        ("buyer expect", &["line 3: `expect` is a word of the language and cannot be somebody's name"]),
        (
            "at 2026-02-30 10:00",
            &["line 3: `moment`: `2026-02-30 10:00` is not a date and time such as 2026-03-10 10:05:00"],
        ),
        ("at tomorrow", &["line 3: `moment`: `tomorrow` is not a date and time such as 2026-03-10 10:05:00"]),
        (
            "at 2026-03-10 12:00\nafter 30m\nat 2026-03-10 12:29:59",
            &["line 5: the clock cannot go back: it stands at 2026-03-10 12:30:00 here"],
        ),
        (
            "at 2026-03-10 12:00\njust before 2026-03-10 12:00",
            &["line 4: the clock cannot go back: it stands at 2026-03-10 12:00:00 here"],
        ),
        ("after 24", &["line 3: `span`: `24` is not a length of time such as 24h, 30m, 90s or 3d"]),
        ("after", &["line 3: `after` needs span (SPAN)"]),
        (
            "policy seller_anwser_hours 12",
            &["line 3: `parameter`: `seller_anwser_hours` is unknown; did you mean `seller_answer_hours`?"],
        ),
        ("expect", &["line 3: `expect` needs something to expect"]),
        ("expect stat refunding", &["line 3: `stat` is nothing that can be expected; did you mean `state`?"]),
        ("expect state refunding approved 5.00", &["line 3: `state` does not understand `approved`"]),
        ("expect approved 5,00", &["line 3: `00` is nothing that can be expected"]),
        ("expect order big state refunding", &["line 3: there is no order `big` up to here"]),
        ("expect due", &["line 3: `due` needs moment (MOMENT)"]),
        ("buyer", &["line 3: `buyer` needs name (a new person name)"]),
        ("reviewer rejects REJECT_USED", &["line 3: `rejects` needs `text` (\"TEXT\")"]),
        ("reviewer rejects REJECT_USED text no", &["line 3: `text`: needs a text between quotation marks, not `no`"]),
        ("\"a text\" alone", &["line 3: a statement begins with a word, not with \"a text\""]),
        ("buyer writes \"no end", &["line 3: the text after \" is not closed"]),
        (
            "person ann is judge",
            &[
                "line 3: `is`: `judge` is none of: buyer, seller, reviewer, senior_reviewer, support, risk, finance, arbitrator, admin",
            ],
        ),
        ("product bill price 1.00 promise 90m", &["line 3: `promise`: `90m` is no whole number of hours"]),
        ("product bill price 1.00 window 36h", &["line 3: `window`: `36h` is no whole number of days"]),
        ("buyer buys card quantity -1", &["line 3: `quantity`: `-1` is below zero"]),
        ("buyer reveals units 0", &["line 3: `units`: `0` are not units such as 1, 1+3 or 1-4"]),
        ("product bill price 10.00 special-fee 5", &["line 3: `special-fee`: `5` is not a share such as 5% or 2.5%"]),
        (
            "buyer aplies reason personal\nbuyer buys crad quantity many\nexpect fees 1.00",
            &[
                "line 3: `aplies` is nothing that `buyer` can do; did you mean `applies`?",
                "line 4: `quantity`: `many` is not a whole number",
                "line 4: there is no product `crad` up to here; did you mean `card`?",
                "line 5: `fees` is nothing that can be expected; did you mean `fee`?",
            ],
        ),
    ];
    let wrong = cases.iter().filter_map(|(text, expected)| {
        let told = mistakes(&format!("{prelude}{text}\n"));
        (told != *expected).then(|| format!("{text}\n  expected {expected:#?}\n  told {told:#?}"))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(mistakes(""), ["line 1: the story is empty"]);
    assert_eq!(mistakes("# nothing\n"), ["line 1: the story is empty"]);
}

/// What only playing shows is said as clearly, and the books are checked all the same.
#[test]
fn what_goes_wrong_while_playing_is_told_by_line() {
    let cases: &[(&str, &[&str])] = &[
        ("buyer applies reason personal", &["STOPPED 3 buyer applies reason personal: there is no order yet"]),
        ("buyer buys card\nexpect fee 1.00", &["DIFFERS 4 fee 1.00 but really: the order has no case"]),
        ("buyer buys card\nexpect unit 1 revealed", &["DIFFERS 4 unit 1 revealed but really: sealed"]),
        (
            "buyer buys card\nbuyer reveals refused forbidden",
            &["DIFFERS 4 buyer reveals refused forbidden but really: it was done"],
        ),
        (
            "buyer buys card quantity 500 refused duplicate",
            &["DIFFERS 3 buyer buys card quantity 500 refused duplicate but really: quantity: 200"],
        ),
        ("buyer buys card\nseller agrees", &["STOPPED 4 seller agrees: the order has no case"]),
        ("buyer buys card\nbuyer pays", &["STOPPED 4 buyer pays: refused: wrong_state: paid"]),
        (
            "buyer buys card\nexpect ledger nothing 1.00",
            &["DIFFERS 4 ledger nothing 1.00 but really: there is no account `nothing` in the ledger"],
        ),
        ("buyer buys card\nat due", &["STOPPED 4 at due: no turn has an end now"]),
        (
            "policy seller_answer_hours 500",
            &[
                "STOPPED 3 policy seller_answer_hours 500: such a policy is not accepted: policy parameter `seller_answer_hours`: must lie between 1 and 72",
            ],
        ),
        ("product bill price 0.00", &["STOPPED 3 product bill price 0.00: refused: invalid: price: not_positive"]),
        (
            "product bill price USD9.99
buyer buys bill by stripe",
            &["STOPPED 4 buyer buys bill by stripe: refused: no_rate"],
        ),
        ("guest buys card by balance", &["STOPPED 3 guest buys card by balance: refused: balance_needs_account"]),
        (
            "buyer buys card\nexpect can buyer reveal, can seller reveal",
            &["DIFFERS 4 can seller reveal but really: report_redemption"],
        ),
    ];
    let mut wrong = Vec::new();
    for (text, expected) in cases {
        let story = Story::parse(&format!("story \"wrong\"\nproduct card price 10.00\n{text}\n")).unwrap();
        let report = story.play(&root());
        let bad = report.findings.iter().filter(|finding| finding.verdict != Verdict::Held);
        let bad: Vec<String> = bad.map(|f| f.to_string().split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        if bad != *expected {
            wrong.push(format!("{text}\n  expected {expected:#?}\n  told {bad:#?}"));
        }
        let last = report.findings.last().unwrap();
        assert_eq!((last.line, last.verdict), (None, Verdict::Held), "{text}: {last}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Points that last no longer than one call, which no story can stop in; tests of the use cases show them.
const OF_ONE_CALL: [&str; 2] = ["about_to_send", "channel_query"];

#[test]
fn some_story_stops_at_every_blocking_point() {
    let texts: String = files().iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let words: BTreeSet<&str> =
        texts.split("point ").skip(1).filter_map(|rest| rest.split([',', '\n', ' ']).next()).collect();
    let missing: Vec<_> = BlockingPoint::ALL
        .map(BlockingPoint::code)
        .into_iter()
        .filter(|code| !words.contains(code) && !OF_ONE_CALL.contains(code))
        .collect();
    assert!(missing.is_empty(), "no story stops at {missing:?}");
}

#[test]
fn the_documentation_names_every_word() {
    let text = std::fs::read_to_string(root().join("docs/stories.md")).unwrap();
    let current = text.contains(&reference());
    assert!(current, "docs/stories.md must hold what `yuanlu story words` prints, word for word");
}

/// Whole stories in the documentation hold.
#[test]
fn the_stories_of_the_documentation_hold() {
    let text = std::fs::read_to_string(root().join("docs/stories.md")).unwrap();
    let blocks = text.split("```story\n").skip(1).filter_map(|rest| Some(rest.split_once("```")?.0));
    let whole: Vec<&str> = blocks.filter(|block| block.starts_with("story \"") && block.lines().count() > 2).collect();
    assert!(whole.len() >= 3, "{} whole stories", whole.len());
    for block in whole {
        let report = Story::parse(block).unwrap_or_else(|mistakes| panic!("{mistakes:?}\n{block}")).play(&root());
        assert!(report.holds(), "{block}\n{:#?}", report.findings);
    }
}

/// Words that stories are made of, and others.
fn word() -> impl Strategy<Value = String> {
    let known = "story seller buyer guest person is product price card of at after just before due expect case order \
                 reason personal units 1-3 1+ -2 amount 9.99 ¥1 USD1 12.345 24h 1h30m 99999999999999d 24:00 2026-03-10 \
                 2026-13-40 2026-03-10T10 applies buys pays approves rejects \"text\" \"open , ， # 小明 = ' / order1/2 \
                 refused state approved policy jump back 99999999999999999999 to alipay units as special-fee 5%";
    let known: Vec<String> = known.split_whitespace().map(str::to_owned).collect();
    prop_oneof![8 => proptest::sample::select(known), 1 => "\\PC{0,6}", 1 => Just("\n  ".to_owned()), 3 => Just("\n".to_owned())]
}

proptest! {
    /// Whatever a file holds, it is a story or a list of mistakes, each in a line of the file.
    #[test]
    fn reading_never_panics(words in prop::collection::vec(word(), 0..60)) {
        let text = words.join(" ");
        if let Err(mistakes) = Story::parse(&text) {
            prop_assert!(!mistakes.is_empty());
            let lines = text.lines().count().max(1);
            prop_assert!(mistakes.iter().all(|mistake| (1..=lines).contains(&mistake.line)), "{mistakes:?}");
        }
    }

    #[test]
    fn reading_any_text_never_panics(text in "\\PC{0,200}") {
        let _ = Story::parse(&text);
    }
}
