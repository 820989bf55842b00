//! The knowledge base: load, index, search, evaluate.
