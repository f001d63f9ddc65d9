//! The real suite under test. A test starts everything that people run (Hydra, the three services,
//! a database, Jaeger where it asks for it), and then acts as a person: with a browser, or with a
//! client that fills whatever form comes.

#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails where it stands"
)]

pub mod axe;
pub mod balancer;
pub mod browser;
pub mod cluster;
pub mod compose;
mod document;
pub mod identity;
pub mod jaeger;
pub mod measure;
pub mod programs;
pub mod proxy;
pub mod relying_party;
pub mod replica;
pub mod showroom;
pub mod suite;
pub mod visitor;

pub use relying_party::RelyingParty;
pub use showroom::Showroom;
pub use suite::{Addresses, Suite};
pub use visitor::{Page, Visitor};

/// Somebody who has an account.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    /// The subject in tokens.
    pub subject: &'static str,
    /// What they type first.
    pub email: &'static str,
    /// What they type next.
    pub password: &'static str,
}

/// The first demo user.
pub const ONE: Person = Person { subject: "1", email: "user@example.com", password: "password" };
/// The second demo user.
pub const TWO: Person = Person { subject: "2", email: "user2@example.com", password: "password" };
