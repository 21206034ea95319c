namespace OVPipeline.Samples.Tests;

/// <summary>
/// The embedded model read and scored with none of the project's code: a plain reader of its safetensors file, plain loops in double
/// precision, every logit of every row.
/// </summary>
internal sealed class IndependentModel
{
    private readonly IndependentTensors _tensors;

    public IndependentModel(string folder)
    {
        _tensors = new(folder);
        (Embedding, Unembedding) = (Read("embed.W_E"), Read("unembed.W_U"));
        (Vocabulary, DModel) = (Shape("embed.W_E")[0], Shape("embed.W_E")[1]);
    }

    public int Vocabulary { get; }
    public int DModel { get; }
    public double[] Embedding { get; }
    public double[] Unembedding { get; }

    /// <summary>W_V [d_model, d_head] and W_O [d_head, d_model] of a head written as 1.4.</summary>
    public (double[] A, double[] B, int Rank) Head(string head)
    {
        string[] parts = head[1..].Split('H'); // L1H10
        int index = int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture),
            rank = Shape($"blocks.{parts[0]}.attn.W_V")[2], size = DModel * rank;
        return (Read($"blocks.{parts[0]}.attn.W_V").AsSpan(index * size, size).ToArray(),
            Read($"blocks.{parts[0]}.attn.W_O").AsSpan(index * size, size).ToArray(), rank);
    }

    /// <summary>One weight of a head written as 1.4, such as W_Q: rows of as many values as the weight's last size.</summary>
    public double[][] Weight(string head, string weight)
    {
        string[] parts = head[1..].Split('H'); // L1H10
        int[] shape = Shape($"blocks.{parts[0]}.attn.{weight}");
        int index = int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture);
        return [.. Read($"blocks.{parts[0]}.attn.{weight}").Chunk(shape[2]).Skip(index * shape[1]).Take(shape[1])];
    }

    /// <summary>W_pos, a row for each position.</summary>
    public double[][] Positions => [.. Read("pos_embed.W_pos").Chunk(DModel)];

    /// <summary>Ranks and log-losses of the diagonal of W_E (sum of A B) W_U, tie to the lower token.</summary>
    public (int[] Ranks, double[] LogLosses) Diagonal(params (double[] A, double[] B, int Rank)[] terms)
    {
        var ranks = new int[Vocabulary];
        var losses = new double[Vocabulary];
        var right = terms.Select(term => Multiply(term.B, Unembedding, term.Rank, DModel, Vocabulary)).ToArray();
        Parallel.For(0, Vocabulary, i =>
        {
            var logits = new double[Vocabulary];
            foreach (var (term, g) in terms.Zip(right))
            {
                double[] row = Multiply(Embedding.AsSpan(i * DModel, DModel).ToArray(), term.A, 1, DModel, term.Rank);
                for (int k = 0; k < term.Rank; k++)
                    for (int j = 0; j < Vocabulary; j++)
                        logits[j] += row[k] * g[k * Vocabulary + j];
            }
            double own = logits[i], max = logits.Max();
            ranks[i] = 1 + logits.Where((logit, j) => logit > own || logit == own && j < i).Count();
            losses[i] = Math.Log(logits.Sum(logit => Math.Exp(logit - max))) + max - own;
        });
        return (ranks, losses);
    }

    private int[] Shape(string name) => _tensors.Shape(name);

    private double[] Read(string name) => _tensors.Read(name);

    private static double[] Multiply(double[] x, double[] y, int rows, int inner, int columns)
    {
        var product = new double[rows * columns];
        for (int i = 0; i < rows; i++)
            for (int k = 0; k < inner; k++)
                for (int j = 0; j < columns; j++)
                    product[i * columns + j] += x[i * inner + k] * y[k * columns + j];
        return product;
    }
}
