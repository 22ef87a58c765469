//! Settings, parsed once into types. `docs/settings.md` has the table of them.

pub mod numbers;

use serde::Serialize;

use self::numbers::{Number, Numbers};
use crate::account::credential::{OPERATOR_PREFIX, Presented};
use crate::authorization::credential;
use crate::origin::Origin;
use crate::presign::Presigner;
use crate::secret::Secret;

/// The setting that makes bhcr a gateway.
pub const GATEWAY_TOKEN: &str = "GATEWAY_TOKEN";

const MIN_SECRET: usize = 32;
const DEFAULT_API: &str = "api.balena-cloud.com";
const DEFAULT_REGISTRY: &str = "registry2.balena-cloud.com";

/// Every setting, each one checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// The origin at which to connect to the balena API.
    pub api: Origin,
    /// The origin at which to connect to the registry.
    pub registry: Origin,
    /// The hosts that a location may have. The first is the registry's own name.
    pub registry_hosts: Vec<String>,
    /// The origin that clients use, if requests do not say it.
    pub public_origin: Option<Origin>,
    /// The secret that seals and opens.
    pub secret: Secret,
    /// Another secret that only opens, for a rotation.
    pub previous_secret: Option<Secret>,
    /// The operator's secret, which manages all accounts of hosted repositories.
    pub admin_token: Option<Secret>,
    /// The credential of a gateway in a local network, for callers who bring none.
    pub gateway_token: Option<Secret>,
    /// What redirects pulls of hosted blobs to R2, if that is configured.
    pub presigner: Option<Presigner>,
    /// What a tag means behind a name without a release.
    pub tags: Tags,
    /// The settings that are numbers.
    pub numbers: Numbers,
}

/// What a tag means behind a name without a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tags {
    /// The release that a name with this tag as its third part means.
    Select,
    /// Nothing: every tag means the target.
    Ignore,
}

/// A setting that makes no sense, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{setting} {problem}")]
pub struct Misconfigured {
    /// The setting's name.
    pub setting: &'static str,
    /// What is wrong with it, without the value if that may be a secret.
    pub problem: String,
}

impl Config {
    /// Reads the settings. `get` returns the text of a setting by its name.
    ///
    /// # Errors
    /// Every setting that makes no sense, not only the first.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<Misconfigured>> {
        let mut reader = Reader { get, problems: Vec::new() };
        let config = reader.config();
        if reader.problems.is_empty() { Ok(config) } else { Err(reader.problems) }
    }
}

// A setting with a problem gets a stand-in, so that one reading finds all problems.
struct Reader<G> {
    get: G,
    problems: Vec<Misconfigured>,
}

impl<G: Fn(&str) -> Option<String>> Reader<G> {
    fn config(&mut self) -> Config {
        let tld = self.host("DNS_TLD").filter(|tld| {
            // An IP address is a host, but `api.` cannot stand before it.
            let good = is_host(&format!("api.{tld}")) && is_host(&format!("registry2.{tld}"));
            if !good {
                self.object("DNS_TLD", format!("must be a domain name, not {tld:?}"));
            }
            good
        });
        let default = |part: &str, host: &str| match &tld {
            Some(tld) => format!("{part}.{tld}"),
            None => host.to_owned(),
        };
        let default_api = default("api", DEFAULT_API);
        let default_registry = default("registry2", DEFAULT_REGISTRY);

        let registry_url = self.origin("REGISTRY_URL");
        let registry_hosts = self.hosts("REGISTRY2_HOST").unwrap_or_else(|| {
            let url_host = registry_url.as_ref().map(|url| url.server().to_owned());
            vec![url_host.unwrap_or(default_registry)]
        });
        let registry = registry_url.unwrap_or_else(|| https(&registry_hosts[0]));
        let api_host = self.host("API_HOST").unwrap_or(default_api);
        let api = self.origin("API_URL").unwrap_or_else(|| https(&api_host));

        Config {
            api,
            registry,
            registry_hosts,
            public_origin: self.origin("PUBLIC_ORIGIN"),
            secret: self.secret("TOKEN_SECRET").unwrap_or_else(|| {
                self.object("TOKEN_SECRET", "is not set; make one with `openssl rand -base64 32`");
                Secret::new("")
            }),
            previous_secret: self.secret("TOKEN_SECRET_PREVIOUS"),
            admin_token: self.admin_token(),
            gateway_token: self.gateway_token(),
            presigner: self.presigner(),
            tags: self.tags(),
            numbers: Numbers::read(|number| self.number(number)),
        }
    }

