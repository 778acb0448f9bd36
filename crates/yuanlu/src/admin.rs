//! `yuanlu admin`: the first administrator, and where channels tell of complaints.

use crate::cli::Serving;
use crate::config::Effective;
use crate::{Problem, open};
use std::process::ExitCode;
use yuanlu_app::Clock;
use yuanlu_channels::complaint::{NewsOp, NewsWord};
use yuanlu_jobs::HttpTransport;
use yuanlu_storage::Born;

/// Makes the first administrator and prints his one-time link.
pub fn create(login: &str, given: &Serving) -> Result<ExitCode, Problem> {
    let effective = Effective::read(given, "./yuanlu-data")?;
    let app = open::shop(open::settings(&effective, Born::Live)?)?;
    let token = app.create_first_admin(login).map_err(|error| match error.code() {
        "conflict" | "forbidden" | "already_exists" => {
            Problem::new("there is an administrator already; he can invite others or reset an access")
        }
        _ => Problem::new(format!("`{login}` cannot be made an administrator: {error}")),
    })?;
    println!("Open this link once, while the shop is served, to set a password and a second factor:");
    println!("{}/link/{}", effective.public_url, token.expose());
    Ok(ExitCode::SUCCESS)
}

/// Asks channels that want to be told where they tell of complaints, and tells them. Ends with 1 when one does not.
pub fn complaint_news(register: bool, given: &Serving) -> Result<ExitCode, Problem> {
    let effective = Effective::read(given, "./yuanlu-data")?;
    let now = Clock::system().now();
    let (channels, _) = open::channels(&effective, now);
    let transport = HttpTransport::new()?;
    let (mut asked, mut well) = (0, true);
    for channel in channels.ids().filter_map(|id| channels.get(id)) {
        let Some(address) = channel.news_address() else { continue };
        asked += 1;
        let tell = |op| match channel.news_request(op, now) {
            Ok(request) => channel.news_word(&transport.call(request), now),
            Err(why) => NewsWord::Failed { code: why.code().to_owned() },
        };
        let told = match (tell(NewsOp::Ask), register) {
            (NewsWord::At(at), true) if at != address => tell(NewsOp::Change),
            (NewsWord::Nobody, true) => tell(NewsOp::Begin),
            (told, _) => told,
        };
        let id = channel.id();
        match told {
            NewsWord::At(at) if at == address => println!("{id}: tells of complaints at {at}"),
            NewsWord::At(at) => {
                well = false;
                println!("{id}: tells of complaints at {at}, not at {address}; --register changes that");
            }
            NewsWord::Nobody => {
                well = false;
                println!("{id}: tells nobody of complaints; --register has it tell {address}");
            }
            NewsWord::Failed { code } => {
                well = false;
                println!("{id}: cannot be asked ({code})");
            }
        }
    }
    if asked == 0 {
        println!("No configured channel has to be told where complaints go.");
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
