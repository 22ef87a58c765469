//! Names of hosted images, as tables.

use bhcr::account::id::{ClientId, KeyId};
use bhcr::account::name::{Account, ImageName, InvalidImageName, Repository, is_hosted};

const HEX: &str = "0146e9b57080961e2c83536300000000";

#[test]
fn a_hosted_name_is_split_into_account_repository_and_path() {
    let below = format!("{HEX}/default/app");
    let table = [
        ("acc-x1y2z/myapp", "acc-x1y2z", "myapp", "myapp"),
        ("acc-x1y2z/myapp/image", "acc-x1y2z", "myapp", "myapp/image"),
        ("acc-abcdefghijkl/a.b/c/d", "acc-abcdefghijkl", "a.b", "a.b/c/d"),
        (&below, HEX, "default", "default/app"),
    ];
    for (text, account, repository, path) in table {
        let name = ImageName::parse(text).expect(text);
        assert_eq!(name.as_str(), text);
        assert_eq!(name.account().as_str(), account);
        assert_eq!(name.repository().as_str(), repository);
        assert_eq!(name.path(), path);
        assert!(is_hosted(text));
    }
}

#[test]
fn the_first_part_alone_decides_whether_a_name_is_hosted() {
    let uppercase = format!("{}/app", HEX.to_uppercase());
    let (short, long) = (format!("{}/app", &HEX[1..]), format!("{HEX}0/app"));
    let table = [
        ("acme/kiosk", "a slug"),
        ("acc/kiosk", "no dash"),
        ("acc-1234/kiosk", "four characters"),
        ("acc-1234567890abc/kiosk", "thirteen characters"),
        ("acc-x1-y2/kiosk", "a dash among the characters"),
        ("acc-X1Y2Z/kiosk", "upper case"),
        ("xacc-x1y2z/kiosk", "something before"),
        ("kiosk/acc-x1y2z", "an account that is not first"),
        (&uppercase, "upper-case hexadecimal digits"),
        (&short, "31 hexadecimal digits"),
        (&long, "33 hexadecimal digits"),
        ("", "nothing"),
    ];
    for (text, why) in table {
        assert_eq!(ImageName::parse(text), Err(InvalidImageName::NotHosted), "{why}");
        assert!(!is_hosted(text), "{why}");
    }
}

#[test]
fn a_hosted_name_needs_a_repository_of_the_right_grammar() {
    let longest = format!("acc-x1y2z/{}", "a".repeat(245));
    assert_eq!(longest.len(), 255);
    assert!(ImageName::parse(&longest).is_ok());
    let too_long = format!("{longest}a");
    let table = [
        ("acc-x1y2z", "an account alone"),
        ("acc-x1y2z/", "no repository"),
        ("acc-x1y2z//app", "an empty part"),
        ("acc-x1y2z/../other/app", "dot segments"),
        ("acc-x1y2z/App", "upper case"),
        ("acc-x1y2z/app%2fother", "an encoded slash"),
        ("acc-x1y2z/a\\b", "a backslash"),
        ("acc-x1y2z/app/", "a slash at the end"),
        (&too_long, "256 characters"),
    ];
    for (text, why) in table {
        assert_eq!(ImageName::parse(text), Err(InvalidImageName::Path), "{why}");
        assert!(is_hosted(text), "{why}");
    }
}

#[test]
fn a_repository_is_one_component() {
    for good in ["myapp", "my-app", "my__app", "a.b", "0"] {
        assert_eq!(Repository::parse(good).expect(good).as_str(), good);
    }
    for bad in ["", "*", "a/b", "A", "-a", "a-", "a..b", "a b", "é"] {
        assert!(Repository::parse(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn new_identifiers_are_of_their_grammar_and_differ() {
    for _ in 0..100 {
        let account = Account::random();
        assert_eq!(Account::parse(account.as_str()), Ok(account.clone()));
        assert_ne!(account, Account::random());
        let (key, client) = (KeyId::random(), ClientId::random());
        assert_eq!(KeyId::parse(key.as_str()), Ok(key.clone()));
        assert_eq!(ClientId::parse(client.as_str()), Ok(client.clone()));
        assert_ne!(key, KeyId::random());
        assert_ne!(client, ClientId::random());
    }
}

#[test]
fn identifiers_of_another_kind_are_refused() {
    for bad in ["", "key-", "key-1234", "cli-abcde", "acc-abcde", "key-ABCDE", "key-abc/de"] {
        assert!(KeyId::parse(bad).is_err(), "{bad}");
    }
    for bad in ["", "cli-", "cli-1234", "key-abcde", "acc-abcde", "cli-abcde\n"] {
        assert!(ClientId::parse(bad).is_err(), "{bad}");
    }
}
