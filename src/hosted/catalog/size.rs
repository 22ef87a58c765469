//! The size of an image.

/// The size in bytes of image `i`, as an expression of SQL: the sum of its manifests and blobs. A
/// blob that several manifests of the image need counts once. `cross join` makes SQLite read the
/// image's links first, and not all objects of the account.
macro_rules! image_size {
    () => {
        "(select coalesce(sum(m.size), 0) from manifests as m \
         where m.account = ?1 and m.image = i.image) \
         + (select coalesce(sum(o.size), 0) from links as l \
         cross join objects as o on o.account = l.account and o.digest = l.digest \
         where l.account = ?1 and l.image = i.image)"
    };
}

pub(super) use image_size;
