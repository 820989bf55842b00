//! Tells the service manager that this process is ready, alive, or stopping: sd_notify(3), which is one datagram each.
//!
//! Alive is not said by a thread of its own, which would go on saying so while the rest hangs, but by a pulse that the
//! loop which matters calls as it turns: the relay's round over what is due, the kiosk's frames.

use std::time::{Duration, Instant};

/// The socket of the manager; without it nobody wants to hear anything.
const SOCKET: &str = "NOTIFY_SOCKET";
/// Within how many microseconds the manager wants to hear that the process is alive.
const WATCHDOG: &str = "WATCHDOG_USEC";
/// The process that is meant, when it is not just any.
const WATCHDOG_PROCESS: &str = "WATCHDOG_PID";
/// How often alive is said within the time in which the manager wants to hear it.
const TIMES: u32 = 4;

/// The service manager that started this process.
pub struct Manager {
    socket: socket::Socket,
    /// How often it hears that the process is alive, if it wants to.
    every: Option<Duration>,
}

impl Manager {
    /// The manager of this process, if it has one that wants to hear from it.
    pub fn of_process() -> Option<Self> {
        let var = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let name = var(SOCKET)?;
        let every = every(var(WATCHDOG).as_deref(), var(WATCHDOG_PROCESS).as_deref(), std::process::id());
        match socket::Socket::to(&name) {
            Ok(socket) => Some(Self { socket, every }),
            Err(e) => {
                tracing::warn!("the service manager cannot be told how this process is ({name}: {e})");
                None
            }
        }
    }

    /// Says that the process ends because it was asked to.
    pub fn stopping(&self) {
        self.say("STOPPING=1");
    }

    /// What the loop that matters calls as it turns: the first call says ready, later ones alive, not too often.
    pub fn pulse(self: std::sync::Arc<Self>) -> impl FnMut() + Send + 'static {
        let mut last: Option<Instant> = None;
        move || match (last, self.every) {
            (None, _) => {
                self.say("READY=1");
                last = Some(Instant::now());
            }
            (Some(at), Some(every)) if at.elapsed() >= every => {
                self.say("WATCHDOG=1");
                last = Some(Instant::now());
            }
            _ => {}
        }
    }

    fn say(&self, what: &str) {
        // Not being heard must not end a visit; who misses a pulse acts by itself.
        if let Err(e) = self.socket.say(what) {
            tracing::debug!("the service manager did not hear `{what}`: {e}");
        }
    }
}

/// How often to say alive: when it is wanted, and of this process.
fn every(within: Option<&str>, of: Option<&str>, me: u32) -> Option<Duration> {
    let within: u64 = within?.parse().ok().filter(|within| *within > 0)?;
    let meant = of.is_none_or(|of| of.parse() == Ok(me));
    meant.then(|| Duration::from_micros(within) / TIMES)
}

#[cfg(target_os = "linux")]
mod socket {
    use std::io;
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixDatagram};

    pub struct Socket(UnixDatagram);

    impl Socket {
        /// A path, or `@name` in the kernel's own name space.
        pub fn to(name: &str) -> io::Result<Self> {
            let socket = UnixDatagram::unbound()?;
            match name.strip_prefix('@') {
                Some(name) => socket.connect_addr(&SocketAddr::from_abstract_name(name)?)?,
                None => socket.connect(name)?,
            }
            // A manager that does not read must not hold up the loop that tells it.
            socket.set_nonblocking(true)?;
            Ok(Self(socket))
        }

        pub fn say(&self, what: &str) -> io::Result<()> {
            self.0.send(what.as_bytes()).map(drop)
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod socket {
    use std::io;

    /// Such managers are on Linux only.
    pub enum Socket {}

    impl Socket {
        pub fn to(_: &str) -> io::Result<Self> {
            Err(io::ErrorKind::Unsupported.into())
        }

        pub fn say(&self, _: &str) -> io::Result<()> {
            match *self {}
        }
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::os::unix::net::UnixDatagram;
    use std::sync::Arc;

    use super::*;

    fn heard(at: &UnixDatagram) -> Vec<String> {
        let mut all = Vec::new();
        let mut buffer = [0; 64];
        while let Ok(n) = at.recv(&mut buffer) {
            all.push(String::from_utf8_lossy(&buffer[..n]).into_owned());
        }
        all
    }

    fn manager(every: Option<Duration>) -> (tempfile::TempDir, UnixDatagram, Arc<Manager>) {
        let tmp = tempfile::tempdir().unwrap();
        let path = tmp.path().join("notify");
        let at = UnixDatagram::bind(&path).unwrap();
        at.set_nonblocking(true).unwrap();
        let socket = socket::Socket::to(path.to_str().unwrap()).unwrap();
        (tmp, at, Arc::new(Manager { socket, every }))
    }

    #[test]
    fn a_loop_that_turns_is_ready_then_alive_and_one_that_hangs_says_nothing() {
        let (_tmp, at, manager) = manager(Some(Duration::ZERO));
        let mut pulse = Arc::clone(&manager).pulse();
        assert!(heard(&at).is_empty(), "nothing has turned yet");
        pulse();
        pulse();
        assert_eq!(heard(&at), ["READY=1", "WATCHDOG=1"]);
        assert!(heard(&at).is_empty(), "nothing turns any more");
        manager.stopping();
        assert_eq!(heard(&at), ["STOPPING=1"]);
    }

    #[test]
    fn alive_is_said_no_more_often_than_wanted() {
        for every in [None, Some(Duration::from_secs(3600))] {
            let (_tmp, at, manager) = manager(every);
            let mut pulse = manager.pulse();
            (0..100).for_each(|_| pulse());
            assert_eq!(heard(&at), ["READY=1"]);
        }
    }

    #[test]
    fn the_time_is_that_of_this_process() {
        let minute = Some(Duration::from_secs(15));
        assert_eq!(every(Some("60000000"), None, 7), minute);
        assert_eq!(every(Some("60000000"), Some("7"), 7), minute);
        for (within, of) in
            [(Some("60000000"), Some("8")), (Some("0"), None), (Some("x"), None), (None, None)]
        {
            assert_eq!(every(within, of, 7), None);
        }
    }

    #[test]
    fn a_manager_that_does_not_read_holds_nobody_up() {
        let (_tmp, _at, manager) = manager(Some(Duration::ZERO));
        let mut pulse = manager.pulse();
        // More than a socket keeps.
        (0..10_000).for_each(|_| pulse());
    }
}
