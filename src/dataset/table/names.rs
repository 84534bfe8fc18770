//! What the columns of tables are called, as people and programs name them. Names are compared without capitals, spaces and
//! signs: `GT_Latitude`, `gt latitude` and `gtLatitude` are one name. Earlier names win over later ones.

use std::path::Path;

use super::role::Role;
use crate::picture::is_named_as_picture;

/// A name without capitals, spaces and signs.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Where a plain name stands among those for a role.
pub(super) fn rank(role: Role, plain: &str) -> Option<usize> {
    names(role).split_whitespace().position(|name| name == plain)
}

/// Whether a name speaks of a position, though it may be none that is known.
pub(super) fn speaks_of_position(name: &str) -> bool {
    let named = plain(name);
    let known = [Role::Latitude, Role::Longitude, Role::Position];
    known.iter().any(|role| rank(*role, &named).is_some()) || words(name).iter().any(|word| POSITION.contains(&&**word))
}

/// Words of a name that speak of a position.
const POSITION: &[&str] = &[
    "lat",
    "lats",
    "latitude",
    "lon",
    "lons",
    "lng",
    "long",
    "longitude",
    "gps",
    "coord",
    "coords",
    "coordinate",
    "coordinates",
    "latlon",
    "latlng",
    "lonlat",
    "geo",
    "geom",
    "geometry",
    "wkt",
    "easting",
    "northing",
];

/// Whether the cells of a first line are values of a row and no names of columns: two of them are degrees with a fraction, or one is
/// called as pictures are, and none is a name that is known.
pub(super) fn are_values(cells: &[String]) -> bool {
    let is_known = |cell: &String| Role::ALL.iter().any(|role| rank(*role, &plain(cell)).is_some());
    let is_degrees =
        |cell: &&String| cell.contains('.') && cell.parse::<f64>().is_ok_and(|degrees| degrees.abs() <= 180.0);
    let has_picture = cells.iter().any(|cell| is_named_as_picture(Path::new(cell)));
    (has_picture || cells.iter().filter(is_degrees).count() >= 2) && !cells.iter().any(is_known)
}

/// The words of a name: `predLat`, `pred_lat` and `Pred lat` have two.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && before.is_lowercase()) {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words
}

fn names(role: Role) -> &'static str {
    match role {
        Role::Path => {
            "path filepath imagepath imgpath picturepath photopath pathname relativepath relpath fullpath absolutepath \
             file filename imagefile imagefilename imgfile picturefile photofile sourcefile image picture photo img pic \
             imagename imgname picturename photoname fname mediapath mediafile media framepath framefile frame \
             localpath localfile filelocation imagelocation pano panopath streetview screenshot thumbpath \
             pfad dateipfad bildpfad datei dateiname bild bilddatei bildname foto fotodatei \
             chemin cheminfichier fichier nomfichier nomdufichier imagefichier \
             ruta archivo nombrearchivo nombredearchivo imagen fotografia caminho arquivo nomearquivo imagem \
             percorso nomefile immagine bestand bestandsnaam bestandspad afbeelding plik sciezka zdjecie \
             fil filnamn filnavn bilde billede tiedosto dosya resim soubor obrazek \
             путь файл имяфайла изображение фото 路径 文件 文件名 图片 图像 パス ファイル ファイル名 画像 파일 파일명 이미지 \
             uri source src name title imageid imgid photoid pictureid panoid key uuid id"
        }
        Role::Latitude => {
            "latitude lat gpslatitude gpslat latitudedeg latdeg latitudedegrees decimallatitude latdd latdecimal \
             gtlatitude gtlat latgt truelatitude truelat lattrue actuallat groundtruthlatitude groundtruthlat \
             imagelatitude imagelat imglat photolat photolatitude picturelat cameralatitude cameralat camlat \
             exiflatitude exiflat exifgpslatitude exifexifgpslatitude compositegpslatitude xmpgpslatitude \
             geolatitude geolat locationlatitude locationlat placelat capturelat captureplat startlat startlatitude \
             coordinateslat coordslat coordslatitude coordinateslatitude computedlat latwgs84 wgs84lat latitudewgs84 \
             targetlat targetlatitude panolat trueylat latcoord latitud latitudine latitudedecimal latitudgps \
             breite breitengrad geobreite geographischebreite breedtegraad breddegrad breddgrad leveysaste \
             szerokosc szerokoscgeograficzna enlem zemepisnasirka широта 纬度 緯度 위도"
        }
        Role::Longitude => {
            "longitude lon lng long gpslongitude gpslon gpslng gpslong longitudedeg londeg lngdeg longitudedegrees \
             decimallongitude londd lngdd londecimal gtlongitude gtlon gtlng gtlong longt lnggt truelongitude truelon \
             truelng lontrue actuallon actuallng groundtruthlongitude groundtruthlon groundtruthlng \
             imagelongitude imagelon imagelng imglon imglng photolon photolng photolongitude picturelon \
             cameralongitude cameralon cameralng camlon exiflongitude exiflon exiflng exifgpslongitude \
             exifexifgpslongitude compositegpslongitude xmpgpslongitude geolongitude geolon geolng geolong \
             locationlongitude locationlon locationlng placelon placelng capturelon capturelng startlon startlng \
             startlongitude coordinateslon coordinateslng coordslon coordslng coordslongitude coordinateslongitude \
             computedlon computedlng lonwgs84 wgs84lon longitudewgs84 targetlon targetlng targetlongitude panolon \
             panolng loncoord lngcoord longitud longitudine longitudedecimal longitudgps \
             laenge länge laengengrad längengrad geolaenge geographischelänge lengtegraad længdegrad lengdegrad \
             longituud pituusaste dlugosc długość boylam zemepisnadelka долгота 经度 経度 경도"
        }
        Role::Position => {
            "gpsposition latlon latlng latlong latitudelongitude coordinates coords coordinate gpscoordinates \
             gpscoords gps position koordinaten coordonnees coordenadas coordinate"
        }
        Role::LatitudeReference => "gpslatituderef latituderef latref exifgpslatituderef gpslatref",
        Role::LongitudeReference => {
            "gpslongituderef longituderef lonref lngref exifgpslongituderef gpslonref gpslngref"
        }
        Role::Country => {
            "countrycode cc iso iso2 isoa2 countryiso countryiso2 iso3166 country countryname uniquecountry admin0 land pays \
             pais"
        }
        Role::City => "city town cityname municipality stadt ort ville ciudad cidade citta stad",
        Role::Locatability => "locatability",
        Role::Clues => "clues clue cluetext clueslist",
        Role::Reasons => "reasons reason reasoning rationale explanation",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_names_are_known_and_none_twice_in_two_roles() {
        let mut all: Vec<(&str, Role)> =
            Role::ALL.iter().flat_map(|role| names(*role).split_whitespace().map(|n| (n, *role))).collect();
        assert!(all.len() > 300, "{}", all.len());
        for (name, _) in &all {
            assert_eq!(plain(name), **name, "names are plain");
        }
        all.sort_by_key(|(name, _)| *name);
        for pair in all.windows(2) {
            assert!(pair[0].0 != pair[1].0 || pair[0].1 == pair[1].1, "{pair:?}");
        }
    }

    #[test]
    fn names_that_speak_of_a_position() {
        for name in ["pred_lat", "predLon", "lat_bin", "GPS Altitude", "latitude_2", "geometry"] {
            assert!(speaks_of_position(name), "{name}");
        }
        for name in ["plate", "flat", "along", "translation", "city", "longest_side"] {
            assert!(!speaks_of_position(name), "{name}");
        }
    }
}
