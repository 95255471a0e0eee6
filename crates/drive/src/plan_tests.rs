use super::*;

fn plan(stack: &str) -> Result<Plan, DriveError> {
    let layer = |symbol: char| {
        let layer = match symbol {
            'I' => Layer::Image {
                digest: "sha256:0".to_owned(),
            },
            'C' => Layer::Container,
            'S' => Layer::Sandbox,
            _ => Layer::Wasm,
        };
        LayerRequest {
            operator: symbol.to_string(),
            layer,
        }
    };
    Plan::new(&stack.chars().map(layer).collect::<Vec<_>>())
}

#[test]
fn sensible_orders_are_taken() {
    for stack in ["W", "IW", "SW", "CW", "CSW", "ICSW", "CISW", "CSIW"] {
        assert!(plan(stack).is_ok(), "{stack}");
    }
    let plan = plan("ICSW").unwrap();
    assert_eq!(plan.operator(Step::Sandbox), Some("S"));
    assert_eq!(plan.digest(), Some("sha256:0"));
}

#[test]
fn others_are_refused_with_advice() {
    for stack in ["", "C", "WS", "SCW", "CCW", "SSW", "WW", "IIW"] {
        let error = plan(stack).unwrap_err();
        assert_eq!(error.code(), "drive::unsupported", "{stack}");
        assert!(error.help().is_some());
    }
}
