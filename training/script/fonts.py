"""Fonts for each script, all under the SIL Open Font Licence, the Apache licence or Bitstream's; some are only for the test.

From Debian (fonts-noto-core, -extra, -cjk, -cjk-extra, fonts-dejavu, fonts-lohit-*, fonts-sil-*, fonts-smc-*, fonts-nanum, ...) and
from the @fontsource packages, whose folder NODE names."""

import glob
import os

NODE = os.environ.get("FONTSOURCE", "node_modules/@fontsource")
FOLDERS = ["/usr/share/fonts/**/", NODE + "/*/files/"]

EUROPE = ["NotoSans-", "NotoSerif-", "DejaVuSans", "DejaVuSerif", "LiberationS", "OpenSans-", "Carlito-", "Comfortaa-", "GentiumPlus-"]
# (to learn from, to test with): the beginning of the files' names.
FONTS = {
    "Latn": (EUROPE + ["Caladea-", "Lobster", "Dosis-", "BebasNeue-", "YanoneKaffeesatz-", "Cabin-", "Manrope-", "NationalPark-Regular",
                       "NationalPark-Heavy", "NotoSansCJK-Bold", "Cantarell-"],
             ["Roboto", "Inter-", "Play-", "CharisSIL-", "oswald-latin-"]),
    "Grek": (EUROPE + ["GFSArtemisia", "GFSNeohellenic"], ["Roboto", "Inter-", "Play-", "GFSDidot"]),
    "Cyrl": (EUROPE + ["Lobster", "YanoneKaffeesatz-", "Manrope-"], ["Roboto", "Inter-", "Play-", "CharisSIL-", "oswald-cyrillic-", "russo-one-cyrillic-"]),
    "Arab": (["NotoSansArabic-", "NotoNaskhArabic-", "NotoKufiArabic-", "NotoNastaliqUrdu-", "Lateef-", "Harmattan-", "DejaVuSans-Bold", "cairo-arabic-"],
             ["Amiri-", "Scheherazade-", "Lemonada-", "lalezar-arabic-"]),
    "Hebr": (["NotoSansHebrew-", "NotoSerifHebrew-", "DejaVuSans-Bold", "heebo-hebrew-"], ["SILEOT", "suez-one-hebrew-"]),
    "Deva": (["NotoSansDevanagari-", "NotoSerifDevanagari-", "baloo-2-devanagari-"], ["Lohit-Devanagari", "AnnapurnaSIL-", "mukta-devanagari-"]),
    "Beng": (["NotoSansBengali-", "NotoSerifBengali-", "Lohit-Assamese"], ["Lohit-Bengali", "hind-siliguri-bengali-"]),
    "Guru": (["NotoSansGurmukhi-", "NotoSerifGurmukhi-"], ["Lohit-Gurmukhi"]),
    "Gujr": (["NotoSansGujarati-", "NotoSerifGujarati-", "baloo-bhai-2-gujarati-"], ["Lohit-Gujarati"]),
    "Orya": (["NotoSansOriya-"], ["Lohit-Odia"]),
    "Taml": (["NotoSansTamil-", "NotoSerifTamil", "catamaran-tamil-"], ["Lohit-Tamil", "MeeraInimai-"]),
    "Telu": (["NotoSansTelugu-", "NotoSerifTelugu-", "Gidugu", "Gurajada", "NTR", "Suravaram", "Ponnala"], ["Lohit-Telugu", "Mandali-", "ramabhadra", "TenaliRamakrishna"]),
    "Knda": (["NotoSansKannada-", "NotoSerifKannada-", "Navilu"], ["Lohit-Kannada"]),
    "Mlym": (["NotoSansMalayalam-", "NotoSerifMalayalam-", "Manjari-", "Chilanka-"], ["Lohit-Malayalam", "Gayathri-", "Uroob-"]),
    "Sinh": (["NotoSansSinhala-", "NotoSerifSinhala-", "GemunuLibre-"], ["abhaya-libre-sinhala-"]),
    "Thai": (["NotoSansThai-", "NotoLoopedThai-", "kanit-thai-"], ["NotoSerifThai-", "itim-thai-"]),
    "Laoo": (["NotoSansLao-", "NotoLoopedLao-", "DejaVuSans-Bold", "DejaVuSansCondensed"], ["NotoSerifLao-"]),
    "Khmr": (["NotoSansKhmer-", "NotoSerifKhmer-"], ["Mondulkiri-", "Busra-"]),
    "Mymr": (["NotoSansMyanmar-", "NotoSerifMyanmar-"], ["Padauk"]),
    "Geor": (["NotoSansGeorgian-", "NotoSerifGeorgian-"], ["DejaVuSans", "DejaVuSerif"]),
    "Armn": (["NotoSansArmenian-", "NotoSerifArmenian-"], ["DejaVuSans", "DejaVuSerif"]),
    "Ethi": (["NotoSansEthiopic-", "NotoSerifEthiopic-"], ["AbyssinicaSIL-"]),
    "Hang": (["NotoSansCJK-", "NotoSerifCJK-", "NanumGothic", "NanumBarunGothic", "NanumMyeongjo"], ["NanumSquare", "NanumBarunpen", "NanumPen"]),
    "Hrkt": (["NotoSansCJK-", "NotoSerifCJK-", "sawarabi-", "ReggaeOne-", "RocknRollOne-"], ["BIZUD", "MTLc3m", "KleeOne-", "DotGothic16-"]),
    "Hani": (["NotoSansCJK-", "NotoSerifCJK-", "LXGWWenKai-"], ["SmileySans-", "BIZUD", "MTLc3m"]),
    "Tibt": (["NotoSerifTibetan-"], ["DDC_Uchen", "ddc_uchen"]),
    "Thaa": (["NotoSansThaana-Bold", "NotoSansThaana-Regular", "NotoSansThaana-Light", "NotoSansThaana-ExtraBold"], ["NotoSansThaana-Black", "NotoSansThaana-Medium"]),
    "Tfng": (["NotoSansTifinagh", "Tagmukay-", "DejaVuSans-Bold"], ["Akatab-"]),
    "Zyyy": (EUROPE + ["BebasNeue-", "Dosis-", "NotoSansCJK-Bold"], ["Roboto", "Inter-", "Play-"]),
}
REFUSED = ["Mono", "Emoji", "Math", "YetHangul", "Coding", "Quran", "NotoSansMonoCJK", "UltraLight", "ExtraLight", "UI-", "Outline", "Thin"]
SCRIPT_SUFFIX = {".ttf", ".otf", ".ttc", ".woff"}


def all_files():
    """Font files by name; of woff and woff2 the first."""
    found = {}
    for folder in FOLDERS:
        for path in glob.glob(folder + "*", recursive=True):
            name = os.path.basename(path)
            if os.path.splitext(name)[1] in SCRIPT_SUFFIX and not any(word in name for word in REFUSED):
                found.setdefault(name, path)
    return found


def files(script, is_test):
    """Paths, each family's many weights together as often as another family's few: (family, [paths])."""
    every = all_files()
    families = [(start, sorted(path for name, path in every.items() if name.startswith(start))) for start in FONTS[script][is_test]]
    return [(start, paths) for start, paths in families if paths]


if __name__ == "__main__":
    for script in FONTS:
        print(script, *(" + ".join(f"{start} {len(paths)}" for start, paths in files(script, test)) or "NONE" for test in (False, True)), sep=" | ")
