//! Search over stacks and realizations, ranking and explanation
