"""Writes the models in files beside this file: python3 make_model_in_file.py (Debian: python3-torch 1.13, python3-numpy).

Every folder has one file with a model in TransformerLens' names: V 5, 1 layer of 2 heads, d_model 4, d_head 2, n_ctx 3. Element i of each
flattened tensor is (i - 3) / 4 + shift: shift is 0 in the model that is meant, another number in every other.
"""
import argparse
import collections
import datetime
import decimal
import enum
import functools
import os
import pathlib
import sys
import types
from collections import OrderedDict

import numpy
import torch
from torch import nn

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ModelInFile")
V, D, H, N, C = 5, 4, 2, 2, 3


def ramp(*shape, shift=0.0):
    n = 1
    for size in shape:
        n *= size
    return ((torch.arange(n, dtype=torch.float32) - 3) / 4 + shift).reshape(shape)


def model(prefix="", shift=0.0):
    shapes = {
        "embed.W_E": (V, D), "pos_embed.W_pos": (C, D),
        "blocks.0.attn.W_Q": (N, D, H), "blocks.0.attn.W_K": (N, D, H), "blocks.0.attn.W_V": (N, D, H), "blocks.0.attn.W_O": (N, H, D),
        "blocks.0.attn.b_Q": (N, H), "blocks.0.attn.b_K": (N, H), "blocks.0.attn.b_V": (N, H), "blocks.0.attn.b_O": (D,),
        "unembed.W_U": (D, V), "unembed.b_U": (V,),
    }
    return OrderedDict((prefix + name, ramp(*shape, shift=shift)) for name, shape in shapes.items())


