//! Work on a list by several threads, the results in the list's order.

use std::cell::OnceCell;
use std::num::NonZero;
use std::thread;

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::error::ModelError;

/// How many threads this machine runs at once.
pub(crate) fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

thread_local!(static TEAM: OnceCell<Option<ThreadPool>> = const { OnceCell::new() });

/// Makes this thread one of a team that shares its products and sums for as long as it lives. A thread that is in none
/// sleeps through each piece of shared work and is woken after it, hundreds of times a token. What cannot be had is gone
/// without: the work is shared all the same.
pub fn join_team() {
    TEAM.with(|team| {
        team.get_or_init(|| ThreadPoolBuilder::new().num_threads(cores()).use_current_thread().build().ok());
    });
}

/// Cuts `items` into as many runs as there are `threads`, lets `work` make one result of each item of a run, and joins
/// the results. The first failure is the whole's.
pub(crate) fn in_threads<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    work: impl Fn(&[T]) -> Result<Vec<R>, ModelError> + Sync,
) -> Result<Vec<R>, ModelError> {
    let run = items.len().div_ceil(threads.max(1)).max(1);
    if run >= items.len() {
        return work(items);
    }
    let runs: Vec<Result<Vec<R>, ModelError>> = thread::scope(|scope| {
        let started: Vec<_> = items.chunks(run).map(|run| scope.spawn(|| work(run))).collect();
        // A panic goes on in this thread, as if the work had been done here.
        started
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    let mut results = Vec::with_capacity(items.len());
    for run in runs {
        results.extend(run?);
    }
    Ok(results)
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::*;

    #[test]
    fn a_thread_joins_once_and_works_on() {
        let sum = || {
            join_team();
            join_team();
            (0..1000u64).into_par_iter().sum::<u64>()
        };
        assert_eq!(thread::scope(|scope| scope.spawn(sum).join().unwrap()), 499_500);
    }

    #[test]
    fn results_stand_in_the_order_of_the_items() {
        let items: Vec<usize> = (0..23).collect();
        for threads in [0, 1, 2, 7, 50] {
            let doubled = in_threads(&items, threads, |run| Ok(run.iter().map(|i| 2 * i).collect())).unwrap();
            assert_eq!(doubled, (0..23).map(|i| 2 * i).collect::<Vec<_>>());
        }
        assert!(in_threads(&items, 3, |_| Err::<Vec<()>, _>(ModelError::Cancelled)).is_err());
        assert!(in_threads(&[] as &[usize], 3, |run| Ok(run.to_vec())).unwrap().is_empty());
    }
}
