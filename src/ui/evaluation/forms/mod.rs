//! What is asked on the page of evaluations: what to evaluate, where to save a report, and whether to delete one.

mod new;
mod remove;
mod save;

pub(super) use new::NewForm;
pub(super) use remove::RemoveForm;
pub(super) use save::SaveForm;
