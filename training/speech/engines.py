"""Speech engines driven in-process: espeak-ng and flite through their C libraries, SVOX Pico through its Python package.

Beside the samples, the first two give what a recording never has: when each phone and each word was spoken.
Training uses these times (see `training.py`), which is why the libraries are called and not the programs. Pico tells
nothing of the kind, but has two recorded women.

`Espeak().say(...)`, `Flite().say(...)` and `Pico().say(...)` return an `Utterance` at 16 kHz, or None when nothing came out.
The libraries hold global state: use one of each per process, from one thread.
"""

from __future__ import annotations

import ctypes as c
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy.signal import resample_poly

RATE_HZ = 16_000


@dataclass
class Utterance:
    """What was said: mono samples at 16 kHz in [-1, 1] and times in seconds."""

    samples: np.ndarray
    phones: list[tuple[str, float]]  # name, start; empty where the engine does not tell
    words: list[tuple[int, float]]  # number of the word in the text, start; words run together have one entry


class _Event(c.Structure):
    _fields_ = [
        ("type", c.c_int), ("uid", c.c_uint), ("text_position", c.c_int), ("length", c.c_int),
        ("audio_position", c.c_int), ("sample", c.c_int), ("user_data", c.c_void_p), ("name", c.c_char * 8),
    ]


_CALLBACK = c.CFUNCTYPE(c.c_int, c.POINTER(c.c_short), c.c_int, c.POINTER(_Event))
_EVENT_END, _EVENT_WORD, _EVENT_PHONEME = 0, 1, 7
_SYNCHRONOUS, _PHONEME_EVENTS, _UTF8 = 2, 1, 1
_PARAM_RATE, _PARAM_PITCH, _PARAM_RANGE = 1, 3, 4


class Espeak:
    """espeak-ng. Voices are named `accent+variant`, such as `en-us+Annie`."""

    def __init__(self) -> None:
        self._lib = c.CDLL("libespeak-ng.so.1")
        self._rate = self._lib.espeak_Initialize(_SYNCHRONOUS, 0, None, _PHONEME_EVENTS)
        if self._rate <= 0:
            raise RuntimeError("espeak-ng does not start: install the package espeak-ng-data")
        self._chunks: list[np.ndarray] = []
        self._events: list[tuple[int, int, int, str]] = []
        self._callback = _CALLBACK(self._collect)  # kept: the library holds the pointer
        self._lib.espeak_SetSynthCallback(self._callback)

    def _collect(self, wave, count, events) -> int:
        if count > 0 and wave:
            self._chunks.append(np.ctypeslib.as_array(wave, (count,)).copy())
        i = 0
        while events[i].type != _EVENT_END:
            e = events[i]
            if e.type in (_EVENT_WORD, _EVENT_PHONEME):
                name = e.name.decode("utf-8", "replace") if e.type == _EVENT_PHONEME else ""
                self._events.append((e.type, e.audio_position, e.text_position, name))
            i += 1
        return 0

    def say(self, text: str, voice: str, words_per_minute: int, pitch: int, pitch_range: int = 50):
        """Speaks `text`; `pitch` and `pitch_range` are espeak's 0–99."""
        lib = self._lib
        if lib.espeak_SetVoiceByName(voice.encode()) != 0:
            return None
        lib.espeak_SetParameter(_PARAM_RATE, words_per_minute, 0)
        lib.espeak_SetParameter(_PARAM_PITCH, pitch, 0)
        lib.espeak_SetParameter(_PARAM_RANGE, pitch_range, 0)
        self._chunks.clear()
        self._events.clear()
        data = text.encode() + b"\0"
        lib.espeak_Synth(data, c.c_size_t(len(data)), 0, 1, 0, _UTF8, None, None)
        if not self._chunks:
            return None
        samples = np.concatenate(self._chunks).astype(np.float32) / 32768
        phones = [(n, ms / 1000) for t, ms, _, n in self._events if t == _EVENT_PHONEME]
        words = [(text[: p - 1].count(" "), ms / 1000) for t, ms, p, _ in self._events if t == _EVENT_WORD]
        return Utterance(to_16k(samples, self._rate), phones, words)


class _Voice(c.Structure):
    _fields_ = [("name", c.c_char_p), ("features", c.c_void_p)]


class _Wave(c.Structure):
    _fields_ = [
        ("type", c.c_char_p), ("sample_rate", c.c_int), ("num_samples", c.c_int),
        ("num_channels", c.c_int), ("samples", c.POINTER(c.c_short)),
    ]


