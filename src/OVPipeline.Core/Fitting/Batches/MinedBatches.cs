namespace OVPipeline.Core;

/// <summary>
/// Batches of sampled softmax. Rows come from two strata, hard and other examples, each weighted by its size over its draws: the batch's
/// loss estimates the weighted mean over all examples, in which hard ones count several times over at first and once at the end.
/// Columns are the rows' labels and confusers, each counted once, and random other tokens, each counted for all tokens that were not
/// taken: every row's partition function is then estimated without bias (stratified sampling), whatever was mined.
/// </summary>
internal sealed class MinedBatches : IBatchSource
{
    private readonly FitProblem _problem;
    private readonly HardNegatives _negatives;
    private readonly Random _random;
    private readonly MiningOptions _mining;
    private readonly int _rows, _columns;
    private readonly Matrix _sources, _outputs; // the last batch's, overwritten by the next
    private readonly int[] _columnOf;
    private int _hardAt, _easyAt, _step;

    public MinedBatches(FitProblem problem, ExampleScorer scorer, int rows, Random random, MiningOptions mining)
    {
        _problem = problem;
        _random = random;
        _rows = rows;
        _mining = mining;
        _negatives = new(problem, scorer, random, mining.HardMargin, mining.Confusers);
        _columns = (int)Math.Min(problem.OutputVocabulary, (long)(rows * mining.ColumnsPerRow));
        _sources = new(_rows, problem.Width);
        _outputs = new(_columns, problem.Width);
        _columnOf = new int[problem.OutputVocabulary];
        Array.Fill(_columnOf, -1);
    }

    public double? Accuracy { get; private set; }

    public SoftmaxBatch Next(FactoredMatrix residual, double progress, CancellationToken cancellationToken)
    {
        Accuracy = null;
        if (_step % _mining.LookEvery == 0)
        {
            double share = _step == 0 ? _mining.FirstSlice : _mining.Slice;
            _negatives.Look(residual, Math.Max(_rows, (int)(_problem.Rows * share)), cancellationToken);
            Accuracy = _negatives.Accuracy;
            _hardAt = _easyAt = 0;
            _random.Shuffle(_negatives.Hard);
            _random.Shuffle(_negatives.Easy);
        }
        _step++;
        var (examples, weights) = DrawRows(Math.Pow(_mining.HardWeight, 1 - progress));
        var (tokens, known) = DrawColumns(examples);
        var logWeights = new float[tokens.Length];
        logWeights.AsSpan(known).Fill((float)Math.Log((double)(_problem.OutputVocabulary - known) / (tokens.Length - known)));
        Gather(_problem.Embedding, [.. examples.Select(i => _problem.Tokens[i])], _sources);
        Gather(_problem.Outputs, tokens, _outputs);
        SoftmaxBatch batch = new(_sources, _outputs, [.. examples.Select(i => _columnOf[_problem.Labels[i]])], weights, logWeights);
        foreach (int token in tokens)
            _columnOf[token] = -1;
        return batch;
    }

    private (int[] Examples, double[] Weights) DrawRows(double hardWeight)
    {
        int[] hard = _negatives.Hard, easy = _negatives.Easy;
        int hardRows = Math.Min(hard.Length, Math.Max((int)(_rows * _mining.HardShare), _rows - easy.Length));
        int easyRows = _rows - hardRows;
        double total = 1 + (hardWeight - 1) * _negatives.HardMass;
        var examples = new int[_rows];
        var weights = new double[examples.Length];
        for (int i = 0; i < examples.Length; i++)
        {
            bool isHard = i < hardRows;
            int example = examples[i] = isHard ? hard[_hardAt++ % hard.Length] : easy[_easyAt++ % easy.Length];
            double standsFor = isHard ? hardWeight * hard.Length / hardRows : (double)easy.Length / easyRows;
            weights[i] = _problem.Weights[example] / total * standsFor;
        }
        return (examples, weights);
    }

    private static void Gather(Matrix from, int[] rows, Matrix into) =>
        Parallel.For(0, rows.Length, i => from.Row(rows[i]).CopyTo(into.Data.AsSpan(i * into.Columns, into.Columns)));

    // Labels and confusers first, each once, then random others; returns how many are not random.
    private (int[] Tokens, int Known) DrawColumns(int[] examples)
    {
        var tokens = new int[_columns];
        int count = 0, mostKnown = Math.Max(_columns - _rows / 2, Math.Min(_columns, _rows));
        void Add(int token)
        {
            if (_columnOf[token] >= 0)
                return;
            _columnOf[token] = count;
            tokens[count++] = token;
        }
        foreach (int example in examples)
            Add(_problem.Labels[example]);
        for (int k = 0; k < _negatives.PerExample; k++)
            foreach (int example in examples)
                if (_negatives.Confusers(example)[k] is >= 0 and int token && count < mostKnown)
                    Add(token);
        int known = count;
        while (count < _columns)
            Add(_random.Next(_problem.OutputVocabulary));
        return (tokens, known);
    }
}
