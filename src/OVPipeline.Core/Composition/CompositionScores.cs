using MathNet.Numerics.LinearAlgebra;

namespace OVPipeline.Core;

/// <summary>Composition scores of heads (Elhage et al. 2021), from the factors: no [d_model, d_model] matrix is formed.</summary>
public static class CompositionScores
{
    /// <summary><c>||first second|| / (||first|| ||second||)</c> in the Frobenius norm, in [0, 1]; 0 where one of them is zero.</summary>
    /// <exception cref="ArgumentException">The inner sizes differ.</exception>
    public static double Of(FactoredMatrix first, FactoredMatrix second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return Ratio(first.Multiply(second).FrobeniusNorm(), first.FrobeniusNorm(), second.FrobeniusNorm());
    }

    /// <summary>
    /// Every pair of an earlier and a later head. One large product for each pair of layers and kind; its blocks' norms are the scores.
    /// </summary>
    /// <param name="model">The model. Without W_Q and W_K only V-composition is given.</param>
    /// <param name="progress">Told the pairs done so far.</param>
    /// <param name="cancellationToken">Checked within every product.</param>
    /// <returns>Ordered by later head, then by earlier head; none for a model of one layer.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static IReadOnlyList<HeadComposition> OfModel(
        TransformerWeights model, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        var config = model.Config;
        List<StackedHeads> writers = [];
        List<HeadComposition> pairs = [];
        for (int layer = 0; layer < config.Layers; layer++)
        {
            HeadIndex[] heads = [.. config.HeadsOf(layer)];
            if (layer > 0)
            {
                var q = model.HasQK ? StackedHeads.Readers(heads, head => (model.W_Q(head), model.W_K(head))) : null;
                var k = model.HasQK ? StackedHeads.Readers(heads, head => (model.W_K(head), model.W_Q(head))) : null;
                var v = StackedHeads.Readers(heads, head => (model.W_V(head), model.W_O(head).Transpose()));
                var scores = writers.Select(writer => (Q: Scores(writer, q), K: Scores(writer, k), V: Scores(writer, v)!)).ToArray();
                foreach (var later in heads)
                    for (int earlierLayer = 0; earlierLayer < layer; earlierLayer++)
                        foreach (var earlier in config.HeadsOf(earlierLayer))
                        {
                            var of = scores[earlierLayer];
                            double? ofQ = of.Q?[earlier.Head, later.Head], ofK = of.K?[earlier.Head, later.Head];
                            pairs.Add(new(earlier, later, ofQ, ofK, of.V[earlier.Head, later.Head]));
                        }
                progress?.Report(pairs.Count);
            }
            if (layer < config.Layers - 1)
                writers.Add(StackedHeads.Writers(heads, model));
        }
        return pairs;

        double[,]? Scores(StackedHeads writers, StackedHeads? readers) =>
            readers is null ? null : StackedHeads.Scores(writers, readers, cancellationToken);
    }

    private static double Ratio(double product, double first, double second) => first == 0 || second == 0 ? 0 : product / first / second;

    /// <summary>
    /// One factor of each head of a layer, with the norm of the other one in it: for <c>A B</c> the writer <c>(A'A)^1/2 B</c> and for
    /// <c>C D'</c> the reader <c>C (D'D)^1/2</c>. The norm of writer times reader is that of <c>A B C D'</c>.
    /// </summary>
    private sealed record StackedHeads(Matrix Blocks, int[] Starts, double[] Norms)
    {
        public static StackedHeads Writers(HeadIndex[] heads, TransformerWeights model)
        {
            Matrix[] blocks = [.. heads.Select(head => MatrixProduct.TransposeMultiply(Root(model.W_V(head)), model.W_O(head)))];
            return new(Matrix.ConcatenateRows(blocks), StartsOf(blocks.Select(block => block.Rows)), NormsOf(blocks));
        }

        public static StackedHeads Readers(HeadIndex[] heads, Func<HeadIndex, (Matrix C, Matrix D)> factors)
        {
            Matrix[] blocks = [.. heads.Select(factors).Select(of => MatrixProduct.Multiply(of.C, Root(of.D)))];
            return new(Matrix.ConcatenateColumns(blocks), StartsOf(blocks.Select(block => block.Columns)), NormsOf(blocks));
        }

        /// <summary>Score [earlier, later] of every pair.</summary>
        public static double[,] Scores(StackedHeads writers, StackedHeads readers, CancellationToken cancellationToken)
        {
            var product = MatrixProduct.Multiply(writers.Blocks, readers.Blocks, cancellationToken);
            var scores = new double[writers.Norms.Length, readers.Norms.Length];
            for (int i = 0; i < writers.Norms.Length; i++)
                for (int j = 0; j < readers.Norms.Length; j++)
                {
                    double squares = 0;
                    for (int row = writers.Starts[i]; row < writers.Starts[i + 1]; row++)
                        squares += Squares(product.Row(row)[readers.Starts[j]..readers.Starts[j + 1]]);
                    scores[i, j] = Ratio(Math.Sqrt(squares), writers.Norms[i], readers.Norms[j]);
                }
            return scores;
        }

        // L with L L' = D'D, of D'D = Q S Q': Q S^1/2.
        private static Matrix Root(Matrix d)
        {
            var evd = CrossProduct.Of(d, d).Evd(Symmetricity.Symmetric);
            double[] roots = [.. evd.EigenValues.Select(value => Math.Sqrt(Math.Max(0, value.Real)))];
            return Matrix.Create(d.Columns, d.Columns, (i, j) => (float)(evd.EigenVectors[i, j] * roots[j]));
        }

        private static int[] StartsOf(IEnumerable<int> sizes)
        {
            List<int> starts = [0];
            foreach (int size in sizes)
                starts.Add(starts[^1] + size);
            return [.. starts];
        }

        private static double[] NormsOf(Matrix[] blocks) => [.. blocks.Select(block => Math.Sqrt(Squares(block.Values)))];

        private static double Squares(ReadOnlySpan<float> values)
        {
            double sum = 0;
            foreach (float value in values)
                sum += (double)value * value;
            return sum;
        }
    }
}
