//! The program as its users meet it: one command in, words and an exit status out.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

fn command(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_avatardesk"));
    command.args(arguments).arg("--data").arg(data);
    command.current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null());
    command
}

fn avatardesk(data: &Path, arguments: &[&str]) -> Output {
    command(data, arguments).output().unwrap()
}

/// A machine with no sound card, no display, and nothing that draws.
#[cfg(all(feature = "desktop", feature = "voice", target_os = "linux"))]
fn bare(data: &Path, arguments: &[&str]) -> Output {
    let mut command = command(data, arguments);
    for gone in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET", "RUST_LOG"] {
        command.env_remove(gone);
    }
    for (name, value) in [
        ("ALSA_CONFIG_PATH", "/dev/null"),
        ("PULSE_SERVER", "unix:/nowhere"),
        ("VK_DRIVER_FILES", "/nowhere"),
        ("VK_ICD_FILENAMES", "/nowhere"),
        ("__EGL_VENDOR_LIBRARY_FILENAMES", "/nowhere"),
        ("LIBGL_DRIVERS_PATH", "/nowhere"),
    ] {
        command.env(name, value);
    }
    command.output().unwrap()
}

fn errors(output: &Output) -> String {
    assert!(!output.status.success(), "this should have failed: {output:?}");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!text.contains("panicked"), "{text}");
    text
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {output:?}"))
}

#[test]
fn a_typed_question_finds_its_article() {
    let data = tempfile::tempdir().unwrap();
    let output = avatardesk(data.path(), &["ask", "--json", "how can I create a new wallet"]);
    assert!(output.status.success(), "{output:?}");
    let said = json(&output);
    assert_eq!(said["article"], "wallet-create");
    assert_eq!(said["answered"], true);
    let output = avatardesk(data.path(), &["ask", "--json", "--lang", "zh", "怎么创建钱包"]);
    assert_eq!(json(&output)["article"], "wallet-create");
}

