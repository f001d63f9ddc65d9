//! The rules, hash by hash.

use super::*;

const HASH: Duration = Duration::from_millis(20);

/// Two threads, ten places, 100 KiB.
fn queue() -> Queue<&'static str> {
    Queue::new(2, 10, 100)
}

fn need(urgency: Urgency) -> Need {
    Need { urgency, time: HASH, beside: Beside::default(), extra_kib: 0 }
}

fn person(within: Duration) -> Need {
    need(Urgency::Person(Some(Instant::now() + within)))
}

fn patient() -> Need {
    need(Urgency::Person(None))
}

fn large(extra_kib: u32) -> Need {
    Need { extra_kib, ..patient() }
}

impl Queue<&'static str> {
    fn add(&mut self, need: Need, job: &'static str) -> Result<Ticket, Duration> {
        let ticket = self.reserve(need, Instant::now())?;
        self.enter(ticket, need.time, need.extra_kib, job);
        Ok(ticket)
    }

    fn run(&mut self) -> (Ticket, &'static str) {
        match self.next(Instant::now()) {
            Next::Run(ticket, job) => (ticket, job),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_cannot_be_served_in_time_is_told_when_it_would_be() {
    let mut queue = queue();
    for _ in 0..2 {
        queue.add(patient(), "first").unwrap();
        queue.run();
    }
    for _ in 0..4 {
        queue.add(patient(), "waiting").unwrap();
    }
    // Two at work and four that wait, on two threads: done after three hashes, and one's own.
    assert_eq!(queue.add(person(HASH * 79 / 20), "hurried"), Err(HASH * 4));
    assert!(queue.add(person(HASH * 4), "in time").is_ok());
}

#[tokio::test(start_paused = true)]
async fn an_idle_thread_is_given_even_to_who_seems_to_come_late() {
    let mut queue = queue();
    let ticket = queue.add(person(HASH / 2), "first").unwrap();
    assert_eq!(queue.run(), (ticket, "first"));
    queue.add(person(HASH / 2), "second").unwrap();
    queue.run();
    assert_eq!(queue.add(person(HASH / 2), "third"), Err(HASH * 2));
    queue.done(ticket);
    assert!(queue.add(person(HASH / 2), "fourth").is_ok());
}

#[tokio::test(start_paused = true)]
async fn places_are_bounded_however_patient_callers_are() {
    let mut queue = queue();
    for _ in 0..10 {
        queue.add(patient(), "waiting").unwrap();
    }
    assert_eq!(queue.add(patient(), "one more"), Err(HASH * 6));
    queue.run();
    queue.add(patient(), "one more").unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_hangs_up_leaves_place_and_time_to_others() {
    let mut queue = queue();
    let tickets: Vec<_> = (0..10).map(|_| queue.add(patient(), "gone").unwrap()).collect();
    for ticket in tickets {
        assert!(queue.cancel(ticket));
    }
    queue.add(patient(), "first").unwrap();
    queue.add(patient(), "second").unwrap();
    assert_eq!((queue.run().1, queue.run().1), ("first", "second"));
    assert_eq!(queue.next(Instant::now()), Next::Rest);
    assert_eq!(queue.add(person(Duration::ZERO), "third"), Err(HASH * 2));
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_passes_in_the_queue_begins_no_hash() {
    let mut queue = queue();
    let late = queue.add(person(HASH), "late").unwrap();
    queue.add(person(HASH * 3), "in time").unwrap();
    tokio::time::advance(HASH).await;
    assert_eq!(queue.next(Instant::now()), Next::Late("late"));
    let (ticket, job) = queue.run();
    assert_eq!(job, "in time");
    queue.done(ticket);
    assert_eq!((queue.ahead, queue.running.len()), (Duration::ZERO, 0));
    assert!(queue.cancel(late), "it got no hash");
    assert!(!queue.cancel(ticket) && !queue.cancel(late));
}

#[tokio::test(start_paused = true)]
async fn what_is_done_around_a_hash_takes_its_time_too() {
    let mut queue = queue();
    let beside = Beside { before: HASH, after: HASH * 2 };
    let hurried = |within| Need { beside, ..person(within) };
    for _ in 0..2 {
        queue.add(patient(), "first").unwrap();
        queue.run();
    }
    // Behind one hash on each thread.
    assert_eq!(queue.add(hurried(HASH * 49 / 10), "hurried"), Err(HASH * 5));
    queue.add(hurried(HASH * 5), "in time").unwrap();
    queue.add(patient(), "patient").unwrap();
    // A hash and what comes after it would take too long now.
    tokio::time::advance(HASH * 21 / 10).await;
    assert_eq!(queue.next(Instant::now()), Next::Late("in time"));
    assert_eq!(queue.run().1, "patient");
}

#[tokio::test(start_paused = true)]
async fn who_has_a_place_keeps_it_before_those_who_come_later() {
    let mut queue = queue();
    let first = queue.reserve(patient(), Instant::now()).unwrap();
    let later: Vec<_> = (0..9).map(|_| queue.add(patient(), "later").unwrap()).collect();
    // All places are taken, and their hashes counted, whether they may begin or not.
    assert_eq!(queue.add(patient(), "too many"), Err(HASH * 6));
    queue.enter(first, HASH * 3, 0, "first");
    assert_eq!((queue.run(), queue.ahead), ((first, "first"), HASH * 12));
    queue.done(first);
    let given_up = queue.reserve(patient(), Instant::now()).unwrap();
    assert!(later.into_iter().chain([given_up]).all(|ticket| queue.cancel(ticket)));
    queue.enter(given_up, HASH, 0, "given up");
    assert_eq!((queue.next(Instant::now()), queue.ahead), (Next::Rest, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn imports_wait_for_people_and_are_not_forgotten() {
    let mut queue = queue();
    for _ in 0..3 {
        queue.add(need(Urgency::Import), "import").unwrap();
    }
    let mut order = Vec::new();
    for _ in 0..20 {
        queue.add(patient(), "person").unwrap();
        let (ticket, job) = queue.run();
        queue.done(ticket);
        order.push(job);
    }
    let imports: Vec<_> = (0..20).filter(|turn| order[*turn] == "import").collect();
    assert_eq!(imports, [7, 15]);
}

#[tokio::test(start_paused = true)]
async fn what_can_be_spared_waits_for_nobody() {
    let mut queue = queue();
    let (first, _) = (queue.add(patient(), "person").unwrap(), queue.run());
    queue.add(need(Urgency::Spare), "renewal").unwrap();
    assert!(queue.add(need(Urgency::Spare), "one waits").is_err());
    assert_eq!(queue.run().1, "renewal");
    assert!(queue.add(need(Urgency::Spare), "all work").is_err());
    queue.done(first);
    assert!(queue.add(need(Urgency::Spare), "one rests").is_ok());
}

#[tokio::test(start_paused = true)]
async fn memory_beside_the_blocks_is_bounded_and_nobody_is_kept_from_it() {
    let mut queue = queue();
    queue.add(large(60), "first").unwrap();
    queue.add(large(70), "second").unwrap();
    queue.add(large(10), "third").unwrap();
    queue.add(patient(), "small").unwrap();
    let (first, job) = queue.run();
    assert_eq!(job, "first");
    // The second has to wait for the first; the third does not overtake it, the small one does.
    assert_eq!(queue.run().1, "small");
    assert_eq!(queue.next(Instant::now()), Next::Rest);
    queue.done(first);
    assert_eq!(queue.run().1, "second");
    assert_eq!(queue.run().1, "third");
}
