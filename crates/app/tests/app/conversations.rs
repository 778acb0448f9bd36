//! Conversations with support from end to end (S22): strangers, guests, accounts, support; and what support finds.

use super::house::{House, case_id, id as order_id, origin, place};
use yuanlu_app::inputs::{
    ConversationInput, GuestInput, Page, PrepareInput, ProgressInput, SayInput, SearchInput, SupportHoursInput,
};
use yuanlu_app::views::{ConversationBegun, ConversationView, OrderView};
use yuanlu_app::{AppError, Principal, Secret};
use yuanlu_domain::ids::DeskId;

fn text(text: &str) -> ConversationInput {
    ConversationInput { text: text.to_owned(), ..ConversationInput::default() }
}

fn saying(text: &str) -> SayInput {
    SayInput { text: text.to_owned(), hints_seen: false }
}

fn number(view: &ConversationView) -> DeskId {
    DeskId::from(view.summary.conversation.as_str())
}

fn key(begun: &ConversationBegun) -> Option<Secret<String>> {
    begun.key.clone().map(Secret::new)
}

fn payment(order: &OrderView, minutes: i64, amount: &str) -> ProgressInput {
    let paid = order.paid_at.unwrap().plus_minutes(minutes).minute_text();
    ProgressInput {
        case: None,
        order: Some(order.order.to_lowercase()),
        paid_at: Some(paid),
        amount: Some(amount.to_owned()),
    }
}

impl House {
    fn asks(&self, who: &Principal, input: &ConversationInput) -> yuanlu_app::Result<ConversationBegun> {
        self.app.open_conversation(who, input, None, &origin())
    }

    fn answers(&self, who: &Principal, id: &DeskId, words: &str) -> yuanlu_app::Result<ConversationView> {
        self.app.say_in_conversation(who, id, None, &saying(words), None, &origin())
    }

    fn searches(&self, who: &Principal, asked: &str) -> Vec<(String, &'static str)> {
        let found = self.app.search_support(who, &SearchInput { text: asked.to_owned() }).unwrap();
        found.orders.into_iter().map(|hit| (hit.order, hit.found_by)).collect()
    }

    fn told(&self, who: &Principal) -> Vec<String> {
        self.app.notices(who, &Page::default()).unwrap().items.into_iter().map(|notice| notice.code).collect()
    }
}

#[test]
fn a_buyer_is_answered_and_told_and_silence_ends_it() {
    let mut house = House::new("conversation-buyer");
    let (sue, tom) = (house.staff("support"), house.admin.clone());
    let begun = house.asks(&house.buyer, &text("退款什么时候到账？")).unwrap();
    assert_eq!((begun.key.clone(), begun.conversation.summary.turn_who), (None, Some("support")));
    let id = number(&begun.conversation);
    assert!(house.told(&sue).contains(&"support_asked".to_owned()));
    assert_eq!(house.app.conversations(&sue, "waiting", &Page::default()).unwrap().items.len(), 1);

    let view = house.answers(&sue, &id, "正在处理，今天 18:00 前给你答复。").unwrap();
    assert_eq!((view.summary.state, view.summary.turn_who), ("awaiting_asker", Some("asker")));
    // What support promises is marked as in every thread.
    assert!(view.messages[1].marks.iter().any(|mark| mark.kind.starts_with("promise")), "{:?}", view.messages[1].marks);
    assert_eq!(
        house.answers(&tom, &id, "我来处理一下"),
        Err(AppError::Refused(yuanlu_domain::Refusal::ClaimedByOther))
    );
    assert!(house.told(&house.buyer).contains(&"support_answered".to_owned()));
    let seen = house.app.load_conversation(&house.buyer, &id, None).unwrap();
    assert_eq!(seen.summary.claimed_by, None, "people are not told who of staff it is");

    house.pass(25);
    house.wake();
    let over = house.app.load_conversation(&house.buyer, &id, None).unwrap();
    assert_eq!((over.summary.ended, over.actions.as_slice()), (Some("silence"), &[][..]));
    assert!(house.told(&house.buyer).contains(&"support_ended".to_owned()));
    let report = yuanlu_storage::verify::verify(house.app.db(), None, |_| {}).unwrap();
    assert_eq!(report.differences, []);
}

