using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>Fits arms of "one pattern or two" on as much text as is asked for, and judges them. It holds one text at a time.</summary>
/// <param name="text">The two heads.</param>
/// <param name="rows">Positions in a step.</param>
internal sealed class PatternFits(PairOnText text, int rows)
{
    // Of the text that is held at once; beyond it blocks come again. All 589 of the training excerpt in data/text fit, at width 192.
    private const long MostBytes = 6L << 30;

    // Two heads' reads and the rest, each once more while they are made, as 4-byte numbers.
    private const int BytesPerNumber = 24;

    private (int Blocks, LayerBlock[] Of, CircuitFit Fit)? _held;

    /// <summary>An arm's fit and what it is worth.</summary>
    /// <param name="plan">The arm.</param>
    /// <param name="seed">Seed of the first weights and of the order of the text.</param>
    /// <param name="blocks">Blocks that the fit sees.</param>
    public PatternFit Fit(PatternPlan plan, int seed, int blocks)
    {
        var fit = On(blocks);
        var fitted = fit.Fit(plan.Terms, seed, plan.Start?.Invoke(), blocks);
        return new(text.Losses(fitted.Residual)) { FittedLoss = fit.FittedLoss(fitted) };
    }

    /// <summary>Tokens that a fit on so many blocks sees, and how many of them are distinct.</summary>
    public (long Seen, long Distinct) Tokens(int blocks)
    {
        var distinct = Distinct(blocks);
        return ((long)Math.Round((double)distinct.TotalTargets * blocks / distinct.Count), distinct.TotalTargets);
    }

    private CircuitFit On(int blocks)
    {
        if (_held is not { } held || held.Blocks != blocks)
        {
            foreach (var block in _held?.Of ?? [])
                block.Free();
            var of = text.Blocks(Distinct(blocks), split: false);
            _held = held = (blocks, of, new(text, of, rows));
        }
        return held.Fit;
    }

    private TextBlocks Distinct(int blocks)
    {
        long bytes = (long)BytesPerNumber * text.Forward.Training(1).Tokens * text.Forward.Config.DModel;
        return text.Forward.Training((int)Math.Min(blocks, Math.Max(1, MostBytes / bytes)));
    }
}
