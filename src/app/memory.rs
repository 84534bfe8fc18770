//! How much of the machine's memory open pictures may fill.

/// The share of the memory that pixels may fill.
const SHARE: u64 = 8;
/// Bounds of the budget in bytes: what two of the largest pictures take, and what no strip of pictures needs more of.
const LEAST: u64 = 384 << 20;
const MOST: u64 = 4 << 30;

/// The budget for pixels in bytes; none where the system does not say how much memory there is.
pub fn pixel_budget() -> Option<usize> {
    let about = std::fs::read_to_string("/proc/meminfo").ok()?;
    budget_of(total_kilobytes(&about)? << 10)
}

fn total_kilobytes(about: &str) -> Option<u64> {
    let line = about.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn budget_of(total_bytes: u64) -> Option<usize> {
    usize::try_from((total_bytes / SHARE).clamp(LEAST, MOST)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_share_of_the_memory_within_bounds() {
        assert_eq!(total_kilobytes("MemTotal:       16384000 kB\nMemFree: 1 kB\n"), Some(16_384_000));
        assert_eq!(total_kilobytes("nothing"), None);
        let budgets = [1 << 30, 16 << 30, 1 << 40].map(|bytes| budget_of(bytes).unwrap());
        assert_eq!(budgets, [384 << 20, 2 << 30, 4 << 30]);
    }
}
