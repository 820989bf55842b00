"""Writes spoken lines in shards: `python3 generate.py train --shards 20` or `python3 generate.py test`.

A shard is one .npz file: all samples in a row, with offsets, texts, voices, phone labels and word starts.
Shards are numbered; a shard that is there is left alone, so the command can be stopped and started again.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from random import Random

import numpy as np

from engines import RATE_HZ
from texts import Texts
from voices import Speakers, Spoken

CACHE = Path.home() / ".cache/avatardesk/training"
REPOSITORY = Path(__file__).resolve().parents[2]
KNOWLEDGE = REPOSITORY / "assets/knowledge/en"
LONGEST_SECONDS = 9.0
SHARD_LINES = 2000
TEST_LINES = {"question": 240, "command": 120, "number": 120, "mnemonic": 120, "common": 120}


def save(path: Path, spoken: list[Spoken]) -> None:
    """Writes a shard, whole or not at all."""
    offsets = lambda arrays: np.cumsum([0] + [len(a) for a in arrays])
    columns = {name: [getattr(s, name) for s in spoken] for name in ("samples", "labels", "starts")}
    data = {name: np.concatenate(arrays) for name, arrays in columns.items()}
    data |= {f"{name}_at": offsets(arrays) for name, arrays in columns.items()}
    data["text"] = np.array([" ".join(s.line.written) for s in spoken])
    data["kind"] = np.array([s.line.kind for s in spoken])
    data["voice"] = np.array([s.voice for s in spoken])
    partial = path.with_suffix(f".{os.getpid()}.part")
    with partial.open("wb") as file:
        np.savez(file, **data)
    partial.rename(path)


def short_enough(spoken: Spoken | None) -> bool:
    return spoken is not None and len(spoken.samples) <= LONGEST_SECONDS * RATE_HZ


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("part", choices=["train", "test"])
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--knowledge", type=Path, default=KNOWLEDGE, help="folder of English articles")
    parser.add_argument("--first", type=int, default=0, help="number of the first shard")
    parser.add_argument("--shards", type=int, default=20)
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    texts, speakers = Texts(options.knowledge), Speakers()
    print(f"{len(texts.questions)} questions and {len(texts.sentences)} sentences from the knowledge base", flush=True)

    if options.part == "test":
        r = Random(7_000_000)
        spoken = [
            speakers.test(texts.test_line(kind, r), r) for kind, count in TEST_LINES.items() for _ in range(count)
        ]
        save(options.cache / "test.npz", [s for s in spoken if short_enough(s)])
        return
    for shard in range(options.first, options.first + options.shards):
        path = options.cache / f"train-{shard:04}.npz"
        if path.exists():
            continue
        began, r, spoken = time.time(), Random(shard), []
        while len(spoken) < SHARD_LINES:
            one = speakers.train(texts.sample(r), r)
            if short_enough(one):
                spoken.append(one)
        save(path, spoken)
        hours = sum(len(s.samples) for s in spoken) / RATE_HZ / 3600
        print(f"{path.name}: {len(spoken)} lines, {hours:.2f} hours, in {time.time() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
