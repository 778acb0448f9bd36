//! Topping a balance up, on a real database: once, on the channel's word, and the books agree.

use super::house::{House, books_balance, origin, place, register};
use yuanlu_app::AppError;
use yuanlu_app::bills::BillFile;
use yuanlu_app::cashier::{AskInput, CashierAnswer, Way};
use yuanlu_app::inputs::TopUpInput;
use yuanlu_domain::Refusal;
use yuanlu_domain::bill::{BillEntry, BillKind, BillLine};
use yuanlu_domain::ids::{ChannelId, ChannelNumber};
use yuanlu_domain::time::Instant;
use yuanlu_money::Money;
use yuanlu_storage::unmatched;

fn input(amount: &str) -> TopUpInput {
    TopUpInput { amount: amount.into(), channel: "sim".into(), confirmed: true }
}

#[test]
fn a_top_up_comes_in_once_and_what_does_not_fit_waits_for_finance() {
    let house = House::new("top-up");
    let (app, sim) = (&house.app, ChannelId::from("sim"));
    let buyer = register(app, "li.si");
    let first = app.begin_top_up(&buyer, &input("100.00"), Some("k1")).unwrap();
    assert_eq!(app.begin_top_up(&buyer, &input("100.00"), Some("k1")).unwrap(), first, "the same click");
    assert_eq!(app.begin_top_up(&buyer, &input("100.00"), Some("k2")).unwrap(), first, "and another one");
    let no = ChannelNumber::from(first.no.as_str());
    let paid = |channel_ref: &str, fen: i64| app.payment_succeeded(&sim, &no, channel_ref, Money::cny(fen)).unwrap();
    let waiting = || app.db().read(|db| unmatched::count_open(db)).unwrap();
    paid("T1", 9_999);
    assert_eq!((app.balance(&buyer).unwrap().held.minor, waiting()), (0, 1), "another sum is not believed");
    paid("T1", 10_000);
    paid("T1", 10_000);
    app.payment_declined(&sim, &no, "too late").unwrap();
    assert_eq!((app.balance(&buyer).unwrap().held.minor, waiting()), (10_000, 1));
    paid("T2", 10_000);
    paid("T2", 10_000);
    assert_eq!((app.balance(&buyer).unwrap().held.minor, waiting()), (10_000, 2), "paid twice: finance looks, once");
    assert_eq!(app.load_top_up(&buyer, &no).unwrap().state, "paid");
    assert_eq!(app.load_top_up(&house.buyer, &no), Err(AppError::NotFound), "one's own only");
    assert_eq!(app.notices(&buyer, &Default::default()).unwrap().items[0].code, "topped_up");
    // It buys goods.
    let card = house.card("CODE-0001\n");
    app.place_order(&buyer, &place(&card, 1, "balance"), None, &origin()).unwrap();
    assert_eq!(app.balance(&buyer).unwrap().held.minor, 1);
    books_balance(app);
}

/// A bill with these lines, compared on its day.
fn compare(house: &House, kind: BillKind, lines: &[BillLine]) -> Vec<String> {
    let (sim, day) = (ChannelId::from("sim"), house.app.now().date());
    let path = std::env::temp_dir().join(format!("yuanlu-bill-{}-{}", std::process::id(), lines.len()));
    std::fs::write(&path, format!("{lines:?}")).unwrap();
    let start = Instant::start_of(day);
    let span = start..start.plus_days(1);
    let file = BillFile { channel: &sim, day, kind, span, path: &path, brought_by: "operator" };
    let read = |_: &mut dyn std::io::BufRead, each: &mut dyn FnMut(BillLine)| {
        lines.iter().cloned().for_each(each);
        Ok(())
    };
    house.app.reconcile(&file, &read, &mut |_| {}).unwrap();
    std::fs::remove_file(&path).unwrap();
    let page = house.app.exceptions(&house.admin, false, &Default::default()).unwrap();
    page.items.iter().map(|one| format!("{} {} {:?}", one.difference, one.delta.text, one.order)).collect()
}

fn paid_line(no: &ChannelNumber, channel_ref: &str, fen: i64, at: Instant) -> BillLine {
    BillLine {
        line: 2,
        entry: BillEntry::Payment,
        payment_no: no.clone(),
        payment_ref: channel_ref.to_owned(),
        refund_no: "".into(),
        amount: Money::cny(fen),
        fee_minor: 0,
        at: Some(at),
        state: String::new(),
    }
}

#[test]
fn bills_know_of_top_ups_and_tell_wallets_what_they_have_not_heard() {
    let house = House::new("top-up-bill");
    let (app, sim) = (&house.app, ChannelId::from("sim"));
    let buyer = register(app, "li.si");
    let begin = |amount: &str| {
        let begun = app.begin_top_up(&buyer, &input(amount), None).unwrap();
        ChannelNumber::from(begun.no.as_str())
    };
    let (known, unheard, lost) = (begin("10.00"), begin("20.00"), begin("30.00"));
    app.payment_succeeded(&sim, &known, "T1", Money::cny(1_000)).unwrap();
    app.payment_succeeded(&sim, &lost, "T3", Money::cny(3_000)).unwrap();
    let at = app.now();
    let lines = [paid_line(&known, "T1", 1_000, at), paid_line(&unheard, "T2", 2_000, at)];
    let open = compare(&house, BillKind::Trades, &lines);
    assert_eq!(open, ["missing_there -30.00 None"], "what we booked and the channel does not know");
    assert_eq!(app.balance(&buyer).unwrap().held.minor, 6_000, "the unheard one came in");
    let twice =
        [lines[0].clone(), lines[1].clone(), paid_line(&unheard, "T9", 2_000, at), paid_line(&lost, "T3", 3_000, at)];
    let open = compare(&house, BillKind::Trades, &twice);
    assert_eq!(open, ["double_payment 20.00 None"], "a second payment is for a person, and the lost one was found");
    assert_eq!(app.balance(&buyer).unwrap().held.minor, 6_000);
    books_balance(app);
}

