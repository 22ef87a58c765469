//! Whether hosted repositories can be served, for `/healthz`.

use super::catalog::places;
use crate::allowance::network;
use crate::services::database::DatabaseError;
use crate::services::{Hosting, Services};

/// Whether hosted repositories can be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostingStatus {
    /// They are served.
    On,
    /// A binding is missing; only releases are served.
    Off,
    /// The database was never prepared, or not for this version.
    Unprepared,
    /// The database does not answer.
    Failing,
    /// The settings make no sense, so that nobody can tell; or the client asks too often.
    Unknown,
}

impl HostingStatus {
    /// The status in words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::Unprepared => "migrations are missing: run `npm run migrate`",
            Self::Failing => "the database does not answer",
            Self::Unknown => "unknown",
        }
    }
}

/// Asks the database, if there is one and the platform's limit permits it to `client`, an address.
pub async fn status<S: Services>(services: &S, client: &str) -> HostingStatus {
    let Some(Hosting { database, .. }) = services.hosting() else { return HostingStatus::Off };
    if !services.permits(&network(client)).await {
        return HostingStatus::Unknown;
    }
    // This query reads a column that the newest migration adds, so it fails without that migration.
    match places::is_overdue(database, 0).await {
        Ok(_) => HostingStatus::On,
        Err(DatabaseError::Missing) => HostingStatus::Unprepared,
        Err(DatabaseError::Rejected | DatabaseError::Overloaded | DatabaseError::Failed(_)) => {
            HostingStatus::Failing
        }
    }
}
