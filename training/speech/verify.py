"""Does whisper.cpp hear in the exported file what PyTorch hears in the checkpoint? `python3 verify.py` (pip install pywhispercpp).

Test lines in an `audio_ctx` of 512, greedy, no timestamps, one segment. With flash attention, which pywhispercpp uses,
whisper.cpp fills the context up to a multiple of 256 with keys of nothing but zeros and attends to them, too: with 320
two thirds of the lines came out otherwise. avatardesk runs it without flash attention, where any context is right. Prints the lines that differ, the
part that agrees, both word error rates, and whisper.cpp's time for a line. Fails when less than `--least` agree: the
file's 16-bit matrices change a close decision now and then, a wrong layout changes everything.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import torch

import data
import sound
from evaluation import errors
from generate import CACHE
from training import load

AUDIO_CONTEXT = 512
SAMPLES = AUDIO_CONTEXT * data.SAMPLES_PER_FRAME


def main() -> None:
    from pywhispercpp.model import Model as Whisper

    parser = argparse.ArgumentParser(description="Compares whisper.cpp with PyTorch on test lines.")
    parser.add_argument("--checkpoint", type=Path, default=CACHE / "checkpoint.pt")
    parser.add_argument("--last", action="store_true")
    parser.add_argument("--file", type=Path, default=CACHE / "desk-en.bin")
    parser.add_argument("--lines", type=int, default=60)
    parser.add_argument("--least", type=float, default=0.95)
    options = parser.parse_args()
    torch.set_num_threads(1)
    model, tokenizer, header, _ = load(options.checkpoint, averaged=not options.last)
    mel, shard = sound.Mel(header.filters), data.Shard(CACHE / "test.npz")
    whisper = Whisper(
        str(options.file), n_threads=1, language="en", no_timestamps=True, single_segment=True, audio_ctx=AUDIO_CONTEXT,
        no_context=True, print_progress=False, print_realtime=False, temperature=0.0, temperature_inc=0.0,
        params_sampling_strategy=0, redirect_whispercpp_logs_to=None,
    )  # fmt: skip
    fitting = [i for i in range(len(shard)) if shard.lengths[i] < SAMPLES - 6400]
    rows = fitting[:: max(1, len(fitting) // options.lines)]
    same, words, wrong, took = 0, 0, {"PyTorch": 0, "whisper.cpp": 0}, 0.0
    for i in rows:
        wave = shard.row("samples", i).astype(np.float32) / 32768
        samples = np.zeros(SAMPLES, np.float32)
        samples[1600 : 1600 + len(wave)] = wave
        one = model.transcribe(mel(torch.from_numpy(samples)[None]), tokenizer)[0]
        began = time.perf_counter()
        segments = whisper.transcribe(samples)
        took += time.perf_counter() - began
        other = " ".join(s.text.strip() for s in segments).strip()
        said = shard.texts[i].split()
        words += len(said)
        wrong["PyTorch"] += errors(said, one.split())
        wrong["whisper.cpp"] += errors(said, other.split())
        same += one == other
        if one != other:
            print(f"PyTorch     {one}\nwhisper.cpp {other}")
    print(f"the same in {same} of {len(rows)} lines; {took / len(rows) * 1000:.0f} ms a line in whisper.cpp")
    print("word errors: " + ", ".join(f"{name} {count / words:.1%}" for name, count in wrong.items()))
    if same < options.least * len(rows):
        sys.exit(f"they agree in too few lines: at least {options.least:.0%} must be the same")


if __name__ == "__main__":
    main()
