//! Scopes: the rights that a client wants a token for.
//!
//! Grammar (distribution, "Token Scope Documentation"):
//!
//! ```text
//! scopes = scope *(SP scope)
//! scope  = type ["(" class ")"] ":" [host "/"] name ":" action *("," action)
//! type, class = 1*(%x61-7A / DIGIT)
//! action = *(%x61-7A) / "*"
//! ```
//!
//! Clients repeat the parameter, or join scopes with spaces, or both. [`split`] takes all values
//! and gives all scopes.

use std::fmt;

use super::name::Name;

/// The right that one scope asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// To pull from a repository. The scope may ask for other actions, too.
    Pull(Name),
    /// Other actions on a repository, without a pull.
    Act(Name),
    /// A valid scope that bhcr never grants: another type.
    Other,
}

/// The text is outside the grammar, or its repository name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a scope")]
pub struct InvalidScope;

impl Scope {
    /// Parses one scope.
    ///
    /// # Errors
    /// [`InvalidScope`] for anything outside the grammar above.
    pub fn parse(text: &str) -> Result<Self, InvalidScope> {
        let (kind, rest) = text.split_once(':').ok_or(InvalidScope)?;
        // The actions follow the last colon, because a name may begin with a host and port.
        let (name, actions) = rest.rsplit_once(':').ok_or(InvalidScope)?;
        let kind = parse_type(kind)?;
        if !actions.split(',').all(is_action) {
            return Err(InvalidScope);
        }
        if kind != "repository" {
            return is_resource(name).then_some(Self::Other).ok_or(InvalidScope);
        }
        let name = Name::parse(name).map_err(|_| InvalidScope)?;
        if actions.split(',').any(|action| matches!(action, "pull" | "*")) {
            Ok(Self::Pull(name))
        } else {
            Ok(Self::Act(name))
        }
    }
}

/// The scope to pull from `name`, as text.
pub fn pull(name: impl fmt::Display) -> String {
    format!("repository:{name}:pull")
}

/// The scope of `actions`, with commas between, on `name`, as text.
pub fn for_actions(name: impl fmt::Display, actions: &str) -> String {
    format!("repository:{name}:{actions}")
}

/// Splits the values of `scope` parameters into single scopes.
pub fn split<'a>(values: impl IntoIterator<Item = &'a str>) -> impl Iterator<Item = &'a str> {
    values.into_iter().flat_map(|value| value.split(' ')).filter(|scope| !scope.is_empty())
}

fn parse_type(text: &str) -> Result<&str, InvalidScope> {
    let kind = match text.split_once('(') {
        Some((kind, class)) => {
            let class = class.strip_suffix(')').ok_or(InvalidScope)?;
            is_word(class).then_some(kind).ok_or(InvalidScope)?
        }
        None => text,
    };
    is_word(kind).then_some(kind).ok_or(InvalidScope)
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

// A name, with or without a host and port before it.
fn is_resource(text: &str) -> bool {
    let behind_host = |(host, name): (&str, &str)| is_host(host) && Name::is_valid(name);
    Name::is_valid(text) || text.split_once('/').is_some_and(behind_host)
}

fn is_host(text: &str) -> bool {
    let (domain, port) = text.split_once(':').unwrap_or((text, "0"));
    let is_label = |label: &str| {
        let inner = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        inner && !label.is_empty() && !label.starts_with('-') && !label.ends_with('-')
    };
    let is_port = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    domain.split('.').all(is_label) && is_port
}

fn is_action(text: &str) -> bool {
    text == "*" || text.bytes().all(|b| b.is_ascii_lowercase())
}
