//! A crowd: one seller, one product, many buyers with orders paid from balance and not yet looked at. For benchmarks and
//! for tests that need many refunds.

use crate::{Random, Trouble};
use yuanlu_app::App;
use yuanlu_app::engine::Envelope;
use yuanlu_app::inputs::{InviteInput, Origin, ProductInput, RegisterInput};
use yuanlu_app::principal::Principal;
use yuanlu_app::totp_code;
use yuanlu_domain::command::{Act, Command, Line, OrderAct, Parts, WalletAct};
use yuanlu_domain::event::Tender;
use yuanlu_domain::ids::{AccountId, Ids, OrderId, ProductId, SellerId};
use yuanlu_domain::time::Instant;
use yuanlu_domain::{Actor, Party, Role};
use yuanlu_money::Money;

/// What every order costs.
pub const PRICE_MINOR: i64 = 9800;
/// Orders of a buyer who has no session.
const ORDERS_EACH: usize = 4;
/// Buyers whose orders lie together in the list.
const NEAR: usize = 1024;
/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery";
/// As many codes as one call may load.
const CODES: usize = 10_000;

/// As many commands as are kept in memory at once.
const TOGETHER: usize = 8192;

/// An order paid and not looked at.
#[derive(Clone, Debug)]
pub struct Paid {
    /// Its number.
    pub order: OrderId,
    /// Whose.
    pub buyer: AccountId,
    /// For how much.
    pub price_minor: i64,
}

/// A buyer with a session, and his orders.
#[derive(Clone, Debug)]
pub struct Person {
    /// Bearer token.
    pub token: String,
    /// His orders.
    pub orders: Vec<Paid>,
}

/// How large a crowd.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Orders of buyers who have no session.
    pub orders: usize,
    /// People with a session.
    pub people: usize,
    /// Orders of each of them.
    pub orders_each: usize,
}

/// Who and what there is.
#[derive(Clone, Debug)]
pub struct Crowd {
    /// Orders of buyers who have no session.
    pub orders: Vec<Paid>,
    /// People with a session.
    pub people: Vec<Person>,
    /// Who sells to all of them.
    pub seller: SellerId,
    /// What.
    pub product: ProductId,
    /// When everything was ready.
    pub now: Instant,
}

/// Fills an empty shop by its own commands. Limits must be off.
///
/// # Errors
/// Names what was refused.
pub fn gather(app: &App, size: Size) -> Result<Crowd, Trouble> {
    gather_with_stock(app, size, 0)
}

/// The same, and so many codes are left to sell.
///
/// # Errors
/// Names what was refused.
pub fn gather_with_stock(app: &App, size: Size, left: usize) -> Result<Crowd, Trouble> {
    let admin = staff(app)?;
    let sold = size.orders.next_multiple_of(ORDERS_EACH) + size.people * size.orders_each;
    let (product, seller) = stocked_product(app, &admin, sold + left)?;
    let (mut buyers, mut tokens) = (Vec::new(), Vec::new());
    for number in 0..size.people {
        let input = RegisterInput { login: format!("buyer{number}"), password: PASSWORD.into() };
        let grant = app.register(&input, &Origin::default()).map_err(Trouble::at("a buyer"))?;
        let account =
            grant.principal.account().cloned().ok_or_else(|| Trouble("a buyer without account".to_owned()))?;
        buyers.push((account, size.orders_each));
        tokens.push(grant.token.expose().clone());
    }
    let others = 0..size.orders.div_ceil(ORDERS_EACH);
    buyers.extend(others.map(|number| (AccountId::from(format!("crowd{number:08}")), ORDERS_EACH)));
    fund(app, &admin, &buyers)?;
    let orders = place(app, &product, &buyers)?;
    let (with_session, others) = orders.split_at(size.people * size.orders_each);
    let people = tokens.into_iter().zip(with_session.chunks(size.orders_each.max(1)));
    // Neighbours are of different buyers: refunds that happen together in life are. And they were bought at about the same
    // time: who goes through a past far larger than memory goes through it once.
    let rounds = others
        .chunks(ORDERS_EACH * NEAR)
        .flat_map(|near| (0..ORDERS_EACH).flat_map(|round| near.iter().skip(round).step_by(ORDERS_EACH)));
    Ok(Crowd {
        orders: rounds.cloned().collect(),
        people: people.map(|(token, orders)| Person { token, orders: orders.to_vec() }).collect(),
        seller,
        product,
        now: app.now(),
    })
}

