//! The container of HEIC and AVIF (ISO 23008-12): items, where their bytes lie, what they refer to, their properties.

use std::{borrow::Cow, collections::BTreeMap};

use super::boxes::{Bytes, boxes};

/// More items are not read.
const MAX_ITEMS: usize = 16_384;

/// Nor more pieces of them all, however few bytes of the file each takes.
const MAX_PIECES: usize = 65_536;

/// Nor more properties of one item.
const MAX_PROPERTIES: usize = 256;

/// A thing in the file: a coded picture, a grid of them, metadata.
#[derive(Default)]
pub(in crate::picture) struct Item {
    /// Four letters: `hvc1`, `av01`, `grid`, `Exif`, `mime` ...
    pub kind: [u8; 4],
    content_type: Vec<u8>,
    /// 0: in the file; 1: in the box `idat`.
    method: u8,
    extents: Vec<(u64, u64)>,
    properties: Vec<usize>,
}

/// An opened container.
#[derive(Default)]
pub(in crate::picture) struct Container<'a> {
    file: &'a [u8],
    item_data: &'a [u8],
    /// The item that is the picture.
    pub primary: u32,
    items: BTreeMap<u32, Item>,
    n_pieces: usize,
    properties: Vec<([u8; 4], &'a [u8])>,
    references: Vec<([u8; 4], u32, Vec<u32>)>,
}

impl<'a> Container<'a> {
    /// Reads the box `meta`; none where there is none or it makes no sense.
    pub fn open(file: &'a [u8]) -> Option<Self> {
        let (_, meta) = boxes(file).find(|(kind, _)| kind == b"meta")?;
        let mut container = Self { file, ..Self::default() };
        let mut meta = Bytes(meta);
        meta.version_and_flags()?;
        for (kind, body) in boxes(meta.0) {
            match &kind {
                b"pitm" => container.primary = primary(body)?,
                b"idat" => container.item_data = body,
                b"iinf" => container.read_items(body)?,
                b"iloc" => container.read_locations(body)?,
                b"iref" => container.read_references(body)?,
                b"iprp" => container.read_properties(body)?,
                _ => {}
            }
        }
        Some(container)
    }

    pub fn item(&self, id: u32) -> Option<&Item> {
        self.items.get(&id)
    }

