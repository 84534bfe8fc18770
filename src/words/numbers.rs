//! Numbers as people read them: no more digits than are known, thousands in groups of three.

/// Degrees as people write them: "45.7640° N, 4.8357° E".
pub fn coordinates(lat: f64, lon: f64) -> String {
    let (north, east) = (if lat < 0.0 { 'S' } else { 'N' }, if lon < 0.0 { 'W' } else { 'E' });
    format!("{:.4}° {north}, {:.4}° {east}", lat.abs(), lon.abs())
}

/// A direction as people say it: "120°, south-east".
pub fn heading(degrees: f64) -> String {
    const WINDS: [&str; 8] = ["north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"];
    let degrees = degrees.rem_euclid(360.0);
    let wind = WINDS[(degrees / 45.0).round() as usize % WINDS.len()];
    format!("{:.0}°, {wind}", degrees.round() % 360.0)
}

/// A probability as a percentage that claims no more digits than help: "34 %", "3.2 %", "< 0.1 %", and "> 99 %" where it would
/// round to certainty.
pub fn percent(probability: f64) -> String {
    let percent = 100.0 * probability;
    if percent >= 99.5 {
        "> 99 %".to_owned()
    } else if percent >= 9.95 {
        format!("{percent:.0} %")
    } else if percent >= 0.1 {
        format!("{percent:.1} %")
    } else {
        "< 0.1 %".to_owned()
    }
}

/// A distance: "0.4 km", "12 km", "1,240 km".
pub fn kilometres(km: f64) -> String {
    if km < 9.95 {
        return format!("{km:.1} km");
    }
    grouped(&format!("{km:.0}")) + " km"
}

/// By how much something multiplies: "× 1.6", "× 20".
pub fn factor(factor: f64) -> String {
    if factor < 9.95 { format!("× {factor:.1}") } else { format!("× {}", grouped(&format!("{factor:.0}"))) }
}

/// A size of land: "0.8 km²", "12,300 km²".
pub fn square_kilometres(km2: f64) -> String {
    let digits = if km2 < 9.95 { format!("{km2:.1}") } else { grouped(&format!("{km2:.0}")) };
    digits + " km²"
}

/// A height: "12 m", "−3 m", "8,849 m".
pub fn metres(metres: f64) -> String {
    let sign = if metres.round() < 0.0 { "−" } else { "" };
    format!("{sign}{} m", grouped(&format!("{:.0}", metres.abs())))
}

/// A count: "7", "12,345".
pub fn count(n: usize) -> String {
    grouped(&n.to_string())
}

/// An amount of memory: "640 MB", "1.3 GB", "16 GB".
pub fn bytes(bytes: u64) -> String {
    let megabytes = bytes as f64 / 1e6;
    if megabytes < 0.95 {
        format!("{:.0} kB", bytes as f64 / 1e3)
    } else if megabytes < 999.5 {
        format!("{megabytes:.0} MB")
    } else if megabytes < 9950.0 {
        format!("{:.1} GB", megabytes / 1e3)
    } else {
        format!("{:.0} GB", megabytes / 1e3)
    }
}

/// Digits in groups of three.
fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A stretch of time as one waits for it: "40 s", "5 min", "2 h 10 min".
pub fn duration(seconds: f64) -> String {
    let minutes = (seconds / 60.0).round() as u64;
    if seconds < 99.5 {
        format!("{:.0} s", seconds.max(0.0))
    } else if minutes < 100 {
        format!("{minutes} min")
    } else {
        format!("{} h {} min", minutes / 60, minutes % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_has_its_wind() {
        let said = [0.0, 22.4, 120.0, 359.8, -90.0].map(heading);
        assert_eq!(said, ["0°, north", "22°, north", "120°, south-east", "0°, north", "270°, west"]);
    }

    #[test]
    fn numbers_claim_no_more_than_they_know() {
        assert_eq!([0.341, 0.0316, 0.0001].map(percent), ["34 %", "3.2 %", "< 0.1 %"]);
        assert_eq!(
            [0.994, 0.995, 0.9999, 1.0].map(percent),
            ["99 %", "> 99 %", "> 99 %", "> 99 %"],
            "nothing is certain"
        );
        assert_eq!([12.4, -3.2, -0.4, 8848.9].map(metres), ["12 m", "−3 m", "0 m", "8,849 m"]);
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([4.0, 99.0, 300.0, 7800.0].map(duration), ["4 s", "99 s", "5 min", "2 h 10 min"]);
        assert_eq!(
            [4096, 640_000_000, 1_310_000_000, 16_000_000_000].map(bytes),
            ["4 kB", "640 MB", "1.3 GB", "16 GB"]
        );
        assert_eq!([0.42, 12.4, 1240.0, 20_015.0].map(kilometres), ["0.4 km", "12 km", "1,240 km", "20,015 km"]);
    }
}
