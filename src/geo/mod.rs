//! The Earth: points, countries, places, cells, and how probability lies over them.
//! What it knows of the world is held inside the program (`assets/geo/`) and read once, when first asked for.

pub mod borders;
mod cell;
mod closer;
mod country;
mod country_at;
mod country_code;
mod country_named;
mod divisions;
mod fold;
mod gazetteer;
mod latlon;
mod nearby;
mod packed;
mod place_index;
mod prior;
mod region;
mod rows;
mod surface;
pub mod waters;

pub use cell::{Cell, RESOLUTION, Tiling};
pub use closer::Closely;
pub use country::{Country, countries, country, country_called, country_codes, country_spelled};
pub use country_at::country_at;
pub use country_code::{CountryCode, CountryCodeError};
pub use country_named::country_named;
pub use divisions::{countries_of_division, is_division_of};
pub use fold::fold;
pub use gazetteer::{
    Place, PlaceMatch, chief_places, nearest_place, places_called, places_named, small_places_between, town_at,
};
pub use latlon::{Direction, EARTH_RADIUS_KM, LatLon};
pub use nearby::{Cube, Nearby, cube_of};
pub use prior::{Atom, Prior, prior};
pub use region::{
    MOST_CORNERS, MOST_SHAPES, Region, RegionError, RegionFileError, RegionFileProblem, Shape, circle_rings,
    read_region,
};
pub use surface::Surface;
