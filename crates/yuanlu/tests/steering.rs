//! `yuanlu incident pause`, `resume` and `set-rate`: beside a shop on a server, on a file while nobody serves it, and never in the
//! name of somebody who did not sign in.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

#[allow(dead_code, reason = "each test file uses its part")]
mod house;

use house::{House, Serving};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use yuanlu_app::inputs::{IncidentInput, InviteInput, Origin, SelectionInput};
use yuanlu_app::{App, Clock, Config, Limits, Person, Principal, Secret, totp_code};
use yuanlu_domain::Role;
use yuanlu_domain::ids::DeskId;
use yuanlu_storage::testing::OwnSchema;
use yuanlu_storage::{Born, Location};
use yuanlu_world::crowd::{Size, gather};

const PASSWORD: &str = "correct horse battery";

/// A shop whose mass incident waits for the jobs, with a person of risk; her second factor, and the incident's number.
fn shop(data: &Path, database: Option<&str>, orders: usize) -> (Secret<String>, String) {
    let clock = Clock::manual(Clock::system().now().plus_hours(-1));
    let database = database.map(|address| Location::parse(address).unwrap());
    let app = App::open(Config { clock, limits: Limits::none(), database, ..Config::new(data, Born::Live) }).unwrap();
    let crowd = gather(&app, Size { orders, people: 0, orders_each: 0 }).unwrap();
    let person = |role: Role| {
        let name = format!("{}.two", role.code());
        let (account, roles) = (name.as_str().into(), [role].into_iter().collect());
        Principal::Person(Person { account, name, roles, seller: None, second_factor: true })
    };
    let invite =
        InviteInput { login: "wang.risk".into(), roles: vec!["risk".into()], seller: None, organisation: None };
    let link = app.invite(&person(Role::Admin), &invite).unwrap().link;
    let offered = app.open_link(link.expose()).unwrap().totp.unwrap();
    let code = totp_code(&offered.secret_base32, app.clock().real_now());
    app.use_link(link.expose(), &PASSWORD.into(), code.as_deref(), &Origin::default()).unwrap();
    let input = IncidentInput {
        selection: SelectionInput { seller: Some(crowd.seller.to_string()), ..SelectionInput::default() },
        reason: "system_fault".into(),
        bearer: "seller".into(),
        words: "供应商确认这一批卡密全部失效。".into(),
        rate: 1,
    };
    let proposed = app.propose_incident(&person(Role::Risk), &input, None).unwrap();
    app.approve_incident(&person(Role::Finance), &DeskId::from(proposed.incident.as_str())).unwrap();
    (offered.secret_base32, proposed.incident)
}

/// The code of a step that was not used yet.
fn code(secret: &Secret<String>, step: i64) -> String {
    totp_code(secret, Clock::system().now().plus_seconds(30 * step)).unwrap()
}

fn incident(data: &Path, database: Option<&str>, arguments: &[&str], typed: &str) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yuanlu"));
    command.env("YUANLU_LOG", "warn").arg("incident").args(arguments).arg("--data").arg(data);
    if let Some(address) = database {
        command.env("YUANLU_DATABASE", address);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Whoever is not asked anything may be gone already.
    let _ = child.stdin.take().unwrap().write_all(typed.as_bytes());
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    (status.success(), String::from_utf8([stdout, stderr].concat()).unwrap())
}

/// A stopped file and, where there is one, a server on which another node serves.
fn places(house: &House, own: Option<&OwnSchema>) -> Vec<(PathBuf, Option<String>)> {
    let mut places = vec![(house.folder("file"), None)];
    places.extend(own.map(|schema| (house.folder("server"), Some(schema.address(schema.port)))));
    places
}

#[test]
fn a_run_is_stopped_from_a_terminal_by_somebody_who_signs_in() {
    let house = House::new("steering");
    let own = OwnSchema::new(40);
    for (data, database) in places(&house, own.as_ref()) {
        let database = database.as_deref();
        let (secret, number) = shop(&data, database, 8);
        let steer = |act: &[&str], typed: &str| {
            let arguments = [act, &[number.as_str(), "--as", "wang.risk"]].concat();
            incident(&data, database, &arguments, typed)
        };
        // On a server another node serves meanwhile.
        let served = database.map(|_| Serving::logging(&data, database, &house.folder("log")));
        let refused = steer(&["pause"], &format!("wrong\n{}\n", code(&secret, 0)));
        assert_eq!(refused, (false, "error: name, password or one-time code is wrong\n".to_owned()));
        let typed = |step| format!("{PASSWORD}\n{}\n", code(&secret, step));
        let (done, told) = steer(&["pause"], &typed(-1));
        assert!(done && told.contains("paused"), "{told}");
        let used = typed(0);
        let (again, told) = steer(&["pause"], &used);
        assert!(!again && told.contains("not in a state"), "{told}");
        // A code works once.
        assert!(!steer(&["resume"], &used).0);
        let (done, told) = steer(&["resume"], &typed(1));
        assert!(done && told.contains("running"), "{told}");
        let shown = incident(&data, database, &["show", &number], "").1;
        assert!(shown.contains("running") || shown.contains("done"), "{shown}");
        drop(served);
    }
    // A file that is served has one writer.
    let data = house.folder("file");
    let _served = Serving::live(&data);
    let (done, told) = incident(&data, None, &["pause", "M1", "--as", "wang.risk"], "");
    assert!(!done && told.contains("served from a file") && told.contains("Mass refunds"), "{told}");
}

#[test]
fn how_fast_a_run_goes_is_changed_from_a_terminal() {
    let house = House::new("rate");
    let own = OwnSchema::new(40);
    for (data, database) in places(&house, own.as_ref()) {
        let database = database.as_deref();
        let (secret, number) = shop(&data, database, 60);
        let set = |rate: &str, typed: &str| {
            incident(&data, database, &["set-rate", rate, &number, "--as", "wang.risk"], typed)
        };
        let typed = |step| format!("{PASSWORD}\n{}\n", code(&secret, step));
        let served = database.map(|_| Serving::logging(&data, database, &house.folder("log")));
        let (done, told) = set("fast", "");
        assert!(!done && told.contains("invalid value 'fast'"), "{told}");
        let refused = set("50", &format!("wrong\n{}\n", code(&secret, 0)));
        assert_eq!(refused, (false, "error: name, password or one-time code is wrong\n".to_owned()));
        assert_eq!(set("4000000000", &typed(-1)), (false, "error: it cannot go so fast\n".to_owned()));
        let (done, told) = set("2", &typed(0));
        assert!(done && told.contains(&format!("{number}: running, 2 orders a second")), "{told}");
        let (done, told) = set("0", &typed(1));
        assert!(done && told.contains(&format!("{number}: running, no limit")), "{told}");
        let show = || incident(&data, database, &["show", &number], "").1;
        match served {
            // The node beside it heard of it: nothing waits for its second any more.
            Some(_) => assert!((0..60).any(|_| show().contains(": done, ")), "{}", show()),
            None => assert!(show().contains(": running, "), "{}", show()),
        }
    }
    // A file that is served has one writer.
    let data = house.folder("file");
    let _served = Serving::live(&data);
    let (done, told) = incident(&data, None, &["set-rate", "5", "M1", "--as", "wang.risk"], "");
    assert!(!done && told.contains("served from a file") && told.contains("Mass refunds"), "{told}");
}
