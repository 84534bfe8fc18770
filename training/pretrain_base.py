"""Pre-trains a base on packed drawn streets, which says what is seen and knows no place, until a given number of minutes has passed.

On a CPU several single-threaded processes share each step: they take micro-batches from a common counter and add their
gradients, so that a busy core slows the others little. On a graphics card (`--device cuda --workers 1`) one process takes
the steps and `--samplers` others make its batches. The schedule follows the clock, so a run always ends cooled down. See
README.md beside this file for the whole walk.
"""

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

import data
import export
import kept
from heads import Heads
from loop import Log, note, schedule
from model import Shape, Starter
from optimizer import Muon, split
from tokenizer import SEEN_QUESTION

MEAN = torch.tensor([0.48145466, 0.4578275, 0.40821073]) * 255
STD = torch.tensor([0.26862954, 0.26130258, 0.27577711]) * 255
BEFORE = "<|im_start|>user\n<|vision_start|>"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", type=Path, nargs="+", required=True, help="packed sets (NAME of NAME.bin)")
    parser.add_argument("--validation", type=Path, required=True, help="a packed set of other seeds")
    parser.add_argument("--tokenizer", type=Path, required=True, help="tokenizer.json")
    parser.add_argument("--state", type=Path, required=True, help="folder for log, state and exports")
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--device", default="cpu", help="cpu, or cuda with one worker")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--samplers", type=int, default=0, help="processes that make batches ahead; 0: each worker its own")
    parser.add_argument("--micro", type=int, default=16, help="pictures in a micro-batch")
    parser.add_argument("--micros", type=int, default=4, help="micro-batches in a step")
    parser.add_argument("--muon-rate", type=float, default=0.015)
    parser.add_argument("--adam-rate", type=float, default=1.5e-3)
    parser.add_argument("--evaluate-every", type=float, default=300, help="seconds")
    parser.add_argument("--resume", type=Path, help="a state.safetensors to go on from")
    parser.add_argument("--collages", type=float, default=0.75, help="share of collages at the beginning")
    return parser.parse_args()


class Batch:
    """Turns sampled arrays into tensors, and token ids into the text part's input and targets."""

    def __init__(self, tokenizer, model, device):
        self.before = torch.tensor(tokenizer.encode(BEFORE).ids, device=device)
        after = f"<|vision_end|>{SEEN_QUESTION}<|im_end|>\n<|im_start|>assistant\n"
        self.ask = torch.tensor(tokenizer.encode(after).ids, device=device)
        self.pad = tokenizer.token_to_id("<|endoftext|>")
        length = len(self.ask) + data.MOST_ANSWER - 1
        self.cos, self.sin = (a.to(device) for a in model.angles(model.positions(len(self.before), length)))

    def text(self, answers: torch.Tensor) -> tuple:
        """(before, after, targets, weights): targets stand one position ahead, weight 0 where nothing is asked."""
        count = len(answers)
        before = self.before.expand(count, -1)
        known = answers.masked_fill(answers < 0, self.pad)
        after = torch.cat([self.ask.expand(count, -1), known[:, :-1]], dim=1)
        return before, after, known, (answers >= 0).float()


def patches(pictures, light):
    """Pixels `[batch, 168, 224, 3]` to normalised patches `[batch, 192, 588]` in merge-block order."""
    x = (pictures.float() * light[:, 0, None, None] + light[:, 1, None, None]).clamp(0, 255)
    x = (x - MEAN.to(x.device)) / STD.to(x.device)
    count = len(x)
    x = x.view(count, data.ROWS, 2, 14, data.COLUMNS, 2, 14, 3).permute(0, 1, 4, 2, 5, 7, 3, 6)
    return x.reshape(count, data.ROWS * data.COLUMNS * 4, 588).bfloat16()


class Stream(IterableDataset):
    """Endless `(whether of collages, batch)`; `done` is the share of the run that is over.

    A process of its own, where a loader starts several, draws its own pictures and takes up sets as they become complete.
    """

    def __init__(self, options, labels, rank: int, done):
        self.options, self.labels, self.rank, self.done = options, labels, rank, done

    def __iter__(self):
        options, process = self.options, get_worker_info()
        number = self.rank if process is None else process.id
        tokenizer, pending = Tokenizer.from_file(str(options.tokenizer)), list(options.train)
        sampler = data.Sampler([], 1000 + number + int(time.time()) % 997 * 32, self.labels)
        random, made = np.random.default_rng(77 + number), 0
        while True:
            if pending and made % 80 == 0:
                load_next(pending, sampler, self.labels, tokenizer)
            share = options.collages * max(0.0, 1.0 - self.done.value / 0.75)
            is_collage = random.random() < share
            sample = sampler.batch(options.micro, float(is_collage))
            yield is_collage, {name: torch.from_numpy(value) for name, value in sample.items()}
            made += 1


def text_loss(logits, targets, weights):
    loss = F.cross_entropy(logits.float().flatten(0, 1), targets.flatten(), reduction="none")
    return (loss * weights.flatten()).sum() / weights.sum()


