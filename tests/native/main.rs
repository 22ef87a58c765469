//! What bhcr promises, tested without a Worker: its grammars, its settings, its sealed tokens, and
//! the whole app with in-memory twins of its services.

mod arbitrary;
mod attempts;
mod authorization;
mod challenges;
mod config;
mod contract;
mod freshness;
mod grammar;
mod levels;
mod memory;
mod names;
mod origin;
mod paths;
mod pull;
mod ranges;
mod redirects;
mod references;
mod refusals;
mod registry;
mod release_answer;
mod release_query;
mod release_reference;
mod rooms;
mod routes;
mod scopes;
mod sealing;
mod session;
mod signed_urls;
mod support;
mod token_answer;
mod token_request;
mod twins;
