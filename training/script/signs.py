"""One line of text as a detector cuts it out of a photograph: grey, 48 rows high."""

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

import fonts

HEIGHT = 48
# The longest line; longer ones are pressed together.
MOST = 480
UPRIGHT_ALONE = {"Arab", "Deva", "Beng", "Guru", "Tibt", "Thaa", "Khmr", "Mymr", "Taml", "Telu", "Knda", "Mlym", "Sinh", "Orya", "Gujr"}


class Fonts:
    """Opened fonts by script; those without a word's letters are passed over."""

    def __init__(self, is_test):
        self.families = {script: fonts.files(script, is_test) for script in fonts.FONTS}
        self.opened, self.holds = {}, {}

    def pick(self, script, size, text, rng):
        families = self.families[script]
        for _ in range(12):
            # A family of many weights counts for at most three single ones.
            weights = np.array([min(len(paths), 3) for _, paths in families], float)
            _, paths = families[rng.choice(len(families), p=weights / weights.sum())]
            path = paths[rng.integers(len(paths))]
            if self.has(path, text):
                key = path, size
                if key not in self.opened:
                    if len(self.opened) > 600:
                        self.opened.clear()
                    self.opened[key] = ImageFont.truetype(path, size, index=int(rng.integers(2)) if path.endswith(".ttc") else 0,
                                                          layout_engine=ImageFont.Layout.RAQM)
                return self.opened[key]
        return None

    def has(self, path, text):
        if path not in self.holds:
            from fontTools.ttLib import TTFont

            self.holds[path] = frozenset(TTFont(path, fontNumber=0, lazy=True).getBestCmap())
        letters = self.holds[path]
        # A subset may lack the space and the joiners; those leave no ink.
        return all(ord(c) in letters for c in text if c not in " \u200c\u200d")


