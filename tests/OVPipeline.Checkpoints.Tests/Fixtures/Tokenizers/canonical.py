"""Writes canonical.txt, what CanonicalForm knows of Unicode, from Python's unicodedata.

    python3 canonical.py ../../../../src/OVPipeline.Checkpoints/Tokenizers/Pipeline/canonical.txt

A line is `C first last class` (a range of code points with that combining class) or `D composed part [part]` (a canonical decomposition,
one level), `X` in place of `D` where composing does not undo it. All numbers but the class are hexadecimal. Hangul is left out.
"""
import pathlib
import sys
import unicodedata

lines = [f"# Unicode {unicodedata.unidata_version}, written by canonical.py"]
start = None
for point in range(0x110001):
    kind = unicodedata.combining(chr(point)) if point < 0x110000 else 0
    if start is not None and kind != start[1]:
        lines.append(f"C {start[0]:X} {point - 1:X} {start[1]}")
        start = None
    if start is None and kind:
        start = (point, kind)
for point in range(0x110000):
    parts = unicodedata.decomposition(chr(point))
    if not parts or parts.startswith("<"):
        continue
    undone = unicodedata.normalize("NFC", chr(point)) == chr(point)
    numbers = " ".join(f"{int(part, 16):X}" for part in parts.split())
    lines.append(f"{'D' if undone else 'X'} {point:X} {numbers}")
pathlib.Path(sys.argv[1]).write_text("\n".join(lines) + "\n")
