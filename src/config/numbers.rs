//! The settings that are numbers. Each is described once, where it is read: its name, default and
//! range. The table in docs/settings.md must say the same, which tests/project/settings.test.mjs checks.

use std::time::Duration;

/// A setting that is a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    /// The setting's name.
    pub name: &'static str,
    /// The value if the setting is not set.
    pub default: u64,
    /// The smallest value that is accepted.
    pub least: u64,
    /// The largest value that is accepted.
    pub most: u64,
}

/// The values of all numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbers {
    /// How long answers of upstream may be reused.
    pub lifetimes: Lifetimes,
    /// How long one call upstream may take.
    pub deadline: Duration,
    /// The most repositories of a page of the catalog; 0 switches the catalog off.
    pub catalog_page: u64,
    /// How long rights to hosted repositories serve after they were read, in seconds.
    pub rights_seconds: u64,
}

/// How long answers of upstream may be reused, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// The target, which changes with every deployment.
    pub target: u64,
    /// A final version, which may get another revision.
    pub version: u64,
    /// A commit or a draft, which never changes.
    pub fixed: u64,
    /// That there is no such release.
    pub miss: u64,
    /// The manifest that a location's tag means.
    pub tag: u64,
    /// An upstream token of anonymous callers, which is shared.
    pub token: u64,
    /// An upstream token that was got with a credential, for that credential only.
    pub own_token: u64,
    /// How much longer a release or a tag is used while upstream fails.
    pub stale: u64,
}

impl Number {
    const fn new(name: &'static str, default: u64, least: u64, most: u64) -> Self {
        Self { name, default, least, most }
    }

    /// Reads the number in a text.
    ///
    /// # Errors
    /// What is wrong with the text: it is not a number within the range.
    pub fn read(&self, text: &str) -> Result<u64, String> {
        let Self { least, most, .. } = *self;
        let number = text.parse().ok().filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| format!("must be a number from {least} to {most}, not {text:?}"))
    }
}

impl Numbers {
    /// Reads all numbers. `value` is called once for each of them, and returns its value.
    pub fn read(mut value: impl FnMut(Number) -> u64) -> Self {
        Self {
            lifetimes: Lifetimes::read(&mut value),
            deadline: Duration::from_millis(value(Number::new(
                "UPSTREAM_DEADLINE_MS",
                10_000,
                100,
                60_000,
            ))),
            catalog_page: value(Number::new("CATALOG_PAGE", 100, 0, 1_000)),
            rights_seconds: value(Number::new("RIGHTS_SECONDS", 60, 0, 3_600)),
        }
    }
}

impl Lifetimes {
    fn read(mut value: impl FnMut(Number) -> u64) -> Self {
        Self {
            target: value(Number::new("TARGET_SECONDS", 60, 1, 86_400)),
            version: value(Number::new("VERSION_SECONDS", 300, 1, 86_400)),
            fixed: value(Number::new("FIXED_SECONDS", 86_400, 1, 2_592_000)),
            miss: value(Number::new("MISS_SECONDS", 30, 1, 300)),
            tag: value(Number::new("TAG_SECONDS", 60, 0, 86_400)),
            token: value(Number::new("TOKEN_SECONDS", 600, 0, 3_600)),
            own_token: value(Number::new("CREDENTIAL_SECONDS", 60, 0, 600)),
            stale: value(Number::new("STALE_SECONDS", 21_600, 0, 604_800)),
        }
    }
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self::read(|number| number.default)
    }
}
