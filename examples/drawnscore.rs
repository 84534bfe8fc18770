//! Says of pictures how far they are on the drawn streets' side; a negative number is no drawn street.
//!
//!     cargo run --release --example drawnscore -- PICTURE...

use std::path::Path;

use terrasight::{model::drawn_score, picture::Picture};

fn main() {
    for path in std::env::args().skip(1) {
        match Picture::open(Path::new(&path)) {
            Ok(opened) => println!("{:8.3}  {path}", drawn_score(&opened.pixels)),
            Err(error) => println!("     ---  {error}"),
        }
    }
}
