"""Makes src/speech/visemes/vowels.rs: which mouth shape a window of sound belongs to.

    sudo apt-get install espeak-ng flite; pip install torch numpy scipy
    python3 training/mouth/train.py

Connected speech of espeak-ng (its library tells each phoneme's place) and of two of flite's recorded voices (`flite
-psdur` does), and noise and hum, which are no speech. A small network (12 mel-frequency cepstral coefficients, 24 hidden
units, 9 classes) learns them. Voices and sentences of benches/mouth are held out: none of them is heard here.
The coefficients are those of src/speech/visemes/mfcc.rs; the mean of the voice is taken off, as the engine does it.
"""

import pathlib
import subprocess
import sys
import tempfile
import wave
from fractions import Fraction

import numpy as np
import torch
from scipy.signal import resample_poly

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benches" / "mouth"))
from phonemes import Espeak  # noqa: E402

AA, IH, OU, EE, OH, LIPS, NASAL, HISS, NEUTRAL = range(9)
CLASSES = 9
COEFFICIENTS, BANDS, HIDDEN, HOP_S, WINDOW_S = 12, 24, 24, 0.008, 0.032
MEAN_RATE = 0.002  # MEAN_RATE in engine.rs
LOUD_DB, SILENT_DB, TARGET_DB = -35.0, -48.0, -20.0

ENGLISH = [
    "Please put the big blue box behind the public building.", "We keep both boats upon the beach until the morning.",
    "Put your foot on the good wooden stool.", "See these green trees and eat cheap sweet peas.",
    "Father parked the dark car far from the calm garden.", "All the tall boys saw a small ball fall off the wall.",
    "A wallet keeps the keys with which you sign your transactions.", "Please never tell anybody your recovery phrase.",
    "Can I help you with something else today?", "Where is the badge desk?", "Can you tell me how a wallet works?",
    "I have lost my phone, what should I do?", "How much does it cost to send a token?",
    "When does the next workshop begin?", "What is a recovery phrase?", "Is there a place where I can charge my laptop?",
    "Thank you, and where is the main stage?", "Stop, that is not what I meant.", "But why do I have to pay for gas?",
    "Bob and Pam moved the piano up the ramp.", "Maybe people may come by bus from Bombay.",
    "The moon is full, and blue soup is cool.", "Lou took two shoes to the pool.",
    "Could you push the hook and look at the cook?", "Ted said Fred left ten eggs and a bell.",
    "They may take eight days to make the lake safe.", "We need three cheap seats near the sea.",
    "Jim will win if Bill hits it.", "Mark's heart is large and hard.", "Mother loves the sun, and up above comes a cup.",
    "Walk and talk, Paul, of law and order.", "Hot pots stop a lot of rot.", "Joe knows both those old boats.",
    "Nine kind mice find white rice.", "Loud cows run down town.", "The boy enjoys the noisy toy.",
    "Ann has a black cat and a bag of apples.",
]
CHINESE = [
    "qing3 bu2 yao4 ba3 zhu4 ji4 ci2 gao4 su4 ren4 he2 ren2.", "ba1 bai3 ba1 shi2 ba1 pi3 bai2 ma3 pao3 guo4 shan1 po1.",
    "ma1 ma5 mo1 mo5 bo2 bo5, po2 po5 pa4 da4 feng1.", "ta1 da3 ka1 fei1, gei3 mei4 mei5 he1 hei1 cha2.",
    "duo1 shao3 qian2 yi2 ge4 yue4? xie4 xie5 ni3 de5 bang1 zhu4.", "ai4 bei1 gao1 hou4 ma3 pa2 bo1 di4 du2 ge1",
    "zui4 hao3 mei2 you3 wen4 ti2, ke3 yi3 bu4 yi2 yang4",
]
# Voice, words per minute, pitch.
ENGLISH_VOICES = [
    ("en-us", 165, 50), ("en-us+m1", 150, 45), ("en-us+m3", 180, 50), ("en-us+m5", 165, 60), ("en-us+m7", 200, 40),
    ("en-us+f1", 165, 50), ("en-us+f3", 150, 60), ("en-us+f5", 180, 50), ("en-us+Michael", 165, 50),
    ("en-gb-x-rp+f1", 165, 55), ("en+m1", 170, 45), ("en-gb-x-rp+Linda", 160, 50),
]
CHINESE_VOICES = [("", 165, 50), ("+m1", 150, 45), ("+m3", 190, 60), ("+f1", 165, 50), ("+f3", 180, 55), ("+f5", 150, 50)]
# Recorded voices, and how much longer or shorter a speaker's throat is made of each.
FLITE = [("awb", [0.87, 1, 1.15]), ("kal16", [1, 1.15])]

