//! What must hold for every amount, fee, rate and split.

use proptest::prelude::*;
use yuanlu_money::{BasisPoints, Currency, Money, MoneyError, Rate, fee_floor, ratio_ceil, split_by, split_cumulative};

fn currency() -> impl Strategy<Value = Currency> {
    proptest::sample::select(Currency::ALL.to_vec())
}

/// Mostly ordinary amounts, now and then the edges of the range.
fn minor() -> impl Strategy<Value = i64> {
    prop_oneof![
        8 => 0..10_000_000_i64,
        1 => any::<i64>(),
        1 => proptest::sample::select(vec![i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX]),
    ]
}

#[test]
fn reads_and_refuses_amounts() {
    let read = |text| Money::parse(text, Currency::Cny).map(Money::minor);
    assert_eq!(read("12.34"), Ok(1234));
    assert_eq!(read("12.3"), Ok(1230));
    assert_eq!(read("12"), Ok(1200));
    assert_eq!(read("0.01"), Ok(1));
    assert_eq!(read("007"), Ok(700));
    assert_eq!(read("92233720368547758.07"), Ok(i64::MAX));
    assert_eq!(read("92233720368547758.08"), Err(MoneyError::Overflow));
    assert_eq!(read("12.345"), Err(MoneyError::TooPrecise { allowed: 2 }));
    assert_eq!(read("-1"), Err(MoneyError::Negative));
    for junk in ["", ".", "1.", ".5", "+1", "1,000", " 1", "1 ", "1e3", "１２", "0x1", "1.2.3", "NaN", "¥5"] {
        assert_eq!(read(junk), Err(MoneyError::NotANumber), "{junk:?}");
    }
    assert_eq!(Money::parse("1.5", Currency::Jpy), Err(MoneyError::TooPrecise { allowed: 0 }));
    assert_eq!(Money::new(-5, Currency::Cny).to_string(), "-0.05");
    assert_eq!(Money::cny(i64::MIN).to_string(), "-92233720368547758.08");
    assert_eq!(Money::cny(-1234).with_symbol(), "-¥12.34");
}

