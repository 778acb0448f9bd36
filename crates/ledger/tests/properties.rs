//! What must hold for every account, transfer and set of books.

use std::collections::BTreeMap;

use proptest::prelude::*;
use yuanlu_ledger::{Account, Balances, LedgerError, Transfer, TransferKind};
use yuanlu_money::{Currency, Money};

fn account() -> impl Strategy<Value = Account> {
    let owner = proptest::sample::select(vec!["a", "b", "guest:YL1"]).prop_map(str::to_owned);
    (0..15_usize, owner).prop_map(|(sort, owner)| match sort {
        0 => Account::ChannelClearing(owner),
        1 => Account::Escrow(owner),
        2 => Account::SellerPayable(owner),
        3 => Account::SellerDeposit(owner),
        4 => Account::PlatformFee,
        5 => Account::BuyerBalance(owner),
        6 => Account::VoucherLiability("b1".to_owned()),
        7 => Account::RefundInFlight(owner),
        8 => Account::FxGainLoss,
        9 => Account::PlatformAdvance,
        10 => Account::Recourse(owner),
        11 => Account::PlatformCost,
        12 => Account::BalanceFunding,
        13 => Account::SellerWithdrawal(owner),
        _ => Account::Unmatched,
    })
}

fn transfer(amounts: std::ops::RangeInclusive<i64>) -> impl Strategy<Value = Transfer> {
    let currency = proptest::sample::select(Currency::ALL.to_vec());
    let kind = proptest::sample::select(TransferKind::ALL.to_vec());
    (account(), account(), amounts, currency, kind)
        .prop_filter_map("two accounts", |(debit, credit, minor, currency, kind)| {
            Transfer::new(debit, credit, Money::new(minor, currency), kind).ok()
        })
}

fn pay(minor: i64) -> Result<Transfer, LedgerError> {
    Transfer::new(
        Account::ChannelClearing("sim".into()),
        Account::Escrow("YL1".into()),
        Money::cny(minor),
        TransferKind::PaymentReceived,
    )
}

#[test]
fn refuses_what_is_no_transfer() {
    assert_eq!(pay(0), Err(LedgerError::NotPositive));
    assert_eq!(pay(-1), Err(LedgerError::NotPositive));
    let same = Transfer::new(Account::Unmatched, Account::Unmatched, Money::cny(1), TransferKind::Corrected);
    assert_eq!(same, Err(LedgerError::SameAccount));
    let stored =
        r#"{"debit":"unmatched","credit":"platform_fee","amount":{"minor":0,"currency":"CNY"},"kind":"corrected"}"#;
    assert!(serde_json::from_str::<Transfer>(stored).is_err());
}

#[test]
fn refuses_what_is_no_account() {
    for text in ["", "escrow", "escrow:", "escrow:a b", "platform_fee:x", "Escrow:x", "cash"] {
        assert_eq!(text.parse::<Account>(), Err(LedgerError::UnknownAccount), "{text:?}");
    }
    assert_eq!("escrow:shop:a:1".parse(), Ok(Account::Escrow("shop:a:1".into())));
}

#[test]
fn reads_as_an_accountant_would() {
    let books = Balances::fold(&[pay(5000).expect("a transfer")]).expect("small");
    let clearing = Account::ChannelClearing("sim".into());
    let escrow = Account::Escrow("YL1".into());
    assert_eq!(books.net(&clearing, Currency::Cny), -5000);
    assert_eq!(books.balance(&clearing, Currency::Cny), Ok(Money::cny(5000)));
    assert_eq!(books.balance(&escrow, Currency::Cny), Ok(Money::cny(5000)));
    assert_eq!(books.net(&escrow, Currency::Usd), 0);
}

#[test]
fn an_overflow_changes_neither_account() {
    let mut books = Balances::fold(&[pay(i64::MAX).expect("a transfer")]).expect("fits");
    let before = books.clone();
    assert_eq!(books.apply(&pay(1).expect("a transfer")), Err(LedgerError::Overflow));
    assert_eq!(books, before);
}

proptest! {
    #[test]
    fn account_survives_text(account in account()) {
        prop_assert_eq!(account.to_string().parse::<Account>(), Ok(account));
    }

    #[test]
    fn transfer_survives_storage(transfer in transfer(1..=i64::MAX)) {
        let text = serde_json::to_string(&transfer).expect("plain data");
        prop_assert_eq!(serde_json::from_str::<Transfer>(&text).expect("own text"), transfer);
    }

    #[test]
    fn any_text_is_an_account_or_refused(text in "[a-z_:]{0,24}|\\PC{0,12}") {
        if let Ok(account) = text.parse::<Account>() {
            prop_assert_eq!(account.to_string(), text);
        }
    }

    /// Zero after every single transfer, and each account as naive addition has it.
    #[test]
    fn books_sum_to_zero(transfers in proptest::collection::vec(transfer(1..=1_000_000), 0..60)) {
        let mut books = Balances::new();
        let mut naive: BTreeMap<(Account, Currency), i64> = BTreeMap::new();
        for transfer in &transfers {
            books.apply(transfer).expect("small");
            prop_assert!(books.is_balanced());
            let (minor, currency) = (transfer.amount().minor(), transfer.amount().currency());
            *naive.entry((transfer.debit().clone(), currency)).or_default() -= minor;
            *naive.entry((transfer.credit().clone(), currency)).or_default() += minor;
        }
        naive.retain(|_, net| *net != 0);
        let naive: Vec<_> = naive.iter().map(|((a, c), net)| (a, *c, *net)).collect();
        prop_assert_eq!(books.standing(), naive);
    }

    /// The order of transfers does not matter.
    #[test]
    fn transfers_commute(transfers in proptest::collection::vec(transfer(1..=1_000_000), 0..30)) {
        let forward = Balances::fold(&transfers).expect("small");
        let backward = Balances::fold(transfers.iter().rev()).expect("small");
        prop_assert_eq!(forward, backward);
    }

    /// Even at the edge of the range: an error or balanced books, never a panic.
    #[test]
    fn overflow_is_an_error(transfers in proptest::collection::vec(transfer(i64::MAX / 2..=i64::MAX), 0..20)) {
        let mut books = Balances::new();
        for transfer in &transfers {
            let _ = books.apply(transfer);
            prop_assert!(books.is_balanced());
        }
    }
}
