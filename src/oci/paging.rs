//! Pages of lists: `n`, `last`, and the `Link` to the next page (OCI distribution specification
//! 1.1, "Listing Tags" and "Listing Referrers"; RFC 8288).

use std::borrow::Cow;

use super::path::Path;

/// The parameters of a query, decoded.
pub struct Query<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

/// The text is not a number of elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a number of elements")]
pub struct InvalidNumber;

impl<'a> Query<'a> {
    /// Reads a raw query.
    pub fn parse(query: &'a str) -> Self {
        Self(form_urlencoded::parse(query.as_bytes()).collect())
    }

    /// The first value of a parameter.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Every value of a parameter.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_ref())
    }

    /// How many elements a page has: `n`, or `most` if `n` is larger or missing.
    ///
    /// # Errors
    /// [`InvalidNumber`] if `n` is not a number of at most 18 digits.
    pub fn limit(&self, most: u64) -> Result<u64, InvalidNumber> {
        let Some(n) = self.first("n") else { return Ok(most) };
        let is_number = (1..=18).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit());
        let n: u64 = is_number.then(|| n.parse().ok()).flatten().ok_or(InvalidNumber)?;
        Ok(n.min(most))
    }
}

/// The value of `Link` that leads to the page after `last`. The link repeats the parameters `kept`.
pub fn next_page(path: &Path, kept: &[(&str, &str)], last: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(kept).append_pair("last", last);
    format!("<{path}?{}>; rel=\"next\"", query.finish())
}