#[test]
fn stored_form_is_fixed() {
    let text = serde_json::to_string(&Money::cny(1234)).expect("plain data");
    assert_eq!(text, r#"{"minor":1234,"currency":"CNY"}"#);
    assert_eq!(serde_json::from_str::<Money>(&text).expect("own text"), Money::cny(1234));
    assert!(serde_json::from_str::<Money>(r#"{"minor":1.5,"currency":"CNY"}"#).is_err());
    assert!(serde_json::from_str::<BasisPoints>("10001").is_err());
    assert!(serde_json::from_str::<Rate>("0").is_err());
}

#[test]
fn currencies_do_not_mix() {
    let usd = Money::new(1, Currency::Usd);
    let mixed = MoneyError::CurrencyMismatch { left: Currency::Cny, right: Currency::Usd };
    assert_eq!(Money::cny(1).checked_add(usd), Err(mixed));
    assert_eq!(Money::cny(1).min(usd), Err(mixed));
    assert_eq!(Money::cny(1).compare(usd), Err(mixed));
}

/// The fee, part, split and exchange figures of P02, P06, P20 and P23.
#[test]
fn figures_of_the_scenarios() {
    let five_percent = BasisPoints::new(500).expect("in range");
    assert_eq!(fee_floor(Money::cny(9999), five_percent), Money::cny(499));
    assert_eq!(ratio_ceil(Money::cny(9500), 50, 100), Ok(Money::cny(4750)));
    assert_eq!(split_by(4500, &[6000, 3000]), Ok(vec![3000, 1500]));
    let usd = Money::new(1399, Currency::Usd);
    let booked = Rate::parse("7.2500").expect("a rate");
    let now = Rate::parse("7.1000").expect("a rate");
    assert_eq!(booked.convert(usd, Currency::Cny), Ok(Money::cny(10143)));
    assert_eq!(now.convert(usd, Currency::Cny), Ok(Money::cny(9933)));
    assert_eq!(five_percent.to_string(), "5%");
    assert_eq!(booked.to_string(), "7.2500");
}

#[test]
fn ties_go_to_the_lower_index() {
    assert_eq!(split_by(1, &[50, 50]), Ok(vec![1, 0]));
    assert_eq!(split_by(5, &[1, 1, 1]), Ok(vec![2, 2, 1]));
    assert_eq!(split_by(5, &[0, 1, 0]), Ok(vec![0, 5, 0]));
    assert_eq!(split_by(0, &[0, 0]), Ok(vec![0, 0]));
    assert_eq!(split_by(5, &[0, 0]), Err(MoneyError::NoWeight));
    assert_eq!(split_by(5, &[7, -2]), Err(MoneyError::Negative));
}

/// The shares of 60, 60 and 20 in 10 are 4, 4 and 2; in 11 they are 5, 5 and 1. What went back to
/// the third tender cannot be fetched, so the second one waits.
#[test]
fn a_part_that_would_shrink_stays() {
    let tenders = [60, 60, 20];
    assert_eq!(split_by(10, &tenders), Ok(vec![4, 4, 2]));
    assert_eq!(split_by(11, &tenders), Ok(vec![5, 5, 1]));
    assert_eq!(split_cumulative(&[4, 4, 2], 1, &tenders), Ok(vec![1, 0, 0]));
}

#[test]
fn never_back_more_than_paid() {
    assert_eq!(split_cumulative(&[30, 20], 51, &[60, 40]), Err(MoneyError::ExceedsTenders));
    assert_eq!(split_cumulative(&[30, 20], 50, &[60, 40]), Ok(vec![30, 20]));
    assert_eq!(split_cumulative(&[61, 0], 1, &[60, 40]), Err(MoneyError::OutOfRange));
    assert_eq!(split_cumulative(&[0], 1, &[60, 40]), Err(MoneyError::OutOfRange));
}

proptest! {
    #[test]
    fn amount_survives_text(minor in 0..=i64::MAX, currency in currency()) {
        let amount = Money::new(minor, currency);
        prop_assert_eq!(Money::parse(&amount.to_string(), currency), Ok(amount));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,24}", currency in currency()) {
        if let Ok(amount) = Money::parse(&text, currency) {
            prop_assert!(!amount.is_negative());
        }
        let _ = Rate::parse(&text);
    }

    #[test]
    fn rate_survives_text(scaled in 1..=i64::MAX) {
        let rate = Rate::from_scaled(scaled).expect("positive");
        prop_assert_eq!(Rate::parse(&rate.to_string()), Ok(rate));
    }

    #[test]
    fn adding_and_taking_away_cancel(a in minor(), b in minor()) {
        let (a, b) = (Money::cny(a), Money::cny(b));
        match a.checked_add(b) {
            Ok(sum) => prop_assert_eq!(sum.checked_sub(b), Ok(a)),
            Err(error) => prop_assert_eq!(error, MoneyError::Overflow),
        }
    }

    #[test]
    fn fee_is_the_floor(minor in minor(), share in 0..=10_000_u32) {
        let fee = fee_floor(Money::cny(minor), BasisPoints::new(share).expect("in range"));
        let exact = i128::from(minor) * i128::from(share);
        let fee = i128::from(fee.minor()) * 10_000;
        prop_assert!(fee <= exact && exact < fee + 10_000);
    }

    #[test]
    fn part_is_the_ceiling(minor in 0..=i64::MAX, (missing, promised) in (1..=i64::MAX).prop_flat_map(|p| (0..=p, Just(p)))) {
        let part = ratio_ceil(Money::cny(minor), missing, promised).expect("in range").minor();
        prop_assert!((0..=minor).contains(&part));
        let exact = i128::from(minor) * i128::from(missing);
        let part = i128::from(part) * i128::from(promised);
        prop_assert!(exact <= part && part < exact + i128::from(promised));
    }

    #[test]
    fn ratio_never_panics(minor in any::<i64>(), missing in any::<i64>(), promised in any::<i64>()) {
        let _ = ratio_ceil(Money::cny(minor), missing, promised);
    }

    #[test]
    fn conversion_is_nearest(minor in -1_000_000_000_i64..1_000_000_000, scaled in 1..1_000_000_000_000_i64, from in currency(), to in currency()) {
        let rate = Rate::from_scaled(scaled).expect("positive");
        let got = rate.convert(Money::new(minor, from), to).expect("small").minor();
        let unit = i128::from(from.scale()) * i128::from(Rate::SCALE);
        let exact = i128::from(minor) * i128::from(scaled) * i128::from(to.scale());
        prop_assert!((i128::from(got) * unit - exact).abs() * 2 <= unit);
    }

    #[test]
    fn conversion_never_panics(minor in any::<i64>(), scaled in 1..=i64::MAX, from in currency(), to in currency()) {
        let _ = Rate::from_scaled(scaled).expect("positive").convert(Money::new(minor, from), to);
    }

    #[test]
    fn split_sums_to_the_whole(total in minor(), weights in proptest::collection::vec(minor(), 0..6)) {
        if let Ok(parts) = split_by(total, &weights) {
            prop_assert_eq!(parts.len(), weights.len());
            prop_assert!(parts.iter().all(|part| *part >= 0));
            prop_assert_eq!(parts.iter().map(|p| i128::from(*p)).sum::<i128>(), i128::from(total));
            let whole: i128 = weights.iter().map(|w| i128::from(*w)).sum();
            for (part, weight) in parts.iter().zip(&weights) {
                // Within one unit of the exact share, on either side.
                let off = i128::from(*part) * whole - i128::from(total) * i128::from(*weight);
                prop_assert!(off.abs() < whole.max(1));
            }
        }
    }

    /// T18: any chain of partial refunds: nothing negative, each sums to itself, no tender overpaid,
    /// and refunding everything returns every tender to the unit.
    #[test]
    fn partial_refunds_add_up(
        tenders in proptest::collection::vec(0..5_000_i64, 1..5),
        cuts in proptest::collection::vec(0..2_000_i64, 0..12),
    ) {
        let paid: i64 = tenders.iter().sum();
        let mut sent = vec![0; tenders.len()];
        for cut in cuts.into_iter().chain([i64::MAX]) {
            let amount = cut.min(paid - sent.iter().sum::<i64>());
            let parts = split_cumulative(&sent, amount, &tenders).expect("within what is left");
            prop_assert!(parts.iter().all(|part| *part >= 0));
            prop_assert_eq!(parts.iter().sum::<i64>(), amount);
            for ((sent, part), tender) in sent.iter_mut().zip(parts).zip(&tenders) {
                *sent += part;
                prop_assert!(*sent <= *tender);
            }
        }
        prop_assert_eq!(sent, tenders);
    }

    /// With two tenders the chain is exactly the difference of two splits.
    #[test]
    fn two_tenders_follow_the_cumulative_split(
        tenders in (1..5_000_i64, 1..5_000_i64),
        (before, this) in (0..5_000_i64, 0..5_000_i64),
    ) {
        let tenders = [tenders.0, tenders.1];
        let paid: i64 = tenders.iter().sum();
        let before = before.min(paid);
        let this = this.min(paid - before);
        let sent = split_by(before, &tenders).expect("weights");
        let total = split_by(before + this, &tenders).expect("weights");
        let expected: Vec<i64> = total.iter().zip(&sent).map(|(t, s)| t - s).collect();
        prop_assert_eq!(split_cumulative(&sent, this, &tenders), Ok(expected));
    }
}