#[test]
fn an_unpaid_one_is_asked_about_expires_is_closed_and_credited_late_all_the_same() {
    let house = House::new("top-up-late");
    let (app, sim) = (&house.app, ChannelId::from("sim"));
    let before = app.balance(&house.buyer).unwrap().held.minor;
    let top_up = app.begin_top_up(&house.buyer, &input("12.34"), None).unwrap();
    let no = ChannelNumber::from(top_up.no.as_str());
    let asked = AskInput { scene: "page".into(), return_url: "http://shop.test/".into(), again: false };
    assert_eq!(app.ask_top_up_cashier(&house.buyer, &no, &asked, &origin()).unwrap().state, "asked");
    let now = app.now();
    let [due] = app.claim_asks(now, now.plus_seconds(20), 10).unwrap().try_into().unwrap();
    assert!(app.claim_asks(now, now.plus_seconds(20), 10).unwrap().is_empty(), "nobody else is given it");
    assert_eq!((due.no.clone(), due.ask.amount), (no.clone(), Money::cny(1_234)));
    let way = Way::Link("https://pay.example/1".into());
    let reference = Some("cs_1".to_owned());
    app.cashier_answered(&no, CashierAnswer::Ready { way, reference, expires_at: now.plus_minutes(5) }).unwrap();
    let seen = app.load_top_up_cashier(&house.buyer, &no).unwrap().unwrap();
    assert_eq!((seen.state, seen.url.as_deref()), ("ready", Some("https://pay.example/1")));
    let open = app.open_top_ups(now.plus_hours(-1), now.plus_hours(1), None, 10).unwrap();
    assert_eq!(open.iter().map(|one| &one.no).collect::<Vec<_>>(), [&no]);
    assert!(app.open_top_ups(now.plus_hours(-1), now.plus_hours(1), open.last(), 10).unwrap().is_empty());

    house.pass(2);
    house.wake();
    assert_eq!(app.load_top_up(&house.buyer, &no).unwrap().state, "closing");
    let late = app.ask_top_up_cashier(&house.buyer, &no, &asked, &origin());
    assert!(matches!(late, Err(AppError::Refused(Refusal::WrongState { .. }))), "{late:?}");
    let now = app.now();
    let [closing] = app.claim_closings(now, now.plus_minutes(5), 10).unwrap().try_into().unwrap();
    assert_eq!(closing.prepared.as_deref(), Some("cs_1"), "it is closed by the name that the channel gave it");
    assert!(app.claim_closings(now, now.plus_minutes(5), 10).unwrap().is_empty());
    app.postpone_closing(&closing, now.plus_minutes(1)).unwrap();
    let later = now.plus_minutes(2);
    assert_eq!(app.claim_closings(later, later.plus_minutes(5), 10).unwrap().len(), 1);
    books_balance(app);
    app.payment_closed(&sim, &no).unwrap();
    app.payment_closed(&sim, &no).unwrap();
    assert_eq!(app.load_top_up(&house.buyer, &no).unwrap().state, "closed");
    app.payment_succeeded(&sim, &no, "T9", Money::cny(1_234)).unwrap();
    assert_eq!(app.balance(&house.buyer).unwrap().held.minor, before + 1_234);
    books_balance(app);
}

#[test]
fn limits_terms_and_bad_input() {
    let house = House::new("top-up-limits");
    let app = &house.app;
    let terms = app.top_up_terms().unwrap();
    assert_eq!((terms.least.text.as_str(), terms.most.text.as_str()), ("1.00", "5000.00"));
    let refused = |input: TopUpInput| app.begin_top_up(&house.buyer, &input, None).unwrap_err();
    assert_eq!(refused(TopUpInput { confirmed: false, ..input("10") }), Refusal::ConfirmationNeeded.into());
    for amount in ["0.99", "5000.01"] {
        assert!(matches!(refused(input(amount)), AppError::Refused(Refusal::TopUpAmount { .. })), "{amount}");
    }
    for amount in ["", "-1", "1.234", "abc", "0"] {
        assert!(matches!(refused(input(amount)), AppError::Invalid { field: "amount", .. }), "{amount}");
    }
    let nowhere = TopUpInput { channel: "nowhere".into(), ..input("10") };
    assert!(matches!(refused(nowhere), AppError::Invalid { field: "channel", .. }));
    let nobody = app.begin_top_up(&yuanlu_app::Principal::Anonymous, &input("10"), None);
    assert_eq!(nobody, Err(AppError::NotSignedIn));
    assert!(app.list_top_ups(&house.buyer).unwrap().is_empty());
}
