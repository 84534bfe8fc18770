//! What is known about countries and streets, with its sources: ADE20K classes and the paper's locatability weights,
//! the road facts of each country of the drawn street world, the everyday words of its languages, and scripts by their codes.

pub mod ade20k;
mod facts;
mod languages;
mod script;

pub use ade20k::locatability;
pub use facts::{City, Climate, CountryFacts, Fact, LanguageShare, cities, cities_of, countries, country};
pub use languages::{Language, language, languages};
pub use script::{Script, UnknownScript};
