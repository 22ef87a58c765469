//! What the management API answers. Times are RFC 3339 in UTC.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::account::rights::ClientGrant;

/// An account that was made, with its first access key, which is shown this once.
#[derive(Debug, Serialize)]
pub struct AccountMade<'a> {
    /// The account's name.
    pub account: &'a str,
    /// The secret of its access key.
    pub key: &'a str,
}

/// An account.
#[derive(Debug, Serialize)]
pub struct AccountShown {
    /// The account's own name.
    pub account: String,
    /// What people call it.
    pub name: String,
    /// When it was made.
    pub created: String,
}

/// An access key that was made; its secret is shown this once.
#[derive(Debug, Serialize)]
pub struct KeyMade<'a> {
    /// Its identifier.
    pub id: &'a str,
    /// The secret.
    pub key: &'a str,
}

/// An access key, without its secret.
#[derive(Debug, Serialize)]
pub struct KeyShown {
    /// Its identifier.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// When it was made.
    pub created: String,
    /// When it ends, if ever.
    pub expires: Option<String>,
}

/// A client that was made; its secret is shown this once.
#[derive(Debug, Serialize)]
pub struct ClientMade<'a> {
    /// Its identifier, and the user name that it logs in with.
    pub id: &'a str,
    /// The secret.
    pub secret: &'a str,
    /// A command that logs docker in.
    pub login: String,
    /// A `config.json` for docker.
    pub docker_config: super::login::DockerConfig,
    /// A Secret for Kubernetes.
    pub kubernetes_secret: super::login::KubernetesSecret,
}

/// A client, without its secret.
#[derive(Debug, Serialize)]
pub struct ClientShown {
    /// Its identifier.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub grants: Vec<GrantShown>,
    /// When it was made.
    pub created: String,
    /// When it ends, if ever.
    pub expires: Option<String>,
}

/// A grant.
#[derive(Debug, Serialize)]
pub struct GrantShown {
    /// The repository, or `*` for all.
    pub repository: String,
    /// What may be done.
    pub actions: Vec<&'static str>,
}

/// A repository, with what is in it.
#[derive(Debug, Serialize)]
pub struct RepositoryShown {
    /// Its name, without the account.
    pub repository: String,
    /// Whether everybody may pull from it.
    pub public: bool,
    /// When it was made.
    pub created: String,
    /// The data of its images in bytes; what two of them share counts twice.
    pub size: u64,
    /// Its images, 20 at most.
    pub images: Vec<ImageShown>,
    /// Where the next page of images begins, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// An image of a repository.
#[derive(Debug, Serialize)]
pub struct ImageShown {
    /// Its whole name.
    pub name: String,
    /// Its data in bytes.
    pub size: u64,
    /// Its tags, 1000 at most.
    pub tags: Vec<String>,
}

struct List<'a, T> {
    name: &'static str,
    items: &'a [T],
    cursor: Option<String>,
}

impl<T: Serialize> Serialize for List<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_map(None)?;
        fields.serialize_entry(self.name, self.items)?;
        if let Some(cursor) = &self.cursor {
            fields.serialize_entry("cursor", cursor)?;
        }
        fields.end()
    }
}

/// Problems that a page of collection or checking found.
#[derive(Debug, Default, Serialize)]
pub struct Problems {
    /// What is wrong, one sentence each.
    pub problems: Vec<String>,
    /// Where the next page begins, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

impl From<&ClientGrant> for GrantShown {
    fn from(grant: &ClientGrant) -> Self {
        Self {
            repository: grant.target.as_str().to_owned(),
            actions: grant.actions.iter().map(|action| action.as_str()).collect(),
        }
    }
}

/// A list as JSON, under `name`, with the cursor of its next page.
pub fn list(name: &'static str, items: &[impl Serialize], cursor: Option<String>) -> String {
    super::serve::json(&List { name, items, cursor })
}
