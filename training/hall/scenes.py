"""Makes minutes of halls: `python3 scenes.py`. A scene that is there is left alone.

Of each scene NAME there are NAME.near (what is said before the microphone: visitor, crowd, other sounds), NAME.far (what the
avatar says, at 48 kHz), NAME.room (echo and room, see benches/hall/teach.rs) and NAME.truth (a byte for each frame of 16 ms:
the visitor speaks). All samples are 16 bits.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from random import Random

import numpy as np

import sounds
from voices import RATE_HZ, Voices, at_level, level_db, loudness_db

FOLDER = Path.home() / ".cache/avatardesk/hall"
FRAME, SECONDS = 256, 60
# A frame of the visitor's that is so much quieter than their loud ones is silence, and a gap of so many frames is none.
SILENT_DB, GAP_FRAMES = -22, 6
# Kinds of scenes: how many of each to learn from. `hard` has everything at its widest; `mid` is about a visitor who can
# be understood; `plain` is as the measurement, and only judges.
LEARN = [("hard", "turn", 60), ("hard", "far", 90), ("mid", "turn", 136), ("mid", "far", 282)]
JUDGE = [("plain", "turn", 12), ("plain", "far", 20)]
# Utterances of so many shards are at hand for a scene: a shard is a hundred megabytes.
SHARDS, SHARDS_AT_ONCE, SCENES_A_LOAD = range(12, 24), 2, 24


def add(to: np.ndarray, what: np.ndarray, at: int) -> None:
    count = min(len(what), len(to) - at)
    to[at : at + count] += what[:count]


def visitor(voices: Voices, r: Random, manner: str, kind: str, level: float) -> tuple[np.ndarray, np.ndarray]:
    """What the visitor says, as it leaves the mouth and as it reaches the microphone, coughs and hums with it."""
    count = SECONDS * RATE_HZ
    dry, wet = np.zeros(count, np.float32), np.zeros(count, np.float32)
    plain = manner == "plain"
    gaps = (1.2, 4.5) if kind == "turn" else (2.5, 7)
    echoes, seconds, direct_db = not plain and r.random() < 0.6, r.uniform(0.15, 0.6), r.uniform(2, 14)
    at, voice = int(r.uniform(1, 3) * RATE_HZ), voices.anybody(r)
    if r.random() < {"turn": 0.12, "far": 0.15 if plain else 0.3}[kind]:
        at = count  # nobody is there
    while at < count:
        if r.random() < 0.3:
            voice = voices.anybody(r)
        if kind == "far" and not plain and r.random() < 0.25:
            noise = at_level((sounds.cough if r.random() < 0.5 else sounds.hum)(r), r.uniform(-30, -22))
            add(wet, noise, at)
            at += len(noise) + int(r.uniform(1, 3) * RATE_HZ)
            continue
        said = voices.say(r, voice)
        if kind == "far":
            said = said[: int(r.uniform(1.2, 4) * RATE_HZ)]
        said = at_level(said, level + r.uniform(-2, 2))
        add(dry, said, at)
        add(wet, sounds.reverberate(said, r, seconds, direct_db) if echoes else said, at)
        at += len(said) + int(r.uniform(*gaps) * RATE_HZ)
    return dry, wet


def surroundings(voices: Voices, r: Random, manner: str, level: float) -> np.ndarray:
    """What else there is, for a visitor of this level."""
    count = SECONDS * RATE_HZ
    out = np.zeros(count, np.float32)
    if manner == "plain":
        crowd = sounds.crowd(count, voices, r, 6, True)
        return crowd * 10 ** ((level - 10 - level_db(crowd)) / 20)
    if r.random() < 0.85:
        ranges = [(6, 14), (9, 11), (12, 25)] if manner == "hard" else [(8, 12), (9, 16)]
        usual = level - r.uniform(*r.choice(ranges))
        crowd = sounds.crowd(count, voices, r, r.choice([3, 4, 5, 6, 6, 6, 8, 10, 14]), False)
        out += crowd * 10 ** ((usual - level_db(crowd)) / 20)
        if r.random() < 0.2:
            out += sounds.music(count, r) * 10 ** ((usual - r.uniform(0, 8)) / 20)
        if r.random() < 0.2:  # an announcement
            said = at_level(voices.say(r), usual + r.uniform(-2, 3))
            said = sounds.reverberate(said, r, r.uniform(0.5, 1.5), r.uniform(-6, 2))
            add(out, said, int(r.uniform(3, SECONDS - 8) * RATE_HZ))
    if r.random() < 0.4:
        out += sounds.noise(count, r) * 10 ** (r.uniform(-65, -45) / 20)
    if r.random() < 0.15:
        out += sounds.mains(count) * 10 ** (r.uniform(-55, -38) / 20)
    return out


def avatar(voices: Voices, r: Random, manner: str) -> np.ndarray:
    """One answer after the other, at 48 kHz."""
    count = SECONDS * RATE_HZ
    out, at, voice = np.zeros(count, np.float32), 0, voices.anybody(r)
    rests = manner != "plain" and r.random() < 0.35
    while at < count:
        said = voices.say(r, voice)
        add(out, said, at)
        at += len(said) + int((r.uniform(1, 6) if rests and r.random() < 0.3 else 0.17) * RATE_HZ)
    out = at_level(out, r.choice([-18, -18, r.uniform(-26, -14)]) if manner == "hard" else -18)
    spectrum = np.fft.rfft(out)
    wide = np.zeros(3 * count // 2 + 1, complex)
    wide[: len(spectrum)] = spectrum * 3
    return np.fft.irfft(wide, 3 * count).astype(np.float32)


def room(r: Random, manner: str, kind: str) -> str:
    delay = r.choice([r.uniform(30, 120), r.uniform(20, 200)])
    reverberation = r.choice([r.uniform(120, 300), r.uniform(80, 450)])
    echo = {"hard": r.choice([-10, -10, r.uniform(-25, -6)]), "mid": r.choice([-10, r.uniform(-20, -8)]), "plain": -10}
    noise = r.choice([-62, r.uniform(-70, -50)])
    return f"{echo[manner] if kind == 'far' else -60} {delay} {reverberation} {noise} {r.randrange(1 << 20)}"


def truth(dry: np.ndarray, level: float) -> np.ndarray:
    frames = dry[: len(dry) // FRAME * FRAME].reshape(-1, FRAME)
    speaks = 10 * np.log10((frames**2).mean(1) + 1e-12) > level + SILENT_DB
    at = np.flatnonzero(speaks)
    for before, after in zip(at[:-1], at[1:]):
        if after - before <= GAP_FRAMES + 1:
            speaks[before:after] = True
    return speaks.astype(np.uint8)


def scene(path: Path, voices: Voices, r: Random, manner: str, kind: str) -> None:
    level = r.uniform(-36, -20) if manner == "hard" else r.uniform(-29, -23)
    dry, near = visitor(voices, r, manner, kind, level)
    near += surroundings(voices, r, manner, level)
    save = lambda end, s: np.clip(np.round(s * 32768), -32768, 32767).astype("<i2").tofile(path.with_suffix(end))
    if kind == "far":
        save(".far", avatar(voices, r, manner))
    path.with_suffix(".room").write_text(room(r, manner, kind))
    truth(dry, level).tofile(path.with_suffix(".truth"))
    save(".near", near)  # last: with it the scene is whole


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--folder", type=Path, default=FOLDER)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for judged, wanted in ((True, JUDGE), (False, LEARN)):
        todo = [(m, k, i) for m, k, count in wanted for i in range(count)]
        for first in range(0, len(todo), SCENES_A_LOAD):
            names = [("judge" if judged else "learn") + f"-{m}-{k}-{i:03d}" for m, k, i in todo[first : first + SCENES_A_LOAD]]
            if all((options.folder / f"{name}.near").exists() for name in names):
                continue
            shards = Random(first).sample(SHARDS, SHARDS_AT_ONCE)
            voices = Voices(judged, shards)
            for name, (manner, kind, _) in zip(names, todo[first:]):
                if not (options.folder / f"{name}.near").exists():
                    scene(options.folder / name, voices, Random(name), manner, kind)
            print(f"{names[-1]} is there", flush=True)


if __name__ == "__main__":
    main()