def adam(names):
    """What torch.optim.Adam.state_dict gives: tensors of the weights' shapes under numbers."""
    state = {i: {"step": torch.tensor(3.0), "exp_avg": ramp(*t.shape, shift=100), "exp_avg_sq": ramp(*t.shape, shift=200)}
             for i, t in enumerate(names.values()) if i < 3}
    return {"state": state, "param_groups": [{"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "params": list(range(len(names)))}]}


class Kind(enum.Enum):
    FAST = "fast"


def everything():
    """What training runs keep beside weights."""
    loop = [1]
    loop.append(loop)
    rows = collections.defaultdict(list)
    rows["loss"].append(0.5)
    return {
        "args": argparse.Namespace(lr=1e-3, eps=1e-8, name="run", out=pathlib.PurePosixPath("out"), betas=(0.9, 0.95)),
        "scalar": numpy.float64(0.25), "array": numpy.arange(6, dtype=numpy.float32).reshape(2, 3), "dtype": numpy.dtype("int16"),
        "when": datetime.datetime(2024, 1, 2), "kind": Kind.FAST, "call": functools.partial(ramp, 2), "rows": rows,
        "count": collections.Counter("aab"), "set": {1, 2}, "frozen": frozenset([3]), "bytes": b"\0\1", "array of bytes": bytearray(b"ab"),
        "complex": 1 + 2j, "decimal": decimal.Decimal("1.5"), "big": 2 ** 100, "slice": slice(1, 2), "loop": loop, "type": torch.float16,
        "device": torch.device("cpu"), "size": torch.Size([2, 3]), "rng": torch.get_rng_state()[:8].clone(), "loose": ramp(2, shift=50),
        "nothing": None, "ellipsis": ..., "generator": (1, (2, [3, {"deep": ramp(1, shift=60)}])),
    }


def save(name, value, **options):
    folder = os.path.join(HERE, name)
    os.makedirs(folder, exist_ok=True)
    torch.save(value, os.path.join(folder, "m.pth"), **options)


def foreign(module, name, base=object):
    """A class of a module that is not installed here: its name is all that a pickle has of it."""
    parts = module.split(".")
    for i in range(len(parts)):
        sys.modules.setdefault(".".join(parts[:i + 1]), types.ModuleType(parts[i]))
    made = type(name, (base,), {"__module__": module})
    setattr(sys.modules[module], name, made)
    return made


def whole_module():
    """A HookedTransformer, of classes of the same names with the same parameters."""
    parts = {name: foreign("transformer_lens.components", name, nn.Module)
             for name in ("Embed", "PosEmbed", "TransformerBlock", "Attention", "Unembed", "HookPoint")}
    transformer = foreign("transformer_lens.HookedTransformer", "HookedTransformer", nn.Module)()
    config = foreign("transformer_lens.HookedTransformerConfig", "HookedTransformerConfig")()
    config.__dict__.update(
        n_layers=1, d_model=D, n_ctx=C, d_head=H, model_name="custom", n_heads=N, d_mlp=None, act_fn=None, d_vocab=V, eps=1e-3,
        attn_scale=numpy.sqrt(numpy.float64(H)), use_attn_scale=True, normalization_type=None, attn_only=True, d_vocab_out=V,
        positional_embedding_type="standard", attention_dir="causal", dtype=torch.float32, device="cpu", seed=None, final_rms=False)
    transformer.cfg = config
    for name, value in model().items():
        at = transformer
        *path, last = name.split(".")
        for part in path:
            if part not in at._modules:
                kind = {"embed": "Embed", "pos_embed": "PosEmbed", "unembed": "Unembed", "attn": "Attention", "0": "TransformerBlock"}
                at.add_module(part, nn.ModuleList() if part == "blocks" else parts[kind[part]]())
            at = at._modules[part]
        at.cfg = config
        at.register_parameter(last, nn.Parameter(value))
    attention = transformer.blocks[0].attn
    attention.register_buffer("mask", torch.ones(C, C, dtype=torch.bool))
    attention.register_buffer("cache", ramp(2, shift=70), persistent=False)
    attention.hook_q = parts["HookPoint"]()
    transformer.mod_dict = {"": transformer, "embed": transformer.embed}
    return nn.DataParallel(transformer)


class Holder(nn.Module):
    def __init__(self, values):
        super().__init__()
        for name, value in values.items():
            head, _, rest = name.partition(".")
            if not rest:
                self.register_parameter(head, nn.Parameter(value))
        for head in dict.fromkeys(name.partition(".")[0] for name in values if "." in name):
            self.add_module(head, Holder({k.partition(".")[2]: v for k, v in values.items() if k.startswith(head + ".")}))

    def forward(self, x):
        return x


def main():
    os.makedirs(HERE, exist_ok=True)
    nested = {"checkpoint": {"model": model("_orig_mod.module.")}, "optimizer": adam(model()), **everything()}
    for protocol in range(1, 6):
        save(f"nested-{protocol}", nested, pickle_protocol=protocol)
    save("list", [3, {"epoch": 1}, ("weights", model("net."))])
    save("ema", {"model_ema": model(shift=10), "model": model(), "optimizer": {"grads": model(shift=20)}})
    save("twins", OrderedDict({**model("student.", shift=30), **model("teacher.")}))
    last = model()
    save("best", {"last": last, "best": last, "epoch": 7})
    save("lightning", {"state_dict": model("model."), "pytorch-lightning_version": "2.0", "optimizer_states": [adam(model())],
                       "hyper_parameters": {"n_layers": 1, "n_heads": N, "d_model": D, "d_head": H, "d_vocab": V, "n_ctx": C,
                                            "normalization_type": None, "positional_embedding_type": "shortformer"}})
    gpt = OrderedDict({"transformer.wte.weight": ramp(V, D), "transformer.wpe.weight": ramp(C, D), "transformer.ln_f.weight": ramp(D),
                       "lm_head.weight": ramp(V, D)})
    for i in range(2):
        gpt.update({f"transformer.h.{i}.{name}": ramp(*shape) for name, shape in {
            "ln_1.weight": (D,), "attn.c_attn.weight": (3 * D, D), "attn.c_proj.weight": (D, D), "ln_2.weight": (D,),
            "mlp.c_fc.weight": (4 * D, D), "mlp.c_proj.weight": (D, 4 * D)}.items()})
    sizes = {"n_layer": 2, "n_head": N, "n_embd": D, "block_size": C, "bias": False, "vocab_size": V, "dropout": 0.0}
    save("nanogpt", {"model": OrderedDict(("_orig_mod." + name, t) for name, t in gpt.items()), "optimizer": adam(gpt),
                     "model_args": sizes, "iter_num": 10, "best_val_loss": torch.tensor(1.5),
                     "config": {**sizes, "n_layer": 7, "learning_rate": 6e-4, "eval_only": False, "init_from": "scratch"}})
    save("wrong-config", {"model": model(), "config": {"n_layers": 3, "n_heads": N, "d_model": 64}})
    save("whole-module", whole_module())
    save("legacy", {"net": model("module."), "optimizer": adam(model()), **everything()}, _use_new_zipfile_serialization=False)
    folder = os.path.join(HERE, "scripted")
    os.makedirs(folder, exist_ok=True)
    torch.jit.script(Holder(model())).save(os.path.join(folder, "m.pth"))


main()
