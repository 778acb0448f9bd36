//! A seller's money through the use cases: earned, withdrawn, owed, advanced, repaid; and the job that covers debts.

use crate::house::{House, PASSWORD, arrive, books_balance, id, origin};
use yuanlu_app::inputs::{BankedInput, InviteInput, Page, PayoutAccountInput, StatementQuery};
use yuanlu_app::views::SellerAccountView;
use yuanlu_app::{AppError, Principal, Secret};
use yuanlu_domain::command::{Act, Command, SellerAct};
use yuanlu_domain::ids::{CaseId, SellerId};
use yuanlu_domain::{Actor, Refusal};

fn account(password: &str) -> PayoutAccountInput {
    PayoutAccountInput {
        holder: "点卡小店".to_owned(),
        bank: "城市银行".to_owned(),
        number: Secret::new("6222 0000-0000 1234".to_owned()),
        password: Secret::new(password.to_owned()),
    }
}

fn banked(amount: &str) -> BankedInput {
    BankedInput { amount: amount.to_owned(), reference: "B-0001".to_owned() }
}

fn seller_id(house: &House) -> SellerId {
    house.seller.person().and_then(|person| person.seller.clone()).unwrap()
}

fn own(house: &House) -> SellerAccountView {
    house.app.own_seller_account(&house.seller).unwrap()
}

/// What the job does every second.
fn square(house: &House) -> usize {
    let sellers = house.app.sellers_to_square(None, 100).unwrap();
    let square = |seller| Command { by: Actor::Program, act: Act::Seller { seller, act: SellerAct::Square } };
    house.app.run_commands(sellers.into_iter().map(square).collect()).into_iter().filter(Result::is_ok).count()
}

/// So many cards are bought, revealed and settled; ¥97.00 each. They have a warranty.
fn settled(house: &House, count: usize) -> Vec<yuanlu_app::views::OrderView> {
    let codes: String = (0..count).map(|n| format!("CODE-{n:04}\n")).collect();
    let card = house.product("game_card", &codes, |input| input.warranty_days = 120);
    let orders: Vec<_> = (0..count)
        .map(|_| {
            let order = house.buy(&card, 1);
            house.app.reveal(&house.buyer, &id(&order), 1).unwrap();
            order
        })
        .collect();
    for _ in 0..3 {
        house.pass(24 * 9);
        house.wake();
    }
    orders
}

fn refund(house: &House, order: &yuanlu_app::views::OrderView) {
    let case = house.apply(&house.buyer, order, "invalid_code").unwrap();
    house.app.agree(&house.seller, &CaseId::from(case.summary.case.as_str()), None).unwrap();
}

