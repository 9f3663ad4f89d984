//! `mes-dashboard serve` as its operators meet it: reloads, deaths, bad builds, sockets and signals.

mod client;
mod deaths;
mod reloads;
mod service_manager;
mod site;
