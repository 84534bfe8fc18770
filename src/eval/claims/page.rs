//! The experiment's tables as a page to read.

use std::fmt::{self, Display, Formatter};

use super::measure::Claims;
use crate::eval::Figure;

/// The page `docs/CLAIMS.md`.
#[derive(Debug)]
pub struct Page<'a>(pub &'a Claims);

impl Display for Page<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Claims { base, repetitions, pictures, corrected, asked, first_asked, models, hinted, differences } = self.0;
        writeln!(f, "# The papers' claims, in small\n")?;
        writeln!(
            f,
            "Made by `terrasight claims`; the same figures with all digits: `figures/claims.json`. Do not edit.\n"
        )?;
        writeln!(
            f,
            "Base: {base}, which has seen drawn streets and no place's name. A stage learns {pictures} drawn streets, the \
             correction stage {corrected}; {}. All models are asked about the same {asked} streets (seeds from {first_asked} \
             on). Intervals at 95 %, by bootstrap over streets and repetitions. It is a small model in a drawn world: it says \
             whether an effect shows here, not how large it is elsewhere.\n",
            match repetitions {
                1 => "everything was done once".to_owned(),
                more => format!("everything was done {more} times, each time with other streets"),
            }
        )?;
        writeln!(f, "| claim | compared | difference, points | each time | the paper's | as claimed |")?;
        writeln!(f, "| --- | --- | --- | --- | --- | --- |")?;
        for row in differences {
            let paper = row.paper.map_or(String::new(), |points| format!("{points:+.1}"));
            let each: Vec<String> = row.each.iter().map(|share| format!("{:+.1}", 100.0 * share)).collect();
            writeln!(
                f,
                "| {} | {} | {} | {} | {paper} | {} |",
                row.claim,
                row.what,
                points(row.country),
                each.join(", "),
                row.verdict()
            )?;
        }
        writeln!(
            f,
            "\n1: GeoReasoner's figure is country accuracy on 10,000 street views, none against all of them locatable (0.63 and \
             0.72). 2: its ablation of the stages (0.8237, 0.7803 and 0.6971). 3: GaGA's own figures are not known here.\n"
        )?;
        writeln!(f, "## Models\n\nShares in per cent.\n")?;
        writeln!(f, "| stages | country | each time | city | 25 km | 200 km | 750 km | 2500 km | median km |")?;
        writeln!(f, "| --- | --- | --- | --- | --- | --- | --- | --- | --- |")?;
        for row in models {
            let each: Vec<String> = row.country_each.iter().map(|share| format!("{:.1}", 100.0 * share)).collect();
            let within: Vec<String> = row.within[1..].iter().map(|share| format!("{:.1}", 100.0 * share)).collect();
            let km = row.median_km.map_or(String::new(), |km| format!("{km:.0}"));
            let (country, city) = (percent(row.country), percent(row.city));
            writeln!(f, "| {} | {country} | {} | {city} | {} | {km} |", row.name, each.join(", "), within.join(" | "))?;
        }
        writeln!(
            f,
            "\n## Hints\n\nThe right country, or any wrong one, said after the first answer. Shares in per cent.\n"
        )?;
        writeln!(f, "| stages | right hint | wrong hint | wrong made right | right made wrong |")?;
        writeln!(f, "| --- | --- | --- | --- | --- |")?;
        for row in hinted {
            let (right, wrong) = (percent(row.right), percent(row.wrong));
            writeln!(
                f,
                "| {} | {right} | {wrong} | {} | {} |",
                row.name,
                row.to_right.in_percent(),
                row.to_wrong.in_percent()
            )?;
        }
        Ok(())
    }
}

/// "+4.2 (1.0 to 7.5)".
fn points(figure: Figure) -> String {
    let [value, low, high] = [figure.value, figure.low, figure.high].map(|share| 100.0 * share);
    format!("{value:+.1} ({low:+.1} to {high:+.1})")
}

/// "42.0 (39.9 to 44.1)".
fn percent(figure: Figure) -> String {
    let [value, low, high] = [figure.value, figure.low, figure.high].map(|share| 100.0 * share);
    format!("{value:.1} ({low:.1} to {high:.1})")
}
