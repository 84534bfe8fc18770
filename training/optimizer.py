"""Muon for the matrices inside the blocks, AdamW for the rest."""

import torch


def orthogonal(update: torch.Tensor) -> torch.Tensor:
    """The nearest semi-orthogonal matrices, about, by the quintic Newton-Schulz iteration of Muon (Jordan, 2024)."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = update.bfloat16()
    tall = x.shape[-2] > x.shape[-1]
    if tall:
        x = x.transpose(-1, -2)
    x = x / (x.float().norm(dim=(-2, -1), keepdim=True).to(x.dtype) + 1e-7)
    for _ in range(5):
        gram = x @ x.transpose(-1, -2)
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    return (x.transpose(-1, -2) if tall else x).float()


class Muon:
    """Momentum, made orthogonal, for a list of (parameter, parts): `parts` matrices stacked in one parameter."""

    def __init__(self, parameters: list, momentum: float = 0.95, decay: float = 0.02):
        self.parameters, self.momentum, self.decay = parameters, momentum, decay
        self.moments = [torch.zeros_like(p) for p, _ in parameters]

    @torch.no_grad()
    def step(self, rate: float) -> None:
        groups = {}
        for (parameter, parts), moment in zip(self.parameters, self.moments):
            moment.lerp_(parameter.grad, 1 - self.momentum)
            ahead = parameter.grad.lerp(moment, self.momentum)
            rows, columns = parameter.shape
            for part, into in zip(ahead.view(parts, rows // parts, columns), parameter.view(parts, rows // parts, columns)):
                groups.setdefault(tuple(part.shape), []).append((part, into))
        for (rows, columns), members in groups.items():
            updates = orthogonal(torch.stack([part for part, _ in members]))
            scale = max(1.0, rows / columns) ** 0.5
            for (_, into), update in zip(members, updates):
                into.mul_(1 - rate * self.decay).add_(update, alpha=-rate * scale)


def split(model, heads) -> tuple:
    """(matrices for Muon, other parameters for AdamW)."""
    matrices, others = [], []
    for name, parameter in model.named_parameters():
        inside = name.startswith(("visual.blocks", "visual.merger", "model.layers"))
        if inside and parameter.dim() == 2:
            matrices.append((parameter, 3 if name.endswith("qkv.weight") else 1))
        else:
            others.append(parameter)
    return matrices, others + list(heads.parameters())
