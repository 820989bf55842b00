"""What the training and test voices say.

`Texts(...).sample(random)` gives a `Line`: the spoken words and, word for word, what the model shall write.
Kinds and their shares are in `TRAIN_SHARES`. Test lines (`test_line`) use templates and commands that training never sees.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random

import grammar
import numbers_spoken as numbers
import words

MAX_WORDS = 26
# The heading of an article's part for experts.
EXPERTS = "## For experts"

# How often each kind of line is drawn for training.
TRAIN_SHARES = {"question": 0.30, "knowledge": 0.32, "command": 0.08, "number": 0.09, "mnemonic": 0.11, "common": 0.10}

# Words that engines would misread: how to say them.
SAY = {
    "nft": "en eff tee", "nfts": "en eff tease", "dao": "dow", "vr": "vee are", "ar": "ay are", "qr": "cue are",
    "vip": "vee eye pee", "id": "eye dee", "atm": "ay tee em", "usb": "you ess bee", "dex": "decks", "defi": "dee fye",
    "sim": "sim", "ui": "you eye", "api": "ay pee eye", "url": "you are ell", "tv": "tee vee", "pdf": "pee dee eff",
    "bip": "bip", "sms": "ess em ess", "faq": "eff ay cue", "ip": "eye pee", "gdpr": "jee dee pee are",
    "metaverse": "metta verse", "bitcoin": "bit coin", "ethereum": "eh theerium", "blockchain": "block chain",
    "stablecoin": "stable coin", "stablecoins": "stable coins", "multisig": "multi sig", "mainnet": "main net",
    "testnet": "test net", "airdrop": "air drop", "airdrops": "air drops", "gwei": "gway", "soulbound": "soul bound",
    "unstake": "un stake", "unstaking": "un staking", "ok": "okay", "hackathon": "hack a thon", "passkey": "pass key",
    "marketplace": "market place", "sidechain": "side chain", "webinar": "webb in are", "erc": "ee are see",
    "url's": "you are ells", "id's": "eye dees", "vrm": "vee are em", "xr": "ex are", "pc": "pee see", "ai": "ay eye",
    "usdc": "you ess dee see", "eth": "eeth", "btc": "bee tee see", "evm": "ee vee em", "rpc": "are pee see",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One utterance: `spoken[i]` (one or more words, punctuation allowed) is written `written[i]`."""

    spoken: tuple[str, ...]
    written: tuple[str, ...]
    kind: str


def normalise(text: str) -> str:
    """Lower case, numbers as words, no punctuation but the apostrophe."""
    text = text.lower().replace("’", "'").replace("&", " and ").replace("%", " percent ")
    text = re.sub(r"\d+", lambda m: " " + numbers.cardinal(int(m[0])) + " " if len(m[0]) < 8 else " ", text)
    text = re.sub(r"[^a-z' ]+", " ", text)
    return " ".join(w.strip("'") for w in text.split() if w.strip("'"))


@lru_cache(maxsize=None)
def mnemonic_words() -> tuple[str, ...]:
    """The English word list of BIP-39: 2048 words, from the pip package `mnemonic` or the Rust crate `bip39`."""
    try:
        from mnemonic import Mnemonic

        return tuple(Mnemonic("english").wordlist)
    except ImportError:
        pass
    for path in sorted(Path.home().glob(".cargo/registry/src/*/bip39-*/src/language/english.rs")):
        found = re.findall(r'^\s*"([a-z]+)",', path.read_text(), re.MULTILINE)
        if len(found) == 2048:
            return tuple(found)
    raise RuntimeError("the BIP-39 word list is not here: pip install mnemonic")


def knowledge_lines(folder: Path) -> tuple[list[str], list[str]]:
    """The articles' questions and the sentences of their texts, normalised. Empty lists when there is no folder.

    The part for experts is only read, never said: it is left out.
    """
    questions, sentences = [], []
    for path in sorted(folder.glob("**/*.md")):
        text = path.read_text(encoding="utf-8")
        parts = re.split(r"^\+\+\+\s*$|^---\s*$", text, maxsplit=2, flags=re.MULTILINE)
        if len(parts) < 3:
            continue
        front = tomllib.loads(parts[1])
        questions += [normalise(q) for q in [front.get("title", ""), *front.get("questions", [])]]
        for sentence in re.split(r"[.!?:;\n|]+", parts[2].split(EXPERTS)[0]):
            sentences.append(normalise(sentence))
    keep = lambda lines, low: [s for s in lines if low <= len(s.split()) <= 18]
    return keep(questions, 1), keep(sentences, 3)


