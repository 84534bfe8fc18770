"""What a detector takes for text and is none: windows, bricks, fences, leaves, stripes, arrows, parts of drawn streets."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

import signs

SIGNBOARD = 44  # the class of ADE20K plus one, as streetdump writes it


class Textures:
    """`streets(prefix)`, and noise of a seed."""

    def __init__(self, streets, seed):
        self.pixels, self.labels = streets
        rng = np.random.default_rng(seed)
        self.noise = [fractal(rng) for _ in range(60)]

    def ground(self, rng):
        """A patch of fractal noise of any size, for signs to stand on."""
        def patch(w, h):
            field = self.noise[rng.integers(len(self.noise))]
            side = min(256, max(32, h * 2))
            y, x = rng.integers(0, 512 - side + 1, 2)
            return np.asarray(Image.fromarray(field[y:y + side, x:x + side]).resize((w, h)), np.float32)
        return patch

    def line(self, rng):
        kinds = [self.street, self.street, self.street, self.grid, self.grid, self.bars, self.bricks, self.leaves, self.field, self.shapes, self.flat,
                 self.poles, self.twigs]
        picture = kinds[rng.integers(len(kinds))](rng)
        if rng.random() < 0.7:
            picture = signs.worn(picture, rng)
        return signs.as_line(picture, rng.uniform(0.9, 1.1))

    def size(self, rng):
        h = int(np.exp(rng.uniform(np.log(12), np.log(64))))
        return max(6, int(h * np.exp(rng.uniform(np.log(0.6), np.log(8))))), h

    def street(self, rng):
        """A part of a drawn street without a signboard."""
        while True:
            index = rng.integers(len(self.pixels))
            w, h = self.size(rng)
            w, h = min(w, 440), min(h, 64)
            x, y = rng.integers(0, 448 - w), rng.integers(0, 336 - h)
            if (self.labels[index, y:y + h, x:x + w] == SIGNBOARD).any():
                continue
            patch = self.pixels[index, y:y + h, x:x + w]
            if patch.std() > 6 or rng.random() < 0.05:
                return Image.fromarray(patch).convert("L")

    def canvas(self, rng):
        w, h = self.size(rng)
        ground, ink = rng.uniform(0, 255, 2)
        picture = Image.new("L", (w * 2, h * 2), int(ground))
        return picture, ImageDraw.Draw(picture), int(ink)

    def done(self, picture, rng):
        picture = signs.slanted(picture, rng) if rng.random() < 0.5 else picture
        values = np.asarray(picture, np.float32) + self.ground(rng)(*picture.size) * rng.uniform(0, 0.4)
        picture = Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))
        return picture.resize((max(4, picture.width // 2), max(4, picture.height // 2)))

    def grid(self, rng):
        """Rows of windows, some with bars in them."""
        picture, draw, ink = self.canvas(rng)
        w, h = picture.size
        step = rng.uniform(0.2, 1.3) * h
        tall = rng.uniform(0.3, 1.0) * h
        wide = step * rng.uniform(0.3, 0.9)
        rows = rng.integers(1, 4)
        frame = rng.random() < 0.5
        light = int(rng.uniform(0, 255))
        for row in range(rows):
            for x in np.arange(rng.uniform(-step, step), w, step):
                y = row * h / rows + (h / rows - tall / rows) / 2
                box = [x, y, x + wide, y + tall / rows]
                draw.rectangle(box, fill=ink, outline=light if frame else None, width=max(1, h // 30))
                if frame and rng.random() < 0.7:
                    draw.line([x + wide / 2, y, x + wide / 2, y + tall / rows], fill=light, width=max(1, h // 30))
                if frame and rng.random() < 0.4:
                    draw.line([x, y + tall / rows / 2, x + wide, y + tall / rows / 2], fill=light, width=max(1, h // 30))
        return self.done(picture, rng)

    def bars(self, rng):
        """Fences, railings, crossings, wires."""
        picture, draw, ink = self.canvas(rng)
        w, h = picture.size
        step, thick = rng.uniform(0.08, 0.8) * h, rng.uniform(0.02, 0.3) * h
        lean = rng.uniform(-0.6, 0.6) * h if rng.random() < 0.4 else 0
        for x in np.arange(0, w + abs(lean), step):
            draw.line([x, 0, x + lean, h], fill=ink, width=max(1, int(min(thick, step * 0.7))))
        for _ in range(rng.integers(0, 4)):
            y = rng.uniform(0, h)
            draw.line([0, y, w, y + rng.uniform(-0.2, 0.2) * h], fill=ink, width=max(1, int(thick)))
        return self.done(picture, rng)

    def poles(self, rng):
        """One to three posts, lit from a side, with arms and lamps, before a sky or a wall."""
        picture, draw, ink = self.canvas(rng)
        w, h = picture.size
        for _ in range(rng.integers(1, 4)):
            x, wide = rng.uniform(0, w), rng.uniform(0.03, 0.25) * h
            for step in range(4):
                draw.rectangle([x + wide * step / 4, 0, x + wide * (step + 1) / 4, h], fill=int(np.clip(ink + step * rng.uniform(-25, 25), 0, 255)))
            for _ in range(rng.integers(0, 4)):
                y, side = rng.uniform(0, h), rng.choice([-1, 1])
                draw.line([x, y, x + side * rng.uniform(0.2, 1.5) * h, y + rng.uniform(-0.3, 0.1) * h], fill=ink, width=max(1, int(wide / 3)))
                if rng.random() < 0.5:
                    r = wide * rng.uniform(0.5, 1.5)
                    draw.ellipse([x - r, y - r, x + r, y + r], fill=int(rng.uniform(0, 255)))
        return self.done(picture, rng)

    def twigs(self, rng):
        """Branches: short bent strokes that fork."""
        picture, draw, ink = self.canvas(rng)
        w, h = picture.size
        ends = [(rng.uniform(0, w), rng.uniform(0, h), rng.uniform(0, 2 * np.pi)) for _ in range(rng.integers(2, 7))]
        for _ in range(int(rng.integers(10, 120))):
            x, y, way = ends[rng.integers(len(ends))]
            way += rng.normal(0, 0.5)
            length = rng.uniform(0.05, 0.35) * h
            to = x + length * np.cos(way), y + length * np.sin(way)
            draw.line([x, y, *to], fill=int(np.clip(ink + rng.normal(0, 20), 0, 255)), width=max(1, int(rng.uniform(0.01, 0.08) * h)))
            ends.append((*to, way))
        return self.done(picture, rng)

    def bricks(self, rng):
        picture, draw, ink = self.canvas(rng)
        w, h = picture.size
        tall = rng.uniform(0.1, 0.4) * h
        wide = tall * rng.uniform(1.5, 4)
        for row, y in enumerate(np.arange(rng.uniform(-tall, 0), h, tall)):
            for x in np.arange(-wide * (row % 2) / 2, w, wide):
                draw.rectangle([x, y, x + wide * 0.93, y + tall * 0.85], fill=int(np.clip(ink + rng.normal(0, 15), 0, 255)))
        return self.done(picture, rng)

    def leaves(self, rng):
        picture, draw, _ = self.canvas(rng)
        w, h = picture.size
        size = rng.uniform(0.05, 0.35) * h
        for _ in range(int(min(400, 2.5 * w * h / size ** 2))):
            x, y, r = rng.uniform(0, w), rng.uniform(0, h), size * rng.uniform(0.3, 1)
            draw.ellipse([x - r, y - r * rng.uniform(0.2, 1), x + r, y + r * rng.uniform(0.2, 1)], fill=int(rng.uniform(0, 255)))
        return self.done(picture, rng)

    def field(self, rng):
        """Fractal noise: gravel, clouds, walls."""
        w, h = self.size(rng)
        patch = self.ground(rng)(w, h)
        return Image.fromarray(np.clip(128 + rng.normal(0, 40) + patch * rng.uniform(0.3, 2), 0, 255).astype(np.uint8))

    def shapes(self, rng):
        """A few discs, arrows, triangles and crosses, as on signs without words."""
        picture, draw, ink = self.canvas(rng)
        w, h = picture.size
        for _ in range(rng.integers(1, 4)):
            x, y, r = rng.uniform(0, w), h / 2 + rng.uniform(-0.1, 0.1) * h, rng.uniform(0.2, 0.5) * h
            fill = int(rng.uniform(0, 255)) if rng.random() < 0.5 else ink
            kind = rng.integers(5)
            if kind == 0:
                draw.ellipse([x - r, y - r, x + r, y + r], fill=fill, outline=ink, width=max(1, int(r / 5)))
            elif kind == 1:
                draw.regular_polygon((x, y, r), int(rng.integers(3, 9)), int(rng.integers(0, 360)), fill=fill, outline=ink)
            elif kind == 2:
                draw.line([x - r, y, x + r, y], fill=ink, width=max(2, int(r / 4)))
                side = r if rng.random() < 0.5 else -r
                draw.polygon([x + side * 1.3, y, x + side * 0.6, y - r / 2, x + side * 0.6, y + r / 2], fill=ink)
            elif kind == 3:
                draw.rectangle([x - r, y - r * rng.uniform(0.2, 1), x + r, y + r * rng.uniform(0.2, 1)], fill=fill, outline=ink, width=max(1, int(r / 6)))
            else:
                draw.arc([x - r, y - r, x + r, y + r], *sorted(rng.uniform(0, 360, 2)), fill=ink, width=max(2, int(r / 5)))
        return self.done(picture, rng)

    def flat(self, rng):
        w, h = self.size(rng)
        values = np.linspace(*rng.uniform(0, 255, 2), w)[None] * np.ones((h, 1)) + np.linspace(*rng.uniform(-60, 60, 2), h)[:, None]
        return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def streets(prefix):
    """Pictures and labels that `cargo run --release --example streetdump -- COUNT 0 PREFIX 448 336` wrote."""
    pixels = np.memmap(prefix + ".bin", np.uint8, "r").reshape(-1, 336, 448, 3)
    return pixels, np.memmap(prefix + ".labels", np.uint8, "r").reshape(-1, 336, 448)


def fractal(rng, side=512):
    fy, fx = np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None]
    radius = np.hypot(fy, fx * np.exp(rng.normal(0, 0.5)))
    radius[0, 0] = 1
    amplitude = radius ** -rng.uniform(0.5, 2.0)
    amplitude[0, 0] = 0
    field = np.fft.irfft2(amplitude * np.exp(2j * np.pi * rng.random(amplitude.shape)), s=(side, side))
    return (field / field.std() * 40).astype(np.float32)
