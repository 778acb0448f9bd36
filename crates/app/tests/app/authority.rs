//! The whole table of who may do what, as committed in `authority.txt`.

use std::collections::BTreeSet;
use std::fmt::Write;
use yuanlu_app::{Action, Decision, Object, Person, Principal, authorize};
use yuanlu_domain::ids::{AccountId, OrderId, SellerId};
use yuanlu_domain::{Party, Role};

fn person(account: &str, roles: &[Role], seller: Option<&str>, second_factor: bool) -> Principal {
    Principal::Person(Person {
        account: account.into(),
        name: account.to_owned(),
        roles: roles.iter().copied().collect::<BTreeSet<_>>(),
        seller: seller.map(SellerId::from),
        second_factor,
    })
}

/// Everybody there is, seen from one order of `buyer` at `shop`, in which `judge` has judged.
fn everybody() -> Vec<(String, Principal)> {
    let mut all = vec![
        ("anonymous".to_owned(), Principal::Anonymous),
        ("guest of another order".to_owned(), Principal::Guest(OrderId::from("O2"))),
        ("another buyer".to_owned(), person("other", &[Role::Buyer], None, false)),
        ("the buyer".to_owned(), person("buyer", &[Role::Buyer], None, false)),
        ("another seller".to_owned(), person("s2", &[Role::Buyer, Role::Seller], Some("shop2"), false)),
        ("the seller".to_owned(), person("s1", &[Role::Buyer, Role::Seller], Some("shop"), false)),
    ];
    for role in Role::ALL.into_iter().filter(|role| role.needs_second_factor()) {
        all.push((role.code().to_owned(), person("staff", &[Role::Buyer, role], None, true)));
        all.push((format!("{} without factor", role.code()), person("staff", &[Role::Buyer, role], None, false)));
    }
    all.push(("reviewer who judged".to_owned(), person("judge", &[Role::Reviewer], None, true)));
    all.push(("reviewer who is the buyer".to_owned(), person("buyer", &[Role::Reviewer], None, true)));
    all.push(("reviewer of the shop".to_owned(), person("r", &[Role::Reviewer, Role::Seller], Some("shop"), true)));
    all.push(("risk who judged".to_owned(), person("judge", &[Role::Risk], None, true)));
    all.push(("risk who is the buyer".to_owned(), person("buyer", &[Role::Risk], None, true)));
    all.push(("risk of the shop".to_owned(), person("r", &[Role::Risk, Role::Seller], Some("shop"), true)));
    all.push(("program".to_owned(), Principal::Program));
    all
}

fn answer(decision: Decision) -> char {
    match decision {
        Decision::Allow => 'A',
        Decision::NotFound => '.',
        Decision::Forbidden => 'x',
        Decision::NeedsSecondFactor => '2',
    }
}

/// What an action is done to.
fn object_of<'a>(
    action: Action,
    file: Object<'a>,
    shop: &'a SellerId,
    holder: &'a AccountId,
    judges: &'a [AccountId],
) -> Object<'a> {
    match action {
        Action::ViewOrder
        | Action::PayOrder
        | Action::RevealCode
        | Action::ConfirmReceipt
        | Action::ActOnOwnCase
        | Action::ViewCase
        | Action::AddEvidence
        | Action::ViewEvidence
        | Action::ExportCase
        | Action::DeliverOrder
        | Action::AnswerAsSeller
        | Action::JudgeCase
        | Action::TalkInThread
        | Action::InviteArbitrator
        | Action::ApprovePayout
        | Action::ResumePayout => file,
        Action::ViewShop
        | Action::ManageProducts
        | Action::LoadCodes
        | Action::ViewSellerAccount
        | Action::ManageSellerAccount => Object::Shop(shop),
        Action::OwnAccount | Action::ViewAdmission => Object::Account(holder),
        Action::OwnCredit | Action::RecordFinding | Action::JudgeFinding | Action::BlockPeople => {
            Object::Credit("acct:buyer")
        }
        Action::ReviewListing => Object::Credit("seller:shop"),
        // Reported by the buyer; about the shop, and about whoever judged.
        Action::ViewTipOff | Action::JudgeTipOff => {
            Object::TipOff { reporter: Some(holder), accused: judges, seller: Some(shop) }
        }
        Action::MoveDemoClock => Object::Demo,
        Action::PlaceOrder
        | Action::ClaimOrder
        | Action::ViewQueue
        | Action::ManageFunds
        | Action::SitOnPanel
        | Action::ViewPayouts
        | Action::Reconcile
        | Action::CreditBalance
        | Action::ManageSellers
        | Action::ManagePeople
        | Action::ViewConduct
        | Action::ManageOrganisations
        | Action::FileTipOff
        | Action::ApplyToSell
        | Action::ViewAdmissions
        | Action::JudgeAdmission
        | Action::ManagePolicies
        | Action::ManageNotices
        | Action::ViewOutside
        | Action::HandleOutside
        | Action::RecordOutsidePayment
        | Action::AskSupport
        | Action::AnswerSupport
        | Action::ManageSupport
        | Action::JudgeReview
        | Action::ManagePlatform
        | Action::ManageIncidents
        | Action::ApproveIncident
        | Action::ViewAudit => Object::Nothing,
    }
}

fn table() -> String {
    let (buyer, shop) = (Party::Account("buyer".into()), SellerId::from("shop"));
    let (judges, holder) = ([AccountId::from("judge")], AccountId::from("buyer"));
    let file = Object::File { buyer: &buyer, seller: &shop, judges: &judges };
    let mut out = String::from("A allowed, . not found, x forbidden, 2 needs the second factor\n\n");
    for (n, action) in Action::ALL.iter().enumerate() {
        let _ = writeln!(out, "{}{action:?}", "| ".repeat(n));
    }
    for (name, who) in everybody() {
        let answers = Action::ALL.map(|action| {
            let object = object_of(action, file, &shop, &holder, &judges);
            answer(authorize(&who, action, &object)).to_string()
        });
        let _ = writeln!(out, "{}  {name}", answers.join(" "));
    }
    out
}

/// A change of this table is a decision: run with `YUANLU_WRITE_GOLDEN=1` and read the difference before committing.
#[test]
fn the_table_of_roles_and_actions_is_the_committed_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/app/authority.txt");
    if std::env::var_os("YUANLU_WRITE_GOLDEN").is_some() {
        std::fs::write(path, table()).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(table(), committed, "who may do what has changed");
}

#[test]
fn a_guest_has_every_right_of_a_buyer_on_his_own_order_only() {
    let order = OrderId::from("O1");
    let (party, shop) = (Party::Guest(order.clone()), SellerId::from("shop"));
    let own = Object::File { buyer: &party, seller: &shop, judges: &[] };
    let rights = |who: &Principal| -> Vec<Action> {
        Action::ALL.into_iter().filter(|action| authorize(who, *action, &own) == Decision::Allow).collect()
    };
    let buyer_party = Party::Account("buyer".into());
    let buyers = Object::File { buyer: &buyer_party, seller: &shop, judges: &[] };
    let buyer = person("buyer", &[Role::Buyer], None, false);
    let of_buyer: Vec<Action> = Action::ALL
        .into_iter()
        .filter(|action| authorize(&buyer, *action, &buyers) == Decision::Allow)
        .filter(|action| !matches!(action, Action::ClaimOrder | Action::ApplyToSell))
        .collect();
    assert_eq!(rights(&Principal::Guest(order)), of_buyer);
    assert_eq!(
        rights(&Principal::Guest(OrderId::from("O2"))),
        [Action::PlaceOrder, Action::FileTipOff, Action::AskSupport]
    );
}
