"""Writes the PyTorch fixtures beside this file: python3 make_pytorch.py (PyTorch 1.13 or later; Debian: python3-torch).

Every tensor's expected values follow from its shape alone: element i of the flattened tensor is (i - 3) / 4, exact in every float type.
"""
import io
import os
import pickle
import zipfile
from collections import OrderedDict

import torch

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "PyTorch")


def ramp(*shape, dtype=torch.float32):
    n = 1
    for size in shape:
        n *= size
    return ((torch.arange(n, dtype=torch.float32) - 3) / 4).reshape(shape).to(dtype)


def save(name, value, **options):
    torch.save(value, os.path.join(HERE, name), **options)


def views():
    """The same values through every kind of view: what is stored differs, what is meant does not."""
    base = torch.full((4, 5, 6), 99.0)
    base[1:3, 1:4, 2:6] = ramp(2, 3, 4)
    shared = ramp(24)
    return OrderedDict(
        contiguous=ramp(2, 3, 4),
        transposed=ramp(3, 4).t().contiguous().t(),
        permuted=ramp(2, 3, 4).permute(2, 0, 1).contiguous().permute(1, 2, 0),
        slice=base[1:3, 1:4, 2:6],
        offset=torch.cat([torch.full((5,), 99.0), ramp(8)])[5:].view(2, 4),
        strided=torch.stack([ramp(6), torch.full((6,), 99.0)], 1).reshape(12)[::2],
        shared_a=shared.view(4, 6),
        shared_b=shared[:6],
        scalar=ramp(1)[0],
        empty=torch.zeros(0, 3),
        parameter=torch.nn.Parameter(ramp(2, 2)),
    )


def types():
    floats = {str(t).split(".")[1]: ramp(5, dtype=t) for t in (torch.float64, torch.float32, torch.float16, torch.bfloat16)}
    others = {str(t).split(".")[1]: torch.ones(3, dtype=t) for t in (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool)}
    return {**floats, **others}


def rewrite(name, source, change):
    """Copies an archive, with a change of its entries."""
    with zipfile.ZipFile(os.path.join(HERE, source)) as old:
        entries = {i.filename: old.read(i) for i in old.infolist()}
    change(entries)
    with zipfile.ZipFile(os.path.join(HERE, name), "w", zipfile.ZIP_STORED) as new:
        for key, data in entries.items():
            new.writestr(zipfile.ZipInfo(key), data)


def swap(entries):
    root = next(iter(entries)).split("/")[0]
    entries[f"{root}/byteorder"] = b"big"
    for key in list(entries):
        if "/data/" in key:
            data = entries[key]
            entries[key] = b"".join(data[i:i + 4][::-1] for i in range(0, len(data), 4))


class Evil:
    def __reduce__(self):
        return os.system, ("exit 1",)


def main():
    os.makedirs(HERE, exist_ok=True)
    save("views.pth", views())
    for protocol in (3, 4, 5):
        save(f"protocol{protocol}.pth", OrderedDict(a=ramp(2, 3), b=ramp(4)), pickle_protocol=protocol)
    save("types.pt", types())
    save("wrapped.pt", {"epoch": 3, "loss": 0.5, "args": [1, "x", None, True], "state_dict": OrderedDict(a=ramp(2, 3))})
    module = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.LayerNorm(3))
    with torch.no_grad():
        for p in module.parameters():
            p.copy_(ramp(*p.shape))
    save("module_state.bin", module.state_dict())
    save("whole_module.pt", module)
    save("legacy.pth", OrderedDict(a=ramp(2)), _use_new_zipfile_serialization=False)
    for name, value in (("legacy_views.pth", views()), ("legacy_types.pth", types())):
        save(name, value, _use_new_zipfile_serialization=False)
    save("evil.pth", {"a": ramp(2), "b": Evil()})
    save("little.pth", OrderedDict(a=ramp(2, 3)))
    rewrite("big_endian.pth", "little.pth", swap)
    with zipfile.ZipFile(os.path.join(HERE, "little.pth")) as old, \
            zipfile.ZipFile(os.path.join(HERE, "deflated.pth"), "w", zipfile.ZIP_DEFLATED) as new:
        for i in old.infolist():
            new.writestr(zipfile.ZipInfo(i.filename), old.read(i), zipfile.ZIP_DEFLATED)


main()
