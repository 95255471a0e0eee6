use super::*;

#[test]
fn challenges_are_read() {
    let bearer = |realm: &str, service: &str| {
        Some(Challenge::Bearer {
            realm: realm.to_owned(),
            service: service.to_owned(),
        })
    };
    for (text, challenge) in [
        ("Basic realm=\"x\"", Some(Challenge::Basic)),
        (
            "Bearer realm=\"https://a/t\",service=\"s\",scope=\"repository:a,b:pull\"",
            bearer("https://a/t", "s"),
        ),
        ("bearer service=s, realm=\"https://a\"", bearer("https://a", "s")),
        ("Bearer service=\"s\"", None),
        ("Bearer realm=\"open", None),
        ("Negotiate", None),
    ] {
        assert_eq!(Challenge::parse(text), challenge, "{text}");
    }
}

#[test]
fn tokens_are_asked_for_without_secrets_in_addresses() {
    let basic = Login::Basic("user".to_owned(), Secret("pass word".to_owned()));
    let (url, headers, form) = Access::request_token("https://a/t", "s", "repository:a:pull", Some(&basic));
    assert_eq!(url, "https://a/t?service=s&scope=repository%3Aa%3Apull");
    assert_eq!((headers.len(), form), (1, None));
    let refresh = Login::Refresh(Secret("a&b".to_owned()));
    let (url, _, form) = Access::request_token("https://a/t", "s", "x", Some(&refresh));
    assert_eq!(url, "https://a/t");
    assert!(form.unwrap().ends_with("refresh_token=a%26b"));
}
