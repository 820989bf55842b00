"""Samples to mel spectrograms exactly as whisper.cpp computes them, and what rooms and microphones do to them.

All functions take and give batches of 16 kHz samples (batch, samples) or spectrograms (batch, 80, frames of 10 ms).
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

WINDOW, HOP = 400, 160
# A vocal tract this much longer or shorter: the factor on the frequency axis.
TRACTS = (0.84, 0.88, 0.92, 0.96, 1.0, 1.04, 1.08, 1.12, 1.16)


class Mel:
    """The log-mel spectrogram, of the voice as it is or with a warped frequency axis."""

    def __init__(self, filters: np.ndarray) -> None:
        self.window = torch.hann_window(WINDOW)
        bins = np.arange(filters.shape[1])
        warp = lambda tract: np.stack([np.interp(np.minimum(bins * tract, bins[-1]), bins, row) for row in filters])
        self.plain = torch.from_numpy(filters)
        self.warped = torch.from_numpy(np.stack([warp(t) for t in TRACTS]).astype(np.float32))

    def power(self, samples: torch.Tensor) -> torch.Tensor:
        padded = F.pad(samples, (WINDOW // 2, WINDOW // 2), mode="reflect")
        spectrum = torch.stft(padded, WINDOW, HOP, window=self.window, center=False, return_complex=True)
        return torch.view_as_real(spectrum).square().sum(-1)

    def __call__(self, samples: torch.Tensor, tracts: torch.Tensor | None = None, gain: torch.Tensor | None = None):
        """`tracts`: per row the number of a factor in TRACTS; `gain`: (batch, 80, 1), added in log10 units."""
        filters = self.plain if tracts is None else self.warped[tracts]
        mel = torch.log10((filters @ self.power(samples)).clamp(min=1e-10))
        if gain is not None:
            mel = mel + gain
        mel = torch.maximum(mel, mel.amax((1, 2), keepdim=True) - 8)
        mel = (mel + 4) / 4
        return mel[..., : mel.shape[-1] // 2 * 2]


def room(samples: torch.Tensor) -> torch.Tensor:
    """Light echo: each row convolved with a decaying noise of its own, 50 to 300 ms long, below the direct sound."""
    n, rows = samples.shape[1], samples.shape[0]
    length = 4800
    decay = torch.exp(-6.9 * torch.arange(length)[None] / (800 + torch.rand(rows, 1) * 4000))
    tail = torch.randn(rows, length) * decay
    tail = tail / tail.square().sum(1, keepdim=True).sqrt() * (0.15 + 0.55 * torch.rand(rows, 1))
    tail[:, :32] = 0
    tail[:, 0] = 1
    size = 1 << (n + length - 1).bit_length()
    return torch.fft.irfft(torch.fft.rfft(samples, size) * torch.fft.rfft(tail, size), size)[:, :n]


def noise(rows: int, length: int) -> torch.Tensor:
    """Noise of unit power, from white to brown."""
    spectrum = torch.fft.rfft(torch.randn(rows, length))
    slope = torch.rand(rows, 1) * 1.0
    spectrum = spectrum * torch.arange(1, spectrum.shape[1] + 1)[None].float().pow(-slope)
    sound = torch.fft.irfft(spectrum, length)
    return sound / sound.square().mean(1, keepdim=True).sqrt().clamp(min=1e-6)


def microphone(rows: int) -> torch.Tensor:
    """A microphone's colour in log10 units: a tilt and one broad bump, up to about ±6 dB."""
    at = torch.linspace(-1, 1, 80)[None]
    tilt = (torch.rand(rows, 1) - 0.5) * 1.0
    bump = (torch.rand(rows, 1) - 0.5) * 1.0
    place, breadth = torch.rand(rows, 1) * 2 - 1, 0.2 + torch.rand(rows, 1) * 0.5
    return (tilt * at + bump * torch.exp(-(((at - place) / breadth) ** 2)))[..., None]


def mask(mel: torch.Tensor) -> torch.Tensor:
    """Covers a band of frequencies and two short times with the mean (SpecAugment)."""
    mel = mel.clone()
    rows, bands, frames = mel.shape
    mean = mel.mean((1, 2), keepdim=True)
    band, time = torch.arange(bands)[None, :, None], torch.arange(frames)[None, None]
    for axis, size, widest in ((band, bands, 14), (time, frames, 14), (time, frames, 14)):
        width = torch.randint(0, widest, (rows, 1, 1))
        start = (torch.rand(rows, 1, 1) * (size - width)).long()
        mel = torch.where((axis >= start) & (axis < start + width), mean, mel)
    return mel
