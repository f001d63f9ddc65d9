//! Whether two sets of times differ.

/// The probability that samples of one and the same distribution differ as much as these, by the ranks
/// of their values (Mann-Whitney U test, two-sided, in its normal approximation with ties).
pub(crate) fn mann_whitney(one: &[f64], other: &[f64]) -> f64 {
    let mut all: Vec<_> = one.iter().map(|value| (*value, true)).collect();
    all.extend(other.iter().map(|value| (*value, false)));
    all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let (mut ranks, mut ties, mut before) = (0.0, 0.0, 0.0);
    for equal in all.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let count = equal.len() as f64;
        let rank = before + f64::midpoint(count, 1.0);
        ranks += rank * equal.iter().filter(|(_, first)| *first).count() as f64;
        ties += count.powi(3) - count;
        before += count;
    }
    let (n, m) = (one.len() as f64, other.len() as f64);
    let u = ranks - n * (n + 1.0) / 2.0;
    let spread = n * m / 12.0 * (n + m + 1.0 - ties / ((n + m) * (n + m - 1.0)));
    let z = ((u - n * m / 2.0).abs() - 0.5).max(0.0) / spread.sqrt();
    complementary_error(z / std::f64::consts::SQRT_2)
}

/// `erfc` for arguments from 0 on (Abramowitz and Stegun, 7.1.26: to 1.5e-7).
fn complementary_error(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let terms = [0.254_829_592, -0.284_496_736, 1.421_413_741, -1.453_152_027, 1.061_405_429];
    terms.iter().rev().fold(0.0, |sum, term| (sum + term) * t) * (-x * x).exp()
}

/// The middle one.
pub(crate) fn median(times: &[f64]) -> f64 {
    let mut times = times.to_vec();
    times.sort_unstable_by(f64::total_cmp);
    times[times.len() / 2]
}
