//! Goods and their codes.

use crate::house::{House, id, origin, place, register};
use yuanlu_app::inputs::{Page, ProductFilter};
use yuanlu_app::{App, AppError};
use yuanlu_domain::Refusal;
use yuanlu_domain::ids::ProductId;

#[test]
fn no_code_is_on_the_platform_twice_in_any_dress() {
    let house = House::new("codes");
    let card = house.card("");
    let product = ProductId::from(card.id.as_str());
    let loaded = house.app.load_codes(&house.seller, &product, "AAAA-1111\nBBBB-2222\nAAAA-1111\nxy\n").unwrap();
    assert_eq!((loaded.loaded, loaded.duplicates.as_slice(), loaded.bad_lines.as_slice()), (2, &[3][..], &[4][..]));
    let other = house.card("");
    let again = house.app.load_codes(&house.seller, &other.id.as_str().into(), "aaaa 1111\nCCCC-3333").unwrap();
    assert_eq!((again.loaded, again.duplicates.as_slice()), (1, &[1][..]));
    let many = "ABCD-1\n".repeat(10_001);
    assert_eq!(
        house.app.load_codes(&house.seller, &product, &many).unwrap_err(),
        AppError::invalid("codes", "too_large")
    );
}

#[test]
fn a_code_is_unreadable_until_its_owner_reveals_it() {
    let house = House::new("secret");
    let card = house.card("SECRET-CODE-7788");
    let order = house.buy(&card, 1);
    assert_eq!(order.units[0].masked_code, None);
    assert!(!files_hold(&house.app, b"SECRET-CODE"), "neither the database nor its log holds the code");

    let code = house.app.reveal(&house.buyer, &id(&order), 1).unwrap();
    assert_eq!(code.expose(), "SECRET-CODE-7788");
    assert_eq!(format!("{code:?}"), "***");
    let again = house.app.reveal(&house.buyer, &id(&order), 1).unwrap();
    assert_eq!(again.expose(), "SECRET-CODE-7788", "shown again to its owner");
    let seen = house.app.load_order(&house.buyer, &id(&order)).unwrap();
    assert_eq!(seen.units[0].masked_code.as_deref(), Some("****7788"));
    assert!(seen.units[0].revealed_at.is_some());
    assert!(!files_hold(&house.app, b"SECRET-CODE"));
}

#[test]
fn who_asks_for_money_back_does_not_see_the_code_meanwhile() {
    let mut house = House::new("meanwhile");
    house.staff("reviewer");
    let order = house.buy(&house.card("ABCD-0001"), 1);
    let case = house.apply(&house.buyer, &order, "invalid_code").unwrap();
    let refused = house.app.reveal(&house.buyer, &id(&order), 1);
    assert!(matches!(refused, Err(AppError::Refused(Refusal::Duplicate { .. }))), "{refused:?}");
    house.app.withdraw(&house.buyer, &case.summary.case.as_str().into(), None).unwrap();
    house.app.reveal(&house.buyer, &id(&order), 1).unwrap();
}

#[test]
fn sold_out_is_refunded_without_an_application_and_no_code_is_sold_twice() {
    let house = House::new("soldout");
    let card = house.card("ABCD-0001");
    let first = house.buy(&card, 1);
    let second = house.buy(&card, 1);
    assert_eq!((first.units[0].state, second.units[0].state), ("sealed", "returned"));
    assert_eq!((second.cases[0].reason, second.cases[0].credited.text.as_str()), ("system_fault", "99.99"));
    assert_eq!(house.spendable(), "900.01");
}

#[test]
fn an_order_keeps_the_page_it_was_bought_from() {
    let house = House::new("pages");
    let card = house.card("ABCD-0001\nABCD-0002");
    let product = ProductId::from(card.id.as_str());
    let order = house.buy(&card, 1);
    let mut input = yuanlu_app::inputs::ProductInput {
        title: "新标题".to_owned(),
        description: "新描述".to_owned(),
        how_to_use: String::new(),
        kind: "game_card".to_owned(),
        delivery_event: Some("code_generated".to_owned()),
        face: Some("100".to_owned()),
        price: "120".to_owned(),
        promise_hours: 48,
        window_days: 7,
        warranty_days: 30,
        fee_disclosed: false,
        special: None,
        needs_confirmation: true,
        on_sale: true,
    };
    let changed = house.app.save_product(&house.seller, Some(&product), &input).unwrap();
    assert_eq!((changed.version, changed.terms.price.text.as_str(), changed.in_stock), (2, "120.00", Some(1)));
    let seen = house.app.load_order(&house.buyer, &id(&order)).unwrap();
    assert_eq!((seen.lines[0].title.as_str(), seen.lines[0].terms.price.text.as_str()), ("百元点卡", "99.99"));

    let unticked = house.app.place_order(&house.buyer, &place(&changed, 1, "balance"), None, &origin());
    assert_eq!(unticked, Err(AppError::Refused(Refusal::ConfirmationNeeded)));
    let stale = house.app.place_order(&house.buyer, &place(&card, 1, "balance"), None, &origin());
    assert!(matches!(stale, Err(AppError::Refused(Refusal::PriceChanged { .. }))));
    input.kind = "membership".to_owned();
    input.delivery_event = None;
    let turned = house.app.save_product(&house.seller, Some(&product), &input);
    assert_eq!(turned, Err(AppError::invalid("kind", "unchangeable")));
}

