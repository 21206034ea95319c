using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>A digest of a model's configuration, tokens and weights as they are used.</summary>
public static class ModelDigest
{
    /// <summary>The digest: the first 16 hexadecimal digits of a SHA-256. It reads all of them once.</summary>
    /// <param name="model">The model, as it was loaded and processed.</param>
    public static string Of(TransformerCheckpoint model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var weights = model.Weights;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{weights.Config with { Name = "" }}\n{string.Join('\n', weights.Processing)}\n"));
        foreach (string token in model.Vocabulary.Tokens)
            hash.AppendData(Encoding.UTF8.GetBytes(token + "\n"));
        foreach (var kind in Enum.GetValues<WeightKind>().Where(weights.Has))
        {
            hash.AppendData([(byte)kind]);
            foreach (var head in HeadsOf(kind, weights.Config))
            {
                var weight = kind switch { WeightKind.W_E => weights.W_E, WeightKind.W_U => weights.W_U, _ => weights.Read(kind, head) };
                hash.AppendData(MemoryMarshal.AsBytes(weight.Values));
            }
        }
        return Convert.ToHexString(hash.GetHashAndReset())[..16];
    }

    private static IEnumerable<HeadIndex> HeadsOf(WeightKind kind, TransformerConfig config) => kind switch
    {
        WeightKind.W_Q or WeightKind.W_K or WeightKind.W_V or WeightKind.W_O or WeightKind.b_Q or WeightKind.b_K or WeightKind.b_V =>
            config.AllHeads,
        WeightKind.b_O or WeightKind.ln1_w or WeightKind.ln1_b =>
            Enumerable.Range(0, config.Layers).Select(layer => new HeadIndex(layer, 0)),
        _ => [default],
    };
}