def mask(script, text, fonts_, rng, stacked):
    """White letters on black, cut to their ink; None where no font holds them."""
    size = int(rng.choice([28, 40, 56]))
    font = fonts_.pick(script, size, text, rng)
    if font is None:
        return None
    if stacked:
        text = text.replace(" ", "")[:6]
        box = size + size // 3
        ink = Image.new("L", (box * 2, box * len(text) + size))
        draw = ImageDraw.Draw(ink)
        for index, letter in enumerate(text):
            draw.text((box, box // 2 + index * box), letter, 255, font, anchor="mm")
    else:
        left, top, right, bottom = font.getbbox(text)
        pad = size // 3
        ink = Image.new("L", (max(1, right - left) + 2 * pad, max(1, bottom - top) + 2 * pad))
        ImageDraw.Draw(ink).text((pad - left, pad - top), text, 255, font)
    box = ink.getbbox()
    if box is None or ink.width > 2400:
        return None
    ink = ink.crop(box)
    if stacked:  # as a turned crop shows it
        ink = ink.transpose(Image.Transpose.ROTATE_90 if rng.random() < 0.5 else Image.Transpose.ROTATE_270)
    return ink


def line(script, texts, fonts_, rng, is_hard, ground=None, may_stack=True):
    """A crop and its text, one of those that `texts(rng)` gives. `ground(w, h)` gives a patch of something to write on."""
    stacked = may_stack and is_hard and script not in UPRIGHT_ALONE and rng.random() < (0.12 if script in ("Hani", "Hrkt", "Hang") else 0.03)
    ink = None
    while ink is None:
        text = texts(rng)
        ink = mask(script, text, fonts_, rng, stacked)
    u = rng.uniform
    if is_hard and rng.random() < 0.15:
        ink = ink.filter(ImageFilter.MaxFilter(3) if rng.random() < 0.5 else ImageFilter.MinFilter(3))
    # Margins as a detector leaves them, about a quarter of the letters' height, sometimes into the letters.
    h = ink.height
    over, under, left, right = (int(h * v) for v in (u(0.0, 0.4), u(0.0, 0.4), u(0.0, 0.6), u(0.0, 0.6)))
    board = Image.new("L", (ink.width + left + right, h + over + under))
    board.paste(ink, (left, over))
    if is_hard and rng.random() < 0.6:
        board = slanted(board, rng)
    picture = coloured(board, rng, is_hard, ground)
    height = int(np.exp(u(np.log(14), np.log(64)))) if is_hard else int(u(32, 64))
    picture = picture.resize((max(4, round(picture.width * height / picture.height)), height), Image.Resampling.BILINEAR)
    if is_hard:
        picture = worn(picture, rng)
    return as_line(picture, u(0.8, 1.2) if is_hard else 1.0), text


def slanted(board, rng):
    """Turned a little, sheared, seen from the side."""
    w, h = board.size
    u = rng.uniform
    lift = u(-0.18, 0.18) * h
    shear = u(-0.3, 0.3) * h
    grow = u(-0.2, 0.2) * h
    pad = int(0.12 * h)
    board = padded(board, pad)
    w, h = board.size
    quad = [shear / 2, -lift / 2 - grow / 2, -shear / 2, h - lift / 2 + grow / 2, w - shear / 2, h + lift / 2 - grow / 2, w + shear / 2, lift / 2 + grow / 2]
    return board.transform((w, h), Image.Transform.QUAD, quad, Image.Resampling.BILINEAR)


def padded(board, by):
    out = Image.new("L", (board.width + 2 * by, board.height + 2 * by))
    out.paste(board, (by, by))
    return out


def coloured(board, rng, is_hard, ground):
    """Ink and ground of two grey levels, with what signs have beside: border, shadow, outline, lamps, texture."""
    alpha = np.asarray(board, np.float32) / 255
    h, w = alpha.shape
    least = 45 if is_hard else 90
    while True:
        a, b = rng.uniform(0, 255, 2)
        if abs(a - b) > least:
            break
    back = np.full((h, w), a, np.float32)
    if is_hard:
        way = rng.random()
        if way < 0.3:
            back += np.linspace(*rng.uniform(-40, 40, 2), w)[None] + np.linspace(*rng.uniform(-40, 40, 2), h)[:, None]
        elif way < 0.5 and ground is not None:
            patch = ground(w, h)
            back += (patch - patch.mean()) * rng.uniform(0.1, 0.8)
        if rng.random() < 0.15:  # a frame
            inset = int(rng.uniform(0, 0.15) * h)
            frame = Image.new("L", (w, h))
            ImageDraw.Draw(frame).rectangle([inset, inset, w - 1 - inset, h - 1 - inset], outline=255, width=max(1, h // 20))
            back += (b - a) * np.asarray(frame, np.float32) / 255
        if rng.random() < 0.15:  # a shadow, or letters that stand off the wall
            moved = np.roll(alpha, (max(1, h // 16), max(1, h // 20)), (0, 1))
            back += moved * rng.uniform(-80, 80)
        if rng.random() < 0.1:  # an outline
            wide = np.asarray(board.filter(ImageFilter.MaxFilter(5)), np.float32) / 255
            back = back * (1 - wide) + wide * rng.uniform(0, 255)
        if rng.random() < 0.08:  # the letters' outline alone
            inner = np.asarray(board.filter(ImageFilter.MinFilter(5)), np.float32) / 255
            alpha = np.clip(alpha - inner, 0, 1)
    out = back * (1 - alpha) + b * alpha
    if is_hard and rng.random() < 0.2:  # light from one side, or a shadow over a part
        edge = rng.uniform(0, w)
        soft = 1 / (1 + np.exp(-(np.arange(w) - edge) / max(1, w * rng.uniform(0.01, 0.2))))
        out *= 1 + rng.uniform(-0.6, 0.5) * soft[None]
    return Image.fromarray(np.clip(out, 0, 255).astype(np.uint8))


def worn(picture, rng):
    """Blur, noise, JPEG."""
    if rng.random() < 0.5:
        picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 0.2 + 0.03 * picture.height)))
    if rng.random() < 0.4:
        values = np.asarray(picture, np.float32)
        picture = Image.fromarray(np.clip(values + rng.normal(0, rng.uniform(0.02, 0.3) * (values.std() + 5), values.shape), 0, 255).astype(np.uint8))
    if rng.random() < 0.6:
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=int(rng.uniform(30, 90)))
        picture = Image.open(io.BytesIO(file.getvalue())).convert("L")
    return picture


def as_line(picture, stretch=1.0):
    """48 rows, the width a multiple of 16, at most [`MOST`]."""
    width = picture.width * HEIGHT / picture.height * stretch
    width = int(np.clip(round(width / 16), 2, MOST // 16)) * 16
    return picture.resize((width, HEIGHT), Image.Resampling.BILINEAR)
