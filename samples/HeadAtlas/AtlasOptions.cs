using System.CommandLine;
using OVPipeline.Core;

namespace OVPipeline.Samples;

/// <summary>The options that say how much of the atlas to compute.</summary>
internal static class AtlasOptions
{
    /// <summary>Highest outputs to keep of each token and head; null for as many as a page holds.</summary>
    public static Option<int?> Outputs { get; } = CommandOption.Of<int?>(
        "--outputs", "Highest outputs to keep of each token and head, for token-outputs.csv and atlas.html. Default: what a page of 40 MB "
        + "holds, at most 5.");

    private static readonly Option<int> s_tokens = CommandOption.Of(
        "--tokens", "Tokens to list that a head copies most, and that it suppresses most.", 10);
    private static readonly Option<int> s_pairs = CommandOption.Of(
        "--pairs", "Pairs of highest K-composition to score as token circuits, and of highest V-composition as virtual heads.", 12);
    private static readonly Option<int> s_positions = CommandOption.Of(
        "--pattern-positions", "The first so many positions make the positional patterns.", 2048);
    private static readonly Option<bool> s_noQK = CommandOption.Of<bool>(
        "--no-qk", "Scores no QK circuits: half of the time of a large vocabulary.");
    private static readonly Option<bool> s_noComposition = CommandOption.Of<bool>("--no-composition", "Computes no composition scores.");

    /// <summary>Adds them to a command.</summary>
    public static void AddTo(SampleCommand command) =>
        command.AddGroup("The atlas", s_tokens, Outputs, s_pairs, s_positions, s_noQK, s_noComposition);

    /// <summary>What a command line says, but for the outputs, which depend on the model.</summary>
    public static HeadAtlasOptions Of(ParseResult parsed, CancellationToken cancellationToken) => new()
    {
        Tokens = parsed.GetValue(s_tokens),
        KCompositions = parsed.GetValue(s_pairs),
        VirtualHeads = parsed.GetValue(s_pairs),
        Positions = parsed.GetValue(s_positions),
        QK = !parsed.GetValue(s_noQK),
        Compositions = !parsed.GetValue(s_noComposition),
        CancellationToken = cancellationToken,
    };
}
