//! `yuanlu admin`: the first administrator.

use crate::cli::Serving;
use crate::config::Effective;
use crate::{Problem, open};
use std::process::ExitCode;
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
