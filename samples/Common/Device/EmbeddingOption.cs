using System.CommandLine;
using System.Globalization;
using System.Runtime.CompilerServices;
using OVPipeline.Checkpoints;
using OVPipeline.Torch;
using Spectre.Console;

namespace OVPipeline.Samples;

/// <summary>The option that says through which embedding heads are read.</summary>
internal static class EmbeddingOption
{
    private const string Raw = "raw", Effective = "effective";

    private static readonly Option<string> Embedding = new("--embedding")
    {
        Description = "What stands for a token where heads read it: raw, its row of W_E; or effective, the residual stream after the first "
            + "layer of a token that attends to itself alone, effective:3 after the first three. Effective ones run the model: but for "
            + "TestTheClaim that takes a build with -p:TorchBackend=cpu.",
        HelpName = "KIND",
        DefaultValueFactory = _ => Raw,
    };

    /// <summary>Adds it to a command.</summary>
    public static void AddTo(SampleCommand command) => command.AddGroup("Its weights", Embedding);

    /// <summary>A loader that puts the embedding that a command line asks for in the place of W_E.</summary>
    /// <exception cref="ArgumentException">There is no such embedding.</exception>
    public static Func<ProgressContext, CancellationToken, TransformerCheckpoint> Loader(ParseResult parsed)
    {
        var load = ModelOptions.Loader(parsed);
        int layers = Layers(parsed.GetRequiredValue(Embedding));
        return layers == 0 ? load : (bars, cancellationToken) => InEffect(load(bars, cancellationToken), layers, cancellationToken);
    }

    private static int Layers(string value)
    {
        string[] parts = value.Split(':');
        if (value is Raw or Effective)
            return value == Raw ? 0 : 1;
        return parts is [Effective, var count] && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int layers)
            && layers > 0
            ? layers
            : throw new ArgumentException($"--embedding is raw, effective or effective:LAYERS, was '{value}'.");
    }

    // Apart, so that the default loads nothing of Torch.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static TransformerCheckpoint InEffect(TransformerCheckpoint model, int layers, CancellationToken cancellationToken) =>
        EffectiveEmbeddings.In(model, layers, cancellationToken);
}
