//! What bhcr promises, told without a Worker: its grammars, its settings, its sealed tokens, and
//! the app as a whole on the in-memory twins of its services.

mod arbitrary;
mod attempts;
mod authorization;
mod catalog;
mod challenges;
mod config;
mod contract;
mod freshness;
mod grammar;
mod hosted;
mod levels;
mod manifests;
mod memory;
mod names;
mod origin;
mod paths;
mod pull;
mod redirects;
mod references;
mod refusals;
mod registry;
mod release_answer;
mod release_query;
mod release_reference;
mod routes;
mod scopes;
mod sealing;
mod session;
mod signed_urls;
mod support;
mod token_answer;
mod token_request;
mod twins;
mod uploads;
