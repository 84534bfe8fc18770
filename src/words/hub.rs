//! Models as files, in words: sizes, how it stands with them, and how they fit.

use super::{bytes, duration};
use crate::{
    hub::{Fit, Keeper, Pulling, TokenFrom, Verdict},
    model::Purpose,
    state::Standing,
};

/// What a model does.
pub fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Locate => "says where",
        Purpose::Segment => "segmenter",
        Purpose::Embed => "makes vectors",
        Purpose::Words => "words alone",
    }
}

/// Whose a model is.
pub fn keeper(keeper: Keeper) -> &'static str {
    match keeper {
        Keeper::Own => "kept by this program",
        Keeper::HubCache => "in the hub's cache, used in place",
        Keeper::LmStudio => "LM Studio's, used in place",
        Keeper::Ollama => "Ollama's, used in place",
    }
}

/// By which token the hub knows who asks.
pub fn token(from: Option<TokenFrom>) -> &'static str {
    match from {
        Some(TokenFrom::Variable) => {
            "HF_TOKEN is set and goes first; a token that is kept here is used where it is not set."
        }
        Some(TokenFrom::Kept) => "A token is kept for it; another takes its place.",
        Some(TokenFrom::Login) => "Until one is given here, it is shown the one that the hub's own tool keeps.",
        None => "None is known.",
    }
}

/// How it stands with a model, in a line.
pub fn standing(standing: &Standing) -> String {
    match standing {
        Standing::Absent => "not on this machine".to_owned(),
        Standing::Queued => "queued".to_owned(),
        Standing::Paused => "paused; what has come is kept".to_owned(),
        Standing::Ready => "ready".to_owned(),
        Standing::Sound => "ready; every file is as it was published".to_owned(),
        Standing::Damaged(files) => format!("damaged: {}; remove it and fetch it again", files.join(", ")),
        Standing::Failed(failure) => format!("failed: {failure}"),
        Standing::Underway(underway) => {
            let progress = underway.progress;
            let (done, all) = (bytes(progress.done), bytes(progress.all));
            match progress.stage {
                Pulling::Asking => "asking the hub".to_owned(),
                Pulling::Verifying => format!("verifying, {done} of {all}"),
                Pulling::Fetching if underway.bytes_a_second == Some(0.0) => {
                    format!(
                        "nothing comes at the moment, {done} of {all} are here; it waits for the connection and tries again"
                    )
                }
                Pulling::Fetching | Pulling::Copying => {
                    let doing = if progress.stage == Pulling::Copying { "copying" } else { "downloading" };
                    let rate = underway.bytes_a_second.map(|rate| format!(", {} a second", bytes(rate as u64)));
                    let left = underway.seconds_left.map(|seconds| format!(", {} left", duration(seconds)));
                    format!("{doing}, {done} of {all}{}{}", rate.unwrap_or_default(), left.unwrap_or_default())
                }
            }
        }
    }
}

/// The same in a word or two.
pub fn standing_in_short(standing: &Standing) -> String {
    match standing {
        Standing::Absent => String::new(),
        Standing::Queued => "queued".to_owned(),
        Standing::Paused => "paused".to_owned(),
        Standing::Ready | Standing::Sound => "ready".to_owned(),
        Standing::Damaged(_) => "damaged".to_owned(),
        Standing::Failed(_) => "failed".to_owned(),
        Standing::Underway(underway) => {
            let progress = underway.progress;
            let percent = (100.0 * progress.done as f64 / progress.all.max(1) as f64).floor();
            match progress.stage {
                Pulling::Asking => "asking".to_owned(),
                Pulling::Fetching | Pulling::Copying => format!("{percent:.0} %"),
                Pulling::Verifying => format!("verifying, {percent:.0} %"),
            }
        }
    }
}

/// How a model fits, in a word or two.
pub fn fit_in_short(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Fits => "fits",
        Verdict::Tight => "tight",
        Verdict::TooLarge => "too large",
        Verdict::Unknown => "not known",
    }
}

/// How a model fits into a device, with the numbers and what to do.
pub fn fit(fit: &Fit) -> String {
    let device = &fit.memory.name;
    let Some(needs) = fit.needs else {
        return format!("{device}: how much memory it takes is not known before it is here");
    };
    let takes = bytes(needs.total());
    let free = fit.memory.free.map(bytes).unwrap_or_default();
    let all = fit.memory.all.map(bytes).unwrap_or_default();
    match fit.verdict {
        Verdict::Fits => format!("{device}: fits, about {takes} of {free} free"),
        Verdict::Tight => {
            format!(
                "{device}: tight, about {takes} and {free} are free of {all}; close other programs or take a packed model"
            )
        }
        Verdict::TooLarge => {
            format!(
                "{device}: too large, about {takes} of {all}; take a smaller or a packed (GGUF) model, or another device"
            )
        }
        Verdict::Unknown => format!("{device}: takes about {takes}; how much memory it has is not known"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        hub::{DeviceMemory, Progress},
        model::{ComputeKind, Needs},
        worker::HubProgress,
    };

    #[test]
    fn how_far_a_download_is_has_rate_and_time_left() {
        let progress = Progress { stage: Pulling::Fetching, done: 1_200_000_000, all: 5_500_000_000 };
        let underway = HubProgress { progress, bytes_a_second: Some(12e6), seconds_left: Some(358.0) };
        let said = standing(&Standing::Underway(underway));
        assert_eq!(said, "downloading, 1.2 GB of 5.5 GB, 12 MB a second, 6 min left");
        assert_eq!(standing_in_short(&Standing::Underway(underway)), "21 %");
        let silent = Standing::Underway(HubProgress { bytes_a_second: Some(0.0), seconds_left: None, ..underway });
        assert_eq!(
            standing(&silent),
            "nothing comes at the moment, 1.2 GB of 5.5 GB are here; it waits for the connection and tries again"
        );
    }

    #[test]
    fn a_fit_says_its_numbers_and_what_to_do() {
        let needs = Some(Needs { weights: 5 << 30, cache: 1 << 30, activations: 1 << 30 });
        let memory = |all: u64, free: u64| DeviceMemory {
            name: "CPU".to_owned(),
            kind: ComputeKind::Cpu,
            all: Some(all << 30),
            free: Some(free << 30),
        };
        let said = |all, free| fit(&Fit::of(needs, &memory(all, free)));
        assert_eq!(said(16, 10), "CPU: fits, about 7.5 GB of 11 GB free");
        assert!(said(16, 4).contains("tight") && said(16, 4).contains("close other programs"));
        assert!(said(4, 4).contains("too large") && said(4, 4).contains("packed"));
    }
}