def worker(rank: int, options, counter) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(1)
    dist.init_process_group("gloo", init_method=f"file://{options.state.resolve()}/rendezvous", rank=rank, world_size=options.workers)
    tokenizer = Tokenizer.from_file(str(options.tokenizer))
    labels = json.loads((options.state / "labels.json").read_text())
    labels = data.Labels(labels["written"], labels["things"], labels["pictures"])
    shape = Shape(vocabulary=math.ceil(tokenizer.get_vocab_size() / 64) * 64)
    device = torch.device(options.device)
    model = Starter(shape).to(device)
    heads = Heads(shape.hidden, labels).to(device)
    matrices, others = split(model, heads)
    muon, adam = Muon(matrices), torch.optim.AdamW(others, lr=0.0, betas=(0.9, 0.98), weight_decay=0.01)
    parameters = [p for p, _ in matrices] + others
    if options.resume:
        restore(kept.read(options.resume), model, heads, muon)
    average = {n: p.detach().clone() for n, p in model.named_parameters()} if rank == 0 else None

    progress = mp.get_context("fork").Value("d", 0.0)
    stream = Stream(options, labels, rank, progress)
    if options.samplers:
        ahead = {"num_workers": options.samplers, "multiprocessing_context": "fork", "pin_memory": device.type == "cuda"}
        stream = DataLoader(stream, batch_size=None, **ahead)
    stream = iter(stream)
    validation = data.load(options.validation, labels, tokenizer)
    batch = Batch(tokenizer, model, device)
    log = Log(options.state / "log.txt") if rank == 0 else None
    if rank == 0:
        log(f"{sum(p.numel() for p in model.parameters())} parameters, {len(labels.written)} writings, "
            f"{len(labels.things)} things")

    if device.type == "cpu":
        compile_blocks(model)
    names = ("written", "language", "characters", "things")

    def street(sample, text, aux):
        with torch.autocast(device.type, torch.bfloat16):
            cells = model.visual(patches(sample["pictures"], sample["light"]))
            before, after, targets, weights = text
            logits = model.text(cells, before, after, batch.cos, batch.sin, data.MOST_ANSWER)
            text = text_loss(logits, targets, weights)
            return text + aux * heads.loss(cells, *(sample[n] for n in names), sample["kinds"]), text

    def collage(sample, aux):
        with torch.autocast(device.type, torch.bfloat16):
            cells = model.visual(patches(sample["pictures"], sample["light"]))
            return aux * heads.loss(cells, *(sample[n] for n in names))

    flat = torch.zeros(sum(p.numel() for p in parameters), device=device)
    step, seen, began = 0, 0, time.time()
    last_log, last_evaluation, sums = began, began, {}
    clock = torch.zeros(1)
    while True:
        clock[0] = (time.time() - began) / (options.minutes * 60)
        dist.broadcast(clock, 0)
        progress.value = done = float(clock[0])
        if done >= 1:
            break
        aux = 1.0 - 0.6 * done
        while take(counter, (step + 1) * options.micros):
            is_collage, sample = next(stream)
            sample = {name: value.to(device, non_blocking=True) for name, value in sample.items()}
            if is_collage:
                loss = collage(sample, aux)
                note(sums, "collage", loss.item())
            else:
                loss, part = street(sample, batch.text(sample["answers"]), aux)
                note(sums, "text", part.item())
                note(sums, "whole", loss.item())
            (loss / options.micros).backward()
        share_gradients(parameters, flat)
        norm = flat.norm().item()
        if norm < 1e4 and math.isfinite(norm):
            rate = schedule(done)
            muon.step(options.muon_rate * rate)
            for group in adam.param_groups:
                group["lr"] = options.adam_rate * rate
            adam.step()
        for p in parameters:
            p.grad.zero_()
        step += 1
        seen += options.micro * options.micros
        if rank == 0:
            keep = min(0.998, (step + 1) / (step + 20))
            with torch.no_grad():
                for name, p in model.named_parameters():
                    average[name].lerp_(p, 1 - keep)
        now = time.time()
        if rank == 0 and now - last_log > 30:
            means = ", ".join(f"{k} {v[0] / v[1]:.3f}" for k, v in sorted(sums.items()))
            log(f"step {step}, {seen} seen, {seen / (now - began):.1f}/s, done {done:.3f}, norm {norm:.2f}, {means}")
            sums.clear()
            last_log = now
        flag = torch.tensor([float(now - last_evaluation > options.evaluate_every)])
        if step % 10 == 0:
            dist.broadcast(flag, 0)
            if flag.item() > 0:
                last_evaluation = now
                if rank == 0:
                    finish(options, model, heads, muon, average, tokenizer, labels, validation, batch, log)
                dist.barrier()
                for p in parameters if options.workers > 1 else []:  # they are equal already; this keeps them so
                    dist.broadcast(p.data, 0)
    if rank == 0:
        finish(options, model, heads, muon, average, tokenizer, labels, validation, batch, log, last=True)
        log(f"finished: {step} steps, {seen} samples, {(time.time() - began) / 60:.1f} minutes")
    dist.barrier()
    dist.destroy_process_group()


