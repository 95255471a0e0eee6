//! Which workloads admission policies govern, as their engines select them.

use stackwright_inspect::WorkloadReport;

use crate::hostile::inspect;

const WEB: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: shop, namespace: web, labels: { tier: front } }\nspec: { template: { metadata: { labels: { app: shop } }, spec: { containers: [{ name: a, image: x }] } } }\n";

/// What is known of the deployment beside these documents.
fn beside(documents: &[&str]) -> WorkloadReport {
    let text = [documents, &[WEB]].concat().join("---\n");
    let report = inspect(text.as_bytes());
    assert!(report.errors.is_empty(), "{text}{:?}", report.errors);
    report.workloads.into_iter().last().unwrap()
}

/// Whether Gk is in effect, only declared, open, or not there.
fn governed(documents: &[&str]) -> &'static str {
    let workload = beside(documents);
    let has = |list: &[String]| list.iter().any(|o| o == "Gk");
    let open = workload.unknown.iter().any(|u| !u.assumed && u.operators == ["Gk"]);
    match (has(&workload.declared), has(&workload.operators)) {
        (true, true) => {
            assert!(workload.evidence.iter().any(|e| e.operator == "Gk" && e.line > 0));
            "yes"
        }
        (true, false) => {
            assert!(open, "{workload:?}");
            "reports"
        }
        _ if open => "open",
        _ => "no",
    }
}

fn check(cases: &[(&str, &str)], document: impl Fn(&str) -> String) {
    for (given, expected) in cases {
        let document = document(given);
        assert_eq!(governed(&[&document]), *expected, "{document}");
    }
}

#[test]
fn gatekeeper_matches_by_kind_and_namespace() {
    let constraint = |spec: &str| {
        format!(
            "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: AllowedRepos\nmetadata: {{ name: c }}\nspec: {{ {spec} }}\n"
        )
    };
    let pods = "kinds: [{ apiGroups: [\"\"], kinds: [Pod] }]";
    let cases = [
        (String::new(), "yes"),
        (
            "match: { kinds: [{ apiGroups: [\"*\"], kinds: [\"*\"] }] }".to_owned(),
            "yes",
        ),
        (format!("match: {{ {pods} }}"), "yes"),
        (
            "match: { kinds: [{ apiGroups: [apps], kinds: [Deployment] }] }".to_owned(),
            "yes",
        ),
        (
            "match: { kinds: [{ apiGroups: [\"\"], kinds: [Service, Namespace] }] }".to_owned(),
            "no",
        ),
        (format!("match: {{ {pods}, namespaces: [web] }}"), "yes"),
        (format!("match: {{ {pods}, namespaces: [\"we*\"] }}"), "yes"),
        (format!("match: {{ {pods}, namespaces: [other] }}"), "no"),
        (format!("match: {{ {pods}, excludedNamespaces: [\"w*\"] }}"), "no"),
        (format!("match: {{ {pods}, excludedNamespaces: [kube-system] }}"), "yes"),
        (
            format!("match: {{ {pods}, labelSelector: {{ matchLabels: {{ app: shop }} }} }}"),
            "yes",
        ),
        (format!("match: {{ {pods}, labelSelector: {{}} }}"), "yes"),
        (
            format!("match: {{ {pods}, namespaces: [other], labelSelector: {{ matchLabels: {{ a: b }} }} }}"),
            "no",
        ),
        (format!("enforcementAction: dryrun, match: {{ {pods} }}"), "reports"),
        (format!("enforcementAction: warn, match: {{ {pods} }}"), "reports"),
        (format!("enforcementAction: deny, match: {{ {pods} }}"), "yes"),
    ];
    let cases: Vec<(&str, &str)> = cases.iter().map(|(g, e)| (g.as_str(), *e)).collect();
    check(&cases, constraint);
    let template = "apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata: { name: t }\n";
    assert_eq!(
        governed(&[template]),
        "no",
        "a template does nothing without a constraint"
    );
}

