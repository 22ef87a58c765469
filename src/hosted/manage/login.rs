//! A client's credentials, in the forms that docker and Kubernetes need.

use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use serde::{Serialize, Serializer};

use crate::account::id::ClientId;
use crate::secret::Secret;

/// Docker's `config.json` with one login.
#[derive(Debug, Serialize)]
pub struct DockerConfig {
    #[serde(serialize_with = "as_map")]
    auths: (String, Auth),
}

#[derive(Debug, Serialize)]
struct Auth {
    auth: String,
}

/// A Secret of Kubernetes, for `kubectl apply` and `imagePullSecrets`.
#[derive(Debug, Serialize)]
pub struct KubernetesSecret {
    #[serde(rename = "apiVersion")]
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata,
    r#type: &'static str,
    data: Data,
}

#[derive(Debug, Serialize)]
struct Metadata {
    name: String,
}

#[derive(Debug, Serialize)]
struct Data {
    #[serde(rename = ".dockerconfigjson")]
    config: String,
}

/// The command that logs docker in at `registry`, a host with its port if any. It reads the secret
/// from standard input, so that no list of processes shows it.
pub fn command(registry: &str, id: &ClientId, secret: &Secret) -> String {
    let secret = secret.expose();
    format!("echo {secret} | docker login {registry} --username {id} --password-stdin")
}

impl DockerConfig {
    /// The configuration of a client at `registry`.
    pub fn new(registry: &str, id: &ClientId, secret: &Secret) -> Self {
        let auth = BASE64.encode(format!("{id}:{}", secret.expose()));
        Self { auths: (registry.to_owned(), Auth { auth }) }
    }
}

impl KubernetesSecret {
    /// The Secret that holds `config`.
    pub fn new(id: &ClientId, config: &DockerConfig) -> Self {
        let json = serde_json::to_string(config).expect("strings always serialize");
        Self {
            api_version: "v1",
            kind: "Secret",
            metadata: Metadata { name: format!("bhcr-{id}") },
            r#type: "kubernetes.io/dockerconfigjson",
            data: Data { config: BASE64.encode(json) },
        }
    }
}

fn as_map<S: Serializer>((name, auth): &(String, Auth), serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map([(name, auth)])
}
