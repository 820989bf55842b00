//! Checks of VRM files, on GLB bytes. Pure, no Bevy.
