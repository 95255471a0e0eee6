use super::*;

#[test]
fn entries_are_read_in_all_their_forms() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.json");
    let auth = STANDARD.encode("user:pass:word");
    let text =
        format!(r#"{{"auths":{{"a":{{"auth":"{auth}"}},"b":{{"identitytoken":"t"}},"c":{{}},"d":{{"auth":"!"}}}}}}"#);
    fs::write(&path, text).unwrap();
    let credentials = Credentials::of_files(vec![folder.path().join("absent"), path.clone()]);
    let basic = Login::Basic("user".to_owned(), Secret("pass:word".to_owned()));
    assert_eq!(credentials.find("a").unwrap(), Some(basic.clone()));
    assert!(!format!("{basic:?}").contains("word"));
    assert_eq!(
        credentials.find("b").unwrap(),
        Some(Login::Refresh(Secret("t".to_owned())))
    );
    assert_eq!(credentials.find("c").unwrap(), None);
    assert!(credentials.find("d").is_err());
    fs::write(&path, "{\"auths\": {\"a\": {\"auth\": \"c2VjcmV0\", oops").unwrap();
    let said = credentials.find("a").unwrap_err().to_string();
    assert!(said.contains("malformed") && !said.contains("c2Vj"), "{said}");
}

#[test]
fn names_of_helpers_are_no_paths() {
    for helper in ["../../bin/sh", "a b", ""] {
        assert!(
            Credentials::of_files(Vec::new())
                .ask(helper, "registry.example")
                .unwrap_err()
                .to_string()
                .contains("malformed")
        );
    }
}
