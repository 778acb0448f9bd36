//! Messages, from a notice to the program that takes them: a real mail server, and webhooks over HTTP.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod house;
mod mail_server;

use house::Folder;
use mail_server::MailServer;
use std::sync::Arc;
use yuanlu_app::engine::Lane;
use yuanlu_app::inputs::{ChoicesInput, Origin, Page, RegisterInput};
use yuanlu_app::views::DispatchView;
use yuanlu_app::{App, AppError, Born, Clock, Config, Limits, Principal};
use yuanlu_domain::time::Instant;
use yuanlu_jobs::Post;
use yuanlu_notify::Settings;
use yuanlu_storage::notice::{self, Notice};

/// A shop at ten in the morning.
fn shop(folder: &Folder, settings: Settings) -> App {
    let mut config = Config::new(&folder.0, Born::Live);
    config.clock = Clock::manual(Instant::from_shanghai(2026, 3, 10, 10, 0, 0));
    config.limits = Limits::none();
    config.public_url = "https://shop.example".into();
    config.platform_name = "原路".into();
    config.notify = Arc::new(settings);
    App::open(config).unwrap()
}

fn register(app: &App, login: &str) -> Principal {
    let input = RegisterInput { login: login.into(), password: "a long enough password".to_owned().into() };
    app.register(&input, &Origin::default()).unwrap().principal
}

fn tell(app: &App, who: &Principal, kind: &str, order: &str, due: Option<Instant>) {
    let now = app.now();
    let told = Notice {
        recipient: who.party().unwrap().to_string(),
        id: format!("{:020}-{kind}-{order}", now.micros()),
        kind: kind.into(),
        order: order.into(),
        case: None,
        amount_minor: Some(9_500),
        currency: "CNY".into(),
        due,
        at: now,
        read_at: None,
    };
    app.engine().write(Lane::Bulk, move |tx, _| notice::insert(tx, &told)).unwrap();
}

fn later(app: &App, seconds: i64) {
    app.clock().set(app.now().plus_seconds(seconds));
}

fn log(app: &App, who: &Principal) -> Vec<DispatchView> {
    app.own_dispatches(who, &Page::default()).unwrap().items
}

/// Adds and proves a mail address.
fn prove(app: &App, post: &Post, server: &MailServer, who: &Principal, address: &str) {
    app.add_contact(who, "mail", address).unwrap();
    while server_code(post, server).map(|code| app.confirm_contact(who, "mail", &code).unwrap()).is_none() {
        later(app, 120);
    }
    assert_eq!(app.contacts(who).unwrap().contacts.len(), 1);
}

fn server_code(post: &Post, server: &MailServer) -> Option<String> {
    post.step();
    let said = server.said();
    let body = said.iter().find_map(|mail| mail["body"].as_str())?;
    let digits = body.split(|c: char| !c.is_ascii_digit()).find(|word| word.len() == 6)?;
    Some(digits.to_owned())
}

#[test]
fn an_address_is_proved_and_a_notice_arrives_by_mail_over_tls() {
    for security in ["tls", "starttls", "none"] {
        let Some(server) = MailServer::start(security) else { return };
        let folder = Folder::new(&format!("mail-{security}"));
        let app = shop(&folder, server.settings());
        let post = Post::new(&app).unwrap();
        assert_eq!(Post::greet(server.settings().mail.as_ref().unwrap()), Ok(()));
        assert_eq!(server.said().len(), 0, "a greeting sends nothing");
        let buyer = register(&app, "lilei");

        tell(&app, &buyer, "case_completed", "O-0", None);
        app.spread_notices().unwrap();
        assert_eq!(post.step(), 0, "nobody proved an address yet");
        assert_eq!(
            app.add_contact(&buyer, "mail", "not an address").unwrap_err(),
            AppError::invalid("address", "unreadable")
        );
        let shown = app.add_contact(&buyer, "mail", "Li.Lei@mail.example").unwrap();
        assert_eq!((shown.claims[0].hint.as_str(), shown.contacts.len()), ("L***@mail.example", 0));
        let code = server_code(&post, &server).expect("a code came");
        let wrong = format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000);
        assert_eq!(app.confirm_contact(&buyer, "mail", &wrong).unwrap_err(), AppError::invalid("code", "wrong"));
        app.confirm_contact(&buyer, "mail", &code).unwrap();
        assert!(app.confirm_contact(&buyer, "mail", &code).is_err(), "a code counts once");

        later(&app, 1);
        tell(&app, &buyer, "case_completed", "O-1", None);
        app.spread_notices().unwrap();
        app.spread_notices().unwrap();
        assert_eq!(post.step(), 1, "a notice is decided on once");
        assert_eq!(post.step(), 0);
        let mails = server.said();
        assert_eq!(mails.len(), 1, "{mails:?}");
        let mail = &mails[0];
        assert_eq!(mail["to"][0], "Li.Lei@mail.example");
        assert_eq!(mail["subject"], "【原路】退款已全部到账");
        assert_eq!(mail["sender"], "原路 <no-reply@shop.example>");
        assert_eq!((&mail["automatic"], &mail["hello"]), (&"auto-generated".into(), &"shop.example".into()));
        let body = mail["body"].as_str().unwrap();
        assert!(body.contains("¥95.00") && body.contains("https://shop.example/o/O-1"), "{body}");
        assert_eq!(
            (mail["tls"].as_bool(), mail["user"].as_str()),
            match security {
                "none" => (Some(false), None),
                _ => (Some(true), Some("shop")),
            }
        );
        let newest = &log(&app, &buyer)[0];
        assert_eq!((newest.state.as_str(), newest.to.as_str(), newest.attempts), ("sent", "L***@mail.example", 1));
        assert_eq!(mail["id"], format!("<{}@shop.example>", newest.id));
    }
}