fn staff(app: &App) -> Result<Principal, Trouble> {
    let link = app.create_first_admin("admin").map_err(Trouble::at("an administrator"))?;
    follow(app, link.expose())
}

/// Follows a one-time link.
pub(crate) fn follow(app: &App, link: &str) -> Result<Principal, Trouble> {
    let view = app.open_link(link).map_err(Trouble::at("a link"))?;
    let secret = view.totp.map(|totp| totp.secret_base32);
    let code = secret.and_then(|secret| totp_code(&secret, app.clock().real_now()));
    let grant = app.use_link(link, &PASSWORD.into(), code.as_deref(), &Origin::default());
    Ok(grant.map_err(Trouble::at("a link"))?.principal)
}

fn stocked_product(app: &App, admin: &Principal, codes: usize) -> Result<(ProductId, SellerId), Trouble> {
    let seller = app.admit_seller(admin, "Bench", false).map_err(Trouble::at("a seller"))?;
    let input = InviteInput {
        login: "seller".to_owned(),
        roles: vec!["seller".to_owned()],
        seller: Some(seller.id.clone()),
        organisation: None,
    };
    let invited = app.invite(admin, &input).map_err(Trouble::at("a seller"))?;
    let person = follow(app, invited.link.expose())?;
    let input = ProductInput {
        title: "Card".to_owned(),
        description: String::new(),
        how_to_use: String::new(),
        kind: "game_card".to_owned(),
        delivery_event: None,
        face: Some("100.00".to_owned()),
        price: Money::cny(PRICE_MINOR).to_string(),
        promise_hours: 24,
        window_days: 15,
        warranty_days: 0,
        fee_disclosed: false,
        special: None,
        needs_confirmation: false,
        on_sale: true,
    };
    let product = app.save_product(&person, None, &input).map_err(Trouble::at("a product"))?;
    let product = ProductId::from(product.id);
    let mut random = Random::new([3; 32]);
    let mut left = codes;
    while left > 0 {
        let now = left.min(CODES);
        let lines: Vec<String> = (0..now).map(|_| random.characters(16)).collect();
        app.load_codes(&person, &product, &lines.join("\n")).map_err(Trouble::at("codes"))?;
        left -= now;
    }
    Ok((product, SellerId::from(seller.id.as_str())))
}

fn fund(app: &App, admin: &Principal, buyers: &[(AccountId, usize)]) -> Result<(), Trouble> {
    let account = admin.account().cloned().ok_or_else(|| Trouble("an administrator without account".to_owned()))?;
    let by = Actor::Staff { account, role: Role::Admin };
    let credit = |(account, orders): &(AccountId, usize)| {
        let amount = Money::cny(PRICE_MINOR * i64::try_from(*orders).unwrap_or(1));
        let act = Act::Wallet { account: account.clone(), act: WalletAct::Credit { amount } };
        Envelope::program(Command { by: by.clone(), act })
    };
    buyers.chunks(TOGETHER).try_for_each(|some| submit(app, some.iter().map(credit).collect()))
}

fn place(app: &App, product: &ProductId, buyers: &[(AccountId, usize)]) -> Result<Vec<Paid>, Trouble> {
    let mut ids = Ids::new([5; 32]);
    let (mut paid, mut commands) = (Vec::new(), Vec::new());
    for (buyer, orders) in buyers {
        for _ in 0..*orders {
            let order = ids.order(app.now());
            let party = Party::Account(buyer.clone());
            let line = Line {
                product: product.clone(),
                quantity: 1,
                seen_price: Money::cny(PRICE_MINOR),
                confirmed: false,
                recipient: None,
            };
            let act = OrderAct::Place {
                buyer: party.clone(),
                lines: vec![line],
                parts: Parts::default(),
                tender: Tender::Balance { wallet: buyer.clone() },
            };
            let act = Act::Order { order: order.clone(), act };
            commands.push(Envelope::program(Command { by: Actor::Buyer { party }, act }));
            paid.push(Paid { order, buyer: buyer.clone(), price_minor: PRICE_MINOR });
        }
        if commands.len() >= TOGETHER {
            submit(app, std::mem::take(&mut commands))?;
        }
    }
    submit(app, commands)?;
    Ok(paid)
}

fn submit(app: &App, commands: Vec<Envelope>) -> Result<(), Trouble> {
    for outcome in app.engine().commands(commands) {
        outcome.map_err(|error| Trouble(format!("preparing: {error}")))?;
    }
    Ok(())
}
