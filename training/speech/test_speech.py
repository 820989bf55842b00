"""Checks of what needs no training: `python3 -m unittest` in this folder (needs numpy; the rest of the tests are skipped without torch)."""

import tempfile
import unittest
from pathlib import Path
from random import Random

import grammar
import numbers_spoken as numbers
import voices
import words
from evaluation import errors, table
from texts import Texts, knowledge_lines, mnemonic_words, normalise
from tokens import Header, Tokenizer


class WordsAndTokens(unittest.TestCase):
    def test_every_line_can_be_written_and_read_back(self):
        texts, tokenizer, r = Texts(None), Tokenizer(Header()), Random(1)
        for _ in range(2000):
            line = texts.sample(r)
            self.assertEqual(len(line.spoken), len(line.written))
            text = " ".join(line.written)
            self.assertEqual(tokenizer.decode(tokenizer.encode(text)[0]), text)

    def test_unknown_words_are_spelled(self):
        tokenizer = Tokenizer(Header())
        self.assertEqual(tokenizer.decode(tokenizer.encode("zyxwv qqq")[0]), "zyxwv qqq")

    def test_the_mnemonic_list_is_whole(self):
        self.assertEqual(len(set(mnemonic_words())), 2048)

    def test_test_sentences_are_not_for_training(self):
        self.assertFalse(set(grammar.TEST_TEMPLATES) & set(grammar.TRAIN_TEMPLATES))
        self.assertFalse(set(grammar.TEST_COMMANDS) & set(grammar.COMMANDS))
        texts, r = Texts(None), Random(2)
        drawn = {" ".join(texts._line("command", r, test=False).written) for _ in range(5000)}
        self.assertFalse(drawn & set(grammar.TEST_COMMANDS))

    def test_what_is_for_experts_is_not_said(self):
        article = '+++\ntitle = "Land"\nquestions = ["buy land"]\n+++\n\nOpen the map first.\n\n## For experts\n\nRead the contract first.\n'
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "land.md").write_text(article, encoding="utf-8")
            self.assertEqual(knowledge_lines(Path(folder)), (["land", "buy land"], ["open the map first"]))

    def test_held_out_voices_are_not_for_training_under_any_name(self):
        train = {v.lower() for v in voices.TRAIN_VARIANTS}
        aliases = {"female4", "male3"}
        self.assertFalse(train & ({v.lower() for v in voices.TEST_VARIANTS} | aliases))

    def test_numbers(self):
        self.assertEqual(numbers.cardinal(2048), "two thousand forty eight")
        self.assertEqual(numbers.cardinal(1_000_305, True), "one million three hundred and five")
        self.assertEqual(normalise("It's 20% of NFT #7!"), "it's twenty percent of nft seven")

    def test_forms(self):
        self.assertEqual([words.past("carry"), words.past("buy"), words.gerund("make")], ["carried", "bought", "making"])
        self.assertEqual([words.plural("story"), words.plural("church")], ["stories", "churches"])


class Errors(unittest.TestCase):
    def test_distance(self):
        for said, heard, expected in [
            ("a b c", "a b c", 0), ("a b c", "a c", 1), ("a b c", "a x b c", 1), ("a b c", "", 3), ("a b", "b a", 2),
        ]:  # fmt: skip
            self.assertEqual(errors(said.split(), heard.split()), expected, (said, heard))

    def test_table_counts_words_not_lines(self):
        result = table([("command", "flite", "yes", "no"), ("command", "espeak", "a b c", "a b c")])
        self.assertEqual(result["all"]["word_errors"], 0.25)
        self.assertEqual(result["command"]["sentences_right"], 0.5)


if __name__ == "__main__":
    unittest.main()
