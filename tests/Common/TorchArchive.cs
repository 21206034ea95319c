using System.IO.Compression;
using System.Text;

namespace OVPipeline.Tests.Common;

/// <summary>
/// Writes PyTorch files of any shapes. In few bytes, where elements are not read: each tensor is a view of one element, repeated by strides
/// of 0, as <c>torch.tensor(x).expand(shape)</c> saves it.
/// </summary>
internal static class TorchArchive
{
    /// <summary>Writes a state dict of halves.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">Each tensor's first element, and all others too unless they are stored.</param>
    /// <param name="stored">Whether every element is stored; those after a tensor's first are zero then.</param>
    public static void Write(string path, IEnumerable<(string Name, long[] Shape, float Value)> tensors, bool stored = false)
    {
        using var zip = ZipFile.Open(path, ZipArchiveMode.Create);
        var pickle = new StringBuilder("\u0080\u0002}(");
        int storage = 0;
        foreach (var (name, shape, value) in tensors)
        {
            long elements = stored ? shape.Aggregate(1L, (product, size) => product * size) : 1;
            pickle.Append(Text(name)).Append("ctorch._utils\n_rebuild_tensor_v2\n((").Append(Text("storage"))
                .Append("ctorch\nHalfStorage\n").Append(Text($"{storage}")).Append(Text("cpu")).Append(Integer(elements)).Append("tQK\0(");
            foreach (long size in shape)
                pickle.Append(Integer(size));
            var strides = shape.Select((_, i) => stored ? shape.Skip(i + 1).Aggregate(1L, (product, size) => product * size) : 0);
            pickle.Append("t(").Append(string.Concat(strides.Select(Integer))).Append("t\u0089ccollections\nOrderedDict\n)RtR");
            using var data = zip.CreateEntry($"archive/data/{storage++}", CompressionLevel.NoCompression).Open();
            data.Write(BitConverter.GetBytes((Half)value));
            byte[] zeros = new byte[1 << 20];
            for (long left = 2 * (elements - 1); left > 0; left -= zeros.Length)
                data.Write(zeros, 0, (int)Math.Min(left, zeros.Length));
        }
        pickle.Append("u.");
        using var stream = zip.CreateEntry("archive/data.pkl", CompressionLevel.NoCompression).Open();
        stream.Write(Encoding.Latin1.GetBytes(pickle.ToString()));
    }

    /// <summary>The tensors of an attention-only model without norms, as TransformerLens saves them, buffers included.</summary>
    public static IEnumerable<(string Name, long[] Shape, float Value)> AttentionOnly(
        int layers, long heads, long model, long head, long vocabulary, long context)
    {
        yield return ("embed.W_E", [vocabulary, model], 0.5f);
        yield return ("pos_embed.W_pos", [context, model], 0.25f);
        for (int layer = 0; layer < layers; layer++)
        {
            foreach (string name in new[] { "W_Q", "W_K", "W_V" })
                yield return ($"blocks.{layer}.attn.{name}", [heads, model, head], 0.125f);
            yield return ($"blocks.{layer}.attn.W_O", [heads, head, model], 0.125f);
            foreach (string name in new[] { "b_Q", "b_K", "b_V" })
                yield return ($"blocks.{layer}.attn.{name}", [heads, head], 0);
            yield return ($"blocks.{layer}.attn.b_O", [model], 0);
            yield return ($"blocks.{layer}.attn.mask", [context, context], 1);
            yield return ($"blocks.{layer}.attn.IGNORE", [], float.NegativeInfinity);
        }
        yield return ("unembed.W_U", [model, vocabulary], 0.5f);
        yield return ("unembed.b_U", [vocabulary], 0);
    }

    private static string Text(string text) => $"X{Encoding.Latin1.GetString(BitConverter.GetBytes(text.Length))}{text}";

    private static string Integer(long value) => $"\u008A\u0008{Encoding.Latin1.GetString(BitConverter.GetBytes(value))}";
}
