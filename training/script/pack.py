"""Everything that the training needs in one folder that another machine can render from: python pack.py LISTS.json STREETS NODES PACK

LISTS of lists.py; STREETS a prefix of examples/streetdump.rs, of whose first half 160 pictures are taken; NODES the folder of further
@fontsource packages (MORE below). PACK gets lists.json, streets.npz, fonts/ and fonts.json: for each script the files of each family, cut
down to the script's letters, and whether it is kept back for the figures on the way. Held-out fonts (fonts.py) are not among them."""

import io
import json
import shutil
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from fontTools import merge, subset
from fontTools.ttLib import TTFont
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "reader"))
import fonts  # noqa: E402
import textures  # noqa: E402
from words import common_hanzi  # noqa: E402

STREETS = 160
WEIGHTS = ("400", "700", "300", "500", "600", "800", "900", "100", "200")
# The most common hanzi alone; two fonts have all.
FULL = ("NotoSansCJK-Regular", "NotoSansCJK-Bold")
BLOCKS = {
    "Arab": [(0x600, 0x6FF), (0x750, 0x77F), (0xFB50, 0xFDFF), (0xFE70, 0xFEFF)], "Hebr": [(0x590, 0x5FF), (0xFB1D, 0xFB4F)],
    "Deva": [(0x900, 0x97F)], "Beng": [(0x980, 0x9FF)], "Guru": [(0xA00, 0xA7F)], "Gujr": [(0xA80, 0xAFF)], "Orya": [(0xB00, 0xB7F)],
    "Taml": [(0xB80, 0xBFF)], "Telu": [(0xC00, 0xC7F)], "Knda": [(0xC80, 0xCFF)], "Mlym": [(0xD00, 0xD7F)], "Sinh": [(0xD80, 0xDFF)],
    "Thai": [(0xE00, 0xE7F)], "Laoo": [(0xE80, 0xEFF)], "Tibt": [(0xF00, 0xFFF)], "Mymr": [(0x1000, 0x109F)], "Geor": [(0x10A0, 0x10FF), (0x1C90, 0x1CBF)],
    "Ethi": [(0x1200, 0x139F)], "Khmr": [(0x1780, 0x17FF)], "Thaa": [(0x780, 0x7BF)], "Tfng": [(0x2D30, 0x2D7F)], "Armn": [(0x530, 0x58F)],
    "Latn": [(0xA0, 0x24F), (0x1E00, 0x1EFF), (0x2010, 0x203A), (0x20A0, 0x20BF), (0x300, 0x33F)], "Grek": [(0x370, 0x3FF)],
    "Cyrl": [(0x400, 0x52F), (0x2116, 0x2116)], "Hrkt": [(0x3000, 0x30FF), (0x31F0, 0x31FF)], "Hani": [(0x3005, 0x3007)], "Hang": [],
}
ALWAYS = [(0x20, 0x7E), (0x200C, 0x200D), (0x25CC, 0x25CC), (0x964, 0x965)]
EUROPE = {"Latn": "latin", "Grek": "greek", "Cyrl": "cyrillic"}
SUBSETS = {"Arab": "arabic", "Hebr": "hebrew", "Deva": "devanagari", "Beng": "bengali", "Guru": "gurmukhi", "Gujr": "gujarati", "Orya": "oriya",
           "Taml": "tamil", "Telu": "telugu", "Knda": "kannada", "Mlym": "malayalam", "Sinh": "sinhala", "Thai": "thai", "Laoo": "lao",
           "Khmr": "khmer", "Armn": "armenian", "Geor": "georgian"}
KEPT = {"sofia-sans-condensed", "pt-serif", "literata", "gowun-dodum", "merriweather", "reem-kufi", "secular-one", "kalam", "galada", "rasa",
        "mitr", "bokor", "pavanam", "hind-guntur", "raleway"}
# Fonts that stand under what is held out: the same designs in another package, or of the same family.
HELD_OUT = ("roboto", "inter", "play", "oswald", "russo-one", "amiri", "scheherazade", "lemonada", "lalezar", "suez-one", "lohit", "annapurna",
            "hind-siliguri", "mukta-devanagari", "meera-inimai", "mandali", "ramabhadra", "tenali", "gayathri", "uroob", "abhaya-libre", "itim",
            "padauk", "abyssinica", "nanum", "bizud", "klee", "dotgothic", "smiley", "charis")


def main():
    lists, streets, nodes, pack = sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4])
    (pack / "fonts").mkdir(parents=True, exist_ok=True)
    shutil.copy(lists, pack / "lists.json")
    pack_streets(streets, pack / "streets.npz")
    jobs = [*debian(pack), *fontsource(nodes, pack)]
    listed = {script: {} for script in fonts.FONTS}
    with ProcessPoolExecutor(2) as pool:
        for (scripts, family, _, out, _), is_made in zip(jobs, pool.map(made, jobs)):
            for script in scripts if is_made else []:
                entry = listed[script].setdefault(family, {"paths": [], "kept": family in KEPT})
                entry["paths"].append(str(out.relative_to(pack)))
    (pack / "fonts.json").write_text(json.dumps(listed, indent=0))
    for script, families in listed.items():
        print(script, len(families), "families,", sum(len(f["paths"]) for f in families.values()), "files; kept:", *(n for n, f in families.items() if f["kept"]))


