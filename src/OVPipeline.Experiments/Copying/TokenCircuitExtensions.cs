using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>Circuits made of other circuits.</summary>
internal static class Circuits
{
    /// <summary>
    /// The circuit with the mean of its rows taken away, so that columns which are high in every row (hubs) do not win them all. The mean row of
    /// <c>H G</c> is that of H, times G.
    /// </summary>
    public static TokenCircuit WithoutMeanRow(this TokenCircuit circuit)
    {
        var mean = new double[circuit.Rank];
        for (int token = 0; token < circuit.Vocabulary; token++)
            for (int k = 0; k < mean.Length; k++)
                mean[k] += circuit.H[token, k] / (double)circuit.Vocabulary;
        var centred = Matrix.Create(circuit.Vocabulary, circuit.Rank, (token, k) => (float)(circuit.H[token, k] - mean[k]));
        return new(circuit.Name, centred, circuit.G, circuit.Residual, circuit.Origin);
    }

    /// <summary>The circuit as it acts on other vectors than the raw embeddings, [V, d_model].</summary>
    public static TokenCircuit Reading(this TokenCircuit circuit, Matrix embedding) =>
        new(circuit.Name, MatrixProduct.Multiply(embedding, circuit.Residual.A), circuit.G, circuit.Residual, circuit.Origin);
}
