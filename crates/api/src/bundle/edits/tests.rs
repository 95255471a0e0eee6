#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

const WRITTEN: &str = "kind: Deployment\nspec:\n  replicas: 2\n  template:\n    spec:\n      containers:\n        - name: app\n          args:\n            - x\n            - y\n        - name: side\n          image: a@sha256:1\n      text: |\n        replicas: 9\n      priority: low\n";

#[test]
fn marked_edits_are_made_out_and_carried_over() {
    let edited = WRITTEN
        .replace("replicas: 2", "replicas: 5 # keep, was: 2")
        .replace(
            "            - y\n",
            "            - z # keep, was: y\n            - w # keep, new\n            - v # keep, new\n",
        )
        .replace(
            "          image: a@sha256:1\n",
            "          image: b@sha256:2 # keep, was: a@sha256:1\n",
        );
    assert_eq!(original(&edited), WRITTEN);
    assert_eq!(carry(WRITTEN, &marks(&edited)).unwrap(), edited);
    let newer = WRITTEN.replace("replicas: 2", "replicas: 3").replace(
        "        - name: app\n",
        "        - name: first\n          image: c\n        - name: app\n",
    );
    let carried = carry(&newer, &marks(&edited)).unwrap();
    assert!(carried.contains("  replicas: 5 # keep, was: 3\n"), "{carried}");
    assert!(
        carried.contains("          image: b@sha256:2 # keep, was: a@sha256:1\n"),
        "{carried}"
    );
    assert!(
        carried.contains("            - w # keep, new\n            - v # keep, new\n"),
        "{carried}"
    );
    assert_eq!(original(&carried), newer);
}

#[test]
fn an_edit_without_a_place_is_an_error_and_one_that_came_true_is_none() {
    let edited = WRITTEN.replace("replicas: 2", "replicas: 5 # keep, was: 2");
    let marks = marks(&edited);
    assert_eq!(
        carry(&WRITTEN.replace("  replicas: 2\n", ""), &marks),
        Err("replicas: 5".to_owned())
    );
    let same = WRITTEN.replace("replicas: 2", "replicas: 5");
    assert_eq!(carry(&same, &marks).unwrap(), same);
    assert_ne!(original(&WRITTEN.replace("replicas: 2", "replicas: 5")), WRITTEN);
}
