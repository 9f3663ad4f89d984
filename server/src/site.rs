//! The site around the plant: sessions, navigation, sign-in, the embedded front end.

pub(crate) mod session;
pub(crate) mod sign_in;
pub(crate) mod pages;
pub(crate) mod views;
pub(crate) mod choices;
pub(crate) mod docs;
mod initial_data;
pub mod assets;