    /// An item's bytes, in one piece: the file's own where they lie so in it.
    pub fn data(&self, id: u32) -> Option<Cow<'a, [u8]>> {
        let item = self.items.get(&id)?;
        let source = match item.method {
            0 => self.file,
            1 => self.item_data,
            _ => return None,
        };
        let mut data: Cow<'a, [u8]> = Cow::default();
        for &(offset, length) in &item.extents {
            let rest = source.get(usize::try_from(offset).ok()?..)?;
            // A length of nothing means up to the end.
            let part = if length == 0 { rest } else { rest.get(..usize::try_from(length).ok()?)? };
            if data.len() + part.len() > self.file.len() {
                return None;
            }
            if data.is_empty() {
                data = Cow::Borrowed(part);
            } else {
                data.to_mut().extend_from_slice(part);
            }
        }
        Some(data)
    }

    /// An item's properties in the order in which they are to be obeyed.
    pub fn properties(&self, id: u32) -> impl Iterator<Item = ([u8; 4], &'a [u8])> {
        let chosen = self.items.get(&id).map(|item| item.properties.as_slice()).unwrap_or_default();
        chosen.iter().filter_map(|&at| self.properties.get(at).copied())
    }

    pub fn property(&self, id: u32, kind: [u8; 4]) -> Option<&'a [u8]> {
        self.properties(id).find(|(found, _)| *found == kind).map(|(_, body)| body)
    }

    /// What an item refers to.
    pub fn references(&self, kind: [u8; 4], from: u32) -> &[u32] {
        let found = self.references.iter().find(|(found, item, _)| (*found, *item) == (kind, from));
        found.map(|(_, _, to)| to.as_slice()).unwrap_or_default()
    }

    /// The item that refers to another.
    pub fn referring(&self, kind: [u8; 4], to: u32) -> Option<u32> {
        self.references
            .iter()
            .find(|(found, _, targets)| *found == kind && targets.contains(&to))
            .map(|(_, from, _)| *from)
    }

    /// The first Exif item, those that describe the picture first, with the offset before it.
    pub fn exif(&self) -> Option<Cow<'a, [u8]>> {
        self.describing(|item| &item.kind == b"Exif").into_iter().next().and_then(|id| self.data(id))
    }

    /// XMP packets, those that describe the picture first. Each is made when it is asked for: many items may lie in the same
    /// bytes.
    pub fn xmp(&self) -> impl Iterator<Item = Cow<'a, [u8]>> {
        let is_xmp =
            |item: &Item| &item.kind == b"mime" && item.content_type.eq_ignore_ascii_case(b"application/rdf+xml");
        self.describing(is_xmp).into_iter().filter_map(move |id| self.data(id))
    }

    fn describing(&self, wanted: impl Fn(&Item) -> bool) -> Vec<u32> {
        let mut ids: Vec<u32> = self.items.iter().filter(|(_, item)| wanted(item)).map(|(id, _)| *id).collect();
        ids.sort_by_cached_key(|id| !self.references(*b"cdsc", *id).contains(&self.primary));
        ids
    }

    fn read_items(&mut self, body: &[u8]) -> Option<()> {
        let mut bytes = Bytes(body);
        let (version, _) = bytes.version_and_flags()?;
        bytes.id(version > 0)?;
        for (_, body) in boxes(bytes.0).filter(|(kind, _)| kind == b"infe") {
            let mut bytes = Bytes(body);
            let (version, _) = bytes.version_and_flags()?;
            if version < 2 {
                continue;
            }
            let id = bytes.id(version > 2)?;
            let _protection = bytes.u16()?;
            let kind = bytes.take(4)?.try_into().ok()?;
            let mut texts = bytes.0.split(|byte| *byte == 0);
            let _name = texts.next();
            let item = self.items.entry(id).or_default();
            item.kind = kind;
            item.content_type = texts.next().unwrap_or_default().to_vec();
            if self.items.len() > MAX_ITEMS {
                return None;
            }
        }
        Some(())
    }

    fn read_locations(&mut self, body: &[u8]) -> Option<()> {
        let mut bytes = Bytes(body);
        let (version, _) = bytes.version_and_flags()?;
        let (sizes, more_sizes) = (bytes.u8()?, bytes.u8()?);
        let halves = |byte: u8| (usize::from(byte >> 4), usize::from(byte & 15));
        let ((offset_bytes, length_bytes), (base_bytes, index_bytes)) = (halves(sizes), halves(more_sizes));
        let n_items = bytes.id(version > 1)?;
        for _ in 0..n_items {
            let id = bytes.id(version > 1)?;
            let method = if version > 0 { (bytes.u16()? & 15) as u8 } else { 0 };
            let _data_reference = bytes.u16()?;
            let base = bytes.uint(base_bytes)?;
            let n_extents = bytes.u16()?;
            let mut extents = Vec::new();
            for _ in 0..n_extents {
                if version > 0 {
                    bytes.uint(index_bytes)?;
                }
                extents.push((base.checked_add(bytes.uint(offset_bytes)?)?, bytes.uint(length_bytes)?));
                self.n_pieces += 1;
                if self.n_pieces > MAX_PIECES {
                    return None;
                }
            }
            let item = self.items.entry(id).or_default();
            (item.method, item.extents) = (method, extents);
            if self.items.len() > MAX_ITEMS {
                return None;
            }
        }
        Some(())
    }

    fn read_references(&mut self, body: &[u8]) -> Option<()> {
        let mut bytes = Bytes(body);
        let (version, _) = bytes.version_and_flags()?;
        let wide = version > 0;
        for (kind, body) in boxes(bytes.0) {
            let mut bytes = Bytes(body);
            let from = bytes.id(wide)?;
            let n = bytes.u16()?;
            let to: Option<Vec<u32>> = (0..n).map(|_| bytes.id(wide)).collect();
            self.references.push((kind, from, to?));
        }
        Some(())
    }

    fn read_properties(&mut self, body: &'a [u8]) -> Option<()> {
        for (kind, body) in boxes(body) {
            match &kind {
                b"ipco" => self.properties.extend(boxes(body)),
                b"ipma" => self.associate(body)?,
                _ => {}
            }
        }
        Some(())
    }

    /// Which properties belong to which item; counted from one, and zero is none.
    fn associate(&mut self, body: &[u8]) -> Option<()> {
        let mut bytes = Bytes(body);
        let (version, flags) = bytes.version_and_flags()?;
        for _ in 0..bytes.u32()? {
            let id = bytes.id(version > 0)?;
            for _ in 0..bytes.u8()? {
                let number = if flags & 1 == 1 { bytes.u16()? & 0x7fff } else { u16::from(bytes.u8()? & 0x7f) };
                if number > 0
                    && let Some(item) = self.items.get_mut(&id)
                    && item.properties.len() < MAX_PROPERTIES
                {
                    item.properties.push(usize::from(number) - 1);
                }
            }
        }
        Some(())
    }
}

fn primary(body: &[u8]) -> Option<u32> {
    let mut bytes = Bytes(body);
    let (version, _) = bytes.version_and_flags()?;
    bytes.id(version > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
        [&(body.len() as u32 + 8).to_be_bytes(), kind.as_slice(), body].concat()
    }

    /// A file with one list of where items lie, whose offsets and lengths take so many bytes each.
    fn located(sizes: u8, items: &[u8], n_items: u16) -> Vec<u8> {
        let location = [&[0, 0, 0, 0, sizes, 0], n_items.to_be_bytes().as_slice(), items].concat();
        boxed(b"meta", &[&[0; 4], boxed(b"iloc", &location).as_slice()].concat())
    }

    #[test]
    fn pieces_that_take_no_bytes_are_counted_over_all_items() {
        let items = |n_items: u16, n_pieces: u16| {
            let item = |id: u16| [id.to_be_bytes(), [0, 0], n_pieces.to_be_bytes()].concat();
            located(0, &(0..n_items).flat_map(item).collect::<Vec<u8>>(), n_items)
        };
        assert!(Container::open(&items(1000, 1)).is_some());
        assert!(Container::open(&items(1000, 1000)).is_none(), "a million pieces in 6,000 bytes");
    }

    #[test]
    fn what_lies_in_one_piece_is_not_copied_however_many_items_lie_there() {
        let item = |id: u16| [id.to_be_bytes().as_slice(), &[0, 0], &[0, 1], &[0; 8]].concat();
        let file = located(0x44, &(0..100).flat_map(item).collect::<Vec<u8>>(), 100);
        let container = Container::open(&file).unwrap();
        for id in 0..100 {
            assert!(matches!(container.data(id), Some(Cow::Borrowed(data)) if data.len() == file.len()), "{id}");
        }
    }
}
