//! The command line: one file per sub-command. The only place that reads flags, environment and signals.
