"""Auxiliary heads on what the vision tower hands to the text part; they teach it to see and are dropped at export."""

import torch
import torch.nn.functional as F
from torch import nn


class Heads(nn.Module):
    """Per cell: the word, its language and characters, and which thing stands there. Per picture: each kind of clue."""

    def __init__(self, hidden: int, labels):
        super().__init__()
        self.written = nn.Linear(hidden, len(labels.written) + 1)
        self.languages = nn.Linear(hidden, len(labels.languages) + 1)
        self.characters = nn.Linear(hidden, len(labels.characters))
        self.things = nn.Linear(hidden, len(labels.things) + 1)
        sizes = [len(values) + 1 for values in labels.pictures.values()]
        self.queries = nn.Parameter(torch.randn(len(sizes), hidden) * hidden**-0.5)
        self.kinds = nn.ModuleList(nn.Linear(hidden, size) for size in sizes)

    def pooled(self, cells):
        weights = (cells @ self.queries.to(cells.dtype).t()).float().softmax(1).to(cells.dtype)
        return weights.transpose(1, 2) @ cells

    def loss(self, cells, written, language, characters, things, kinds=None):
        """`kinds`: what is true of the pictures as a whole, where they are streets and not collages."""
        loss = dense(self.written(cells), written) + 0.5 * dense(self.things(cells), things)
        loss = loss + 0.5 * dense(self.languages(cells), language) + spelled(self.characters(cells), characters)
        if kinds is None:
            return loss
        pooled = self.pooled(cells)
        for index, head in enumerate(self.kinds):
            loss = loss + 0.1 * F.cross_entropy(head(pooled[:, index]).float(), kinds[:, index])
        return loss


def spelled(logits, characters):
    """Cross entropy of the characters in a cell, over the cells that have any."""
    loss = -(logits.float().log_softmax(-1) * characters).sum(-1)
    return loss.sum() / characters.sum().clamp(min=1.0)


def dense(logits, numbers):
    """Cross entropy of cells; those with something in them weigh five times as much as empty ones."""
    weight = torch.where(numbers > 0, 1.0, 0.2).flatten()
    loss = F.cross_entropy(logits.float().flatten(0, 1), numbers.flatten(), reduction="none")
    return (loss * weight).sum() / weight.sum()