#[test]
fn nobody_else_hears_of_it() {
    let mut house = House::new("conversation-others");
    let reviewer = house.staff("reviewer");
    let own = number(&house.asks(&house.buyer, &text("我的退款呢")).unwrap().conversation);
    let stranger = house.asks(&Principal::Anonymous, &text("你们几点上班？")).unwrap();
    let (secret, theirs) = (key(&stranger), number(&stranger.conversation));
    for who in [&house.seller, &reviewer, &Principal::Anonymous] {
        for id in [&own, &theirs, &DeskId::from("T260310AAAAAAAAAA")] {
            let refused = house.app.load_conversation(who, id, None).unwrap_err();
            assert!(matches!(refused, AppError::NotFound | AppError::NotSignedIn), "{refused:?}");
        }
    }
    let guessed = Some(Secret::new("0".repeat(64)));
    assert_eq!(house.app.load_conversation(&Principal::Anonymous, &theirs, guessed.as_ref()), Err(AppError::NotFound));
    assert_eq!(
        house.app.load_conversation(&Principal::Anonymous, &own, secret.as_ref()).unwrap_err(),
        AppError::NotSignedIn
    );
    let again = house.app.load_conversation(&Principal::Anonymous, &theirs, secret.as_ref()).unwrap();
    assert_eq!(again.messages.len(), 1);
    // A stranger who signs in goes on with his key, as the stranger he was.
    let (say, buyer) = (saying("我登录了"), &house.buyer);
    house.app.say_in_conversation(buyer, &theirs, secret.as_ref(), &say, None, &origin()).unwrap();
    assert_eq!(house.app.conversations(&reviewer, "waiting", &Page::default()), Err(AppError::Forbidden));
}

#[test]
fn a_proof_comes_at_once_and_a_stranger_sees_it_masked() {
    let mut house = House::new("conversation-proof");
    let sue = house.staff("support");
    let order = house.buy(&house.card("AAAA-1111\n"), 1);
    let case = house.apply(&house.buyer, &order, "not_as_described").unwrap();
    let asked = ProgressInput { case: Some(case.summary.case.clone()), ..ProgressInput::default() };
    let input = ConversationInput { progress: Some(asked.clone()), ..ConversationInput::default() };
    let begun = house.asks(&house.buyer, &input).unwrap();
    let proof = begun.conversation.messages[0].progress.clone().unwrap();
    assert_eq!((proof.point, proof.who), ("seller_answer", Some("seller")));
    assert_eq!(proof.claimed.unwrap().text, case.summary.claimed.text);
    assert!(proof.next.is_some());
    assert_eq!(begun.conversation.summary.turn_who, Some("asker"), "the program has answered");

    // A stranger who knows what only the payer knows: masked.
    let amount = order.total.text.clone();
    let stranger = house.asks(&Principal::Anonymous, &text("到哪一步了")).unwrap();
    let (secret, id) = (key(&stranger), number(&stranger.conversation));
    let nobody = Principal::Anonymous;
    for wrong in [payment(&order, 11, &amount), payment(&order, 0, "1.00")] {
        let refused = house.app.send_progress(&nobody, &id, secret.as_ref(), &wrong, &origin());
        assert_eq!(refused, Err(AppError::WrongCredentials));
    }
    let unknown = ProgressInput { order: Some("260310AAAAAAAAAA".to_owned()), ..payment(&order, 0, &amount) };
    assert_eq!(house.app.shown_progress(&unknown, &origin()), Err(AppError::WrongCredentials));
    let shown =
        house.app.send_progress(&nobody, &id, secret.as_ref(), &payment(&order, 9, &amount), &origin()).unwrap();
    let masked = shown.messages.last().unwrap().progress.clone().unwrap();
    assert_eq!(
        (masked.point, masked.claimed, masked.approved, masked.certificate),
        ("seller_answer", None, None, false)
    );
    assert_eq!((shown.cases.len(), shown.actions.contains(&"progress")), (0, false));
    assert_eq!(house.app.shown_progress(&payment(&order, 0, &amount), &origin()).unwrap().refunds.len(), 1);

    // Support sends what is known, and no more than the other side may hear.
    let seen = house.app.load_conversation(&sue, &id, None).unwrap();
    assert_eq!(seen.cases.len(), 1);
    let sent = house.app.send_progress(&sue, &id, None, &asked, &origin()).unwrap();
    assert_eq!(sent.messages.last().unwrap().progress.clone().unwrap().claimed, None);
    let other = house.asks(&house.seller, &text("在吗？请问规则")).unwrap();
    let refused = house.app.send_progress(&sue, &number(&other.conversation), None, &asked, &origin());
    assert_eq!(refused, Err(AppError::invalid("case", "unknown")));
    let foreign = house.app.send_progress(&house.seller, &number(&other.conversation), None, &asked, &origin());
    assert!(matches!(foreign, Err(AppError::Forbidden | AppError::NotFound)), "{foreign:?}");
}

