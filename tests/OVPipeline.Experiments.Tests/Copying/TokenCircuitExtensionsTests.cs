using OVPipeline.Core;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Experiments.Tests;

public sealed class TokenCircuitExtensionsTests
{
    private static readonly TransformerWeights s_weights = TinyModel.Create(20, 6, 1, 1, 3).Weights;
    private static readonly TokenCircuit s_circuit = TokenCircuit.OfHeads(s_weights, new HeadIndex(0, 0));

    [Fact]
    public void WithoutMeanRow_Circuit_HasRowsOfMeanZeroAndTheSameDifferences()
    {
        Matrix plain = s_circuit.Logits.ToMatrix(), centred = s_circuit.WithoutMeanRow().Logits.ToMatrix();
        for (int column = 0; column < 20; column++)
        {
            Assert.Equal(0, Enumerable.Range(0, 20).Average(row => centred[row, column]), 1e-5);
            Assert.Equal(plain[3, column] - plain[7, column], centred[3, column] - centred[7, column], 1e-4);
        }
    }

    [Fact]
    public void Reading_OtherVectors_IsTheCircuitOfThem()
    {
        var twice = Matrix.Create(20, 6, (token, i) => 2 * s_weights.W_E[token, i]);
        Matrix plain = s_circuit.Logits.ToMatrix(), read = s_circuit.Reading(twice).Logits.ToMatrix();
        for (int token = 0; token < 20; token++)
            Assert.Equal(2 * plain[token, 5], read[token, 5], 1e-5);
    }
}
