"""Reference ids of sample.txt by SentencePiece (Debian's python3-sentencepiece 0.1.97): one line of ids per line of text.

make.sh runs it.
"""
import pathlib
import sentencepiece

here = pathlib.Path(__file__).parent
data = here.parents[3] / "data"
lines = (here / "sample.txt").read_text(encoding="utf-8").split("\n")[:-1]


def write(model, name):
    processor = sentencepiece.SentencePieceProcessor(model_file=str(model))
    ids = [" ".join(map(str, processor.encode(line))) for line in lines]
    (here / name).write_text("\n".join(ids) + "\n")


write(data / "attn-only-2l-quarter" / "tokenizer.model", "attn-only-2l-quarter.ids")
write(here / "bpe-model" / "tokenizer.model", "bpe-model/ids.txt")
write(here / "unigram-model" / "spiece.model", "unigram-model/ids.txt")