#[test]
fn what_is_deferred_comes_later_and_what_may_have_arrived_comes_again_under_its_id() {
    let Some(server) = MailServer::start("starttls") else { return };
    let folder = Folder::new("mail-again");
    let app = shop(&folder, server.settings());
    let post = Post::new(&app).unwrap();
    let (first, second) = (register(&app, "first"), register(&app, "second"));

    // The server defers the code at first.
    app.add_contact(&first, "mail", "later@mail.example").unwrap();
    post.step();
    assert_eq!(server.said(), [serde_json::json!({ "refused": 451 })]);
    let waiting = &log(&app, &first)[0];
    assert_eq!((waiting.state.as_str(), waiting.why.as_deref()), ("retrying", Some("smtp_451")));
    assert_eq!(post.step(), 0, "not at once");
    later(&app, 31);
    let code = server_code(&post, &server).expect("the code came");
    app.confirm_contact(&first, "mail", &code).unwrap();

    // It takes this one, and the connection ends before it says so.
    app.add_contact(&second, "mail", "drop@mail.example").unwrap();
    post.step();
    let once = server.said();
    assert_eq!(log(&app, &second)[0].state, "retrying", "{once:?}");
    later(&app, 31);
    post.step();
    let twice = server.said();
    assert_eq!((once.len(), twice.len()), (1, 1));
    assert_eq!(once[0]["id"], twice[0]["id"], "whoever got it twice sees that it is one");
    assert_eq!(log(&app, &second)[0].state, "sent");
}

#[test]
fn who_is_not_there_gets_nothing_any_more_until_an_operator_says_so() {
    let Some(server) = MailServer::start("starttls") else { return };
    let folder = Folder::new("mail-nobody");
    let app = shop(&folder, server.settings());
    let post = Post::new(&app).unwrap();
    let buyer = register(&app, "buyer");
    app.add_contact(&buyer, "mail", "nobody@mail.example").unwrap();
    post.step();
    assert_eq!(server.said(), [serde_json::json!({ "refused": 550 })]);
    assert_eq!(
        (log(&app, &buyer)[0].state.as_str(), log(&app, &buyer)[0].why.as_deref()),
        ("failed", Some("smtp_550"))
    );
    assert_eq!(
        app.add_contact(&buyer, "mail", "NOBODY@mail.example").unwrap_err(),
        AppError::invalid("address", "bounced")
    );

    let admin = house::person("admin", &[yuanlu_domain::Role::Admin], None);
    assert_eq!(app.suppressions(&buyer).unwrap_err(), AppError::Forbidden);
    let stopped = app.suppressions(&admin).unwrap();
    assert_eq!(stopped[0].hint, "n***@mail.example");
    app.lift_suppression(&admin, &stopped[0].address, "mail").unwrap();
    app.add_contact(&buyer, "mail", "nobody@mail.example").unwrap();

    // What a server dislikes about a message says nothing about the address.
    app.add_contact(&buyer, "mail", "spam@mail.example").unwrap();
    post.step();
    assert_eq!(app.suppressions(&admin).unwrap().len(), 1, "only the one that is not there");
}