#[test]
fn kyverno_matches_any_and_excludes() {
    let policy = |spec: &str| {
        format!("apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {{ name: p }}\nspec: {{ {spec} }}\n")
    };
    check(
        &[
            (
                "validationFailureAction: Enforce, rules: [{ match: { any: [{ resources: { kinds: [Pod] } }] } }]",
                "yes",
            ),
            (
                "rules: [{ match: { any: [{ resources: { kinds: [Pod] } }] }, validate: { failureAction: Enforce } }]",
                "yes",
            ),
            (
                "validationFailureAction: Audit, rules: [{ match: { any: [{ resources: { kinds: [Pod] } }] } }]",
                "reports",
            ),
            (
                "rules: [{ match: { any: [{ resources: { kinds: [Pod] } }] } }]",
                "reports",
            ),
            (
                "validationFailureAction: Enforce, rules: [{ match: { resources: { kinds: [apps/v1/Deployment] } } }]",
                "yes",
            ),
            (
                "validationFailureAction: Enforce, rules: [{ match: { any: [{ resources: { kinds: [Service] } }] } }]",
                "no",
            ),
            (
                "validationFailureAction: Enforce, rules: [{ match: { any: [{ resources: { kinds: [Pod/exec] } }] } }]",
                "no",
            ),
            (
                "validationFailureAction: Enforce, rules: [{ match: { any: [{ resources: { kinds: [Pod], namespaces: [prod] } }] } }]",
                "no",
            ),
            (
                "validationFailureAction: Enforce, rules: [{ match: { any: [{ resources: { kinds: [Service] } }, { resources: { kinds: [Pod], namespaces: [web] } }] } }]",
                "yes",
            ),
            (
                "validationFailureAction: Enforce, rules: [{ match: { any: [{ resources: { kinds: [Pod], selector: { matchLabels: { a: b } } } }] } }]",
                "no",
            ),
            (
                "validationFailureAction: Enforce, rules: [{ match: { any: [{ resources: { kinds: [Pod], selector: { matchLabels: { \"a*\": \"s*\" } } } }] } }]",
                "yes",
            ),
            (
                "validationFailureAction: Enforce, rules: [{ match: { any: [{ resources: { kinds: [Pod], annotations: { a: b } } }] } }]",
                "open",
            ),
            (
                "validationFailureAction: Enforce, rules: [{ match: { any: [{ resources: { kinds: [Pod] } }] }, exclude: { any: [{ resources: { namespaces: [web] } }] } }]",
                "no",
            ),
            (
                "validationFailureAction: Enforce, rules: [{ match: { any: [{ resources: { kinds: [Deployment], names: [shop] } }] } }]",
                "yes",
            ),
            (
                "validationFailureAction: Enforce, rules: [{ match: { any: [{ resources: { kinds: [Deployment], names: [cart] } }] } }]",
                "no",
            ),
            (
                "validationFailureAction: Enforce, rules: [{ match: { any: [{ resources: { kinds: [Pod], names: [cart] } }] } }]",
                "open",
            ),
        ],
        policy,
    );
    let pods = "match: { any: [{ resources: { kinds: [Pod] } }] }";
    let operation = "{{ request.operation || 'BACKGROUND' }}";
    let rules = [
        (format!("{pods}, exclude: {{ any: [{{ resources: {{ namespaces: [prod] }} }}] }}"), "yes"),
        (format!("{pods}, exclude: {{ resources: {{ namespaces: [\"we*\"] }} }}"), "no"),
        // Only those of the pods are excluded that have both.
        (
            format!("{pods}, exclude: {{ all: [{{ resources: {{ namespaces: [web] }} }}, {{ resources: {{ kinds: [Job] }} }}] }}"),
            "yes",
        ),
        (
            format!("{pods}, exclude: {{ all: [{{ resources: {{ namespaces: [web] }} }}, {{ resources: {{ kinds: [Pod] }} }}] }}"),
            "no",
        ),
        // Its pods are excluded, itself not.
        (
            "match: { any: [{ resources: { kinds: [Pod, Deployment] } }] }, exclude: { any: [{ resources: { kinds: [Pod] } }] }"
                .to_owned(),
            "yes",
        ),
        (format!("{pods}, exclude: {{ any: [{{ subjects: [{{ kind: User, name: root }}] }}] }}"), "open"),
        (
            format!("{pods}, exclude: {{ any: [{{ resources: {{ namespaces: [web] }}, clusterRoles: [admin] }}] }}"),
            "open",
        ),
        (
            format!("{pods}, exclude: {{ any: [{{ resources: {{ namespaces: [prod] }}, clusterRoles: [admin] }}] }}"),
            "yes",
        ),
        (
            "match: { all: [{ resources: { kinds: [Pod] } }, { resources: { namespaces: [prod] } }] }".to_owned(),
            "no",
        ),
        (
            "match: { all: [{ resources: { kinds: [Pod] } }, { resources: { namespaces: [web] } }] }".to_owned(),
            "yes",
        ),
        (
            format!("{pods}, preconditions: {{ all: [{{ key: \"{operation}\", operator: NotEquals, value: DELETE }}] }}"),
            "yes",
        ),
        (
            format!("{pods}, preconditions: [{{ key: \"{operation}\", operator: In, value: [UPDATE, DELETE] }}]"),
            "no",
        ),
        (
            format!("{pods}, preconditions: {{ any: [{{ key: \"{operation}\", operator: AnyIn, value: [UPDATE, CREATE] }}, {{ key: \"{{{{ other }}}}\", operator: Equals, value: a }}] }}"),
            "yes",
        ),
        (
            format!("{pods}, preconditions: {{ all: [{{ key: \"{operation}\", operator: AnyIn, value: [UPDATE, CREATE] }}, {{ key: \"{{{{ other }}}}\", operator: Equals, value: a }}] }}"),
            "open",
        ),
        (
            format!("{pods}, preconditions: {{ all: [{{ key: \"{{{{ other }}}}\", operator: Equals, value: a }}, {{ key: \"{operation}\", operator: Equals, value: DELETE }}] }}"),
            "no",
        ),
        (
            format!("{pods}, preconditions: {{ all: [{{ key: \"{operation}\", operator: Resembles, value: a }}] }}"),
            "open",
        ),
        (format!("{pods}, celPreconditions: [{{ name: a, expression: \"true\" }}]"), "open"),
    ];
    for (rule, expected) in rules {
        let document = policy(&format!("validationFailureAction: Enforce, rules: [{{ {rule} }}]"));
        assert_eq!(governed(&[&document]), expected, "{document}");
    }
    // Each rule has its own targets, and its own say.
    let second = "match: { any: [{ resources: { kinds: [Service] } }] }, validate: { failureAction: Enforce }";
    let document = policy(&format!("rules: [{{ {pods} }}, {{ {second} }}]"));
    assert_eq!(governed(&[&document]), "reports");
    let own = |namespace: &str| {
        format!(
            "apiVersion: kyverno.io/v1\nkind: Policy\nmetadata: {{ name: p, namespace: {namespace} }}\nspec: {{ validationFailureAction: Enforce, rules: [{{ match: {{ any: [{{ resources: {{ kinds: [Pod] }} }}] }} }}] }}\n"
        )
    };
    assert_eq!((governed(&[&own("web")]), governed(&[&own("prod")])), ("yes", "no"));
}