#[test]
fn luring_words_are_sent_only_knowingly_and_codes_are_hidden() {
    let mut house = House::new("conversation-words");
    let sue = house.staff("support");
    house.card("AAAA-1111-BBBB-2222\n");
    let begun = house.asks(&house.buyer, &text("卡密 aaaa-1111-bbbb-2222 用不了")).unwrap();
    let id = number(&begun.conversation);
    let said = begun.conversation.messages[0].text.clone().unwrap();
    assert_eq!(said, "卡密 ****2222 用不了");
    let lure = "加我微信 abc12345 线下退给你";
    assert_eq!(house.answers(&sue, &id, lure), Err(AppError::invalid("text", "hints")));
    for bad in ["", "  ", &"长".repeat(2001)] {
        assert!(matches!(house.asks(&house.buyer, &text(bad)), Err(AppError::Invalid { field: "text", .. })));
    }
}

#[test]
fn support_finds_orders_by_whatever_people_know() {
    let mut house = House::new("support-search");
    let sue = house.staff("support");
    let product = house.card("ZX81-KLMN-7QRS\nZX81-KLMN-8TUV\n");
    let order = house.buy(&product, 1);
    let case = house.apply(&house.buyer, &order, "not_as_described").unwrap();
    let mut placing = place(&product, 1, "sim");
    placing.guest = Some(GuestInput { contact: "Li@Example.com".to_owned(), query_password: "open sesame".into() });
    let (guest, _) = house.app.place_order_as_guest(&placing, None, &origin()).unwrap();
    house.pay(&guest, "4200001234202603101234567890").unwrap();
    let own = |by| vec![(order.order.clone(), by)];
    assert_eq!(house.searches(&sue, &format!(" {} ", order.order.to_lowercase())), own("order"));
    assert_eq!(house.searches(&sue, &case.summary.case), own("case"));
    assert_eq!(house.searches(&sue, "4200001234202603101234567890"), [(guest.order.clone(), "channel_reference")]);
    let no = guest.payments[0].no.clone();
    assert_eq!(house.searches(&sue, &no), [(guest.order.clone(), "channel_number")]);
    assert_eq!(house.searches(&sue, "li@example.com"), [(guest.order.clone(), "contact")]);
    // The whole code, however it is written, or its last six or eight characters; nothing else of it.
    let by_code = house.searches(&sue, "zx81 klmn 7qrs");
    assert_eq!(by_code.len(), 1);
    assert_eq!(by_code[0].1, "code");
    let (owner, other) = (by_code[0].0.clone(), if by_code[0].0 == order.order { &guest.order } else { &order.order });
    assert_eq!(house.searches(&sue, "MN7QRS"), [(owner.clone(), "code_end")]);
    assert_eq!(house.searches(&sue, "KLMN-7QRS"), [(owner, "code_end")]);
    assert_eq!(house.searches(&sue, "KLMN-8TUV"), [(other.clone(), "code_end")]);
    for not in ["N7QRS", "ZX81KL", "7QRSX", "%%%", "___", "' or 1=1"] {
        assert_eq!(house.searches(&sue, not), [], "{not}");
    }
    let login = house.app.me(&house.buyer).unwrap().login;
    assert!(house.searches(&sue, &login).contains(&(order.order.clone(), "buyer")));
    assert_eq!(
        house.app.search_support(&sue, &SearchInput { text: "ab".to_owned() }).unwrap_err(),
        AppError::invalid("text", "too_short")
    );
    for who in [&house.buyer, &house.seller] {
        assert_eq!(house.app.search_support(who, &SearchInput { text: order.order.clone() }), Err(AppError::Forbidden));
    }
    // On record is that she looked, not for what.
    let log = house.app.audit_log(&house.admin, &Page::default()).unwrap().items;
    let searches: Vec<_> = log.iter().filter(|row| row.act == "search_support").collect();
    assert!(searches.len() >= 10 && searches.iter().all(|row| !row.detail.to_string().contains("7QRS")));
    let contact = house.app.reveal_contact(&sue, &order_id(&guest), "打电话核实").unwrap();
    assert!(contact.contact.is_some() && contact.login.is_none());
    assert_eq!(house.app.reveal_contact(&sue, &order_id(&guest), " "), Err(AppError::invalid("why", "required")));
    let log = house.app.audit_log(&house.admin, &Page::default()).unwrap().items;
    assert!(log.iter().any(|row| row.act == "reveal_contact" && row.object == guest.order));
}

