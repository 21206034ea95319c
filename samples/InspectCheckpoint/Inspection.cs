using System.Globalization;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Reporting;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace OVPipeline.Samples.InspectCheckpoint;

/// <summary>What a checkpoint holds, as tables.</summary>
internal static class Inspection
{
    private const int MostUnreadable = 5;

    /// <summary>Sizes and kind, as people see them.</summary>
    public static IRenderable Configuration(TransformerCheckpoint model) =>
        Table(ConfigurationTable(model).Rows.Select(row => row.Select(cell => cell.ToString()).ToArray()), "what", "value");

    /// <summary>Sizes and kind.</summary>
    public static ReportTable ConfigurationTable(TransformerCheckpoint model)
    {
        var config = model.Weights.Config;
        List<ReportValue[]> lines = [];
        Add("name", config.Name);
        Add("layout", model.Layout ?? "from parts");
        Add("format", model.Tensors?.Format ?? "none");
        Add("configuration", model.ConfigurationSource ?? "none, from the tensors' shapes");
        Add("layers, heads", $"{config.Layers} of {config.Heads}");
        Add("d_model, d_head", $"{config.DModel}, {config.DHead}");
        if (config.DValue != config.DHead)
            Add("d_value", $"{config.DValue}");
        Add("vocabulary", config.Vocabulary.ToString("N0", CultureInfo.InvariantCulture));
        if (config.NoCopying is not null)
            Add("outputs", Outputs(model.OutputVocabulary));
        Add("n_ctx", config.Context == 0 ? "not said" : config.Context.ToString("N0", CultureInfo.InvariantCulture));
        Add("MLPs", config.AttentionOnly ? "none" : "yes, not read");
        Add("normalization", KindText.Normalization(config));
        Add("positions", KindText.Positions(config));
        if (KindText.Attention(config) is { } attention)
            Add("attention", attention);
        if (config.NotRun is { } fields)
            Add("not covered", fields);
        if (config.ForwardNeeds.Count > 0)
            Add("a forward pass needs", config.ForwardNeeds.ToString());
        return new("configuration", "Configuration", [ReportColumn.Text("what"), ReportColumn.Text("value")], lines)
        {
            Units = "the model",
        };

        void Add(string what, string value) => lines.Add([what, value]);
    }

    private static string Outputs(Vocabulary outputs)
    {
        const int Most = 6;
        string more = outputs.Count > Most ? " ..." : "";
        string names = string.Join(" ", outputs.Tokens.Take(Most));
        return string.Create(CultureInfo.InvariantCulture, $"{outputs.Count:N0}, which are not the tokens: {names}{more}");
    }

    /// <summary>What was done to the stored weights.</summary>
    public static string Processing(TransformerCheckpoint model) =>
        $"Processing: {(model.Weights.Processing is { Count: > 0 } clauses ? string.Join("; ", clauses) : "none, raw weights")}.";

    /// <summary>All tensors.</summary>
    public static ReportTable TensorTable(CheckpointTensors tensors) => new(
        "tensors", "Tensors",
        [ReportColumn.Text("tensor"), ReportColumn.Text("type"), ReportColumn.Text("shape"), ReportColumn.Count("elements")],
        [.. tensors.Tensors.Select(tensor => (ReportValue[])[tensor.Name, tensor.Type.ToString(), Shape(tensor), tensor.Length])])
    { Units = $"tensors of {tensors.Format}" };

    private static string Shape(TensorInfo tensor) => $"[{string.Join(", ", tensor.Shape)}]";

    /// <summary>The first tensors, and what all of them come to.</summary>
    public static IRenderable Tensors(CheckpointTensors tensors, int most)
    {
        var table = Table(tensors.Tensors.Take(most).Select(tensor => (string[])
        [
            tensor.Name,
            tensor.Type.ToString(),
            Shape(tensor),
            tensor.Length.ToString("N0", CultureInfo.InvariantCulture),
        ]), "tensor", "type", "shape", "elements");
        int rest = Math.Max(0, tensors.Tensors.Count - most);
        string types = string.Join(", ", tensors.Tensors.Select(t => t.Type).Distinct());
        string files = string.Join(", ", tensors.Tensors.Select(t => Path.GetFileName(t.File)).Distinct());
        var elements = tensors.Tensors.Aggregate(Int128.Zero, (sum, t) => sum + t.Length);
        string more = rest > 0 ? $"... and {rest} more. " : "";
        string total = string.Create(CultureInfo.InvariantCulture,
            $"{more}{tensors.Tensors.Count} tensors of {types} in {files}, {tensors.Format}: {elements:N0} elements.");
        return new Rows([table, new Text(total), .. Unreadable(tensors).Select(sentence => new Text(sentence)), Text.Empty]);
    }

    // Those that can be listed and not read; a file of weights in a type that is not known has thousands.
    private static IEnumerable<string> Unreadable(CheckpointTensors tensors)
    {
        var found = tensors.Tensors.Select(tensor => (tensor.Name, Reason: tensors.Unreadable(tensor.Name)))
            .Where(tensor => tensor.Reason is not null).ToArray();
        foreach (var (name, reason) in found.Take(MostUnreadable))
            yield return $"Cannot be read: {name}: {reason}";
        if (found.Length > MostUnreadable)
            yield return $"Cannot be read: {found.Length - MostUnreadable} more.";
    }

    /// <summary>A text as the tokenizer cuts it, or why there is none, and the first tokens.</summary>
    public static string Tokens(TransformerCheckpoint model, string text)
    {
        if (model.Tokenizer is not { } tokenizer)
            return $"Tokens: no tokenizer. {model.NoTokenizer} The first are {string.Join(" ", model.Vocabulary.Tokens.Take(12))}.";

        var ids = tokenizer.EncodeToIds(text);
        string shown = string.Join(" ", ids.Select(id => $"{TokenOf(id)}({id})"));
        string decoded = tokenizer.Decode(ids);
        string back = decoded == text ? "decoded to the same text" : $"decoded to another text: {decoded}";
        return $"Tokens: {shown}; {back}.";

        string TokenOf(int id) => id < model.Vocabulary.Count ? model.Vocabulary[id] : "beyond W_E";
    }

    private static ConsoleTable Table(IEnumerable<string[]> rows, params string[] columns) =>
        new(columns.Select(column => column switch
        {
            "elements" => new ConsoleColumn(column, Priority: 1),
            "type" => new(column, IsText: true, Priority: 2),
            _ => new(column, IsText: true, Wraps: column == "value"),
        }), rows);
}
