using System.CommandLine;
using OVPipeline.Core;
using OVPipeline.Torch;

namespace OVPipeline.Samples.TrainModel;

/// <summary>The options that make a new model. The defaults are the embedded model's shape.</summary>
internal static class ShapeOptions
{
    public static readonly Option<int?> Context = CommandOption.Of<int?>(
        "--context", "Tokens in a sequence. Default: n_ctx of the model, 256 for a new one.");

    private static readonly Option<string> Name = CommandOption.Of("--name", "The model's name.", "attn-only");
    private static readonly Option<int> Layers = CommandOption.Of("--layers", "Layers.", 2);
    private static readonly Option<int> Heads = CommandOption.Of("--heads", "Heads a layer.", 12);
    private static readonly Option<int> DModel = CommandOption.Of("--d-model", "Width of the residual stream.", 192);
    private static readonly Option<int> DHead = CommandOption.Of("--d-head", "Width of a head.", 16);
    private static readonly Option<int?> DValue = CommandOption.Of<int?>("--d-value", "Width of a head's values, where it is not d_head.");

    public static void AddTo(SampleCommand command) =>
        command.AddGroup("The shape of a new model", Name, Layers, Heads, DModel, DHead, DValue, Context);

    public static Transformer NewModel(ParseResult parsed, int vocabulary) =>
        new(Config(parsed, vocabulary), RecipeOptions.Scales(parsed), RunOptions.InitialSeed(parsed));

    /// <summary>Refuses a shape on the command line that is not a model's.</summary>
    /// <exception cref="ArgumentException">Names the option and both values.</exception>
    public static void RequireSame(ParseResult parsed, TransformerConfig model)
    {
        Require(Layers, model.Layers);
        Require(Heads, model.Heads);
        Require(DModel, model.DModel);
        Require(DHead, model.DHead);
        Require(DValue, model.DValue);

        void Require<T>(Option<T> option, int value)
        {
            if (parsed.GetResult(option) is { Implicit: false } && !Equals(parsed.GetValue(option), value))
            {
                throw new ArgumentException($"{option.Name} is {parsed.GetValue(option)}, that of the model to go on with is {value}: "
                    + "a checkpoint keeps its shape.");
            }
        }
    }

    private static AttentionOnlyConfig Config(ParseResult parsed, int vocabulary) => new()
    {
        Name = parsed.GetRequiredValue(Name),
        Vocabulary = vocabulary,
        DModel = parsed.GetValue(DModel),
        Layers = parsed.GetValue(Layers),
        Heads = parsed.GetValue(Heads),
        DHead = parsed.GetValue(DHead),
        DValue = parsed.GetValue(DValue),
        ContextLength = parsed.GetValue(Context) ?? 256,
    };
}
