//! Getting in, and being kept out.

use crate::house::{House, PASSWORD, arrive, config, origin, place, register};
use yuanlu_app::inputs::{GuestInput, LoginInput, Origin, Page, RegisterInput};
use yuanlu_app::{AppError, Limits, Principal, SessionKind, totp_code};
use yuanlu_domain::ids::{AccountId, OrderId};
use yuanlu_storage::guest_access;

fn login(name: &str, password: &str, totp: Option<String>) -> LoginInput {
    LoginInput { login: name.to_owned(), password: password.into(), totp }
}

#[test]
fn unknown_names_and_wrong_passwords_are_answered_alike_and_limited() {
    let house = House::with(yuanlu_app::Config { limits: Limits::default(), ..config("login") });
    let enter = |input: LoginInput| house.app.login(&input, SessionKind::Web, &origin());
    assert_eq!(enter(login("nobody", "whatever1", None)).unwrap_err(), AppError::WrongCredentials);
    assert_eq!(enter(login("zhang.san", "whatever1", None)).unwrap_err(), AppError::WrongCredentials);
    for _ in 0..9 {
        let _ = enter(login("zhang.san", "whatever1", None));
    }
    let locked = enter(login("Zhang.San", PASSWORD, None)).unwrap_err();
    assert!(matches!(locked, AppError::TooMany { retry_after_seconds: 1..=901 }), "{locked:?}");
    house.pass(1);
    let grant = enter(login(" Zhang.San ", PASSWORD, None)).unwrap();
    let signed_in = house.app.authenticate(grant.token.expose()).unwrap().unwrap();
    assert_eq!((signed_in.principal, signed_in.kind.as_str()), (house.buyer.clone(), "web"));
}

#[test]
fn a_code_of_the_second_factor_counts_once() {
    let house = House::new("totp");
    let pending = house.app.enrol_totp(&house.buyer, &PASSWORD.into(), &origin()).unwrap();
    let code = || totp_code(&pending.enrolment.secret_base32, house.app.clock().real_now());
    let stranger = register(&house.app, "li.si");
    let stolen = house.app.confirm_totp(&stranger, pending.token.expose(), &code().unwrap());
    assert_eq!(stolen, Err(AppError::NotFound));
    assert!(house.app.open_link(pending.token.expose()).is_err(), "it does not set passwords");
    house.app.confirm_totp(&house.buyer, pending.token.expose(), &code().unwrap()).unwrap();

    let enter =
        |totp: Option<String>| house.app.login(&login("zhang.san", PASSWORD, totp), SessionKind::Web, &origin());
    assert_eq!(enter(None).unwrap_err(), AppError::NeedsSecondFactor);
    assert_eq!(enter(Some("000000".to_owned())).unwrap_err(), AppError::WrongCredentials);
    assert_eq!(enter(code()).unwrap_err(), AppError::WrongCredentials, "used when it was set up");
    house.pass(1);
    let person = enter(code()).unwrap().principal;
    assert!(person.person().unwrap().second_factor);
    assert_eq!(enter(code()).unwrap_err(), AppError::WrongCredentials, "a code does not replay");
}

#[test]
fn staff_without_second_factor_is_nobody() {
    let mut house = House::new("factor");
    let Principal::Person(mut reviewer) = house.staff("reviewer") else { panic!("a person") };
    let page = Page::default();
    assert!(house.app.queue(&Principal::Person(reviewer.clone()), "review", &page).is_ok());
    reviewer.second_factor = false;
    let weak = Principal::Person(reviewer);
    assert_eq!(house.app.queue(&weak, "review", &page), Err(AppError::NeedsSecondFactor));
    assert_eq!(house.app.queue(&house.buyer, "review", &page), Err(AppError::Forbidden));
    assert_eq!(house.app.queue(&Principal::Anonymous, "review", &page), Err(AppError::NotSignedIn));
}

#[test]
fn a_password_change_ends_every_session() {
    let house = House::new("sessions");
    let enter = |password: &str| house.app.login(&login("zhang.san", password, None), SessionKind::Api, &origin());
    let (first, second) = (enter(PASSWORD).unwrap(), enter(PASSWORD).unwrap());
    let current = house.app.authenticate(second.token.expose()).unwrap().unwrap();
    let listed = house.app.sessions(&house.buyer, &current.session_id).unwrap();
    assert_eq!(listed.len(), 3);
    assert!(listed.iter().all(|session| session.address == "203.0.113.*"));
    let other = listed.iter().find(|session| !session.current && session.kind == "api").unwrap();
    let stranger = register(&house.app, "li.si");
    assert_eq!(house.app.revoke(&stranger, &other.id), Err(AppError::NotFound));
    house.app.revoke(&house.buyer, &other.id).unwrap();
    assert_eq!(house.app.authenticate(first.token.expose()).unwrap(), None);

    let change = |old: &str, new: &str| house.app.change_password(&house.buyer, &old.into(), &new.into(), &origin());
    assert_eq!(change("wrong one", "another good one"), Err(AppError::WrongCredentials));
    assert_eq!(change(PASSWORD, "short"), Err(AppError::invalid("password", "too_short")));
    assert_eq!(change(PASSWORD, "12345678"), Err(AppError::invalid("password", "too_common")));
    change(PASSWORD, "another good one").unwrap();
    assert_eq!(house.app.authenticate(second.token.expose()).unwrap(), None);
    assert_eq!(enter(PASSWORD).unwrap_err(), AppError::WrongCredentials);
    enter("another good one").unwrap();
}

