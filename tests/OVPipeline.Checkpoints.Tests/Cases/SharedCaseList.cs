namespace OVPipeline.Checkpoints.Tests;

/// <summary>Every folder of shared/cases/checkpoints and shared/cases/models, every file of shared/models/real.</summary>
internal static class SharedCaseList
{
    private const string Tiny = "TransformerLens, 1 layer of 2 heads, d_model 8, d_head 4, V ", Tiny12 = Tiny + "12";
    private const string Saved = "TransformerLens, 1 layer of 3 heads, d_model 16, d_head 4, V 60";
    private const string TinyGpt2 = "GPT-2, 1 layer of 2 heads, d_model 8, d_head 4, V 12";
    private const string Small = "TransformerLens, 1 layer of 2 heads, d_model 48, d_head 12, V 24";
    private const string Lfs = "is a Git LFS pointer, not the file itself: run git lfs pull in its folder.";

    public static IReadOnlyList<SharedCase> All { get; } =
    [
        // JSON as people's tools write it, and files that are not what their names say.
        Checkpoint("bom-config", TinyGpt2),
        Checkpoint("nan-config", TinyGpt2),
        Checkpoint("lfs-pointer/model.safetensors", null) with { Error = Lfs },
        Checkpoint("lfs-pointer", null) with { Error = Lfs },
        Checkpoint("lfs-pointer-pth", null) with { Error = Lfs },
        Checkpoint("html-page", null) with { Error = "is an HTML page, such as a hub sends in place of a file" },
        Checkpoint("tok-lfs", Tiny12) with { NoTokenizer = Lfs },

        // An output vocabulary of its own.
        Checkpoint("d-vocab-out", Tiny12 + ", outputs 11"),
        Checkpoint("d-vocab-out-noconfig", Tiny12 + ", outputs 11"),
        Model("out-vocab-differs", Small + ", outputs 2"),

        // Element types of others beside the weights, and in them.
        Checkpoint("dtype-F4", Tiny12) with { Unreadable = ["extra.scale"] },
        Checkpoint("dtype-F6_E2M3", Tiny12) with { Unreadable = ["extra.scale"] },
        Checkpoint("dtype-F8_E8M0", Tiny12) with { Unreadable = ["extra.scale"] },
        Checkpoint("we-F8_E4M3", Tiny12),
        Checkpoint("we-I64", Tiny12) with { Error = "embed.W_E: " },

        // Names behind prefixes.
        Checkpoint("prefix-ddp", Tiny12) with { Notes = ["under 'module'"] },
        Checkpoint("prefix-ddp-orig", Tiny12) with { Notes = ["under '_orig_mod.module'"] },
        Checkpoint("prefix-gpt2-orig", TinyGpt2) with { Notes = ["under '_orig_mod'"] },
        Checkpoint("prefix-lightning", Tiny12) with { Notes = ["under 'model'"] },
        Checkpoint("prefix-orig-mod", Tiny12) with { Notes = ["under '_orig_mod'"] },

        // What torch.save makes of training.
        Checkpoint("pt-complex", Saved),
        Checkpoint("pt-extra-state", Saved),
        Checkpoint("pt-legacy", Saved),
        Checkpoint("pt-lightning", Saved) with { Notes = ["under 'state_dict.model'"] },
        Checkpoint("pt-list", null) with { Error = "holds " },
        Checkpoint("pt-nanogpt", Saved) with { Notes = ["under 'model._orig_mod'"] },
        Checkpoint("pt-quantised", Saved) with { Unreadable = ["q"] },
        Checkpoint("pt-sparse", Saved) with { Unreadable = ["sparse"] },
        Checkpoint("pt-wrap-net", Saved) with { Notes = ["under 'net'"] },
        Checkpoint("pt-wrap-params", Saved) with { Notes = ["under 'params'"] },
        Checkpoint("pt-wrap-two", Saved) with { Notes = ["under 'checkpoint.model'"] },
        Checkpoint("pt-wrap-weights", Saved) with { Notes = ["under 'weights'"] },

        // TransformerLens' own ways.
        Checkpoint("tl-config-own", Tiny12),
        Checkpoint("tl-folded", Tiny12),
        Checkpoint("tl-old-solu", Tiny12.Replace("Lens", "Lens (old SoLU)", StringComparison.Ordinal)),
        Model("neel-config", Small),
        Model("tl-config-ignored", Small),
        Model("vocab-below-width", Small),

        // Tokenizers.
        Checkpoint("tok-added", Tiny + "11") with { NoTokenizer = "" },
        Checkpoint("tok-bytes-some", Tiny + "4") with { NoTokenizer = "" },
        Checkpoint("tok-digits", Tiny + "259") with { NoTokenizer = "" },
        Checkpoint("tok-ignore", Tiny + "6") with { NoTokenizer = "" },
        Checkpoint("tok-lower", Tiny + "13") with { NoTokenizer = "" },
        Checkpoint("tok-meta-always", Tiny + "6") with { NoTokenizer = "" },
        Checkpoint("tok-meta-first", Tiny + "6") with { NoTokenizer = "" },
        Checkpoint("tok-meta-never", Tiny + "6") with { NoTokenizer = "" },
        Checkpoint("tok-nfkc", Tiny12) with { NoTokenizer = "" },
        Checkpoint("tok-notype", Tiny + "3") with { NoTokenizer = "" },
        Checkpoint("tok-pairs-space", Tiny + "6") with { NoTokenizer = "" },
        Checkpoint("tok-possessive", Tiny12) with { NoTokenizer = "" },
        Checkpoint("tok-tiktoken-model", Tiny12) with { NoTokenizer = "tokenizer.model" },
        Checkpoint("tok-wordlevel", Tiny12) with { NoTokenizer = "" },
        Checkpoint("tok-wordpiece", Tiny12) with { NoTokenizer = "" },

        // Models that others trained.
        Real("stories260K", "Llama, 5 layers of 8 heads, d_model 64, d_head 8, V 512"),
        Real("pickled-hookedtransformer/finetuned_model_0.pth",
            "TransformerLens, 2 layers of 1 heads, d_model 64, d_head 64, V 26"),
        Arena("august23_unique_char-first_unique_char_model.pt", "2 layers of 3 heads, d_model 42, d_head 14, V 11"),
        Arena("eagx_berlin_challenge-palindrome_classifier.pt", "2 layers of 2 heads, d_model 32, d_head 16, V 33, outputs 2"),
        Arena("eagx_berlin_challenge-palindrome_classifier_hard.pt", "2 layers of 2 heads, d_model 32, d_head 16, V 33, outputs 2"),
        Arena("july23_palindromes-palindrome_classifier.pt", "2 layers of 2 heads, d_model 28, d_head 14, V 33, outputs 2"),
        Arena("november23_cumsum-cumsum_model.pt", "1 layer of 1 heads, d_model 24, d_head 12, V 11, outputs 3"),
        Arena("part4_interp_on_algorithmic_model-brackets_model_state_dict.pt",
            "3 layers of 2 heads, d_model 56, d_head 28, V 5, outputs 2"),
        Arena("september23_sum-sum_model.pt", "2 layers of 3 heads, d_model 48, d_head 24, V 12"),
    ];

    private static SharedCase Checkpoint(string name, string? model) => new($"cases/checkpoints/{name}", model);

    private static SharedCase Model(string name, string? model) => new($"cases/models/{name}", model);

    private static SharedCase Real(string name, string? model) => new($"models/real/{name}", model);

    private static SharedCase Arena(string name, string sizes) => new($"models/real/arena/{name}", $"TransformerLens, {sizes}");
}
