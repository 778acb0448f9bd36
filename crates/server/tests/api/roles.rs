//! Who gets how far on which route: the whole table, committed.

use super::bad_input::good_body;
use super::description::operations;
use super::house::Market;
use axum::http::Method;
use std::fmt::Write;
use std::path::PathBuf;

/// A status as far as authorisation goes: `go` means that the door was open, whatever came of the request.
fn mark(status: u16, code: &str) -> &'static str {
    match (status, code) {
        (401, "not_signed_in" | "bad_token") => "401",
        (403, _) => "403",
        (404, _) => "404",
        _ => "go",
    }
}

/// Ids that nobody has: those who may see all such things get 404 for them as well.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_table_of_routes_and_roles_is_the_committed_one() {
    let market = Market::open().await;
    let house = &market.house;
    let (order, case) = market.open_case().await;
    let tip_off = market.tip_off().await;
    let (guest_order, guest) = market.buy_as_guest(1).await;
    let people: [(&str, Option<&String>); 8] = [
        ("nobody", None),
        ("guest", Some(&guest)),
        ("buyer", Some(&market.buyer)),
        ("stranger", Some(&market.stranger)),
        ("seller", Some(&market.seller)),
        ("reviewer", Some(&market.reviewer)),
        ("finance", Some(&market.finance)),
        ("admin", Some(&market.admin)),
    ];
    let mut table = format!("{:<62}", "route");
    people.iter().for_each(|(name, _)| write!(table, " {name:<8}").unwrap());
    table.push('\n');
    for (method, path, operation) in operations() {
        // Ending sessions would lock the next one out; they are the asker's own by construction.
        let ends = path.ends_with("/session") || path.ends_with("/me/password") || path.ends_with("/totp/confirm");
        if ends && method != "POST" {
            continue;
        }
        write!(table, "{:<62}", format!("{method} {path}")).unwrap();
        for (name, token) in people {
            let order = if name == "guest" { &guest_order } else { &order };
            let at = path.trim_start_matches("/api/v1").replace("{order}", order).replace("{case}", &case);
            let at = at.replace("{product}", &market.card).replace("{desk}", "review").replace("{payout}", "1");
            let at = at.replace("{evidence}", "x").replace("{seller}", "x").replace("{account}", "x");
            let at = at.replace("{lot}", "9").replace("{policy}", "x").replace("{session}", "x");
            let at = at
                .replace("{tip_off}", &tip_off)
                .replace("{admission}", "x")
                .replace("{organisation}", "x")
                .replace("{complaint}", "x");
            let at = at.replace("{withdrawal}", "1").replace("{conversation}", "x").replace("{rule}", "x");
            let at = at.replace("{withdrawal}", "1").replace("{webhook}", "x").replace("{message}", "x");
            let at = at.replace("{kind}", "message").replace("{way}", "mail").replace("{language}", "zh");
            let at = at.replace("{address}", "x").replace("{review}", "x").replace("{hash}", "x");
            let method: Method = method.parse().unwrap();
            let mut call = house.call(method.clone(), &at);
            if let Some(token) = token {
                call = call.by(token);
            }
            // Events never end by themselves; who may read the case may watch it.
            if at.ends_with("/events") {
                call = house.call(Method::GET, at.trim_end_matches("/events"));
                call = if let Some(token) = token { call.by(token) } else { call };
            }
            if let Some((media_type, body)) = good_body(&method, &operation, &market) {
                call = call.raw(media_type, body);
            }
            let reply = call.send().await;
            let code = if reply.status.as_u16() >= 400 { reply.json()["code"].clone() } else { "".into() };
            assert!(reply.status.as_u16() < 500, "{name} {method} {at}: {}", reply.text());
            write!(table, " {:<8}", mark(reply.status.as_u16(), code.as_str().unwrap_or_default())).unwrap();
        }
        table.push('\n');
    }
    let table: String = table.lines().flat_map(|line| [line.trim_end(), "\n"]).collect();
    let golden = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/api/roles.txt");
    if std::env::var_os("UPDATE_ROLES").is_some() {
        std::fs::write(&golden, &table).unwrap();
    }
    let committed = std::fs::read_to_string(&golden).unwrap();
    let differs = committed.lines().zip(table.lines()).find(|(old, new)| old != new);
    assert!(committed == table, "who may do what has changed, first at {differs:#?}");
}
