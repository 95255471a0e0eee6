//! The layers of a launch, checked: which there are, in which order, and that the embedded drivers can enter them so.

use stackwright_spec::launch::{Layer, LayerRequest};

use crate::error::DriveError;
use crate::protocol::Step;

/// The layers of one run, each with the symbol of its operator.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// As they were asked for, outermost first.
    pub(crate) layers: Vec<LayerRequest>,
}

impl Plan {
    /// Checks the layers of a launch.
    pub(crate) fn new(layers: &[LayerRequest]) -> Result<Self, DriveError> {
        let position = |wanted: fn(&Layer) -> bool| layers.iter().position(|request| wanted(&request.layer));
        for (index, request) in layers.iter().enumerate() {
            let again = layers
                .iter()
                .skip(index + 1)
                .find(|other| same_kind(&other.layer, &request.layer));
            if let Some(again) = again {
                return Err(unsupported(
                    format!(
                        "the layer {} is asked for again by {}",
                        request.operator, again.operator
                    ),
                    "ask for each kind of layer once: the embedded drivers do not nest them",
                ));
            }
        }
        match position(|layer| matches!(layer, Layer::Wasm)) {
            Some(wasm) if wasm + 1 == layers.len() => {}
            Some(_) => {
                return Err(unsupported(
                    "the language runtime is not the innermost layer".to_owned(),
                    "put the Wasm layer last: nothing can be between the engine and its module",
                ));
            }
            None => {
                return Err(unsupported(
                    "a WebAssembly module needs the language-runtime layer".to_owned(),
                    "add the Wasm layer as the last one",
                ));
            }
        }
        let container = position(|layer| matches!(layer, Layer::Container));
        let sandbox = position(|layer| matches!(layer, Layer::Sandbox));
        if let (Some(container), Some(sandbox)) = (container, sandbox)
            && sandbox < container
        {
            return Err(unsupported(
                "a sandbox around the container is not supported by the embedded drivers yet".to_owned(),
                "put the sandbox inside the container; a filter that encloses the container's set-up would have to \
                 let mounts and namespaces through",
            ));
        }
        Ok(Self {
            layers: layers.to_vec(),
        })
    }

    /// Whether there is a layer that this step enters.
    pub(crate) fn has(&self, step: Step) -> bool {
        self.operator(step).is_some()
    }

    /// Symbol of the operator of the layer that the step enters.
    pub(crate) fn operator(&self, step: Step) -> Option<&str> {
        let request = self
            .layers
            .iter()
            .find(|request| step_of(&request.layer) == Some(step))?;
        Some(&request.operator)
    }

    /// The digest that the image layer asks for.
    pub(crate) fn digest(&self) -> Option<&str> {
        self.layers.iter().find_map(|request| match &request.layer {
            Layer::Image { digest } => Some(digest.as_str()),
            _ => None,
        })
    }
}

/// The step that enters a layer; an image is checked before anything is entered.
pub(crate) fn step_of(layer: &Layer) -> Option<Step> {
    match layer {
        Layer::Image { .. } => None,
        Layer::Container => Some(Step::Container),
        Layer::Sandbox => Some(Step::Sandbox),
        Layer::Wasm => Some(Step::Wasm),
    }
}

fn same_kind(a: &Layer, b: &Layer) -> bool {
    step_of(a) == step_of(b)
}

fn unsupported(what: String, help: &str) -> DriveError {
    DriveError::Unsupported {
        what,
        help: help.to_owned(),
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
