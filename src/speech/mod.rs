//! From sound to text and back. Knows nothing of the rest of the program.
