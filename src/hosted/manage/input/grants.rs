//! `"grants":[{"repository":"myapp","actions":["pull"]}]`.

use serde_json::Value;

use crate::account::name::Repository;
use crate::account::rights::{Action, Actions, ClientGrant, Target};
use crate::hosted::manage::fields::Fields;
use crate::refusal::manage::InvalidField;

/// The most grants of one client. A client that needs more gets one for `*`.
pub const MAX_GRANTS: usize = 50;

/// The grants, if the field is there. An empty list means that the client may do nothing.
pub(super) fn grants(fields: &mut Fields) -> Result<Option<Vec<ClientGrant>>, InvalidField> {
    let Some(list) = fields.optional_list("grants")? else { return Ok(None) };
    if list.len() > MAX_GRANTS {
        return Err(fields.problem("grants", format!("must have {MAX_GRANTS} elements at most")));
    }
    let mut grants: Vec<ClientGrant> = Vec::with_capacity(list.len());
    for (field, value) in list {
        let grant = grant(&field, value)?;
        if grants.iter().any(|known| known.target == grant.target) {
            let problem = "must not name a repository that another grant names";
            return Err(InvalidField::new(format!("{field}.repository"), problem));
        }
        grants.push(grant);
    }
    Ok(Some(grants))
}

fn grant(field: &str, value: Value) -> Result<ClientGrant, InvalidField> {
    let mut fields = Fields::of_value(field, value)?;
    let target = match fields.text("repository")?.as_str() {
        Target::ALL => Target::All,
        one => Repository::parse(one).map(Target::One).map_err(|_| {
            fields.problem("repository", "must be a repository without its account, or *")
        })?,
    };
    let actions = actions(&mut fields)?;
    fields.finish()?;
    Ok(ClientGrant { target, actions })
}

fn actions(fields: &mut Fields) -> Result<Actions, InvalidField> {
    let problem = "must be a list of pull, push and delete, with one at least";
    let list = fields.optional_list("actions")?.unwrap_or_default();
    let read = |(field, value): (String, Value)| {
        let action = value.as_str().and_then(Action::parse);
        action.ok_or_else(|| InvalidField::new(field, "must be pull, push or delete"))
    };
    let actions = list.into_iter().map(read).collect::<Result<Actions, _>>()?;
    if actions.is_empty() { Err(fields.problem("actions", problem)) } else { Ok(actions) }
}
