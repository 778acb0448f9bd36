//! Proofs as the platform makes them are accepted here, and no others.

use proptest::prelude::*;
use yuanlu_paper::hash::{hex, sha256};
use yuanlu_paper::merkle::{is_consistent, leaf, root_of};
use yuanlu_paper::seal;
use yuanlu_storage::merkle;

fn leaves(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("journal {n}")).collect()
}

#[test]
fn every_leaf_of_every_small_tree_is_proved_and_no_other() {
    for count in 1..40 {
        let all = leaves(count);
        let root = merkle::root(&all);
        assert_eq!(hex(&root), seal::root(&all), "two ways to one root");
        for (index, text) in all.iter().enumerate() {
            let path = merkle::path(&all, index);
            let found = root_of(leaf(text.as_bytes()), index as u64, count as u64, &path);
            assert_eq!(found, Some(root), "{index} of {count}");
            let other = (index + 1) % count;
            if other != index {
                assert_ne!(root_of(leaf(text.as_bytes()), other as u64, count as u64, &path), Some(root));
            }
            assert_ne!(root_of(leaf(b"another"), index as u64, count as u64, &path), Some(root));
        }
        assert_eq!(root_of(leaf(b"x"), count as u64, count as u64, &[]), None);
    }
}

#[test]
fn every_growth_of_every_small_log_is_proved_and_no_rewriting() {
    for new in 1..24 {
        let all = leaves(new);
        for old in 1..=new {
            let path = merkle::consistency(&all, old);
            let roots = (merkle::root(&all[..old]), merkle::root(&all));
            let sizes = (old as u64, new as u64);
            assert!(is_consistent(sizes.0, roots.0, sizes.1, roots.1, &path), "{old} to {new}");
            let rewritten = {
                let mut all = all.clone();
                all[0] = "another".to_owned();
                merkle::root(&all)
            };
            assert!(!is_consistent(sizes.0, roots.0, sizes.1, rewritten, &path), "{old} to {new}");
            if old < new {
                assert!(!is_consistent(sizes.0, sha256(&[b"x"]), sizes.1, roots.1, &path), "{old} to {new}");
            }
        }
    }
}

proptest! {
    #[test]
    fn a_bent_path_leads_elsewhere(count in 2usize..200, index in 0usize..200, bent in any::<(usize, u8)>()) {
        let index = index % count;
        let all = leaves(count);
        let mut path = merkle::path(&all, index);
        let at = bent.0 % path.len();
        path[at][usize::from(bent.1) % 32] ^= 1;
        prop_assert_ne!(root_of(leaf(all[index].as_bytes()), index as u64, count as u64, &path), Some(merkle::root(&all)));
    }
}
