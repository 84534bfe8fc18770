//! The window's panels. Each is given a [`View`]: it reads the state, draws, and leaves behind what the user wants, as
//! actions upon the state or as requests to the window itself. Panels keep only what is about looking.

mod background;
mod candidates;
mod dataset;
mod dialogs;
mod evidence;
mod export;
mod film_strip;
mod heatmap;
mod keys;
mod map;
mod picture_panel;
mod picture_view;
mod reasoning;
mod status;
mod textures;
mod theme;
mod toolbar;
mod welcome;
mod words;

use std::path::PathBuf;

use egui::{
    Align2, CentralPanel, Color32, Context, FontId, Frame, Id, LayerId, Margin, Order, Panel, RichText, Stroke,
    ThemePreference, Ui, UiBuilder, vec2,
};

pub use heatmap::install as install_heatmap;
pub use theme::install;

use crate::{
    geo::LatLon,
    locatability::Heatmap,
    state::{Action, NoticeKind, Page, State, ThemeChoice},
};

/// What a panel sees, and where it leaves what the user wants.
pub struct View<'a> {
    /// What the window knows.
    pub state: &'a State,
    /// Changes of the state.
    pub actions: &'a mut Vec<Action>,
    /// What the window itself is to do.
    pub asks: &'a mut Vec<Ask>,
}

/// What the window itself is to do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Ask {
    /// Show the dialog for pictures.
    OpenPictures,
    /// Ask for the path of a picture.
    TypePath,
    /// Ask for a model's folder.
    ModelFolder,
    /// Copy the selected picture's answer.
    CopyAnswer,
    /// Ask where to write it.
    Export,
    /// Show or hide where on the picture its locatability comes from.
    ToggleHeatmap,
    /// Ask where to write the picture with its colours.
    SaveHeatmap(Heatmap),
    /// Ask for a segmenter's folder.
    SegmenterFolder,
    /// Ask for a folder to index.
    IndexFolder,
    /// Ask for an index to open.
    OpenIndex,
    /// Ask where to write a part of the data set.
    ExportDataset,
    /// Look at this point on the map.
    ShowOnMap(LatLon),
    /// Show shortcuts and about.
    Help,
    /// Close the dialog that is open.
    CloseDialog,
}

/// Which of the three panels under the map is shown where there is no room for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Tab {
    #[default]
    Answer,
    Candidates,
    Evidence,
}

impl Tab {
    const ALL: [Self; 3] = [Self::Answer, Self::Candidates, Self::Evidence];

    fn name(self) -> &'static str {
        match self {
            Self::Answer => "Answer",
            Self::Candidates => "Candidates",
            Self::Evidence => "Evidence",
        }
    }

    fn ui(self, view: &mut View<'_>, ui: &mut Ui) {
        match self {
            Self::Answer => reasoning::reasoning_ui(view, ui),
            Self::Candidates => candidates::candidates_ui(view, ui),
            Self::Evidence => evidence::evidence_ui(view, ui),
        }
    }
}

/// From this width on all three panels under the map stand side by side.
const WIDTH_FOR_COLUMNS: f32 = 820.0;

/// Everything the window draws, and how it is looked at.
pub struct Window {
    textures: textures::Textures,
    picture: picture_panel::PicturePanel,
    strip: film_strip::FilmStrip,
    map: map::MapPanel,
    basemap: map::Basemap,
    dataset: dataset::DatasetPage,
    status: status::Status,
    welcome: welcome::Welcome,
    dialogs: dialogs::Dialogs,
    incoming: keys::Incoming,
    tab: Tab,
}

impl Window {
    /// A window with nothing in it; map tiles, when they are switched on, are kept in this folder.
    pub fn new(ctx: &Context, tile_cache: Option<PathBuf>) -> Self {
        Self {
            textures: textures::Textures::new(ctx),
            picture: picture_panel::PicturePanel::default(),
            strip: film_strip::FilmStrip::default(),
            map: map::MapPanel::new(),
            basemap: map::Basemap::new(tile_cache),
            dataset: dataset::DatasetPage::new(),
            status: status::Status::default(),
            welcome: welcome::Welcome::default(),
            dialogs: dialogs::Dialogs::default(),
            incoming: keys::Incoming::default(),
            tab: Tab::default(),
        }
    }

