//! What is wrong with a file that opens all the same.

use super::{kilometres, metres};
use crate::picture::{Block, FileProblem};

/// A sentence for what is wrong with a file.
pub fn file_problem(problem: &FileProblem) -> String {
    match problem {
        FileProblem::RowsMissing(percent) => {
            format!("The file is cut: the last {percent} % of the picture is missing and shown grey.")
        }
        FileProblem::DetailMissing => {
            "The file is cut: all of the picture is there, but not its finest detail.".to_owned()
        }
        FileProblem::EndMissing => "The file's end marker is missing; every row of the picture is there.".to_owned(),
        FileProblem::DataDamaged(cause) => format!("Part of the picture may be wrong: its data is damaged ({cause})."),
        FileProblem::PreviewShown => "This is a camera raw file: its embedded preview is shown.".to_owned(),
        FileProblem::MetadataNotRead => "The picture's metadata cannot be read: its reader failed.".to_owned(),
        FileProblem::MetadataDamaged(cause) => format!("Some of the picture's metadata is damaged ({cause})."),
        FileProblem::XmpDamaged => "Some of the picture's XMP metadata is damaged.".to_owned(),
        FileProblem::HalfPosition(Block::Exif) => {
            "The file has half a GPS position (latitude or longitude alone); it is not used.".to_owned()
        }
        FileProblem::HalfPosition(Block::Xmp) => {
            "The file's XMP has half a GPS position (latitude or longitude alone); it is not used.".to_owned()
        }
        FileProblem::PositionNotDegrees => {
            "The file's GPS position is not in degrees, minutes and seconds; it is not used.".to_owned()
        }
        FileProblem::PositionNotRead { latitude, longitude } => {
            format!("The file's XMP position ({latitude}, {longitude}) cannot be read; it is not used.")
        }
        FileProblem::PositionWithoutSides { lat, lon } => format!(
            "The file's GPS position ({lat:.4}, {lon:.4}) does not say north or south and east or west; it is not used."
        ),
        FileProblem::PositionZeros => {
            "The file's GPS position is 0, 0, which cameras write when they have none; it is not used.".to_owned()
        }
        FileProblem::PositionOffEarth { lat, lon } => {
            format!("The file's GPS position ({lat:.4}, {lon:.4}) is not on the Earth; it is not used.")
        }
        FileProblem::PositionUncertain => "The GPS receiver marked its position as uncertain.".to_owned(),
        FileProblem::TwoPositions { km, second } => format!(
            "The file gives two positions that lie {} apart; the second, {:.5}, {:.5}, is not used.",
            kilometres(*km),
            second.lat,
            second.lon
        ),
        FileProblem::ShiftedDatum => {
            "The file's position is in China's shifted datum (GCJ-02): it lies up to 700 m off.".to_owned()
        }
        FileProblem::OtherDatum(datum) => format!(
            "The file's position is in the datum {datum}, not WGS 84: on the map it may lie several hundred metres off."
        ),
        FileProblem::AltitudeNoNumber => "The file's altitude is not a number; it is not used.".to_owned(),
        FileProblem::AltitudeImpossible(height) => {
            format!("The file's altitude ({}) is impossible; it is not used.", metres(*height))
        }
        FileProblem::HeadingNoNumber => "The file's heading is not a number; it is not used.".to_owned(),
        FileProblem::HeadingImpossible(degrees) => {
            format!("The file's heading ({degrees:.0} degrees) is not a direction; it is not used.")
        }
        FileProblem::TakenNoDate(text) => {
            format!("The file's time of taking (\"{text}\") is not a date; it is not used.")
        }
        FileProblem::GpsTimeNotRead => {
            "The file's GPS time is not in hours, minutes and seconds; it is not used.".to_owned()
        }
        FileProblem::GpsTimeNone(text) => format!("The file's GPS time (\"{text}\") is not a time; it is not used."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::LatLon;

    #[test]
    fn a_cut_file_says_how_much_is_missing() {
        let said = file_problem(&FileProblem::RowsMissing(40));
        assert_eq!(said, "The file is cut: the last 40 % of the picture is missing and shown grey.");
    }

    #[test]
    fn numbers_of_strangers_are_said_as_they_are() {
        let second = LatLon::new(48.135, 11.582).unwrap();
        let said = file_problem(&FileProblem::TwoPositions { km: 1234.4, second });
        assert_eq!(
            said,
            "The file gives two positions that lie 1,234 km apart; the second, 48.13500, 11.58200, is not used."
        );
        let said = file_problem(&FileProblem::AltitudeImpossible(4_294_967_284.0));
        assert_eq!(said, "The file's altitude (4,294,967,284 m) is impossible; it is not used.");
    }
}
