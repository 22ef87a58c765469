//! The tokens that the API gives, and that the registry wants.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use bhcr::services::{Call, Reply};
use serde_json::{Value, json};

use super::{API, GUEST, OWNER, RELEASES, Row, Rules, bearer, rows};
use crate::support::{reply, reply_with};

pub fn token(rules: &Rules, path: &str, call: &Call) -> Reply<Vec<u8>> {
    let known = [OWNER, GUEST];
    if bearer(call).is_some_and(|credential| !known.contains(&credential)) {
        return reply(401, "");
    }
    let right = |scope: &str| -> Option<Value> {
        let name = scope.strip_prefix("repository:")?.strip_suffix(":pull")?;
        let Some(hash) = name.strip_prefix("v2/") else {
            return Some(right_by_name(rules, name, call));
        };
        let holds = |row: &Row| row.3.iter().any(|(_, known)| *known == hash);
        let row = rows().into_iter().find(holds);
        let seen = row.is_some_and(|row| row.2.is_none() || row.2 == bearer(call));
        let allowed = seen && !rules.revoked.borrow().contains(&hash);
        let actions: &[&str] = if allowed { &["pull"] } else { &[] };
        Some(json!({ "type": "repository", "name": name, "actions": actions }))
    };
    let query = path.split_once('?').map_or("", |(_, query)| query);
    let access: Vec<_> =
        query.split('&').filter_map(|field| right(field.strip_prefix("scope=")?)).collect();
    let expires = rules.clock.borrow().now() + rules.life.get().unwrap_or(14_400);
    let claims = json!({ "exp": expires, "access": access, "sub": bearer(call) });
    let payload = BASE64.encode(claims.to_string());
    reply(200, &json!({ "token": format!("upstreamjwt.{payload}.upstreamjwt") }).to_string())
}

// The API resolves the name of a release with one image. It lets everybody pull a name of two parts
// that it does not know.
fn right_by_name(rules: &Rules, name: &str, call: &Call) -> Value {
    let slash = name.match_indices('/').nth(1).map_or(name.len(), |(at, _)| at);
    let (slug, selector) = (&name[..slash], name[slash..].trim_start_matches('/'));
    let row = RELEASES.iter().find(|row| row.0 == slug && row.1 == selector);
    match row {
        Some((_, _, seen_by, [(_, hash)]))
            if (seen_by.is_none() || *seen_by == bearer(call))
                && !rules.revoked.borrow().contains(hash) =>
        {
            let location = format!("v2/{hash}");
            json!({ "type": "repository", "name": location, "actions": ["pull"], "alias": name })
        }
        _ => {
            let actions: &[&str] = if selector.is_empty() { &["pull"] } else { &[] };
            json!({ "type": "repository", "name": name, "actions": actions })
        }
    }
}

/// The claims of the token in a call to the registry.
pub fn claims(call: &Call) -> Option<Value> {
    let payload = BASE64.decode(bearer(call)?.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&payload).ok()
}

/// Checks the call's token for the location of `hash`. The error is the registry's refusal.
pub fn authorized(rules: &Rules, hash: &str, call: &Call) -> Result<(), Reply<Vec<u8>>> {
    let refuse = |error: &str| {
        let scope = format!("repository:v2/{hash}:pull");
        let challenge = format!(
            "Bearer realm=\"{API}/auth/v1/token\",service=\"r\",scope=\"{scope}\",error=\"{error}\""
        );
        reply_with(401, &[("www-authenticate", &challenge)], &format!("upstream refuses v2/{hash}"))
    };
    let claims = claims(call).ok_or_else(|| refuse("invalid_token"))?;
    if claims["exp"].as_u64() <= Some(rules.clock.borrow().now()) {
        return Err(refuse("invalid_token"));
    }
    let named = |access: &Value| {
        access["name"] == format!("v2/{hash}") && access["actions"] == json!(["pull"])
    };
    let may = claims["access"].as_array().is_some_and(|access| access.iter().any(named));
    if may { Ok(()) } else { Err(refuse("insufficient_scope")) }
}
