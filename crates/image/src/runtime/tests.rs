use super::*;

#[test]
fn the_data_can_be_read() {
    let data: Data = serde_json::from_str(DATA).unwrap();
    assert!(data.operators.len() > 5 && data.seccomp.syscalls.len() > 3);
    assert_eq!(part("S").map(|(part, _)| part), Some(Part::Filter));
    assert_eq!(part("M"), None);
}

#[test]
fn what_an_image_asks_for_and_cannot_have_is_said() {
    let mut execution = Execution::default();
    let spec = |e: &Execution| spec(e, &Platform::linux("amd64"), &Options::default());
    assert_eq!(spec(&execution).unwrap_err(), "the image names no program to start");
    execution.cmd = vec!["/bin/true".to_owned()];
    execution.user = "nobody".to_owned();
    assert!(spec(&execution).unwrap_err().contains("nobody"));
    execution.user = "1000:100".to_owned();
    assert_eq!(spec(&execution).unwrap().process.user, User { uid: 1000, gid: 100 });
}
