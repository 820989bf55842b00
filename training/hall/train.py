"""Teaches the network that hears the visitor, and writes src/speech/visitor/weights.bin: `python3 train.py`.

Wants the facts of the scenes: see README.md. The network is that of src/speech/visitor/network.rs.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from scenes import FOLDER

OUT = Path(__file__).resolve().parents[2] / "src/speech/visitor/weights.bin"
BANDS, FACTS, HIDDEN = 20, 65, 40
# Frames of a scene that are used, frames of a stretch to learn, stretches at once.
SCENE, STRETCH, ROWS = 3_700, 400, 128
# While the avatar speaks the first frames of what the visitor says count so much more.
ONSET, ONSET_FRAMES, ONSET_WEIGHT, ONSET_WEIGHT_ALONE = 40, 14, 4.0, 1.5
NOISE, TINT, DROPOUT, DECAY, RATE = 0.15, 0.1, 0.15, 0.02, 4e-3


class Network(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.squeeze = torch.nn.Linear(FACTS, HIDDEN)
        self.memory = torch.nn.GRU(HIDDEN, HIDDEN, batch_first=True)
        self.output = torch.nn.Linear(HIDDEN, 1)

    def forward(self, facts: torch.Tensor) -> torch.Tensor:
        drop = lambda x: F.dropout(x, DROPOUT, self.training)
        remembered, _ = self.memory(drop(torch.tanh(self.squeeze(facts))))
        return self.output(drop(remembered))[..., 0]


def load(folder: Path, part: str) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Facts, truth and weight of each frame of each scene."""
    facts, truths, weights = [], [], []
    for path in sorted(folder.glob(f"{part}-*.facts")):
        scene = np.fromfile(path, "<f4").reshape(-1, FACTS)[:SCENE]
        truth = np.fromfile(path.with_suffix(".truth"), np.uint8)[:SCENE].astype(np.float32)
        weight = np.ones(SCENE, np.float32)
        for at in np.flatnonzero((truth[1:] > 0) & (truth[:-1] == 0)) + 1:
            if truth[max(0, at - ONSET) : at].sum() == 0:
                weight[at : at + ONSET_FRAMES] = ONSET_WEIGHT if "-far-" in path.name else ONSET_WEIGHT_ALONE
        facts.append(scene), truths.append(truth), weights.append(weight)
    if not facts:
        raise SystemExit(f"no facts of '{part}' in {folder}: run scenes.py and scripts/bench hall --teach first")
    return tuple(torch.from_numpy(np.stack(part)) for part in (facts, truths, weights))


def vary(facts: torch.Tensor) -> torch.Tensor:
    """Another throat (bands moved by one, at times), another microphone, and noise."""
    by = int(torch.randint(-1, 2, ()))
    for first in range(0, 3 * BANDS, BANDS) if by else ():
        moved = torch.roll(facts[..., first : first + BANDS], by, -1)
        edge, beside = (0, 1) if by > 0 else (-1, -2)
        moved[..., edge] = moved[..., beside]
        facts[..., first : first + BANDS] = moved
    return facts + NOISE * torch.randn_like(facts) + TINT * torch.randn(len(facts), 1, FACTS)


def write(network: Network, mean: torch.Tensor, scale: torch.Tensor) -> None:
    """Rows of signed bytes with a scale each; the facts' mean and scale go into the first layer."""
    weights = {name: value.detach().numpy() for name, value in network.named_parameters()}
    first = weights["squeeze.weight"] / scale.numpy()
    layers = [
        (first, weights["squeeze.bias"] - (first * mean.numpy()).sum(1)),
        (weights["memory.weight_ih_l0"], weights["memory.bias_ih_l0"]),
        (weights["memory.weight_hh_l0"], weights["memory.bias_hh_l0"]),
        (weights["output.weight"], weights["output.bias"]),
    ]
    out = b""
    for matrix, biases in layers:
        for row in matrix:
            size = np.abs(row).max() / 127 + 1e-12
            out += np.float32(size).tobytes() + np.round(row / size).astype(np.int8).tobytes()
        out += biases.astype("<f4").tobytes()
    OUT.write_bytes(out)
    print(f"{OUT}: {len(out)} bytes")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--rounds", type=int, default=32, help="times that each frame is heard, about")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(1)
    facts, truth, weight = load(options.folder, "learn")
    judged, judged_truth, _ = load(options.folder, "judge")
    mean, scale = facts.mean((0, 1)), facts.std((0, 1)) + 1e-3
    facts, judged = (facts - mean) / scale, (judged - mean) / scale
    network = Network()
    steps = options.rounds * len(facts) * SCENE // STRETCH // ROWS
    optimiser = torch.optim.AdamW(network.parameters(), RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    print(f"{len(facts)} minutes to learn from, {len(judged)} to judge by, {steps} steps")
    for step in range(steps):
        which, at = torch.randint(len(facts), (ROWS,)), torch.randint(SCENE - STRETCH, (ROWS,))
        whole = step % 3 == 0  # as it begins, with nothing remembered
        at[:] = 0 if whole else at
        part = lambda of: torch.stack([of[i, j : j + STRETCH] for i, j in zip(which, at)])
        counts = part(weight)
        if not whole:
            counts[:, :40] *= 0.2
        network.train()
        said = network(vary(part(facts)))
        loss = (F.binary_cross_entropy_with_logits(said, part(truth), reduction="none") * counts).mean()
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if step % 100 == 99 or step + 1 == steps:
            network.eval()
            with torch.no_grad():
                said = network(judged)
            error = F.binary_cross_entropy_with_logits(said, judged_truth).item()
            right, wrong = (said > 0)[judged_truth > 0], (said > 0)[judged_truth == 0]
            found, false = right.float().mean().item(), wrong.float().mean().item()
            print(f"step {step + 1}: learning {loss.item():.3f}, judged {error:.3f}, frames found {found:.3f}, false {false:.3f}", flush=True)
    write(network, mean, scale)


if __name__ == "__main__":
    main()
