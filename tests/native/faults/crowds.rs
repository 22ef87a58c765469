//! What many callers leave behind who are at work at the same time, collection among them.

use std::cell::RefCell;
use std::collections::BTreeSet;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::client::{CONFIG, WAYS, manifest, sha256};
use super::crowd::{Crowd, Manners, yield_now};
use super::worker::{TAGS, Worker};

const ONE: [&str; 1] = ["acc-aaaaa"];
const THREE: [&str; 3] = ["acc-aaaaa", "acc-bbbbb", "0146e9b57080961e2c83536300000000"];
const QUIET: Manners = Manners { broken: 3, pace: 1 };
const LAYERS: [&[u8]; 6] = [b"one", b"two", b"three", b"four", b"five", b"six"];

/// Collects an account for as long as callers are at work.
fn collector(crowd: &Crowd, account: usize) -> LocalBoxFuture<'_, ()> {
    async move {
        let visitor = crowd.inspector();
        let account = visitor.accounts().swap_remove(account);
        while crowd.is_running() {
            account.collect(crowd.random.chance(70)).await;
            yield_now().await;
        }
    }
    .boxed_local()
}

/// The digests of what is live, each as often as it is, and the objects of R2.
fn live(crowd: &Crowd, account: &str) -> Vec<String> {
    let live = format!(
        "select digest from objects where live = 1 and account = '{account}' order by digest"
    );
    crowd.world().database().texts(&live)
}

fn digests<'a>(blobs: impl Iterator<Item = &'a [u8]>) -> Vec<String> {
    let digests: BTreeSet<_> = blobs.map(|bytes| sha256(bytes).to_string()).collect();
    digests.into_iter().collect()
}

#[test]
fn fifty_pushes_to_one_tag_leave_one_of_them() {
    for seed in 0..8 {
        let crowd = Crowd::new(seed, &ONE, QUIET);
        let layer = |at: usize| format!("layer {}", at % 10).into_bytes();
        let text = |at: usize| manifest(&[&layer(at), b"shared"], &at.to_string());
        let push = |at: usize| {
            let crowd = &crowd;
            async move {
                let visitor = crowd.visitor();
                let client = visitor.accounts()[0].client("app");
                for bytes in [CONFIG, &layer(at), b"shared"] {
                    client.push(bytes, crowd.random.pick(&WAYS)).await;
                }
                assert_eq!(client.put("latest", &text(at)).await.status, 201);
            }
            .boxed_local()
        };
        crowd.run((0..50).map(push).collect(), vec![collector(&crowd, 0)]);
        let holds = async |when: &str| {
            let visitor = crowd.inspector();
            let client = visitor.accounts()[0].client("app");
            let latest = client.get("manifests/latest").await.text();
            assert!((0..50).any(|at| latest == text(at)), "{when}: nobody pushed {latest}");
            for at in 0..50 {
                let digest = sha256(text(at).as_bytes());
                assert_eq!(client.get(&format!("manifests/{digest}")).await.text(), text(at));
            }
        };
        pollster::block_on(holds("at once"));
        crowd.settle();
        pollster::block_on(holds("at the end"));
        let layers: Vec<_> = (0..10).map(layer).collect();
        let blobs = layers.iter().map(Vec::as_slice).chain([CONFIG, b"shared"]);
        assert_eq!(live(&crowd, ONE[0]), digests(blobs));
    }
}

#[test]
fn twenty_clients_that_push_the_same_layers_leave_one_object_of_each() {
    for seed in 0..8 {
        let crowd = Crowd::new(seed, &ONE, QUIET);
        let push = |at: usize| {
            let crowd = &crowd;
            async move {
                let visitor = crowd.visitor();
                // Two of them push to each image.
                let client = visitor.accounts()[0].client(&format!("app{}", at / 2));
                for bytes in LAYERS.into_iter().chain([CONFIG]) {
                    client.push(bytes, crowd.random.pick(&WAYS)).await;
                }
                assert_eq!(client.put("latest", &manifest(&LAYERS, "")).await.status, 201);
            }
            .boxed_local()
        };
        crowd.run((0..20).map(push).collect(), vec![collector(&crowd, 0)]);
        crowd.settle();
        let wanted = digests(LAYERS.into_iter().chain([CONFIG]));
        assert_eq!(live(&crowd, ONE[0]), wanted);
        assert_eq!(crowd.world().objects().keys().len(), wanted.len(), "one in R2 for each");
    }
}

#[test]
fn collection_during_a_thousand_pushes_takes_what_nothing_needs_and_nothing_else() {
    // A push takes a minute or two, and some are overtaken by the grace.
    work(1, Manners { broken: 2, pace: 120 }, 20, 50);
}

#[test]
fn whatever_callers_do_at_the_same_time_nothing_is_lost_and_nothing_left_over() {
    for seed in 0..12 {
        work(seed, Manners { broken: 10, pace: 240 }, 9, 6);
    }
}

/// Has callers at work in images of their own until each has pushed so often, while every account is
/// collected and time passes. Nothing that is needed is lost, and nothing else is left.
fn work(seed: u64, manners: Manners, workers: usize, pushes: usize) {
    let crowd = Crowd::new(seed, &THREE, manners);
    let visitors: Vec<_> = (0..workers).map(|_| crowd.visitor()).collect();
    let done = RefCell::new(Vec::new());
    let caller = |at: usize| {
        let account = visitors[at].accounts().swap_remove(at % THREE.len());
        let mut worker = Worker::new(&crowd, account.client(&format!("app/image-{at}")));
        let (crowd, done) = (&crowd, &done);
        async move {
            while worker.pushes() < pushes {
                act(&mut worker, crowd).await;
            }
            done.borrow_mut().push(worker);
        }
        .boxed_local()
    };
    let collectors = (0..THREE.len()).map(|account| collector(&crowd, account)).collect();
    crowd.run((0..workers).map(caller).collect(), collectors);
    has_all(&crowd, &done.borrow());
    crowd.settle();
    has_all(&crowd, &done.borrow());
    for account in THREE {
        let done = done.borrow();
        let there = done.iter().filter(|it| it.image().starts_with(account));
        assert_eq!(live(&crowd, account), digests(there.flat_map(Worker::needs)), "seed {seed}");
    }
}

async fn act(worker: &mut Worker<'_>, crowd: &Crowd) {
    let random = &crowd.random;
    let own = format!("own {}", random.below(1 << 40)).into_bytes();
    let common = || random.pick(&LAYERS);
    let layers = [common(), if random.chance(40) { &own } else { common() }];
    if random.chance(60) {
        return worker.push(&layers, random.pick(&TAGS)).await;
    }
    match random.below(7) {
        0 => worker.retag().await,
        1 => worker.list().await,
        2 => worker.delete_tag().await,
        3 => worker.delete_manifest().await,
        4 => worker.delete_blob(layers[1]).await,
        5 => worker.begin(&own).await,
        _ => worker.pull().await,
    }
}

fn has_all(crowd: &Crowd, workers: &[Worker<'_>]) {
    let inspector = crowd.inspector();
    let owners = inspector.accounts();
    for worker in workers {
        let (account, image) = worker.image().split_once('/').expect("a name");
        let owner = owners.iter().find(|it| it.name == account).expect("an account");
        pollster::block_on(worker.has_all(&owner.client(image)));
    }
}
