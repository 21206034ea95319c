using OVPipeline.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>Where what a head writes comes from, instead of its own W_V W_O.</summary>
internal abstract record HeadSource
{
    /// <summary>Nothing is written.</summary>
    public sealed record Nothing : HeadSource;

    /// <summary>Another OV circuit, left factor [d_model, r] and right factor [r, d_model], under the head's pattern.</summary>
    public sealed record Circuit(Func<Tensor, (Tensor A, Tensor B)> Factors, string Shape) : HeadSource
    {
        /// <summary>Fixed factors, copied to where the model is.</summary>
        public static Circuit Of(FactoredMatrix circuit) => new(model => (ToTensor(circuit.A, model), ToTensor(circuit.B, model)),
            circuit.ToString())
        { Outer = (circuit.Rows, circuit.Columns) };

        /// <summary>Factors that a caller may train.</summary>
        public static Circuit Of(Tensor a, Tensor b) => new(_ => (a, b), $"[{string.Join(", ", a.shape)}][{string.Join(", ", b.shape)}]")
        {
            Outer = a.ndim == 2 && b.ndim == 2 && a.shape[1] == b.shape[0] ? (a.shape[0], b.shape[1]) : (0, 0),
        };

        /// <summary>Rows of the left and columns of the right factor.</summary>
        public (long Rows, long Columns) Outer { get; private init; }
    }

    /// <summary>A mean, [1, d_model] for every position or [T, d_model].</summary>
    public sealed record Mean(Matrix Rows, bool PerPosition) : HeadSource;

    /// <summary>What the head writes in the unchanged model on other tokens; null for the batch's own sequences in another order.</summary>
    public sealed record Other(long[]? Tokens, long Sequences, long Length, int Seed) : HeadSource;

    /// <summary>A matrix as a tensor of the type and on the device of another.</summary>
    public static Tensor ToTensor(Matrix matrix, Tensor like) =>
        tensor(matrix.Values.ToArray(), [matrix.Rows, matrix.Columns]).to(like.dtype).to(like.device);
}
