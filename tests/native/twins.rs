//! In-memory twins of the services, for native tests.

mod clock;
pub mod gate;
pub mod objects;
mod request;
mod services;
pub mod sqlite;
mod store;
mod upstream;

pub use self::clock::MemoryClock;
pub use self::request::MemoryRequest;
pub use self::services::MemoryServices;
pub use self::store::MemoryStore;
pub use self::upstream::MemoryUpstream;
