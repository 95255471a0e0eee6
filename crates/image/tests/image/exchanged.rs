//! Registries: docker-registry on this machine, skopeo, and servers that lie.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use stackwright_image::build::{self, Owner, Part, Tree};
use stackwright_image::registry::{Credentials, Reference, Settings, pull, push};
use stackwright_image::{Compression, Descriptor, Execution, ImageError, Platform, Policy, Store, media, unpack};
use tempfile::tempdir;

use crate::world::{census, have, plant, run};

/// A registry, ended with the test.
struct Registry {
    child: Child,
    address: String,
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts a registry, with users if there is a file of them.
fn registry(folder: &Path, users: Option<&Path>) -> Option<Registry> {
    if !have("docker-registry") {
        return None;
    }
    // A port that was free a moment ago; the registry takes no listening socket.
    let address = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string();
    let auth = users.map_or_else(String::new, |users| {
        format!("auth:\n  htpasswd:\n    realm: test\n    path: {}\n", users.display())
    });
    let config = folder.join("registry.yaml");
    let data = folder.join("registry");
    let text = format!(
        "version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: {}\nhttp:\n  addr: {address}\n{auth}",
        data.display()
    );
    fs::write(&config, text).unwrap();
    let child = Command::new("docker-registry")
        .args(["serve", config.to_str().unwrap()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let registry = Registry { child, address };
    let started = Instant::now();
    while TcpStream::connect(&registry.address).is_err() {
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "the registry does not start"
        );
        std::thread::yield_now();
    }
    Some(registry)
}

fn anonymous() -> Settings {
    Settings {
        credentials: Credentials::none(),
        silence: Duration::from_secs(20),
        ..Settings::default()
    }
}

fn built(folder: &Path, architectures: &[&str]) -> (Store, Descriptor) {
    let tree = folder.join("tree");
    fs::create_dir(&tree).unwrap();
    plant(&tree);
    let store = Store::create(&folder.join("store")).unwrap();
    let parts = architectures.iter().map(|architecture| Part {
        platform: Platform::linux(architecture),
        layers: vec![Tree::of_directory(&tree, Owner::Root).unwrap()],
        execution: Execution::default(),
    });
    let entry = build::image(&store, "demo", &parts.collect::<Vec<_>>(), Compression::Gzip).unwrap();
    (store, entry)
}

#[test]
fn what_is_pushed_is_pulled_again() {
    let folder = tempdir().unwrap();
    let Some(registry) = registry(folder.path(), None) else {
        return;
    };
    let (store, entry) = built(folder.path(), &["amd64", "arm64"]);
    let reference = Reference::parse(&format!("{}/some/demo:1", registry.address)).unwrap();
    assert_eq!(push(&store, &entry, &reference, &anonymous()).unwrap(), entry.digest);
    // Everything is there now, and nothing is sent again.
    push(&store, &entry, &reference, &anonymous()).unwrap();

    let other = Store::create(&folder.path().join("other")).unwrap();
    let platform = Platform::linux("arm64");
    let pulled = pull(&other, &reference, Some(&platform), &anonymous()).unwrap();
    assert_eq!(pulled.name(), Some(reference.to_string().as_str()));
    let image = other.image(&pulled, &platform).unwrap();
    let target = folder.path().join("root");
    let policy = Policy {
        privileges: true,
        ..Policy::default()
    };
    unpack(&other, &image, &target, &policy).unwrap();
    assert_eq!(census(&target), census(&folder.path().join("tree")));

    let whole = Store::create(&folder.path().join("whole")).unwrap();
    assert_eq!(
        pull(&whole, &reference, None, &anonymous()).unwrap().digest,
        entry.digest
    );
    let by_digest = Reference::parse(&format!("{}/some/demo@{}", registry.address, entry.digest)).unwrap();
    assert_eq!(
        pull(&whole, &by_digest, None, &anonymous()).unwrap().digest,
        entry.digest
    );
    let nowhere = Reference::parse(&format!("{}/some/demo:2", registry.address)).unwrap();
    assert_eq!(
        pull(&whole, &nowhere, None, &anonymous()).unwrap_err().code(),
        "image::missing"
    );
    let riscv = pull(&whole, &reference, Some(&Platform::linux("riscv64")), &anonymous()).unwrap_err();
    assert!(riscv.to_string().contains("linux/arm64"), "{riscv}");
}

#[test]
fn skopeo_pulls_what_is_pushed_and_the_other_way_round() {
    if !have("skopeo") {
        return;
    }
    let folder = tempdir().unwrap();
    let Some(registry) = registry(folder.path(), None) else {
        return;
    };
    let (store, entry) = built(folder.path(), &["amd64"]);
    let reference = Reference::parse(&format!("{}/demo:1", registry.address)).unwrap();
    push(&store, &entry, &reference, &anonymous()).unwrap();
    let remote = format!("docker://{reference}");
    let copy = format!("oci:{}/copy:demo", folder.path().display());
    run(
        "skopeo",
        &[
            "copy",
            "--src-tls-verify=false",
            "--override-arch",
            "amd64",
            &remote,
            &copy,
        ],
    );
    // As Docker's own documents.
    let theirs = format!("docker://{}/theirs:1", registry.address);
    run(
        "skopeo",
        &[
            "copy",
            "--dest-tls-verify=false",
            "--override-arch",
            "amd64",
            "--format",
            "v2s2",
            &copy,
            &theirs,
        ],
    );
    let theirs = Reference::parse(&format!("{}/theirs:1", registry.address)).unwrap();
    let other = Store::create(&folder.path().join("other")).unwrap();
    let platform = Platform::linux("amd64");
    let pulled = pull(&other, &theirs, Some(&platform), &anonymous()).unwrap();
    assert_eq!(pulled.media_type, media::DOCKER_MANIFEST);
    let image = other.image(&pulled, &platform).unwrap();
    let target = folder.path().join("root");
    unpack(&other, &image, &target, &crate::unpacked::trusting()).unwrap();
    assert_eq!(census(&target), census(&folder.path().join("tree")));
}

/// The hash that htpasswd makes of `pass word`.
const USERS: &str = "user:$2y$05$HASH\n";

#[test]
fn passwords_come_from_files_and_helpers() {
    let folder = tempdir().unwrap();
    let Some(hash) = hash() else { return };
    let users = folder.path().join("users");
    fs::write(&users, USERS.replace("$2y$05$HASH", &hash)).unwrap();
    let Some(registry) = registry(folder.path(), Some(&users)) else {
        return;
    };
    let (store, entry) = built(folder.path(), &["amd64"]);
    let reference = Reference::parse(&format!("{}/demo:1", registry.address)).unwrap();
    let refused = push(&store, &entry, &reference, &anonymous()).unwrap_err();
    assert_eq!(refused.code(), "image::access");

    let settings = |text: String| {
        let path = folder.path().join("config.json");
        fs::write(&path, text).unwrap();
        Settings {
            credentials: Credentials::of_files(vec![path]),
            ..anonymous()
        }
    };
    let address = &registry.address;
    let auths = |auth: &str| settings(format!(r#"{{"auths":{{"{address}":{{"auth":"{auth}"}}}}}}"#));
    // user:wrong, and then user:pass word
    let wrong = push(&store, &entry, &reference, &auths("dXNlcjp3cm9uZw==")).unwrap_err();
    assert_eq!(wrong.code(), "image::access");
    assert!(!wrong.to_string().contains("wrong"));
    push(&store, &entry, &reference, &auths("dXNlcjpwYXNzIHdvcmQ=")).unwrap();
    let other = Store::create(&folder.path().join("other")).unwrap();
    let platform = Platform::linux("amd64");
    pull(&other, &reference, Some(&platform), &auths("dXNlcjpwYXNzIHdvcmQ=")).unwrap();

    let helper = folder.path().join("docker-credential-test");
    fs::write(&helper, "#!/bin/sh\nread server\n[ \"$1\" = get ] && echo \"{\\\"Username\\\":\\\"user\\\",\\\"Secret\\\":\\\"pass word\\\"}\"\n").unwrap();
    fs::set_permissions(&helper, fs::Permissions::from_mode(0o755)).unwrap();
    let helped = settings(format!(r#"{{"credHelpers":{{"{address}":"test"}}}}"#));
    let folders = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let helped = Settings {
        credentials: helped.credentials.with_helpers_in(folders),
        ..helped
    };
    let store = Store::create(&folder.path().join("helped")).unwrap();
    pull(&store, &reference, Some(&platform), &helped).unwrap();
}

/// bcrypt, by the only programs that are likely to be here.
fn hash() -> Option<String> {
    let perl = Command::new("perl")
        .args(["-e", "print crypt('pass word', '$2y$05$abcdefghijklmnopqrstuu')"])
        .output();
    let hash = perl.ok().map(|o| String::from_utf8_lossy(&o.stdout).into_owned());
    let hash = hash.filter(|h| h.len() == 60);
    if hash.is_none() {
        eprintln!("skipped: nothing here makes bcrypt hashes");
    }
    hash
}

/// What a lying server gave for each path, and what it was sent.
struct Liar {
    address: String,
    heard: Arc<Mutex<Vec<String>>>,
}

/// A server that gives the same answers whatever is asked, by path.
fn liar(answers: Vec<(&'static str, String)>) -> Liar {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&heard);
    // It ends with the process.
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut lines = Vec::new();
            for line in BufReader::new(stream.try_clone().unwrap()).lines() {
                match line {
                    Ok(line) if !line.is_empty() => lines.push(line),
                    _ => break,
                }
            }
            let request = lines.join("\n");
            let answer = answers
                .iter()
                .find(|(path, _)| request.lines().next().is_some_and(|l| l.contains(path)));
            log.lock().unwrap().push(request);
            if let Some((_, answer)) = answer {
                let _ = stream.write_all(answer.as_bytes());
            }
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    });
    Liar { address, heard }
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}

fn pull_from(liar: &Liar, rest: &str, settings: &Settings) -> ImageError {
    let folder = tempdir().unwrap();
    let store = Store::create(folder.path()).unwrap();
    let reference = Reference::parse(&format!("{}/{rest}", liar.address)).unwrap();
    let error = pull(&store, &reference, Some(&Platform::linux("amd64")), settings).unwrap_err();
    // Nothing of it is kept under any name.
    assert!(store.index().unwrap().manifests.is_empty());
    error
}

#[test]
fn lies_of_registries_are_found() {
    let config = Descriptor::of(media::CONFIG, b"{}");
    let layer = Descriptor::of(media::LAYER, b"layer");
    let manifest = serde_json::json!({
        "schemaVersion": 2, "mediaType": media::MANIFEST, "config": config, "layers": [layer],
    })
    .to_string();
    let wanted = format!("a@{}", Descriptor::of("", b"another").digest);
    let served = |layer: &str| {
        liar(vec![
            ("manifests/", answer("200 OK", "", &manifest)),
            ("blobs/sha256:44136", answer("200 OK", "", "{}")),
            ("blobs/", answer("200 OK", "", layer)),
        ])
    };
    // Another manifest than the digest names, and other blobs than the manifest names.
    assert_eq!(
        pull_from(&served("layer"), &wanted, &anonymous()).code(),
        "image::digest"
    );
    for other in ["LAYER", "layer and more", "lay"] {
        assert_eq!(
            pull_from(&served(other), "a:1", &anonymous()).code(),
            "image::digest",
            "{other}"
        );
    }
    let endless = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{}",
        " ".repeat(5 << 20)
    );
    let error = pull_from(&liar(vec![("manifests/", endless)]), "a:1", &anonymous());
    assert_eq!(error.code(), "image::limit");
    let error = pull_from(
        &liar(vec![("manifests/", answer("200 OK", "", "no json"))]),
        "a:1",
        &anonymous(),
    );
    assert_eq!(error.code(), "image::document");
    let error = pull_from(
        &liar(vec![("manifests/", answer("500 No", "", "\x1b[31mred"))]),
        "a:1",
        &anonymous(),
    );
    assert!(error.to_string().contains("500") && !error.to_string().contains('\x1b'));
}

#[test]
fn silence_ends() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = Liar {
        address: listener.local_addr().unwrap().to_string(),
        heard: Arc::default(),
    };
    let settings = Settings {
        silence: Duration::from_millis(200),
        ..anonymous()
    };
    let started = Instant::now();
    assert_eq!(pull_from(&silent, "a:1", &settings).code(), "image::registry");
    assert!(started.elapsed() < Duration::from_secs(10));
    drop(silent.heard);
}

#[test]
fn credentials_go_nowhere_else() {
    let elsewhere = liar(vec![("", answer("200 OK", "", "{}"))]);
    let redirect = answer(
        "307 There",
        &format!("Location: http://{}/stolen\r\n", elsewhere.address),
        "",
    );
    // It asks for a password, and sends whoever gives it to another server.
    let first = Arc::new(Mutex::new(false));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let challenged = Arc::clone(&first);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut buffer = [0; 4096];
            let read = stream.read(&mut buffer).unwrap();
            let given = String::from_utf8_lossy(&buffer[..read])
                .to_lowercase()
                .contains("authorization: basic");
            *challenged.lock().unwrap() |= given;
            let challenge = answer("401 Who", "WWW-Authenticate: Basic realm=\"x\"\r\n", "");
            let _ = stream.write_all(if given {
                redirect.as_bytes()
            } else {
                challenge.as_bytes()
            });
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    });
    let folder = tempdir().unwrap();
    let config = folder.path().join("config.json");
    fs::write(
        &config,
        format!(r#"{{"auths":{{"{address}":{{"auth":"dXNlcjpwYXNzIHdvcmQ="}}}}}}"#),
    )
    .unwrap();
    let settings = Settings {
        credentials: Credentials::of_files(vec![config]),
        ..anonymous()
    };
    let liar = Liar {
        address,
        heard: Arc::clone(&elsewhere.heard),
    };
    let _ = pull_from(&liar, "a:1", &settings);
    assert!(*first.lock().unwrap(), "the password was not given at all");
    let heard = liar.heard.lock().unwrap();
    assert!(!heard.is_empty(), "the redirect was not followed");
    assert!(
        heard
            .iter()
            .all(|request| !request.to_lowercase().contains("authorization")),
        "{heard:?}"
    );
}
