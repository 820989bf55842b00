"""Word error rates on the test set: `python3 evaluation.py`, by kind of line and by family of voice.

The test set's voices and sentences were never trained (see `voices.py` and `grammar.TEST_TEMPLATES`); the words mostly were.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path

import torch

import data
import sound
from generate import CACHE
from training import load

BATCH = 24


def errors(said: list[str], heard: list[str]) -> int:
    """Words to insert, delete or replace (edit distance)."""
    row = list(range(len(heard) + 1))
    for i, a in enumerate(said, 1):
        before, row[0] = row[:], i
        for j, b in enumerate(heard, 1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
    return row[-1]


def table(pairs: list[tuple[str, str, str, str]]) -> dict[str, dict[str, float]]:
    """(kind, family, said, heard) → rates. `sentences` is the part of lines that are right to the last word."""
    groups: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for kind, family, said, heard in pairs:
        found = errors(said.split(), heard.split()), len(said.split())
        for name in ("all", family, kind, f"{kind} {family}"):
            groups[name].append(found)
    return {
        name: {
            "word_errors": round(sum(e for e, _ in found) / sum(n for _, n in found), 4),
            "sentences_right": round(sum(e == 0 for e, _ in found) / len(found), 4),
            "lines": len(found),
        }
        for name, found in sorted(groups.items())
    }


def transcribe(options: argparse.Namespace) -> list[tuple[str, str, str, str]]:
    model, tokenizer, header, _ = load(options.checkpoint, averaged=not options.last)
    mel, shard = sound.Mel(header.filters), data.Shard(options.test)
    order = sorted(range(0, len(shard), options.every), key=lambda i: shard.lengths[i])
    pairs = []
    for at in range(0, len(order), BATCH):
        rows = order[at : at + BATCH]
        with torch.autocast("cpu", torch.bfloat16, enabled=not options.exact):
            heard = model.transcribe(data.clean(shard, rows, mel, options.snr), tokenizer)
        for i, text in zip(rows, heard):
            pairs.append((shard.kinds[i], shard.voices[i].split(":")[0], shard.texts[i], text))
    return pairs


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures a checkpoint's word error rate.")
    parser.add_argument("--checkpoint", type=Path, default=CACHE / "checkpoint.pt")
    parser.add_argument("--test", type=Path, default=CACHE / "test.npz")
    parser.add_argument("--last", action="store_true", help="the last weights and not their average")
    parser.add_argument("--every", type=int, default=1, help="take every Nth line")
    parser.add_argument("--snr", type=float, help="add noise at this signal-to-noise ratio in dB")
    parser.add_argument("--exact", action="store_true", help="32-bit arithmetic")
    parser.add_argument("--show", type=int, default=0, help="print this many lines")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    pairs = transcribe(options)
    for kind, family, said, heard in pairs[:: max(1, len(pairs) // max(1, options.show))] if options.show else []:
        print(f"{kind}/{family}\n  said  {said}\n  heard {heard}")
    result = table(pairs)
    for name, row in result.items():
        print(f"{name:22} word errors {row['word_errors']:7.2%}  right {row['sentences_right']:7.2%}  of {row['lines']}")
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
