//! The relay and its clients over real sockets on loopback.

mod crash;
mod desk;
mod limits;
mod rounds;