#[test]
fn products_are_found_by_kind_and_words_and_paged() {
    let house = House::new("search");
    for n in 0..5 {
        house.product("game_card", "", |input| input.title = format!("点卡 {n}"));
    }
    house.product("membership", "", |input| input.title = "Video Club 月卡".to_owned());
    house.product("game_card", "", |input| input.on_sale = false);
    let find = |kind: &str, text: &str, page: &Page| {
        let filter = ProductFilter { kind: Some(kind.to_owned()), text: Some(text.to_owned()) };
        house.app.list_products(&filter, page).unwrap()
    };
    let two = |cursor| Page { cursor, limit: Some(2) };
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let page = find("game_card", "", &two(cursor));
        seen.extend(page.items.into_iter().map(|product| product.title));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    seen.sort();
    assert_eq!(seen, ["点卡 0", "点卡 1", "点卡 2", "点卡 3", "点卡 4"]);
    assert_eq!(find("", "video club", &Page::default()).items.len(), 1);
    assert_eq!(find("", "月卡", &Page::default()).items.len(), 1);
    assert_eq!(find("", "%", &Page::default()).items.len(), 0, "no wildcard of a buyer's reaches the query");
    let wrong = ProductFilter { kind: Some("cars".to_owned()), text: None };
    assert_eq!(house.app.list_products(&wrong, &Page::default()), Err(AppError::invalid("kind", "unknown")));
}

#[test]
fn everything_is_there_after_a_restart_and_a_second_process_is_kept_out() {
    let house = House::new("restart");
    let order = house.buy(&house.card("ABCD-0001"), 1);
    let config = house.app.config().clone();
    let token = house.app.login(
        &yuanlu_app::inputs::LoginInput {
            login: "zhang.san".to_owned(),
            password: crate::house::PASSWORD.into(),
            totp: None,
        },
        yuanlu_app::SessionKind::Web,
        &origin(),
    );
    let token = token.unwrap().token;
    if house.app.db().location().file().is_some() {
        assert!(App::open(config.clone()).is_err(), "one writer");
    }
    let buyer = house.buyer.clone();
    let dir = config.data.clone();
    let kept = dir.with_extension("kept");
    let _ = std::fs::remove_dir_all(&kept);
    std::fs::create_dir(&kept).unwrap();
    let files = ["yuanlu.db", "yuanlu.db-wal", "master.key"];
    // What a crash leaves: the files as they are, without a clean end.
    for file in files.iter().filter(|file| dir.join(file).exists()) {
        std::fs::copy(dir.join(file), kept.join(file)).unwrap();
    }
    let app = App::open(yuanlu_app::Config { data: kept.clone(), ..config.clone() }).unwrap();
    assert_eq!(app.load_order(&buyer, &id(&order)).unwrap().status, "paid");
    assert_eq!(app.reveal(&buyer, &id(&order), 1).unwrap().expose(), "ABCD-0001");
    assert!(app.authenticate(token.expose()).unwrap().is_some());
    drop(app);
    let stranger_key = yuanlu_blobs::MasterKey::random().unwrap();
    let wrong = App::open(yuanlu_app::Config { data: kept.clone(), master_key: Some(stranger_key), ..config });
    assert!(matches!(wrong, Err(yuanlu_app::OpenError::Vault(_))), "the wrong master key opens nothing");
    std::fs::remove_dir_all(&kept).unwrap();
    register(&house.app, "still.alive");
}

/// Whether any file of the data directory holds these bytes in clear.
pub fn files_hold(app: &App, bytes: &[u8]) -> bool {
    let mut dirs = vec![app.config().data.clone()];
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else if std::fs::read(&path).unwrap().windows(bytes.len()).any(|window| window == bytes) {
                return true;
            }
        }
    }
    false
}

#[test]
fn what_is_left_is_counted_as_far_as_people_read_it() {
    let house = House::new("left");
    let codes: Vec<String> = (0..1_001).map(|n| format!("CODE-{n:04}")).collect();
    let card = house.card(&codes.join("\n"));
    assert_eq!(house.app.load_product(&card.id.as_str().into()).unwrap().in_stock, Some(1_000));
    assert_eq!(house.app.stock(&house.seller, &card.id.as_str().into()).unwrap().free, 1_001, "its seller knows all");

    let product = card.id.as_str().into();
    house.app.set_stock_threshold(&house.seller, &product, 1_000).unwrap();
    assert!(house.app.low_stock(&house.seller).unwrap().is_empty());
    house.app.set_stock_threshold(&house.seller, &product, 1_001).unwrap();
    assert_eq!(house.app.low_stock(&house.seller).unwrap()[0].left, 1_001);
    let order = house.buy(&card, 2);
    assert_eq!(order.units.len(), 2);
    assert_eq!(house.app.load_product(&product).unwrap().in_stock, Some(999));
    assert_eq!(house.app.low_stock(&house.seller).unwrap()[0].left, 999);
}
