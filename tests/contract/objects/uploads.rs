//! Multipart uploads: completed once, of parts that fit together, or aborted.

use bhcr::services::objects::{CompleteError, Multipart, Objects, Order, PART};

use super::{PART_BYTES, World, complete, content, order, take_in};

pub async fn an_upload_is_completed_once<W: World>(world: &W) {
    let stored = take_in(world, &content(PART_BYTES), true, order("once", "once-rest")).await;
    assert_eq!(complete(world, "once", &stored).await, Ok(()));
    assert_eq!(complete(world, "once", &stored).await, Err(CompleteError::Gone));
    let upload = Multipart { key: "once", id: stored.upload.as_deref().expect("an upload") };
    world.objects().put_bytes("more", b"more").await.expect("it is stored");
    assert_eq!(world.objects().append(upload, 2, "more").await, Err(CompleteError::Gone));
    assert_eq!(world.objects().size("once").await, Ok(Some(PART)));
}

pub async fn only_the_etags_of_the_last_parts_count<W: World>(world: &W) {
    let bytes = content(PART_BYTES);
    let old = take_in(world, &bytes, true, order("etags", "etags-rest")).await;
    let again = Order { upload: old.upload.as_deref(), ..order("etags", "etags-rest") };
    let new = take_in(world, &bytes, true, again).await;
    assert_ne!(old.parts, new.parts);
    assert_eq!(complete(world, "etags", &old).await, Err(CompleteError::WrongPart));
    assert_eq!(complete(world, "etags", &new).await, Ok(()));
}

pub async fn parts_are_of_one_size<W: World>(world: &W) {
    let objects = world.objects();
    for (first, last, code) in [(PART_BYTES, PART_BYTES + 1, 10048), (10, 10, 10011)] {
        objects.put_bytes("last", &content(last)).await.expect("it is stored");
        let stored = take_in(world, &content(PART_BYTES), true, order("sizes", "x")).await;
        let upload = Multipart { key: "sizes", id: stored.upload.as_deref().expect("an upload") };
        objects.put_bytes("first", &content(first)).await.expect("it is stored");
        let parts = [
            objects.append(upload, 1, "first").await.expect("it is stored"),
            objects.append(upload, 2, "last").await.expect("it is stored"),
        ];
        match objects.complete(upload, &parts).await {
            Err(CompleteError::Failed(error)) => assert_eq!(error.code, Some(code)),
            other => panic!("{first} and {last} bytes: {other:?}"),
        }
    }
}

pub async fn an_aborted_upload_takes_nothing_more<W: World>(world: &W) {
    let objects = world.objects();
    let stored = take_in(world, &content(PART_BYTES), true, order("aborted", "x")).await;
    let upload = Multipart { key: "aborted", id: stored.upload.as_deref().expect("an upload") };
    assert_eq!(objects.abort(upload).await, Ok(()));
    assert_eq!(objects.abort(upload).await, Ok(()), "a second time");
    assert_eq!(complete(world, "aborted", &stored).await, Err(CompleteError::Gone));
    objects.put_bytes("more", b"more").await.expect("it is stored");
    assert_eq!(objects.append(upload, 2, "more").await, Err(CompleteError::Gone));
    assert_eq!(objects.size("aborted").await, Ok(None));
}
