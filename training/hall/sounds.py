"""What else is to be heard in a hall. All at 16 kHz."""

from __future__ import annotations

from random import Random

import numpy as np
from scipy.signal import lfilter

from voices import RATE_HZ, Voices, at_level


def rng(r: Random) -> np.random.Generator:
    return np.random.default_rng(r.randrange(1 << 30))


def reverberate(samples: np.ndarray, r: Random, seconds: float, direct_db: float) -> np.ndarray:
    """Adds a tail of noise that falls by 60 dB in `seconds`; the direct sound is `direct_db` louder than all of it."""
    length = int(seconds * RATE_HZ)
    tail = rng(r).standard_normal(length) * 10 ** (-3 * np.arange(length) / length)
    tail[: int(r.uniform(0.002, 0.012) * RATE_HZ)] = 0
    tail *= 10 ** (-direct_db / 20) / np.sqrt((tail * tail).sum() + 1e-12)
    tail[0] += 1
    size = 1 << (len(samples) + length).bit_length()
    wet = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(tail, size), size)
    return wet[: len(samples) + length].astype(np.float32)


def noise(count: int, r: Random) -> np.ndarray:
    """Of unit power, from white to brown."""
    spectrum = np.fft.rfft(rng(r).standard_normal(count))
    spectrum *= np.arange(1, len(spectrum) + 1) ** -r.uniform(0, 1)
    sound = np.fft.irfft(spectrum, count)
    return (sound / np.sqrt((sound * sound).mean())).astype(np.float32)


def music(count: int, r: Random) -> np.ndarray:
    """Chords that die away, of unit power."""
    out, at = np.zeros(count, np.float32), 0
    while at < count:
        length = int(r.uniform(0.15, 0.8) * RATE_HZ)
        base = r.choice([110, 131, 147, 165, 196, 220, 262, 330, 392])
        time = np.arange(min(length, count - at)) / RATE_HZ
        fall = np.exp(-time * r.uniform(1, 6))
        for note in r.sample([1, 1.25, 1.5, 2, 3], 3):
            for harmonic in range(1, 7):
                wave = np.sin(2 * np.pi * base * note * harmonic * time) / harmonic**1.3
                out[at : at + len(time)] += fall * wave
        at += length
    return out / np.sqrt((out * out).mean() + 1e-9)


def mains(count: int) -> np.ndarray:
    time = np.arange(count) / RATE_HZ
    return sum(np.sin(2 * np.pi * 50 * h * time + h) / h for h in (1, 2, 3, 5, 7)).astype(np.float32)


def crowd(count: int, voices: Voices, r: Random, people: int, plain: bool) -> np.ndarray:
    """So many people who talk at once. `plain`: all equally loud, without a room, as in benches/hall."""
    out = np.zeros(count, np.float32)
    spread = 0 if plain else r.choice([0, 0, 2, 4])
    for _ in range(people):
        at, voice = -r.randrange(40_000), voices.anybody(r)
        while at < count:
            said = voices.say(r, voice if r.random() < 0.7 else None)
            said = at_level(said, -20 + r.uniform(-spread, spread))
            first, last = max(0, -at), min(len(said), count - at)
            if last > first:
                out[at + first : at + last] += said[first:last]
            at += len(said) + r.randrange(800, 8_000)
    if not plain and r.random() < 0.5:
        out = reverberate(out, r, r.uniform(0.3, 1.2), r.uniform(-8, 4))[:count]
    return out


def cough(r: Random) -> np.ndarray:
    """Bursts of noise that die away, coloured as by a throat."""
    out = []
    for _ in range(r.choice([1, 2, 3])):
        count = int(r.uniform(0.1, 0.3) * RATE_HZ)
        burst = lfilter([1], [1, -r.uniform(1.2, 1.6), 0.72], rng(r).standard_normal(count))
        out += [burst * np.exp(-r.uniform(3, 7) * np.arange(count) / count)]
        out += [np.zeros(int(r.uniform(0.04, 0.15) * RATE_HZ))]
    return np.concatenate(out).astype(np.float32)


def hum(r: Random) -> np.ndarray:
    """"Mm-hm" with a shut mouth: a deep buzz through a nose, twice."""
    deep, out = r.uniform(85, 240), []
    syllables = [(r.randrange(120, 300), 0.9), (r.randrange(30, 90), 0.0), (r.randrange(120, 320), r.uniform(0.9, 1.25))]
    for ms, pitch in syllables:
        count = ms * RATE_HZ // 1000
        i = np.arange(count)
        sound = rng(r).uniform(-0.02, 0.02, count)
        for harmonic in range(1, 24) if pitch else ():
            hz = harmonic * deep * pitch
            nose = 1 / (1 + (hz / 300) ** 3) + 0.02 / (1 + ((hz - 1050) / 120) ** 2)
            sound += np.sin(2 * np.pi * hz * i / RATE_HZ) * nose
        out.append(sound * np.minimum(np.minimum(i, count - i) / 320, 1))
    return np.concatenate(out).astype(np.float32)
