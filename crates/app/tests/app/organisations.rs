//! Outside organisations and their arbitrators (R30, R35).

use super::house::{House, arrive};
use yuanlu_app::AppError;
use yuanlu_app::inputs::{InviteInput, OrganisationInput};
use yuanlu_domain::ids::{AccountId, OrganisationId};
use yuanlu_storage::{account, organisation};

fn guild(registration_no: &str) -> OrganisationInput {
    OrganisationInput {
        name_zh: "海淀区消费者协会".to_owned(),
        name_en: "Haidian Consumers' Association".to_owned(),
        registration_no: registration_no.to_owned(),
        contact: "010-00000000".to_owned(),
        active: true,
    }
}

fn invitation(login: &str, role: &str, organisation: Option<&str>) -> InviteInput {
    InviteInput {
        login: login.to_owned(),
        roles: vec![role.to_owned()],
        seller: None,
        organisation: organisation.map(str::to_owned),
    }
}

#[test]
fn only_administrators_register_them_and_anybody_sees_which() {
    let house = House::new("organisations");
    assert_eq!(house.app.register_organisation(&house.buyer, &guild("SH-1234")), Err(AppError::Forbidden));
    let made = house.app.register_organisation(&house.admin, &guild("sh-1234")).unwrap();
    assert_eq!((made.registration_no.as_str(), made.arbitrators), ("SH-1234", 0));
    assert_eq!(
        house.app.register_organisation(&house.admin, &guild("SH-1234")),
        Err(AppError::invalid("registration_no", "taken"))
    );
    let spoilt = |change: &dyn Fn(&mut OrganisationInput)| {
        let mut input = guild("SH-9");
        change(&mut input);
        house.app.register_organisation(&house.admin, &input)
    };
    assert_eq!(spoilt(&|input| input.name_zh.clear()), Err(AppError::invalid("name_zh", "required")));
    assert_eq!(spoilt(&|input| input.name_en = "a\nb".into()), Err(AppError::invalid("name_en", "unreadable")));
    assert_eq!(spoilt(&|input| input.contact.clear()), Err(AppError::invalid("contact", "required")));
    assert_eq!(
        spoilt(&|input| input.registration_no = "十二号文".into()),
        Err(AppError::invalid("registration_no", "unreadable"))
    );
    let public = house.app.organisations().unwrap();
    assert_eq!((public.len(), public[0].contact.clone()), (1, None), "its contact is for administrators");

    let id = OrganisationId::from(made.id.as_str());
    let closed = OrganisationInput { active: false, ..guild("SH-1234") };
    assert_eq!(house.app.change_organisation(&house.seller, &id, &closed), Err(AppError::Forbidden));
    house.app.change_organisation(&house.admin, &id, &closed).unwrap();
    assert_eq!(house.app.organisations().unwrap(), []);
    assert_eq!(house.app.list_organisations(&house.admin).unwrap().len(), 1);
    assert_eq!(house.app.change_organisation(&house.admin, &"nothing".into(), &closed), Err(AppError::NotFound));
}

#[test]
fn an_arbitrator_belongs_to_one_and_is_drawn_while_both_are_there() {
    let mut house = House::new("arbitrators");
    let one = house.app.register_organisation(&house.admin, &guild("S-1")).map(|o| o.id);
    assert_eq!(one, Err(AppError::invalid("registration_no", "too_short")));
    let one = house.app.register_organisation(&house.admin, &guild("SH-0001")).unwrap().id;
    let invite = |input: &InviteInput| house.app.invite(&house.admin, input);
    let refused = |input: &InviteInput| invite(input).map(|_| ()).unwrap_err();
    assert_eq!(refused(&invitation("arb", "arbitrator", None)), AppError::invalid("organisation", "required"));
    assert_eq!(refused(&invitation("arb", "arbitrator", Some("x"))), AppError::invalid("organisation", "unknown"));
    let arb = invite(&invitation("arb", "arbitrator", Some(&one))).unwrap();
    assert_eq!(arb.person.organisation.as_ref().map(|o| o.id.clone()), Some(one.clone()));
    let eligible = || house.app.db().read(|db| organisation::eligible_arbitrators(db)).unwrap();
    assert_eq!(eligible(), [], "not before he took his place");
    let own = arrive(&house.app, &arb.link).principal;
    let account = own.account().unwrap().clone();
    let guild_id = OrganisationId::from(one.as_str());
    assert_eq!(eligible(), [(account.clone(), guild_id.clone())]);
    assert_eq!(house.app.organisations().unwrap()[0].arbitrators, 1);

    // Somebody of staff may belong to one too: known as a conflict, never drawn.
    let both = invite(&InviteInput {
        roles: vec!["arbitrator".to_owned(), "reviewer".to_owned()],
        ..invitation("both", "", Some(&one))
    });
    let both = arrive(&house.app, &both.unwrap().link).principal.account().unwrap().clone();
    let buyer = house.buyer.account().unwrap().clone();
    assert_eq!(eligible(), [(account.clone(), guild_id.clone())]);
    let asked = [account.clone(), both.clone(), buyer];
    let found = house.app.db().read(|db| organisation::organisations_of(db, &asked)).unwrap();
    let mut expected = [(account.clone(), guild_id.clone()), (both.clone(), guild_id.clone())];
    expected.sort();
    assert_eq!(found, expected);

    let closed = OrganisationInput { active: false, ..guild("SH-0001") };
    house.app.change_organisation(&house.admin, &guild_id, &closed).unwrap();
    assert_eq!(eligible(), []);
    let staff = |house: &House| -> Vec<AccountId> {
        let found = house.app.db().read(|db| account::staff_accounts(db)).unwrap();
        found.into_iter().map(|(account, _)| account).collect()
    };
    let mut known = vec![house.admin.account().unwrap().clone(), both];
    known.sort();
    assert_eq!(staff(&house), known, "arbitrators, sellers and buyers are no staff");
    known.push(house.staff("risk").account().unwrap().clone());
    known.sort();
    assert_eq!(staff(&house), known);
}