    /// Draws one frame; what the user wants comes back as actions.
    pub fn ui(&mut self, state: &State, ui: &mut Ui) -> Vec<Action> {
        let ctx = ui.ctx().clone();
        let (mut actions, mut asks) = (Vec::new(), Vec::new());
        let view = &mut View { state, actions: &mut actions, asks: &mut asks };
        ctx.set_theme(match state.settings().theme {
            ThemeChoice::System => ThemePreference::System,
            ThemeChoice::Light => ThemePreference::Light,
            ThemeChoice::Dark => ThemePreference::Dark,
        });
        self.textures.begin_frame(&ctx, |key| state.entries().iter().any(|entry| entry.key == key));
        self.incoming.take(&ctx, view);
        keys::keys(&ctx, view, self.dialogs.is_open());
        self.panels(view, ui);
        notices(view, &ctx);
        drop_hint(&ctx, state.settings().page);
        self.dialogs.ui(&ctx, view.actions);
        if self.dialogs.help {
            keys::help_ui(&ctx, state.settings().page, &mut self.dialogs.help);
        }
        for ask in asks {
            self.answer(&ctx, state, ask);
        }
        actions
    }

    fn panels(&mut self, view: &mut View<'_>, ui: &mut Ui) {
        let bar = |ui: &Ui| Frame::side_top_panel(ui.style()).inner_margin(Margin::symmetric(theme::PADDING, 4));
        Panel::top("toolbar").exact_size(42.0).frame(bar(ui)).show(ui, |ui| toolbar::toolbar_ui(view, ui));
        let network = self.basemap.obey(ui.ctx(), view.state.settings().network);
        Panel::bottom("status").exact_size(28.0).frame(bar(ui)).show(ui, |ui| self.status.ui(view, ui, &network));
        match view.state.settings().page {
            Page::Locate => self.locate_page(view, ui),
            Page::Dataset => self.dataset.ui(view, ui, &mut self.basemap),
        }
    }

    fn locate_page(&mut self, view: &mut View<'_>, ui: &mut Ui) {
        let plain = Frame::new().fill(theme::palette(ui).ground);
        let left = Panel::left("pictures").default_size(ui.available_width() * 0.44).min_size(320.0);
        let most = (ui.available_width() - 360.0).max(340.0);
        left.max_size(most).frame(plain).show(ui, |ui| self.pictures(view, ui));
        CentralPanel::no_frame().show(ui, |ui| {
            let answers = Panel::bottom("answers").default_size(ui.available_height() * 0.46).min_size(150.0);
            let most = (ui.available_height() - 140.0).max(170.0);
            let frame = plain.inner_margin(Margin::symmetric(theme::PADDING, 8));
            answers.resizable(true).max_size(most).frame(frame).show(ui, |ui| self.answers(view, ui));
            CentralPanel::no_frame().show(ui, |ui| self.map.ui(view, ui, &mut self.basemap));
        });
    }

    fn pictures(&mut self, view: &mut View<'_>, ui: &mut Ui) {
        if view.state.entries().is_empty() && view.state.openings().is_empty() {
            CentralPanel::no_frame().show(ui, |ui| self.welcome.ui(view, ui));
            return;
        }
        let frame = Frame::new().fill(theme::palette(ui).ground).inner_margin(Margin::symmetric(8, 6));
        let strip = Panel::bottom("film strip").exact_size(film_strip::HEIGHT).frame(frame);
        strip.show(ui, |ui| self.strip.ui(view, ui, &mut self.textures));
        CentralPanel::no_frame().show(ui, |ui| self.picture.ui(view, ui, &mut self.textures));
    }

    fn answers(&mut self, view: &mut View<'_>, ui: &mut Ui) {
        if view.state.selected().is_none() {
            ui.label(
                RichText::new("The answer, its reasons and the evidence stand here once a picture is open.").weak(),
            );
            ui.take_available_space();
            return;
        }
        if reasoning::is_by_starter(view) {
            let frame = Frame::new().inner_margin(Margin { top: 8, ..Margin::ZERO });
            let strip = Panel::bottom("caution").resizable(false).show_separator_line(false).frame(frame);
            strip.show(ui, |ui| reasoning::caution_ui(view, ui));
        }
        if ui.available_width() < WIDTH_FOR_COLUMNS {
            ui.horizontal(|ui| {
                for tab in Tab::ALL {
                    ui.selectable_value(&mut self.tab, tab, tab.name());
                }
            });
            ui.separator();
            self.tab.ui(view, ui);
            ui.take_available_space();
            return;
        }
        let whole = ui.available_rect_before_wrap();
        let gap = 2.0 * theme::GAP_WIDE;
        let line = Stroke::new(1.0, theme::palette(ui).line);
        let mut from = whole.min.x;
        for (tab, share) in Tab::ALL.into_iter().zip([0.38, 0.32, 0.30]) {
            let width = (whole.width() - 2.0 * gap) * share;
            let column = whole.with_min_x(from).with_max_x(from + width);
            ui.scope_builder(UiBuilder::new().max_rect(column).id_salt(tab.name()), |ui| {
                ui.label(RichText::new(tab.name()).small().weak());
                tab.ui(view, ui);
            });
            from += width + gap;
            if tab != Tab::Evidence {
                ui.painter().vline(from - gap / 2.0, whole.y_range(), line);
            }
        }
        ui.take_available_space();
    }

