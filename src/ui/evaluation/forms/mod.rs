//! What is asked on the page of evaluations: what to evaluate, and whether to delete one.

mod asked;
mod new;
mod remove;

pub(super) use new::NewForm;
pub(super) use remove::RemoveForm;
