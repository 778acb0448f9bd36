//! Two nodes on one server: what one of them does, the other cannot undo, repeat or spend again.

use super::house::{House, PASSWORD, books_balance, config, id, origin, place};
use yuanlu_app::inputs::LoginInput;
use yuanlu_app::{App, AppError, Config, Limits, Principal, SessionKind};
use yuanlu_domain::ids::OrderId;
use yuanlu_storage::testing::server_schema;
use yuanlu_storage::{order_file, stock};

/// A shop with two nodes, each with an engine on a thread of its own; `None` where there is no server.
fn two(name: &str) -> Option<(House, App)> {
    let server = server_schema()?;
    let settings = Config { direct: false, database: Some(server), ..config(name) };
    let first = House::with(settings.clone());
    let second = App::open(settings).unwrap();
    Some((first, second))
}

fn at_once<T: Send>(nodes: [&App; 2], times: usize, work: impl Fn(&App, usize) -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = (0..times).map(|n| scope.spawn(move || work(nodes[n % 2], n))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// ¥1,000.00 buys ten cards of ¥99.99, whichever node is asked, and no code is given away twice.
#[test]
fn a_balance_is_spent_once_and_a_code_is_sold_once() {
    let Some((house, second)) = two("nodes-spend") else { return };
    let codes: Vec<String> = (0..14).map(|n| format!("NODE-{n:04}-{:04}", n * 7919 % 10_000)).collect();
    let card = house.card(&codes.join("\n"));
    let nodes = [&house.app, &second];
    let asked =
        at_once(nodes, 24, |node, _| node.place_order(&house.buyer, &place(&card, 1, "balance"), None, &origin()));
    let bought: Vec<_> = asked.iter().flatten().collect();
    assert_eq!(bought.len(), 10, "{asked:?}");
    assert!(asked.iter().flatten().all(|order| !order.order.is_empty()));
    assert!(asked.iter().filter_map(|one| one.as_ref().err()).all(|error| matches!(error, AppError::Refused(_))));
    assert_eq!(second.balance(&house.buyer).unwrap().spendable.text, "0.10");
    let left = second.db().read(|db| stock::count(db, &[card.id.as_str()])).unwrap();
    assert_eq!(left.values().next().unwrap().free, 4);
    books_balance(&second);
}

/// T01, T02: an order is refunded once though both nodes are asked many times at once.
#[test]
fn a_refund_happens_once() {
    let Some((house, second)) = two("nodes-refund") else { return };
    let card = house.card("AAAA-0001\nAAAA-0002\nAAAA-0003");
    let orders: Vec<OrderId> = (0..3).map(|_| id(&house.buy(&card, 1))).collect();
    let nodes = [&house.app, &second];
    let asked = at_once(nodes, 24, |node, n| {
        let input = super::house::application("personal", &[1]);
        node.apply(&house.buyer, &orders[n % 3], &input, None, &origin())
    });
    assert_eq!(asked.iter().filter(|one| one.is_ok()).count(), 3, "{asked:?}");
    for order in &orders {
        let file = second.db().read(|db| order_file::find(db, order)).unwrap().unwrap().aggregate;
        assert_eq!((file.cases.len(), file.payouts.len()), (1, 1));
    }
    // Less the published fee of ¥4.99 for a change of mind, three times.
    assert_eq!(house.spendable(), "985.03");
    books_balance(&house.app);
}

/// A key answered by one node is known to the other; somebody who logs in at one is known to the other.
#[test]
fn keys_and_sessions_hold_on_every_node() {
    let Some((house, second)) = two("nodes-keys") else { return };
    let card = house.card("BBBB-0001\nBBBB-0002");
    let asked = at_once([&house.app, &second], 8, |node, _| {
        node.place_order(&house.buyer, &place(&card, 1, "balance"), Some("the same key"), &origin()).unwrap().order
    });
    assert!(asked.iter().all(|order| *order == asked[0]), "{asked:?}");
    let login = LoginInput { login: "zhang.san".to_owned(), password: PASSWORD.into(), totp: None };
    let grant = house.app.login(&login, SessionKind::Web, &origin()).unwrap();
    let known = second.authenticate(grant.token.expose()).unwrap();
    assert!(known.is_some_and(|known| matches!(known.principal, Principal::Person(_))));
    books_balance(&second);
}

/// Ten wrong passwords are ten, whichever node they are tried at; what was right is given back at both.
#[test]
fn tries_at_a_password_are_counted_for_all_nodes_together() {
    let Some(server) = server_schema() else { return };
    let settings = Config { direct: false, database: Some(server), limits: Limits::default(), ..config("nodes-tries") };
    let house = House::with(settings.clone());
    let second = App::open(settings).unwrap();
    let nodes = [&house.app, &second];
    let login = |node: &App, name: &str, password: &str| {
        let input = LoginInput { login: name.to_owned(), password: password.into(), totp: None };
        node.login(&input, SessionKind::Web, &origin()).map(|_| ())
    };
    for n in 0..12 {
        login(nodes[n % 2], "zhang.san", PASSWORD).unwrap();
    }
    let wrong: Vec<_> = (0..14).map(|n| login(nodes[n % 2], "zhang.san", "wrong")).collect();
    assert!(wrong[..10].iter().all(|one| *one == Err(AppError::WrongCredentials)), "{wrong:?}");
    assert!(wrong[10..].iter().all(|one| matches!(one, Err(AppError::TooMany { .. }))), "{wrong:?}");
    for node in nodes {
        assert!(matches!(login(node, "zhang.san", PASSWORD), Err(AppError::TooMany { .. })));
        // Nobody else is shut out.
        assert_eq!(login(node, "li.si", "wrong"), Err(AppError::WrongCredentials));
    }
    house.clock.set(house.clock.now().plus_seconds(900));
    login(&second, "zhang.san", PASSWORD).unwrap();
    // All of them at once are no more.
    let at_once = at_once(nodes, 24, |node, _| login(node, "li.si", "wrong"));
    assert_eq!(at_once.iter().filter(|one| **one == Err(AppError::WrongCredentials)).count(), 10, "{at_once:?}");
    assert_eq!(second.end_sessions().map(|_| ()), Ok(()));
}

/// A guest's query password is guessed at ten times, at whichever nodes.
#[test]
fn tries_at_a_query_password_are_counted_for_all_nodes_together() {
    let Some(server) = server_schema() else { return };
    let settings = Config { direct: false, database: Some(server), limits: Limits::default(), ..config("nodes-guess") };
    let house = House::with(settings.clone());
    let second = App::open(settings).unwrap();
    let (order, _) = house.guest_buys(&house.card("GUEST-1"));
    let guess =
        |node: &App, n: usize| node.guest_open(&id(&order), &format!("guess {n}").into(), &origin()).map(|_| ());
    let guesses: Vec<_> = (0..12).map(|n| guess([&house.app, &second][n % 2], n)).collect();
    assert!(guesses[..10].iter().all(|one| !matches!(one, Ok(()) | Err(AppError::TooMany { .. }))), "{guesses:?}");
    assert!(guesses[10..].iter().all(|one| matches!(one, Err(AppError::TooMany { .. }))), "{guesses:?}");
}
