//! Keys, what they do, and how they are called, from one table a page: what the keyboard does, what the list under F1 says
//! and what a button's tooltip names cannot differ. Command is Ctrl, and ⌘ on a Mac.

use egui::{Context, Event, Key, KeyboardShortcut, Modifiers, Ui};

use super::View;
use crate::state::Action;

/// A key with nothing held down beside it.
pub const fn key(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}

/// A key with Ctrl, or ⌘ on a Mac.
pub const fn command(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}

/// A key with Shift and Ctrl, or ⌘ on a Mac.
pub const fn command_shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), key)
}

/// How often a key was pressed with neither Ctrl, ⌘ nor Alt. (Shift may be held: on many keyboards plus needs it.) Each press
/// is asked, not what is held now: in a slow frame all is let go again.
pub fn presses(ui: &Ui, key: Key) -> usize {
    let is_plain = |modifiers: &Modifiers| !(modifiers.alt || modifiers.ctrl || modifiers.command);
    let is_press = |event: &&Event| matches!(event, Event::Key { key: pressed, pressed: true, modifiers, .. } if *pressed == key && is_plain(modifiers));
    ui.input(|input| input.events.iter().filter(is_press).count())
}

/// Undoes the last edit; with the others it is done again.
pub const UNDO: [KeyboardShortcut; 3] = [command(Key::Z), command_shift(Key::Z), command(Key::Y)];

/// Undoes or does again what the user did to the case; what that may be on the page is said in the list.
pub const fn undoes<P>(does: &'static str) -> Shortcut<P> {
    Shortcut::not_typing(&UNDO, does, |_, view, _, place| {
        view.actions.push(if place == 0 { Action::Undo } else { Action::Redo });
    })
}

/// The keys of the digits 1 to 9 with these held down.
pub const fn digits(modifiers: Modifiers) -> [KeyboardShortcut; 9] {
    const KEYS: [Key; 9] =
        [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9];
    let mut shortcuts = [KeyboardShortcut::new(modifiers, Key::Num1); 9];
    let mut place = 1;
    while place < 9 {
        shortcuts[place] = KeyboardShortcut::new(modifiers, KEYS[place]);
        place += 1;
    }
    shortcuts
}

/// When a shortcut counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Always.
    Always,
    /// While no text is being typed.
    NotTyping,
    /// While no control has the focus: the key means something to some of them.
    NoFocus,
}

/// What is pressed.
pub enum Press {
    /// One of these keys, which mean the same but for their place in the row.
    Keys(&'static [KeyboardShortcut]),
    /// A mouse or a row of keys that a control takes by itself, with these held down: named here, done there.
    Elsewhere(Modifiers, &'static str),
}

/// One line of a page's table.
pub struct Shortcut<P> {
    /// What is pressed.
    pub press: Press,
    /// When it counts.
    pub when: When,
    /// What it does, for the list.
    pub does: &'static str,
    /// Does it; it is told which of the keys it was.
    pub run: fn(&mut P, &mut View<'_>, &Context, usize),
}

/// A line of the list: what to press, and what it does.
pub type Line = (String, &'static str);

impl<P> Shortcut<P> {
    /// Keys that count always.
    pub const fn always(keys: &'static [KeyboardShortcut], does: &'static str, run: Run<P>) -> Self {
        Self { press: Press::Keys(keys), when: When::Always, does, run }
    }

    /// Keys that count while no text is being typed.
    pub const fn not_typing(keys: &'static [KeyboardShortcut], does: &'static str, run: Run<P>) -> Self {
        Self { press: Press::Keys(keys), when: When::NotTyping, does, run }
    }

    /// Keys that count while no control has the focus.
    pub const fn no_focus(keys: &'static [KeyboardShortcut], does: &'static str, run: Run<P>) -> Self {
        Self { press: Press::Keys(keys), when: When::NoFocus, does, run }
    }

    /// What a control does by itself.
    pub const fn elsewhere(modifiers: Modifiers, press: &'static str, does: &'static str) -> Self {
        Self { press: Press::Elsewhere(modifiers, press), when: When::Always, does, run: |_, _, _, _| {} }
    }
}

/// Does what a shortcut says.
pub type Run<P> = fn(&mut P, &mut View<'_>, &Context, usize);

/// Does what the pressed keys say.
pub fn run<P>(table: &[Shortcut<P>], page: &mut P, view: &mut View<'_>, ctx: &Context) {
    // The longer ones first: Ctrl+O would take Ctrl+Shift+O too.
    for is_long in [true, false] {
        for shortcut in table {
            let Press::Keys(keys) = shortcut.press else { continue };
            let counts = match shortcut.when {
                When::Always => true,
                When::NotTyping => !ctx.text_edit_focused(),
                When::NoFocus => ctx.memory(|memory| memory.focused().is_none()),
            };
            for (place, key) in keys.iter().enumerate() {
                let is_its_turn = key.modifiers.shift == is_long;
                if counts && is_its_turn && ctx.input_mut(|input| input.consume_shortcut(key)) {
                    (shortcut.run)(page, view, ctx, place);
                }
            }
        }
    }
}

/// The table as the list shows it.
pub fn lines<P>(table: &[Shortcut<P>], ctx: &Context) -> Vec<Line> {
    let name = |shortcut: &Shortcut<P>| match shortcut.press {
        Press::Keys(keys) => named(keys, ctx),
        Press::Elsewhere(Modifiers::NONE, press) => press.to_owned(),
        Press::Elsewhere(modifiers, press) => with(modifiers, press, ctx),
    };
    table.iter().map(|shortcut| (name(shortcut), shortcut.does)).collect()
}

/// "Ctrl+click", "⌘click".
pub fn with(modifiers: Modifiers, press: &str, ctx: &Context) -> String {
    let held = ctx.format_modifiers(modifiers);
    if ctx.os().is_mac() { format!("{held}{press}") } else { format!("{held}+{press}") }
}

/// "Ctrl+O"; "Left, Page Up"; "Alt+1 to Alt+9".
fn named(keys: &[KeyboardShortcut], ctx: &Context) -> String {
    let name = |key: &KeyboardShortcut| ctx.format_shortcut(key);
    match keys {
        [first, .., last] if keys.len() > 4 => format!("{} to {}", name(first), name(last)),
        _ => keys.iter().map(name).collect::<Vec<_>>().join(", "),
    }
}

/// A tooltip that names its key: "Open pictures (Ctrl+O)".
pub fn hint(ctx: &Context, text: &str, key: KeyboardShortcut) -> String {
    format!("{text} ({})", ctx.format_shortcut(&key))
}

#[cfg(test)]
mod tests {
    use egui::os::OperatingSystem;

    use super::*;

    #[test]
    fn keys_are_called_as_the_system_calls_them() {
        const DIGITS: [KeyboardShortcut; 9] = digits(Modifiers::ALT);
        let ctx = Context::default();
        // Fonts, which say which signs of keys there are, come with the first frame.
        let _frame = ctx.run_ui(egui::RawInput::default(), |_ui| {});
        ctx.set_os(OperatingSystem::Nix);
        assert_eq!(hint(&ctx, "Open", command_shift(Key::O)), "Open (Ctrl+Shift+O)");
        assert_eq!(named(&DIGITS, &ctx), "Alt+1 to Alt+9");
        assert_eq!(with(Modifiers::COMMAND, "click", &ctx), "Ctrl+click");
        ctx.set_os(OperatingSystem::Mac);
        assert!(!hint(&ctx, "Open", command(Key::O)).contains("Ctrl"));
    }
}
