"""Trains the script head and the second recogniser on one GPU, on words that other processes render meanwhile.

    python train.py PACK OUT SECONDS WORKERS [BATCH]     # PACK as training/script/pack.py makes it

The first recogniser's trunk stays as it is under the script head, whose blocks begin as copies of the last ones; the second recogniser
begins as a copy of the whole first one. Rates fall to nothing at the end of the time. Every 90 seconds and at the end the means
of the weights over the last steps are written to OUT, f32: script.safetensors, reader.safetensors, and characters.txt, sheet.png, log.txt.
The figures printed on the way are of fonts that are kept back for that alone, not of the held-out ones."""

import multiprocessing
import os
import queue
import sys
import threading
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn
from torch.nn.functional import cross_entropy, ctc_loss, log_softmax

import network
import render
from reading import characters
from words import CLASSES

SAVED_EVERY = 90
SMOOTHING = 0.02
CAPACITY = {320: 500_000, 480: 200_000}


class Crops:
    """A ring of crops on the device; pictures [n, 48, width] and what belongs to each."""

    def __init__(self, width, capacity, device):
        self.capacity, self.count, self.received, self.device = capacity, 0, 0, device
        self.pixels = torch.empty(capacity, 48, width, dtype=torch.uint8, device=device)
        self.widths = torch.empty(capacity, dtype=torch.int64, device=device)
        self.marks = torch.empty(capacity, render.MARKS, dtype=torch.int16, device=device)

    def put(self, pixels, widths, marks):
        at = (self.received + torch.arange(len(widths), device=self.device)) % self.capacity
        self.pixels[at] = torch.from_numpy(pixels).to(self.device)
        self.widths[at] = torch.from_numpy(widths).to(self.device)
        self.marks[at] = torch.from_numpy(marks).to(self.device)
        self.received += len(widths)
        self.count = min(self.received, self.capacity)

    def some(self, batch):
        picked = torch.randint(self.count, (batch,), device=self.device)
        return self.pixels[picked], self.widths[picked], self.marks[picked].long()


def coloured(pixels, widths, is_varied):
    """Grey levels between two colours that are about as far apart, from -1 to 1, 0 beyond the line."""
    grey = pixels.float()[:, None]
    batch = len(grey)

    def some(share):
        return (torch.rand(batch, 1, 1, 1, device=grey.device) < share).float()

    if is_varied:
        turned = some(0.5)
        grey = turned * (255 - grey) + (1 - turned) * grey
        share = grey / 255
        tint, other = (25 * torch.randn(batch, 3, 1, 1, device=grey.device) * some(0.7) for _ in range(2))
        grey = grey + tint * (1 - share) + other * share
        grey = (grey + torch.randn_like(grey) * 6 * torch.rand(batch, 1, 1, 1, device=grey.device) * some(0.5)).clamp(0, 255)
    own = torch.arange(grey.shape[-1], device=grey.device) < widths[:, None, None, None]
    return ((grey / 127.5 - 1) * own).expand(batch, 3, *grey.shape[2:]).contiguous(memory_format=torch.channels_last)


class Mean:
    """The mean of the weights over the last steps."""

    def __init__(self, module, make):
        self.module, self.copy, self.steps = module, make(), 0
        self.copy.load_state_dict(module.state_dict())

    @torch.no_grad()
    def update(self):
        self.steps += 1
        own, new = self.copy.state_dict(), self.module.state_dict()
        names = [name for name, value in own.items() if value.is_floating_point()]
        torch._foreach_lerp_([own[n] for n in names], [new[n] for n in names], 1 - min(0.998, self.steps / (self.steps + 10)))


def new_reader(first, old):
    """A copy of the first recogniser with a head for other characters; what both know begins as it is there."""
    list_ = characters()
    reader = network.Recogniser(len(list_) + 1)
    state = {name: value for name, value in first.state_dict().items() if not name.startswith("head.")}
    weight, bias = first.head.weight.detach(), first.head.bias.detach()
    rows = torch.tensor([0] + [old.get(c, -1) + 1 for c in list_])
    new = weight.mean(0) + 0.3 * weight.std(0) * torch.randn(len(rows), weight.shape[1])
    known = rows > 0
    known[0] = True
    new[known] = weight[rows[known]]
    state |= {"head.weight": new, "head.bias": torch.where(known, bias[rows], bias.mean())}
    reader.load_state_dict(state)
    return reader


