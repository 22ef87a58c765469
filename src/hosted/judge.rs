//! Who a caller is, and what the caller may do now.
//!
//! A token has the rights that were read when it was made. They hold for `RIGHTS_SECONDS`; after
//! that, the next request reads them again. A right that is missing is always read again, so that a
//! new grant works at once. A write checks the caller once more, in its own batch.

use std::slice;
use std::sync::Arc;

use super::catalog::access::{self, Access};
use super::catalog::accounts::{self, Identity};
use super::host::Host;
use crate::account::caller::{Caller, Holder};
use crate::account::credential::{Presented, SecretHash};
use crate::account::id::ClientId;
use crate::account::name::ImageName;
use crate::account::rights::{Action, Actions, Rights};
use crate::allowance;
use crate::refusal::{BadCredential, Refusal};
use crate::services::Services;

/// A holder's rights, as the isolate remembers them.
struct Remembered {
    actions: Actions,
    read_at: u64,
}

/// The holder of a secret, as the isolate remembers it.
struct Known {
    holder: Holder,
    read_at: u64,
}

impl Rights {
    /// Refuses an action that the rights do not include. The refusal is the same whether the image
    /// exists or not.
    ///
    /// # Errors
    /// [`Refusal::NameUnknown`] or [`Refusal::Forbidden`].
    pub(crate) fn require(&self, action: Action, image: &ImageName) -> Result<(), Box<Refusal>> {
        match action {
            _ if self.actions.has(action) => Ok(()),
            Action::Pull => Err(Refusal::NameUnknown(image.clone()).into()),
            Action::Push | Action::Delete => Err(Refusal::Forbidden(action, image.clone()).into()),
        }
    }

    /// The caller who writes to the image.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] if the rights belong to no caller of the image's account, or as
    /// [`Self::require`].
    pub(crate) fn writer(
        &self,
        action: Action,
        image: &ImageName,
    ) -> Result<&Caller, Box<Refusal>> {
        self.require(action, image)?;
        let holder = self.holder.as_ref().filter(|holder| holder.account == *image.account());
        let caller = holder.map(|holder| &holder.caller);
        caller.ok_or_else(|| Refusal::Forbidden(action, image.clone()).into())
    }
}

/// Finds whose credential it is. The operator's secret is refused, because it reads no image.
///
/// # Errors
/// [`Refusal::Credential`] if nobody has it, or it has expired; [`Refusal::TooMany`].
pub(crate) async fn identify<S: Services>(
    host: &Host<'_, S>,
    presented: &Presented,
) -> Result<Identity, Box<Refusal>> {
    let (id, hash) = match presented {
        Presented::Key(hash) => (None, hash),
        Presented::Client(id, hash) => (Some(id), hash),
        Presented::Operator(_) => return Err(BadCredential::Operator.into()),
    };
    host.admit(Some(*hash)).await?;
    let found = accounts::identify(host.database, *hash).await?;
    let judged = judged(found, id);
    match &judged {
        Ok(_) => allowance::accept(host.task, &hash.to_hex()),
        Err(_) => allowance::refuse(host.task, &hash.to_hex()),
    }
    Ok(judged?)
}

fn judged(found: Option<Identity>, id: Option<&ClientId>) -> Result<Identity, BadCredential> {
    let identity = found.ok_or(BadCredential::Unknown)?;
    let is_theirs = match (&identity.caller, id) {
        (Caller::Owner(_), None) => true,
        (Caller::Client(known), Some(id)) => known == id,
        (Caller::Owner(_), Some(_)) | (Caller::Client(_), None) => false,
    };
    match (is_theirs, identity.expired) {
        (true, false) => Ok(identity),
        (true, true) => Err(BadCredential::Expired),
        (false, _) => Err(BadCredential::Unknown),
    }
}

