//! Lessons prepared on a thread of their own while the device works on those before. What that thread does follows from
//! the step alone, so the order of things is the same however fast either side is.

use std::{
    io,
    ops::Range,
    sync::{
        Arc,
        mpsc::{Receiver, sync_channel},
    },
    thread::Builder,
};

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use super::{
    config::TrainConfig,
    lesson::{Lesson, Teacher},
    order::Order,
    pictures::Pictures,
};

/// Steps whose lessons wait ready for the device.
const STEPS_AHEAD: usize = 2;

/// What a step learns, and the pictures that could not be used.
#[derive(Debug, Default)]
pub struct Prepared {
    /// Its lessons.
    pub lessons: Vec<Lesson>,
    /// The pictures left out, each with the reason.
    pub skipped: Vec<(String, String)>,
}

/// The lessons of the steps to come. Dropped, it ends its thread.
#[derive(Debug)]
pub struct Ahead {
    ready: Receiver<Prepared>,
}

impl Ahead {
    /// Begins to prepare these steps, of pictures of which those at `learned` are learned.
    pub fn begin(
        steps: Range<u64>,
        config: &TrainConfig,
        learned: Vec<usize>,
        pictures: Arc<Pictures>,
        teacher: Teacher,
    ) -> io::Result<Self> {
        let (sender, ready) = sync_channel(STEPS_AHEAD);
        let (seed, per_step) = (config.seed, config.schedule.pictures_per_step() as u64);
        let work = move || {
            let mut order = Order::new(seed, learned.len());
            for step in steps {
                let cursors = step * per_step..(step + 1) * per_step;
                let chosen = cursors.map(|cursor| (learned[order.item(cursor)], chance(seed, cursor)));
                // The run has ended early, so nobody waits for more.
                if sender.send(lessons_of(chosen, &pictures, &teacher)).is_err() {
                    return;
                }
            }
        };
        Builder::new().name("terrasight-lessons".to_owned()).spawn(work)?;
        Ok(Self { ready })
    }

    /// The lessons of the next step, waiting for them; none after the last step.
    pub fn next(&self) -> Option<Prepared> {
        self.ready.recv().ok()
    }
}

/// What decides by chance in the lesson at this place of the order: another thing each time that its picture comes.
pub fn chance(seed: u64, cursor: u64) -> ChaCha8Rng {
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    chance.set_stream(cursor);
    chance
}

/// The lessons of these pictures, each with what decides by chance in it.
pub fn lessons_of(
    chosen: impl Iterator<Item = (usize, ChaCha8Rng)>,
    pictures: &Pictures,
    teacher: &Teacher,
) -> Prepared {
    let mut prepared = Prepared::default();
    for (index, mut chance) in chosen {
        match pictures.get(index).and_then(|labelled| teacher.lesson(&labelled, &mut chance)) {
            Ok(lesson) => prepared.lessons.push(lesson),
            Err(error) => prepared.skipped.push((pictures.name(index), error)),
        }
    }
    prepared
}
