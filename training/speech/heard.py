"""What the model makes of the desk's own questions in voices it was not trained on: `python3 heard.py > heard.tsv`.

One line each, parted by tabs: the article's id (`-` for none), what was said, what was heard, the mean probability of its tokens. The articles'
listed questions and the development questions are spoken, never the held-out ones; `avatardesk`'s search is fitted with the result. Decoded by
whisper.cpp as in the kiosk: eight beams (pip install pywhispercpp).
"""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path
from random import Random

import numpy as np

from generate import CACHE, REPOSITORY
from texts import as_line, normalise
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


def main() -> None:
    import _pywhispercpp as whisper_cpp
    from pywhispercpp.model import Model as Whisper

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--file", type=Path, default=CACHE / "desk-en.bin")
    parser.add_argument("--count", type=int, default=560, help="listed questions")
    options = parser.parse_args()
    r, speakers = Random(31), Speakers()
    whisper = Whisper(
        str(options.file), n_threads=1, language="en", no_timestamps=True, single_segment=True, audio_ctx=AUDIO_CONTEXT,
        no_context=True, print_progress=False, print_realtime=False, temperature=0.0, temperature_inc=0.0,
        params_sampling_strategy=1, beam_search={"beam_size": BEAMS, "patience": -1.0}, redirect_whispercpp_logs_to=None,
    )  # fmt: skip
    context = whisper._ctx
    end = whisper_cpp.whisper_token_eot(context)
    hiss = np.random.default_rng(0)
    for article, text in questions(r, options.count):
        one = speakers.test(as_line(normalise(text), "knowledge", r), r)
        if one is None or len(one.samples) > SAMPLES - 2 * LEAD_SAMPLES:
            continue
        samples = hiss.normal(0, 0.0005, SAMPLES).astype(np.float32)
        samples[LEAD_SAMPLES : LEAD_SAMPLES + len(one.samples)] += one.samples.astype(np.float32) / 32768
        heard = " ".join(s.text.strip() for s in whisper.transcribe(samples)).strip()
        chances = [
            whisper_cpp.whisper_full_get_token_p(context, segment, token)
            for segment in range(whisper_cpp.whisper_full_n_segments(context))
            for token in range(whisper_cpp.whisper_full_n_tokens(context, segment))
            if whisper_cpp.whisper_full_get_token_id(context, segment, token) < end
        ]
        print(article, text, heard, f"{np.mean(chances) if chances else 0.0:.3f}", sep="\t", flush=True)


if __name__ == "__main__":
    main()
