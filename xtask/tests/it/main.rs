//! Downloads and weights against a real server on loopback.

mod browser;
mod cache;
mod copied;
mod disk;
mod fetching;
mod figures;
mod hub;
mod models;
mod network;
mod process;
mod progress;
mod resuming;
mod server;