#[test]
fn admission_policies_need_a_binding() {
    let policy = |spec: &str| {
        format!(
            "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {{ name: p }}\nspec: {{ matchConstraints: {{ {spec} }} }}\n"
        )
    };
    let binding = |spec: &str| {
        format!(
            "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\nmetadata: {{ name: b }}\nspec: {{ {spec} }}\n"
        )
    };
    let pods =
        policy("resourceRules: [{ apiGroups: [\"\"], apiVersions: [v1], operations: [CREATE], resources: [pods] }]");
    let deny = binding("policyName: p, validationActions: [Deny]");
    assert_eq!(governed(&[&pods]), "open");
    assert_eq!(governed(&[&pods, &deny]), "yes");
    assert_eq!(
        governed(&[&pods, &binding("policyName: other, validationActions: [Deny]")]),
        "open"
    );
    assert_eq!(
        governed(&[&pods, &binding("policyName: p, validationActions: [Audit, Warn]")]),
        "reports"
    );
    let narrow =
        "policyName: p, validationActions: [Deny], matchResources: { namespaceSelector: { matchLabels: { a: b } } }";
    assert_eq!(governed(&[&pods, &binding(narrow)]), "open");
    for (resources, expected) in [
        ("[deployments]", "yes"),
        ("[\"*\"]", "yes"),
        ("[services]", "no"),
        ("[pods/exec]", "no"),
        ("[statefulsets]", "no"),
    ] {
        let policy = policy(&format!("resourceRules: [{{ resources: {resources} }}]"));
        assert_eq!(governed(&[&policy, &deny]), expected, "{resources}");
    }
    for (selector, expected) in [("a: b", "no"), ("app: shop", "yes"), ("tier: front", "no")] {
        let selected =
            format!("resourceRules: [{{ resources: [pods] }}], objectSelector: {{ matchLabels: {{ {selector} }} }}");
        assert_eq!(governed(&[&policy(&selected), &deny]), expected, "{selector}");
    }
    let both =
        policy("resourceRules: [{ resources: [deployments, pods] }], objectSelector: { matchLabels: { tier: front } }");
    assert_eq!(governed(&[&both, &deny]), "yes");
    let narrowed = policy("resourceRules: [{ resources: [pods], resourceNames: [a] }]");
    assert_eq!(governed(&[&narrowed, &deny]), "open");
}

