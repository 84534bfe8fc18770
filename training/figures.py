"""Figures that say how well a segmenter or a predictor of locatability does."""

import numpy as np

import scenes


class Scores:
    """Confusion of classes and error of the locatability over a set of pictures."""

    def __init__(self):
        self.confusion = np.zeros((scenes.CLASSES + 1, scenes.CLASSES + 1), np.int64)
        self.true, self.said = [], []

    def add(self, true: np.ndarray, said: np.ndarray, locatability: float) -> None:
        """Label maps of class plus one."""
        pair = true.ravel().astype(np.int64) * (scenes.CLASSES + 1) + said.ravel()
        self.confusion += np.bincount(pair, minlength=self.confusion.size).reshape(self.confusion.shape)
        self.true.append(locatability)
        self.said.append(scenes.locatability(said))

    def summary(self) -> dict:
        """Pixels without a class count for nothing; classes are those that occur."""
        known = self.confusion[1:, 1:]
        right, true, said = np.diag(known), known.sum(1), known.sum(0)
        occurs = np.flatnonzero(true)
        iou = right[occurs] / (true + said - right)[occurs]
        return {
            "pictures": len(self.true), "classes": len(occurs), "mean_iou": iou.mean(), "pixel_accuracy": right.sum() / known.sum(),
            **agreement(np.array(self.true), np.array(self.said)),
            "iou": {scenes.NAMES[k].split(",")[0]: float(v) for k, v in zip(occurs, iou)},
        }


def agreement(true: np.ndarray, said: np.ndarray, threshold: float = 0.4) -> dict:
    """How well scores agree: mean absolute error, rank correlation, and which side of the threshold they lie on."""
    rank = lambda values: values.argsort().argsort()
    return {
        "mae": float(np.abs(true - said).mean()), "bias": float((said - true).mean()),
        "spearman": float(np.corrcoef(rank(true), rank(said))[0, 1]),
        "same_side": float(((true >= threshold) == (said >= threshold)).mean()),
    }


def told(summary: dict) -> str:
    return ", ".join(f"{name} {value:.4f}" if isinstance(value, float) else f"{name} {value}"
                     for name, value in summary.items() if name != "iou")
