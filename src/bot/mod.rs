//! The built-in agent: answers from the knowledge base, hands over to a person. Speaks the protocol like anybody.

mod answerer;
mod retrieval;
#[cfg(test)]
mod retrieval_tests;
mod say;
mod serve;
mod summary;

pub use answerer::{Answerer, Memory, Offer, Piece, Question};
pub use retrieval::Retrieval;
pub use serve::serve;
