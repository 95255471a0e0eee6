//! Commands under stacks: each normal form with each driver that can, seen from outside and tried from inside.

use std::path::Path;
use std::process::Command;

use stackwright_drive::{DriveError, Host, Io};
use stackwright_spec::launch::{CommandLaunch, Grant, Root};
use stackwright_spec::report::{End, RunReport};

use crate::harness::Outcome;
use crate::world::World;

/// A normal form, the drivers to use instead of the first, and the programs that these need.
type Form<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [&'a str]);

pub const FORMS: &[Form<'_>] = &[
    ("", &[], &[]),
    ("S", &[], &[]),
    ("Ns", &[], &[]),
    ("Cg", &[], &[]),
    ("O", &[], &[]),
    ("C", &[], &[]),
    ("S C", &[], &[]),
    ("C S", &[], &[]),
    ("Ns S", &[], &[]),
    ("S Ns", &[], &[]),
    ("Cg S", &[], &[]),
    ("O S", &[], &[]),
    ("Cg O", &[], &[]),
    ("Cg Ns", &[], &[]),
    ("Ns", &[("Ns", "bubblewrap")], &["bwrap"]),
    ("Ns S", &[("Ns", "bubblewrap")], &["bwrap"]),
    ("S Ns", &[("Ns", "bubblewrap")], &["bwrap"]),
    ("C", &[("C", "runc")], &["runc"]),
    ("S C", &[("C", "runc")], &["runc"]),
    ("C S", &[("C", "runc")], &["runc"]),
    ("C", &[("C", "crun")], &["crun"]),
    ("S C", &[("C", "crun")], &["crun"]),
    ("C S", &[("C", "crun")], &["crun"]),
    ("G", &[], &["runsc"]),
    ("G C", &[], &["runsc"]),
    ("S G", &[], &["runsc"]),
    ("S G C", &[], &["runsc"]),
];

pub fn launch(word: &str, argv: &[&str]) -> CommandLaunch {
    CommandLaunch {
        word: word.split_whitespace().map(str::to_owned).collect(),
        argv: argv.iter().map(|argument| (*argument).to_owned()).collect(),
        ..CommandLaunch::default()
    }
}

pub fn with(word: &str, drivers: &[(&str, &str)], argv: &[&str]) -> CommandLaunch {
    let drivers = drivers
        .iter()
        .map(|(symbol, name)| ((*symbol).to_owned(), (*name).to_owned()));
    CommandLaunch {
        drivers: drivers.collect(),
        ..launch(word, argv)
    }
}

fn run(launch: &CommandLaunch) -> Result<RunReport, DriveError> {
    Host::new().run_command(launch, Io::captured())
}

pub fn there(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

fn sh(word: &str, script: &str) -> RunReport {
    run(&launch(word, &["sh", "-c", script])).unwrap()
}

pub fn a_command_in_every_form(_: &World) -> Outcome {
    let mut missing = Vec::new();
    for (word, drivers, programs) in FORMS {
        if let Some(program) = programs.iter().find(|program| !there(program)) {
            missing.push(*program);
            continue;
        }
        let mut launch = with(word, drivers, &["sh", "-c", "echo out; echo err >&2; exit 7"]);
        launch.attest = true;
        let report = run(&launch).unwrap_or_else(|error| panic!("{word} {drivers:?}: {error}"));
        assert_eq!(report.end, End::Exited { code: 7 }, "{word} {drivers:?}: {report:?}");
        assert_eq!(report.stdout.as_deref(), Some("out\n"), "{word} {drivers:?}");
        assert_eq!(report.stderr.as_deref(), Some("err\n"), "{word} {drivers:?}");
        assert!(
            report.layers.iter().all(|layer| layer.in_force),
            "{word} {drivers:?}: {report:?}"
        );
        assert_eq!(report.layers.len(), launch.word.len());
    }
    if missing.is_empty() {
        return Ok(());
    }
    println!("without {missing:?}");
    Err("not every runtime is installed; ./check installs them")
}

pub fn a_module_in_every_form(world: &World) -> Outcome {
    let module = world.module(crate::modules::HELLO);
    let path = module.to_str().unwrap();
    let host = world.driver();
    for (word, drivers, programs) in [
        ("C W", &[][..], &[][..]),
        ("S C W", &[], &[]),
        ("Ns W", &[], &[]),
        ("C W", &[("C", "runc")], &["runc"]),
        ("C S W", &[("C", "runc")], &["runc"]),
        ("S C W", &[("C", "crun")], &["crun"]),
        ("G C W", &[], &["runsc"]),
    ] {
        if programs.iter().any(|program: &&str| !there(program)) {
            continue;
        }
        let report = host.run_command(&with(word, drivers, &[path]), Io::captured());
        let report = report.unwrap_or_else(|error| panic!("{word} {drivers:?}: {error}"));
        assert_eq!(report.end, End::Exited { code: 0 }, "{word} {drivers:?}: {report:?}");
        assert!(
            report.stdout.as_deref().unwrap().contains("hello"),
            "{word}: {report:?}"
        );
        assert!(
            report.layers.iter().all(|layer| layer.in_force),
            "{word} {drivers:?}: {report:?}"
        );
    }
    Ok(())
}

pub fn what_is_refused_inside(_: &World) -> Outcome {
    // The script prints the name of each act that succeeds. None of them would do harm if it did: the same acts are
    // tried without a stack, to see that nothing else refuses them.
    let acts = "
        try() { name=$1; shift; \"$@\" >/dev/null 2>&1 && echo $name; }
        try root-list ls /
        try var ls /var
        try other-processes cat /proc/1/environ
        try shadow cat /etc/shadow
        try namespaces unshare -U true
        try session setsid --wait true
    ";
    let did = |word: &str| -> Vec<String> {
        let did = sh(word, acts).stdout.unwrap();
        did.split_whitespace().map(str::to_owned).collect()
    };
    let bare = did("");
    for act in ["root-list", "var", "namespaces", "session"] {
        assert!(bare.iter().any(|did| did == act), "{act} in no stack: {bare:?}");
    }
    assert_eq!(did("S"), Vec::<String>::new());
    // There the first process is the command itself.
    assert_eq!(did("C S"), ["other-processes"]);
    let contained = did("C");
    for act in ["var", "shadow"] {
        assert!(!contained.iter().any(|did| did == act), "{act} in C: {contained:?}");
    }
    Ok(())
}

pub fn changes_stay_in_the_overlay(world: &World) -> Outcome {
    let root = world.directory("root");
    for program in ["bin", "lib", "lib64", "usr"] {
        let host = Path::new("/").join(program);
        match std::fs::read_link(&host) {
            Ok(target) => std::os::unix::fs::symlink(target, root.join(program)).unwrap(),
            Err(_) => std::fs::create_dir_all(root.join(program)).unwrap(),
        }
    }
    if !there("busybox") {
        return Err("no static busybox; ./check installs it");
    }
    let _ = std::fs::remove_file(root.join("bin"));
    let bin = root.join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    std::fs::copy("/bin/busybox", bin.join("busybox")).unwrap();
    std::fs::write(bin.join("mine"), "lower").unwrap();
    std::os::unix::fs::chown(bin.join("mine"), Some(65_534), Some(65_534)).ok();
    std::os::unix::fs::chown(&bin, Some(65_534), Some(65_534)).ok();
    for drivers in [&[][..], &[("C", "runc")], &[("C", "crun")]] {
        if drivers.iter().any(|(_, program)| !there(program)) {
            continue;
        }
        let argv = [
            "/bin/busybox",
            "sh",
            "-c",
            "echo upper > /bin/mine && /bin/busybox cat /bin/mine",
        ];
        let mut launch = with("C", drivers, &argv);
        launch.root = Root::Folder(root.clone());
        let report = run(&launch).unwrap();
        assert_eq!(report.stdout.as_deref(), Some("upper\n"), "{drivers:?}: {report:?}");
        assert_eq!(std::fs::read_to_string(bin.join("mine")).unwrap(), "lower");
    }
    Ok(())
}

pub fn grants_are_all_that_is_given(world: &World) -> Outcome {
    let folder = world.directory("granted");
    std::fs::write(folder.join("in"), "given").unwrap();
    for (writable, expected) in [(false, "given\n"), (true, "given\nwrote\n")] {
        for word in ["C", "Ns", "C S", "S C"] {
            let _ = std::fs::remove_file(folder.join("out"));
            let mut launch = launch(
                word,
                &["sh", "-c", "cat /data/in; echo; echo x > /data/out && echo wrote"],
            );
            launch.grants = vec![Grant {
                host: folder.clone(),
                guest: "/data".into(),
                writable,
            }];
            let report = run(&launch).unwrap();
            assert_eq!(report.stdout.as_deref(), Some(expected), "{word}: {report:?}");
        }
    }
    Ok(())
}

pub fn what_is_wrong_is_said_before_the_start(_: &World) -> Outcome {
    let refused = |launch: &CommandLaunch| run(launch).unwrap_err().code();
    for word in ["", "S", "C", "C S"] {
        assert_eq!(refused(&launch(word, &["no-such-program"])), "drive::command", "{word}");
    }
    assert_eq!(refused(&launch("M", &["true"])), "drive::unsupported");
    assert_eq!(refused(&launch("C G", &["true"])), "drive::unsupported");
    assert_eq!(refused(&launch("I C", &["true"])), "drive::unsupported");
    assert_eq!(
        refused(&with("C", &[("C", "nothing")], &["true"])),
        "drive::unsupported"
    );
    let mut rootless = launch("C", &["true"]);
    rootless.root = Root::Folder("/no/such/folder".into());
    assert_eq!(refused(&rootless), "drive::root");
    if there("runsc") {
        // The kernel in user space has no Landlock: the sandbox is not what it claims to be, and nothing starts.
        assert_eq!(refused(&launch("G S", &["true"])), "drive::layer-unavailable");
    }
    Ok(())
}

pub fn limits_hold_against_hostile_commands(_: &World) -> Outcome {
    let bomb = "f() { f | f & f; }; f; sleep 5";
    let launch_of = |word: &str, script: &str| {
        let mut launch = launch(word, &["sh", "-c", script]);
        launch.limits.processes = 24;
        launch.limits.memory_bytes = 32 << 20;
        launch.limits.time_ms = 1500;
        launch.limits.output_bytes = 1 << 20;
        launch
    };
    for word in ["C", "Cg", "S C"] {
        let report = run(&launch_of(word, bomb)).unwrap();
        assert!(!report.ok, "{word}: {report:?}");
        let flood = run(&launch_of(word, "yes")).unwrap();
        assert_eq!(flood.end, End::OutputLimit, "{word}: {flood:?}");
        assert!(flood.stdout.unwrap().len() <= 1 << 20);
        let memory = run(&launch_of(
            word,
            "head -c 200m /dev/zero | tail > /dev/null; echo survived",
        ))
        .unwrap();
        assert!(
            memory
                .metrics
                .iter()
                .any(|m| m.name == "memory" && m.value <= f64::from(33 << 20)),
            "{memory:?}"
        );
        let disk = run(&launch_of(word, "cd /tmp && head -c 200m /dev/zero > big; echo $?")).unwrap();
        let _ = std::fs::remove_file(std::env::temp_dir().join("big"));
        if word != "Cg" {
            assert_ne!(disk.stdout.as_deref(), Some("0\n"), "{word}: {disk:?}");
        }
    }
    for word in ["", "S", "C"] {
        let slow = run(&launch_of(word, "sleep 60")).unwrap();
        assert_eq!(slow.end, End::TimedOut, "{word}: {slow:?}");
    }
    Ok(())
}

pub fn set_user_id_programs_gain_nothing(world: &World) -> Outcome {
    if stackwright_is_unprivileged() {
        return Err("only root can make a program that changes its user");
    }
    let folder = world.directory("setuid");
    let copy = folder.join("id");
    std::fs::copy("/usr/bin/id", &copy).unwrap();
    std::fs::set_permissions(&copy, std::os::unix::fs::PermissionsExt::from_mode(0o6755)).unwrap();
    let mut launch = launch(
        "C",
        &[
            "sh",
            "-c",
            "/data/id -u 2>/dev/null; echo $?; cd /tmp && cp /data/id own && ./own -u",
        ],
    );
    launch.grants = vec![Grant {
        host: folder,
        guest: "/data".into(),
        writable: false,
    }];
    let report = run(&launch).unwrap();
    // What was granted is not executed, which a shell says by this code; what is copied is the workload's own.
    assert_eq!(report.stdout.unwrap(), "126\n65534\n");
    Ok(())
}

fn stackwright_is_unprivileged() -> bool {
    std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap()) != 0
}

pub fn variables_are_not_in_arguments_or_records(_: &World) -> Outcome {
    const SECRET: &str = "0f5c-the-secret-9a";
    // The command looks at all arguments that it can see, and at the folder of runs.
    let script = "cat /proc/*/cmdline | tr '\\0' ' '; cat /run/stackwright/*/run.json /run/stackwright/*/bundle/config.json; \
                  test -n \"$TOKEN\" && echo given";
    for drivers in [&[][..], &[("C", "runc")]] {
        if drivers.iter().any(|(_, program)| !there(program)) {
            continue;
        }
        let mut inner = with("C", drivers, &["sh", "-c", "echo $TOKEN; sleep 1"]);
        inner.env = vec![("TOKEN".to_owned(), SECRET.to_owned())];
        let watching = std::thread::spawn(move || run(&inner).unwrap());
        std::thread::sleep(std::time::Duration::from_millis(500));
        let mut outer = launch("", &["sh", "-c", script]);
        outer.env = vec![("TOKEN".to_owned(), "other".to_owned())];
        let seen = run(&outer).unwrap().stdout.unwrap();
        assert!(seen.contains("given"));
        assert!(!seen.contains(SECRET), "{seen}");
        assert_eq!(
            watching.join().unwrap().stdout.as_deref(),
            Some(format!("{SECRET}\n").as_str())
        );
    }
    Ok(())
}

pub fn runs_at_once_do_not_collide(_: &World) -> Outcome {
    let one = |number: usize| {
        let word = ["C", "C S", "S C", "Ns", "S"][number % 5];
        let report = run(&launch(word, &["sh", "-c", &format!("echo {number}; sleep 0.1")])).unwrap();
        assert_eq!(report.stdout.as_deref(), Some(format!("{number}\n").as_str()));
        assert!(report.ok, "{report:?}");
    };
    let threads: Vec<_> = (0..16).map(|number| std::thread::spawn(move || one(number))).collect();
    for thread in threads {
        thread.join().unwrap();
    }
    Ok(())
}

pub fn a_command_with_a_terminal(_: &World) -> Outcome {
    for (word, drivers, program) in [
        ("", &[][..], "sh"),
        ("S", &[], "sh"),
        ("C S", &[], "sh"),
        ("C", &[("C", "crun")], "crun"),
        ("Ns", &[("Ns", "bubblewrap")], "bwrap"),
    ] {
        if !there(program) {
            continue;
        }
        let script =
            "test -t 0 && test -t 1 && echo terminal; read line; echo read $line; exec 3</dev/tty && echo controls";
        let mut launch = with(word, drivers, &["sh", "-c", script]);
        launch.terminal = true;
        let report = Host::new()
            .run_command(&launch, Io::captured_with_input("typed\n"))
            .unwrap();
        let output = report.stdout.clone().unwrap().replace('\r', "");
        assert!(
            output.contains("terminal\n") && output.contains("read typed\n"),
            "{word} {drivers:?}: {report:?}"
        );
        if word.is_empty() {
            assert!(output.contains("controls\n"), "{report:?}");
        }
    }
    let mut by_pipes = with("C", &[("C", "runc")], &["true"]);
    by_pipes.terminal = true;
    assert_eq!(run(&by_pipes).unwrap_err().code(), "drive::unsupported");
    Ok(())
}

pub fn a_folder_that_is_exchanged_for_a_link(world: &World) -> Outcome {
    use std::sync::atomic::{AtomicBool, Ordering};
    let (root, elsewhere) = (world.directory("exchanged"), world.directory("elsewhere"));
    std::fs::write(elsewhere.join("secret"), "SECRET").unwrap();
    let busybox = Path::new("/bin/busybox");
    if !busybox.exists() {
        return Err("busybox is not installed; ./check installs it");
    }
    std::fs::create_dir(root.join("bin")).unwrap();
    std::fs::copy(busybox, root.join("bin/busybox")).unwrap();
    let (shown, aside) = (root.join("data"), world.directory("aside"));
    std::fs::create_dir(&shown).unwrap();
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                let _ = std::fs::rename(&shown, aside.join("folder"));
                let _ = std::os::unix::fs::symlink(&elsewhere, &shown);
                let _ = std::fs::remove_file(&shown);
                let _ = std::fs::rename(aside.join("folder"), &shown);
            }
        });
        let mut started = 0;
        for attempt in 0..60 {
            let mut launch = launch(["Ns", "C", "O"][attempt % 3], &["/bin/busybox", "cat", "/data/secret"]);
            launch.root = Root::Folder(root.clone());
            // Where the folder was gone for a moment nothing starts, or it is not shown, or is a link that leads nowhere.
            if let Ok(report) = run(&launch) {
                started += 1;
                assert_eq!(report.stdout.as_deref(), Some(""), "{report:?}");
            }
        }
        ended.store(true, Ordering::Relaxed);
        assert!(started > 0, "nothing ever started");
    });
    Ok(())
}

pub fn a_folder_of_others_is_not_given_to_runtimes(world: &World) -> Outcome {
    if !crate::world::is_root() || !there("runc") {
        return Err("runc, started by root, is needed");
    }
    let root = world.directory("of-others");
    std::os::unix::fs::chown(&root, Some(65_534), None).unwrap();
    let mut launch = with("C", &[("C", "runc")], &["true"]);
    launch.root = Root::Folder(root);
    let error = run(&launch).unwrap_err();
    assert!(error.to_string().contains("others can change"), "{error}");
    Ok(())
}