#[test]
fn a_strange_question_is_not_answered() {
    let data = tempfile::tempdir().unwrap();
    let output = avatardesk(data.path(), &["ask", "--json", "who won the football match last night"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(json(&output)["answered"], false);
}

#[cfg(feature = "voice")]
#[test]
fn a_spoken_question_finds_its_article() {
    let data = tempfile::tempdir().unwrap();
    let output = avatardesk(data.path(), &["ask", "--json", "--wav", "assets/sounds/question-en.wav"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(json(&output)["article"], "wallet-create");
}

#[test]
fn a_secret_in_a_question_is_masked_in_what_is_printed() {
    let data = tempfile::tempdir().unwrap();
    let phrase =
        "my seed phrase is legal winner thank year wave sausage worth useful legal winner thank yellow";
    let output = avatardesk(data.path(), &["ask", "--json", phrase]);
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(printed.contains("removed") && !printed.contains("sausage"), "{printed}");
}

#[test]
fn a_taken_port_says_which_and_how_to_choose_another() {
    let data = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let text = errors(&avatardesk(data.path(), &["relay", "--listen", &address]));
    assert!(text.contains(&address) && text.contains("--listen"), "{text}");
}

#[test]
fn an_open_address_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let text = errors(&avatardesk(data.path(), &["relay", "--listen", "0.0.0.0:0"]));
    assert!(text.contains("127.0.0.1") && text.contains("--enrol"), "{text}");
}

/// A process that is ended when the test ends, however it ends.
struct Running {
    child: Child,
    /// What it says; kept, so that it can go on saying it.
    lines: std::io::Lines<BufReader<Box<dyn std::io::Read>>>,
}

impl Running {
    fn start(data: &Path, arguments: &[&str]) -> Self {
        // Both go the same way: nobody would read the other one.
        let (from, to) = std::io::pipe().unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_avatardesk"))
            .args(arguments)
            .arg("--data")
            .arg(data)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::null())
            .stdout(to.try_clone().unwrap())
            .stderr(to)
            .spawn();
        let from: Box<dyn std::io::Read> = Box::new(from);
        Self { child: child.unwrap(), lines: BufReader::new(from).lines() }
    }

    /// The rest of the first line that begins with `start`.
    fn line(&mut self, start: &str) -> String {
        let mut said = Vec::new();
        for line in self.lines.by_ref().map(Result::unwrap) {
            if let Some(rest) = line.strip_prefix(start) {
                return rest.to_owned();
            }
            said.push(line);
        }
        panic!("it did not say `{start}`, but {said:#?}");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn devices_are_enrolled_and_revoked_while_the_relay_is_running() {
    let (host, guest) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (host, guest) = (host.path(), guest.path());
    let early = errors(&avatardesk(host, &["relay", "invite", "--role", "bot", "--name", "x"]));
    assert!(early.contains("--enrol"), "{early}");
    let mut relay = Running::start(host, &["relay", "--enrol", "--listen", "0.0.0.0:0"]);
    let port = relay.line("listening on ").rsplit_once(':').unwrap().1.to_owned();
    let url = format!("wss://localhost:{port}/ws");
    let invite = |role: &str, id: &str| {
        let done = avatardesk(host, &["relay", "invite", "--role", role, "--name", "Ann Lee", "--id", id]);
        assert!(done.status.success(), "{done:?}");
        let code = String::from_utf8(done.stdout).unwrap().trim().to_owned();
        assert!(!String::from_utf8(done.stderr).unwrap().contains(&code));
        code
    };
    let stranger = errors(&avatardesk(guest, &["ask", "--relay", &url, "hello"]));
    assert!(stranger.contains("invite"), "{stranger}");
    let mut bot = Running::start(guest, &["bot", "--relay", &url, "--invite", &invite("bot", "bot-1")]);
    assert!(bot.line("bot-1 answers at ").contains(&url));
    let code = invite("kiosk", "asker");
    let ask = ["ask", "--json", "how can I create a new wallet", "--relay", &url];
    let enrolled = avatardesk(guest, &[&ask[..], &["--invite", &code]].concat());
    assert_eq!(json(&enrolled)["article"], "wallet-create", "{enrolled:?}");
    // The second time without a code, and with the one that has been used up.
    assert_eq!(json(&avatardesk(guest, &ask))["answered"], true);
    assert!(avatardesk(guest, &[&ask[..], &["--invite", &code]].concat()).status.success());
    let renamed = avatardesk(host, &["relay", "devices", "rename", "bot-1", "The bot"]);
    assert!(renamed.status.success(), "{renamed:?}");
    let listed = avatardesk(host, &["relay", "devices", "list", "--json"]);
    assert_eq!(json(&listed)[0]["name"], "The bot");
    assert_eq!((&json(&listed)[1]["id"], &json(&listed)[1]["role"]), (&"asker".into(), &"kiosk".into()));
    let revoked = avatardesk(host, &["relay", "devices", "revoke", "bot-1"]);
    assert!(revoked.status.success(), "{revoked:?}");
    assert!(!bot.child.wait().unwrap().success(), "a revoked bot cannot go on");
    let gone = errors(&avatardesk(host, &["relay", "devices", "revoke", "bot-1"]));
    assert!(gone.contains("devices list"), "{gone}");
}

#[test]
fn a_data_directory_that_is_none_says_how_to_name_another() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, b"").unwrap();
    let text = errors(&avatardesk(&file, &["relay", "--listen", "127.0.0.1:0"]));
    assert!(text.contains("--data"), "{text}");
}

/// The kernel's own settings: nobody can make a directory there, not even root.
#[cfg(target_os = "linux")]
#[test]
fn a_data_directory_that_cannot_be_written_says_how_to_name_another() {
    let closed = Path::new("/proc/sys");
    for arguments in [&["relay", "--listen", "127.0.0.1:0"][..], &["demo", "--headless", "--offline"]] {
        let text = errors(&avatardesk(closed, arguments));
        assert!(text.contains("/proc/sys") && text.contains("--data"), "{text}");
    }
    let told = avatardesk(closed, &["doctor"]);
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(told.contains("cannot write to /proc/sys"), "{told}");
}

#[test]
fn a_data_directory_in_use_says_by_whom_and_what_to_do() {
    let data = tempfile::tempdir().unwrap();
    let mut first = command(data.path(), &["relay", "--listen", "127.0.0.1:0"]);
    let mut first = first.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(first.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let second = avatardesk(data.path(), &["relay", "--listen", "127.0.0.1:0"]);
    first.kill().unwrap();
    first.wait().unwrap();
    let text = errors(&second);
    assert!(line.starts_with("listening on") && text.contains("--data"), "{line} {text}");
    assert!(text.contains(&*data.path().to_string_lossy()), "{text}");
}

#[cfg(all(feature = "desktop", feature = "voice", target_os = "linux"))]
#[test]
fn a_machine_with_neither_sound_nor_graphics_says_what_to_install_or_plug_in() {
    let data = tempfile::tempdir().unwrap();
    let output = bare(data.path(), &["doctor", "--offline"]);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    for (part, help) in
        [("microphone", "plug one in"), ("loudspeaker", "plug one in"), ("graphics", "mesa-vulkan-drivers")]
    {
        let line = told.lines().find(|l| l.split_whitespace().nth(1) == Some(part)).unwrap_or_default();
        assert!(line.starts_with("missing") && line.contains(help), "{told}");
    }
    // Without a display it goes on off-screen, and there it needs something that draws.
    let text = errors(&bare(data.path(), &["demo", "--offline", "--yes"]));
    assert!(text.contains("no display was found") && text.contains("without a window"), "{text}");
    assert!(text.contains("sudo apt install mesa-vulkan-drivers"), "{text}");
    assert!(text.lines().count() <= 4, "a sentence and not a log: {text}");
}

#[test]
fn a_broken_scene_says_line_and_column() {
    let data = tempfile::tempdir().unwrap();
    let scene = data.path().join("broken.ron");
    std::fs::write(&scene, "(\n  version: 1,\n  nmae: \"x\",\n)").unwrap();
    let output = avatardesk(data.path(), &["scene", "check", scene.to_str().unwrap()]);
    let text = errors(&output);
    assert!(text.contains("line 3") && text.contains("column"), "{text}");
}

#[test]
fn the_shipped_scene_avatar_and_articles_are_right() {
    let data = tempfile::tempdir().unwrap();
    for arguments in [
        &["scene", "check"][..],
        &["avatar", "check", "assets/avatars/concierge.vrm"],
        &["avatar", "check", "assets/avatars/steward.vrm"],
        &["knowledge", "check"],
        &["config", "check"],
    ] {
        let output = avatardesk(data.path(), arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }
}

#[test]
fn a_missing_model_says_how_to_fetch_it() {
    let data = tempfile::tempdir().unwrap();
    std::fs::write(data.path().join("settings.toml"), "[speech]\nmodel = \"base\"\n").unwrap();
    let settings = data.path().join("settings.toml");
    let output = avatardesk(data.path(), &["doctor", "--config", settings.to_str().unwrap()]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("avatardesk model fetch base"), "{text}");
    let output = avatardesk(data.path(), &["model", "fetch", "huge"]);
    assert!(errors(&output).contains("avatardesk model list"));
}

#[cfg(feature = "voice")]
#[test]
fn a_damaged_model_is_found_by_the_doctor() {
    let data = tempfile::tempdir().unwrap();
    let (model, settings) = (data.path().join("junk.bin"), data.path().join("settings.toml"));
    std::fs::write(&model, b"this is no model").unwrap();
    std::fs::write(&settings, format!("[speech]\nmodel = \"{}\"\n", model.display())).unwrap();
    let output = avatardesk(data.path(), &["doctor", "--config", settings.to_str().unwrap()]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find(|l| l.contains("speech model")).unwrap_or_default();
    assert!(line.starts_with("missing") && line.contains("avatardesk model check"), "{text}");
}

#[test]
fn the_console_without_a_window_says_what_there_is() {
    let data = tempfile::tempdir().unwrap();
    assert!(errors(&avatardesk(data.path(), &["console"])).contains("--text"));
}

/// A service manager listens: ready, then alive again and again, and stopping when asked to end. While the process stands
/// still it hears nothing.
#[cfg(target_os = "linux")]
#[test]
fn a_service_manager_hears_from_the_relay_and_notices_when_it_hangs() {
    use std::time::Duration;
    const OFTEN: Duration = Duration::from_millis(400);
    let data = tempfile::tempdir().unwrap();
    let path = data.path().join("notify");
    let manager = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
    let hear = |within: Duration| {
        let mut buffer = [0; 64];
        manager.set_read_timeout(Some(within)).unwrap();
        manager.recv(&mut buffer).ok().map(|n| String::from_utf8_lossy(&buffer[..n]).into_owned())
    };
    let soon = Duration::from_secs(20);
    let mut relay = command(data.path(), &["relay", "--listen", "127.0.0.1:0"])
        .env("NOTIFY_SOCKET", &path)
        .env("WATCHDOG_USEC", OFTEN.as_micros().to_string())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let signal = |name: &str| {
        let sent = Command::new("kill").args([name, &relay.id().to_string()]).status().unwrap();
        assert!(sent.success(), "{name}");
    };
    assert_eq!(hear(soon).as_deref(), Some("READY=1"));
    for _ in 0..3 {
        assert_eq!(hear(soon).as_deref(), Some("WATCHDOG=1"));
    }
    signal("-STOP");
    while hear(OFTEN).is_some() {}
    assert_eq!(hear(OFTEN * 3), None, "a relay that stands still is not alive");
    signal("-CONT");
    assert_eq!(hear(soon).as_deref(), Some("WATCHDOG=1"));
    signal("-TERM");
    while hear(soon).unwrap() != "STOPPING=1" {}
    assert!(relay.wait().unwrap().success());
}

/// The settings file of the package is in force as it is, and each of its suggestions is understood.
#[test]
fn the_settings_that_are_shipped_are_understood() {
    let data = tempfile::tempdir().unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/packaging/avatardesk.toml");
    let text = std::fs::read_to_string(&shipped).unwrap();
    let check = |text: &str| {
        let file = data.path().join("settings.toml");
        std::fs::write(&file, text).unwrap();
        let output = avatardesk(data.path(), &["config", "check", "--config", file.to_str().unwrap()]);
        assert!(output.status.success(), "{text}\n{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(check(&text), check(""), "what is shipped changes nothing");
    fn suggested(line: &str) -> Option<&str> {
        line.strip_prefix('#').filter(|l| l.starts_with(|c: char| c.is_ascii_lowercase()))
    }
    let all: Vec<&str> = text.lines().map(|line| suggested(line).unwrap_or(line)).collect();
    assert!(all.iter().filter(|line| line.contains(" = ")).count() >= 10, "{all:#?}");
    let told = check(&all.join("\n"));
    assert!(told.contains("0.0.0.0:7400") && told.contains("wss://desk.example:7400/ws"), "{told}");
}
