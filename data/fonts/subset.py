#!/usr/bin/env python3
"""Makes the fonts of this directory from the files of Debian's packages fonts-noto-core and fonts-noto-cjk.

    PYTHONHASHSEED=0 subset.py DIRECTORY   with the unpacked packages (it holds usr/share/fonts)

Needs fonttools 4.68. The same packages and the same fonttools give the same bytes; without the seed layout tables are
packed in another order.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable

HERE = Path(__file__).resolve().parent
# Languages of the layout tables: the default is simplified Chinese, ZHT the traditional forms.
KEPT_LANGUAGES = {"ZHS ", "ZHT "}


def blocks(*ends):
    return [code for first, last in ends for code in range(first, last + 1)]


# Latin, Greek and Cyrillic with all that European languages write, phonetics, superscripts, punctuation, currencies.
EUROPEAN = blocks((0x20, 0x7E), (0xA0, 0x52F), (0x1AB0, 0x1AFF), (0x1D00, 0x1FFF), (0x2000, 0x20CF), (0x2100, 0x218F),
                  (0x2C60, 0x2C7F), (0xA640, 0xA69F), (0xA720, 0xA7FF), (0xFB00, 0xFB06), (0xFEFF, 0xFEFF))
# What keys and digests are written in.
LATIN = blocks((0x20, 0x7E), (0xA0, 0x17F))
# Unified ideographs of the basic plane, the compatibility ideographs, punctuation, bopomofo and full-width forms.
CHINESE = blocks((0x2E80, 0x2FDF), (0x3000, 0x303F), (0x3100, 0x312F), (0x31A0, 0x31EF), (0x3400, 0x4DBF),
                 (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0xFE10, 0xFE1F), (0xFE30, 0xFE4F), (0xFF00, 0xFFEF))
MATHEMATICS = blocks((0x2190, 0x22FF))
SHAPES = blocks((0x2300, 0x23FF), (0x2460, 0x24FF), (0x2500, 0x27BF))


def options(features, hints):
    made = subset.Options()
    made.layout_features = features
    made.hinting = hints
    made.notdef_outline = True
    made.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    made.name_languages = [0x409]
    # A date of today would make other bytes tomorrow.
    made.recalc_timestamp = False
    made.desubroutinize = False
    made.drop_tables += ["DSIG", "vhea", "vmtx", "VORG", "BASE"]
    return made


def keep_languages(font):
    """Takes forms of other languages out of the layout tables, so that their glyphs go too."""
    for tag in ("GSUB", "GPOS"):
        if tag in font:
            for record in font[tag].table.ScriptList.ScriptRecord:
                kept = [one for one in record.Script.LangSysRecord if one.LangSysTag in KEPT_LANGUAGES]
                record.Script.LangSysRecord = kept
                record.Script.LangSysCount = len(kept)


def write_long_cmap(font):
    """The short format counts its bytes in 16 bits, which tens of thousands of characters overflow."""
    table = CmapSubtable.newSubtable(12)
    table.platformID, table.platEncID, table.language, table.cmap = 3, 10, 0, font.getBestCmap()
    font["cmap"].tables = [table]


def make(source, name, codes, features, hints=False, number=-1):
    font = TTFont(source, fontNumber=number, recalcTimestamp=False)
    keep_languages(font)
    chosen = options(features, hints)
    subsetter = subset.Subsetter(chosen)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    if len(font.getBestCmap()) > 8_000:
        write_long_cmap(font)
    subset.save_font(font, HERE / name, chosen)
    print(name, len(font.getBestCmap()), "characters,", (HERE / name).stat().st_size, "bytes")


def main():
    fonts = Path(sys.argv[1]) / "usr/share/fonts"
    noto = fonts / "truetype/noto"
    european = ["ccmp", "kern", "liga", "locl", "mark", "mkmk", "tnum", "lnum"]
    make(noto / "NotoSans-Regular.ttf", "NotoSans-Regular.ttf", EUROPEAN, european)
    make(noto / "NotoSans-Bold.ttf", "NotoSans-Bold.ttf", EUROPEAN, european)
    make(noto / "NotoSansMono-Regular.ttf", "NotoSansMono-Subset.ttf", LATIN, [])
    make(noto / "NotoSansMath-Regular.ttf", "NotoSansMath-Subset.ttf", MATHEMATICS, [])
    make(noto / "NotoSansSymbols2-Regular.ttf", "NotoSansSymbols2-Subset.ttf", SHAPES, [])
    # The third font of the collection is the simplified Chinese one.
    make(fonts / "opentype/noto/NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Subset.otf", CHINESE,
         ["locl", "ccmp"], number=2)


if __name__ == "__main__":
    main()