#[test]
fn namespaces_are_selected_by_their_labels() {
    let constraint = |selector: &str| {
        format!(
            "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: AllowedRepos\nmetadata: {{ name: c }}\nspec: {{ match: {{ namespaceSelector: {selector} }} }}\n"
        )
    };
    let web = "apiVersion: v1\nkind: Namespace\nmetadata: { name: web, labels: { guarded: \"yes\" } }\n";
    let expression = |key: &str, operator: &str, values: &str| {
        constraint(&format!(
            "{{ matchExpressions: [{{ key: {key}, operator: {operator}, values: {values} }}] }}"
        ))
    };
    let name = "kubernetes.io/metadata.name";
    // What is asked, without the namespace's own document, and with it.
    for (given, alone, with) in [
        (constraint("{}"), "yes", "yes"),
        (constraint("{ matchLabels: { guarded: \"yes\" } }"), "open", "yes"),
        (constraint("{ matchLabels: { guarded: \"no\" } }"), "open", "no"),
        (expression("guarded", "Exists", "[]"), "open", "yes"),
        (expression("exempt", "DoesNotExist", "[]"), "open", "yes"),
        (expression("guarded", "NotIn", "[a, \"yes\"]"), "open", "no"),
        (expression("absent", "NotIn", "[a]"), "open", "yes"),
        (expression(name, "NotIn", "[kube-system]"), "yes", "yes"),
        (expression(name, "In", "[other]"), "no", "no"),
        // Unknown operators are not guessed at.
        (expression("guarded", "Near", "[a]"), "open", "open"),
        (
            constraint(&format!("{{ matchLabels: {{ guarded: \"yes\", {name}: other }} }}")),
            "no",
            "no",
        ),
    ] {
        assert_eq!(governed(&[&given]), alone, "{given}");
        assert_eq!(governed(&[web, &given]), with, "with its labels: {given}");
    }
}

#[test]
fn what_no_cluster_admits_is_not_governed() {
    let everything = "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: Any\nmetadata: { name: c }\nspec: {}\n";
    let report = inspect(format!("{everything}---\nservices: {{ a: {{ image: x }} }}\n").as_bytes());
    assert!(report.workloads[0].declared.iter().all(|o| o != "Gk"));
    let assumed = beside(&[everything]).unknown;
    assert!(
        assumed.iter().any(|u| u.assumed && u.operators == ["Gk"]),
        "{assumed:?}"
    );
}
