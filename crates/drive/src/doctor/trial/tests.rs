use super::*;

#[test]
fn the_program_does_nothing_and_the_folder_goes() {
    let trial = Trial::new().unwrap();
    let program = trial.place("test", 0).unwrap().fill("{rootfs}/true");
    let status = std::process::Command::new(program).status().unwrap();
    assert!(status.success());
    let folder = trial.folder.clone();
    drop(trial);
    assert!(!folder.exists());
}