#[test]
fn nobody_is_woken_at_night_but_for_what_cannot_wait() {
    let Some(server) = MailServer::start("none") else { return };
    let folder = Folder::new("mail-quiet");
    let app = shop(&folder, server.settings());
    let post = Post::new(&app).unwrap();
    let buyer = register(&app, "buyer");
    prove(&app, &post, &server, &buyer, "buyer@mail.example");
    let choices = ChoicesInput {
        topics: [("message".to_owned(), vec!["mail".to_owned()]), ("order".to_owned(), vec![])].into(),
        quiet_from: Some("22:00".into()),
        quiet_until: Some("08:00".into()),
        zone: None,
    };
    app.choose_notices(&buyer, &choices).unwrap();
    let silent = ChoicesInput { topics: [("money".to_owned(), vec![])].into(), ..ChoicesInput::default() };
    assert_eq!(app.choose_notices(&buyer, &silent).unwrap_err(), AppError::invalid("topics", "must_reach"));

    app.clock().set(Instant::from_shanghai(2026, 3, 10, 23, 30, 0));
    let morning = Instant::from_shanghai(2026, 3, 11, 8, 0, 0);
    tell(&app, &buyer, "message", "O-1", None);
    tell(&app, &buyer, "code_issued", "O-2", None);
    tell(&app, &buyer, "case_completed", "O-3", None);
    tell(&app, &buyer, "reminder", "O-4", Some(Instant::from_shanghai(2026, 3, 11, 7, 0, 0)));
    tell(&app, &buyer, "reminder", "O-5", Some(Instant::from_shanghai(2026, 3, 12, 7, 0, 0)));
    app.spread_notices().unwrap();
    assert_eq!(post.step(), 1, "the deadline before the morning");
    assert!(server.said()[0]["body"].as_str().unwrap().contains("/o/O-4"));
    app.clock().set(morning.plus_micros(-1));
    assert_eq!(post.step(), 0);
    app.clock().set(morning);
    assert_eq!(post.step(), 3, "a message, the money, a far deadline; not the order, which he does not want");
    let orders: Vec<_> = log(&app, &buyer).into_iter().filter_map(|one| one.order).collect();
    assert!(!orders.contains(&"O-2".to_owned()), "{orders:?}");
}

#[test]
fn two_postmen_and_a_crash_send_each_message_once_and_none_is_lost() {
    let Some(server) = MailServer::start("none") else { return };
    let folder = Folder::new("mail-two");
    let app = shop(&folder, server.settings());
    let post = Post::new(&app).unwrap();
    let buyer = register(&app, "buyer");
    prove(&app, &post, &server, &buyer, "buyer@mail.example");
    // One below the cap of a day, with the code that came before.
    for n in 0..40 {
        tell(&app, &buyer, "case_completed", &format!("O-{n}"), None);
    }
    app.spread_notices().unwrap();
    // Taken by a postman who never comes back: the attempt is committed, nothing else is known.
    let lost = app.claim_messages(5).unwrap();
    assert_eq!(lost.len(), 5);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let post = Post::new(&app).unwrap();
                while post.step() > 0 {}
            });
        }
    });
    let first = server.said();
    assert_eq!(first.len(), 35, "each once");
    later(&app, 200);
    while post.step() > 0 {}
    let rest = server.said();
    let mut ids: Vec<_> = first.iter().chain(&rest).map(|mail| mail["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 40);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 40, "no message twice, and none lost");
    // The outcome of an attempt that another has followed changes nothing.
    app.message_outcome(&lost[0].id, lost[0].attempt, yuanlu_notify::Outcome::Never("late".into())).unwrap();
    assert!(log(&app, &buyer).iter().all(|one| one.state == "sent"));
}

#[test]
fn a_person_is_not_flooded_and_neither_are_strangers() {
    let Some(server) = MailServer::start("none") else { return };
    let folder = Folder::new("mail-cap");
    let mut settings = server.settings();
    settings.daily_cap = 3;
    let app = shop(&folder, settings);
    let post = Post::new(&app).unwrap();
    let buyer = register(&app, "buyer");
    prove(&app, &post, &server, &buyer, "buyer@mail.example");
    for n in 0..5 {
        later(&app, 1);
        tell(&app, &buyer, "code_issued", &format!("O-{n}"), None);
        app.spread_notices().unwrap();
        post.step();
    }
    later(&app, 1);
    tell(&app, &buyer, "case_completed", "O-9", None);
    app.spread_notices().unwrap();
    post.step();
    let states: Vec<_> = log(&app, &buyer).into_iter().map(|one| one.state).collect();
    assert_eq!(
        states,
        ["sent", "capped", "capped", "capped", "sent", "sent", "sent"],
        "newest first; money still comes"
    );
}
