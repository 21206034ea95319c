using System.Buffers.Binary;

namespace OVPipeline.Torch.Tests;

/// <summary>A tiny model, and random token files for it.</summary>
internal sealed class TrainingFixture : IDisposable
{
    public const int Vocabulary = 61, Context = 16;

    public TrainingFixture()
    {
        NativeFiles.SkipWithoutBackend();
        TorchLibrary.EnsureLoaded();
        Folder = Directory.CreateTempSubdirectory("ovpipeline-training-").FullName;
    }

    public string Folder { get; }

    public static AttentionOnlyConfig Config { get; } = new()
    {
        Vocabulary = Vocabulary,
        DModel = 24,
        Layers = 2,
        Heads = 3,
        DHead = 8,
        ContextLength = Context,
    };

    /// <summary>A run of 40 steps.</summary>
    public static TrainingOptions Options { get; } = new()
    {
        Tokens = 40 * 4 * Context,
        BatchSize = 4,
        WarmUpSteps = 5,
        Threads = 1,
        LogTokens = 10 * 4 * Context,
        ValidationWindows = 8,
    };

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    public static Transformer Model(AttentionOnlyConfig? config = null) => new(config ?? Config, seed: 3);

    public TrainingData Data(int tokens = 5000) =>
        new(new TokenMixture([(File("a.tokens", tokens, 1), 0.75), (File("b.tokens", tokens / 2, 2), 0.25)]), File("v.tokens", 400, 3));

    public TokenFile File(string name, int tokens, ulong seed, int vocabulary = Vocabulary, byte tokenizer = 7)
    {
        string path = Path.Combine(Folder, name);
        var random = new SplitMix64(seed);
        byte[] bytes =
        [
            .. new TokenFileHeader(2, vocabulary, 3, tokens, new string('0', 62) + tokenizer.ToString("x2", null)).ToBytes(),
            .. new byte[2 * tokens],
        ];
        ushort before = 0;
        for (int i = 0; i < tokens; i++)
        {
            before = (ushort)(random.Below(3) == 0 ? random.Below(vocabulary) : (before * 7 + 3) % vocabulary);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(TokenFileHeader.Size + 2 * i), before);
        }
        System.IO.File.WriteAllBytes(path, bytes);
        return TokenFile.Open(path);
    }

    public TrainingOutput Output(string name, int keep = 3) =>
        new(new TrainingFolder(Path.Combine(Folder, name), keep)) { CheckpointMinutes = 1e9 };

    public static float[] AllWeights(Transformer model) =>
        [.. model.named_parameters().SelectMany(pair => ModuleWeights.Values(pair.parameter))];
}