/// The owner of an access key that came as a Bearer value. It is read again when it was read longer
/// than `RIGHTS_SECONDS` ago.
///
/// # Errors
/// [`Refusal::Credential`] if nobody has it, or it has expired.
pub(crate) async fn bearer<S: Services>(
    host: &Host<'_, S>,
    hash: SecretHash,
) -> Result<Holder, Box<Refusal>> {
    let key = format!("hosted/secret/{}", hash.to_hex());
    let (memory, now) = (host.memory(), host.now());
    if let Some(known) = memory.recall::<Known>(&key)
        && host.is_current(known.read_at)
    {
        return Ok(known.holder.clone());
    }
    let Identity { account, caller, .. } = identify(host, &Presented::Key(hash)).await?;
    let holder = Holder { account, caller };
    memory.remember(&key, Arc::new(Known { holder: holder.clone(), read_at: now }), key.len());
    Ok(holder)
}

/// Reads the rights of a holder, or of anonymous callers, to each of these images now, in one
/// batch.
///
/// # Errors
/// [`Refusal::Database`], or [`Refusal::TooMany`] for a stranger.
pub(crate) async fn read<S: Services>(
    host: &Host<'_, S>,
    images: &[ImageName],
    holder: Option<&Holder>,
) -> Result<Vec<Rights>, Box<Refusal>> {
    if images.is_empty() {
        return Ok(Vec::new());
    }
    if holder.is_none() {
        host.admit(None).await?;
    }
    let read_at = host.now();
    let questions = images.iter().map(|image| {
        let caller = holder.filter(|it| it.account == *image.account()).map(|it| &it.caller);
        access::Question { account: image.account(), repository: image.repository(), caller }
    });
    let questions: Vec<_> = questions.collect();
    let found = access::read_all(host.database, &questions).await?.into_iter();
    let rights = |it: Access| Rights { holder: holder.cloned(), actions: it.actions, read_at };
    Ok(found.map(rights).collect())
}

/// The rights to an image, for a request that needs `action`. The rights that came with the
/// request, or that the isolate remembers, are used if they are current and include the action.
/// Otherwise they are read now.
///
/// # Errors
/// [`Refusal::Database`], or [`Refusal::TooMany`] for a stranger.
pub(crate) async fn current<S: Services>(
    host: &Host<'_, S>,
    image: &ImageName,
    held: Rights,
    action: Action,
) -> Result<Rights, Box<Refusal>> {
    lasting(host, image, held, action, 0).await
}

/// As [`current`], for a use that needs `action` for `seconds` from now on, or for as long as
/// rights can hold.
///
/// # Errors
/// [`Refusal::Database`].
pub(crate) async fn lasting<S: Services>(
    host: &Host<'_, S>,
    image: &ImageName,
    held: Rights,
    action: Action,
    seconds: u64,
) -> Result<Rights, Box<Refusal>> {
    let least = seconds.min(host.task.deployment.config.numbers.rights_seconds).max(1);
    let serves = |actions: Actions, read_at| actions.has(action) && host.left(read_at) >= least;
    if serves(held.actions, held.read_at) {
        return Ok(held);
    }
    let (key, memory) = (key(image, held.holder.as_ref()), host.memory());
    if let Some(known) = memory.recall::<Remembered>(&key)
        && serves(known.actions, known.read_at)
    {
        return Ok(Rights { actions: known.actions, read_at: known.read_at, ..held });
    }
    let read = read(host, slice::from_ref(image), held.holder.as_ref()).await?;
    let rights = read.into_iter().next().ok_or(Refusal::Lost)?;
    // Empty rights are not remembered: they are always read again, and would push others out of
    // memory.
    if !rights.actions.is_empty() {
        let remembered = Remembered { actions: rights.actions, read_at: rights.read_at };
        memory.remember(&key, Arc::new(remembered), size_of::<Remembered>());
    }
    Ok(rights)
}

// The key has the caller's account, because an identifier is unique only within its account.
fn key(image: &ImageName, holder: Option<&Holder>) -> String {
    let (account, repository) = (image.account(), image.repository());
    match holder {
        Some(Holder { account: of, caller }) => {
            format!("hosted/rights/{account}/{repository}/{of}/{}", caller.id())
        }
        None => format!("hosted/rights/{account}/{repository}"),
    }
}
