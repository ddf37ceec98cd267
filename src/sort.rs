//! Sorting. std's sorts are compiled anew for each type, four kilobytes a time; here one does for all.

use std::cmp::Ordering;

/// Sorts and keeps the order of equals: the places are sorted, then the values change theirs.
pub(crate) fn sort_by<T>(values: &mut [T], order: impl Fn(&T, &T) -> Ordering) {
    let mut places = places(values.len(), &|a, b| order(&values[a], &values[b]));
    for start in 0..places.len() {
        let mut at = start;
        loop {
            let from = std::mem::replace(&mut places[at], at);
            if from == start {
                break;
            }
            values.swap(at, from);
            at = from;
        }
    }
}

/// Sorts and keeps the order of equals.
pub(crate) fn sort<T: Ord>(values: &mut [T]) {
    sort_by(values, T::cmp);
}

/// The numbers below `len` in this order.
pub(crate) fn places(len: usize, order: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..len).collect();
    places.sort_by(|&a, &b| order(a, b));
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_where_they_belong_and_equals_keep_their_order() {
        let mut state = 1u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 24
        };
        for len in 0..60 {
            let mut values: Vec<(u32, usize)> = (0..len).map(|at| (next() % 16, at)).collect();
            let mut other = values.clone();
            sort_by(&mut values, |a, b| a.0.cmp(&b.0));
            other.sort_by_key(|value| value.0);
            assert_eq!(values, other);
            sort_by(&mut values, |a, b| b.1.cmp(&a.1));
            sort(&mut values);
            assert_eq!(values, other);
        }
    }
}