class Task:
    def __init__(self, name, module, make, groups):
        self.name, self.module, self.mean = name, module, Mean(module, make)
        self.optimiser = torch.optim.AdamW([{"params": list(p), "lr": rate, "top": rate} for p, rate in groups], weight_decay=0.02, betas=(0.9, 0.98))
        self.losses, self.steps = [], 0

    def step(self, loss, rate):
        for group in self.optimiser.param_groups:
            group["lr"] = group["top"] * rate
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.module.parameters(), 2.0)
        if torch.isfinite(norm):
            self.optimiser.step()
            self.mean.update()
        self.losses.append(loss.detach())
        self.steps += 1


def targets(marks):
    """Scripts that a line could be in, all as likely."""
    could = torch.zeros(len(marks), len(CLASSES), device=marks.device)
    could.scatter_(1, marks[:, :1], 1)
    for bit in range(3):
        could[:, bit] = torch.maximum(could[:, bit], ((marks[:, 1] >> bit) & 1).float())
    return could / could.sum(1, keepdim=True)


def read_loss(scores, marks):
    lengths = marks[:, 0]
    columns = torch.full_like(lengths, scores.shape[1])
    return ctc_loss(log_softmax(scores.float(), 2).transpose(0, 1), marks[:, 1:], columns, lengths, zero_infinity=True)


@torch.no_grad()
def judged(head, first, kept, half):
    """How many of the kept crops whose script is plain are told."""
    right = total = 0
    for pool in kept:
        for at in range(0, pool.count, 256):
            part = slice(at, min(at + 256, pool.count))
            with half():
                scores = head(first.backbone(coloured(pool.pixels[part], pool.widths[part], False), network.TRUNK), pool.widths[part])
            marks = pool.marks[part].long()
            plain = (targets(marks) > 0).sum(1) == 1
            right += ((scores.argmax(1) == marks[:, 0]) & plain).sum().item()
            total += plain.sum().item()
    return right / max(1, total)


@torch.no_grad()
def read(reader, kept, half):
    """How many of the kept lines are read without a mistake."""
    right = total = 0
    for pool in kept:
        for at in range(0, pool.count, 256):
            part = slice(at, min(at + 256, pool.count))
            with half():
                best = reader(coloured(pool.pixels[part], pool.widths[part], False)).argmax(2).cpu().numpy()
            for path, marks in zip(best, pool.marks[part].cpu().numpy()):
                found = [c for i, c in enumerate(path) if c and (i == 0 or path[i - 1] != c)]
                right += found == marks[1:1 + marks[0]].tolist()
                total += 1
    return right / max(1, total)


def save(out, name, module):
    state = {key: value.detach().float().cpu().contiguous() for key, value in module.state_dict().items() if value.is_floating_point()}
    save_file(state, out / f"{name}.part")
    os.replace(out / f"{name}.part", out / name)