    // An empty value counts as not set, because wrangler cannot unset a variable for one run.
    fn text(&self, setting: &str) -> Option<String> {
        (self.get)(setting).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    fn object(&mut self, setting: &'static str, problem: impl Into<String>) {
        self.problems.push(Misconfigured { setting, problem: problem.into() });
    }

    fn origin(&mut self, setting: &'static str) -> Option<Origin> {
        let text = self.text(setting)?;
        let origin = Origin::parse(&text).ok();
        if origin.is_none() {
            // The value is not shown, because it may contain a password.
            self.object(setting, "must be an origin such as https://example.com, and no more");
        }
        origin
    }

    fn host(&mut self, setting: &'static str) -> Option<String> {
        let text = self.text(setting)?;
        if is_host(&text) {
            return Some(text);
        }
        self.object(setting, format!("must be a host name, without scheme or path, not {text:?}"));
        None
    }

    fn hosts(&mut self, setting: &'static str) -> Option<Vec<String>> {
        let text = self.text(setting)?;
        let hosts: Vec<_> = text.split(',').map(|host| host.trim().to_owned()).collect();
        if hosts.iter().all(|host| is_host(host)) {
            return Some(hosts);
        }
        self.object(setting, format!("must be host names with commas between, not {text:?}"));
        None
    }

    fn secret(&mut self, setting: &'static str) -> Option<Secret> {
        let text = self.text(setting)?;
        if text.len() < MIN_SECRET {
            self.object(setting, format!("must have {MIN_SECRET} bytes or more"));
        }
        Some(Secret::new(text))
    }

    fn presigner(&mut self) -> Option<Presigner> {
        const SETTINGS: [&str; 3] = ["R2_ENDPOINT", "R2_ACCESS_KEY_ID", "R2_SECRET_ACCESS_KEY"];
        let texts = SETTINGS.map(|setting| self.text(setting));
        if texts.iter().all(Option::is_none) {
            return None;
        }
        for (setting, text) in SETTINGS.into_iter().zip(&texts) {
            if text.is_none() {
                self.object(setting, "is not set, and the other settings of R2 are");
            }
        }
        let [Some(endpoint), Some(key_id), Some(secret)] = texts else { return None };
        let presigner = Presigner::new(&endpoint, &key_id, &Secret::new(secret)).ok();
        if presigner.is_none() {
            let form = "must be https://<account>.r2.cloudflarestorage.com/<bucket>";
            self.object(SETTINGS[0], form);
        }
        presigner
    }

    fn admin_token(&mut self) -> Option<Secret> {
        const SETTING: &str = "ADMIN_TOKEN";
        let text = self.text(SETTING)?;
        let rest = text.strip_prefix(OPERATOR_PREFIX).unwrap_or_default();
        if rest.len() < MIN_SECRET || !rest.bytes().all(|b| b.is_ascii_graphic()) {
            self.object(
                SETTING,
                format!("must be {OPERATOR_PREFIX} and {MIN_SECRET} characters or more"),
            );
        }
        Some(Secret::new(text))
    }

    fn tags(&mut self) -> Tags {
        match self.text("TAGS").as_deref() {
            None | Some("select") => Tags::Select,
            Some("ignore") => Tags::Ignore,
            Some(other) => {
                self.object("TAGS", format!("must be select or ignore, not {other:?}"));
                Tags::Select
            }
        }
    }

    fn gateway_token(&mut self) -> Option<Secret> {
        let text = self.text(GATEWAY_TOKEN)?;
        // A gateway sends its token to the API, which must never see a secret of bhcr.
        let token = credential(&text).filter(|it| Presented::recognize(None, it).is_none());
        if token.is_none() {
            self.object(GATEWAY_TOKEN, "must be a balena API key");
        }
        token
    }

    fn number(&mut self, number: Number) -> u64 {
        let Some(text) = self.text(number.name) else { return number.default };
        number.read(&text).unwrap_or_else(|problem| {
            self.object(number.name, problem);
            number.default
        })
    }
}

fn is_host(text: &str) -> bool {
    Origin::parse(&format!("https://{text}")).is_ok_and(|origin| origin.as_str().ends_with(text))
}

fn https(host: &str) -> Origin {
    Origin::parse(&format!("https://{host}")).expect("hosts are checked when they are read")
}
