"""Writes unicode.txt, what UnicodeForm and UnicodeSets know of Unicode, from Python's unicodedata and Perl's property Age.

    python3 unicode.py ../../../../src/OVPipeline.Checkpoints/Tokenizers/Text/unicode.txt

Each part is as of the Unicode version of the table that Hugging Face's tokenizers 0.22 uses for it; every code point was compared with it.
A line is `C first last class` (a range of code points with that combining class) or `D composed part [part]` (a canonical decomposition,
one level), `X` in place of `D` where composing does not undo it, `K` where it is a compatible one only; `M first last` are combining
marks, `N` nonspacing ones, `P` punctuation, `O` controls, formats and private use. All numbers but the class are hexadecimal. Hangul is left out.
"""
import pathlib
import subprocess
import sys
import unicodedata

FORMS, MARKS, BERT, OTHER = "12.0", "9.0", "8.0", "7.0"
POINTS = [point for point in range(0x110000) if not 0xD800 <= point < 0xE000]


def known(version):
    script = f"for (0..0x10ffff) {{ print sprintf('%x ', $_) if chr($_) =~ /\\p{{Present_In={version}}}/ }}"
    return {int(point, 16) for point in subprocess.run(["perl", "-M-warnings", "-e", script], capture_output=True, text=True, check=True).stdout.split()}


def ranges(letter, points):
    lines, start = [], None
    for point in range(0x110001):
        if point in points and start is None:
            start = point
        elif point not in points and start is not None:
            lines.append(f"{letter} {start:X} {point - 1:X}")
            start = None
    return lines


def kind(point):
    return unicodedata.category(chr(point))


forms, marks, bert, other = map(known, (FORMS, MARKS, BERT, OTHER))
lines = [f"# Forms as of Unicode {FORMS}, marks {MARKS}, nonspacing marks and punctuation {BERT}, others {OTHER}; written by unicode.py"]
start = None
for point in range(0x110001):
    value = unicodedata.combining(chr(point)) if point in forms else 0
    if start is not None and value != start[1]:
        lines.append(f"C {start[0]:X} {point - 1:X} {start[1]}")
        start = None
    if start is None and value:
        start = (point, value)
for point in sorted(forms.intersection(POINTS)):
    parts = unicodedata.decomposition(chr(point)).split()
    if not parts:
        continue
    letter = "K" if parts[0][0] == "<" else "D" if unicodedata.normalize("NFC", chr(point)) == chr(point) else "X"
    numbers = " ".join(f"{int(part, 16):X}" for part in parts if part[0] != "<")
    lines.append(f"{letter} {point:X} {numbers}")

# Characters whose category was another one in these versions: U+111C9, U+1CF2, U+1CF3, U+1734, U+1885, U+1886, U+A9BD, U+166D.
lines += ranges("M", ({p for p in marks if kind(p)[0] == "M"} | {0x1CF2, 0x1CF3}) - {0x111C9})
lines += ranges("N", {p for p in bert if kind(p) == "Mn"} - {0x1885, 0x1886, 0xA9BD, 0x111C9} | {0x1734})
lines += ranges("P", {p for p in bert if kind(p)[0] == "P"} | {0x166D, 0x111C9})
lines += ranges("O", {p for p in other if kind(p) in ("Cc", "Cf", "Co")})
pathlib.Path(sys.argv[1]).write_text("\n".join(lines) + "\n")