#[test]
fn what_support_prepares_is_the_buyers_to_send() {
    let mut house = House::new("support-prepare");
    let sue = house.staff("support");
    let order = house.buy(&house.card("AAAA-1111\n"), 1);
    let prepared =
        PrepareInput { units: vec![1], reason: "not_as_described".to_owned(), words: "少了一半".to_owned() };
    let bad = PrepareInput { units: vec![7], ..prepared.clone() };
    assert_eq!(house.app.prepare_refund(&sue, &order_id(&order), &bad), Err(AppError::invalid("units", "unknown")));
    assert_eq!(house.app.prepare_refund(&house.seller, &order_id(&order), &prepared), Err(AppError::Forbidden));
    house.app.prepare_refund(&sue, &order_id(&order), &prepared).unwrap();
    assert!(house.app.list_cases(&house.buyer, &Page::default()).unwrap().items.is_empty(), "no application yet");
    assert!(house.told(&house.buyer).contains(&"refund_prepared".to_owned()));
    let draft = house.app.draft(&house.buyer, &order_id(&order)).unwrap().unwrap();
    assert!(draft.fields.contains(&("units".to_owned(), "1".to_owned())));
    let case = house.apply(&house.buyer, &order, "not_as_described").unwrap();
    assert_eq!(house.app.draft(&house.buyer, &order_id(&order)).unwrap(), None);
    assert_eq!(house.app.load_case(&house.buyer, &case_id(&case)).unwrap().summary.state, case.summary.state);
}

#[test]
fn the_hours_are_the_operators() {
    let mut house = House::new("support-hours");
    let sue = house.staff("support");
    let input = SupportHoursInput {
        opens: "10:00".to_owned(),
        closes: "18:30".to_owned(),
        working_days_only: true,
        answer_minutes: 20,
        idle_hours: 2,
    };
    assert_eq!(house.app.set_support_hours(&sue, &input), Err(AppError::Forbidden));
    let bad = |change: &dyn Fn(&mut SupportHoursInput)| {
        let mut input = input.clone();
        change(&mut input);
        house.app.set_support_hours(&house.admin, &input).unwrap_err()
    };
    assert_eq!(bad(&|i| i.opens = "25:00".to_owned()), AppError::invalid("opens", "unreadable"));
    assert_eq!(bad(&|i| i.closes = "09:00".to_owned()), AppError::invalid("closes", "too_large"));
    assert_eq!(bad(&|i| i.idle_hours = 0), AppError::invalid("idle_hours", "too_large"));
    let view = house.app.set_support_hours(&house.admin, &input).unwrap();
    assert_eq!((view.opens.as_str(), view.closes.as_str(), view.answer_minutes), ("10:00", "18:30", 20));
    let begun = house.asks(&house.buyer, &text("在吗？有个问题")).unwrap();
    assert_eq!(begun.conversation.summary.due.unwrap().at, house.app.support_hours().unwrap().answer_by.at);
}
