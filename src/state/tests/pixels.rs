//! Pictures whose pixels come and go: what is chosen and what is located has them, however many are open.

use std::path::Path;

use super::*;
use crate::{
    picture::PictureError,
    worker::{Engine, Failure, Job, Stopped, Worker},
};

/// Finds Chile in every picture, as long as it is given pixels.
struct Chile;

impl Engine for Chile {
    fn perform(&mut self, command: Command, job: &Job<'_>) -> Result<(), Stopped> {
        let news = |picture: &Picture| {
            let finding = Box::new(Finding { reasoning: picture.name.clone(), ..finding("Chile") });
            PictureNews::Found { finding, surface: Arc::new(Surface::default()), weighing: None, seconds: 1.0 }
        };
        match command {
            Command::LoadModel { job: id, .. } => {
                job.say(Event::ModelReady { job: id, model: Box::new(summary(true)) });
            }
            Command::Locate { picture, .. } => job.tell(news(&picture)),
            _ => {}
        }
        Ok(())
    }
}

/// A window's state with the real threads behind it, but for the engine.
struct Window {
    state: State,
    worker: Worker,
    most_bytes: usize,
    n_read_again: usize,
}

impl Window {
    fn with_budget(pixel_bytes: usize) -> Self {
        let state = State::new(Settings { pixel_bytes: Some(pixel_bytes), ..Settings::default() });
        let mut window =
            Self { state, worker: Worker::start_with(|| (), || Chile).unwrap(), most_bytes: 0, n_read_again: 0 };
        window.perform(Action::ChooseModel(ModelSource::Starter));
        window
    }

    fn perform(&mut self, action: Action) {
        let requests = self.state.perform(action);
        self.ask(requests);
    }

    fn ask(&mut self, requests: Vec<Request>) {
        self.most_bytes = self.most_bytes.max(self.state.pixel_bytes());
        for request in requests {
            self.n_read_again += usize::from(matches!(request, Request::Send(Command::ReadPixels { .. })));
            match request {
                Request::Send(command) => self.worker.send(command).unwrap(),
                Request::Cancel(job) => self.worker.cancel(job),
                other => panic!("{other:?}"),
            }
        }
    }

    /// Takes in what is said until nothing goes on any more.
    fn rest(&mut self) {
        while self.worker.is_busy() {
            let event = self.worker.next_event().expect("the threads run");
            let requests = self.state.apply(event);
            self.ask(requests);
        }
    }

    fn selected_pixels(&self) -> Option<&Arc<Picture>> {
        self.state.pixels(self.state.selected().unwrap().key)
    }
}

/// A picture of 8 by 6 pixels (144 bytes), another one for each number.
fn write_picture(file: &Path, number: u32) {
    let [_, high, middle, low] = number.to_be_bytes();
    RgbImage::from_pixel(8, 6, Rgb([high, middle, low])).save(file).unwrap();
}

fn folder_of(n_pictures: u32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    (0..n_pictures).for_each(|number| write_picture(&folder.path().join(format!("{number:04}.png")), number));
    folder
}

#[test]
fn a_thousand_pictures_are_open_each_is_located_and_each_can_be_chosen_and_few_are_held() {
    let folder = folder_of(1000);
    let budget = 3 * 144;
    let mut window = Window::with_budget(budget);
    window.perform(Action::Open(vec![PictureSource::Path(folder.path().to_owned())]));
    window.rest();
    assert_eq!(window.state.entries().len(), 1000);
    for entry in window.state.entries() {
        assert_eq!(entry.found().expect("it is located").finding.reasoning, entry.name, "by its own pixels");
    }
    let keys: Vec<PictureKey> = window.state.entries().iter().map(|entry| entry.key).collect();
    for (number, key) in keys.into_iter().enumerate() {
        window.perform(Action::Select(key));
        window.rest();
        let [_, high, middle, low] = (number as u32).to_be_bytes();
        assert_eq!(window.selected_pixels().expect("it is read").pixels.get_pixel(7, 5), &Rgb([high, middle, low]));
    }
    assert!(window.most_bytes > 144 && window.most_bytes <= budget, "{}", window.most_bytes);
}

