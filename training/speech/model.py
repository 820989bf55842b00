"""The network: Whisper's architecture, small, over the chosen tokens only.

Two things serve training alone and are not exported: a classifier of phones on the encoder's output, and the
attention weights that `decode` gives back, which training guides to the place where each word was spoken.
The keys' bias is trained and dropped at export: it adds the same number to all of a query's scores, so softmax ignores it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F

import phones


@dataclass(frozen=True)
class Shape:
    """Sizes. Heads have 64 channels; whisper.cpp calls a model with 4 encoder layers "tiny"."""

    width: int = 192
    encoder_layers: int = 4
    decoder_layers: int = 2
    audio_context: int = 512  # encoder frames of 20 ms
    text_context: int = 64
    mels: int = 80

    @property
    def heads(self) -> int:
        return self.width // 64


def gelu(x: torch.Tensor) -> torch.Tensor:
    return F.gelu(x, approximate="tanh")  # as ggml computes it


def sinusoids(length: int, channels: int) -> torch.Tensor:
    """Whisper's positions of the encoder."""
    rates = torch.exp(-math.log(10_000) / (channels // 2 - 1) * torch.arange(channels // 2))
    angles = torch.arange(length)[:, None] * rates[None]
    return torch.cat([angles.sin(), angles.cos()], 1)


class SelfAttention(nn.Module):
    def __init__(self, shape: Shape, causal: bool) -> None:
        super().__init__()
        self.heads, self.causal = shape.heads, causal
        self.norm = nn.LayerNorm(shape.width)
        self.query_key_value = nn.Linear(shape.width, 3 * shape.width)
        self.out = nn.Linear(shape.width, shape.width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        b, n, c = x.shape
        q, k, v = self.query_key_value(self.norm(x)).view(b, n, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        # Written out: on a processor, for rows this short, it trains faster than the fused kernel.
        scores = (q / math.sqrt(q.shape[-1])) @ k.transpose(2, 3)
        if self.causal:
            scores = scores.masked_fill(torch.ones(n, n, dtype=torch.bool).triu(1), float("-inf"))
        y = scores.softmax(-1).to(v.dtype) @ v
        return self.out(y.transpose(1, 2).reshape(b, n, c))


class CrossAttention(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.norm = nn.LayerNorm(shape.width)
        self.query = nn.Linear(shape.width, shape.width)
        self.key_value = nn.Linear(shape.width, 2 * shape.width)
        self.out = nn.Linear(shape.width, shape.width)

    def forward(self, x: torch.Tensor, audio: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        b, n, c = x.shape
        q = self.query(self.norm(x)).view(b, n, self.heads, -1).transpose(1, 2)
        k, v = self.key_value(audio).view(b, audio.shape[1], 2, self.heads, -1).permute(2, 0, 3, 1, 4)
        scores = (q @ k.transpose(2, 3)).float() / math.sqrt(q.shape[-1])
        weights = scores.softmax(-1)
        y = weights.to(v.dtype) @ v
        return self.out(y.transpose(1, 2).reshape(b, n, c)), weights


class Block(nn.Module):
    def __init__(self, shape: Shape, decoder: bool) -> None:
        super().__init__()
        self.attention = SelfAttention(shape, causal=decoder)
        self.cross = CrossAttention(shape) if decoder else None
        self.norm = nn.LayerNorm(shape.width)
        self.up = nn.Linear(shape.width, 4 * shape.width)
        self.down = nn.Linear(4 * shape.width, shape.width)

    def forward(self, x, audio=None):
        x = x + self.attention(x)
        weights = None
        if self.cross is not None:
            y, weights = self.cross(x, audio)
            x = x + y
        return x + self.down(gelu(self.up(self.norm(x)))), weights


class Model(nn.Module):
    """`encode` mel spectrograms (batch, 80, frames of 10 ms), `decode` tokens against the result."""

    def __init__(self, shape: Shape, tokens: int) -> None:
        super().__init__()
        self.shape = shape
        width = shape.width
        self.conv1 = nn.Conv1d(shape.mels, width, 3, padding=1)
        self.conv2 = nn.Conv1d(width, width, 3, stride=2, padding=1)
        self.register_buffer("audio_positions", sinusoids(shape.audio_context, width))
        self.encoder = nn.ModuleList(Block(shape, False) for _ in range(shape.encoder_layers))
        self.encoder_norm = nn.LayerNorm(width)
        self.phones = nn.Linear(width, len(phones.LABELS))
        self.embedding = nn.Embedding(tokens, width)
        self.text_positions = nn.Parameter(torch.randn(shape.text_context, width) * 0.02)
        self.decoder = nn.ModuleList(Block(shape, True) for _ in range(shape.decoder_layers))
        self.decoder_norm = nn.LayerNorm(width)
        nn.init.normal_(self.embedding.weight, std=0.05)
        for block in [*self.encoder, *self.decoder]:  # start as the identity
            for last in (block.attention.out, block.down, block.cross.out if block.cross else None):
                if last is not None:
                    nn.init.normal_(last.weight, std=0.02 / math.sqrt(2 * shape.encoder_layers))

    def encode(self, mel: torch.Tensor) -> torch.Tensor:
        x = gelu(self.conv2(gelu(self.conv1(mel)))).transpose(1, 2)
        x = x + self.audio_positions[: x.shape[1]]
        for block in self.encoder:
            x, _ = block(x)
        return self.encoder_norm(x)

    def decode(self, numbers: torch.Tensor, audio: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Scores (batch, length, tokens), and each layer's cross attention (batch, heads, length, frames)."""
        x = self.embedding(numbers) + self.text_positions[: numbers.shape[1]]
        attention = []
        for block in self.decoder:
            x, weights = block(x, audio)
            attention.append(weights)
        x = self.decoder_norm(x)
        # One dimension is the constant 1: each token's weight there is its bias. The export relies on it.
        x = torch.cat([torch.ones_like(x[..., :1]), x[..., 1:]], -1)
        return x @ self.embedding.weight.T, attention

    def transcribe(self, mel: torch.Tensor, tokenizer, longest: int = 60) -> list[str]:
        """Greedy decoding of a batch."""
        return [text for text, _ in self.transcribe_sure(mel, tokenizer, longest)]

    @torch.no_grad()
    def transcribe_sure(self, mel: torch.Tensor, tokenizer, longest: int = 60) -> list[tuple[str, float]]:
        """The same, each text with the mean probability of its tokens."""
        sure: list[list[float]] = [[] for _ in range(len(mel))]
        audio = self.encode(mel)
        numbers = torch.tensor([[tokenizer.start, tokenizer.no_timestamps]] * len(mel))
        done = torch.zeros(len(mel), dtype=torch.bool)
        for step in range(longest):
            scores = self.decode(numbers, audio)[0][:, -1]
            if step == 0:  # as whisper.cpp: the end is no first token
                scores[:, tokenizer.end] = float("-inf")
            following = scores.argmax(-1)
            following[done] = tokenizer.end
            chances = scores.float().softmax(-1).gather(1, following[:, None])[:, 0].tolist()
            for row, chance in enumerate(chances):
                if following[row] != tokenizer.end:
                    sure[row].append(chance)
            done |= following == tokenizer.end
            numbers = torch.cat([numbers, following[:, None]], 1)
            if done.all():
                break
        mean = lambda values: sum(values) / len(values) if values else 0.0
        return [(tokenizer.decode(row[2:]), mean(values)) for row, values in zip(numbers.tolist(), sure)]
