"""Batches from shards: lines of similar length together, augmented anew each time they are drawn."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

import phones
import sound
from tokens import Tokenizer

SAMPLES_PER_FRAME = 320  # an encoder frame: 20 ms at 16 kHz
LONGEST_TOKENS = 60
QUIET = phones.INDEX["pau"]
IGNORED = -100  # by the losses


class Shard:
    """A file that `generate.py` wrote."""

    def __init__(self, path: Path) -> None:
        with np.load(path) as file:
            columns = {name: file[name] for name in file.files}
        self.columns = columns
        self.texts = [str(t) for t in columns["text"]]
        self.kinds = [str(k) for k in columns["kind"]]
        self.voices = [str(v) for v in columns["voice"]]
        self.lengths = np.diff(columns["samples_at"])

    def __len__(self) -> int:
        return len(self.texts)

    def row(self, name: str, i: int) -> np.ndarray:
        at = self.columns[f"{name}_at"]
        return self.columns[name][at[i] : at[i + 1]]


@dataclass
class Batch:
    mel: torch.Tensor  # (batch, 80, 2 × frames)
    labels: torch.Tensor  # phone of each frame (batch, frames)
    inputs: torch.Tensor  # tokens (batch, length), starting with the prompt
    targets: torch.Tensor  # tokens, −100 where nothing is to be learnt
    spans: torch.Tensor  # (batch, length, 2): frames in which the target's word is spoken; (−1, −1) where unknown


def plan(shards: list[Shard], frames_per_batch: int, shares: dict[str, float]) -> list[list[tuple[int, int]]]:
    """Batches as lists of (shard, row), lines of similar length together, in random order. Of the kinds of line that
    `shares` names, only this part is drawn."""
    rows = [
        (int(length), s, i)
        for s, shard in enumerate(shards)
        for i, (length, kind) in enumerate(zip(shard.lengths, shard.kinds))
        if random.random() < shares.get(kind, 1.0)
    ]
    rows.sort(key=lambda row: row[0] * random.uniform(0.93, 1.07))
    batches, batch = [], []
    for length, s, i in rows:
        batch.append((s, i))
        if len(batch) * (length / SAMPLES_PER_FRAME + 35) >= frames_per_batch:
            batches.append(batch)
            batch = []
    if batch:
        batches.append(batch)
    random.shuffle(batches)
    return batches


def collate(shards: list[Shard], rows: list[tuple[int, int]], mel: sound.Mel, tokenizer: Tokenizer) -> Batch:
    """Loads and augments a batch for training."""
    n = len(rows)
    longest = max(int(shards[s].lengths[i]) for s, i in rows)
    tail = random.randrange(0, 9_600) if random.random() < 0.93 else random.randrange(9_600, 64_000)
    total = min(512 * SAMPLES_PER_FRAME, longest + 1600 + tail)
    frames = total // SAMPLES_PER_FRAME
    total = frames * SAMPLES_PER_FRAME
    samples = np.zeros((n, total), np.float32)
    labels = np.full((n, frames), QUIET, np.int64)
    encoded = [tokenizer.encode(shards[s].texts[i]) for s, i in rows]
    length = min(LONGEST_TOKENS, max(len(e[0]) for e in encoded)) + 2
    inputs = np.full((n, length), tokenizer.end, np.int64)
    targets = np.full((n, length), IGNORED, np.int64)
    spans = np.full((n, length, 2), -1, np.int64)
    ends = np.zeros(n, np.int64)
    for r, ((s, i), (numbers, owners)) in enumerate(zip(rows, encoded)):
        shard = shards[s]
        wave = shard.row("samples", i)
        room_left = total - len(wave)
        shift = random.randrange(0, max(1, min(8000, room_left) // SAMPLES_PER_FRAME)) if room_left > 0 else 0
        wave = wave[: total - shift * SAMPLES_PER_FRAME]
        at = shift * SAMPLES_PER_FRAME
        samples[r, at : at + len(wave)] = wave
        ends[r] = at + len(wave)
        label = shard.row("labels", i)[: frames - shift]
        labels[r, shift : shift + len(label)] = np.where(label < 0, IGNORED, label)
        numbers = numbers[:LONGEST_TOKENS]
        inputs[r, : len(numbers) + 2] = [tokenizer.start, tokenizer.no_timestamps, *numbers]
        targets[r, 1 : len(numbers) + 2] = [*numbers, tokenizer.end]
        starts = [int(x) for x in shard.row("starts", i)]
        for k, word in enumerate(owners[: len(numbers)]):
            if starts[word] >= 0:
                later = [x for x in starts[word + 1 :] if x >= 0]
                until = later[0] if later else len(label)
                spans[r, k + 1] = (max(0, shift + starts[word] - 3), min(frames, shift + until + 3))
    x = torch.from_numpy(samples) / 32768
    if random.random() < 0.3:
        x = sound.room(x)
    power = x.square().sum(1, keepdim=True) / torch.from_numpy(ends)[:, None].float()
    level = power.sqrt() * 10 ** (-(torch.rand(n, 1) * 32 + 6) / 20)
    hiss = sound.noise(n, total) * level * (torch.rand(n, 1) < 0.65)
    if random.random() < 0.5:  # the noise stops with the recording: from there on, digital silence
        until = torch.from_numpy(ends)[:, None] + (torch.rand(n, 1) * 8000).long()
        hiss = hiss * (torch.arange(total)[None] < until)
    x = (x + hiss) * (10 ** (torch.rand(n, 1) * 1.6 - 1.2))
    tracts = torch.where(torch.rand(n) < 0.4, torch.tensor(4), torch.randint(0, len(sound.TRACTS), (n,)))
    spectrogram = mel(x.clamp(-1, 1), tracts, sound.microphone(n) * (torch.rand(n, 1, 1) < 0.6))
    tensors = [torch.from_numpy(a) for a in (labels, inputs, targets, spans)]
    return Batch(sound.mask(spectrogram), *tensors)


def clean(shard: Shard, rows: list[int], mel: sound.Mel, snr_db: float | None = None) -> torch.Tensor:
    """Spectrograms for testing: 100 ms before, half a second after, and noise when asked for."""
    total = max(int(shard.lengths[i]) for i in rows) + 1600 + 8000
    total = min(512, -(-total // SAMPLES_PER_FRAME)) * SAMPLES_PER_FRAME
    x = torch.zeros(len(rows), total)
    for r, i in enumerate(rows):
        wave = torch.from_numpy(shard.row("samples", i).astype(np.float32) / 32768)[: total - 1600]
        x[r, 1600 : 1600 + len(wave)] = wave
        if snr_db is not None:
            x[r] += sound.noise(1, total)[0] * wave.square().mean().sqrt() * 10 ** (-snr_db / 20)
    return mel(x)
