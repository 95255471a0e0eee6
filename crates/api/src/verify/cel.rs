//! Policies in CEL: those of the API server itself, and Kyverno's and Kubewarden's, which are written in the same way.

use std::sync::Arc;

use ::cel::{Context, Env, Program, Value as Outcome};
use serde_json::Value;

/// What must be true of an object, in order.
pub(super) struct Validations {
    environment: Arc<Env>,
    variables: Vec<(String, Program)>,
    rules: Vec<(Program, String)>,
    /// Whether what cannot be evaluated is refused.
    strict: bool,
}

/// The validations of a policy, if it has any in this language.
///
/// # Errors
///
/// An expression is wrong.
pub(super) fn compile(document: &Value) -> Option<Result<Validations, String>> {
    let list = |path: &str| document.pointer(path).and_then(Value::as_array).into_iter().flatten();
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    // Kubewarden has them among the settings of a module.
    let places = ["/spec", "/spec/settings"];
    let place = places
        .into_iter()
        .find(|p| document.pointer(&format!("{p}/validations/0/expression")).is_some())?;
    let environment = Arc::new(Env::stdlib().with_optional_support(true));
    let program = |source: &str| environment.compile(source).map_err(|e| format!("`{source}`: {e}"));
    let compiled = || {
        let mut variables = Vec::new();
        for variable in list(&format!("{place}/variables")) {
            variables.push((text(variable, "name"), program(&text(variable, "expression"))?));
        }
        let mut rules = Vec::new();
        for rule in list(&format!("{place}/validations")) {
            let expression = text(rule, "expression");
            let message = text(rule, "message");
            rules.push((
                program(&expression)?,
                if message.is_empty() { expression } else { message },
            ));
        }
        Ok(Validations {
            environment: environment.clone(),
            variables,
            rules,
            strict: text(document.get("spec").unwrap_or(&Value::Null), "failurePolicy") != "Ignore",
        })
    };
    Some(compiled())
}

impl Validations {
    /// The messages of the rules that an object breaks.
    ///
    /// # Errors
    ///
    /// A rule cannot be evaluated, and the policy does not refuse what it cannot judge.
    pub(super) fn violations(&self, object: &Value) -> Result<Vec<String>, String> {
        let mut context = Context::with_env(self.environment.clone());
        context
            .add_variable("object", object.clone())
            .map_err(|e| e.to_string())?;
        let mut variables = std::collections::HashMap::new();
        for (name, program) in &self.variables {
            // One that cannot be evaluated only matters to rules that use it.
            if let Ok(value) = program.execute(&context) {
                variables.insert(name.clone(), value);
                context.add_variable_from_value("variables", variables.clone());
            }
        }
        let mut found = Vec::new();
        for (program, message) in &self.rules {
            match program.execute(&context) {
                Ok(Outcome::Bool(true)) => {}
                Ok(Outcome::Bool(false)) => found.push(message.clone()),
                Ok(_) => return Err(format!("a rule gives no truth value: {message}")),
                Err(error) if self.strict => found.push(format!("{message} ({error})")),
                Err(error) => return Err(error.to_string()),
            }
        }
        Ok(found)
    }
}
