"""Trains the model: `python3 training.py --minutes 100`, and again with `--resume` to go on another day.

Three losses. The decoder's cross entropy is what counts. Beside it, because the voices are synthetic and we know when
each phone and word was spoken: the phone of every encoder frame, and the decoder's first head of cross attention, which
shall rest on the word that is being written. With them the alignment, for which attention otherwise searches
for tens of thousands of lines, is there after the first minutes.

Processes (one per `--workers`, one thread each) share the weights and update them without waiting for one another
(Hogwild): on a shared machine, threads that wait for each other lose half of it. New shards are picked up as they appear.
"""

from __future__ import annotations

import argparse
import copy
import gc
import random
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
import torch.multiprocessing as multiprocessing
import torch.nn.functional as F

import data
import sound
from generate import CACHE
from model import Model, Shape
from optimiser import Optimiser
from tokens import Header, Tokenizer

SHARDS_AT_ONCE = 5
WARM_UP_STEPS = 60
SAVE_EVERY_SECONDS = 150
AVERAGE_EVERY_STEPS = 5
AVERAGE_DECAY = 0.985
PHONE_WEIGHT, ATTENTION_WEIGHT = 0.4, 0.15
SMOOTHING = 0.05


def losses(model: Model, batch: data.Batch) -> dict[str, torch.Tensor]:
    """The three losses of a batch."""
    with torch.autocast("cpu", torch.bfloat16):
        audio = model.encode(batch.mel)
        scores, attention = model.decode(batch.inputs, audio)
        phones = model.phones(audio)
    flat = lambda x: x.flatten(0, 1)
    words = F.cross_entropy(flat(scores).float(), batch.targets.flatten(), ignore_index=-100, label_smoothing=SMOOTHING)
    frames = F.cross_entropy(flat(phones).float(), batch.labels[:, : phones.shape[1]].flatten(), ignore_index=-100)
    at = torch.arange(audio.shape[1])
    inside = (at >= batch.spans[..., :1]) & (at < batch.spans[..., 1:])
    known = inside.any(-1)
    count = known.sum().clamp(min=1)  # a batch may hold no line whose times are known
    guided = sum(-((w[:, 0] * inside).sum(-1) + 1e-6).log()[known].sum() / count for w in attention) / len(attention)
    return {"words": words, "phones": frames, "attention": guided}


def rate_at(progress: float, step: int, options: argparse.Namespace) -> float:
    """The learning rate: warm-up, level, then straight down to nothing at the end of the time."""
    falling = (1 - progress) / (1 - options.decay_from)
    return options.rate * min(1.0, step / WARM_UP_STEPS) * max(0.01, min(1.0, falling))


def work(worker: int, model: Model, average: Model, options: argparse.Namespace, state: dict) -> None:
    """One process: draws shards, trains; the first one also averages the weights and saves."""
    torch.set_num_threads(1)
    seed = int(time.time()) + 1000 * worker
    torch.manual_seed(seed), random.seed(seed), np.random.seed(seed % 2**32)
    header = Header()
    tokenizer, mel = Tokenizer(header), sound.Mel(header.filters)
    optimiser = Optimiser(model, muon=not options.adam)
    if worker in state.get("optimisers", {}):
        optimiser.load(state["optimisers"][worker])
    step, first = state.get("step", 0), 0
    began = saved = time.time()
    recent: list[dict[str, float]] = []
    seen = 0
    while True:
        paths = sorted(options.cache.glob("train-*.npz"))
        picked = random.sample(paths, min(SHARDS_AT_ONCE, len(paths)))
        shards = [data.Shard(p) for p in picked]
        for rows in data.plan(shards, options.frames, options.share):
            progress = (time.time() - began) / 60 / options.minutes
            if progress >= 1:
                break
            if first < options.short_first_steps:  # short lines first
                if np.mean([shards[s].lengths[i] for s, i in rows]) > 16_000 * 2.5:
                    continue
            found = losses(model, data.collate(shards, rows, mel, tokenizer))
            total = found["words"] + PHONE_WEIGHT * found["phones"] + ATTENTION_WEIGHT * found["attention"]
            total.backward()
            optimiser.step(rate_at(progress, step, options))
            step, first, seen = step + 1, first + 1, seen + len(rows)
            recent.append({name: value.item() for name, value in found.items()})
            if worker == 0 and step % AVERAGE_EVERY_STEPS == 0:
                k = step / AVERAGE_EVERY_STEPS
                with torch.no_grad():
                    for a, p in zip(average.parameters(), model.parameters()):
                        a.lerp_(p, 1 - min(AVERAGE_DECAY, (1 + k) / (10 + k)))
            if len(recent) == 50:
                shown = "  ".join(f"{n} {np.mean([x[n] for x in recent]):.3f}" for n in recent[0])
                minutes = (time.time() - began) / 60
                print(f"{worker} step {step} at {minutes:.1f} min  {shown}  {seen} lines  shards {len(paths)}", flush=True)
                recent = []
            if time.time() - saved > SAVE_EVERY_SECONDS:
                save(worker, model, average, optimiser, step, options)
                saved = time.time()
        else:
            del shards
            gc.collect()
            continue
        break
    save(worker, model, average, optimiser, step, options)


