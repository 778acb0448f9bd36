use super::*;

#[test]
fn p01_cancelled_before_delivery_without_a_disclosed_fee() {
    let facts = Facts { amount_minor: 5000, ..Facts::ordinary(Reason::Personal, UnitCode::Awaiting) };
    check(facts, FULL, "step_back", Route::Automatic);
    let arrival = Policy::builtin().arrival("alipay");
    assert_eq!((arrival.typical_to, arrival.hard), (2, 5));
}

#[test]
fn p02_unrevealed_code_less_the_disclosed_fee() {
    let facts = Facts { fee_disclosed: true, ..Facts::ordinary(Reason::Personal, UnitCode::Sealed) };
    check(facts, FULL_LESS_FEE, "unseen_before_event_with_fee", Route::Automatic);
}

#[test]
fn p03_delivered_when_generated_and_confirmed() {
    let facts = Facts {
        delivery_event: DeliveryEvent::CodeGenerated,
        delivery_event_reached: true,
        confirmation_ticked: true,
        fee_disclosed: true,
        ..Facts::ordinary(Reason::Personal, UnitCode::Sealed)
    };
    check(facts, reject(RejectCode::RejectPersonal), "personal_delivered", Route::Automatic);
    let unconfirmed = Facts { confirmation_ticked: false, ..facts };
    check(unconfirmed, FULL, "unseen_without_confirmation", Route::Automatic);
    let later = Facts { within_seven_days: false, ..unconfirmed };
    check(later, reject(RejectCode::RejectPersonal), "personal_delivered", Route::Automatic);
}

#[test]
fn p04_redeemed_and_changed_mind() {
    let facts = Facts { delivery_event_reached: true, ..Facts::ordinary(Reason::Personal, UnitCode::Redeemed) };
    check(facts, reject(RejectCode::RejectUsed), "personal_used", Route::Automatic);
}

#[test]
fn p05_half_the_face_value_unredeemed() {
    let facts = Facts {
        delivery_event_reached: true,
        fee_disclosed: true,
        confirmation_ticked: true,
        ..Facts::ordinary(Reason::NotAsDescribed, UnitCode::Revealed)
    };
    check(facts, FULL, "fault", Route::Seller);
    check(Facts { self_operated: true, ..facts }, FULL, "fault", Route::Reviewer);
}

#[test]
fn p06_half_the_face_value_redeemed() {
    let facts = Facts { delivery_event_reached: true, ..Facts::ordinary(Reason::NotAsDescribed, UnitCode::Redeemed) };
    check(facts, PART, "used_and_short", Route::Seller);
}

#[test]
fn p13_after_the_window() {
    for reason in [Reason::Personal, Reason::InvalidCode, Reason::LateDelivery, Reason::SystemFault] {
        let facts = Facts { within_window: false, ..Facts::ordinary(reason, UnitCode::Revealed) };
        let judgement = Policy::builtin().judge(&facts);
        assert_eq!(judgement.outcome, reject(RejectCode::RejectWindow), "{reason:?}");
    }
    // Claims that nothing came have no window.
    let facts = Facts { within_window: false, ..Facts::ordinary(Reason::NotCredited, UnitCode::Credited) };
    check(facts, FULL, "arrival_not_proven", Route::Seller);
}

#[test]
fn p14_promise_missed_by_a_second() {
    let facts = Facts { promise_ended: true, ..Facts::ordinary(Reason::LateDelivery, UnitCode::Awaiting) };
    check(facts, FULL, "overdue", Route::Automatic);
    let a_second_before = Facts { promise_ended: false, ..facts };
    let judgement = Policy::builtin().judge(&a_second_before);
    assert_eq!(judgement.outcome, refuse(RefuseCode::NotYetDue));
    assert_eq!(judgement.rules, ["R24"]);
}

#[test]
fn p15_membership_not_credited_and_nothing_proved() {
    let overdue = Facts { promise_ended: true, ..Facts::ordinary(Reason::NotCredited, UnitCode::Awaiting) };
    check(overdue, FULL, "overdue", Route::Automatic);
    check(Facts::ordinary(Reason::NotCredited, UnitCode::Credited), FULL, "arrival_not_proven", Route::Seller);
}

