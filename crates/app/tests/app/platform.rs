//! What a platform shows of itself, and the check-list of its first run.

use super::house::{House, id};
use yuanlu_app::inputs::AgreementInput;
use yuanlu_app::views::Operator;
use yuanlu_app::{AppError, Principal};

fn agreement(kind: &str, mark: &str) -> AgreementInput {
    AgreementInput {
        kind: kind.to_owned(),
        zh: format!("{mark}：本协议约定用户与平台的权利和义务，请仔细阅读。"),
        en: format!("{mark}: this agreement says what users and the platform owe each other."),
    }
}

fn operator() -> Operator {
    Operator {
        name: "上海原路网络科技有限公司".into(),
        name_en: String::new(),
        registration_no: "91310000ma1fl00000".into(),
        icp: "沪ICP备2026000000号-1".into(),
        licence: String::new(),
        address: "上海市某区某路 1 号".into(),
        telephone: "021-12345678".into(),
        email: "complaints@example.cn".into(),
    }
}

#[test]
fn agreements_keep_every_version_and_orders_keep_theirs() {
    let house = House::new("agreements");
    let app = &house.app;
    let card = house.card("AAAA-BBBB-CCCC-1234\nDDDD-EEEE-FFFF-5678\nGGGG-HHHH-JJJJ-9999");
    let before = house.buy(&card, 1);
    assert!(before.agreements.is_empty());
    for who in [&house.seller, &house.buyer, &Principal::Anonymous] {
        let refused = app.publish_agreement(who, &agreement("user", "一"));
        assert!(matches!(refused, Err(AppError::Forbidden | AppError::NotSignedIn)), "{refused:?}");
    }
    let first = app.publish_agreement(&house.admin, &agreement("user", "一")).unwrap();
    let refund = app.publish_agreement(&house.admin, &agreement("refund", "一")).unwrap();
    assert_eq!((first.version, first.standing), (1, "in_force"), "the first holds at once");
    assert_ne!(first.hash, refund.hash);
    app.publish_agreement(&house.admin, &agreement("seller", "一")).unwrap();
    let refused = app.publish_agreement(&house.admin, &agreement("user", "一"));
    assert!(matches!(refused, Err(AppError::Invalid { field: "zh", .. })), "the same text again: {refused:?}");
    let refused = app.publish_agreement(&house.admin, &agreement("other", "一"));
    assert!(matches!(refused, Err(AppError::Invalid { field: "kind", .. })));
    let bought = house.buy(&card, 1);
    let kept = |order: &yuanlu_app::views::OrderView| {
        let order = app.load_order(&house.buyer, &id(order)).unwrap();
        order.agreements.into_iter().map(|one| (one.kind, one.version, one.hash)).collect::<Vec<_>>()
    };
    let expected = vec![("refund".to_owned(), 1, refund.hash.clone()), ("user".to_owned(), 1, first.hash.clone())];
    assert_eq!(kept(&bought), expected);

    // A change stands in public for a week before it holds.
    let second = app.publish_agreement(&house.admin, &agreement("user", "二")).unwrap();
    assert_eq!((second.version, second.standing), (2, "coming"));
    assert_eq!(app.agreement_in_force("user").unwrap().unwrap().hash, first.hash);
    house.pass(7 * 24);
    assert_eq!(app.agreement_in_force("user").unwrap().unwrap().hash, second.hash);
    let later = house.buy(&card, 1);
    assert_eq!(kept(&later)[1].2, second.hash);
    assert_eq!(kept(&bought), expected, "an order keeps its own");
    let old = app.agreement(&first.hash).unwrap();
    assert_eq!((old.standing, old.zh), ("past", Some(agreement("user", "一").zh)));
    assert_eq!(app.platform().unwrap().agreements.len(), 4);
    assert_eq!(yuanlu_storage::verify::verify(app.db(), None, |_| {}).unwrap().differences, []);
}

#[test]
fn the_check_list_sees_what_is_done() {
    let house = House::new("setup");
    let app = &house.app;
    assert_eq!(app.setup(&house.buyer).err(), Some(AppError::Forbidden));
    let open = || {
        let setup = app.setup(&house.admin).unwrap();
        setup.steps.iter().filter(|step| !step.done).map(|step| step.step).collect::<Vec<_>>()
    };
    assert_eq!(open(), ["operator", "filing", "agreements", "address", "channel", "mail", "key"]);
    for (change, field) in [
        (Operator { registration_no: "???".into(), ..operator() }, "registration_no"),
        (Operator { email: "nobody".into(), ..operator() }, "email"),
        (Operator { telephone: "call us".into(), ..operator() }, "telephone"),
        (Operator { icp: String::new(), ..operator() }, "icp"),
    ] {
        let refused = app.set_operator(&house.admin, &change);
        assert!(matches!(&refused, Err(AppError::Invalid { field: found, .. }) if *found == field), "{refused:?}");
    }
    assert_eq!(app.platform().unwrap().operator, None);
    app.set_operator(&house.admin, &operator()).unwrap();
    let shown = app.platform().unwrap().operator.unwrap();
    assert_eq!(shown.registration_no, "91310000MA1FL00000");
    app.publish_agreement(&house.admin, &agreement("user", "一")).unwrap();
    app.publish_agreement(&house.admin, &agreement("refund", "一")).unwrap();
    assert_eq!(open(), ["agreements", "address", "channel", "mail", "key"], "all three are needed");
    app.publish_agreement(&house.admin, &agreement("seller", "一")).unwrap();
    let confirmed = app.confirm_key_copy(&house.admin).unwrap();
    assert_eq!((confirmed.key_copied_by.as_deref(), confirmed.done), (Some("admin"), false));
    assert_eq!(open(), ["address", "channel", "mail"], "what the program is started with");
    let log = app.audit_log(&house.admin, &yuanlu_app::inputs::Page::default()).unwrap();
    assert!(log.items.iter().any(|line| line.act == "confirm_key_copy" && line.login == "admin"));
}
