"""Two optimisers side by side: Muon for the blocks' matrices, AdamW for everything else.

Muon (K. Jordan and others, 2024) takes the momentum of a matrix and makes it orthogonal with a few
Newton–Schulz steps before it is applied; with the scale used here its steps are as large as AdamW's.
Matrices of one shape go through together, so that a processor without a GPU stays busy.
"""

from __future__ import annotations

import torch

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
STEPS = 5
MOMENTUM = 0.95
DECAY = 0.01


def orthogonal(m: torch.Tensor) -> torch.Tensor:
    """The nearest orthogonal matrices, roughly (batch, rows, columns)."""
    a, b, c = COEFFICIENTS
    x = m.bfloat16()
    tall = x.shape[1] > x.shape[2]
    x = x.transpose(1, 2) if tall else x
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(STEPS):
        gram = x @ x.transpose(1, 2)
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x.transpose(1, 2) if tall else x).float()


class Optimiser:
    """`step(rate)` applies the gradients and clears them."""

    def __init__(self, model: torch.nn.Module, muon: bool = True) -> None:
        matrices, rest = {}, []
        for name, p in model.named_parameters():
            if muon and p.ndim == 2 and name.startswith(("encoder.", "decoder.")):
                matrices.setdefault(tuple(p.shape), []).append(p)
            else:
                rest.append(p)
        self.matrices = list(matrices.values())
        self.momentum = [torch.zeros(len(group), *group[0].shape) for group in self.matrices]
        self.adam = torch.optim.AdamW(rest, lr=0.0, betas=(0.9, 0.98), weight_decay=DECAY)
        self.parameters = list(model.parameters())

    def step(self, rate: float) -> None:
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        for group in self.adam.param_groups:
            group["lr"] = rate
        self.adam.step()
        with torch.no_grad():
            for group, momentum in zip(self.matrices, self.momentum):
                gradient = torch.stack([p.grad for p in group])
                momentum.lerp_(gradient, 1 - MOMENTUM)
                update = orthogonal(gradient.lerp(momentum, MOMENTUM))
                scale = 0.2 * max(group[0].shape) ** 0.5
                for p, u in zip(group, update):
                    p.mul_(1 - rate * DECAY).sub_(u, alpha=rate * scale)
        for p in self.parameters:
            p.grad = None

    def state(self) -> dict:
        return {"adam": self.adam.state_dict(), "momentum": self.momentum}

    def load(self, state: dict) -> None:
        self.adam.load_state_dict(state["adam"])
        for mine, saved in zip(self.momentum, state["momentum"]):
            mine.copy_(saved)
