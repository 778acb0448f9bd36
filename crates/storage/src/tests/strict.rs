//! What becomes of transactions on a server that lacks much and fails often.

use super::birth;
use crate::connection::Connection;
use crate::testing::strict::Rates;
use crate::testing::strict_schema;
use crate::{Born, Db, Read, StorageError, Writer, setting};
use std::sync::atomic::Ordering;
use yuanlu_domain::time::Instant;

/// Counts up, each time from what it reads; answers how often.
fn count(writer: &mut Writer, times: usize) {
    for _ in 0..times {
        let counted = writer.transaction_again(|tx| {
            let before: usize = setting::find(tx, "count")?.map_or(0, |text| text.parse().unwrap());
            tx.together(|tx| setting::put(tx, "count", &(before + 1).to_string(), Instant::from_micros(5)))
        });
        counted.unwrap();
    }
}

fn counted(db: &Db) -> usize {
    db.read(|r| setting::find(r, "count")).unwrap().unwrap().parse().unwrap()
}

/// A commit whose answer is lost is done once: neither lost nor done again, also when it comes late.
#[test]
fn a_commit_whose_answer_was_lost_is_done_once() {
    let all_lost = [
        Rates { answer_lost: 300, ..Rates::default() },
        Rates { commit_lost: 300, ..Rates::default() },
        Rates { commit_late: 300, ..Rates::default() },
        Rates { answer_lost: 100, commit_lost: 100, commit_late: 100, commit_overtaken: 100, ..Rates::default() },
    ];
    for (seed, rates) in (1..).zip(all_lost) {
        let Some((server, happened)) = strict_schema(seed, rates) else { return };
        let db = Db::open(&server, &birth(Born::Live)).unwrap();
        count(&mut db.take_writer().unwrap(), 60);
        assert_eq!(counted(&db), 60, "{rates:?}: {happened:?}");
        let lost = [&happened.answers_lost, &happened.commits_lost, &happened.commits_late];
        assert!(lost.iter().map(|n| n.load(Ordering::Relaxed)).sum::<u64>() > 5, "{happened:?}");
    }
}

/// Two nodes on a bad day: every statement may have to begin again, every commit may be lost.
#[test]
fn two_nodes_on_a_bad_day_lose_nothing_and_double_nothing() {
    let Some((server, happened)) = strict_schema(5, Rates { overtaken: 60, deadlock: 20, ..Rates::BAD }) else {
        return;
    };
    let nodes = [1, 2].map(|_| Db::open(&server, &birth(Born::Live)).unwrap());
    std::thread::scope(|scope| {
        for node in &nodes {
            let mut writer = node.take_writer().unwrap();
            scope.spawn(move || count(&mut writer, 40));
        }
    });
    assert_eq!(counted(&nodes[0]), 80, "{happened:?}");
    assert!(happened.overtaken.load(Ordering::Relaxed) > 5, "{happened:?}");
}

/// What distributed databases lack is refused; what the program says is not among it.
#[test]
fn what_distributed_databases_lack_is_refused() {
    let Some((server, happened)) = strict_schema(1, Rates::default()) else { return };
    drop(Db::open(&server, &birth(Born::Live)).unwrap());
    assert_eq!(happened.refused.load(Ordering::Relaxed), 0);
    let connection = Connection::for_copy(&server).unwrap();
    for text in [
        "select pg_advisory_lock(1)",
        "listen news",
        "notify news",
        "create table numbered (n bigserial primary key)",
        "lock table setting",
        "select ctid from setting",
    ] {
        let refused = connection.batch(text);
        assert!(
            matches!(&refused, Err(StorageError::Driver { source, .. }) if source.to_string().contains("0A000")),
            "{text}"
        );
    }
    let db = Db::inspect(&server).unwrap();
    for sql in crate::all_statements() {
        db.read(|r| r.connection().prepare(sql)).unwrap_or_else(|e| panic!("{}: {e:?}", sql.name()));
    }
    assert_eq!(happened.refused.load(Ordering::Relaxed), 6);
}