#[test]
fn earnings_are_held_settled_and_withdrawn_with_a_bank_reference() {
    let mut house = House::new("withdrawal");
    let finance = house.staff("finance");
    let seller = seller_id(&house);
    let card = house.card("CODE-1\nCODE-2");
    let order = house.buy(&card, 1);
    let held = own(&house);
    assert_eq!((held.escrow.text.as_str(), held.escrow_orders, held.available.text.as_str()), ("99.99", 1, "0.00"));
    let escrow = house.app.own_escrow(&house.seller, &Page::default()).unwrap();
    assert_eq!((escrow.items[0].order.as_str(), escrow.items[0].release_at), (order.order.as_str(), None));
    house.app.reveal(&house.buyer, &id(&order), 1).unwrap();
    house.pass(24 * 4);
    house.wake();
    let escrow = house.app.own_escrow(&house.seller, &Page::default()).unwrap();
    assert!(escrow.items[0].release_at.is_some(), "received: its day is known");
    house.pass(24 * 20);
    house.wake();
    assert_eq!(own(&house).payable.text, "97.00");
    assert!(house.app.own_escrow(&house.seller, &Page::default()).unwrap().items.is_empty());

    // What the deposit lacks stays.
    assert_eq!((own(&house).available.text.as_str(), own(&house).lacking_deposit.text.as_str()), ("0.00", "5000.00"));
    house.app.pay_deposit(&finance, &seller, "5000.00", Some("d1")).unwrap();
    house.app.pay_deposit(&finance, &seller, "5000.00", Some("d1")).unwrap();
    assert_eq!((own(&house).available.text.as_str(), own(&house).deposit.text.as_str()), ("97.00", "5000.00"));
    let early = house.app.request_withdrawal(&house.seller, "50.00", None);
    assert_eq!(early, Err(AppError::Refused(Refusal::Missing { field: "payout_account" })));

    let wrong = house.app.set_payout_account(&house.seller, &account("not the password"), &origin());
    assert_eq!(wrong, Err(AppError::WrongCredentials));
    let named = house.app.set_payout_account(&house.seller, &account(PASSWORD), &origin()).unwrap();
    let shown = named.payout_account.unwrap();
    assert_eq!((shown.holder.as_str(), shown.number.as_str()), ("点**", "**** 1234"));
    assert!(!format!("{shown:?}").contains("6222"));
    let key = Some("w1");
    house.app.request_withdrawal(&house.seller, "50.00", key).unwrap();
    let asked = house.app.request_withdrawal(&house.seller, "50.00", key).unwrap();
    assert_eq!(
        (asked.withdrawals.len(), asked.reserved.text.as_str(), asked.available.text.as_str()),
        (1, "50.00", "47.00")
    );

    let waiting = house.app.withdrawals(&finance).unwrap();
    assert_eq!((waiting.len(), waiting[0].actions.as_slice()), (1, &["refuse"][..]));
    let too_early = house.app.execute_withdrawal(&finance, &seller, 1, "B-1");
    assert!(matches!(too_early, Err(AppError::Refused(Refusal::NotBefore { .. }))), "{too_early:?}");
    house.pass(24);
    assert_eq!(house.app.withdrawals(&finance).unwrap()[0].actions, ["execute", "refuse"]);
    let opened = house.app.open_payout_account(&finance, &seller, 1).unwrap();
    assert_eq!((opened.number.as_str(), opened.bank.as_str()), ("6222000000001234", "城市银行"));
    let log = house.app.audit_log(&house.admin, &Page::default()).unwrap();
    assert!(log.items.iter().any(|row| row.act == "open_payout_account"));
    house.app.execute_withdrawal(&finance, &seller, 1, "B-1").unwrap();
    assert!(house.app.withdrawals(&finance).unwrap().is_empty());
    let done = own(&house);
    assert_eq!((done.withdrawals[0].state, done.withdrawals[0].reference.as_deref()), ("executed", Some("B-1")));
    assert_eq!((done.withdrawn.text.as_str(), done.reserved.text.as_str()), ("50.00", "0.00"));
    house.app.request_withdrawal(&house.seller, "10.00", None).unwrap();
    house.app.refuse_withdrawal(&finance, &seller, 2, "户名不符，请更改收款账户").unwrap();
    assert_eq!(own(&house).withdrawals[0].words.as_deref(), Some("户名不符，请更改收款账户"));
    assert_eq!(own(&house).available.text, "47.00");
    books_balance(&house.app);
}

