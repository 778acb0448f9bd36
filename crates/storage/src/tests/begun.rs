//! A transaction that fails as it begins, and one whose session is lost.

use super::birth;
use crate::postgres::{Purpose, Session};
use crate::testing::OwnSchema;
use crate::{Born, Db, Location, StorageError, setting};
use yuanlu_domain::time::Instant;

/// What goes along with the beginning fails: the session is of use afterwards, whatever it was.
#[test]
fn a_beginning_that_fails_leaves_no_transaction_behind() {
    let Some(schema) = OwnSchema::new(20) else { return };
    let now = Instant::from_shanghai(2026, 3, 10, 10, 0, 0);
    let place = Location::parse(&schema.address(schema.port)).unwrap();
    let db = Db::open(place, &birth(Born::Live)).unwrap();
    let mut writer = db.take_writer().unwrap();
    let mut put = |value: &str| writer.transaction(|tx| setting::put(tx, "tried", value, now));
    for (code, overtaken) in [("40001", true), ("40P01", true), ("53100", false), ("55P03", false)] {
        let name = &schema.name;
        schema.run(&format!(
            "create function {name}.fails() returns trigger language plpgsql as $$ begin \
             raise exception 'not now' using errcode = '{code}'; end $$; \
             create trigger fails before update on {name}.commit_mark execute function {name}.fails()"
        ));
        for _ in 0..2 {
            let failed = put("before").unwrap_err();
            assert_eq!(matches!(failed, StorageError::Overtaken { .. }), overtaken, "{code}: {failed:?}");
        }
        schema.run(&format!("drop function {name}.fails cascade"));
        put(code).unwrap();
    }
    assert_eq!(db.read(|db| setting::find(db, "tried")).unwrap().as_deref(), Some("55P03"));
}

/// Of a session that is lost nothing is asked any more, which might be waited for in vain.
#[test]
fn a_lost_session_is_asked_nothing() {
    let Some(schema) = OwnSchema::new(20) else { return };
    let Location::Server(server) = Location::parse(&schema.address(schema.port)).unwrap() else { panic!("a server") };
    let session = Session::connect(&server, Purpose::Write).unwrap();
    session.begin_writing("").unwrap();
    schema.end_sessions();
    session.batch("select 1").unwrap_err();
    assert!(!session.is_usable());
    // As if the server were still there: whoever rolls back hears at once that nobody answers.
    let failed = session.batch("rollback").unwrap_err();
    assert!(failed.to_string().contains("the database does not answer"), "{failed}");
}
