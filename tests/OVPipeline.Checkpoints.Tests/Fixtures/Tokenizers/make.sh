#!/bin/sh
# Makes the fixtures beside it: tokenizers trained on sample.txt and the license, and the ids that reference implementations give its lines.
# Needs Debian's sentencepiece and python3-sentencepiece (0.1.97), node, and `npm install @anush008/tokenizers@0.6.0` (bindings of
# Hugging Face's tokenizers) in a folder that NODE_MODULES names.
set -e
cd "$(dirname "$0")"
work=$(mktemp -d)
cat sample.txt ../../../../LICENSE > "$work/corpus.txt"
train() {
    (cd "$work" && spm_train --input=corpus.txt --hard_vocab_limit=false --minloglevel=2 --num_threads=1 "$@") # a model keeps these paths
}
train --model_prefix=bpe --model_type=bpe --vocab_size=900 --byte_fallback=true --character_coverage=0.98 \
    --normalization_rule_name=identity --remove_extra_whitespaces=false --user_defined_symbols='<sep>' --split_digits=true
train --model_prefix=unigram --model_type=unigram --vocab_size=400 --character_coverage=0.98 --normalization_rule_name=nmt_nfkc
train --model_prefix=plain --model_type=unigram --vocab_size=400 --character_coverage=0.98 \
    --normalization_rule_name=identity --remove_extra_whitespaces=false
mkdir -p bpe-model unigram-model
cp "$work/bpe.model" bpe-model/tokenizer.model
cp "$work/unigram.model" unigram-model/spiece.model
/usr/bin/python3 spm_ids.py
node make.cjs "$work"
rm -r "$work"