#[test]
fn a_debt_is_covered_by_itself_and_repaid_from_what_is_earned_next() {
    let mut house = House::new("debt");
    let finance = house.staff("finance");
    let seller = seller_id(&house);
    house.app.pay_deposit(&finance, &seller, "5000.00", None).unwrap();
    house.app.set_payout_account(&house.seller, &account(PASSWORD), &origin()).unwrap();
    let orders = settled(&house, 3);
    house.app.request_withdrawal(&house.seller, "291.00", None).unwrap();
    house.app.execute_withdrawal(&finance, &seller, 1, "B-1").unwrap();
    assert_eq!((square(&house), house.app.debts(&finance).unwrap().len()), (0, 0));

    refund(&house, &orders[0]);
    let owing = house.app.debts(&finance).unwrap();
    assert_eq!((owing.len(), owing[0].debt.text.as_str()), (1, "97.00"));
    assert_eq!((own(&house).debt.text.as_str(), own(&house).available.text.as_str()), ("97.00", "0.00"));
    assert_eq!(square(&house), 1);
    assert_eq!(square(&house), 0);
    let covered = own(&house);
    assert_eq!((covered.debt.text.as_str(), covered.deposit.text.as_str()), ("0.00", "4903.00"));
    assert_eq!(covered.lacking_deposit.text, "97.00");
    let told: Vec<_> = house.app.notices(&house.seller, &Page::default()).unwrap().items;
    let told = told.iter().find(|notice| notice.code == "debt_from_deposit").unwrap();
    assert_eq!(told.amount.as_ref().unwrap().text, "97.00");

    // Without a deposit the platform stands in, and is repaid first.
    let back = house.app.return_deposit(&finance, &seller, &banked("1.00"), None);
    assert!(matches!(back, Err(AppError::Refused(Refusal::BelowDeposit { .. }))), "{back:?}");
    books_balance(&house.app);
}

#[test]
fn what_the_deposit_does_not_cover_the_platform_advances_with_recourse() {
    let mut house = House::new("advance");
    let finance = house.staff("finance");
    let seller = seller_id(&house);
    house.app.credit_balance(&house.admin, "zhang.san", "20000.00", None).unwrap();
    house.app.pay_deposit(&finance, &seller, "5000.00", None).unwrap();
    house.app.set_payout_account(&house.seller, &account(PASSWORD), &origin()).unwrap();
    let dear =
        house.product("game_card", "A-1001\nA-1002\nA-1003\nA-1004\nA-1005\nA-1006\nA-1007\nA-1008\nA-1009", |input| {
            (input.face, input.price, input.warranty_days) = (Some("900".to_owned()), "900.00".to_owned(), 120);
        });
    let buy = || {
        let order = house.buy(&dear, 1);
        house.app.reveal(&house.buyer, &id(&order), 1).unwrap();
        order
    };
    let settle = || {
        for _ in 0..3 {
            house.pass(24 * 9);
            house.wake();
        }
    };
    let orders: [_; 8] = std::array::from_fn(|_| buy());
    settle();
    assert_eq!(own(&house).available.text, "6984.00");
    for (n, amount) in (1..).zip(["4000.00", "2984.00"]) {
        house.app.request_withdrawal(&house.seller, amount, None).unwrap();
        house.app.execute_withdrawal(&finance, &seller, n, "B-1").unwrap();
    }
    for order in &orders {
        refund(&house, order);
    }
    assert_eq!(square(&house), 1);
    let owing = own(&house);
    assert_eq!((owing.deposit.text.as_str(), owing.advance.text.as_str()), ("0.00", "1984.00"));
    assert_eq!(house.app.debts(&finance).unwrap()[0].advance.text, "1984.00");
    let all = Page { limit: Some(100), ..Page::default() };
    let told = house.app.notices(&house.seller, &all).unwrap().items;
    assert!(told.iter().any(|notice| notice.code == "debt_advanced"));
    let asked = house.app.request_withdrawal(&house.seller, "1.00", None);
    assert!(matches!(asked, Err(AppError::Refused(Refusal::InDebt { .. }))), "{asked:?}");
    books_balance(&house.app);

    // Earnings repay by themselves; the rest is paid in.
    buy();
    settle();
    assert_eq!(square(&house), 1);
    assert_eq!((own(&house).payable.text.as_str(), own(&house).advance.text.as_str()), ("0.00", "1111.00"));
    let over = house.app.repay_advance(&finance, &seller, &banked("1111.01"), None);
    assert!(matches!(over, Err(AppError::Refused(Refusal::AboveOwed { .. }))), "{over:?}");
    house.app.repay_advance(&finance, &seller, &banked("1111.00"), Some("r1")).unwrap();
    house.app.repay_advance(&finance, &seller, &banked("1111.00"), Some("r1")).unwrap();
    assert!(own(&house).advance.is_zero() && house.app.debts(&finance).unwrap().is_empty());
    books_balance(&house.app);
}

