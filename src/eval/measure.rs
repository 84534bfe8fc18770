//! What a set of answers is measured by. Each measure is a number of a set of outcomes, so that it can be taken of a set that
//! was drawn anew as well (see [`Bootstrap`](super::Bootstrap)).

use std::ops::Index;

use serde::{Deserialize, Serialize};

use super::{
    metrics::{Share, THRESHOLDS_KM, f1, geo_score, mean, median},
    results::ResultRow,
};
use crate::geo::{CountryCode, fold};

/// A measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// The share of pictures whose first place lies within 1 km of the true one.
    #[serde(rename = "within_1_km")]
    Within1,
    /// Within 25 km.
    #[serde(rename = "within_25_km")]
    Within25,
    /// Within 200 km.
    #[serde(rename = "within_200_km")]
    Within200,
    /// Within 750 km.
    #[serde(rename = "within_750_km")]
    Within750,
    /// Within 2500 km.
    #[serde(rename = "within_2500_km")]
    Within2500,
    /// The mean distance in kilometres, of pictures with a place.
    MeanKm,
    /// The median distance in kilometres, of pictures with a place.
    MedianKm,
    /// The mean score, 0 to 5000; a picture without a place scores 0.
    GeoScore,
    /// The share of pictures whose likeliest country is right.
    Country,
    /// The share of pictures whose first place lies in the right first-level division, of those whose division is known.
    Region,
    /// The share of pictures whose first place is the right city, of those whose city is known.
    City,
    /// Of the answers that name a country, the share that is right: what GeoReasoner's tables call accuracy.
    CountryAccuracy,
    /// The share of answers that name a country: what its tables call recall.
    CountryRecall,
    /// The harmonic mean of these two.
    CountryF1,
    /// Of the answers that name a city, the share that is right, in the right country.
    CityAccuracy,
    /// The share of answers that name a city.
    CityRecall,
    /// The harmonic mean of these two.
    CityF1,
}

impl Measure {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 17] = [
        Self::Within1,
        Self::Within25,
        Self::Within200,
        Self::Within750,
        Self::Within2500,
        Self::MeanKm,
        Self::MedianKm,
        Self::GeoScore,
        Self::Country,
        Self::Region,
        Self::City,
        Self::CountryAccuracy,
        Self::CountryRecall,
        Self::CountryF1,
        Self::CityAccuracy,
        Self::CityRecall,
        Self::CityF1,
    ];

    /// The share that it is of these outcomes; none where it is no share or is of nothing.
    pub(super) fn share_of<'o>(self, outcomes: impl Iterator<Item = &'o Outcome>) -> Option<Share> {
        let within = |outcome: &Outcome, most: f64| outcome.is_placed.then(|| outcome.km.is_some_and(|km| km <= most));
        let is_right = |named: Option<Named>| named.filter(|named| *named != Named::Silent).map(|n| n == Named::Right);
        let is_said = |named: Option<Named>| named.map(|named| named != Named::Silent);
        let hit = |outcome: &Outcome| match self {
            Self::Within1 => within(outcome, THRESHOLDS_KM[0]),
            Self::Within25 => within(outcome, THRESHOLDS_KM[1]),
            Self::Within200 => within(outcome, THRESHOLDS_KM[2]),
            Self::Within750 => within(outcome, THRESHOLDS_KM[3]),
            Self::Within2500 => within(outcome, THRESHOLDS_KM[4]),
            Self::Country => outcome.country,
            Self::Region => outcome.region,
            Self::City => outcome.city,
            Self::CountryAccuracy => is_right(outcome.named_country),
            Self::CountryRecall => is_said(outcome.named_country),
            Self::CityAccuracy => is_right(outcome.named_city),
            Self::CityRecall => is_said(outcome.named_city),
            Self::MeanKm | Self::MedianKm | Self::GeoScore | Self::CountryF1 | Self::CityF1 => None,
        };
        Some(Share::of(outcomes.filter_map(hit))).filter(|share| share.of > 0)
    }

    /// Whether a greater number is a better one.
    pub fn more_is_better(self) -> bool {
        !matches!(self, Self::MeanKm | Self::MedianKm)
    }
}

/// What became of one picture, as far as the measures go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// Whether it is known where the picture was taken; of the others nothing is measured in kilometres.
    pub is_placed: bool,
    /// How far the first place is from the true one; none without a place.
    pub km: Option<f64>,
    /// Whether the likeliest country is right; none where the true one is not known.
    pub country: Option<bool>,
    /// The same of the first place's division.
    pub region: Option<bool>,
    /// The same of the first place's city.
    pub city: Option<bool>,
    /// What the answer says of the country; none where the true one is not known.
    pub named_country: Option<Named>,
    /// What it says of the city; none where the true one is not known.
    pub named_city: Option<Named>,
}

/// What an answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// The right thing.
    Right,
    /// Another.
    Wrong,
    /// Nothing.
    Silent,
}

impl Outcome {
    /// Of a row of results. A picture that failed got nothing right and said nothing.
    pub fn of(row: &ResultRow) -> Self {
        let truth = row.true_country;
        let same = |said: Option<&str>, truth: &str| said.is_some_and(|said| fold(said) == fold(truth));
        // The same name in another country is another place.
        let is_there = |country: Option<CountryCode>| country.is_some() && country == truth;
        let first = |said: &Option<String>, truth: &Option<String>| {
            truth.as_deref().map(|truth| is_there(row.first_country) && same(said.as_deref(), truth))
        };
        let named = |is_said: bool, is_right: bool| match (is_said, is_right) {
            (false, _) => Named::Silent,
            (true, true) => Named::Right,
            (true, false) => Named::Wrong,
        };
        Self {
            is_placed: row.true_place().is_some(),
            km: row.distance_km,
            country: truth.map(|_| is_there(row.likeliest_country)),
            region: first(&row.first_region, &row.true_region),
            city: first(&row.first_city, &row.true_city),
            named_country: truth.map(|_| named(row.country.is_some(), is_there(row.country))),
            named_city: row
                .true_city
                .as_deref()
                .map(|truth| named(row.city.is_some(), is_there(row.country) && same(row.city.as_deref(), truth))),
        }
    }
}

/// The measures of a set; none where there is nothing that they could be of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Values([Option<f64>; Measure::ALL.len()]);

impl Index<Measure> for Values {
    type Output = Option<f64>;

    fn index(&self, measure: Measure) -> &Option<f64> {
        &self.0[measure as usize]
    }
}

impl Values {
    /// Of these outcomes.
    pub fn of(outcomes: &[&Outcome]) -> Self {
        let km: Vec<f64> = outcomes.iter().filter_map(|outcome| outcome.km).collect();
        let share = |measure: Measure| measure.share_of(outcomes.iter().copied()).map(|share| share.share);
        // Who names nothing is right in nothing.
        let both = |accuracy, recall| Some(f1(share(accuracy).unwrap_or(0.0), share(recall)?));
        let of = |measure: Measure| match measure {
            Measure::MeanKm => mean(&km),
            Measure::MedianKm => median(&km),
            Measure::GeoScore => {
                let sum: f64 = km.iter().map(|km| geo_score(*km)).sum();
                let n_placed = outcomes.iter().filter(|outcome| outcome.is_placed).count();
                (n_placed > 0).then(|| sum / n_placed as f64)
            }
            Measure::CountryF1 => both(Measure::CountryAccuracy, Measure::CountryRecall),
            Measure::CityF1 => both(Measure::CityAccuracy, Measure::CityRecall),
            _share => share(measure),
        };
        Self(Measure::ALL.map(of))
    }
}
