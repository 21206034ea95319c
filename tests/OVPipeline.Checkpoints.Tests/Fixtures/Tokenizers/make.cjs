// Writes small tokenizer.json files in the layouts that model families use, and the ids that Hugging Face's tokenizers gives the sample.
const fs = require("fs"), path = require("path");
const { Tokenizer } = require(path.join(process.env.NODE_MODULES, "@anush008/tokenizers"));
const work = process.argv[2];
const lines = fs.readFileSync("sample.txt", "utf8").split("\n").slice(0, -1);
const corpus = fs.readFileSync(path.join(work, "corpus.txt"), "utf8");

// GPT-2's byte alphabet.
const alphabet = [];
for (let b = 0, n = 0; b < 256; b++)
    alphabet[b] = String.fromCharCode((b >= 33 && b <= 126) || (b >= 161 && b !== 173) ? b : 256 + n++);
const bytes = text => [...Buffer.from(text, "utf8")].map(b => alphabet[b]);

function trainBytes(count) {
    const words = corpus.match(/'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu).map(bytes);
    const merges = [];
    while (merges.length < count) {
        const pairs = new Map();
        for (const word of words)
            for (let i = 1; i < word.length; i++) {
                const pair = word[i - 1] + " " + word[i];
                pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
            }
        const [best] = [...pairs].reduce((a, b) => b[1] > a[1] ? b : a);
        merges.push(best);
        const [left, right] = best.split(" ");
        for (const word of words)
            for (let i = word.length - 1; i > 0; i--)
                if (word[i - 1] === left && word[i] === right) word.splice(i - 1, 2, left + right);
    }
    return merges;
}

const added = (id, content, special = true, more = {}) =>
    ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: !special, special, ...more });
const bpe = (vocab, merges, more = {}) => ({
    type: "BPE", dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null,
    fuse_unk: false, byte_fallback: false, ignore_merges: false, vocab, merges, ...more });
const byteLevel = (more = {}) => ({ type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true, ...more });
const sequence = pretokenizers => ({ type: "Sequence", pretokenizers });
const split = (Regex, behavior = "Isolated") => ({ type: "Split", pattern: { Regex }, behavior, invert: false });

function write(folder, parts) {
    const json = { version: "1.0", truncation: null, padding: null, added_tokens: [], normalizer: null, pre_tokenizer: null,
        post_processor: null, decoder: null, ...parts };
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, "tokenizer.json"), JSON.stringify(json) + "\n");
    reference(folder, json);
}

async function reference(folder, json) {
    const tokenizer = Tokenizer.fromString(JSON.stringify(json));
    const ids = [], texts = [];
    for (const line of lines) {
        const encoding = await tokenizer.encode(line, null, { addSpecialTokens: false });
        ids.push(encoding.getIds().join(" "));
        texts.push(await tokenizer.decode(encoding.getIds(), false));
    }
    fs.writeFileSync(path.join(folder, "ids.txt"), ids.join("\n") + "\n");
    fs.writeFileSync(path.join(folder, "decoded.json"), JSON.stringify(texts) + "\n");
}

const merges = trainBytes(400);
const vocab = {};
for (const token of [...alphabet].sort()) vocab[token] = Object.keys(vocab).length;
for (const merge of merges) vocab[merge.replace(" ", "")] ??= Object.keys(vocab).length;
const end = Object.keys(vocab).length;
const llama3 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const qwen = llama3.replace("{1,3}", "");

write("gpt2", { added_tokens: [added(end, "<|endoftext|>")], pre_tokenizer: byteLevel(), decoder: byteLevel(),
    model: bpe({ ...vocab, "<|endoftext|>": end }, merges) });
fs.mkdirSync("gpt2-files", { recursive: true });
fs.writeFileSync("gpt2-files/vocab.json", JSON.stringify({ ...vocab, "<|endoftext|>": end }) + "\n");
fs.writeFileSync("gpt2-files/merges.txt", "#version: 0.2\n" + merges.join("\n") + "\n");
write("prefix-space", { pre_tokenizer: byteLevel({ add_prefix_space: true }), decoder: byteLevel(), model: bpe(vocab, merges) });
write("neox", { added_tokens: [added(end, "<|endoftext|>"), ...[4, 3, 2].map((n, i) => added(end + 1 + i, " ".repeat(n), false)),
        added(end + 4, "<mask>", true, { lstrip: true, rstrip: true }), added(end + 5, "sep", false, { single_word: true })],
    normalizer: { type: "NFC" }, pre_tokenizer: byteLevel(), decoder: byteLevel(), model: bpe(vocab, merges) });