#[test]
fn who_works_for_the_shop_does_not_pay_it_out_and_strangers_see_nothing() {
    let mut house = House::new("conflict");
    let finance = house.staff("finance");
    let seller = seller_id(&house);
    let both = InviteInput {
        login: "both".to_owned(),
        roles: vec!["seller".to_owned(), "finance".to_owned()],
        seller: Some(seller.to_string()),
        organisation: None,
    };
    let both = arrive(&house.app, &house.app.invite(&house.admin, &both).unwrap().link).principal;
    let paid = house.app.pay_deposit(&both, &seller, "1.00", None);
    assert_eq!(paid, Err(AppError::Refused(Refusal::Conflicted)));
    assert!(house.app.seller_account(&finance, &seller).is_ok());
    let not_found = |who: &Principal| house.app.seller_account(who, &seller).unwrap_err();
    assert_eq!(not_found(&house.buyer), AppError::NotFound);
    assert_eq!(not_found(&Principal::Anonymous), AppError::NotFound);
    assert_eq!(house.app.withdrawals(&house.buyer).unwrap_err(), AppError::Forbidden);
    for bad in ["", "0", "-1", "1e3", "0.001"] {
        assert!(
            matches!(house.app.request_withdrawal(&house.seller, bad, None), Err(AppError::Invalid { .. })),
            "{bad}"
        );
    }
    for bad in ["", "12345", "6222 0000 0000 12/4", "1234567890123456789012345678901234567890"] {
        let input = PayoutAccountInput { number: Secret::new(bad.to_owned()), ..account(PASSWORD) };
        let named = house.app.set_payout_account(&house.seller, &input, &origin());
        assert!(matches!(named, Err(AppError::Invalid { field: "number", .. })), "{bad}: {named:?}");
    }
}

#[test]
fn the_statement_says_what_came_and_went_and_the_file_says_the_same() {
    let mut house = House::new("statement");
    let finance = house.staff("finance");
    let seller = seller_id(&house);
    house.app.pay_deposit(&finance, &seller, "6000.00", None).unwrap();
    let orders = settled(&house, 3);
    refund(&house, &orders[0]);
    house.app.top_up_deposit(&house.seller, "50.00", None).unwrap();
    let now = house.app.now().date_text();
    let query = StatementQuery { month: Some(now[..7].to_owned()), ..StatementQuery::default() };
    let month = house.app.own_statement(&house.seller, &query).unwrap();
    assert_eq!(month.closing, own(&house).payable);
    let total: i64 = month.opening.minor + month.lines.iter().map(|line| line.amount.minor).sum::<i64>();
    assert_eq!((total, month.closing.text.as_str()), (month.closing.minor, "144.00"));
    assert!(month.lines.iter().any(|line| line.what == "refund_reserved" && line.order.is_some()));
    let csv = house.app.own_statement_csv(&house.seller, &query).unwrap();
    let last = csv.trim_end().lines().last().unwrap();
    assert_eq!(csv.trim_end().lines().count(), month.lines.len() + 1);
    assert!(last.contains("deposit_topped_up") && last.ends_with(",-50.00,144.00,CNY"), "{last}");
    let before = StatementQuery { month: Some("2026-02".to_owned()), ..StatementQuery::default() };
    let before = house.app.own_statement(&house.seller, &before).unwrap();
    assert_eq!((before.closing.minor, before.lines.len(), before.after.as_deref()), (0, 0, Some("2026-03")));
    let deposit = StatementQuery { account: Some("deposit".to_owned()), ..query };
    assert_eq!(house.app.own_statement(&house.seller, &deposit).unwrap().closing.text, "6050.00");
    for month in ["2026", "2026-13", "x", "2026-1-", "9999-99", "'; drop"] {
        let query = StatementQuery { month: Some(month.to_owned()), ..StatementQuery::default() };
        let asked = house.app.own_statement(&house.seller, &query);
        assert!(matches!(asked, Err(AppError::Invalid { field: "month", .. })), "{month}: {asked:?}");
    }
}
