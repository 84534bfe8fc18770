"""Auxiliary heads on what the vision tower hands to the text part; they teach it to see and are dropped at export."""

import torch
import torch.nn.functional as F
from torch import nn

POOLED = 4  # queries that the country head looks with


class Heads(nn.Module):
    """Per cell: the word, its language and characters, and which thing stands there. Per picture: each kind of clue, and the country."""

    def __init__(self, hidden: int, labels):
        super().__init__()
        self.written = nn.Linear(hidden, len(labels.written) + 1)
        self.languages = nn.Linear(hidden, len(labels.languages) + 1)
        self.characters = nn.Linear(hidden, len(labels.characters))
        self.things = nn.Linear(hidden, len(labels.things) + 1)
        sizes = [len(values) + 1 for values in labels.pictures.values()]
        self.queries = nn.Parameter(torch.randn(len(sizes) + POOLED, hidden) * hidden**-0.5)
        self.kinds = nn.ModuleList(nn.Linear(hidden, size) for size in sizes)
        self.country = nn.Sequential(nn.Linear(POOLED * hidden, hidden), nn.GELU(), nn.Linear(hidden, len(labels.countries)))

    def pooled(self, cells):
        weights = (cells @ self.queries.to(cells.dtype).t()).float().softmax(1).to(cells.dtype)
        return weights.transpose(1, 2) @ cells

    def country_logits(self, cells):
        pooled = self.pooled(cells)[:, len(self.kinds):]
        return self.country(pooled.flatten(1)).float()

    def loss(self, cells, written, language, characters, things, kinds, country, whole: bool):
        """`whole`: the pictures are streets, not collages, so that what is true of a picture as a whole counts; `country`: None
        where no place is taught."""
        loss = dense(self.written(cells), written) + 0.5 * dense(self.things(cells), things)
        loss = loss + 0.5 * dense(self.languages(cells), language) + spelled(self.characters(cells), characters)
        if not whole:
            return loss
        pooled = self.pooled(cells)
        for index, head in enumerate(self.kinds):
            loss = loss + 0.1 * F.cross_entropy(head(pooled[:, index]).float(), kinds[:, index])
        if country is None:
            return loss
        return loss + 0.5 * F.cross_entropy(self.country(pooled[:, len(self.kinds):].flatten(1)).float(), country)


def spelled(logits, characters):
    """Cross entropy of the characters in a cell, over the cells that have any."""
    loss = -(logits.float().log_softmax(-1) * characters).sum(-1)
    return loss.sum() / characters.sum().clamp(min=1.0)


def dense(logits, numbers):
    """Cross entropy of cells; those with something in them weigh five times as much as empty ones."""
    weight = torch.where(numbers > 0, 1.0, 0.2).flatten()
    loss = F.cross_entropy(logits.float().flatten(0, 1), numbers.flatten(), reduction="none")
    return (loss * weight).sum() / weight.sum()
