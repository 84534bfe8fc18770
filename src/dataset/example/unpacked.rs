//! Pictures that lie inside a file, laid out as files in the program's own folder, once: whatever is done with pictures is done
//! with files. There is a folder for each row group, whole or not there at all, so that what was broken off goes on with the next.

use std::{
    collections::HashMap,
    env,
    fs::{self, File},
    io::{self, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use rayon::prelude::{IntoParallelIterator as _, ParallelIterator as _};
use sha2::{Digest as _, Sha256};
use tempfile::{Builder, TempDir};

use crate::{
    files::{HomeError, home},
    picture::{hexadecimal, is_named_as_picture},
};

/// So much of a file's end, in bytes, says together with its size and time which file it is: Parquet lists there what it holds.
const END: u64 = 64 << 10;

/// No name of a picture is longer in the name of its file, in letters.
const LONGEST_NAME: usize = 60;

/// How pictures that lie inside files are laid out.
#[derive(Clone, Copy)]
pub struct Unpacking<'a> {
    /// In this folder; none for `unpacked/` of the program's own.
    pub folder: Option<&'a Path>,
    /// Told how many pictures of a file are laid out; says whether to go on.
    pub go_on: &'a dyn Fn(u64) -> bool,
}

impl Default for Unpacking<'_> {
    fn default() -> Self {
        Self { folder: None, go_on: &|_| true }
    }
}

impl Unpacking<'_> {
    /// The folder for what lies inside this file: the same wherever the file lies, another one when it has changed.
    pub(super) fn folder_of(&self, path: &Path) -> Result<Result<PathBuf, HomeError>, io::Error> {
        let mut file = File::open(path)?;
        let about = file.metadata()?;
        let time = about.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
        let mut sha = Sha256::new();
        sha.update(format!("{} {}\n", about.len(), time.as_nanos()));
        file.seek(SeekFrom::Start(about.len().saturating_sub(END)))?;
        let mut end = Vec::new();
        file.take(END).read_to_end(&mut end)?;
        sha.update(&end);
        let own = &hexadecimal(&sha.finalize())[..16];
        let stem = path.file_stem().map(|stem| plain(&stem.to_string_lossy())).unwrap_or_default();
        // A relative home would be another one wherever the program is started; indexes name what lies in it.
        let ours = || Ok(env::current_dir().unwrap_or_default().join(home()?).join("unpacked"));
        Ok(self.folder.map_or_else(ours, |folder| Ok(folder.to_owned())).map(|all| all.join(format!("{stem}-{own}"))))
    }
}

/// The pictures of one row group.
pub(super) struct Group {
    place: PathBuf,
    /// The files of a group that is whole, by their rows.
    held: HashMap<usize, PathBuf>,
    /// Where they are laid out until all are there.
    begun: Option<TempDir>,
}

impl Group {
    /// Where the pictures of a row group lie.
    pub fn place(folder: &Path, number: usize) -> PathBuf {
        folder.join(format!("{number:05}"))
    }

    /// The group in this place, or a new one for it.
    pub fn open(place: PathBuf) -> io::Result<Self> {
        if place.is_dir() {
            let files = fs::read_dir(&place)?.collect::<io::Result<Vec<_>>>()?;
            let held = files.into_iter().filter_map(|file| Some((row_of(&file.path())?, file.path()))).collect();
            return Ok(Self { place, held, begun: None });
        }
        let folder = place.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let begun = Builder::new().prefix(".terrasight-").suffix(".part").tempdir_in(folder)?;
        Ok(Self { place, held: HashMap::new(), begun: Some(begun) })
    }

    /// Whether all of it is there already.
    pub fn is_whole(&self) -> bool {
        self.begun.is_none()
    }

    /// The picture of a row, where it has one and the group is whole.
    pub fn held(&self, row: usize) -> Option<PathBuf> {
        self.held.get(&row).cloned()
    }

    /// Lays out the picture of a row; where it will lie.
    pub fn add(&self, row: usize, name: Option<&str>, bytes: &[u8]) -> io::Result<PathBuf> {
        let file = file_name(row, name, bytes);
        let folder = self.begun.as_ref().map_or(self.place.as_path(), TempDir::path);
        fs::write(folder.join(&file), bytes)?;
        Ok(self.place.join(file))
    }

    /// Puts it in its place. Where another program was faster, its pictures are the same.
    pub fn finish(self) -> io::Result<()> {
        let Some(begun) = self.begun else { return Ok(()) };
        let files = fs::read_dir(begun.path())?.collect::<io::Result<Vec<_>>>()?;
        files.into_par_iter().try_for_each(|file| File::open(file.path())?.sync_all())?;
        match fs::rename(begun.path(), &self.place) {
            Err(_taken) if self.place.is_dir() => Ok(()),
            moved => moved,
        }
    }
}

/// `000012-paris_3.jpg`: the row, what the file calls the picture, and what it is.
fn file_name(row: usize, name: Option<&str>, bytes: &[u8]) -> String {
    let name = name.map(Path::new);
    let stem = name.and_then(Path::file_stem).map(|stem| plain(&stem.to_string_lossy())).unwrap_or_default();
    let named = name.filter(|name| is_named_as_picture(name)).and_then(|name| name.extension()?.to_str());
    let known = image::guess_format(bytes).ok().and_then(|format| format.extensions_str().first().copied());
    let ending = known.or(named).unwrap_or("bin").to_lowercase();
    if stem.is_empty() { format!("{row:06}.{ending}") } else { format!("{row:06}-{stem}.{ending}") }
}

fn row_of(file: &Path) -> Option<usize> {
    file.file_stem()?.to_str()?.split('-').next()?.parse().ok()
}

/// A name of letters and digits that every system takes.
fn plain(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    name.chars().take(LONGEST_NAME).map(plain).collect()
}
