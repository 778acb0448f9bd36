//! A shop on a real database, with goods that are sold out.
#![allow(dead_code, reason = "each test file uses its part")]

pub mod town;

use std::path::PathBuf;
use yuanlu_app::inputs::ProductInput;
use yuanlu_app::{App, Person, Principal};
use yuanlu_domain::Role;
use yuanlu_domain::ids::SellerId;

/// A data directory that is gone afterwards.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("yuanlu-jobs-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn person(account: &str, roles: &[Role], seller: Option<SellerId>) -> Principal {
    let roles = roles.iter().copied().collect();
    Principal::Person(Person { account: account.into(), name: account.into(), roles, seller, second_factor: true })
}

/// A ¥88.00 card of which there is no code: whoever pays gets his money back (R32).
pub fn sell_out(app: &App) -> String {
    let admin = person("admin", &[Role::Admin], None);
    let seller = app.admit_seller(&admin, "卡券小店", false).expect("admitted");
    let seller = person("seller", &[Role::Seller], Some(seller.id.as_str().into()));
    let product = ProductInput {
        title: "点卡".into(),
        description: String::new(),
        how_to_use: String::new(),
        kind: "game_card".into(),
        delivery_event: None,
        face: Some("100.00".into()),
        price: "88.00".into(),
        promise_hours: 24,
        window_days: 15,
        warranty_days: 0,
        fee_disclosed: false,
        special: None,
        needs_confirmation: false,
        on_sale: true,
    };
    app.save_product(&seller, None, &product).expect("saved").id
}
