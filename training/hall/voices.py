"""Utterances to make halls of: the shards of `training/speech`, without the voices that the measurement uses."""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np

SHARDS = Path.home() / ".cache/avatardesk/training"
RATE_HZ = 16_000
# What benches/hall speaks with, and what this training is judged by.
MEASURED = {"m1", "m3", "m7", "f2", "f3", "f4"}
JUDGED = {"linda", "paul", "alicia"}


def level_db(samples: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(samples * samples) + 1e-12))


def loudness_db(samples: np.ndarray) -> float:
    """The level of what is louder than the mean, as in benches/hall."""
    pieces = samples[: len(samples) // 256 * 256].reshape(-1, 256)
    levels = 10 * np.log10((pieces**2).mean(1) + 1e-12)
    loud = levels[levels > level_db(samples)]
    return float(10 * np.log10(np.mean(10 ** (loud / 10))))


def at_level(samples: np.ndarray, db: float) -> np.ndarray:
    return samples * 10 ** ((db - loudness_db(samples)) / 20)


class Voices:
    """Utterances by voice. `judged`: those of the shard that training never hears."""

    def __init__(self, judged: bool = False, shards: list[int] | None = None) -> None:
        names = ["test"] if judged else [f"train-{n:04d}" for n in shards or []]
        without = MEASURED if judged else MEASURED | JUDGED
        self.items: list[tuple[str, np.ndarray]] = []
        self.of: dict[str, list[np.ndarray]] = {}
        for name in names:
            shard = np.load(SHARDS / f"{name}.npz")
            samples, at = shard["samples"], shard["samples_at"]
            for i, voice in enumerate(map(str, shard["voice"])):
                if voice.startswith("espeak:") and voice.split("+")[-1] in without:
                    continue
                self.items.append((voice, samples[at[i] : at[i + 1]]))
                self.of.setdefault(voice, []).append(samples[at[i] : at[i + 1]])

    def anybody(self, r: Random) -> str:
        return r.choice(self.items)[0]

    def say(self, r: Random, voice: str | None = None) -> np.ndarray:
        """Something that a voice says; anybody's, where the voice has said little."""
        said = self.of.get(voice or "", [])
        samples = r.choice(said) if len(said) > 3 else r.choice(self.items)[1]
        return samples.astype(np.float32) / 32768
