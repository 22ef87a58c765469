//! The errors of lower rooms, as failures.

use super::Failure;
use crate::fault::Fault;
use crate::refusal::Refusal;
use crate::session::TokenTooLong;
use crate::token::InvalidTokenRequest;
use crate::upstream::api::{Refused, Unserved};

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Hosted(refusal.into())
    }
}

impl From<Box<Refusal>> for Failure {
    fn from(refusal: Box<Refusal>) -> Self {
        Self::Hosted(refusal)
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Upstream(fault)
    }
}

impl From<Unserved> for Failure {
    fn from(reason: Unserved) -> Self {
        match reason {
            Unserved::Refused => Self::WrongCredentials,
            Unserved::Fault(fault) => Self::Upstream(fault),
        }
    }
}

impl From<Refused> for Failure {
    fn from(Refused: Refused) -> Self {
        Self::WrongCredentials
    }
}

impl From<InvalidTokenRequest> for Failure {
    fn from(reason: InvalidTokenRequest) -> Self {
        Self::TokenRequest(reason)
    }
}

impl From<TokenTooLong> for Failure {
    fn from(reason: TokenTooLong) -> Self {
        Self::TokenTooLong(reason)
    }
}
