//! The OData query for the images of an application: its exact text, and what is read of the answer.

use bhcr::oci::digest::Digest;
use bhcr::secret::Secret;
use bhcr::upstream::api::images::{MOST, StoredImage, images_call, read_images};
use bhcr::upstream::api::{Caller, Unserved};
use serde_json::{Value, json};

use crate::support::{REGISTRY_HOST, config, location, reference, reply, sha256};

fn digest(text: &str) -> Digest {
    Digest::parse(text).expect("this is a digest")
}

#[test]
fn the_newest_images_or_the_one_with_a_digest_are_asked_for() {
    let wanted = sha256(b"wanted");
    let with_digest = format!("content_hash eq '{wanted}' and ");
    for (digest, which) in [(None, ""), (Some(digest(&wanted)), &*with_digest)] {
        let query = format!(
            "$top=11&$select=is_stored_at__image_location,content_hash&$filter={which}\
             status eq 'success' and release_image/any(i:i/is_part_of__release/any(\
             r:r/status eq 'success' and r/release_image/$count eq 1 \
             and r/belongs_to__application/any(a:a/slug eq 'org/app')))&$orderby=id desc"
        );
        let slug = reference("org/app").release.slug;
        let credential = Secret::new("key");
        let call = images_call(&config(&[]), &slug, digest, Some(&credential));
        let expected = format!("https://api.balena-cloud.com/v7/image?{query}").replace(' ', "%20");
        assert_eq!(call.url, expected);
        assert_eq!(call.bearer, Some(credential));
    }
}

fn row(location: &Value, hash: &Value) -> Value {
    json!({ "is_stored_at__image_location": location, "content_hash": hash })
}

fn read(rows: &[Value]) -> Vec<StoredImage> {
    let reply = reply(200, &json!({ "d": rows }).to_string());
    read_images(&config(&[]), &reply, Caller::Anonymous).expect("it is an answer")
}

#[test]
fn an_image_without_a_digest_is_read_and_one_elsewhere_is_left_out() {
    let here = json!(format!("{REGISTRY_HOST}/v2/aaaa"));
    let known = sha256(b"known");
    let found = read(&[
        row(&here, &json!(known)),
        row(&here, &Value::Null),
        row(&here, &json!("md5:abc")),
        row(&json!("evil.example/v2/aaaa"), &json!(known)),
        row(&json!(format!("{REGISTRY_HOST}/v2/../aaaa")), &json!(known)),
        row(&Value::Null, &json!(known)),
    ]);
    let image = |digest| StoredImage { location: location("aaaa"), digest };
    assert_eq!(found, [image(Some(digest(&known))), image(None), image(None)]);
}

#[test]
fn no_more_images_are_read_than_were_asked_for() {
    let here = json!(format!("{REGISTRY_HOST}/v2/aaaa"));
    let rows: Vec<_> = (0..MOST + 5).map(|_| row(&here, &Value::Null)).collect();
    assert_eq!(read(&rows).len(), MOST);
}

#[test]
fn an_answer_that_is_none_is_a_fault_and_a_refusal_is_one_with_a_credential_only() {
    let read = |status, body, caller| read_images(&config(&[]), &reply(status, body), caller);
    for body in ["", "{}", "[]", r#"{"d":1}"#] {
        let read = read(200, body, Caller::Anonymous);
        assert!(matches!(read, Err(Unserved::Fault(_))), "{body}");
    }
    assert_eq!(read(401, "", Caller::Authenticated), Err(Unserved::Refused));
    assert!(matches!(read(401, "", Caller::Anonymous), Err(Unserved::Fault(_))));
    assert!(matches!(read(500, "", Caller::Authenticated), Err(Unserved::Fault(_))));
}
