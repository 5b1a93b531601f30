//! Places gathered into groups: k-means twice, and the silhouette to choose how many.

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

use super::{GROUP_VOTERS_MIN, GROUPS_MAX};

/// The most points that the second k-means works on.
const POINTS_MAX: usize = 100;
/// The most rounds of one k-means.
const ROUNDS_MAX: usize = 50;
/// How often groups are looked for from other starts; the tightest are kept.
const STARTS: u8 = 10;

type Point = [f64; 2];

/// The square of a distance.
fn apart([ax, ay]: Point, [bx, by]: Point) -> f64 {
    (ax - bx) * (ax - bx) + (ay - by) * (ay - by)
}

/// The nearest of these, the first of those equally near, and the square of its distance.
fn nearest(point: Point, centers: &[Point]) -> (usize, f64) {
    let mut best = (0, f64::INFINITY);
    for (at, center) in centers.iter().enumerate() {
        let apart = apart(point, *center);
        if apart < best.1 {
            best = (at, apart);
        }
    }
    best
}

/// Starts far apart: each next one is drawn with a chance that grows with the square of its
/// distance from those drawn (Arthur, Vassilvitskii: *k-means++*, 2007). Fewer than `k` where
/// there are fewer distinct points.
fn starts(points: &[(Point, f64)], k: usize, rng: &mut ChaCha20Rng) -> Vec<Point> {
    let mut centers: Vec<Point> = Vec::with_capacity(k);
    while centers.len() < k {
        let chance = |(point, weight): &(Point, f64)| match centers.is_empty() {
            true => *weight,
            false => weight * nearest(*point, &centers).1,
        };
        let total = points.iter().fold(0.0, |sum, point| sum + chance(point));
        if total <= 0.0 {
            break;
        }
        let drawn = f64::from(rng.next_u32()) / 4_294_967_296.0 * total;
        let mut sum = 0.0;
        let mut last = None;
        for point in points {
            let chance = chance(point);
            sum += chance;
            if chance > 0.0 {
                last = Some(point.0);
                if sum > drawn {
                    break;
                }
            }
        }
        let Some(center) = last else { break };
        centers.push(center);
    }
    centers
}

/// Which center each point goes to, and how far they are apart in all.
fn k_means(points: &[(Point, f64)], k: usize, rng: &mut ChaCha20Rng) -> (Vec<usize>, f64) {
    let mut centers = starts(points, k, rng);
    let mut of = vec![0; points.len()];
    for round in 0..ROUNDS_MAX {
        let next: Vec<usize> =
            points.iter().map(|(point, _)| nearest(*point, &centers).0).collect();
        if round > 0 && next == of {
            break;
        }
        of = next;
        let mut sums = vec![([0.0, 0.0], 0.0); centers.len()];
        for ((point, weight), at) in points.iter().zip(&of) {
            if let Some((sum, total)) = sums.get_mut(*at) {
                let ([x, y], [px, py]) = (*sum, *point);
                *sum = [x + px * weight, y + py * weight];
                *total += weight;
            }
        }
        for (center, ([x, y], total)) in centers.iter_mut().zip(sums) {
            if total > 0.0 {
                *center = [x / total, y / total];
            }
        }
    }
    let spread = points.iter().fold(0.0, |sum, (point, w)| sum + w * nearest(*point, &centers).1);
    (of, spread)
}

