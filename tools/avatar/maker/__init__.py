"""The parts of the avatar generator; see ../README.md for the map."""
