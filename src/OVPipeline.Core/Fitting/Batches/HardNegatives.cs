namespace OVPipeline.Core;

/// <summary>
/// What the exact scorer last said about each example: the tokens that it is confused with and by how much its label leads. Examples
/// are looked at a slice at a time, in random order, and hard ones again at every look.
/// </summary>
internal sealed class HardNegatives
{
    private readonly FitProblem _problem;
    private readonly ExampleScorer _scorer;
    private readonly int[] _order;
    private readonly float[] _margins; // NaN where the example has not been looked at, -1 where its label is not ranked first
    private readonly int[] _confusers; // -1 for none
    private int _next;

    public HardNegatives(FitProblem problem, ExampleScorer scorer, Random random, double hardMargin, int confusers)
    {
        _problem = problem;
        _scorer = scorer;
        HardMargin = hardMargin;
        PerExample = Math.Min(confusers, problem.OutputVocabulary - 1);
        _order = [.. Enumerable.Range(0, problem.Rows)];
        random.Shuffle(_order);
        _margins = new float[problem.Rows];
        Array.Fill(_margins, float.NaN);
        _confusers = new int[problem.Rows * PerExample];
        Array.Fill(_confusers, -1);
    }

    /// <summary>An example is hard where its label leads by less than this, in nats.</summary>
    public double HardMargin { get; }

    /// <summary>Confusers kept for each example.</summary>
    public int PerExample { get; }

    /// <summary>Hard examples at the last look, and all others, in random order.</summary>
    public int[] Hard { get; private set; } = [];

    /// <inheritdoc cref="Hard"/>
    public int[] Easy { get; private set; } = [];

    /// <summary>The share of hard examples, by weight.</summary>
    public double HardMass { get; private set; }

    /// <summary>
    /// An estimate of the share of examples, by weight, ranked first. Examples scored at the last look are counted. Of the others, those
    /// never scored are taken to be missed as often as that look's slice, and those scored since the slice was last scored half as often.
    /// </summary>
    public double Accuracy { get; private set; }

    /// <summary>The tokens that an example was confused with, best first; -1 for none.</summary>
    public ReadOnlySpan<int> Confusers(int example) => _confusers.AsSpan(example * PerExample, PerExample);

    /// <summary>Scores all hard examples and the next <paramref name="slice"/> others.</summary>
    public void Look(FactoredMatrix residual, int slice, CancellationToken cancellationToken)
    {
        var fresh = new int[Math.Min(slice, _order.Length)];
        for (int i = 0; i < fresh.Length; i++, _next = (_next + 1) % _order.Length)
            fresh[i] = _order[_next];
        var known = Hard;
        int[] others = [.. fresh.Except(known)];
        Score([.. known.Concat(others).Order()], residual, cancellationToken);
        double othersMass = MassOf(others), missRate = othersMass > 0 ? MissedMassOf(others) / othersMass : 0;
        int[] unseen = [.. _order.Where(i => float.IsNaN(_margins[i]))];
        double between = 1 - MassOf(known) - othersMass - MassOf(unseen);
        Accuracy = 1 - MissedMassOf(known) - MissedMassOf(others) - missRate * (MassOf(unseen) + between / 2);
        Hard = [.. _order.Where(i => _margins[i] < HardMargin)];
        Easy = [.. _order.Where(i => !(_margins[i] < HardMargin))];
        HardMass = MassOf(Hard);
    }

    private double MassOf(int[] examples) => examples.Sum(i => _problem.Weights[i]);

    private double MissedMassOf(int[] examples) => examples.Sum(i => _margins[i] < 0 ? _problem.Weights[i] : 0);

    private void Score(int[] examples, FactoredMatrix residual, CancellationToken cancellationToken) =>
        _scorer.Score(residual, examples, new() { TopK = PerExample + 1 }, Note, cancellationToken);

    private void Note(int example, ScoredRows scores, int row)
    {
        int label = _problem.Labels[example], width = PerExample + 1, kept = 0;
        var tokens = scores.TopTokens.AsSpan(row * width, width);
        var logits = scores.TopScores.AsSpan(row * width, width);
        foreach (int token in tokens)
            if (token != label && kept < PerExample)
                _confusers[example * PerExample + kept++] = token;
        float lead = width > 1 ? logits[0] - logits[1] : float.PositiveInfinity;
        _margins[example] = tokens[0] == label ? lead : -1;
    }
}
