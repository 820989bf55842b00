//! Who should get whom, proposed from headers. Pure.
