using OVPipeline.Core;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>The course's own small models, real files: five of the seven have outputs that are not their tokens.</summary>
public sealed class CourseModelsTests
{
    [Theory]
    [InlineData("august23_unique_char-first_unique_char_model", 11, 11)]
    [InlineData("september23_sum-sum_model", 12, 12)]
    [InlineData("eagx_berlin_challenge-palindrome_classifier", 33, 2)]
    [InlineData("eagx_berlin_challenge-palindrome_classifier_hard", 33, 2)]
    [InlineData("july23_palindromes-palindrome_classifier", 33, 2)]
    [InlineData("november23_cumsum-cumsum_model", 11, 3)]
    [InlineData("part4_interp_on_algorithmic_model-brackets_model_state_dict", 5, 2)]
    public void OfHeads_CourseModel_IsTheProductOfItsTensors(string name, int vocabulary, int outputs)
    {
        string path = SharedFiles.PathOf("models", "real", "arena", name + ".pt");
        var model = TransformerCheckpoint.Load(path);
        var stored = CheckpointTensors.Open(path);
        Assert.Equal((vocabulary, outputs), (model.Weights.Config.Vocabulary, model.Weights.Config.OutputVocabulary));
        Assert.Equal(vocabulary == outputs, model.Weights.Config.NoCopying is null);
        foreach (var head in model.Weights.Config.AllHeads)
        {
            double[,] expected = Multiply(Multiply(Multiply(Of("embed.W_E"), OfHead("W_V")), OfHead("W_O")), Of("unembed.W_U"));
            var actual = TokenCircuit.OfHeads(model.Weights, head).Logits.ToMatrix();
            double scale = expected.Cast<double>().Max(Math.Abs);
            for (int i = 0; i < vocabulary; i++)
                for (int j = 0; j < outputs; j++)
                    Assert.Equal(expected[i, j], actual[i, j], 1e-6 * scale);

            double[,] OfHead(string kind) => Doubles(stored.Find($"blocks.{head.Layer}.attn.{kind}")!.View().At(head.Head).ToMatrix());
        }

        double[,] Of(string tensor) => Doubles(stored.Find(tensor)!.View().ToMatrix());
    }

    private static double[,] Doubles(Matrix matrix)
    {
        double[,] values = new double[matrix.Rows, matrix.Columns];
        for (int i = 0; i < matrix.Rows; i++)
            for (int j = 0; j < matrix.Columns; j++)
                values[i, j] = matrix[i, j];
        return values;
    }

    private static double[,] Multiply(double[,] a, double[,] b)
    {
        double[,] product = new double[a.GetLength(0), b.GetLength(1)];
        for (int i = 0; i < product.GetLength(0); i++)
            for (int j = 0; j < product.GetLength(1); j++)
                for (int k = 0; k < a.GetLength(1); k++)
                    product[i, j] += a[i, k] * b[k, j];
        return product;
    }
}
