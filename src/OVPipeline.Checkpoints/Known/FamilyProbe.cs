using System.Text.Json;

namespace OVPipeline.Checkpoints;

/// <summary>Has a family's model found as in a file, of which the tensors' names and the configuration's types are enough.</summary>
internal static class FamilyProbe
{
    /// <summary>The layout that takes a family's checkpoints, or null.</summary>
    public static WeightLayout? LayoutOf(ModelFamily family)
    {
        var none = ReadOnlyFile.None(family.Title);
        var tensors = new CheckpointTensors(family.Title, new TensorFile("names",
            [.. family.Tensors.Select(name => new StoredTensor(new(name, ElementType.F32, [], family.Title), none, 0, []))]));
        object fields = family.TextType is { } text
            ? new { model_type = family.ModelType, text_config = new { model_type = text } }
            : new { model_type = family.ModelType };
        var config = ModelConfigFile.Within(family.Title, JsonSerializer.SerializeToElement(fields)).TextPart;
        try
        {
            return ModelInFile.Find(tensors, null, [config], (found, said) => new(family.Title, found, said)).Layout;
        }
        catch (CheckpointException)
        {
            return null;
        }
    }
}
