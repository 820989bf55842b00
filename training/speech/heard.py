"""What the model makes of sentences in voices it was not trained on: `python3 heard.py > heard-en.tsv`, or with `--phrases`.

One line each, parted by tabs: the article's id (`-` for none), what was said, what was heard, the mean probability of its tokens. The articles'
listed questions and the development questions are spoken, never the held-out ones; `avatardesk`'s search is fitted with the result. With
`--phrases N` it is N seed phrases, made of random words of the list, for the tests of what masks them: what they are
called, what was said, what was heard. Decoded by whisper.cpp as in the kiosk: eight beams (pip install pywhispercpp).
"""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path
from random import Random

import numpy as np

from generate import CACHE, REPOSITORY
from texts import as_line, mnemonic_words, normalise
from voices import Speakers

BEAMS = 8
AUDIO_CONTEXT = 512
SAMPLES = AUDIO_CONTEXT * 320
LEAD_SAMPLES = 1600


def questions(r: Random, count: int) -> list[tuple[str, str]]:
    """(article, question): the development questions and `count` listed ones."""
    development = tomllib.loads((REPOSITORY / "tests/data/development.toml").read_text(encoding="utf-8"))
    found = [(article, text) for article, texts in development["in_domain"]["en"].items() for text in texts]
    found += [("-", text) for text in development["out_of_domain"]["en"]]
    listed = []
    for path in sorted((REPOSITORY / "assets/knowledge/en").glob("*.md")):
        front = tomllib.loads(path.read_text(encoding="utf-8").split("+++")[1])
        listed += [(front["id"], text) for text in front["questions"]]
    return found + r.sample(listed, min(count, len(listed)))


ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")


def phrases(r: Random, count: int) -> list[tuple[str, str]]:
    """(kind, sentence): whole phrases, with and without a word on them, halves, and words by their numbers."""
    found = []
    for n in range(count):
        words = r.sample(mnemonic_words(), 12)
        intro = r.choice(("my seed phrase is", "my recovery phrase is", "the twelve words are", "here are my secret words"))
        found.append(
            (
                ("introduced", f"{intro} {' '.join(words)}"),
                ("alone", " ".join(words)),
                ("half, introduced", f"{intro} {' '.join(words[:6])}"),
                ("numbered", "my " + " ".join(f"{o} word is {w}" for o, w in zip(ORDINALS[:4], words))),
            )[n % 4]
        )
    return found


class Listener:
    """whisper.cpp with the model, set up as in the kiosk."""

    def __init__(self, file: Path) -> None:
        import _pywhispercpp as whisper_cpp
        from pywhispercpp.model import Model as Whisper

        self.cpp, self.hiss = whisper_cpp, np.random.default_rng(0)
        self.whisper = Whisper(
            str(file), n_threads=1, language="en", no_timestamps=True, single_segment=True, audio_ctx=AUDIO_CONTEXT,
            no_context=True, print_progress=False, print_realtime=False, temperature=0.0, temperature_inc=0.0,
            params_sampling_strategy=1, beam_search={"beam_size": BEAMS, "patience": -1.0}, redirect_whispercpp_logs_to=None,
        )  # fmt: skip

    def hear(self, spoken: np.ndarray) -> tuple[str, float]:
        """What was heard, and the mean probability of its tokens."""
        cpp, context = self.cpp, self.whisper._ctx
        samples = self.hiss.normal(0, 0.0005, SAMPLES).astype(np.float32)
        samples[LEAD_SAMPLES : LEAD_SAMPLES + len(spoken)] += spoken.astype(np.float32) / 32768
        heard = " ".join(s.text.strip() for s in self.whisper.transcribe(samples)).strip()
        chances = [
            cpp.whisper_full_get_token_p(context, segment, token)
            for segment in range(cpp.whisper_full_n_segments(context))
            for token in range(cpp.whisper_full_n_tokens(context, segment))
            if cpp.whisper_full_get_token_id(context, segment, token) < cpp.whisper_token_eot(context)
        ]
        return heard, float(np.mean(chances)) if chances else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--file", type=Path, default=CACHE / "desk-en.bin")
    parser.add_argument("--count", type=int, default=560, help="listed questions")
    parser.add_argument("--phrases", type=int, default=0, metavar="N", help="seed phrases instead of questions")
    options = parser.parse_args()
    r, speakers, listener = Random(31), Speakers(), Listener(options.file)
    kind = "mnemonic" if options.phrases else "knowledge"
    for name, text in phrases(r, options.phrases) if options.phrases else questions(r, options.count):
        one = speakers.test(as_line(normalise(text), kind, r), r)
        if one is None or len(one.samples) > SAMPLES - 2 * LEAD_SAMPLES:
            continue
        heard, certainty = listener.hear(one.samples)
        rest = () if options.phrases else (f"{certainty:.3f}",)
        print(name, text, heard, *rest, sep="\t", flush=True)


if __name__ == "__main__":
    main()
