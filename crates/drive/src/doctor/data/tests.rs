use super::*;

#[test]
fn the_data_can_be_read() {
    let data: Data = serde_json::from_str(DATA).unwrap();
    assert!(!data.capabilities.is_empty());
    assert!(!data.runtimes.is_empty());
    for runtime in &data.runtimes {
        assert!(
            runtime.start.as_ref().is_none_or(|start| !start.arguments.is_empty()),
            "{runtime:?}"
        );
        for distribution in runtime.packages.keys() {
            let known = |m: &Manager| m.distributions.contains(distribution);
            assert!(data.managers.iter().any(known), "{distribution} of {}", runtime.name);
        }
    }
}

#[test]
fn remedies_are_those_of_the_distribution() {
    let runc = data().runtimes.iter().find(|r| r.name == "runc").unwrap();
    let on = |text: &str| runc.installation_on(&distributions(text));
    assert_eq!(on("NAME=\"Debian GNU/Linux\"\nID=debian\n"), "apt install runc");
    assert_eq!(on("ID=\"linuxmint\"\nID_LIKE=\"ubuntu debian\"\n"), "apt install runc");
    assert_eq!(on("ID=rocky\nID_LIKE='rhel centos fedora'"), "dnf install runc");
    assert!(on("ID=unheard-of").contains("https://"));
    assert!(on("").contains("https://"));
}
