using OVPipeline.Core;
using static OVPipeline.Experiments.CopyingColumns;

namespace OVPipeline.Experiments;

/// <summary>What the sentences on held-out tokens are made of: mean top-1 shares over splits.</summary>
/// <param name="Copier">The copier, on tokens that it never saw.</param>
/// <param name="Interval">The 95 % interval of that; null for a single split.</param>
/// <param name="Seen">The copier, on the others.</param>
/// <param name="Head">The best head, on the same held-out tokens.</param>
/// <param name="Tokens">Tokens, V.</param>
/// <param name="Table">The table that they are in.</param>
internal sealed record HeldOutFigures(double Copier, ConfidenceInterval? Interval, double Seen, double Head, int Tokens, string Table);

/// <summary>The sentences on held-out tokens.</summary>
internal static class HeldOutVerdicts
{
    // Of the share of tokens that it saw: above the first it has learnt to copy in general, above the second in part. Choices.
    private const double InGeneral = 0.8, InPart = 0.4;

    // Held-out tokens, a fifth of all, from which on a share is told to a fifth or so (Wilson's interval).
    private const int FewestHeldOut = 20;

    /// <summary>
    /// Whether what is learnt is copying in general; no such share where it has learnt nothing of the tokens that it saw.
    /// </summary>
    public static ReportStatement Generality(HeldOutFigures figures)
    {
        string text = $"A copier that never saw a fifth of the tokens ranks {Percent(figures.Copier)} of those first and "
            + $"{Percent(figures.Seen)} of the others";
        if (figures.Tokens / 5 < FewestHeldOut)
            return TooFew(figures, text);
        return (int)Math.Round(figures.Seen * figures.Tokens) <= ChanceCopying.MostTokens(figures.Tokens)
            ? new(ReportTopic.Open, $"{text}: it has not learnt to copy those that it saw, so nothing is concluded from it.", figures.Table)
            : new(ReportTopic.Found, $"{text}: {Learnt()}.", figures.Table);

        string Learnt()
        {
            if (figures.Copier > InGeneral * figures.Seen)
                return "what it learns is copying in general";
            return figures.Copier > InPart * figures.Seen
                ? "a part of what it learns is about single tokens"
                : "most of what it learns is about single tokens";
        }
    }

    /// <summary>
    /// Whether it copies more than the best head, which saw them all. Where there is an interval it has to be clear of the head.
    /// </summary>
    public static ReportStatement AgainstHead(HeldOutFigures figures)
    {
        if (figures.Tokens / 5 < FewestHeldOut)
            return TooFew(figures, $"On tokens it never saw it copies {Percent(figures.Copier)}, the best head {Percent(figures.Head)}");
        bool above = figures.Interval is { } high ? high.Low > figures.Head : figures.Copier > figures.Head;
        bool below = figures.Interval is { } low ? low.High < figures.Head : figures.Copier < figures.Head;
        string shares = $"({Percent(figures.Copier)} to {Percent(figures.Head)})";
        if (above)
        {
            return new(ReportTopic.Can, $"Even on tokens it never saw it copies more than the best head, which saw them all {shares}.",
                figures.Table);
        }
        string text = below
            ? $"copies less than the best head, which saw them all {shares}: what its rank can do in general stays open."
            : $"cannot be told from the best head, which saw them all {shares}.";
        return new(ReportTopic.Open, $"On tokens it never saw it {text}", figures.Table);
    }

    private static ReportStatement TooFew(HeldOutFigures figures, string text) => new(ReportTopic.Open,
        $"{text}: of {figures.Tokens} tokens a fifth is too few for anything to be concluded from it.", figures.Table);
}
