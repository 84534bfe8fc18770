"""What every training run here shares: a log, a schedule by the clock, averaged weights, and a state to go on from."""

import argparse
import math
import time
from pathlib import Path

import torch

import kept
from optimizer import Muon


class Log:
    def __init__(self, path: Path):
        self.path = path

    def __call__(self, line: str) -> None:
        line = f"{time.strftime('%H:%M:%S', time.gmtime())} {line}"
        print(line, flush=True)
        with self.path.open("a") as file:
            file.write(line + "\n")


def schedule(done: float) -> float:
    """Linear warm-up over the first 2 %, then a cosine to zero."""
    return min(1.0, done / 0.02 + 0.02) * (0.5 + 0.5 * math.cos(math.pi * min(done, 1.0)))


def note(sums: dict, name: str, value: float) -> None:
    total, count = sums.get(name, (0.0, 0))
    sums[name] = (total + value, count + 1)


def arguments(description: str) -> argparse.ArgumentParser:
    """The options that the runs on one process share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--train", type=Path, nargs="+", required=True, help="packed sets (NAME of NAME.bin)")
    parser.add_argument("--validation", type=Path, required=True, help="a packed set of other seeds")
    parser.add_argument("--state", type=Path, required=True, help="folder for log, state and checkpoint")
    parser.add_argument("--minutes", type=float, required=True, help="of this run, those before --resume included")
    parser.add_argument("--batch", type=int, required=True, help="pictures in a step")
    parser.add_argument("--muon-rate", type=float, default=0.015)
    parser.add_argument("--adam-rate", type=float, default=1.5e-3)
    parser.add_argument("--evaluate-every", type=float, default=300, help="seconds")
    parser.add_argument("--resume", action="store_true", help="go on from state.safetensors in the folder of the state")
    return parser


class Run:
    """One process that trains `model` and its auxiliary `heads` (None: none) until its minutes have passed.

    Muon moves the matrices that `inside` says lie inside blocks, AdamW the rest.
    """

    def __init__(self, options, model, heads, inside, log):
        self.options, self.model, self.heads, self.log = options, model, heads, log
        parts = [model] if heads is None else [model, heads]
        named = [(name, p) for part in parts for name, p in part.named_parameters()]
        matrices = [(p, 1) for name, p in named if p.dim() == 2 and inside(name)]
        held = {id(p) for p, _ in matrices}
        others = [p for _, p in named if id(p) not in held]
        self.muon, self.adam = Muon(matrices), torch.optim.AdamW(others, lr=0.0, betas=(0.9, 0.98), weight_decay=0.01)
        self.parameters = [p for p, _ in matrices] + others
        self.average = {name: v.detach().clone() for name, v in self.weights()}
        self.steps, self.seconds = 0, 0.0
        if options.resume:
            self.restore(kept.read(options.state / "state.safetensors"))

    def weights(self) -> list:
        """What is averaged: parameters and the running means of normalisations."""
        return [(name, value) for name, value in self.model.state_dict().items() if value.is_floating_point()]

    def go(self, losses, finish) -> None:
        """`losses(done)` gives a dict of losses, whose sum is made smaller; `finish(last)` validates and exports."""
        options, sums = self.options, {}
        last_log = last_finish = before = time.time()
        while (done := self.seconds / (options.minutes * 60)) < 1:
            parts = losses(done)
            sum(parts.values()).backward()
            for name, part in parts.items():
                note(sums, name, part.item())
            self.step(done)
            now = time.time()
            self.seconds, before = self.seconds + now - before, now
            if now - last_log > 30:
                means = ", ".join(f"{name} {total / count:.4f}" for name, (total, count) in sums.items())
                self.log(f"step {self.steps}, {self.steps * options.batch} seen, done {done:.3f}, {means}")
                sums, last_log = {}, now
            if now - last_finish > options.evaluate_every:
                self.pause(finish, False)
                last_finish = before = time.time()
        self.pause(finish, True)
        self.log(f"finished: {self.steps} steps, {self.steps * options.batch} pictures, {self.seconds / 60:.1f} minutes")

    def step(self, done: float) -> None:
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, 2.0)
        if math.isfinite(norm):
            rate = schedule(done)
            self.muon.step(self.options.muon_rate * rate)
            for group in self.adam.param_groups:
                group["lr"] = self.options.adam_rate * rate
            self.adam.step()
        for p in self.parameters:
            p.grad = None if p.grad is None else p.grad.zero_()
        self.steps += 1
        keep = min(0.998, (self.steps + 1) / (self.steps + 20))
        for name, value in self.weights():
            self.average[name].lerp_(value, 1 - keep)

    def pause(self, finish, last: bool) -> None:
        """Validates and exports with averaged weights, and keeps a state."""
        held = {name: value.clone() for name, value in self.weights()}
        self.model.load_state_dict(self.average, strict=False)
        self.model.eval()
        with torch.no_grad():
            finish(last)
        self.model.train()
        self.model.load_state_dict(held, strict=False)
        state = {
            "model": held, "average": self.average, "heads": self.heads.state_dict() if self.heads else {},
            "muon": self.muon.moments, "adam": self.adam.state_dict(), "steps": self.steps, "seconds": self.seconds,
        }
        kept.write(self.options.state / "state.safetensors", state)

    def restore(self, state: dict) -> None:
        self.model.load_state_dict(state["model"], strict=False)
        if self.heads:
            self.heads.load_state_dict(state["heads"])
        self.average, self.muon.moments = state["average"], state["muon"]
        self.adam.load_state_dict(state["adam"])
        self.steps, self.seconds = state["steps"], state["seconds"]
