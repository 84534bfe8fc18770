//! What is known about countries and streets, with its sources: ADE20K classes and the paper's locatability weights,
//! the road facts of each country of the drawn street world, the everyday words of its languages, basic facts
//! of every country code, scripts by their codes, which countries look alike, clue records with how likely they are where, and parts of the world by name.

pub mod ade20k;
mod basics;
pub mod clues;
mod facts;
mod languages;
mod regions;
mod resemblance;
mod script;

pub use ade20k::locatability;
pub use basics::{Basics, DrivingSide, all_basics, basics};
pub use facts::{City, Climate, CountryFacts, Fact, LanguageShare, cities, cities_of, countries, country};
pub use languages::{Language, language, languages};
pub use regions::{WorldRegion, world_region, world_regions};
pub use resemblance::resembling;
pub use script::{Script, UnknownScript};
