//! `lines.txt` says of each line what is to be found in it; the rest are properties.

use super::*;
use proptest::prelude::*;

const OWN: &[&str] = &["yuanlu.example"];

fn now() -> Instant {
    // A Friday.
    Instant::from_shanghai(2026, 11, 20, 10, 0, 0)
}

fn reading() -> Reading<'static> {
    Reading { now: now(), calendar: Calendar::builtin(), own_hosts: OWN }
}

/// `phone messenger`, `refund@2026-11-21 10:00`, or `-` for nothing.
fn summary(text: &str) -> String {
    let found = read(text, &reading());
    let warned = found.warnings.iter().map(|warning| warning.kind.code().to_owned());
    let promised = found.promises.iter().map(|promise| match promise.until {
        Some(until) => format!("{}@{}", promise.kind.code(), until.minute_text()),
        None => format!("{}@?", promise.kind.code()),
    });
    let all: Vec<_> = warned.chain(promised).collect();
    if all.is_empty() { "-".to_owned() } else { all.join(" ") }
}

#[test]
fn every_line_of_the_table_is_read_as_written_beside_it() {
    let lines = include_str!("tests/lines.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let (mut wrong, mut count) = (Vec::new(), 0);
    for line in lines {
        let (expected, text) = line.split_once(" | ").expect("expectation | text");
        count += 1;
        let got = summary(text);
        if got != expected.trim() {
            wrong.push(format!("{text}\n    expected {} got {got}", expected.trim()));
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= 250, "{count}");
}

#[test]
fn spans_point_at_what_was_found() {
    let text = "你好，加我薇信 abc_123，今晚8点前给你补发。";
    let found = read(text, &reading());
    assert_eq!(&text[found.warnings[0].span.clone()], "加我薇信");
    assert_eq!(&text[found.promises[0].span.clone()], "今晚8点前给你补发");
    let text = "打 １３８　００１３　８０００ 找我";
    assert_eq!(&text[read(text, &reading()).warnings[0].span.clone()], "１３８　００１３　８０００");
}

#[test]
fn promises_are_dated_from_the_day_they_are_made() {
    let at =
        |text: &str, now: Instant| read(text, &Reading { now, ..reading() }).promises.first().and_then(|p| p.until);
    let friday = Instant::from_shanghai(2026, 9, 25, 21, 0, 0);
    // R3: working days over the National Day holiday.
    let until = Calendar::builtin().working_days_after(friday, 3).too_late_from;
    assert_eq!(at("3个工作日内退款", friday), Some(until));
    // A time that is over says nothing about until when.
    assert_eq!(at("今晚8点前补发", friday), None);
    let last_day = Instant::from_shanghai(2026, 12, 31, 23, 0, 0);
    assert_eq!(at("明天退款", last_day), Some(Instant::from_shanghai(2027, 1, 2, 0, 0, 0)));
    assert_eq!(at("1月3日发货", last_day), Some(Instant::from_shanghai(2027, 1, 4, 0, 0, 0)));
}

#[test]
fn codes_of_the_order_are_hidden() {
    for (text, tails, masked) in [
        ("我的卡密ABCD-1234-WXYZ用不了", &["WXYZ"][..], "我的卡密****WXYZ用不了"),
        ("code abcd1234wxyz does not work", &["WXYZ"], "code ****WXYZ does not work"),
        ("card 1234 5678 9012 3456, twice 1234567890123456", &["3456"], "card ****3456, twice ****3456"),
        ("ＡＢＣＤ－１２３４－ＷＸＹＺ", &["WXYZ"], "****WXYZ"),
        ("two: AAAA-1111-XX11 and BBBB-2222-YY22", &["XX11", "YY22"], "two: ****XX11 and ****YY22"),
        ("ABC12X", &["12X"], "****12X"),
        // Not codes: too short, another end, nothing known.
        ("the last four are WXYZ", &["WXYZ"], "the last four are WXYZ"),
        ("ABCD-1234-WXYA", &["WXYZ"], "ABCD-1234-WXYA"),
        ("订单 261120ABCDEF1234", &["WXYZ"], "订单 261120ABCDEF1234"),
        ("ABCD-1234-WXYZ", &[], "ABCD-1234-WXYZ"),
        ("", &["WXYZ"], ""),
    ] {
        assert_eq!(mask_codes(text, tails), masked, "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_without_a_panic_and_spans_lie_in_it(
        parts in proptest::collection::vec(prop_oneof![
            "\\PC{0,12}",
            "[0-9 .:-]{1,14}",
            proptest::sample::select(vec![
                "微信", "加我", "➕v", "24小时", "今晚8点前", "退款", "补发", "qq", "@", ".com", "https://", "138 0013 8000", "点com",
                "周五", "11月25日", "差评", "否则", "你", "废物", "within", "will", "refund", "tomorrow", "\u{200b}", "１", "六", "十",
            ]).prop_map(str::to_owned),
        ], 0..14),
    ) {
        let text = parts.concat();
        let found = read(&text, &reading());
        for span in found.warnings.iter().map(|w| &w.span).chain(found.promises.iter().map(|p| &p.span)) {
            prop_assert!(span.start < span.end && text.get(span.clone()).is_some(), "{span:?} of {text:?}");
        }
        for promise in &found.promises {
            prop_assert!(promise.until.is_none_or(|until| until > now()));
        }
        prop_assert_eq!(mask_codes(&text, &[]), text.as_str());
        let _ = mask_codes(&text, &["8000", "com"]);
    }

    #[test]
    fn a_code_in_any_dress_is_hidden(
        groups in proptest::collection::vec("[A-Z0-9]{3}[0-9]", 2..6), separator in "[ _.-]?", lower in any::<bool>(),
    ) {
        let code = groups.join(&separator);
        let shown = if lower { code.to_lowercase() } else { code.clone() };
        let tail: String = code.chars().rev().filter(char::is_ascii_alphanumeric).take(4).collect::<Vec<_>>().into_iter().rev().collect();
        let text = format!("卡密{shown}无效，请看 {shown}。");
        prop_assert_eq!(mask_codes(&text, &[&tail]), format!("卡密****{tail}无效，请看 ****{tail}。"));
    }
}

/// Twice the text takes about twice the looks: what is slow at length is slow per character only.
#[test]
fn long_texts_are_read_in_linear_time() {
    for piece in ["微", "1", "1 ", "a.", "加我微信", "否则", "a-1-", "24小时", "请", "@a", "你", "周", "今天", "ab12-"]
    {
        let short = piece.repeat(500);
        let long = piece.repeat(4_000);
        let cost = |text: &str| {
            glyphs::LOOKS.with(|looks| looks.set(0));
            let _ = (read(text, &reading()), mask_codes(text, &["wxyz", "12"]));
            glyphs::LOOKS.with(std::cell::Cell::get)
        };
        let (few, many) = (cost(&short), cost(&long));
        assert!(many <= few * 9, "{piece}: {few} looks became {many}");
    }
}
