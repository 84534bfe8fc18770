"""Fits the test and writes it: python fit.py OUT.safetensors STREETS.npz... MADE_UP.npz...

Two questions about the numbers of a picture, both answered without a photograph. Is it made as drawn streets are? The
means of the last stage's channels, centred and whitened by those of drawn streets: how far from their middle. And does it
differ from them as the made-up pictures do? A weighted sum of all numbers (logistic regression). The first bound is passed by
one street in 5,000 of those that were held out of its fit, in five parts; the second, which only has to refuse what the first
does not know, by none.
"""
import sys, numpy as np
from safetensors.numpy import save_file
from network import WIDTHS, folded

LAST = WIDTHS[-1]
SPREAD, DECAY, PARTS, REFUSED = .05, 1e-3, 5, 1 / 5000


def whitening(streets):
    """Centre [192] and lower triangle [192, 192] that make the streets' means round, the spread of each raised a little."""
    centre, scale = streets.mean(0), streets.std(0) + 1e-6
    correlation = np.cov(((streets - centre) / scale).T) + SPREAD * np.eye(LAST)
    return centre, np.linalg.inv(np.linalg.cholesky(correlation)) / scale


def distance(fitted, means):
    centre, triangle = fitted
    return np.sqrt((((means - centre) @ triangle.T) ** 2).mean(1))


def direction(streets, others):
    """Weights [928] and bias of the log odds, by Newton's method; both kinds count alike."""
    x = np.concatenate([streets, others])
    y = np.r_[np.ones(len(streets)), np.zeros(len(others))]
    share = np.where(y == 1, .5 / len(streets), .5 / len(others))
    middle, scale = x.mean(0), x.std(0) + 1e-6
    x = np.c_[(x - middle) / scale, np.ones(len(x))]
    decay = np.r_[np.full(x.shape[1] - 1, DECAY), 1e-9]
    v = np.zeros(x.shape[1])
    for _ in range(20):
        p = 1 / (1 + np.exp(-(x @ v)))
        curvature = (x * (share * p * (1 - p))[:, None]).T @ x + np.diag(decay)
        v -= np.linalg.solve(curvature, x.T @ (share * (p - y)) + decay * v)
    weights = v[:-1] / scale
    return weights, v[-1] - weights @ middle


def main():
    out, parts = sys.argv[1], [np.load(path) for path in sys.argv[2:]]
    of = lambda street: np.concatenate([p["X"] for p in parts if (p["names"][0] == "street") == street]).astype(np.float64)
    streets, others = of(True), of(False)
    names = np.concatenate([p["names"] for p in parts if p["names"][0] != "street"])
    far, odds = np.zeros(len(streets)), np.zeros(len(streets))
    far_others, odds_others = np.zeros(len(others)), np.zeros(len(others))
    for part in range(PARTS):
        held, kept = np.arange(len(streets)) % PARTS == part, np.arange(len(others)) % PARTS == part
        white = whitening(streets[~held, -2 * LAST:-LAST])
        weights, bias = direction(streets[~held], others[~kept])
        far[held], odds[held] = distance(white, streets[held, -2 * LAST:-LAST]), streets[held] @ weights + bias
        far_others[kept], odds_others[kept] = distance(white, others[kept, -2 * LAST:-LAST]), others[kept] @ weights + bias
    bounds = np.array([np.quantile(far, 1 - REFUSED), odds.min()])
    through = (far_others <= bounds[0]) & (odds_others >= bounds[1])
    print(f"{len(streets)} streets, {len(others)} made-up pictures, {names[through].size} of them through:")
    for name in np.unique(names):
        print(f"  {name:16} {through[names == name].sum():4} of {(names == name).sum()}")
    print("bounds", bounds.round(3), "streets refused", ((far > bounds[0]) | (odds < bounds[1])).sum())
    print("farthest streets", np.sort(far)[-6:].round(3), "least odds", np.sort(odds)[:6].round(2))
    centre, triangle = whitening(streets[:, -2 * LAST:-LAST])
    weights, bias = direction(streets, others)
    head = {"centre": centre, "whitening": triangle, "weights": weights, "bias": np.array([bias]), "bounds": bounds}
    save_file({**folded(), **{f"head.{name}": np.ascontiguousarray(v, np.float32) for name, v in head.items()}}, out)


if __name__ == "__main__":
    main()
