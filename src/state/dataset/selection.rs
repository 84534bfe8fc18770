//! Which pictures of a data set are selected, and which one has the cursor.

/// A set of rows, and the two ends of what Shift extends.
#[derive(Debug, Clone, Default)]
pub struct RowSelection {
    is_in: Vec<bool>,
    count: usize,
    cursor: Option<u32>,
    anchor: Option<u32>,
}

/// What a click or a key does to the selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extend {
    /// This alone is selected.
    No,
    /// It is added, or taken out.
    Toggle,
    /// Everything from the last one to this is selected.
    Range,
}

impl RowSelection {
    /// Whether a row is selected.
    pub fn holds(&self, row: u32) -> bool {
        self.is_in.get(row as usize).copied().unwrap_or(false)
    }

    /// How many are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The row that keys start from and whose picture is shown.
    pub fn cursor(&self) -> Option<u32> {
        self.cursor
    }

    pub(super) fn clear(&mut self) {
        self.is_in.clear();
        self.count = 0;
    }

    fn set(&mut self, row: u32, yes: bool) {
        let at = row as usize;
        if self.is_in.len() <= at {
            self.is_in.resize(at + 1, false);
        }
        if self.is_in[at] != yes {
            self.is_in[at] = yes;
            if yes { self.count += 1 } else { self.count -= 1 }
        }
    }

    /// Selects rows and no others; the cursor goes to the first unless it is among them.
    pub(super) fn only(&mut self, rows: impl IntoIterator<Item = u32>) {
        self.clear();
        let mut first = None;
        for row in rows {
            first.get_or_insert(row);
            self.set(row, true);
        }
        if !self.cursor.is_some_and(|cursor| self.holds(cursor)) {
            (self.cursor, self.anchor) = (first, first);
        }
    }

    /// Adds rows to what is selected.
    pub(super) fn add(&mut self, rows: impl IntoIterator<Item = u32>) {
        for row in rows {
            self.set(row, true);
            self.cursor.get_or_insert(row);
        }
    }

    /// Goes to the row in this place of `shown`.
    pub(super) fn go_to(&mut self, shown: &[u32], place: usize, extend: Extend) {
        let Some(&row) = shown.get(place) else { return };
        self.cursor = Some(row);
        let from = self.anchor.and_then(|anchor| shown.iter().position(|&at| at == anchor));
        match (extend, from) {
            (Extend::Range, Some(from)) => {
                self.clear();
                for &row in &shown[from.min(place)..=from.max(place)] {
                    self.set(row, true);
                }
                return;
            }
            (Extend::Toggle, _) => self.set(row, !self.holds(row)),
            (Extend::No | Extend::Range, _) => {
                self.clear();
                self.set(row, true);
            }
        }
        self.anchor = Some(row);
    }

    /// Lets go of what is no longer shown.
    pub(super) fn keep(&mut self, shown: &[u32]) {
        let kept: Vec<u32> = shown.iter().copied().filter(|&row| self.holds(row)).collect();
        if kept.len() != self.count {
            self.clear();
            kept.into_iter().for_each(|row| self.set(row, true));
        }
        let is_shown = |row: u32| shown.contains(&row);
        if self.cursor.is_some_and(|cursor| !is_shown(cursor)) {
            (self.cursor, self.anchor) = (None, None);
        }
    }
}