def main():
    begun = time.time()
    pack, out, seconds, workers = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    batch = int(sys.argv[5]) if len(sys.argv) > 5 else 512
    out.mkdir(parents=True, exist_ok=True)
    log = open(out / "log.txt", "w", buffering=1)

    def say(*words):
        line = " ".join([f"{time.time() - begun:6.1f} s", *map(str, words)])
        print(line, flush=True)
        log.write(line + "\n")

    # Forked before the device is touched, so that nothing is imported anew.
    context = multiprocessing.get_context("fork")
    rendered = context.Queue(400)
    processes = [context.Process(target=render.work, args=(str(pack), number, rendered), daemon=True) for number in range(workers)]
    for process in processes:
        process.start()
    torch.manual_seed(0)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.backends.cudnn.benchmark = True
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    half = (lambda: torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"))
    old = (network.ASSETS / "characters.txt").read_text(encoding="utf-8").split("\n")
    (out / "characters.txt").write_text("\n".join(characters()), encoding="utf-8")

    first = network.recogniser()
    head, reader = network.script_head(first, len(CLASSES)), new_reader(first, {c: i for i, c in enumerate(old)})
    first, head, reader = (module.to(device, memory_format=torch.channels_last) for module in (first, head, reader))
    first.requires_grad_(False)
    make_head = (lambda: network.ScriptHead(len(CLASSES)).to(device, memory_format=torch.channels_last).eval())
    make_reader = (lambda: network.Recogniser(len(characters()) + 1).to(device, memory_format=torch.channels_last).eval())
    script = Task("script", head.train(), make_head, [(head.blocks.parameters(), 4e-4), ([*head.hidden.parameters(), *head.head.parameters()], 1.5e-3)])
    second = Task("reader", reader.train(), make_reader, [(reader.backbone.parameters(), 3e-4), (reader.neck.parameters(), 6e-4), (reader.head.parameters(), 1.5e-3)])

    shrink = 1 if device.type == "cuda" else 100
    pools = {(kind, width): Crops(width, capacity // shrink, device) for kind in render.KINDS for width, capacity in
             (CAPACITY if kind in ("script", "read") else {320: 6000, 480: 3000}).items()}
    running = threading.Event()
    running.set()

    def receive():
        while running.is_set():
            try:
                kind, width, pixels, widths, marks = rendered.get(timeout=0.5)
            except queue.Empty:
                continue
            pools[kind, width].put(pixels, widths, marks)

    threading.Thread(target=receive, daemon=True).start()
    say(device, torch.cuda.get_device_name() if device.type == "cuda" else "", len(characters()), "characters")
    least = 16 * batch if device.type == "cuda" else 2 * batch
    while min(pools["script", 320].count, pools["read", 320].count) < least or min(pools["script", 480].count, pools["read", 480].count) < 32:
        time.sleep(0.5)
        if time.time() - begun > seconds:
            say("no crops came", {key: pool.count for key, pool in pools.items()})
            return
    say("crops:", {key: pool.received for key, pool in pools.items()})
    sheet(pools, out)
    started, told, saved = time.time(), time.time(), time.time()
    rng = np.random.default_rng(0)

    def pick(kind):
        narrow, wide = pools[kind, 320], pools[kind, 480]
        pool = narrow if rng.random() < narrow.received / (narrow.received + wide.received) else wide
        return pool.some(batch if pool is narrow else batch * 2 // 3)

    def report():
        told_right = judged(script.mean.copy, first, [pools["script kept", width] for width in CAPACITY], half)
        read_right = read(second.mean.copy, [pools["read kept", width] for width in CAPACITY], half)
        losses = [torch.stack(task.losses[-100:]).mean().item() for task in (script, second)]
        say(f"steps {script.steps}, crops {sum(pool.received for pool in pools.values())}, loss script {losses[0]:.4f} reader {losses[1]:.4f}, "
            f"kept-back fonts: script {told_right:.4f}, lines read {read_right:.4f}; kept {[pool.count for key, pool in pools.items() if 'kept' in key[0]]}")

    def save_all():
        save(out, "script.safetensors", script.mean.copy)
        save(out, "reader.safetensors", second.mean.copy)

    while True:
        done = (time.time() - started) / max(1e-9, seconds - (started - begun) - 12)
        if done >= 1:
            break
        rate = min(1.0, script.steps / 200) * 0.5 * (1 + np.cos(np.pi * done))
        pixels, widths, marks = pick("script")
        with half():
            with torch.no_grad():
                trunk = first.backbone(coloured(pixels, widths, True), network.TRUNK)
            scores = head(trunk, widths)
        script.step(cross_entropy(scores.float(), targets(marks), label_smoothing=SMOOTHING), rate)
        pixels, widths, marks = pick("read")
        with half():
            scores = reader(coloured(pixels, widths, True))
        second.step(read_loss(scores, marks), rate)
        if time.time() - told > 20:
            report()
            told = time.time()
        if time.time() - saved > SAVED_EVERY:
            save_all()
            saved = time.time()
    save_all()
    report()
    running.clear()
    for process in processes:
        process.terminate()
    say("saved", [f"{path.name} {path.stat().st_size}" for path in sorted(out.iterdir())])
    log.close()
    os._exit(0)


def sheet(pools, out):
    """Some of the crops, to be looked at."""
    rows = [pools[kind, 320].pixels[index].cpu().numpy() for index in range(40) for kind in ("script", "read")]
    Image.fromarray(np.concatenate([np.concatenate(rows[i::4]) for i in range(4)], 1)).save(out / "sheet.png")


if __name__ == "__main__":
    main()
