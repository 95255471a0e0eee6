use super::{parse, tasks, tick_ns};

#[test]
fn the_line_of_a_process_is_read_whatever_its_name() {
    let line = "7 (a) b (c) R 5 7 7 0 -1 0 0 0 0 0 3 4 20 1 20 0 1 0 0";
    assert_eq!(parse(line), Some((5, 28 * tick_ns())));
    assert_eq!(parse("7 (x"), None);
    assert_eq!(parse(""), None);
}

#[test]
fn processes_of_processes_are_found() {
    let mut shell = std::process::Command::new("sh")
        .args(["-c", "sleep 60 & wait"])
        .spawn()
        .unwrap();
    let shell_pid = i32::try_from(shell.id()).unwrap();
    let below = |pid: u32| tasks(pid).iter().map(|task| task.pid).collect::<Vec<_>>();
    let inner = loop {
        match below(shell.id()).as_slice() {
            [inner] => break *inner,
            _ => std::thread::yield_now(),
        }
    };
    let all = below(std::process::id());
    assert!(all.contains(&shell_pid) && all.contains(&inner), "{all:?}");
    crate::sys::process::kill(inner);
    shell.wait().unwrap();
}
