//! Several servers over the same tables: one refreshes, the others follow.
//!
//! Servers agree through a *board* in the Redis that they share: a lease that makes one of them the
//! leader, and per dataset a pointer to the newest version. The leader reads the MES and moves the
//! pointers, the others load what these point to. Redis is not trusted: pointers are signed and
//! contain the digests of what they point to. Without it each server reads for itself.
//!
//! A client that has seen a version carries its place in the sequence of versions ([`ReadToken`]), so
//! that no server shows it an older one.

mod policy;
mod pointer;
mod board;
mod read_token;
mod member;
mod catching_up;
mod following;
mod leading;
mod report;

pub use board::{Board, BoardFailure};
pub use catching_up::CatchUp;
pub use member::{Sharing, SharingSetup};
pub use policy::{Action, Limits, Machine, Role, Sight};
pub use read_token::ReadToken;
pub use report::{FollowedVersion, ServersReport, SharingRole};
