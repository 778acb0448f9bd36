//! `yuanlu doctor`: what is configured, what is not, and what is risky. Reads only; the shop may be running.

use crate::cli::{DataFolder, Serving};
use crate::config::Effective;
use crate::tesseract::Tesseract;
use crate::{Problem, backup, file_store, files, open};
use std::process::ExitCode;
use yuanlu_app::Clock;
use yuanlu_channels::configured;
use yuanlu_domain::Role;
use yuanlu_domain::calendar::Calendar;
use yuanlu_domain::time::Instant;
use yuanlu_jobs::{HttpTransport, Post};
use yuanlu_storage::{Born, Db};

/// A backup older than this is none.
const RECENT_BACKUP_HOURS: i64 = 48;

/// What was found, by how much it matters.
#[derive(Default)]
struct Findings {
    good: Vec<String>,
    missing: Vec<String>,
    risky: Vec<String>,
}

impl Findings {
    fn good(&mut self, text: impl Into<String>) {
        self.good.push(text.into());
    }

    fn missing(&mut self, text: impl Into<String>) {
        self.missing.push(text.into());
    }

    fn risky(&mut self, text: impl Into<String>) {
        self.risky.push(text.into());
    }
}

/// Looks at everything and prints it; ends with 0 also when something is risky.
pub fn run(given: &DataFolder) -> Result<ExitCode, Problem> {
    let effective = Effective::read(&Serving { data: given.clone(), ..Serving::default() }, "./yuanlu-data")?;
    println!("yuanlu {}\n\nConfiguration:", env!("CARGO_PKG_VERSION"));
    for (name, value, source) in effective.lines() {
        println!("  {name:<16} {value:<40} ({source})");
    }
    let mut findings = Findings::default();
    let now = Clock::system().now();
    if open::is_there(effective.database())? {
        let db = Db::inspect(effective.database()).map_err(|error| Problem::new(open::chain(&error)))?;
        look_at_shop(&db, &mut findings)?;
        look_at_files(&effective, &db, now, &mut findings)?;
    } else {
        findings.missing(format!("no database yet at {}; `yuanlu serve` makes one", effective.database()));
    }
    look_at_channels(&effective, now, &mut findings);
    look_at_file_store(&effective, &mut findings);
    look_at_issuers(&effective, &mut findings);
    look_at_tesseract(&effective, &mut findings);
    look_at_messages(&effective, &mut findings);
    look_outside(&effective, now, &mut findings);
    for (title, lines) in
        [("Configured", &findings.good), ("Not configured", &findings.missing), ("Risky", &findings.risky)]
    {
        println!("\n{title}:");
        if lines.is_empty() {
            println!("  nothing");
        }
        lines.iter().for_each(|line| println!("  {line}"));
    }
    Ok(ExitCode::SUCCESS)
}

fn look_at_shop(db: &Db, findings: &mut Findings) -> Result<(), Problem> {
    let meta = db.meta();
    findings.good(format!("database born {} on {}", meta.born.code(), meta.created_at.date_text()));
    match meta.born {
        Born::Live => {}
        Born::Demo => findings.good("simulated payment channel; never real money"),
    }
    let people = staff(db)?;
    if people.iter().any(|person| person.admin) {
        findings.good(format!("{} people of staff", people.len()));
    } else {
        findings.missing("no administrator; `yuanlu admin create` makes the first");
    }
    for person in people.iter().filter(|person| person.needs_second_factor && !person.has_second_factor) {
        findings.risky(format!("{} is staff and has no second factor yet", person.login));
    }
    if let Some(held) = backup::held(db)? {
        findings.risky(format!(
            "payouts by channels wait since the restore of {}, or since the database was found gone back; compare the channels' bills, then `yuanlu release-payouts`",
            held.since.minute_text()
        ));
        for missing in backup::missing_since_backup(db)?.unwrap_or_default() {
            findings.missing(missing);
        }
    }
    Ok(())
}

/// Somebody of staff.
struct Person {
    login: String,
    admin: bool,
    needs_second_factor: bool,
    has_second_factor: bool,
}

fn staff(db: &Db) -> Result<Vec<Person>, Problem> {
    let mut people = Vec::new();
    let mut after = String::new();
    loop {
        let page = db.read(|db| yuanlu_storage::account::list(db, &after, 200));
        let page = page.map_err(|error: yuanlu_storage::StorageError| Problem::new(open::chain(&error)))?;
        let Some(last) = page.last() else { return Ok(people) };
        after.clone_from(&last.login);
        people.extend(page.iter().filter(|account| account.roles.iter().any(|role| role.is_staff())).map(|account| {
            Person {
                login: account.login.clone(),
                admin: account.roles.contains(&Role::Admin),
                needs_second_factor: account.roles.iter().any(|role| role.needs_second_factor()),
                has_second_factor: account.totp.is_some(),
            }
        }));
    }
}

fn look_at_files(effective: &Effective, db: &Db, now: Instant, findings: &mut Findings) -> Result<(), Problem> {
    let key = &effective.master_key_file;
    match (key.exists(), key.starts_with(&effective.data)) {
        (false, _) => {
            findings.risky(format!("the master key {} is not there; nothing encrypted can be read", key.display()))
        }
        (true, true) => findings.risky(format!(
            "the master key {} lies beside the data: whoever copies the folder can read codes and uploads; \
             move it and name it with YUANLU_MASTER_KEY_FILE",
            key.display()
        )),
        (true, false) => findings.good("the master key lies elsewhere than the data"),
    }
    for path in [&effective.data, key] {
        if path.exists() && files::open_to_others(path)? {
            findings.risky(format!("{} can be read by others on this machine", path.display()));
        }
    }
    match backup::last(&effective.data) {
        Some((at, file)) if at.plus_hours(RECENT_BACKUP_HOURS) >= now => {
            findings.good(format!("last backup {} to {file}", at.minute_text()));
        }
        Some((at, _)) => findings.risky(format!("the last backup is of {}", at.minute_text())),
        None if db.meta().born == Born::Live => {
            findings.risky("no backup was ever made; `yuanlu backup FILE` makes one")
        }
        None => findings.missing("no backup; a demo hardly needs one"),
    }
    Ok(())
}

