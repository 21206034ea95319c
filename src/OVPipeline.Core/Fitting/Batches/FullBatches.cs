namespace OVPipeline.Core;

/// <summary>Batches with a column for every token: all examples, or random ones, in an order that is shuffled anew for each pass.</summary>
internal sealed class FullBatches : IBatchSource
{
    private readonly FitProblem _problem;
    private readonly Random _random;
    private readonly int[] _order;
    private readonly int _rows;
    private readonly SoftmaxBatch? _all;
    private int _at;

    public FullBatches(FitProblem problem, int rows, Random random)
    {
        _problem = problem;
        _random = random;
        _rows = rows;
        _order = [.. Enumerable.Range(0, problem.Rows)];
        _at = _order.Length;
        if (rows == problem.Rows)
            _all = new(problem.Sources, problem.Outputs, problem.Labels, problem.Weights, null);
    }

    public double? Accuracy => null;

    public SoftmaxBatch Next(FactoredMatrix residual, double progress, CancellationToken cancellationToken)
    {
        if (_all is not null)
            return _all;
        if (_at + _rows > _order.Length)
        {
            _random.Shuffle(_order);
            _at = 0;
        }
        int[] examples = _order[_at..(_at += _rows)];
        double scale = (double)_problem.Rows / _rows;
        return new(_problem.Embedding.SelectRows([.. examples.Select(i => _problem.Tokens[i])]), _problem.Outputs,
            [.. examples.Select(i => _problem.Labels[i])], [.. examples.Select(i => scale * _problem.Weights[i])], null);
    }
}
