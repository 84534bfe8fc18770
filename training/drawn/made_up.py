"""Made-up pictures that are no drawn streets: fractal photographs, dead leaves, cartoons, plots, pages, changed streets."""
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps
from scipy import ndimage as nd


def fields(rng, n=160, h=384, w=512):
    """Fractal noise, mean 0 and deviation 1, by slopes of the amplitude from 0.5 to 2.3."""
    fy, fx = np.fft.fftfreq(h)[:, None], np.fft.rfftfreq(w)[None]
    out = []
    for _ in range(n):
        stretch = np.exp(rng.normal(0, 0.4))
        r = np.sqrt((fy * stretch) ** 2 + (fx / stretch) ** 2)
        r[0, 0] = 1
        a = r ** -rng.uniform(0.5, 2.3)
        a[0, 0] = 0
        f = np.fft.irfft2(a * np.exp(2j * np.pi * rng.random((h, w // 2 + 1))), s=(h, w))
        if rng.random() < 0.3:
            f = np.abs(f)
        out.append(((f - f.mean()) / f.std()).astype(np.float32))
    return out


class Made:
    def __init__(self, seed, streets, labels, many=110):
        self.rng = np.random.default_rng(seed)
        self.bank = fields(self.rng, 60)
        self.textures = [self.new_texture(384, 512).astype(np.float32) for _ in range(many)]
        self.streets, self.labels = streets, labels

    # --- parts
    def fractal(self, h, w):
        f = self.bank[self.rng.integers(len(self.bank))]
        z = self.rng.choice([0.35, 0.6, 1, 1])
        hh, ww = min(max(8, int(h * z)), f.shape[0]), min(max(8, int(w * z)), f.shape[1])
        y, x = self.rng.integers(0, f.shape[0] - hh + 1), self.rng.integers(0, f.shape[1] - ww + 1)
        c = f[y:y + hh, x:x + ww]
        if self.rng.random() < 0.5:
            c = c[:, ::-1]
        if c.shape != (h, w):
            c = np.asarray(Image.fromarray(np.ascontiguousarray(c)).resize((w, h), Image.BILINEAR))
        return (c - c.mean()) / (c.std() + 1e-6)

    def colour(self):
        k = self.rng.integers(4)
        if k == 0:
            return self.rng.uniform(0, 255, 3)
        grey = self.rng.uniform(15, 240)
        return np.clip(grey + self.rng.normal(0, [0, 8, 22, 40][k], 3), 0, 255)

    def texture(self, h, w):
        t = self.textures[self.rng.integers(len(self.textures))]
        if self.rng.random() < .3:
            h2, w2 = -(-h // 2), -(-w // 2)
            t = t[::2, ::2] if self.rng.random() < .5 and h <= 192 and w <= 256 else t
            if t.shape[0] > 192:
                y, x = self.rng.integers(0, 384 - h2 + 1), self.rng.integers(0, 512 - w2 + 1)
                return t[y:y + h2, x:x + w2].repeat(2, 0).repeat(2, 1)[:h, :w]
        y, x = self.rng.integers(0, t.shape[0] - h + 1), self.rng.integers(0, t.shape[1] - w + 1)
        t = t[y:y + h, x:x + w]
        return t[:, ::-1] if self.rng.random() < .5 else t

    def new_texture(self, h, w):
        k = self.rng.integers(7)
        if k < 3:
            return self.fractal(h, w)
        if k == 3:
            t = self.fractal(h, w) + 0.5 * self.rng.normal(0, 1, (h, w))
        elif k == 4:
            a, p = self.rng.uniform(0, 3.14), self.rng.uniform(3, 30)
            y, x = np.mgrid[:h, :w]
            t = np.sin((x * np.cos(a) + y * np.sin(a)) * 6.28 / p + self.fractal(h, w) * self.rng.uniform(0, 3))
            t = t + 0.4 * self.fractal(h, w)
        elif k == 5:
            t = self.leaves(h, w, self.rng.uniform(2, 10)).mean(2)
        else:
            p, q = self.rng.integers(4, 24, 2)
            y, x = np.mgrid[:h, :w]
            t = 1.0 * ((y % p) > 0) * (((x + (y // p % 2) * q // 2) % q) > 0) + 0.4 * self.fractal(h, w)
        return (t - t.mean()) / (t.std() + 1e-6)

    def leaves(self, h, w, biggest=60.0, n=None):
        im = Image.new("RGB", (w, h), tuple(int(v) for v in self.colour()))
        d = ImageDraw.Draw(im)
        n = n or int(min(900, 4 * h * w / biggest ** 2 + 30))
        base, spread = self.colour(), self.rng.uniform(5, 80)
        for _ in range(n):
            r = biggest * self.rng.uniform(0.08, 1) ** 2
            x, y = self.rng.uniform(-r, w + r), self.rng.uniform(-r, h + r)
            c = tuple(int(v) for v in np.clip(base + self.rng.normal(0, spread) + self.rng.normal(0, spread / 3, 3), 0, 255))
            k = self.rng.integers(3)
            s = r * self.rng.uniform(0.3, 1)
            if k == 0:
                d.ellipse([x - r, y - s, x + r, y + s], fill=c)
            elif k == 1:
                d.rectangle([x - r, y - s, x + r, y + s], fill=c)
            else:
                d.polygon([(x + self.rng.uniform(-r, r), y + self.rng.uniform(-r, r)) for _ in range(4)], fill=c)
        return np.asarray(im, np.float32)

    def surface(self, h, w, strength=None):
        """A patch as a photograph has it: a colour, texture in lightness and a little in hue, light falling across."""
        s = self.rng.uniform(8, 45) if strength is None else strength
        c = self.colour()
        out = c + s * self.texture(h, w)[..., None] * (1 + 0.25 * self.rng.normal(0, 1, 3))
        out = out + self.rng.uniform(0, 12) * self.fractal(h, w)[..., None] * self.rng.normal(0, 1, 3)
        y, x = np.mgrid[-1:1:h * 1j, -1:1:w * 1j]
        return out * (1 + self.rng.uniform(-.3, .3) * x + self.rng.uniform(-.3, .3) * y)[..., None]

    def size(self):
        w = int(self.rng.uniform(150, 420))
        return int(w * self.rng.choice([0.56, 0.667, 0.75, 0.75, 0.75, 0.9])), w

    def warp(self, im, much):
        h, w = im.shape[:2]
        y, x = np.mgrid[:h, :w].astype(np.float32)
        at = [y + much * self.fractal(h, w), x + much * self.fractal(h, w)]
        if im.ndim == 2:
            return nd.map_coordinates(im, at, order=0, mode="nearest")
        return np.stack([nd.map_coordinates(im[..., c], at, order=1, mode="nearest") for c in range(3)], -1)

    # --- families
    def fractal_photo(self):
        h, w = self.size()
        return self.surface(h, w, self.rng.uniform(15, 70))

    def leaf_photo(self):
        h, w = self.size()
        out = self.leaves(h, w, self.rng.uniform(20, 200), int(self.rng.uniform(20, 500)))
        if self.rng.random() < 0.85:
            for _ in range(2):
                out = out + self.rng.uniform(5, 30) * self.texture(h, w)[..., None]
            out = out * np.exp(0.3 * self.fractal(h, w))[..., None]
        return out

    def masks(self, h, w, n):
        for _ in range(n):
            im = Image.new("L", (w, h))
            d = ImageDraw.Draw(im)
            x, y = self.rng.uniform(0, w), self.rng.uniform(0.2 * h, h)
            a, b = self.rng.uniform(0.03, 0.4) * w, self.rng.uniform(0.05, 0.5) * h
            if self.rng.random() < 0.5:
                d.rectangle([x - a / 2, y - b, x + a / 2, y], fill=255)
            else:
                d.ellipse([x - a / 2, y - b, x + a / 2, y], fill=255)
            m = np.asarray(im, np.float32) / 255
            if self.rng.random() < 0.5:
                m = self.warp(m[..., None].repeat(3, 2), self.rng.uniform(1, 8))[..., 0]
            yield m[..., None]

    def sky(self, h, w):
        top, low = self.colour(), self.colour()
        if self.rng.random() < 0.7:
            top = np.array([70, 120, 200]) + self.rng.normal(0, 25, 3)
            low = np.array([190, 205, 225]) + self.rng.normal(0, 20, 3)
        t = np.linspace(0, 1, h)[:, None, None] ** self.rng.uniform(0.5, 2)
        out = (top * (1 - t) + low * t) * np.ones((h, w, 1))
        if self.rng.random() < 0.7:
            c = np.clip(self.fractal(h, w) * self.rng.uniform(0.3, 1) + self.rng.uniform(-.5, .5), 0, 1)[..., None]
            out = out * (1 - c) + self.rng.uniform(150, 255) * c
        return out

    def landscape(self):
        h, w = self.size()
        out = self.sky(h, w)
        horizon = int(h * self.rng.uniform(0.2, 0.7))
        x = np.arange(w)
        for k in range(self.rng.integers(0, 4)):
            ridge = horizon - np.abs(self.fractal(8, w)[3]) * h * self.rng.uniform(0.02, 0.2) * (1 + (k == 0))
            m = (np.arange(h)[:, None] > ridge[None])[..., None]
            out = np.where(m, self.surface(h, w), out)
        g = self.surface(h, w)
        rows = horizon + np.arange(h - horizon)
        src = (h - 1) * (1 - np.linspace(1, 0, h - horizon) ** 0.5)
        out[rows] = g[src.astype(int)]
        if self.rng.random() < 0.6:
            im = Image.new("L", (w, h))
            c, v, r, b = w * self.rng.uniform(0, 1), w * self.rng.uniform(.3, .7), w * self.rng.uniform(.2, .7), w * .01
            ImageDraw.Draw(im).polygon([(v - b, horizon), (v + b, horizon), (c + r, h), (c - r, h)], fill=255)
            m = (np.asarray(im) > 0)[..., None]
            s = self.surface(h, w, self.rng.uniform(3, 20))
            grey = s.mean(2, keepdims=True) + (s - s.mean(2, keepdims=True)) * .2
            out = np.where(m, grey, out)
        for m in self.masks(h, w, self.rng.integers(0, 5)):
            out = out * (1 - m) + self.surface(h, w) * m
        return out

    def bokeh(self):
        h, w = self.size()
        out = np.stack([self.fractal(h, w) for _ in range(3)], -1) * 18 + 45 * self.fractal(h, w)[..., None] + self.colour()
        out = nd.gaussian_filter(out, (*[self.rng.uniform(2, 18)] * 2, 0)) * self.rng.uniform(1, 2)
        for m in self.masks(h, w, self.rng.integers(1, 4)):
            y, x = np.mgrid[:h, :w]
            shade = 1 + .5 * np.sin(x / w * 6 * self.rng.random() + 6 * self.rng.random()) * np.cos(y / h * 6 * self.rng.random())
            m = nd.gaussian_filter(m, (1, 1, 0))
            out = out * (1 - m) + m * self.surface(h, w, self.rng.uniform(2, 20)) * shade[..., None]
        return out

    def street(self):
        i = self.rng.integers(len(self.streets))
        return self.streets[i].astype(np.float32), self.labels[i]

    def textured_street(self):
        """A drawn street whose faces are surfaces as photographs have them."""
        im, labels = self.street()
        if self.rng.random() < .7:
            im, labels = (im[::2, ::2] + im[1::2, ::2] + im[::2, 1::2] + im[1::2, 1::2]) / 4, labels[::2, ::2]
        h, w = labels.shape
        bank = [self.texture(h, w) for _ in range(7)]
        much = self.rng.choice([0, 0, 0, 1.5, 5])
        if much:
            y, x = np.mgrid[:h, :w].astype(np.float32)
            at = [y + much * self.fractal(h, w), x + much * self.fractal(h, w)]
            im = np.stack([nd.map_coordinates(im[..., c], at, order=1, mode="nearest") for c in range(3)], -1)
            labels = nd.map_coordinates(labels, at, order=0, mode="nearest")
        out = im.copy()
        keep = self.rng.uniform(0, .35)
        scale = self.rng.uniform(.5, 1.3)
        for k in np.unique(labels):
            m = labels == k
            sky = k == 3
            if sky and self.rng.random() < 0.5:
                if self.rng.random() < 0.5:
                    out[m] = self.sky(h, w)[m]
                continue
            if self.rng.random() < keep and m.mean() < 0.25:
                continue
            tree = k in (5, 73, 18, 10)
            s = scale * self.rng.uniform(.07, .25) * (1.8 if tree else 1) * (0.6 if k in (7, 12) else 1)
            t = bank[self.rng.integers(7)] * s + bank[self.rng.integers(7)] * s * .6
            smooth = nd.gaussian_filter(im, (4, 4, 0)) if self.rng.random() < .5 else im
            hue = 1 + t[..., None] * (1 + .2 * self.rng.normal(0, 1, 3))
            out[m] = (smooth * hue + self.rng.normal(0, 12, 3))[m]
        if self.rng.random() < .6:
            out = out * np.clip(1 + .25 * self.fractal(h, w), .3, 1.6)[..., None]
        return out if np.abs(out - im).mean() > 9 else self.textured_street()

    def soft_street(self):
        """A street as a soft photograph has it: faint texture, light that falls across every face, clouds, clutter, blur."""
        im, labels = self.street()
        im, labels = (im[::2, ::2] + im[1::2, ::2] + im[::2, 1::2] + im[1::2, 1::2]) / 4, labels[::2, ::2]
        h, w = labels.shape
        u = self.rng.uniform
        if u() < .5:
            grey = im.mean(2, keepdims=True)
            im = grey + (im - grey) * u(.2, .9)
        out = im + u(2, 9) * self.fractal(h, w)[..., None]
        far = np.exp(-np.abs(np.arange(h) - h * u(.42, .55)) / (h * u(.06, .25)))[:, None, None]
        out = out + far * u(5, 40) * self.texture(h, w)[..., None]
        for k in np.unique(labels):
            m = labels == k
            if k == 3:
                if u() < .7:
                    out[m] = (.4 * im + .6 * self.sky(h, w))[m] if u() < .6 else (im + u(4, 16) * self.fractal(h, w)[..., None])[m]
            elif k in (5, 73, 18, 10):
                out[m] = (im * (1 + u(.1, .5) * self.texture(h, w))[..., None])[m]
            elif u() < .7:
                t = u(.01, .07) * self.texture(h, w) + u(.03, .15) * self.fractal(h, w)
                out[m] = (out * (1 + t)[..., None] + self.rng.normal(0, 8, 3))[m]
        for m in self.masks(h, w, self.rng.integers(0, 5)):
            out = out * (1 - m * .8) + self.surface(h, w) * m * .8
        if u() < .4:
            out = out * np.clip(1 + u(.05, .2) * self.fractal(h, w), .4, 1.5)[..., None]
        k = self.rng.integers(4)
        if k == 1:
            out = nd.gaussian_filter(out, (*[u(.4, 1.6)] * 2, 0))
        elif k == 2:
            out = nd.uniform_filter1d(out, int(u(2, 12)), axis=int(u() < .7))
        return out

    def changed_street(self):
        """A drawn street in other colours, turned, shuffled, in a window, or mixed with something else."""
        im, labels = self.street()
        h, w = labels.shape
        k = self.rng.integers(10)
        if k == 0:
            out = im[..., self.rng.choice([[1, 0, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1], [0, 2, 1]])]
            if np.abs(out - im).mean() > 14:
                return out
            k = 1
        if k == 1:
            return 255 - im
        if k == 2:
            return im[::-1]
        if k == 3:
            return np.rot90(im, self.rng.choice([1, 3]))
        if k == 4:
            n = int(self.rng.choice([3, 4, 6, 8]))
            a, b = h // n, w // n
            t = [im[y * a:y * a + a, x * b:x * b + b] for y in range(n) for x in range(n)]
            self.rng.shuffle(t)
            return np.vstack([np.hstack(t[y * n:y * n + n]) for y in range(n)])
        if k == 5 or k == 6:
            page = self.page(*(int(v) for v in (h * self.rng.uniform(1.2, 2.5), w * self.rng.uniform(1.2, 2.5))))
            y, x = self.rng.integers(0, page.shape[0] - h), self.rng.integers(0, page.shape[1] - w)
            page[y:y + h, x:x + w] = im
            return page
        if k == 7:
            a = self.rng.uniform(.3, .7)
            other = self.landscape() if self.rng.random() < .5 else self.leaf_photo()
            other = np.asarray(Image.fromarray(np.clip(other, 0, 255).astype(np.uint8)).resize((w, h)), np.float32)
            return im * a + other * (1 - a)
        if k == 8:
            colours = {c: self.colour() for c in np.unique(labels)}
            out = np.zeros_like(im)
            for c, v in colours.items():
                out[labels == c] = v
            return out + self.rng.normal(0, self.rng.uniform(0, 4), im.shape) * (self.rng.random() < .5)
        return nd.gaussian_filter(im, (*[self.rng.uniform(6, 16)] * 2, 0))

    def noisy(self, out):
        if self.rng.random() < .5:
            n = self.rng.uniform(.5, 6)
            out = out + self.rng.normal(0, n, out.shape[:2] + (1,)) + self.rng.normal(0, n * .4, out.shape)
        if self.rng.random() < .3:
            h, w = out.shape[:2]
            y, x = np.mgrid[-.5:.5:h * 1j, -.5:.5:w * 1j]
            out = out * (1 - .5 * self.rng.random() * (x * x + y * y) * 2)[..., None]
        return out

    def cartoon(self):
        h, w = self.size()
        natural = self.rng.random() < .6

        def c(base=None):
            v = self.colour() if base is None or not natural else np.array(base) + self.rng.normal(0, 25, 3)
            return tuple(int(a) for a in np.clip(v, 0, 255))
        im = Image.new("RGB", (w, h), c((120, 180, 235)))
        d = ImageDraw.Draw(im)
        u = self.rng.uniform
        line = c() if self.rng.random() < .5 else None
        if self.rng.random() < .75:
            horizon = h * u(.3, .8)
            d.rectangle([0, horizon, w, h], fill=c((90, 160, 70)))
            if self.rng.random() < .5:
                for _ in range(3):
                    d.polygon([(u(-.3, .7) * w, horizon), (u(0, 1) * w, horizon - u(.05, .4) * h), (u(.3, 1.3) * w, horizon)], fill=c((130, 130, 130)))
            if self.rng.random() < .5:
                x = u(.2, .8) * w
                d.polygon([(x - 3, horizon), (x + 3, horizon), (u(.6, 1.2) * w, h), (u(-.2, .4) * w, h)], fill=c((90, 90, 95)))
            if self.rng.random() < .5:
                r = u(.03, .12) * w
                x, y = u(0, w), u(0, horizon / 2)
                d.ellipse([x - r, y - r, x + r, y + r], fill=c((250, 220, 60)), outline=line)
            for _ in range(self.rng.integers(0, 5)):
                x, y, a, b = u(0, w), horizon + u(-.05, .2) * h, u(.05, .25) * w, u(.08, .35) * h
                d.rectangle([x, y - b, x + a, y], fill=c((200, 150, 110)), outline=line)
                d.polygon([(x - a * .1, y - b), (x + a / 2, y - b - a * .5), (x + a * 1.1, y - b)], fill=c((170, 60, 50)), outline=line)
                d.rectangle([x + a * .4, y - b * .5, x + a * .6, y], fill=c((100, 70, 40)), outline=line)
            for _ in range(self.rng.integers(0, 6)):
                x, y, a, b = u(0, w), horizon + u(-.02, .2) * h, u(.03, .1) * w, u(.1, .35) * h
                d.rectangle([x - a * .15, y - b, x + a * .15, y], fill=c((110, 70, 40)), outline=line)
                d.ellipse([x - a, y - b - a, x + a, y - b + a], fill=c((50, 140, 50)), outline=line)
        else:
            for _ in range(self.rng.integers(1, 40)):
                x, y, a, b = u(-.2, 1) * w, u(-.2, 1) * h, u(.02, .5) * w, u(.02, .5) * h
                k = self.rng.integers(4)
                if k == 0:
                    d.rectangle([x, y, x + a, y + b], fill=c(), outline=line)
                elif k == 1:
                    d.ellipse([x, y, x + a, y + b], fill=c(), outline=line)
                elif k == 2:
                    d.polygon([(x + u(0, a), y + u(0, b)) for _ in range(self.rng.integers(3, 7))], fill=c(), outline=line)
                else:
                    d.line([(x, y), (x + a, y + b)], fill=c(), width=int(u(1, 12)))
        return self.noisy(np.asarray(im, np.float32))

    def page(self, h=None, w=None):
        """Text, boxes, lines: pages, windows, plots."""
        if h is None:
            h, w = (int(v * 1.2) for v in self.size())
        ground = self.rng.choice([255, 250, 240, 30, 20, 45, 200])
        im = Image.new("RGB", (w, h), tuple(int(v) for v in np.clip(ground + self.rng.normal(0, 4, 3), 0, 255)))
        d = ImageDraw.Draw(im)
        u = self.rng.uniform
        ink = 20 if ground > 128 else 225
        for _ in range(self.rng.integers(0, 9)):
            x, y = u(-.1, .9) * w, u(-.1, .9) * h
            d.rectangle([x, y, x + u(.02, .6) * w, y + u(.02, .5) * h], fill=tuple(int(v) for v in self.colour()) if u(0, 1) < .5 else None, outline=(ink, ink, ink))
        for _ in range(self.rng.integers(0, 40)):
            x, y = u(-.1, .9) * w, u(0, 1) * h
            t = "".join(chr(self.rng.integers(97, 123)) if u(0, 1) < .85 else " " for _ in range(self.rng.integers(3, 70)))
            d.text((x, y), t, fill=(ink, ink, ink), font=FONTS[self.rng.integers(len(FONTS))])
        if u(0, 1) < .5:
            for _ in range(self.rng.integers(1, 5)):
                n = self.rng.integers(5, 120)
                yy = np.cumsum(self.rng.normal(0, h * .03, n)) + h * u(.2, .8)
                d.line([(w * (.1 + .8 * i / n), float(v)) for i, v in enumerate(yy)], fill=tuple(int(v) for v in self.colour()), width=int(u(1, 4)))
        if u(0, 1) < .25:
            a, b = min(384, int(h * u(.1, .6))), min(512, int(w * u(.1, .6)))
            y, x = self.rng.integers(0, h - a), self.rng.integers(0, w - b)
            p = self.surface(a, b) if u(0, 1) < .6 else self.gradient(a, b)
            im.paste(Image.fromarray(np.clip(p, 0, 255).astype(np.uint8)), (int(x), int(y)))
        return np.array(im, np.float32)

    def gradient(self, h=None, w=None):
        if h is None:
            h, w = self.size()
        y, x = np.mgrid[-1:1:h * 1j, -1:1:w * 1j]
        k = self.rng.integers(5)
        if k == 0:
            t = np.zeros((h, w))
        elif k == 1:
            t = (x * self.rng.uniform(-1, 1) + y * self.rng.uniform(-1, 1))
        elif k == 2:
            t = np.hypot(x - self.rng.uniform(-1, 1), y - self.rng.uniform(-1, 1))
        elif k == 3:
            t = y
        else:
            t = np.sin(x * self.rng.uniform(0, 6)) * np.cos(y * self.rng.uniform(0, 6))
        t = (t - t.min()) / (np.ptp(t) + 1e-9)
        t = t[..., None] ** self.rng.uniform(.5, 2)
        out = self.colour() * (1 - t) + self.colour() * t
        if k == 4 and self.rng.random() < .5:
            out = 255 * np.stack([t[..., 0] ** a for a in self.rng.uniform(.3, 3, 3)], -1)
        return self.noisy(out)

    FAMILIES = [("fractal_photo", .8), ("leaf_photo", 1.3), ("landscape", 2.4), ("bokeh", 1.0), ("textured_street", 3), ("soft_street", 4),
                ("changed_street", 2.5), ("cartoon", 2.5), ("page", 1.3), ("gradient", 0.8)]

    def any(self, name=None):
        names, shares = zip(*self.FAMILIES)
        name = name or self.rng.choice(names, p=np.array(shares) / sum(shares))
        im = Image.fromarray(np.clip(np.ascontiguousarray(getattr(self, name)()), 0, 255).astype(np.uint8))
        photo = name in ("fractal_photo", "leaf_photo", "landscape", "bokeh", "textured_street", "soft_street")
        if self.rng.random() < .45 and (photo or name in ("cartoon",)):
            k = self.rng.integers(7)
            if k == 0:
                im = im.filter(ImageFilter.GaussianBlur(self.rng.uniform(.5, 4)))
            elif k == 1 or k == 2:
                im = im.filter(ImageFilter.MedianFilter(int(self.rng.choice([3, 5, 7, 9]))))
            elif k == 3:
                im = ImageOps.posterize(im, int(self.rng.integers(2, 5)))
            elif k == 4:
                im = im.quantize(int(self.rng.choice([4, 8, 16, 32, 64])), dither=0).convert("RGB")
            elif k == 5:
                im = im.filter(ImageFilter.ModeFilter(int(self.rng.choice([3, 5, 7]))))
            else:
                im = ImageOps.autocontrast(im) if self.rng.random() < .5 else im.convert("L").convert("RGB")
        return name, im


FONTS = [ImageFont.load_default(s) for s in (8, 10, 12, 16, 24, 40)]
