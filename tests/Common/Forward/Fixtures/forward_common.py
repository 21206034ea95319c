"""Small models whose weights are numbers that a test makes itself, and what forward passes of them are built of.

A file of this folder has a model's config.json, the names and shapes of its tensors, two sequences of tokens and the logits that PyTorch
gives them in double precision. Element i of a tensor is scale * u + shift, u in [-1, 1) from a hash of the tensor's name and i, in single
precision: ForwardCase.cs makes the same. Nothing here or in the scripts that use it is anybody's code; what each model computes the scripts
name the source of, and whether it was read or is from memory.
"""
import json
import math
import os

import numpy
import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
V, D, HEADS, GROUPS, DH, CTX, LAYERS, MLP = 11, 16, 4, 2, 4, 12, 2, 24
TOKENS = [[3, 7, 1, 0, 9, 4, 7, 2, 10], [5, 5, 8, 6, 1]]
torch.set_default_dtype(torch.float64)


def values(name, count, scale, shift):
    x = numpy.uint32(2166136261)
    with numpy.errstate(over="ignore"):
        for byte in name.encode():
            x = (x ^ numpy.uint32(byte)) * numpy.uint32(16777619)
        x = x + numpy.arange(count, dtype=numpy.uint32) * numpy.uint32(0x9E3779B9)
        x = (x ^ (x >> numpy.uint32(16))) * numpy.uint32(0x85EBCA6B)
        x = (x ^ (x >> numpy.uint32(13))) * numpy.uint32(0xC2B2AE35)
        x = x ^ (x >> numpy.uint32(16))
    u = (x >> numpy.uint32(8)).astype(numpy.float32) / numpy.float32(1 << 23) - numpy.float32(1)
    return u * numpy.float32(scale) + numpy.float32(shift)


class Model:
    def __init__(self, name, source):
        self.name, self.source, self.tensors = name, source, []

    def add(self, name, *shape, scale=0.5, shift=0.0):
        self.tensors.append([name, list(shape), scale, shift])
        return torch.from_numpy(values(name, math.prod(shape), scale, shift).astype(numpy.float64)).view(*shape)

    def embedding(self, name, rows, width=D):
        return self.add(name, rows, width, scale=1.0)

    def linear(self, name, outputs, inputs, bias=True):
        """nn.Linear: [out, in]."""
        weight, b = self.add(f"{name}.weight", outputs, inputs), self.add(f"{name}.bias", outputs) if bias else None
        return lambda x: F.linear(x, weight, b)

    def conv1d(self, name, inputs, outputs):
        """transformers' Conv1D: [in, out]."""
        weight, b = self.add(f"{name}.weight", inputs, outputs), self.add(f"{name}.bias", outputs)
        return lambda x: x @ weight + b

    def gain(self, name, size, shift=1.0):
        return self.add(name, size, scale=0.5, shift=shift)

    def layer_norm(self, name, eps=1e-5, bias=True, size=D, w="weight", b="bias", plus=0.0):
        gain = self.gain(f"{name}.{w}", size, 1.0 - plus) + plus
        beta = self.add(f"{name}.{b}", size) if bias else None
        return lambda x: F.layer_norm(x, (size,), gain, beta, eps)

    def rms_norm(self, name, eps=1e-6, size=D, w="weight", plus=0.0):
        gain = self.gain(f"{name}.{w}", size, 1.0 - plus) + plus
        return lambda x: x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps) * gain

    def save(self, config, forward, sequences=TOKENS):
        logits = [forward(torch.tensor(tokens)) for tokens in sequences]
        assert all(torch.isfinite(each).all() for each in logits)
        os.makedirs(HERE, exist_ok=True)
        with open(os.path.join(HERE, f"{self.name}.json"), "w") as file:
            text = {"source": self.source, "config": config, "tensors": self.tensors, "tokens": sequences,
                    "logits": [[float(f"{x:.9g}") for x in each.flatten().tolist()] for each in logits]}
            file.write("{\n" + ",\n".join(f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in text.items()) + "\n}\n")


def heads(x, count):
    """[T, heads * width] to [heads, T, width]."""
    return x.view(x.shape[0], count, -1).transpose(0, 1)


def attend(q, k, v, scale, window=0, causal=True, bias=None, cap=None):
    """[heads, T, width] of queries, of keys and values of as many heads or of groups; [T, heads * width]."""
    k, v = (torch.repeat_interleave(y, q.shape[0] // y.shape[0], dim=0) for y in (k, v))
    scores = q @ k.transpose(1, 2) * scale
    if bias is not None:
        scores = scores + bias
    if cap:
        scores = torch.tanh(scores / cap) * cap
    i, j = torch.arange(q.shape[1])[:, None], torch.arange(q.shape[1])[None]
    hidden = (j > i) if causal else torch.zeros_like(j > i)
    if window:
        hidden = hidden | (j <= i - window)
    z = torch.softmax(scores.masked_fill(hidden, -math.inf), dim=-1) @ v
    return z.transpose(0, 1).reshape(q.shape[1], -1)


def alibi(count, length, maximum=8.0):
    """MPT's gen_slopes; BLOOM's build_alibi_tensor gives the same slopes in the same order."""
    padded = 2 ** math.ceil(math.log2(count))
    slopes = 2.0 ** -(torch.arange(1, padded + 1) * (maximum / padded))
    if padded != count:
        slopes = torch.cat([slopes[1::2], slopes[::2]])[:count]
    return slopes.view(count, 1, 1) * torch.arange(1 - length, 1).view(1, 1, length)


def frequencies(dimensions, base=10000.0):
    return 1.0 / base ** (torch.arange(0, dimensions, 2) / dimensions)


def turn(x, freq, pairs=False, factor=1.0):
    """Rotary positions of [heads, T, width], on the first 2 * len(freq) dimensions; pairs of i and i + half, or of neighbours."""
    size = 2 * len(freq)
    rotated, rest = x[..., :size], x[..., size:]
    angles = torch.arange(x.shape[1])[:, None] * freq[None]
    if pairs:
        angles = torch.repeat_interleave(angles, 2, dim=-1)
        other = torch.stack([-rotated[..., 1::2], rotated[..., ::2]], dim=-1).flatten(-2)
    else:
        angles = torch.cat([angles, angles], dim=-1)
        other = torch.cat([-rotated[..., size // 2:], rotated[..., :size // 2]], dim=-1)
    return torch.cat([rotated * angles.cos() * factor + other * angles.sin() * factor, rest], dim=-1)


def gelu(x):
    return F.gelu(x)


def gelu_new(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3)))
