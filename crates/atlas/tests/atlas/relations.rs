//! Paths, needs, what stands inside, and the documents' layers beside the algebra.

use stackwright_atlas::relations::Placement;
use stackwright_atlas::{draw, mindmap};
use stackwright_catalog::model::RelationKind;
use stackwright_text::Language;

use crate::atlas;
use crate::documents::documents;

#[test]
fn a_path_is_a_shortest_one() {
    let atlas = atlas();
    let path = atlas.path("virtualization", "policy-engine", &[]).unwrap().unwrap();
    assert_eq!(path.len(), 1, "{path:?}");
    let over = |kind| atlas.path("虚拟化", "策略引擎", &[kind]).unwrap();
    let tree = over(RelationKind::Contains).unwrap();
    assert_eq!(tree.len(), 5);
    assert!(tree.windows(2).all(|w| w[0].to == w[1].from));
    assert!(over(RelationKind::DependsOn).is_none());
    let itself = atlas.path("webassembly", "WebAssembly", &[]).unwrap_err();
    assert_eq!(itself.code(), "atlas::itself");
    assert!(
        atlas
            .path("virtualisation", "hardware", &[])
            .unwrap_err()
            .help()
            .unwrap()
            .contains("`virtualization`")
    );
}

#[test]
fn a_mesh_needs_an_orchestrator() {
    let atlas = atlas();
    let needs = atlas.needs("service-mesh").unwrap();
    assert_eq!(needs.documents[0].to, "container-orchestration");
    assert!(
        needs
            .technologies
            .iter()
            .any(|t| t.id == "istio" && !t.prerequisites.is_empty())
    );
}

#[test]
fn documents_and_algebra_on_what_runs_in_a_sandbox() {
    let atlas = atlas();
    let inside = atlas.inside("sandboxing").unwrap();
    assert_eq!(inside.documents, ["webassembly", "service-mesh", "policy-engine"]);
    let of = |id: &str| inside.algebra.iter().find(|c| c.concept == id).unwrap();
    assert!(of("webassembly").said && of("webassembly").can);
    assert!(of("service-mesh").said && !of("service-mesh").can);
    assert!(!of("containerization").said && of("containerization").can);
}

#[test]
fn the_algebra_disagrees_where_layers_are_not_nested() {
    let atlas = atlas();
    assert_eq!(atlas.placed("W", "C").placement, Placement::Refused);
    assert_eq!(atlas.placed("S", "W").placement, Placement::Inside);
    assert_eq!(atlas.placed("C", "S").placement, Placement::Either);
    assert_eq!(atlas.placed("C", "M").placement, Placement::Beside);
    assert_eq!(atlas.placed("C", "Ns").placement, Placement::Absorbed);
    let layering = atlas.layering();
    let disagree: Vec<_> = layering
        .iter()
        .filter(|l| !l.agrees)
        .map(|l| (l.outer, l.inner))
        .collect();
    assert_eq!(
        disagree,
        [("webassembly", "service-mesh"), ("service-mesh", "policy-engine")]
    );
}

/// The lines of a fenced block that begins with this line, without blank ones.
fn fenced(text: &str, first: &str) -> Vec<String> {
    let lines = text
        .lines()
        .skip_while(|l| *l != first)
        .take_while(|l| !l.starts_with("```"));
    lines.filter(|l| !l.is_empty()).map(str::to_owned).collect()
}

#[test]
fn maps_are_those_of_the_document() {
    let Some(documents) = documents() else { return };
    let atlas = atlas();
    let glossary = atlas.glossary(Language::Zh);
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(
        lines(&mindmap::concepts_mermaid(&atlas, &glossary)),
        fenced(&documents[0].1, "mindmap")
    );
    assert_eq!(
        lines(&mindmap::selection_mermaid(&atlas, &glossary)),
        fenced(&documents[0].1, "graph TB")
    );
}

#[test]
fn pictures_show_every_node_and_edge() {
    let atlas = atlas();
    let glossary = atlas.glossary(Language::En);
    for kind in RelationKind::ALL {
        let relations = atlas.relations(&[kind]);
        let svg = draw::svg(&relations, &glossary);
        assert_eq!(svg.matches("<g><title>").count(), relations.len(), "{}", kind.name());
        assert_eq!(
            draw::dot(&relations, &glossary).matches(" -> ").count(),
            relations.len()
        );
        assert_eq!(
            draw::mermaid(&relations, &glossary)
                .lines()
                .filter(|l| l.contains("--"))
                .count(),
            relations.len()
        );
    }
    let map = mindmap::concepts_svg(&atlas, &glossary);
    assert_eq!(map.matches("<rect x=").count(), 1 + 6 + 30);
}