def save(worker, model, average, optimiser, step, options) -> None:
    """Writes the checkpoint: the weights and their average by the first worker, each one's optimiser by itself."""
    def write(name: str, content: dict) -> None:
        partial = options.cache / (name + ".part")
        torch.save(content, partial)
        partial.rename(options.cache / name)

    write(f"{options.name}-optimiser-{worker}.pt", optimiser.state())
    if worker == 0:
        content = {"shape": asdict(model.shape), "model": model.state_dict(), "average": average.state_dict(), "step": step}
        write(f"{options.name}.pt", content)


def load(path: Path, averaged: bool = True) -> tuple[Model, Tokenizer, Header, dict]:
    """A model from a checkpoint, with its averaged weights or the last ones."""
    header = Header()
    tokenizer = Tokenizer(header)
    saved = torch.load(path, weights_only=False)
    model = Model(Shape(**saved["shape"]), len(tokenizer))
    model.load_state_dict(saved["average" if averaged else "model"])
    return model.eval(), tokenizer, header, saved


def share(text: str) -> tuple[str, float]:
    """`common=0.3` as a pair."""
    kind, part = text.split("=")
    return kind, float(part)


def main() -> None:
    parser = argparse.ArgumentParser(description="Trains the embedded speech model.")
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--name", default="checkpoint")
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--frames", type=int, default=3000, help="encoder frames in a batch")
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--decay-from", type=float, default=0.55, help="part of the time after which the rate falls")
    parser.add_argument("--short-first-steps", type=int, default=0)
    parser.add_argument("--adam", action="store_true", help="AdamW for everything")
    parser.add_argument("--share", type=share, action="append", default=[], help="KIND=PART: draw only a part of a kind of line")
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args()
    options.share = dict(options.share)

    torch.set_num_threads(1)
    torch.manual_seed(0)
    tokenizer = Tokenizer(Header())
    model, state = Model(Shape(), len(tokenizer)), {}
    average = copy.deepcopy(model)
    if options.resume:
        saved = torch.load(options.cache / f"{options.name}.pt", weights_only=False)
        model.load_state_dict(saved["model"])
        average.load_state_dict(saved["average"])
        files = {w: options.cache / f"{options.name}-optimiser-{w}.pt" for w in range(options.workers)}
        state = {"step": saved["step"]}
        state["optimisers"] = {w: torch.load(f, weights_only=False) for w, f in files.items() if f.exists()}
    print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} million parameters, {len(tokenizer)} tokens", flush=True)
    model.share_memory()
    if options.workers == 1:
        work(0, model, average, options, state)
        return
    multiprocessing.set_start_method("fork")
    others = [
        multiprocessing.Process(target=work, args=(w, model, average, options, state)) for w in range(options.workers)
    ]
    for process in others:
        process.start()
    for process in others:
        process.join()


if __name__ == "__main__":
    main()