/// How well groups are apart (Rousseeuw: *Silhouettes*, 1987), each point counted by its weight.
fn silhouette(points: &[(Point, f64)], of: &[usize], k: usize) -> f64 {
    let mut sizes = vec![0.0; k];
    for ((_, weight), group) in points.iter().zip(of) {
        if let Some(size) = sizes.get_mut(*group) {
            *size += weight;
        }
    }
    let (mut total, mut voters) = (0.0, 0.0);
    for ((point, weight), own) in points.iter().zip(of) {
        let mut sums = vec![0.0; k];
        for ((other, weight), group) in points.iter().zip(of) {
            if let Some(sum) = sums.get_mut(*group) {
                *sum += weight * apart(*point, *other).sqrt();
            }
        }
        voters += weight;
        let size = sizes.get(*own).copied().unwrap_or(0.0);
        if size <= 1.0 {
            continue;
        }
        let inside = sums.get(*own).copied().unwrap_or(0.0) / (size - 1.0);
        let outside = sums
            .iter()
            .zip(&sizes)
            .enumerate()
            .filter(|(group, (_, size))| group != own && **size > 0.0)
            .fold(f64::INFINITY, |least, (_, (sum, size))| least.min(sum / size));
        let most = inside.max(outside);
        if most > 0.0 && most.is_finite() {
            total += weight * (outside - inside) / most;
        }
    }
    if voters > 0.0 { total / voters } else { 0.0 }
}

/// The group of each place, the largest group first, and how well they are apart.
pub(super) fn groups(places: &[Point]) -> (Vec<usize>, Option<f64>) {
    let voters: Vec<(Point, f64)> = places.iter().map(|place| (*place, 1.0)).collect();
    let mut rng = ChaCha20Rng::from_seed([3; 32]);
    let (base, _) = k_means(&voters, POINTS_MAX, &mut rng);
    let points = gathered(places, &base);
    let mut best: Option<(Vec<usize>, f64)> = None;
    for k in 2..=GROUPS_MAX.min(2 + places.len() / 12).min(places.len() / GROUP_VOTERS_MIN) {
        let mut tightest: Option<(Vec<usize>, f64)> = None;
        for start in 0..STARTS {
            let mut rng = ChaCha20Rng::from_seed([16 + start; 32]);
            let (of, spread) = k_means(&points, k, &mut rng);
            if tightest.as_ref().is_none_or(|(_, least)| spread < *least) {
                tightest = Some((of, spread));
            }
        }
        let Some((of, _)) = tightest else { continue };
        if (0..k).any(|group| !of.contains(&group)) {
            continue;
        }
        let silhouette = silhouette(&points, &of, k);
        if best.as_ref().is_none_or(|(_, most)| silhouette > *most) {
            best = Some((of, silhouette));
        }
    }
    let Some((of, silhouette)) = best else { return (vec![0; places.len()], None) };
    let of: Vec<usize> = base.iter().map(|point| of.get(*point).copied().unwrap_or(0)).collect();
    (largest_first(&of), Some(silhouette))
}

/// The mean of each base cluster, and how many voters it stands for. Empty ones weigh nothing.
fn gathered(places: &[Point], base: &[usize]) -> Vec<(Point, f64)> {
    let points = base.iter().max().map_or(0, |last| last + 1);
    let mut sums = vec![([0.0, 0.0], 0.0); points];
    for ([x, y], at) in places.iter().zip(base) {
        if let Some(([sx, sy], count)) = sums.get_mut(*at) {
            *sx += x;
            *sy += y;
            *count += 1.0;
        }
    }
    let mean = |([x, y], count): (Point, f64)| match count > 0.0 {
        true => ([x / count, y / count], count),
        false => ([0.0, 0.0], 0.0),
    };
    sums.into_iter().map(mean).collect()
}

/// Numbers the groups by size, the largest first, then by their first voter.
fn largest_first(of: &[usize]) -> Vec<usize> {
    let groups = of.iter().max().map_or(0, |last| last + 1);
    let mut order: Vec<(std::cmp::Reverse<usize>, usize, usize)> = (0..groups)
        .map(|group| {
            let size = of.iter().filter(|one| **one == group).count();
            let first = of.iter().position(|one| *one == group).unwrap_or(usize::MAX);
            (std::cmp::Reverse(size), first, group)
        })
        .collect();
    order.sort_unstable();
    let mut number = vec![0; groups];
    for (new, (_, _, old)) in order.iter().enumerate() {
        if let Some(slot) = number.get_mut(*old) {
            *slot = new;
        }
    }
    of.iter().map(|old| number.get(*old).copied().unwrap_or(0)).collect()
}
