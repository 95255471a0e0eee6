#[test]
fn the_version_is_the_one_that_is_built_in() {
    let (_, version) = super::VERSION.split_once(' ').unwrap();
    let wanted = format!("[dependencies.wasmtime]\nversion = \"{version}.");
    assert!(include_str!("../../Cargo.toml").contains(&wanted), "{wanted}");
}
