using System.Globalization;

namespace OVPipeline.Checkpoints;

/// <summary>
/// Opens ONNX models (onnx.proto): the tensors that a graph holds, where they lie in the file or in files beside it, under the names that
/// the model has for them (<see cref="OnnxNames"/>). The graph itself is read for that alone, and not run.
/// </summary>
internal static class OnnxReader
{
    private const string Format = "ONNX";

    // Protocol buffers have lengths of 31 bits: what is larger has its tensors in other files.
    private const long LongestModel = int.MaxValue;

    /// <exception cref="CheckpointException">It is no sound ONNX model.</exception>
    public static TensorFile Open(ReadOnlyFile file)
    {
        if (file.Length > LongestModel)
            throw new CheckpointException(file.Path, null, $"is no ONNX model, which has at most {LongestModel} bytes, not {file.Length}.");
        using var window = file.Window(0, file.Length);
        var model = new OnnxModelParser(file.Path).Parse(window.Slice(0, (int)file.Length));
        var values = new OnnxValues(model);
        var names = new OnnxNames(model, values, Place(file, model));
        if (OnnxHeads.Of(model, values, names) is { } heads)
            model.Metadata[TensorFile.Heads] = heads.ToString(CultureInfo.InvariantCulture);
        return new(Format, names.Tensors) { Metadata = model.Metadata, Notes = [.. Notes(names)] };
    }

    // Constants of a number are no weights.
    private static List<StoredTensor> Place(ReadOnlyFile file, OnnxModel model)
    {
        var places = new OnnxPlaces(file);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        List<StoredTensor> stored = [];
        foreach (var tensor in model.Tensors)
        {
            if (tensor.Constant && !tensor.IsVector && !(tensor.IsFloat && tensor.Shape.Length > 1))
                continue;
            if (seen.Add(tensor.Name))
                stored.Add(places.Place(tensor));
            else if (!tensor.Nested)
                throw new CheckpointException(file.Path, tensor.Name, "occurs twice.");
        }
        return stored;
    }

    private static IEnumerable<string> Notes(OnnxNames names)
    {
        if (names.Recovered > 0)
            yield return $"{names.Recovered} names are those of the graph's nodes and biases";
        if (names.Nameless > 0)
            yield return $"{names.Nameless} weights have no name that the graph tells";
        int quantised = names.Tensors.Count(tensor => tensor.Unreadable?.StartsWith("it is quantised", StringComparison.Ordinal) == true);
        if (quantised > 0)
            yield return $"{quantised} tensors are quantised and cannot be read";
    }
}