#[test]
fn p16_credited_to_the_number_the_buyer_typed() {
    let credited = Facts {
        delivery_event: DeliveryEvent::Credited,
        delivery_event_reached: true,
        arrival_proven: true,
        ..Facts::ordinary(Reason::Personal, UnitCode::Credited)
    };
    check(credited, reject(RejectCode::RejectUsed), "personal_used", Route::Automatic);
    let claimed = Facts { reason: Reason::NotCredited, ..credited };
    check(claimed, reject(RejectCode::RejectUsed), "arrival_proven", Route::Seller);
}

#[test]
fn p17_paid_twice() {
    let facts = Facts { extra_payment: true, ..Facts::ordinary(Reason::DuplicateCharge, UnitCode::Revealed) };
    check(facts, FULL, "second_payment", Route::Automatic);
    let suspicious = Facts { restricted_buyer: true, large_amount: true, ..facts };
    check(suspicious, FULL, "second_payment", Route::Automatic);
    let nothing_on_record = Facts { extra_payment: false, ..facts };
    check(nothing_on_record, reject(RejectCode::RejectEvidence), "no_second_payment", Route::Reviewer);
}

#[test]
fn p18_sold_out() {
    for reason in [Reason::SystemFault, Reason::NotDelivered, Reason::Personal] {
        check(Facts::ordinary(reason, UnitCode::SoldOut), FULL, "sold_out", Route::Automatic);
    }
}

#[test]
fn p24_second_application() {
    let facts = Facts { open_case: true, ..Facts::ordinary(Reason::InvalidCode, UnitCode::Revealed) };
    assert_eq!(Policy::builtin().judge(&facts).outcome, refuse(RefuseCode::Duplicate));
}

#[test]
fn p26_forged_screenshot() {
    let facts = Facts { forgery_finding: true, ..Facts::ordinary(Reason::InvalidCode, UnitCode::Revealed) };
    check(facts, reject(RejectCode::RejectForged), "forged", Route::Risk);
    // What the platform's own records prove is decided on them.
    let proven = Facts { redeemed_before_reveal: true, unit_state: UnitCode::Redeemed, ..facts };
    check(proven, FULL, "used_before_reveal", Route::Risk);
}

#[test]
fn p29_large_amounts_go_to_risk() {
    let parameters = Policy::builtin().parameters();
    assert!(!parameters.is_large(500_000));
    assert!(parameters.is_large(500_001));
    let facts = Facts { large_amount: true, ..Facts::ordinary(Reason::Personal, UnitCode::Awaiting) };
    assert_eq!(Policy::builtin().route(&facts).to, Route::Risk);
}

#[test]
fn late_goods_that_were_used_gave_their_value() {
    let late = |unit| Facts {
        delivered_late: true,
        promise_ended: true,
        delivery_event_reached: true,
        ..Facts::ordinary(Reason::LateDelivery, unit)
    };
    check(late(UnitCode::Revealed), FULL, "late", Route::Seller);
    check(late(UnitCode::Redeemed), reject(RejectCode::RejectUsed), "late_but_used", Route::Seller);
    let in_time = Facts { delivered_late: false, ..late(UnitCode::Revealed) };
    check(in_time, reject(RejectCode::RejectNoFault), "in_time", Route::Reviewer);
}

#[test]
fn a_special_agreement_widens() {
    let used = Facts {
        special_agreement_applies: true,
        special_agreement_fee_bp: 1000,
        within_window: false,
        ..Facts::ordinary(Reason::Personal, UnitCode::Redeemed)
    };
    check(used, Outcome::ApproveFull { fee: Fee::Special }, "special_agreement", Route::Automatic);
    // Where the rules grant as much anyway, its fee is not taken.
    check(Facts { unit_state: UnitCode::Awaiting, ..used }, FULL, "step_back", Route::Automatic);
}
