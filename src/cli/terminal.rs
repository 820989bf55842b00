//! A terminal that gives every key at once, for who speaks and has no hand for lines. On Unix; elsewhere, and where the input
//! is no terminal, lines are typed as always.

use tokio::io::DuplexStream;

/// The keys of a terminal, which is as it was before when this is dropped.
pub struct Keyboard {
    /// The lines that keys and typing make.
    pub lines: DuplexStream,
    #[cfg(unix)]
    _raw: unix::Raw,
}

/// `None` where there is no such terminal.
#[cfg(not(unix))]
pub fn keys() -> Option<Keyboard> {
    None
}

/// `None` where there is no such terminal.
#[cfg(unix)]
pub fn keys() -> Option<Keyboard> {
    use std::io::IsTerminal;

    /// What may wait for the console, in bytes.
    const WAITING: usize = 16 * 1024;

    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return None;
    }
    let raw = unix::Raw::begin()?;
    let (lines, typed) = tokio::io::duplex(WAITING);
    tokio::spawn(unix::read(typed));
    Some(Keyboard { lines, _raw: raw })
}

#[cfg(unix)]
mod unix {
    use std::process::{Command, Stdio};
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, stdin, stdout};
    use tokio::time::timeout;

    use super::super::signals::asked_to_end;
    use crate::console::{KEYS_HELP, Keys, Stroke};

    /// After so long without another byte, Esc is a key of its own.
    const ESC_ALONE: Duration = Duration::from_millis(60);

    /// A terminal that gives every byte and shows none; as it was before when this is dropped.
    pub struct Raw {
        before: String,
    }

    impl Raw {
        /// `None` when the terminal cannot be set: then lines are typed.
        pub fn begin() -> Option<Self> {
            let before = stty(&["-g"])?.trim().to_owned();
            stty(&["-icanon", "-echo", "min", "1", "time", "0"])?;
            Some(Self { before })
        }
    }

    impl Drop for Raw {
        fn drop(&mut self) {
            stty(&[&self.before]);
        }
    }

    /// The program that sets terminals: no library of ours may change how others are built.
    fn stty(arguments: &[&str]) -> Option<String> {
        let ran = Command::new("stty")
            .args(arguments)
            .stdin(Stdio::inherit())
            .stderr(Stdio::null())
            .output()
            .ok()?;
        ran.status.success().then(|| String::from_utf8_lossy(&ran.stdout).into_owned())
    }

    /// Reads keys until the input or the console ends. Ctrl-C and SIGTERM leave as `/quit` does, so that the terminal is put
    /// back.
    pub async fn read(mut lines: DuplexStream) {
        let mut end = Box::pin(asked_to_end());
        let (mut input, mut keys) = (stdin(), Keys::default());
        let mut strokes = vec![Stroke::Echo(format!("{KEYS_HELP}\n"))];
        loop {
            for stroke in strokes.drain(..) {
                let written = match stroke {
                    Stroke::Line(line) => lines.write_all(format!("{line}\n").as_bytes()).await,
                    Stroke::Echo(text) => {
                        let mut screen = stdout();
                        match screen.write_all(text.as_bytes()).await {
                            Ok(()) => screen.flush().await,
                            error => error,
                        }
                    }
                };
                if written.is_err() {
                    return;
                }
            }
            let mut byte = [0];
            let read = tokio::select! {
                read = timeout(ESC_ALONE, input.read(&mut byte)) => read,
                () = &mut end => {
                    end = Box::pin(asked_to_end());
                    strokes = vec![Stroke::Line("/quit".to_owned())];
                    continue;
                }
            };
            strokes = match (read, byte) {
                (Ok(Ok(1)), [byte]) => keys.push(byte),
                (Err(_), _) => keys.pause(),
                (Ok(_), _) => return,
            };
        }
    }
}