def pack_streets(prefix, out):
    pixels, labels = textures.streets(prefix)
    every = np.arange(len(pixels) // 2)[:STREETS]
    parts = []
    for picture in pixels[every]:
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "JPEG", quality=80)
        parts.append(np.frombuffer(file.getvalue(), np.uint8))
    np.savez_compressed(out, jpeg=np.concatenate(parts), ends=np.cumsum([len(p) for p in parts]), labels=labels[every])


def unicodes(scripts, name):
    from reading import HANGUL

    codes = {c for first, last in ALWAYS + [pair for script in scripts for pair in BLOCKS.get(script, [])] for c in range(first, last + 1)}
    if "Hang" in scripts:
        codes |= {ord(c) for c in HANGUL}
    if {"Hani", "Hrkt"} & set(scripts):
        hanzi = common_hanzi()
        codes |= {ord(c) for c in (hanzi if name.startswith(FULL) else hanzi[:3755])}
    return codes


def debian(pack):
    """Of each family of fonts.py at most four files; a file once for all its scripts: (scripts, family, sources, out, letters)."""
    chosen = {}
    for script in fonts.FONTS:
        for family, paths in fonts.files(script, False):
            paths = [p for p in paths if not any(word in p for word in ("Eco", "SerifCJK-Black", "WenKai-Bold")) and ("Italic" not in p or len(paths) < 3)]
            plain = [p for p in paths if any(p.endswith(f"-{w}.{e}") for w in ("Regular", "Bold", "Black", "CondensedBold") for e in ("ttf", "otf", "ttc"))]
            for path in (plain or paths)[:4] if script != "Thaa" else paths:
                chosen.setdefault(path, [family, []])[1].append(script)
    for path, (family, scripts) in sorted(chosen.items()):
        own = [s for s in scripts if s != "Zyyy"]
        name = Path(path).stem
        yield scripts, family, [path], pack / "fonts" / f"{name}{'.otf' if path.endswith(('otf', 'ttc')) else '.ttf'}", unicodes(own + ["Latn"] * ("Zyyy" in scripts), name)


def fontsource(nodes, pack):
    """Two weights of each family; subsets of European scripts and numbered ones joined."""
    for folder in sorted(nodes.iterdir()):
        name = folder.name
        if name.startswith(HELD_OUT) or json.loads((folder / "package.json").read_text()).get("license") not in ("OFL-1.1", "Apache-2.0"):
            continue
        files = {path.name: path for path in (folder / "files").glob("*-normal.woff")}

        def of(part, weight):
            return files.get(f"{name}-{part}-{weight}-normal.woff")

        weights = [w for w in WEIGHTS if any(file.endswith(f"-{w}-normal.woff") for file in files)][:2]
        for weight in weights:
            europe = [script for script, part in EUROPE.items() if of(part, weight)]
            parts = [of(part, weight) for part in ("latin", "latin-ext", "vietnamese", "greek", "greek-ext", "cyrillic", "cyrillic-ext") if of(part, weight)]
            if europe and parts:
                yield europe + ["Zyyy"] * (weight == "400"), name, parts, pack / "fonts" / f"{name}-{weight}.ttf", None
            for script, part in SUBSETS.items():
                if of(part, weight):
                    yield [script], name, [of(part, weight)], pack / "fonts" / f"{name}-{part}-{weight}.ttf", None
        numbered = [path for file, path in files.items() if file[len(name) + 1:].split("-")[0].isdigit() and f"-{weights[0]}-" in file]
        if len(numbered) > 60:
            script = ["Hani"] if name.startswith(("zcool", "ma-shan")) else ["Hrkt"] if name in ("dela-gothic-one", "kosugi-maru", "yusei-magic", "potta-one") else ["Hang"]
            yield script, name, sorted(numbered), pack / "fonts" / f"{name}-joined.ttf", unicodes(script, name)


def made(job):
    scripts, _, sources, out, letters = job
    if out.exists():
        return True
    try:
        font = joined(sources) if len(sources) > 1 else TTFont(sources[0], fontNumber=0)
        font.flavor = None
        options = subset.Options(layout_features=["*"], hinting=False, notdef_outline=True, glyph_names=False, legacy_kern=False)
        options.drop_tables += ["GPOS", "GSUB", "GDEF", "MATH", "BASE"] if set(scripts) <= {*EUROPE, "Zyyy", "Hang", "Hani", "Hrkt"} else ["MATH"]
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=letters or set(font.getBestCmap()))
        cutter.subset(font)
        font.save(out)
        return True
    except Exception as error:  # a font that cannot be cut is one less
        print(out.name, type(error).__name__, str(error)[:100])
        return False


def joined(sources):
    """One font of files that hold parts of it; glyphs alone."""
    options = merge.Options(drop_tables=["GPOS", "GSUB", "GDEF", "kern", "vhea", "vmtx", "DSIG", "fpgm", "prep", "cvt ", "gasp", "hdmx", "VDMX", "LTSH", "STAT", "BASE"])
    streams = []
    for path in sources:
        font, stream = TTFont(path), io.BytesIO()
        font.flavor = None
        for tag in options.drop_tables:
            if tag in font:
                del font[tag]
        font.save(stream)
        stream.seek(0)
        streams.append(stream)
    return merge.Merger(options).merge(streams)


if __name__ == "__main__":
    main()
