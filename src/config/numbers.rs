//! The settings that are numbers. Each is described once, here: its name, default and range. The
//! README's table must say the same, which tests/project/settings.test.mjs checks.

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

/// How long the target of an application may be reused, in seconds.
pub const TARGET_SECONDS: Number = Number::new("TARGET_SECONDS", 60, 1, 86_400);
/// How long a version may be reused, in seconds.
pub const VERSION_SECONDS: Number = Number::new("VERSION_SECONDS", 300, 1, 86_400);
/// How long a commit or a draft may be reused, in seconds.
pub const FIXED_SECONDS: Number = Number::new("FIXED_SECONDS", 86_400, 1, 2_592_000);
/// How long a miss may be reused, in seconds.
pub const MISS_SECONDS: Number = Number::new("MISS_SECONDS", 30, 1, 300);
/// How long the tag of a location may be reused, in seconds.
pub const TAG_SECONDS: Number = Number::new("TAG_SECONDS", 60, 0, 86_400);
/// How long an anonymous upstream token may be shared, in seconds.
pub const TOKEN_SECONDS: Number = Number::new("TOKEN_SECONDS", 600, 0, 3_600);
/// How long an upstream token of a credential may be reused, in seconds.
pub const CREDENTIAL_SECONDS: Number = Number::new("CREDENTIAL_SECONDS", 60, 0, 600);
/// How much longer a release or tag may be used while upstream fails, in seconds.
pub const STALE_SECONDS: Number = Number::new("STALE_SECONDS", 21_600, 0, 604_800);
/// How long one call upstream may take, in milliseconds.
pub const UPSTREAM_DEADLINE_MS: Number = Number::new("UPSTREAM_DEADLINE_MS", 10_000, 100, 60_000);
/// How long rights to hosted repositories serve after they were read, in seconds.
pub const RIGHTS_SECONDS: Number = Number::new("RIGHTS_SECONDS", 60, 0, 3_600);

/// Every number above.
pub const NUMBERS: [Number; 10] = [
    TARGET_SECONDS,
    VERSION_SECONDS,
    FIXED_SECONDS,
    MISS_SECONDS,
    TAG_SECONDS,
    TOKEN_SECONDS,
    CREDENTIAL_SECONDS,
    STALE_SECONDS,
    UPSTREAM_DEADLINE_MS,
    RIGHTS_SECONDS,
];

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