def compile_blocks(model) -> None:
    """Compiles one block of each tower; the others share its code."""
    torch._dynamo.config.cache_size_limit = 64
    for block in [*model.visual.blocks, *model.model.layers]:
        block.compile(dynamic=False)


def load_next(pending: list, sampler, labels, tokenizer) -> None:
    """Takes up the next packed set as soon as it is complete (its `.done` file says so)."""
    while pending and (not sampler.sets or pending[0].with_suffix(".done").exists()):
        sampler.add(data.load(pending.pop(0), labels, tokenizer))


def take(counter, until: int) -> bool:
    with counter.get_lock():
        if counter.value >= until:
            return False
        counter.value += 1
        return True


def share_gradients(parameters: list, flat: torch.Tensor) -> None:
    at = 0
    for p in parameters:
        part = flat[at : at + p.numel()]
        part.zero_() if p.grad is None else part.copy_(p.grad.flatten())
        at += p.numel()
    if dist.get_world_size() > 1:
        dist.all_reduce(flat)
    at = 0
    for p in parameters:
        part = flat[at : at + p.numel()].view_as(p)
        if p.grad is None:
            p.grad = part.clone()
        else:
            p.grad.copy_(part)
        at += p.numel()


def finish(options, model, heads, muon, average, tokenizer, labels, validation, batch, log, last=False) -> None:
    """Validates the averaged weights, exports them, and keeps a state to resume from."""
    held = {n: p.detach().clone() for n, p in model.named_parameters()}
    with torch.no_grad():
        for name, p in model.named_parameters():
            p.copy_(average[name])
    evaluate(model, heads, tokenizer, labels, validation, batch, log, last)
    export.export(model, tokenizer, options.state / "checkpoint")
    with torch.no_grad():
        for name, p in model.named_parameters():
            p.copy_(held[name])
    state = {
        "model": {n: v.half() for n, v in model.state_dict().items()},
        "heads": {n: v.half() for n, v in heads.state_dict().items()},
        "moments": [m.bfloat16() for m in muon.moments],
    }
    kept.write(options.state / "state.safetensors", state)


def restore(state: dict, model, heads, muon) -> None:
    model.load_state_dict({n: v.float() for n, v in state["model"].items()})
    heads.load_state_dict({n: v.float() for n, v in state["heads"].items()}, strict=False)
    for held, moment in zip(muon.moments, state["moments"]):
        held.copy_(moment)


@torch.no_grad()
def evaluate(model, heads, tokenizer, labels, validation, batch, log, last: bool) -> None:
    """The share of the answers' tokens that it says right, and of the cells that the heads name right."""
    torch.compiler.set_stance("force_eager")
    right, read, things, texts = [], [], [], []
    device = next(model.parameters()).device
    answers = torch.from_numpy(validation.answers).to(device)
    limit = len(validation.pictures) if last else min(400, len(validation.pictures))
    for at in range(0, limit, 32):
        rows = slice(at, min(at + 32, limit))
        count = rows.stop - rows.start
        light = torch.tensor([[1.0], [0.0]], device=device).expand(count, 2, 3)
        with torch.autocast(device.type, torch.bfloat16):
            cells = model.visual(patches(torch.from_numpy(np.array(validation.pictures[rows])).to(device), light))
            before, after, targets, weights = batch.text(answers[rows])
            logits = model.text(cells, before, after, batch.cos, batch.sin, data.MOST_ANSWER).float()
        texts.append((text_loss(logits, targets, weights)).item())
        right += (logits.argmax(-1) == targets)[weights > 0].tolist()
        read_cells(heads, cells, validation, rows, read, things)
    log(f"VALIDATION {limit}: tokens {np.mean(right):.4f}, cells read {np.mean(read):.4f}, things {np.mean(things):.4f}, "
        f"text loss {np.mean(texts):.3f}")
    torch.compiler.set_stance("default")


def read_cells(heads, cells, validation, rows, read: list, things: list) -> None:
    """Whether the heads name right what is written in cells and what stands there."""
    for head, numbers, into in ((heads.written, validation.written, read), (heads.things, validation.things, things)):
        numbers = torch.from_numpy(data.cell_labels(validation.boxes[rows], numbers[rows])).to(cells.device)
        chosen = head(cells.float()).argmax(-1)
        into += (chosen == numbers)[numbers > 0].tolist()


def main() -> None:
    options = arguments()
    options.state.mkdir(parents=True, exist_ok=True)
    (options.state / "rendezvous").unlink(missing_ok=True)
    if not (options.state / "labels.json").exists():
        files = [p.with_suffix(".jsonl") for p in [options.train[0], options.validation]]
        (options.state / "labels.json").write_text(json.dumps(data.Labels.gather(files).to_json(), ensure_ascii=False))
    counter = mp.get_context("spawn").Value("q", 0)
    mp.start_processes(worker, (options, counter), nprocs=options.workers, start_method="spawn")


if __name__ == "__main__":
    main()
