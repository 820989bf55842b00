//! Fetching speech models from a server on loopback: whole, in pieces, broken, wrong.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use avatardesk::models::{FetchError, Model, Progress, Source, fetch, is_present};
use sha2::{Digest, Sha256};

/// What the server does wrong.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    None,
    /// Breaks each answer off after this many bytes.
    BreaksAfter(usize),
    /// Ignores `Range` and sends everything each time.
    NoRanges,
    Status(u16),
    /// Sends so many bytes of the first answer, and then nothing more while the connection stays.
    Stalls(usize),
}

struct Server {
    url: String,
    requests: Arc<AtomicUsize>,
}

fn serve(content: Vec<u8>, fault: Fault) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = requests.clone();
    thread::spawn(move || {
        let mut held = Vec::new();
        for stream in listener.incoming().take(20) {
            let Ok(mut stream) = stream else { continue };
            counted.fetch_add(1, Ordering::SeqCst);
            let mut from = 0;
            for line in BufReader::new(&stream).lines() {
                let line = line.unwrap_or_default().to_ascii_lowercase();
                if let Some(range) = line.strip_prefix("range: bytes=") {
                    from = range.trim_end_matches('-').parse().unwrap_or(0);
                }
                if line.is_empty() {
                    break;
                }
            }
            if let Fault::Status(code) = fault {
                let _ =
                    write!(stream, "HTTP/1.1 {code} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                continue;
            }
            let ranged = from > 0 && fault != Fault::NoRanges;
            let body = if ranged { &content[from..] } else { &content[..] };
            let status = if ranged { "206 Partial Content" } else { "200 OK" };
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            let sent = match fault {
                Fault::BreaksAfter(n) => n.min(body.len()),
                Fault::Stalls(n) if held.is_empty() => n,
                _ => body.len(),
            };
            let _ = stream.write_all(&body[..sent]);
            if let Fault::Stalls(_) = fault {
                held.push(stream);
            }
        }
    });
    Server { url, requests }
}

fn content() -> Vec<u8> {
    (0..300_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

fn model(content: &[u8]) -> Model {
    let sum: String = Sha256::digest(content).iter().map(|b| format!("{b:02x}")).collect();
    Model { name: "test", bytes: content.len() as u64, sha256: sum.leak() }
}

fn get(model: &Model, url: &str, dir: &std::path::Path) -> Result<Vec<Progress>, FetchError> {
    let mut seen = Vec::new();
    fetch(model, Source::at(url), dir, &AtomicBool::new(false), &mut |p| seen.push(p)).map(|_| seen)
}

#[test]
fn a_model_arrives_whole_with_progress() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(content(), Fault::None);
    let model = model(&content());
    let seen = get(&model, &server.url, dir.path()).unwrap();
    assert_eq!(seen.last().map(|p| p.done), Some(model.bytes));
    assert!(seen.windows(2).all(|w| w[0].done < w[1].done));
    assert_eq!(std::fs::read(dir.path().join("ggml-test.bin")).unwrap(), content());
    assert!(is_present(&model, dir.path()));
    // A second fetch asks nobody.
    get(&model, "http://127.0.0.1:1", dir.path()).unwrap();
}

#[test]
fn a_broken_transfer_goes_on_where_it_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(content(), Fault::BreaksAfter(120_000));
    get(&model(&content()), &server.url, dir.path()).unwrap();
    assert_eq!(server.requests.load(Ordering::SeqCst), 3, "300 kB in pieces of 120 kB");
    assert_eq!(std::fs::read(dir.path().join("ggml-test.bin")).unwrap(), content());
}

#[test]
fn a_stopped_transfer_is_continued_by_the_next_call() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(content(), Fault::None);
    let model = model(&content());
    let stop = AtomicBool::new(false);
    let stopped = fetch(&model, Source::at(&server.url), dir.path(), &stop, &mut |p| {
        if p.done > 50_000 {
            stop.store(true, Ordering::Relaxed);
        }
    });
    assert!(matches!(stopped, Err(FetchError::Stopped)));
    let kept = std::fs::metadata(dir.path().join("ggml-test.bin.part")).unwrap().len();
    assert!(kept > 50_000 && kept < model.bytes);
    let seen = get(&model, &server.url, dir.path()).unwrap();
    assert!(seen[0].done > kept, "it did not begin again");
}

#[test]
fn a_source_without_ranges_is_read_from_the_start() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("ggml-test.bin.part"), b"something old").unwrap();
    let server = serve(content(), Fault::NoRanges);
    get(&model(&content()), &server.url, dir.path()).unwrap();
    assert_eq!(std::fs::read(dir.path().join("ggml-test.bin")).unwrap(), content());
}

#[test]
fn wrong_content_never_gets_the_models_name() {
    let dir = tempfile::tempdir().unwrap();
    let mut changed = content();
    changed[1234] ^= 1;
    let server = serve(changed, Fault::None);
    let error = get(&model(&content()), &server.url, dir.path()).unwrap_err();
    assert!(matches!(error, FetchError::WrongSum { .. }), "{error}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn errors_say_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let model = model(&content());
    let nobody = get(&model, "http://127.0.0.1:1", dir.path()).unwrap_err().to_string();
    assert!(nobody.contains("Check the network"), "{nobody}");
    let server = serve(content(), Fault::Status(404));
    let missing = get(&model, &server.url, dir.path()).unwrap_err().to_string();
    assert!(missing.contains("404") && missing.contains("--from"), "{missing}");
    let short = serve(content()[1..].to_vec(), Fault::None);
    let size = get(&model, &short.url, dir.path()).unwrap_err().to_string();
    assert!(size.contains("299999 bytes"), "{size}");
    let file = dir.path().join("file");
    std::fs::write(&file, b"").unwrap();
    let disk = get(&model, &server.url, &file).unwrap_err().to_string();
    assert!(disk.contains("--data"), "{disk}");
}

#[test]
fn a_source_that_falls_silent_is_asked_again_for_the_rest() {
    let content = content();
    let model = model(&content);
    let server = serve(content.clone(), Fault::Stalls(100_000));
    let dir = tempfile::tempdir().unwrap();
    let source = Source { stall: Duration::from_millis(200), ..Source::at(&server.url) };
    let begun = Instant::now();
    let path = fetch(&model, source, dir.path(), &AtomicBool::new(false), &mut |_| {}).unwrap();
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(std::fs::read(path).unwrap(), content);
    assert_eq!(server.requests.load(Ordering::SeqCst), 2);
}
