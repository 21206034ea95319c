namespace OVPipeline.Core;

/// <summary>
/// Batches of sampled softmax. Rows come from two strata, hard and other examples, each weighted by its size over its draws, so that the
/// batch's loss estimates the mean over all examples. Columns are the rows' labels and confusers, each counted once, and random other
/// tokens, each counted for all tokens that were not taken: every row's partition function is then estimated without bias (stratified
/// sampling), whatever was mined.
/// </summary>
internal sealed class MinedBatches : IBatchSource
{
    private readonly FitProblem _problem;
    private readonly HardNegatives _negatives;
    private readonly Random _random;
    private readonly MiningOptions _mining;
    private readonly int _rows, _columns;
    private readonly int[] _columnOf;
    private int _hardAt, _easyAt, _step;

    public MinedBatches(FitProblem problem, IScoringEngine engine, int rows, Random random, MiningOptions mining)
    {
        (_problem, _random, _rows, _mining) = (problem, random, rows, mining);
        _negatives = new(problem, engine, random, mining.HardMargin, mining.Confusers);
        _columns = (int)Math.Min(problem.Vocabulary, (long)(rows * mining.ColumnsPerRow));
        _columnOf = new int[problem.Vocabulary];
        Array.Fill(_columnOf, -1);
    }

    public double? Accuracy { get; private set; }

    public SoftmaxBatch Next(FactoredMatrix residual, CancellationToken cancellationToken)
    {
        Accuracy = null;
        if (_step++ % _mining.LookEvery == 0)
        {
            int slice = Math.Max(_rows, (int)(_problem.Rows * (_step == 1 ? _mining.FirstSlice : _mining.Slice)));
            _negatives.Look(residual, slice, cancellationToken);
            Accuracy = _negatives.Accuracy;
            (_hardAt, _easyAt) = (0, 0);
            _random.Shuffle(_negatives.Hard);
            _random.Shuffle(_negatives.Easy);
        }
        return Draw();
    }

    private SoftmaxBatch Draw()
    {
        int[] hard = _negatives.Hard, easy = _negatives.Easy;
        int hardRows = Math.Min(hard.Length, Math.Max((int)(_rows * _mining.HardShare), _rows - easy.Length)), easyRows = Math.Min(easy.Length, _rows - hardRows);
        var examples = new int[hardRows + easyRows];
        var weights = new double[examples.Length];
        for (int i = 0; i < examples.Length; i++)
        {
            bool isHard = i < hardRows;
            int example = examples[i] = isHard ? hard[_hardAt++ % hard.Length] : easy[_easyAt++ % easy.Length];
            weights[i] = _problem.Weights[example] * (isHard ? (double)hard.Length / hardRows : (double)easy.Length / easyRows);
        }
        var tokens = new List<int>(_columns);
        void Add(int token)
        {
            if (token >= 0 && tokens.Count < _columns && _columnOf[token] < 0)
            {
                _columnOf[token] = tokens.Count;
                tokens.Add(token);
            }
        }
        foreach (int example in examples)
            Add(_problem.Labels[example]);
        for (int k = 0; k < _negatives.PerExample; k++)
            foreach (int example in examples)
                if (tokens.Count < _columns - _rows / 2)
                    Add(_negatives.Confusers(example)[k]);
        int known = tokens.Count;
        while (tokens.Count < _columns)
            Add(_random.Next(_problem.Vocabulary));
        float logWeight = (float)Math.Log((double)(_problem.Vocabulary - known) / Math.Max(1, _columns - known));
        var logWeights = new float[_columns];
        logWeights.AsSpan(known).Fill(logWeight);
        int[] labelColumns = [.. examples.Select(i => _columnOf[_problem.Labels[i]])];
        foreach (int token in tokens)
            _columnOf[token] = -1;
        return new(_problem.Embedding.SelectRows([.. examples.Select(i => _problem.Tokens[i])]), _problem.Outputs.SelectRows([.. tokens]), labelColumns, weights, logWeights);
    }
}