write("llama3", { added_tokens: [added(end + 1, "<|endoftext|>")],
    pre_tokenizer: sequence([split(llama3), byteLevel({ use_regex: false })]), decoder: byteLevel(),
    model: bpe({ ...vocab, "ĠLetters": end }, merges.map(m => m.split(" ")), { ignore_merges: true }) });
write("qwen", { added_tokens: [added(end, "<|endoftext|>")], normalizer: { type: "NFC" },
    pre_tokenizer: sequence([split(qwen), byteLevel({ use_regex: false })]), decoder: byteLevel(), model: bpe(vocab, merges) });
write("deepseek", { pre_tokenizer: sequence([split("[\r\n]"), split("\\s?\\p{L}+"), split("\\s?\\p{P}+"), split("[一-龥ࠀ-一가-퟿]+"),
        { type: "Digits", individual_digits: true }, byteLevel({ use_regex: false })]), decoder: byteLevel(), model: bpe(vocab, merges) });
write("bloom", { pre_tokenizer: sequence([split(" ?[^(\\s|[.,!?…。，、।۔،])]+"), byteLevel({ use_regex: false })]), decoder: byteLevel(), model: bpe(vocab, merges) });
write("splits", { pre_tokenizer: sequence([split("[aeiou]", "MergedWithPrevious"), split("[,;:]+", "MergedWithNext"), split("\\s", "Contiguous"),
        { type: "Punctuation", behavior: "Isolated" }, { type: "Digits", individual_digits: false }, byteLevel({ use_regex: false })]),
    decoder: byteLevel(), model: bpe(vocab, merges) });

// SentencePiece vocabularies: merges are the splits of each piece into two others, in the order of the piece's score.
const pieces = name => fs.readFileSync(path.join(work, name + ".vocab"), "utf8").split("\n").slice(0, -1).map(line => line.split("\t"));
const spm = pieces("bpe"), ids = Object.fromEntries(spm.map(([piece], id) => [piece, id]));
const spmMerges = spm.slice(260).flatMap(([piece, score]) => {
    const characters = [...piece], found = [];
    for (let i = 1; i < characters.length; i++) {
        const parts = [characters.slice(0, i).join(""), characters.slice(i).join("")];
        if (parts.every(p => p in ids)) found.push({ parts, score: +score, order: parts.map(p => ids[p]) });
    }
    return found.sort((a, b) => a.order[0] - b.order[0] || a.order[1] - b.order[1]);
}).sort((a, b) => b.score - a.score).map(m => m.parts.join(" "));
const spaces = { type: "Replace", pattern: { String: " " }, content: "▁" };
const undo = [{ type: "Replace", pattern: { String: "▁" }, content: " " }, { type: "ByteFallback" }, { type: "Fuse" }];
const marks = ["<unk>", "<s>", "</s>"].map((mark, id) => added(id, mark));
const fallback = { unk_token: "<unk>", fuse_unk: true, byte_fallback: true };
write("llama2", { added_tokens: marks, normalizer: { type: "Sequence", normalizers: [{ type: "Prepend", prepend: "▁" }, spaces] },
    decoder: { type: "Sequence", decoders: [...undo, { type: "Strip", content: " ", start: 1, stop: 0 }] }, model: bpe(ids, spmMerges, fallback) });
write("mistral", { added_tokens: marks, pre_tokenizer: { type: "Metaspace", replacement: "▁", prepend_scheme: "first", split: false },
    decoder: { type: "Sequence", decoders: [...undo, { type: "Strip", content: " ", start: 1, stop: 0 }] }, model: bpe(ids, spmMerges, fallback) });
write("gemma", { added_tokens: marks, normalizer: spaces,
    pre_tokenizer: { type: "Split", pattern: { String: " " }, behavior: "MergedWithPrevious", invert: false },
    decoder: { type: "Sequence", decoders: undo }, model: bpe(ids, spmMerges, fallback) });
const noBytes = Object.fromEntries(spm.filter(([p]) => !/^<0x/.test(p)).map(([piece], id) => [piece, id]));
for (const fuse of [true, false])
    write(fuse ? "unknown-fused" : "unknown", { pre_tokenizer: { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true },
        decoder: { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true },
        model: bpe(noBytes, spmMerges, { unk_token: "<unk>", fuse_unk: fuse }) });
write("unigram", { added_tokens: marks, pre_tokenizer: { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true },
    decoder: { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true },
    model: { type: "Unigram", unk_id: 0, byte_fallback: false, vocab: pieces("plain").map(([piece, score]) => [piece, +score]) } });