class Flite:
    """flite's voices: `kal16` (diphones), `awb`, `rms`, `slt` (statistical, from recorded people)."""

    def __init__(self) -> None:
        lib = self._lib = c.CDLL("libflite.so.1", mode=c.RTLD_GLOBAL)
        for name in ("libflite_usenglish.so.1", "libflite_cmulex.so.1"):
            c.CDLL(name, mode=c.RTLD_GLOBAL)
        for name, result, arguments in (
            ("flite_synth_text", c.c_void_p, [c.c_char_p, c.c_void_p]),
            ("utt_wave", c.POINTER(_Wave), [c.c_void_p]),
            ("utt_relation", c.c_void_p, [c.c_void_p, c.c_char_p]),
            ("relation_head", c.c_void_p, [c.c_void_p]),
            ("item_next", c.c_void_p, [c.c_void_p]),
            ("item_as", c.c_void_p, [c.c_void_p, c.c_char_p]),
            ("item_parent", c.c_void_p, [c.c_void_p]),
            ("item_feat_string", c.c_char_p, [c.c_void_p, c.c_char_p]),
            ("item_feat_float", c.c_float, [c.c_void_p, c.c_char_p]),
            ("delete_utterance", None, [c.c_void_p]),
            ("flite_feat_set_float", None, [c.c_void_p, c.c_char_p, c.c_float]),
            ("flite_feat_remove", c.c_int, [c.c_void_p, c.c_char_p]),
        ):
            function = getattr(lib, name)
            function.restype, function.argtypes = result, arguments
        lib.flite_init()
        self._voices: dict[str, int] = {}

    def _voice(self, name: str) -> int:
        if name not in self._voices:
            lib = c.CDLL(f"libflite_cmu_us_{name}.so.1", mode=c.RTLD_GLOBAL)
            register = getattr(lib, f"register_cmu_us_{name}")
            register.restype, register.argtypes = c.c_void_p, [c.c_char_p]
            self._voices[name] = register(None)
        return self._voices[name]

    def say(self, text: str, voice: str, stretch: float = 1.0, pitch_hz: float | None = None):
        """Speaks `text`, `stretch` times as slowly as usual, around `pitch_hz` (the voice's own when None)."""
        lib, handle = self._lib, self._voice(voice)
        features = c.cast(handle, c.POINTER(_Voice)).contents.features
        lib.flite_feat_set_float(features, b"duration_stretch", stretch)
        if pitch_hz is not None:
            lib.flite_feat_set_float(features, b"int_f0_target_mean", pitch_hz)
        utterance = lib.flite_synth_text(text.encode(), handle)
        if not utterance:
            return None
        try:
            wave = lib.utt_wave(utterance).contents
            if wave.num_samples <= 0:
                return None
            samples = np.ctypeslib.as_array(wave.samples, (wave.num_samples,)).astype(np.float32) / 32768
            rate, phones, words = wave.sample_rate, [], []
            start, last_word = 0.0, None
            segment = lib.relation_head(lib.utt_relation(utterance, b"Segment"))
            while segment:
                phones.append((lib.item_feat_string(segment, b"name").decode(), start))
                syllable = lib.item_as(segment, b"SylStructure")
                word = lib.item_parent(lib.item_parent(syllable)) if syllable else None
                if word and word != last_word:
                    words.append((len(words), start))
                    last_word = word
                start = lib.item_feat_float(segment, b"end")
                segment = lib.item_next(segment)
            return Utterance(to_16k(samples, rate), phones, words)
        finally:
            lib.delete_utterance(utterance)


class Pico:
    """SVOX Pico's English voices, two recorded women: `en-US` and `en-GB`. The Python package `ttspico` brings them."""

    def __init__(self) -> None:
        from ttspico import TtsEngine

        self._voices = {name: TtsEngine(name) for name in ("en-US", "en-GB")}

    def say(self, text: str, voice: str, rate: int = 100, pitch: int = 100):
        """Speaks `text`; `rate` and `pitch` are in percent of the voice's own."""
        engine = self._voices[voice]
        engine.rate, engine.pitch = rate, pitch
        data = engine.speak(text)
        if not data:
            return None
        return Utterance(np.frombuffer(data, np.int16).astype(np.float32) / 32768, [], [])


def to_16k(samples: np.ndarray, rate: int) -> np.ndarray:
    """Resamples to 16 kHz."""
    if rate == RATE_HZ:
        return samples
    ratio = Fraction(RATE_HZ, rate)
    return resample_poly(samples, ratio.numerator, ratio.denominator).astype(np.float32)
