//! The built-in agent: answers from the knowledge base, hands over to a person.
