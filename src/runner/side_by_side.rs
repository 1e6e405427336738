//! Work on several threads, its results in order. Knows no document.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Does `work` for each index, at most `at_once` at a time, each on one thread; results in order.
pub(super) fn side_by_side<T: Send>(
    count: usize,
    at_once: usize,
    work: &(dyn Fn(usize) -> Option<T> + Sync),
) -> Vec<T> {
    let workers = at_once.clamp(1, count.max(1));
    if workers == 1 {
        return (0..count).filter_map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let worker = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                return;
            }
            let result = work(index);
            done.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((index, result));
        }
    };
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(worker);
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().filter_map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_however_many_work() {
        for at_once in [0, 1, 2, 7, 100] {
            let squares = side_by_side(20, at_once, &|index| (index != 3).then_some(index * index));
            let expected: Vec<_> = (0..20).filter(|n| *n != 3).map(|n| n * n).collect();
            assert_eq!(squares, expected, "{at_once}");
        }
        assert_eq!(side_by_side(0, 4, &Some), Vec::<usize>::new());
    }
}
