using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>Circuits made of other circuits.</summary>
public static class TokenCircuitExtensions
{
    /// <summary>
    /// The circuit with the mean of its rows taken away, so that columns which are high in every row (hubs) do not win them all. The mean
    /// row of <c>H G</c> is that of H, times G.
    /// </summary>
    /// <param name="circuit">The circuit: H [V, r], G [r, V].</param>
    public static TokenCircuit WithoutMeanRow(this TokenCircuit circuit)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        var mean = new double[circuit.Rank];
        for (int token = 0; token < circuit.Vocabulary; token++)
            for (int k = 0; k < mean.Length; k++)
                mean[k] += circuit.H[token, k] / (double)circuit.Vocabulary;
        var centred = Matrix.Create(circuit.Vocabulary, circuit.Rank, (token, k) => (float)(circuit.H[token, k] - mean[k]));
        return new(circuit.Name, centred, circuit.G, circuit.Residual, circuit.Origin);
    }

    /// <summary>The circuit as it acts on other vectors than the raw embeddings: H is these times A.</summary>
    /// <param name="circuit">The circuit, in the residual stream A [d_model, r] B [r, d_model].</param>
    /// <param name="embedding">What stands for each token, [V, d_model], such as <see cref="MeanEmbedding.Residual"/>.</param>
    /// <exception cref="ArgumentException">Shapes do not fit each other.</exception>
    public static TokenCircuit Reading(this TokenCircuit circuit, Matrix embedding)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        ArgumentNullException.ThrowIfNull(embedding);
        return new(circuit.Name, MatrixProduct.Multiply(embedding, circuit.Residual.A), circuit.G, circuit.Residual, circuit.Origin);
    }
}
