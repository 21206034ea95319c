using System.Text.RegularExpressions;

namespace OVPipeline.Checkpoints;

/// <summary>
/// Wrappers that PyTorch puts around single layers (by torch.compile, activation checkpointing, sharding), so that their names stand in
/// the middle of tensors' names: <c>layers.0._orig_mod.self_attn.q_proj.weight</c>. They are no part of any model's own names.
/// </summary>
internal static partial class InnerWrappers
{
    /// <summary>The file with names without them, and a note of it. Before a name they are wrappers as others, and stay.</summary>
    public static TensorFile Without(TensorFile file)
    {
        string[] found =
        [
            .. file.Tensors.SelectMany(tensor => Inner().Matches(tensor.Info.Name).SelectMany(match => match.Groups[1].Captures))
                .Select(capture => capture.Value).Distinct(StringComparer.Ordinal),
        ];
        if (found.Length == 0)
            return file;
        StoredTensor[] tensors = [.. file.Tensors.Select(Plain)];
        if (tensors.DistinctBy(tensor => tensor.Info.Name, StringComparer.Ordinal).Count() < tensors.Length)
            return file;
        return file with
        {
            Tensors = tensors,
            Notes = [.. file.Notes, $"wrappers of single layers are left off names: {string.Join(", ", found)}"],
        };
    }

    private static StoredTensor Plain(StoredTensor tensor) =>
        tensor with { Info = tensor.Info with { Name = Inner().Replace(tensor.Info.Name, "") } };

    // A layer's number comes before them.
    [GeneratedRegex(@"(?<=[0-9])(?:\.(_orig_mod|_checkpoint_wrapped_module|_fsdp_wrapped_module))+(?=\.)", RegexOptions.CultureInvariant)]
    private static partial Regex Inner();
}