#[test]
fn one_time_links_work_once_and_end() {
    let mut house = House::new("links");
    house.staff("reviewer");
    let people = house.app.people(&house.admin, &Page::default()).unwrap().items;
    let reviewer = people.iter().find(|person| person.login == "reviewer.one").unwrap();
    assert!(reviewer.active && reviewer.totp_enrolled && reviewer.roles == ["buyer", "reviewer"]);
    let id = AccountId::from(reviewer.account.as_str());
    let lost = house.app.reset_access(&house.admin, &id).unwrap();
    let link = house.app.reset_access(&house.admin, &id).unwrap();
    assert_eq!(house.app.open_link(lost.expose()).unwrap_err(), AppError::NotFound, "a newer link ends older ones");
    let no_code = house.app.use_link(link.expose(), &PASSWORD.into(), None, &origin());
    assert_eq!(no_code.unwrap_err(), AppError::NeedsSecondFactor);
    let back = arrive(&house.app, &link).principal;
    assert!(back.person().unwrap().second_factor);
    assert_eq!(house.app.open_link(link.expose()).unwrap_err(), AppError::NotFound);
    let late = house.app.reset_access(&house.admin, &id).unwrap();
    house.pass(48);
    assert_eq!(house.app.open_link(late.expose()).unwrap_err(), AppError::NotFound);
}

#[test]
fn roles_change_by_an_administrator_who_cannot_be_the_last_to_leave() {
    let house = House::new("roles");
    let people = |who| house.app.people(who, &Page::default());
    assert_eq!(people(&house.buyer), Err(AppError::Forbidden));
    let all = people(&house.admin).unwrap().items;
    let admin = AccountId::from(all.iter().find(|person| person.login == "admin").unwrap().account.as_str());
    let leave = house.app.set_roles(&house.admin, &admin, &["reviewer".to_owned()], None, None);
    assert_eq!(leave, Err(AppError::invalid("roles", "last_admin")));
    let seller = all.iter().find(|person| person.login == "seller").unwrap();
    let id = AccountId::from(seller.account.as_str());
    let session = house.app.login(&login("seller", PASSWORD, None), SessionKind::Web, &origin()).unwrap();
    let after = house.app.set_roles(&house.admin, &id, &["support".to_owned()], None, None).unwrap();
    assert_eq!((after.roles.as_slice(), after.seller), (&["buyer", "support"][..], None));
    assert_eq!(house.app.authenticate(session.token.expose()).unwrap(), None, "sessions end with a role");
    assert_eq!(house.app.create_first_admin("second"), Err(AppError::Conflict));
}

#[test]
fn a_query_password_cannot_be_guessed() {
    let house = House::with(yuanlu_app::Config { limits: Limits::default(), ..config("guessing") });
    let (order, _) = house.guest_buys(&house.card("ABCD-0001"));
    let open = |order: &str, password: &str| house.app.guest_open(&order.into(), &password.into(), &origin());
    assert_eq!(open("260310AAAAAAAAAA", "open sesame").unwrap_err(), AppError::WrongCredentials, "T30");
    for _ in 0..10 {
        assert_eq!(open(&order.order, "guess").unwrap_err(), AppError::WrongCredentials);
    }
    assert!(matches!(open(&order.order, "open sesame").unwrap_err(), AppError::TooMany { .. }));
    house.pass(1);
    let grant = open(&order.order, "open sesame").unwrap();
    assert_eq!(house.app.list_orders(&grant.principal, &Page::default()).unwrap().items.len(), 1);
}

#[test]
fn a_name_is_taken_once() {
    let house = House::new("names");
    let input = RegisterInput { login: "ZHANG.SAN".to_owned(), password: "another good one".into() };
    assert_eq!(house.app.register(&input, &origin()).unwrap_err(), AppError::invalid("login", "taken"));
    let same = RegisterInput { login: "long.enough.name".to_owned(), password: "Long.Enough.Name".into() };
    assert_eq!(house.app.register(&same, &origin()).unwrap_err(), AppError::invalid("password", "too_common"));
}

#[test]
fn a_guest_is_written_to_in_the_language_he_bought_in() {
    let house = House::new("language");
    let product = house.card("ABCD-0001\nABCD-0002\nABCD-0003");
    for (said, kept) in [("en", "en"), ("zh", "zh"), ("", "zh")] {
        let mut input = place(&product, 1, "sim");
        input.guest = Some(GuestInput { contact: "li@example.com".to_owned(), query_password: "open sesame".into() });
        let (order, _) = house.app.place_order_as_guest(&input, None, &Origin { language: said, ..origin() }).unwrap();
        let access = house.app.db().read(|db| guest_access::find(db, &OrderId::from(order.order.as_str())));
        assert_eq!(access.unwrap().unwrap().language, kept, "{said}");
    }
}
