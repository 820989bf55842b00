"""The voices: who speaks for training, and who only for tests.

Held out, never heard in training: espeak-ng's variants Linda, Paul, Alicia, f4 (also called female4), m3 (also called male3),
and flite's `slt`, a recorded woman. flite's other voices are recorded men, Pico's are two other women.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from random import Random

import numpy as np
from scipy.signal import resample_poly

import phones
from engines import RATE_HZ, Espeak, Flite, Pico, Utterance
from texts import Line

FRAME_SECONDS = 0.02  # one encoder frame: two mel frames of 10 ms

ACCENTS = (
    "en-us en-us en-us en-us en en en-gb-x-rp en-gb-scotland en-029 en-us-nyc en-gb-x-gbclan en-gb-x-gbcwmd"
).split()
TEST_VARIANTS = "linda paul alicia f4 m3".split()
TRAIN_VARIANTS = (
    "Alex Andrea Andy Annie AnxiousAndy Denis Diogo Gene Gene2 Henrique Hugo Jacky Lee Marco Mario Michael Mike Nguyen"
    " RicishayMax RicishayMax2 RicishayMax3 Storm adam anika antonio aunty belinda benjamin boris caleb david ed edward"
    " edward2 f1 f2 f3 f5 grandma grandpa gustave iven iven2 iven3 iven4 john kaukovalta klatt klatt2 klatt3 klatt4"
    " m1 m2 m4 m5 m6 m7 m8 marcelo max michel miguel norbert pablo pedro quincy rob robert sandro shelby steph steph2"
    " steph3 travis victor zac"
).split()
# Women are fewer among the variants than among visitors: these are drawn more often.
FEMALE_VARIANTS = "Andrea Annie anika aunty belinda f1 f2 f3 f5 grandma steph steph2 steph3".split()
TEST_SPEAKER = "slt"


@dataclass(frozen=True)
class Spoken:
    """A line as heard: 16 kHz samples (int16), a phone label per 20 ms, and the frame where each written word starts (−1 in both: unknown)."""

    line: Line
    voice: str
    samples: np.ndarray
    labels: np.ndarray
    starts: np.ndarray


class Speakers:
    """The engines, and the choice of voice and manner."""

    def __init__(self) -> None:
        self.espeak, self.flite, self.pico = Espeak(), Flite(), Pico()

    def train(self, line: Line, r: Random) -> Spoken | None:
        """Speaks a line with a training voice, at times with its size and pitch changed by resampling."""
        text = " ".join(line.spoken)
        chance = r.random()
        if chance < 0.3:
            voice = r.choice(["en-US", "en-GB"])
            factor = r.choice([1.0, r.uniform(0.9, 1.15)])
            heard = self.pico.say(text, voice, round(r.triangular(75, 135, 100) / factor), r.randrange(75, 126))
            return finish(line, "pico:" + voice, heard, factor)
        if chance < 0.75:
            variants = FEMALE_VARIANTS if r.random() < 0.35 else TRAIN_VARIANTS
            voice = f"{r.choice(ACCENTS)}+{r.choice(variants)}"
            factor = 1.0 if r.random() < 0.5 else r.uniform(0.87, 1.18)
            speed = round(r.triangular(115, 215, 160) / factor)
            heard = self.espeak.say(text, voice, speed, r.randrange(20, 85), r.randrange(25, 85))
            return finish(line, "espeak:" + voice, heard, factor)
        voice = "kal16" if chance < 0.80 else r.choice(["awb", "rms"])
        factor = r.choice([1.0, r.uniform(0.9, 1.1), r.uniform(1.1, 1.4), r.uniform(1.1, 1.4)])
        pitch = {"kal16": r.uniform(85, 190), "awb": r.uniform(95, 190), "rms": None}[voice]
        heard = self.flite.say(text, voice, factor * r.uniform(0.8, 1.25), pitch)
        return finish(line, "flite:" + voice, heard, factor)

    def test(self, line: Line, r: Random) -> Spoken | None:
        """Speaks a line with a voice that training never heard."""
        text = " ".join(line.spoken)
        if r.random() < 0.4:
            return finish(line, "flite:" + TEST_SPEAKER, self.flite.say(text, TEST_SPEAKER, r.uniform(0.9, 1.15)), 1.0)
        voice = f"{r.choice(ACCENTS)}+{r.choice(TEST_VARIANTS)}"
        heard = self.espeak.say(text, voice, r.randrange(135, 186), r.randrange(40, 61))
        return finish(line, "espeak:" + voice, heard, 1.0)


def finish(line: Line, voice: str, heard: Utterance | None, factor: float) -> Spoken | None:
    """Makes the voice `factor` times higher and faster, trims silence, levels the loudness, and puts the times on frames."""
    if heard is None:
        return None
    samples = heard.samples
    if factor != 1.0:
        ratio = Fraction(1 / factor).limit_denominator(40)
        factor = ratio.denominator / ratio.numerator
        samples = resample_poly(samples, ratio.numerator, ratio.denominator).astype(np.float32)
    loud = np.flatnonzero(np.abs(samples) > 0.005)
    if len(loud) < RATE_HZ // 10:
        return None
    first = max(0, int(loud[0]) - RATE_HZ // 20)
    samples = samples[first : int(loud[-1]) + RATE_HZ // 10]
    samples = samples * (0.6 / np.abs(samples).max())
    place = lambda seconds: int(round((seconds / factor - first / RATE_HZ) / FRAME_SECONDS))
    count = int(len(samples) / RATE_HZ / FRAME_SECONDS)

    labels = np.full(count, phones.INDEX["pau"] if heard.phones else -1, np.int8)
    at = phones.INDEX["pau"]
    for name, start in heard.phones:
        found = phones.label(name)
        at = at if found is None else found
        labels[max(0, place(start)) :] = at

    # Spoken words to written words: one written word may be spoken as several ("nft").
    owner = [i for i, chunk in enumerate(line.spoken) for _ in chunk.split()]
    starts = np.full(len(line.written), -1, np.int16)
    if heard.words and (voice.startswith("espeak") or len(heard.words) == len(owner)):
        for number, start in heard.words:
            if number < len(owner) and starts[owner[number]] < 0:
                starts[owner[number]] = min(max(0, place(start)), count - 1)
    return Spoken(line, voice, (samples * 32767).astype(np.int16), labels, starts)