VOWELS = {
    AA: "A: A a V aI aU Au aa ai A@ ae ah ay aw", IH: "I I2 I# i i: i. i[ ih iy", OU: "u: u U uw uh y",
    EE: "E eI e: e ei eh ey", OH: "O: O 0 o o: oU OI O2 ou o@ O@ ao ow oy",
}
SOUNDS = {name: shape for shape, names in VOWELS.items() for name in names.split()}
GLIDES = {"aI": IH, "eI": IH, "ei": IH, "ai": IH, "OI": IH, "ay": IH, "ey": IH, "oy": IH,
          "aU": OU, "Au": OU, "oU": OU, "ou": OU, "aw": OU, "ow": OU, "A@": NEUTRAL, "O@": NEUTRAL, "o@": NEUTRAL}
OTHERS = {
    LIPS: "m b", NASAL: "n N ng", OU: "w", IH: "j",
    HISS: "s z f S T t k h p ph X s. tS ts ts. S; tS; tS;h th kh t# tsh ts.h z. sh zh ch jh hh",
    NEUTRAL: "@ @2 @5 3 3: a# I# o- ax er r r- l el @L ; v D d g dh U@",
}
OTHER = {name: kind for kind, names in OTHERS.items() for name in names.split()}


def kind(name, voice, share):
    """The class of a phoneme at this share of its length; None where it is on its way to another."""
    if name == "0" and voice.startswith("en-us"):
        return AA
    if name in GLIDES and share > 0.5:
        return GLIDES[name] if share > 0.75 else None
    return SOUNDS.get(name, OTHER.get(name))


def mel(hz):
    return 2595 * np.log10(1 + hz / 700)


def hertz(m):
    return 700 * (10 ** (m / 2595) - 1)


def windows(samples, rate):
    """Windows, a row each, and the first sample of each."""
    length, hop = round(rate * WINDOW_S), round(rate * HOP_S)
    rows = np.lib.stride_tricks.sliding_window_view(samples, length)[::hop]
    return rows, np.arange(len(rows)) * hop, length


