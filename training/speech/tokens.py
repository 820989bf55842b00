"""Whisper's English vocabulary, and the part of it that our model uses.

`python3 tokens.py` chooses the part once, from a large sample of training lines, and writes it to `tokens.txt` (one id a line).
It must not change afterwards: the embedding's shape hangs on it. Whatever is not a token of its own is written in
smaller pieces; single letters are always among them, so every text can be written.
"""

from __future__ import annotations

import struct
from collections import Counter
from functools import lru_cache
from pathlib import Path
from random import Random

import numpy as np

HERE = Path(__file__).resolve().parent
HEADER_FILE = HERE / "whisper-en-vocab-mel.bin"
CHOSEN_FILE = HERE / "tokens.txt"

# Numbers that whisper.cpp derives from n_vocab = 51864 (the English models).
END, START, NO_TIMESTAMPS = 50256, 50257, 50362
SPECIAL = (END, START, NO_TIMESTAMPS)
HPARAMS_BYTES = 48


class Header:
    """The file's parts: hyper-parameters, mel filters (80 × 201), and the tokens' bytes in order."""

    def __init__(self, path: Path = HEADER_FILE) -> None:
        data = path.read_bytes()
        self.hparams = list(struct.unpack("<I11i", data[:HPARAMS_BYTES]))
        at = HPARAMS_BYTES
        n_mel, n_freq = struct.unpack_from("<2i", data, at)
        at += 8
        self.filters = np.frombuffer(data, np.float32, n_mel * n_freq, at).reshape(n_mel, n_freq).copy()
        at += 4 * n_mel * n_freq
        (count,) = struct.unpack_from("<i", data, at)
        at += 4
        self.tokens: list[bytes] = []
        for _ in range(count):
            (length,) = struct.unpack_from("<I", data, at)
            self.tokens.append(data[at + 4 : at + 4 + length])
            at += 4 + length
        self.copied = data[HPARAMS_BYTES:at]  # goes through to an exported file unchanged


class Tokenizer:
    """Writes text in the chosen tokens, with as few of them as possible, and reads it back.

    Numbers here are the model's own (0 … len − 1); `ids` maps them to Whisper's.
    """

    def __init__(self, header: Header, chosen: list[int] | None = None) -> None:
        if chosen is None:
            chosen = [int(line) for line in CHOSEN_FILE.read_text().split()]
        self.ids = sorted({*chosen, *SPECIAL})
        self.bytes = [header.tokens[i] if i < len(header.tokens) else b"" for i in self.ids]
        number = {i: n for n, i in enumerate(self.ids)}
        self.end, self.start, self.no_timestamps = (number[i] for i in SPECIAL)
        self.pieces = {header.tokens[i].decode(): number[i] for i in chosen if i not in SPECIAL}
        self.longest = max(map(len, self.pieces))
        self.word = lru_cache(maxsize=None)(self._word)

    def __len__(self) -> int:
        return len(self.ids)

    def _word(self, word: str) -> tuple[int, ...]:
        text = " " + word
        best: list[tuple[float, tuple[int, ...]] | None] = [(0.0, ())] + [None] * len(text)
        for i in range(1, len(text) + 1):
            for j in range(max(0, i - self.longest), i):
                piece, before = self.pieces.get(text[j:i]), best[j]
                if piece is None or before is None:
                    continue
                # Fewest pieces; among equals the longer first piece.
                cost = before[0] + 1 - 0.001 * (i - j) * (j == 0)
                if best[i] is None or cost < best[i][0]:
                    best[i] = (cost, before[1] + (piece,))
        if best[-1] is None:
            raise ValueError(f"the word {word!r} has a character without a token: write lower-case a to z and '")
        return best[-1][1]

    def encode(self, text: str) -> tuple[list[int], list[int]]:
        """The tokens of a text, and for each the number of its word."""
        numbers, owners = [], []
        for at, word in enumerate(text.split()):
            pieces = self.word(word)
            numbers += pieces
            owners += [at] * len(pieces)
        return numbers, owners

    def decode(self, numbers: list[int]) -> str:
        """The text up to the end token."""
        if self.end in numbers:
            numbers = numbers[: numbers.index(self.end)]
        return b"".join(self.bytes[n] for n in numbers).decode(errors="replace").strip()


def choose(header: Header, lines: list[str], size: int) -> list[int]:
    """The letters, and the tokens that come from joining the most frequent neighbours again and again (byte-pair encoding).

    Only pairs that are tokens of Whisper's vocabulary are joined. Few tokens, each of them frequent, learn sooner than
    a token for every word: rare words share their pieces with others.
    """
    number: dict[str, int] = {}
    for i, raw in enumerate(header.tokens[:END]):
        number.setdefault(raw.decode(errors="replace"), i)
    letters = [lead + c for lead in ("", " ") for c in "abcdefghijklmnopqrstuvwxyz'"]
    pieces = {letter for letter in letters if letter in number}
    counts = Counter(word for line in lines for word in line.split())
    words = [([" " + word[0], *word[1:]], count) for word, count in counts.items()]
    while len(pieces) < size:
        pairs: Counter[tuple[str, str]] = Counter()
        for split, count in words:
            for pair in zip(split, split[1:]):
                pairs[pair] += count
        best = next((a, b) for (a, b), _ in pairs.most_common() if a + b in number)
        pieces.add("".join(best))
        for split, _ in words:
            i = 0
            while i < len(split) - 1:
                if (split[i], split[i + 1]) == best:
                    split[i : i + 2] = ["".join(best)]
                i += 1
    return sorted(number[piece] for piece in pieces)


def main() -> None:
    import argparse

    from texts import Texts, normalise

    parser = argparse.ArgumentParser(description="Chooses the tokens and writes tokens.txt.")
    parser.add_argument("--knowledge", type=Path, default=HERE.parents[1] / "assets/knowledge/en")
    parser.add_argument("--lines", type=int, default=60_000)
    parser.add_argument("--size", type=int, default=800)
    options = parser.parse_args()
    texts, r, header = Texts(options.knowledge), Random(0), Header()
    lines = [" ".join(texts.sample(r).written) for _ in range(options.lines)]
    chosen = choose(header, [normalise(line) for line in lines], options.size)
    CHOSEN_FILE.write_text("".join(f"{i}\n" for i in chosen))
    tokenizer = Tokenizer(header, chosen)
    count = Counter(len(tokenizer.word(w)) for line in lines for w in line.split())
    print(f"{len(chosen)} tokens; words by number of pieces: {dict(count)}")


if __name__ == "__main__":
    main()
