// Writes the ids that Hugging Face's tokenizers gives the sample with BERT's normalizer and a vocab.txt, a line each:
// NODE_MODULES=... node minilm.cjs VOCAB.txt > all-MiniLM-L6-v2.ids (npm install @anush008/tokenizers)
const fs = require("fs"), os = require("os"), path = require("path");
const { Tokenizer } = require(path.join(process.env.NODE_MODULES, "@anush008/tokenizers"));
const tokens = fs.readFileSync(process.argv[2], "utf8").split(/\r?\n/).filter(token => token !== "");
const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "minilm-")), "tokenizer.json");
fs.writeFileSync(file, JSON.stringify({
    version: "1.0", truncation: null, padding: null, post_processor: null,
    added_tokens: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].map(content =>
        ({ id: vocab[content], content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true })),
    normalizer: { type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
    pre_tokenizer: { type: "BertPreTokenizer" }, decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: { type: "WordPiece", unk_token: "[UNK]", continuing_subword_prefix: "##", max_input_chars_per_word: 100, vocab },
}));
(async () => {
    const tokenizer = Tokenizer.fromFile(file);
    for (const line of fs.readFileSync(path.join(__dirname, "sample.txt"), "utf8").split("\n").slice(0, -1))
        console.log((await tokenizer.encode(line, null, { addSpecialTokens: false })).getIds().join(" "));
})();
