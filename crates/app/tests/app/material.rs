//! Drafts, what helps a claim, and who looked at what.

use crate::house::{House, application, id, origin, register};
use yuanlu_app::inputs::Origin;
use yuanlu_app::{AppError, Principal, Viewed, Wanted, WantedByReason};
use yuanlu_domain::ids::{CaseId, EvidenceId};

#[test]
fn a_draft_waits_on_any_device_and_goes_with_the_application() {
    let house = House::new("draft");
    let order = house.buy(&house.card("ABCD-0001"), 1);
    let file = house.app.upload(&house.buyer, &id(&order), "other", b"see".to_vec()).unwrap();
    let fields = vec![("text".to_owned(), "half a".to_owned()), ("evidence".to_owned(), file.id.clone())];
    house.app.save_draft(&house.buyer, &id(&order), &fields).unwrap();
    let kept = house.app.draft(&house.buyer, &id(&order)).unwrap().unwrap();
    assert_eq!(kept.fields, fields);
    let files = house.app.own_uploads(&house.buyer, &id(&order), &[file.id.clone(), "x".to_owned()]).unwrap();
    assert_eq!(files.iter().map(|file| &file.id).collect::<Vec<_>>(), [&file.id]);
    let other = register(&house.app, "wang");
    for who in [&other, &house.seller, &Principal::Anonymous] {
        assert!(house.app.draft(who, &id(&order)).is_err());
        assert!(house.app.save_draft(who, &id(&order), &fields).is_err());
        assert!(
            house.app.own_uploads(who, &id(&order), std::slice::from_ref(&file.id)).is_ok_and(|files| files.is_empty())
        );
    }
    let endless = [("text".to_owned(), "x".repeat(20_000))];
    let refused = house.app.save_draft(&house.buyer, &id(&order), &endless);
    assert_eq!(refused.unwrap_err(), AppError::invalid("text", "too_long"));
    assert_eq!(house.app.draft(&house.buyer, &id(&order)).unwrap().unwrap().fields, fields, "nothing changed");
    house.app.apply(&house.buyer, &id(&order), &application("personal", &[1]), None, &origin()).unwrap();
    assert_eq!(house.app.draft(&house.buyer, &id(&order)).unwrap(), None);
}

#[test]
fn a_draft_nobody_comes_back_to_is_forgotten_also_a_guests() {
    let house = House::new("draft-over");
    let (order, guest) = house.guest_buys(&house.card("ABCD-0001"));
    let fields = [("text".to_owned(), "later".to_owned())];
    house.app.save_draft(&guest.principal, &id(&order), &fields).unwrap();
    house.pass(24 * 13);
    assert!(house.app.draft(&guest.principal, &id(&order)).unwrap().is_some());
    assert_eq!(house.app.expire_drafts().unwrap(), 0);
    house.pass(24);
    assert_eq!(house.app.draft(&guest.principal, &id(&order)).unwrap(), None);
    assert_eq!(house.app.expire_drafts().unwrap(), 1);
}

#[test]
fn an_operator_says_what_helps_a_claim() {
    let house = House::new("wanted");
    assert!(house.app.wanted_material().unwrap()["invalid_code"].iter().any(|one| one.kind == "failure_popup"));
    let one = |kind: &str, zh: &str| Wanted { kind: kind.to_owned(), zh: zh.to_owned(), en: "The report".to_owned() };
    let table = |reason: &str, rows: Vec<Wanted>| WantedByReason::from([(reason.to_owned(), rows)]);
    let set = |who: &Principal, table: &WantedByReason| house.app.set_wanted_material(who, table);
    assert_eq!(set(&house.seller, &WantedByReason::new()), Err(AppError::Forbidden));
    assert_eq!(set(&house.admin, &table("whim", vec![])), Err(AppError::invalid("reason", "unknown")));
    let rows = table("invalid_code", vec![one("holiday", "检测报告")]);
    assert_eq!(set(&house.admin, &rows), Err(AppError::invalid("kind", "unknown")));
    let rows = table("invalid_code", vec![one("test_report", "")]);
    assert_eq!(set(&house.admin, &rows), Err(AppError::invalid("zh", "required")));
    let rows = table("invalid_code", vec![one("test_report", "检测报告")]);
    set(&house.admin, &rows).unwrap();
    assert_eq!(house.app.wanted_material().unwrap(), rows);
}

#[test]
fn a_view_is_an_entry_once_per_session_object_and_hour() {
    let house = House::new("views");
    let order = house.buy(&house.card("ABCD-0001"), 1);
    let file = house.app.upload(&house.buyer, &id(&order), "other", b"see".to_vec()).unwrap();
    let from = Origin { address: "203.0.113.77".to_owned(), ..origin() };
    let saw = |who: &Principal, session: &str, what: Viewed| house.app.saw(who, session, &from, what);
    let order_id = id(&order);
    for _ in 0..3 {
        saw(&house.buyer, "s1", Viewed::Order(order_id.clone()));
    }
    saw(&house.buyer, "s2", Viewed::Order(order_id.clone()));
    saw(&house.seller, "s3", Viewed::Evidence(EvidenceId::from(file.id.as_str())));
    saw(&house.buyer, "s1", Viewed::Code(order_id.clone(), 1));
    saw(&Principal::Anonymous, "", Viewed::Order(order_id.clone()));
    saw(&house.buyer, "s1", Viewed::Case(CaseId::from("no such case")));
    saw(&house.buyer, "s1", Viewed::Order("260310NOSUCHORDR".into()));
    assert_eq!(house.app.keep_views().unwrap(), 6);
    assert_eq!(house.app.keep_views().unwrap(), 0);
    house.pass(1);
    saw(&house.buyer, "s1", Viewed::Order(order_id.clone()));
    house.app.keep_views().unwrap();
    assert_eq!(house.app.views_of(&house.buyer, &order_id).unwrap_err(), AppError::Forbidden);
    let views = house.app.views_of(&house.admin, &order_id).unwrap();
    let objects: Vec<&str> = views.iter().map(|view| view.object.as_str()).collect();
    let (of_order, of_file) = (format!("order:{order_id}"), format!("evidence:{}", file.id));
    assert_eq!(objects, [&of_order, &of_order, &of_file, &format!("code:{order_id}:1"), &of_order]);
    assert!(views.iter().all(|view| view.address == "203.0.113.*" && view.session.len() == 16));
    assert!(house.app.audit_books(&house.admin).unwrap().is_empty());
    house.app.seal_journals().unwrap();
    assert!(house.app.audit_books(&house.admin).unwrap().is_empty());
}