class Texts:
    """Draws lines. `knowledge` is the folder of English articles (may be missing)."""

    def __init__(self, knowledge: Path | None) -> None:
        self.slots = {name: value.split("|") for name, value in grammar.SLOTS.items()}
        self.questions, self.sentences = knowledge_lines(knowledge) if knowledge else ([], [])
        self.mnemonic = mnemonic_words()
        self.plain = sorted({*words.NOUNS, *words.VERBS, *words.ADJECTIVES, *words.ADVERBS, *words.NAMES})
        self.plain += self.mnemonic

    def sample(self, r: Random) -> Line:
        """A line for training."""
        kind = r.choices(list(TRAIN_SHARES), list(TRAIN_SHARES.values()))[0]
        if kind == "knowledge" and not self.questions:
            kind = "question"
        return self._line(kind, r, test=False)

    def test_line(self, kind: str, r: Random) -> Line:
        """A line for testing: `question`, `command`, `number`, `mnemonic` or `common`."""
        return self._line(kind, r, test=True)

    def _line(self, kind: str, r: Random, test: bool) -> Line:
        while True:
            if kind == "number":
                spoken, written = numbers.numeric(r)
                line = Line(tuple(spoken.split()), tuple(written.split()), kind)
            elif kind == "mnemonic":
                line = self._mnemonic(r)
            else:
                if kind == "question":
                    templates = grammar.TEST_TEMPLATES if test else grammar.TRAIN_TEMPLATES
                    text = normalise(self._expand(r.choice(templates), r))
                elif kind == "command":
                    text = normalise(self._expand(self._command(r, test), r))
                elif kind == "knowledge":
                    text = normalise(self._expand(self._knowledge(r), r))
                else:
                    text = self._common(r)
                line = as_line(text, kind, r)
            if 0 < len(line.written) <= MAX_WORDS:
                return line

    def _expand(self, template: str, r: Random) -> str:
        while "{" in template:
            template = re.sub(r"\{(\w+)\}", lambda m: r.choice(self.slots[m[1]]), template)
        return template

    def _command(self, r: Random, test: bool) -> str:
        if test:
            return r.choice(grammar.TEST_COMMANDS)
        text = r.choice(grammar.COMMANDS)
        if r.random() < 0.12:
            text += " " + r.choice(["please", "now", "again", "thanks", r.choice(grammar.COMMANDS)])
        if r.random() < 0.1:
            text = r.choice(self.slots["filler"]) + " " + text
        return "" if text in grammar.TEST_COMMANDS else text

    def _knowledge(self, r: Random) -> str:
        if self.sentences and r.random() < 0.3:
            return r.choice(self.sentences)
        text = r.choice(self.questions)
        chance = r.random()
        if chance < 0.2:
            text = r.choice(self.slots["filler"]) + " " + text
        elif chance < 0.35:
            text += " " + r.choice(self.slots["tail"])
        elif chance < 0.45:
            text = r.choice(["can you tell me", "i want to know", "please tell me", "do you know", "i wonder"]) + " " + text
        elif chance < 0.55:  # a part of it, as when one breaks off
            split = text.split()
            if len(split) > 4:
                start = r.randrange(len(split) - 3)
                text = " ".join(split[start : start + r.randrange(3, 7)])
        elif chance < 0.65:  # one word exchanged
            split = text.split()
            split[r.randrange(len(split))] = r.choice(self.plain)
            text = " ".join(split)
        return text

    def _mnemonic(self, r: Random) -> Line:
        written = [r.choice(self.mnemonic) for _ in range(r.choice([1, 2, 3, 3, 4, 4, 5, 6, 6, 8, 10, 12]))]
        pause = r.choice(["", "", ",", ",", "."])
        spoken = [w + pause for w in written]
        if r.random() < 0.15:
            lead = r.choice(["my seed phrase is", "the words are", "my recovery phrase is", "the first word is", "it is"]).split()
            written, spoken = lead + written, lead + spoken
        return Line(tuple(spoken), tuple(written), "mnemonic")

    def _common(self, r: Random) -> str:
        def fill(m: re.Match) -> str:
            slot, ending = m[1], m[2] or ""
            if slot == "v":
                verb = r.choice(words.VERBS)
                return words.past(verb) if ending == "ed" else words.gerund(verb) if ending == "ing" else verb
            if slot == "n":
                noun = r.choice(words.NOUNS)
                return words.plural(noun) if ending == "s" or r.random() < 0.1 else noun
            pool = {"a": words.ADJECTIVES, "r": words.ADVERBS, "m": words.NAMES, "w": self.plain}
            return r.choice(words.DETERMINERS if slot == "d" else pool[slot])

        return re.sub(r"\{(\w)\}(ing|ed|s)?", fill, r.choice(words.FRAMES))


def as_line(text: str, kind: str, r: Random) -> Line:
    """Spoken forms for a written text; now and then a pause between two words."""
    written = text.split()
    spoken = [SAY.get(w, w) for w in written]
    if len(spoken) > 3 and r.random() < 0.2:
        i = r.randrange(len(spoken) - 1)
        spoken[i] += ","
    if r.random() < 0.5 and spoken:
        spoken[-1] += r.choice(["?", ".", "!"])
    for i in range(len(written) - 1):  # "a m" after a clock time is letters, not the article
        if written[i : i + 2] in (["a", "m"], ["p", "m"]):
            spoken[i : i + 2] = ["ay" if written[i] == "a" else "pee", "em"]
    return Line(tuple(spoken), tuple(written), kind)