/// Checks what is configured, then asks each channel about a payment that cannot exist: a signed answer shows that the
/// keys fit on both sides. Nothing is moved.
fn look_at_channels(effective: &Effective, now: Instant, findings: &mut Findings) {
    let (channels, faults) = open::channels(effective, now);
    for fault in &faults {
        findings
            .risky(format!("channel {}: {}; `yuanlu serve` does not start like this", fault.channel, fault.setting));
    }
    if channels.ids().next().is_none() {
        findings.missing("no payment channel: it sells against balance that an administrator credits");
        return;
    }
    let transport = HttpTransport::new();
    for channel in channels.ids().filter_map(|id| channels.get(id)) {
        let id = channel.id();
        let (op, transport) = match &transport {
            Ok(transport) => (configured::probe(now), transport),
            Err(error) => return findings.risky(format!("channel {id}: cannot be asked: {error}")),
        };
        let word = channel.request(&op, now).map(|request| channel.payment_word(&op, &transport.call(request), now));
        match word.map(configured::probed) {
            Ok(Ok(())) => findings.good(format!("channel {id}: asked a question, its signed answer is good")),
            Ok(Err(code)) => findings.risky(format!(
                "channel {id}: its settings are well-formed, but a question was not answered as it should be ({code})"
            )),
            Err(why) => findings.risky(format!("channel {id}: cannot be asked ({why})")),
        }
    }
}

/// Keeps, reads and removes a small object.
fn look_at_file_store(effective: &Effective, findings: &mut Findings) {
    let Some(bucket) = &effective.files else {
        return findings.good(format!("files lie in {}", effective.data.join(file_store::FOLDER).display()));
    };
    let place = file_store::place(bucket);
    match file_store::try_out(bucket) {
        Ok(()) => findings.good(format!("files lie in {place}; one was kept, read and removed")),
        Err(why) => findings.risky(format!("files are to lie in {place}, but {why}")),
    }
}

fn look_at_tesseract(effective: &Effective, findings: &mut Findings) {
    let Some(program) = &effective.tesseract else {
        return findings.missing("receipts are not read by a program; `tesseract` in yuanlu.toml names one");
    };
    match (Tesseract { program: program.clone() }).describe() {
        Ok((version, true)) => findings.good(format!("receipts are read by {version}")),
        Ok((version, false)) => findings.risky(format!("{version} has no Chinese; install tesseract-ocr-chi-sim")),
        Err(error) => findings.risky(format!("receipts are to be read by {}: {error}", program.display())),
    }
}

fn look_at_issuers(effective: &Effective, findings: &mut Findings) {
    match effective.probe_hosts.as_slice() {
        [] => findings.missing("no host of an issuer is approved, so no product's codes can be asked about"),
        hosts => findings.good(format!("issuers may be asked about codes at {}", hosts.join(", "))),
    }
}

/// Checks what is configured, and greets the mail server. Nothing is sent.
fn look_at_messages(effective: &Effective, findings: &mut Findings) {
    let (settings, faults) = open::notify(effective);
    for fault in &faults {
        findings.risky(format!("{fault}; `yuanlu serve` does not start like this"));
    }
    match &settings.mail {
        Some(mail) => match Post::greet(mail) {
            Ok(()) => findings.good(format!("mail: {} answers and takes these settings", mail.server)),
            Err(why) => findings.risky(format!("mail: {} cannot be used ({why})", mail.server)),
        },
        None if faults.iter().all(|fault| !fault.name.starts_with("mail.")) => {
            findings.missing("no mail server ([mail] in yuanlu.toml): notices stay inside the site")
        }
        None => {}
    }
    match &settings.sms {
        Some(sms) => findings.good(format!("short messages: {:?}, signed as {}", sms.provider, sms.sign_name)),
        None if faults.iter().all(|fault| !fault.name.starts_with("sms.")) => {
            findings.missing("no provider of short messages ([sms] in yuanlu.toml)")
        }
        None => {}
    }
    if settings.reach == yuanlu_notify::guard::Reach::Any {
        findings.risky(
            "webhooks may lead into private networks ([webhooks] allow_private): sellers can reach what stands there",
        );
    }
}

fn look_outside(effective: &Effective, now: Instant, findings: &mut Findings) {
    let calendar = Calendar::builtin();
    let ahead = calendar.working_days_after(now.plus_days(30), 7);
    if ahead.provisional {
        findings.risky(
            "the public holidays of the coming weeks are not published yet; deadlines there are provisional and nobody \
             loses by them",
        );
    } else {
        findings.good("the official working-day calendar covers the coming weeks");
    }
    let listens_outside = !effective.listen.ip().is_loopback();
    if listens_outside && !effective.public_url.starts_with("https://") {
        findings.risky("it listens to the network and its public address is not https");
    }
    if effective.public_url.starts_with("https://") && effective.trusted_proxy.is_empty() && !listens_outside {
        findings.risky(
            "people come by https, so a proxy stands in front; name it with --trusted-proxy, or limits count it",
        );
    }
}
