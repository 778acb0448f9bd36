//! Redemption codes on a real database: shown once, kept as hashes, worth their sum exactly once whoever hurries.

use super::goods::files_hold;
use super::house::{House, books_balance, config, register};
use yuanlu_app::app::Config;
use yuanlu_app::inputs::{CodeBatchInput, Page};
use yuanlu_app::limits::Limits;
use yuanlu_app::{App, AppError, Principal, Secret};
use yuanlu_domain::Refusal;
use yuanlu_domain::ids::DeskId;

fn input(worth: &str, amount: &str, quantity: u32) -> CodeBatchInput {
    CodeBatchInput { worth: worth.into(), amount: amount.into(), quantity, last_day: "2099-12-31".into() }
}

fn issue(app: &App, finance: &Principal, batch: &CodeBatchInput) -> (DeskId, Vec<Secret<String>>) {
    let asked = app.ask_code_batch(finance, batch, None).unwrap();
    assert_eq!((asked.state, asked.needs_two), ("ready", false));
    let batch = DeskId::from(asked.batch.as_str());
    let codes = app.take_codes(finance, &batch).unwrap();
    (batch, codes)
}

#[test]
fn a_code_is_shown_once_redeemed_once_and_kept_nowhere() {
    let house = House::new("codes");
    let app = &house.app;
    let (batch, codes) = issue(app, &house.admin, &input("balance", "20.00", 3));
    assert_eq!(codes.len(), 3);
    assert!(matches!(
        app.take_codes(&house.admin, &batch),
        Err(AppError::Refused(Refusal::WrongState { state: "issued" }))
    ));
    let buyer = register(app, "li.si");
    // Typed in another dress.
    let typed = codes[0].expose().to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
    let redeemed = app.redeem_code(&buyer, &typed, Some("k1")).unwrap();
    assert_eq!((redeemed.amount.minor, redeemed.worth, redeemed.balance.held.minor), (2_000, "balance", 2_000));
    assert_eq!(app.redeem_code(&buyer, codes[0].expose(), Some("k1")).unwrap(), redeemed, "the same click");
    assert_eq!(app.redeem_code(&buyer, codes[0].expose(), Some("k2")), Err(Refusal::CodeUsed.into()));
    assert_eq!(app.redeem_code(&Principal::Anonymous, codes[1].expose(), None), Err(AppError::NotSignedIn));
    let shown = &app.code_batches(&house.admin, &Page::default()).unwrap().items[0];
    assert_eq!((shown.used, shown.owed.minor, shown.state), (1, 4_000, "issued"));
    let withdrawn = app.withdraw_code_batch(&house.admin, &batch).unwrap();
    assert_eq!((withdrawn.state, withdrawn.owed.minor), ("withdrawn", 0));
    assert_eq!(app.redeem_code(&buyer, codes[1].expose(), None), Err(Refusal::CodeWithdrawn.into()));
    assert_eq!(app.code_batches(&buyer, &Page::default()).err(), Some(AppError::Forbidden));
    books_balance(app);
    for code in &codes {
        assert!(!files_hold(app, code.expose().as_bytes()), "a code is kept nowhere");
    }
    let on_server = app.db().location().file().is_none();
    assert!(on_server || files_hold(app, b"redemption_code"), "the database was read");
}

#[test]
fn guesses_are_counted_and_right_codes_are_not() {
    let house = House::with(Config { limits: Limits::default(), ..config("codes-guessed") });
    let app = &house.app;
    let (_, codes) = issue(app, &house.admin, &input("voucher", "5.00", 12));
    let buyer = register(app, "li.si");
    for code in &codes[..11] {
        app.redeem_code(&buyer, code.expose(), None).unwrap();
    }
    for _ in 0..10 {
        assert_eq!(app.redeem_code(&buyer, "AAAA-BBBB-CCCC-DDDD", None), Err(Refusal::CodeUnknown.into()));
    }
    let late = app.redeem_code(&buyer, codes[11].expose(), None);
    assert!(matches!(late, Err(AppError::TooMany { .. })), "also a right one waits: {late:?}");
    let other = register(app, "wang.wu");
    assert_eq!(app.redeem_code(&other, codes[11].expose(), None).unwrap().worth, "voucher");
    books_balance(app);
}