def coefficients(samples, rate):
    """What mfcc.rs computes, the level of the middle of each window, and the place of its middle."""
    rows, starts, length = windows(samples, rate)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    per_bin = rate / length
    hz = np.arange(length // 2 + 1) * per_bin
    edges = hertz(mel(120) + (mel(7000) - mel(120)) * np.arange(BANDS + 2) / (BANDS + 1))
    bank = np.zeros((BANDS, len(hz)))
    for band in range(BANDS):
        left, middle, right = edges[band : band + 3]
        slope = np.where(hz <= middle, (hz - left) / (middle - left), (right - hz) / (right - middle))
        bank[band] = np.where((hz >= left) & (hz <= right), np.maximum(slope, 0), 0) * per_bin
    emphasis = 1 + 0.97**2 - 2 * 0.97 * np.cos(np.minimum(hz / 8000, 1) * np.pi)
    power = np.abs(np.fft.rfft(rows * window, axis=-1)) ** 2 * emphasis
    logs = np.log(power @ bank.T / length**2 + 1e-9)
    k = np.arange(1, COEFFICIENTS + 1)[:, None]
    out = logs @ (np.cos(np.pi * k * (np.arange(BANDS) + 0.5) / BANDS) * np.sqrt(2 / BANDS)).T
    quarter = length // 4
    return out, level(rows[:, quarter : length - quarter]), starts + length / 2


def level(rows):
    return 10 * np.log10(np.mean(np.asarray(rows, np.float64) ** 2, axis=-1) + 1e-10)


def as_loud(samples, rate):
    """At the level that smooth.rs gives to speech."""
    piece = rate // 50
    pieces = level(samples[: len(samples) // piece * piece].reshape(-1, piece))
    speech = pieces[pieces > pieces.max() - 25]
    return samples * 10 ** ((TARGET_DB - 10 * np.log10(np.mean(10 ** (speech / 10)))) / 20)


def stretched(samples, phonemes, factor):
    """A longer throat and a lower voice, or the other way round."""
    share = Fraction(factor).limit_denominator(20)
    moved = [(name, int(at * share.numerator / share.denominator)) for name, at in phonemes]
    return resample_poly(samples, share.numerator, share.denominator), moved


def flite(voice, text):
    with tempfile.NamedTemporaryFile(suffix=".wav") as wav:
        told = subprocess.run(["flite", "-voice", voice, "-psdur", "-t", text, "-o", wav.name],
                              capture_output=True, text=True, check=True).stdout
        with wave.open(wav.name) as sound:
            rate = sound.getframerate()
            samples = np.frombuffer(sound.readframes(sound.getnframes()), np.int16) / 32768
    ends = [(name, float(end)) for name, end in (token.split(":") for token in told.split())]
    scale = len(samples) / ends[-1][1]
    starts = [0.0] + [end for _, end in ends]
    return samples, rate, [(name, int(start * scale)) for (name, _), start in zip(ends, starts)]


def labelled(voice, samples, rate, phonemes):
    """Coefficients, levels and classes (-1: none) of the windows."""
    rows, levels, centres = coefficients(as_loud(samples, rate), rate)
    classes = np.full(len(rows), -1)
    ends = [at for _, at in phonemes[1:]] + [len(samples)]
    for (name, start), end in zip(phonemes, ends):
        inside = np.where((centres >= start + 0.15 * (end - start)) & (centres < end - 0.1 * (end - start)))[0]
        for i in inside:
            found = kind(name, voice, (centres[i] - start) / (end - start))
            classes[i] = -1 if found is None else found
    return voice, rows, levels, classes


def speech():
    espeak = Espeak()
    chance = np.random.default_rng(1)
    for j, (voice, rate, pitch) in enumerate(ENGLISH_VOICES):
        for text in ENGLISH[j % 2 :: 2]:
            sound, phonemes = espeak.say(voice, rate, pitch, text)
            samples = np.frombuffer(sound, np.int16) / 32768
            samples, phonemes = stretched(samples, phonemes, [1, 1, 0.9, 1.1][chance.integers(4)])
            yield labelled(voice, samples, espeak.rate, phonemes)
    for variant, rate, pitch in CHINESE_VOICES:
        for text in CHINESE:
            sound, phonemes = espeak.say("cmn-latn-pinyin" + variant, rate, pitch, text)
            yield labelled("zh" + variant, np.frombuffer(sound, np.int16) / 32768, espeak.rate, phonemes)
    for voice, factors in FLITE:
        for text in ENGLISH:
            samples, rate, phonemes = flite(voice, text)
            for factor in factors:
                yield labelled("flite " + voice, *(lambda s, p: (s, rate, p))(*stretched(samples, phonemes, factor)))


def no_speech():
    """Noise of several colours counts as a hiss, hum as a nasal: neither opens the mouth."""
    chance, rate, count = np.random.default_rng(5), 22050, 2 * 22050
    seconds = np.arange(count) / rate
    for colour in (0, 0.5, 1, 1.5, 2, 3):
        for loud in (-20, -30, -40, -46):
            shape = (np.arange(count // 2 + 1) + 1.0) ** (colour / 2)
            yield HISS, loud, np.fft.irfft(np.fft.rfft(chance.standard_normal(count)) / shape, count), rate
    for tone in (50, 60, 100, 120, 150):
        for fall in (0.7, 1.2, 2, 3):
            parts = [np.sin(2 * np.pi * tone * k * seconds + 6 * chance.random()) / k**fall for k in range(1, 14)]
            yield NASAL, chance.choice([-20, -30, -40]), sum(parts) + 0.01 * chance.standard_normal(count), rate


def write(mean, scale, usual, parameters):
    def numbers(values):
        return "[" + ", ".join(f"{v:.4f}" for v in values) + "]"

    def table(rows):
        return "[\n" + "".join(f"    {numbers(row)},\n" for row in rows) + "]"

    hidden, hidden_bias, out, out_bias = parameters
    text = f"""//! What sounds look like to the engine: made by `training/mouth/train.py`, not by hand.

#![allow(clippy::approx_constant, reason = "what was learned may come near to anything")]

use super::mfcc::COEFFICIENTS;

/// `aa ih ou ee oh`, then lips together (m, b), other nasals, hiss, and sounds without a shape of their own.
pub(super) const CLASSES: usize = {CLASSES};
/// Units between the coefficients and the classes.
pub(super) const HIDDEN: usize = {HIDDEN};

/// The mean of the voices that were learned.
pub(super) const USUAL: [f32; COEFFICIENTS] = {numbers(usual)};
/// Mean of each coefficient, and one over its deviation.
pub(super) const MEAN: [f32; COEFFICIENTS] = {numbers(mean)};
pub(super) const SCALE: [f32; COEFFICIENTS] = {numbers(scale)};

pub(super) const TO_HIDDEN: [[f32; COEFFICIENTS]; HIDDEN] = {table(hidden)};
pub(super) const HIDDEN_BIAS: [f32; HIDDEN] = {numbers(hidden_bias)};
pub(super) const TO_CLASS: [[f32; HIDDEN]; CLASSES] = {table(out)};
pub(super) const CLASS_BIAS: [f32; CLASSES] = {numbers(out_bias)};
"""
    path = ROOT / "src/speech/visemes/vowels.rs"
    path.write_text(text)
    subprocess.run(["rustfmt", "--edition", "2024", "--config-path", str(ROOT), str(path)], check=True)


def main():
    torch.manual_seed(3)
    heard = list(speech())
    usual = np.concatenate([rows[levels > LOUD_DB] for _, rows, levels, _ in heard]).mean(0)
    means, inputs, classes, weights = {}, [], [], []
    for voice, rows, levels, kinds in heard:
        mean = means.setdefault(voice, usual.copy())
        for row, loud, found in zip(rows, levels, kinds):
            if loud > LOUD_DB:
                mean += (row - mean) * MEAN_RATE
            if found >= 0 and loud > SILENT_DB:
                inputs.append(row - (mean - usual))
                classes.append(found)
                weights.append(2.0 if voice.startswith("flite") else 1.0)
    for found, loud, samples, rate in no_speech():
        samples = samples * 10 ** ((loud - level(samples)) / 20)
        rows, _, _ = coefficients(samples, rate)
        inputs += list(rows)
        classes += [found] * len(rows)
        weights += [1.0] * len(rows)
    inputs, classes = np.array(inputs), np.array(classes)
    mean, scale = inputs.mean(0), 1 / inputs.std(0)
    x = torch.tensor((inputs - mean) * scale, dtype=torch.float32)
    y = torch.tensor(classes)
    rare = torch.tensor(1 / np.sqrt(np.bincount(classes, minlength=CLASSES)), dtype=torch.float32)
    weight = torch.tensor(weights, dtype=torch.float32) * (rare / rare.mean())[y]
    net = torch.nn.Sequential(torch.nn.Linear(COEFFICIENTS, HIDDEN), torch.nn.Tanh(), torch.nn.Linear(HIDDEN, CLASSES))
    optimiser = torch.optim.Adam(net.parameters(), 3e-3, weight_decay=1e-4)
    for epoch in range(30):
        order = torch.randperm(len(x))
        for start in range(0, len(order), 512):
            part = order[start : start + 512]
            noisy = x[part] + 0.15 * torch.randn_like(x[part])
            loss = (torch.nn.functional.cross_entropy(net(noisy), y[part], reduction="none") * weight[part]).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        if epoch % 10 == 9:
            right = (net(x).argmax(1) == y).float().mean().item()
            print(f"{epoch + 1} rounds: {len(x)} windows, {100 * right:.1f} % right", flush=True)
    write(mean, scale, usual, [p.detach().numpy() for p in net.parameters()])


if __name__ == "__main__":
    main()