    fn answer(&mut self, ctx: &Context, state: &State, ask: Ask) {
        let found = state.selected().and_then(|entry| entry.found.as_ref());
        match ask {
            Ask::OpenPictures => self.dialogs.open_pictures(ctx),
            Ask::TypePath => self.dialogs.type_path(),
            Ask::ModelFolder => self.dialogs.model_folder(&state.settings().model),
            Ask::CopyAnswer => {
                if let Some(found) = found {
                    ctx.copy_text(export::text(&found.finding));
                }
            }
            Ask::Export => {
                if let Some(found) = found {
                    self.dialogs.export(std::sync::Arc::clone(&found.finding));
                }
            }
            Ask::ToggleHeatmap => self.picture.heatmap.is_shown ^= true,
            Ask::SaveHeatmap(heatmap) => {
                let shown = state.selected().and_then(|entry| entry.picture.clone().ok().zip(entry.locatable.clone()));
                if let Some((picture, locatable)) = shown {
                    self.dialogs.save_heatmap(picture, locatable, heatmap);
                }
            }
            Ask::SegmenterFolder => self.dialogs.segmenter_folder(&state.settings().segmenter),
            Ask::IndexFolder => self.dialogs.index_folder(ctx),
            Ask::OpenIndex => self.dialogs.open_index(ctx),
            Ask::ExportDataset => self.dialogs.export_dataset(state.dataset()),
            Ask::ShowOnMap(point) => self.map.show(point),
            Ask::Help => self.dialogs.help = !self.dialogs.help,
            Ask::CloseDialog => {
                if self.dialogs.is_open() {
                    self.dialogs.close();
                } else {
                    self.dataset.escape();
                }
            }
        }
        ctx.request_repaint();
    }
}

/// What is said in passing, over the lower right corner, so that nothing moves aside for it.
fn notices(view: &mut View<'_>, ctx: &Context) {
    if view.state.notices().is_empty() {
        return;
    }
    egui::Area::new(Id::unique("notices"))
        .anchor(Align2::RIGHT_BOTTOM, vec2(-12.0, -38.0))
        .order(Order::Foreground)
        .show(ctx, |ui| {
            for notice in view.state.notices() {
                let palette = theme::palette(ui);
                Frame::popup(ui.style()).inner_margin(Margin::symmetric(10, 6)).show(ui, |ui| {
                    ui.set_max_width(420.0);
                    ui.horizontal(|ui| {
                        let color = if notice.kind == NoticeKind::Error { palette.error } else { palette.text };
                        ui.add(egui::Label::new(RichText::new(&notice.text).color(color)).wrap());
                        if ui.small_button("Dismiss").clicked() {
                            view.actions.push(Action::Dismiss(notice.number));
                        }
                    });
                });
            }
        });
}

/// Says what a drop will do while files hang over the window.
fn drop_hint(ctx: &Context, page: Page) {
    let n_files = ctx.input(|input| input.raw.hovered_files.len());
    if n_files == 0 {
        return;
    }
    let painter = ctx.layer_painter(LayerId::new(Order::Foreground, Id::unique("drop hint")));
    let rect = ctx.content_rect();
    painter.rect_filled(rect, 0.0, Color32::from_black_alpha(150));
    let text = match (page, n_files) {
        (Page::Dataset, _) => "Drop to index this folder, or to open this index".to_owned(),
        (Page::Locate, 1) => "Drop to locate this picture".to_owned(),
        (Page::Locate, _) => format!("Drop to locate these {n_files}"),
    };
    painter.text(rect.center(), Align2::CENTER_CENTER, text, FontId::proportional(26.0), Color32::WHITE);
}
