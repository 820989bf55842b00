"""What the model makes of the desk's own questions in voices it was not trained on: `python3 heard.py > heard.tsv`.

One line each, parted by tabs: the article's id (`-` for none), what was said, what was heard, the mean
probability of its tokens. The articles' listed questions and the
development questions are spoken, never the held-out ones; `avatardesk`'s search is fitted with the result.
"""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path
from random import Random

import torch

import sound
from generate import CACHE, REPOSITORY
from sound import noise
from texts import as_line, normalise
from training import load
from voices import Speakers

BATCH = 24
SAMPLES_PER_FRAME = 320


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
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--checkpoint", type=Path, default=CACHE / "checkpoint.pt")
    parser.add_argument("--count", type=int, default=560, help="listed questions")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    r, speakers = Random(31), Speakers()
    model, tokenizer, header, _ = load(options.checkpoint)
    mel = sound.Mel(header.filters)
    spoken = []
    for article, text in questions(r, options.count):
        line = as_line(normalise(text), "knowledge", r)
        one = speakers.test(line, r)
        if one is not None:
            spoken.append((article, text, one.samples))
    spoken.sort(key=lambda one: len(one[2]))
    for at in range(0, len(spoken), BATCH):
        batch = spoken[at : at + BATCH]
        total = -(-(len(batch[-1][2]) + 9600) // SAMPLES_PER_FRAME) * SAMPLES_PER_FRAME
        x = torch.zeros(len(batch), min(512 * SAMPLES_PER_FRAME, total))
        for row, (_, _, samples) in enumerate(batch):
            wave = torch.from_numpy(samples.astype("float32") / 32768)[: x.shape[1] - 1600]
            x[row, 1600 : 1600 + len(wave)] = wave
        x += noise(len(batch), x.shape[1]) * 0.0005
        with torch.autocast("cpu", torch.bfloat16):
            heard = model.transcribe_sure(mel(x), tokenizer)
        for (article, text, _), (words, sure) in zip(batch, heard):
            print(article, text, words, f"{sure:.3f}", sep="\t")


if __name__ == "__main__":
    main()