#[test]
fn what_fits_into_the_memory_is_decoded_once() {
    let folder = folder_of(20);
    let n_read_again = |n_fitting: usize| {
        let mut window = Window::with_budget(n_fitting * 144);
        window.perform(Action::Open(vec![PictureSource::Path(folder.path().to_owned())]));
        window.rest();
        assert!(window.state.entries().iter().all(|entry| entry.found().is_some()));
        window.n_read_again
    };
    assert_eq!([n_read_again(20), n_read_again(17)], [0, 3]);
}

#[test]
fn where_one_picture_fills_the_memory_choosing_and_locating_still_end() {
    let folder = folder_of(30);
    let mut window = Window::with_budget(150);
    window.perform(Action::Open(vec![PictureSource::Path(folder.path().to_owned())]));
    window.rest();
    assert!(window.state.entries().iter().all(|entry| entry.found().is_some()));
    assert!(window.selected_pixels().is_some() && window.most_bytes <= 150);

    let mut window = Window::with_budget(100);
    window.perform(Action::Open(vec![PictureSource::Path(folder.path().join("0000.png"))]));
    window.rest();
    assert_eq!(window.state.selected().unwrap().unreadable, Some(NoPixels::NoMemory));
}

#[test]
fn a_file_that_has_gone_or_changed_is_said_and_no_other_picture_is_shown_or_located() {
    let folder = folder_of(3);
    let file = |number: u32| folder.path().join(format!("{number:04}.png"));
    let mut window = Window::with_budget(150);
    window.perform(Action::Open(vec![PictureSource::Path(folder.path().to_owned())]));
    window.rest();
    let keys: Vec<PictureKey> = window.state.entries().iter().map(|entry| entry.key).collect();
    std::fs::remove_file(file(1)).unwrap();
    write_picture(&file(2), 77);

    window.perform(Action::Select(keys[1]));
    window.rest();
    let unreadable = |window: &Window| window.state.selected().unwrap().unreadable.clone();
    let failure = |window: &Window| match unreadable(window) {
        Some(NoPixels::Failed(failure)) => failure,
        other => panic!("{other:?}"),
    };
    assert!(matches!(*failure(&window), Failure::Picture(PictureError::Missing(_))));
    assert!(window.selected_pixels().is_none());
    window.perform(Action::Select(keys[2]));
    window.rest();
    assert_eq!(*failure(&window), Failure::Changed(file(2)));
    window.perform(Action::Locate(keys[2]));
    window.rest();
    let entry = window.state.selected().unwrap();
    let why = NotLocated::NoPixels(NoPixels::Failed(Arc::new(Failure::Changed(file(2)))));
    assert_eq!(entry.work, Work::Failed(why));
    assert_eq!(entry.runs.len(), 1);

    write_picture(&file(2), 2);
    window.perform(Action::Select(keys[0]));
    window.perform(Action::Select(keys[2]));
    window.rest();
    assert!(unreadable(&window).is_none() && window.selected_pixels().is_some(), "it is back");
}

#[test]
fn a_pasted_picture_is_given_a_file_and_comes_back_with_the_session() {
    let pasted = tempfile::tempdir().unwrap();
    let pixels = RgbImage::from_fn(9, 5, |x, y| Rgb([x as u8, y as u8, 7]));
    let open = |window: &mut Window| {
        window.worker = Worker::start_all(|| (), || Chile, Some(pasted.path().to_owned())).unwrap();
        window.state = State::new(Settings::default());
        window.perform(Action::ChooseModel(ModelSource::Starter));
    };
    let mut window = Window::with_budget(1000);
    open(&mut window);
    let source = PictureSource::Pixels { name: "pasted picture 1".to_owned(), pixels: pixels.clone() };
    window.perform(Action::Open(vec![source]));
    window.rest();
    let session = window.state.session();
    assert_eq!(std::fs::read_dir(pasted.path()).unwrap().count(), 1);

    open(&mut window);
    window.perform(Action::OpenSession(Box::new(session)));
    window.rest();
    let entry = window.state.selected().unwrap();
    assert_eq!((entry.name.as_str(), entry.runs.len()), ("pasted picture 1", 1));
    assert_eq!(window.selected_pixels().unwrap().pixels, pixels);
}
