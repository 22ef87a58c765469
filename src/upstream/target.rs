//! Where a whole URL leads, told by its text.
//!
//! Grammar:
//!
//! ```text
//! url = ("http" / "https") "://" authority [ ( "/" / "?" / "#" ) anything ]
//! ```
//!
//! The authority is that of an [`Origin`] in the one form in which URL parsers write it, except
//! that letters may be of either case. What some parsers would rewrite is refused: two texts of one
//! server could not be compared then.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::fault::BadRedirect;
use crate::origin::Origin;

/// The origin of a URL.
///
/// # Errors
/// [`BadRedirect::NotHttp`] for another scheme, [`BadRedirect::Password`] where there is a user or
/// a password, and [`BadRedirect::NotAUrl`] for anything else outside the grammar.
pub fn origin(url: &str) -> Result<Origin, BadRedirect> {
    let (scheme, rest) = url.split_once("://").ok_or(BadRedirect::NotAUrl)?;
    let scheme = scheme.to_ascii_lowercase();
    if !matches!(&*scheme, "http" | "https") {
        return Err(BadRedirect::NotHttp);
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(BadRedirect::Password);
    }
    let origin = Origin::parse(&format!("{scheme}://{authority}"));
    let origin = origin.map_err(|_| BadRedirect::NotAUrl)?;
    if is_canonical(&origin) { Ok(origin) } else { Err(BadRedirect::NotAUrl) }
}

// Parsers drop zeros before a port, and write addresses anew.
fn is_canonical(origin: &Origin) -> bool {
    let host = origin.host();
    let port = &origin.authority()[host.len()..];
    let good_host = match host.strip_prefix('[') {
        // One that holds an address of four bytes is written in two ways.
        Some(rest) => {
            let text = rest.trim_end_matches(']');
            let address = text.parse::<Ipv6Addr>();
            !text.contains('.') && address.is_ok_and(|address| address.to_string() == text)
        }
        None => !ends_in_number(host) || host.parse::<Ipv4Addr>().is_ok(),
    };
    good_host && !port.starts_with(":0")
}

// Parsers read such a host as an address of four bytes (URL standard, "ends in a number"): `0x7f.1`
// is `127.0.0.1`.
fn ends_in_number(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let last = host.rsplit('.').next().unwrap_or_default();
    let is_hex =
        last.strip_prefix("0x").is_some_and(|it| it.bytes().all(|b| b.is_ascii_hexdigit()));
    is_hex || !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit())
}
