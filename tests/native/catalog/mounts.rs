use bhcr::account::caller::Caller;
use bhcr::account::name::ImageName;
use bhcr::account::rights::Action::{Delete, Pull, Push};
use bhcr::hosted::catalog::mount::{self, Mounted};
use bhcr::oci::digest::Digest;
use pollster::block_on;

use super::world::{World, digest, world};

fn mount(
    world: &World,
    to: &ImageName,
    digest: &Digest,
    from: Option<&ImageName>,
    caller: &Caller,
) -> Mounted {
    let mount = mount::mount(&world.database, to, digest, from, caller);
    block_on(mount).expect("it answers")
}

#[test]
fn a_mount_links_a_blob_that_the_caller_may_read() {
    let world = world();
    let (source, layer) = (world.image("source/image"), digest("layer"));
    let key = world.push(&source, &layer);
    let named = world.client("cli-named", &[("target", &[Push]), ("source", &[Pull])]);
    let all = world.client("cli-every", &[("*", &[Pull, Push])]);
    for (at, caller) in [&world.owner, &named, &all].into_iter().enumerate() {
        for (kind, from) in [("from", Some(&source)), ("any", None)] {
            let to = world.image(&format!("target/{kind}{at}"));
            assert_eq!(mount(&world, &to, &layer, from, caller), Mounted::Yes);
            assert_eq!(world.key(&to, &layer).as_ref(), Some(&key));
        }
    }
    assert_eq!(world.database.texts("select key from objects"), [key], "stored once");
}

#[test]
fn a_mount_wants_the_right_to_read_the_source() {
    let world = world();
    let (source, target, layer) = (world.image("source"), world.image("target"), digest("layer"));
    world.push(&source, &layer);
    let pusher = world.client("cli-pusher", &[("target", &[Pull, Push])]);
    let near = world.client("cli-nearby", &[("target", &[Push]), ("sourc", &[Pull])]);
    let writer = world.client("cli-writer", &[("target", &[Push]), ("source", &[Push, Delete])]);
    for caller in [&pusher, &near, &writer] {
        for from in [Some(&source), None] {
            let mount = || mount(&world, &target, &layer, from, caller);
            assert_eq!(world.writes_nothing(mount), Mounted::No, "{caller:?}");
        }
    }
    world.publish("source");
    assert_eq!(mount(&world, &target, &layer, None, &pusher), Mounted::Yes, "anybody may read it");
}

#[test]
fn a_mount_wants_the_right_to_push_at_this_moment() {
    let world = world();
    let (source, target, layer) = (world.image("source"), world.image("target"), digest("layer"));
    world.push(&source, &layer);
    let puller = world.client("cli-puller", &[("*", &[Pull, Delete])]);
    let revoked = world.client("cli-revoked", &[("*", &[Pull, Push])]);
    world.revoke(&revoked);
    for caller in [&puller, &revoked] {
        let mount = || mount(&world, &target, &layer, Some(&source), caller);
        assert_eq!(world.writes_nothing(mount), Mounted::Refused);
    }
}

#[test]
fn a_mount_wants_the_blob_in_the_source_that_is_named() {
    let world = world();
    let (source, target, layer) = (world.image("source"), world.image("target"), digest("layer"));
    world.push(&source, &layer);
    for path in ["other", "source/below", "sourc"] {
        let from = world.image(path);
        let mount = || mount(&world, &target, &layer, Some(&from), &world.owner);
        assert_eq!(world.writes_nothing(mount), Mounted::No, "{path}");
    }
    let unknown = || mount(&world, &target, &digest("unknown"), None, &world.owner);
    assert_eq!(world.writes_nothing(unknown), Mounted::No);
}

#[test]
fn only_live_objects_are_mounted() {
    let world = world();
    let (source, target, layer) = (world.image("source"), world.image("target"), digest("layer"));
    world.push(&source, &layer);
    world.database.run("update objects set live = 0");
    for from in [Some(&source), None] {
        let mount = || mount(&world, &target, &layer, from, &world.owner);
        assert_eq!(world.writes_nothing(mount), Mounted::No);
    }
}

#[test]
fn a_mount_crosses_no_account() {
    let world = world();
    let other = world.other();
    let (theirs, ours, layer) = (other.image("source"), world.image("target"), digest("layer"));
    other.push(&theirs, &layer);
    other.publish("source");
    for from in [Some(&theirs), None] {
        let mount = || mount(&world, &ours, &layer, from, &world.owner);
        assert_eq!(world.writes_nothing(mount), Mounted::No);
    }
}

#[test]
fn the_same_mount_again_changes_nothing() {
    let world = world();
    let (source, target, layer) = (world.image("source"), world.image("target"), digest("layer"));
    world.push(&source, &layer);
    let mount = || mount(&world, &target, &layer, Some(&source), &world.owner);
    assert_eq!(mount(), Mounted::Yes);
    assert_eq!(world.writes_nothing(mount), Mounted::Yes);
}
