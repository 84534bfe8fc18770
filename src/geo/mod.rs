//! The Earth: points, countries, places, cells, and how probability lies over them.

mod country_code;
mod latlon;

pub use country_code::{CountryCode, CountryCodeError};
pub use latlon::{EARTH_RADIUS_KM, LatLon};