#[test]
fn eight_people_with_one_code_and_one_with_eight_clicks_get_its_sum_once() {
    let house = House::with(Config { direct: false, ..config("codes-at-once") });
    let app = &house.app;
    let (_, codes) = issue(app, &house.admin, &input("balance", "20.00", 2));
    let people: Vec<Principal> = (0..8).map(|n| register(app, &format!("buyer.{n}"))).collect();
    let won = std::thread::scope(|scope| {
        let tries: Vec<_> =
            people.iter().map(|who| scope.spawn(|| app.redeem_code(who, codes[0].expose(), None))).collect();
        let outcomes: Vec<_> = tries.into_iter().map(|one| one.join().unwrap()).collect();
        let lost = outcomes.iter().filter(|one| **one == Err(Refusal::CodeUsed.into())).count();
        assert_eq!(lost, 7, "{outcomes:?}");
        outcomes.len() - lost
    });
    assert_eq!(won, 1);
    let held = |who: &Principal| app.balance(who).unwrap().held.minor;
    assert_eq!(people.iter().map(held).sum::<i64>(), 2_000);
    let clicks = std::thread::scope(|scope| {
        let clicks: Vec<_> =
            (0..8).map(|_| scope.spawn(|| app.redeem_code(&people[0], codes[1].expose(), Some("one")))).collect();
        clicks.into_iter().map(|one| one.join().unwrap()).filter(Result::is_ok).count()
    });
    assert_eq!(clicks, 8, "every click is answered alike");
    assert_eq!(people.iter().map(held).sum::<i64>(), 4_000);
    books_balance(app);
}

#[test]
fn a_batch_worth_much_waits_for_a_second_person_and_expires_with_its_books_right() {
    let mut house = House::new("codes-large");
    let second = house.staff("finance");
    let app = &house.app;
    let last_day = app.now().plus_days(2).date().to_string();
    let large = CodeBatchInput { last_day, ..input("balance", "500.00", 1000) };
    let asked = app.ask_code_batch(&house.admin, &large, Some("k")).unwrap();
    assert_eq!(app.ask_code_batch(&house.admin, &large, Some("k")).unwrap().batch, asked.batch);
    assert_eq!((asked.state, asked.needs_two), ("waiting", true));
    let batch = DeskId::from(asked.batch.as_str());
    assert_eq!(app.approve_code_batch(&house.admin, &batch), Err(Refusal::Conflicted.into()));
    assert!(app.take_codes(&house.admin, &batch).is_err());
    assert_eq!(app.approve_code_batch(&second, &batch).unwrap().state, "ready");
    let codes = app.take_codes(&house.admin, &batch).unwrap();
    let buyer = register(app, "li.si");
    app.redeem_code(&buyer, codes[999].expose(), None).unwrap();
    house.pass(3 * 24);
    house.wake();
    let over = app.code_batch(&house.admin, &batch).unwrap();
    assert_eq!((over.state, over.used, over.owed.minor), ("expired", 1, 0));
    assert_eq!(app.redeem_code(&buyer, codes[0].expose(), None), Err(Refusal::CodeExpired.into()));
    for (wrong, field) in [
        (input("gold", "1.00", 1), "worth"),
        (input("balance", "0.00", 1), "amount"),
        (input("balance", "1.00", 0), "quantity"),
        (input("balance", "1.00", 1001), "quantity"),
        (CodeBatchInput { last_day: "2020-01-01".into(), ..input("balance", "1.00", 1) }, "last_day"),
        (CodeBatchInput { last_day: "soon".into(), ..input("balance", "1.00", 1) }, "last_day"),
    ] {
        let refused = app.ask_code_batch(&house.admin, &wrong, None);
        assert!(matches!(&refused, Err(AppError::Invalid { field: found, .. }) if *found == field), "{refused:?}");
    }
    books_balance(app);
}
