"""Writes the model as a ggml file that whisper.cpp reads: `python3 export.py --out ../../assets/models/desk-en.bin.zst`.

The file's order and types are whisper.cpp's: header, mel filters and vocabulary (copied through), then the tensors,
matrices and convolutions as 16-bit floats, the rest as 32-bit. Tokens that the model does not use get a bias of −40
in the constant dimension of the last layer norm and are never chosen; their rows are all alike, so zstd
shrinks the file to the used part.
"""

from __future__ import annotations

import argparse
import hashlib
import struct
import subprocess
from pathlib import Path

import numpy as np
import torch

from generate import CACHE
from model import Model
from tokens import Header, Tokenizer
from training import load

UNUSED_BIAS = -40.0
MODELS = Path(__file__).resolve().parents[2] / "assets/models"


class Writer:
    """Tensors in ggml's layout: dimensions in reverse, name, data."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def tensor(self, name: str, value: torch.Tensor, half: bool = False, column: bool = False) -> None:
        a = value.detach().numpy().astype(np.float16 if half else np.float32)
        a = a[:, None] if column else a
        label = name.encode()
        self.parts.append(struct.pack("<3i", a.ndim, len(label), int(half)))
        self.parts.append(struct.pack(f"<{a.ndim}i", *reversed(a.shape)) + label)
        self.parts.append(np.ascontiguousarray(a).tobytes())

    def linear(self, name: str, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        self.tensor(f"{name}.weight", weight, half=True)
        if bias is not None:
            self.tensor(f"{name}.bias", bias)

    def norm(self, name: str, norm: torch.nn.LayerNorm) -> None:
        self.tensor(f"{name}.weight", norm.weight)
        self.tensor(f"{name}.bias", norm.bias)


def write_block(w: Writer, name: str, block) -> None:
    own = block.attention
    w.norm(f"{name}.attn_ln", own.norm)
    (q, k, v), (qb, _, vb) = own.query_key_value.weight.chunk(3), own.query_key_value.bias.chunk(3)
    w.linear(f"{name}.attn.query", q, qb)
    w.linear(f"{name}.attn.key", k, None)
    w.linear(f"{name}.attn.value", v, vb)
    w.linear(f"{name}.attn.out", own.out.weight, own.out.bias)
    if block.cross is not None:
        cross = block.cross
        w.norm(f"{name}.cross_attn_ln", cross.norm)
        (k, v), (_, vb) = cross.key_value.weight.chunk(2), cross.key_value.bias.chunk(2)
        w.linear(f"{name}.cross_attn.query", cross.query.weight, cross.query.bias)
        w.linear(f"{name}.cross_attn.key", k, None)
        w.linear(f"{name}.cross_attn.value", v, vb)
        w.linear(f"{name}.cross_attn.out", cross.out.weight, cross.out.bias)
    w.norm(f"{name}.mlp_ln", block.norm)
    w.linear(f"{name}.mlp.0", block.up.weight, block.up.bias)
    w.linear(f"{name}.mlp.2", block.down.weight, block.down.bias)


def ggml(model: Model, tokenizer: Tokenizer, header: Header) -> bytes:
    """The file's content."""
    shape, hparams = model.shape, list(header.hparams)
    # magic, n_vocab, n_audio_ctx, n_audio_state, n_audio_head, n_audio_layer, n_text_ctx, n_text_state, n_text_head, …
    hparams[2:6] = shape.audio_context, shape.width, shape.heads, shape.encoder_layers
    hparams[6:10] = shape.text_context, shape.width, shape.heads, shape.decoder_layers
    hparams[11] = 1  # matrices are 16-bit floats
    w = Writer()
    w.parts += [struct.pack("<I11i", *hparams), header.copied]
    w.tensor("encoder.positional_embedding", model.audio_positions)
    for name in ("conv1", "conv2"):
        conv = getattr(model, name)
        w.tensor(f"encoder.{name}.weight", conv.weight, half=True)
        w.tensor(f"encoder.{name}.bias", conv.bias, column=True)
    w.norm("encoder.ln_post", model.encoder_norm)
    for i, block in enumerate(model.encoder):
        write_block(w, f"encoder.blocks.{i}", block)
    w.tensor("decoder.positional_embedding", model.text_positions)
    embedding = torch.zeros(hparams[1], shape.width)
    embedding[:, 0] = UNUSED_BIAS
    embedding[torch.tensor(tokenizer.ids)] = model.embedding.weight.detach()
    w.tensor("decoder.token_embedding.weight", embedding, half=True)
    weight, bias = model.decoder_norm.weight.detach().clone(), model.decoder_norm.bias.detach().clone()
    weight[0], bias[0] = 0, 1
    w.tensor("decoder.ln.weight", weight)
    w.tensor("decoder.ln.bias", bias)
    for i, block in enumerate(model.decoder):
        write_block(w, f"decoder.blocks.{i}", block)
    return b"".join(w.parts)


def main() -> None:
    parser = argparse.ArgumentParser(description="Exports a checkpoint to a compressed ggml file.")
    parser.add_argument("--checkpoint", type=Path, default=CACHE / "checkpoint.pt")
    parser.add_argument("--last", action="store_true", help="the last weights and not their average")
    parser.add_argument("--out", type=Path, default=MODELS / "desk-en.bin.zst")
    options = parser.parse_args()
    model, tokenizer, header, saved = load(options.checkpoint, averaged=not options.last)
    plain = options.out.with_suffix("")  # without .zst
    plain = CACHE / plain.name
    plain.write_bytes(ggml(model, tokenizer, header))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["zstd", "-q", "-f", "-19", str(plain), "-o", str(options.out)], check=True)
    lines = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.name}\n" for p in (options.out, plain)]
    options.out.parent.joinpath("desk-en.sha256").write_text("".join(lines))
    print(f"step {saved['step']}: {plain} {plain.stat().st_size} bytes, {options.out.name} {options.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
