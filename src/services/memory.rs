//! In-memory twins of the services, for native tests.
