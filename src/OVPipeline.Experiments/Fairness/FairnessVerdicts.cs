using System.Globalization;
using OVPipeline.Core;
using static OVPipeline.Experiments.CopyingColumns;

namespace OVPipeline.Experiments;

/// <summary>The sentences of the fairness controls.</summary>
internal static class FairnessVerdicts
{
    // Of what the copier does to tokens themselves: above the first share most could be memory, above the second a good part. Choices.
    private const double Most = 0.8, GoodPart = 0.4;

    /// <summary>All of them.</summary>
    public static IEnumerable<ReportStatement> Of(FairnessFigures figures)
    {
        if (figures.NoCopyingHead is { } none)
            return [new(ReportTopic.Found, none, figures.Table)];
        if (figures.Baseline.Failed is { } failed)
            return [new(ReportTopic.Open, $"Whether the comparison was fair cannot be said: the copier itself {failed.Reason}; "
                + "nothing is concluded from it.", figures.Table)];
        if (!Copies(figures, figures.Baseline.Top1))
            return [new(ReportTopic.Open, $"Whether the comparison was fair cannot be said: the copier itself ranks "
                + $"{Percent(figures.Baseline.Top1)} of the tokens first, no more than chance.", figures.Table)];
        ReportStatement?[] all = [Decay(figures), Norm(figures), Memory(figures), Disagreement(figures), Untrained(figures)];
        return all.OfType<ReportStatement>();
    }

    /// <summary>
    /// Whether it stays above the best head under weight decay; nothing where no fit with it converged. Others decide nothing.
    /// </summary>
    public static ReportStatement? Decay(FairnessFigures figures)
    {
        if (figures.Decays.Count == 0)
            return null;
        var tried = figures.Decays.Where(decay => decay.Failed is null).ToArray();
        var failed = figures.Decays.Where(decay => decay.Failed is not null).ToArray();
        string left = failed.Length == 0 ? "" : $" Not counted: {string.Join(", ", failed.Select(decay => $"the fit at {decay.Name}, "
            + $"which {decay.Failed!.Reason}"))}.";
        string start = $"Without weight decay the copier ranks {Percent(figures.Baseline.Top1)} of the tokens first";
        if (tried.Length == 0)
            return null; // the table says how far each fit is from done
        string head = Percent(figures.Head.Top1);
        string[] better = [.. tried.Where(decay => decay.Top1 > figures.Head.Top1).Select(decay => decay.Name)];
        return new(ReportTopic.Can, $"{start}; {Found()}{left}", figures.Table);

        string Found()
        {
            if (better.Length == tried.Length)
            {
                string least = Percent(tried.Min(decay => decay.Top1));
                return $"it stays above the best head's {head} under every decay tried, down to {least}.";
            }
            return better.Length == 0
                ? $"under every decay tried it falls to or below the best head's {head}."
                : $"it stays above the best head's {head} at decays of {string.Join(", ", better)}, and not at the others tried.";
        }
    }

    /// <summary>Whether the difference is one of norm; nothing where norms are not at the model's scale.</summary>
    public static ReportStatement? Norm(FairnessFigures figures)
    {
        if (!figures.AtModelScale)
            return null;
        var (capped, head) = (figures.Capped, figures.Head);
        if (capped.Failed is { } failed)
            return new(ReportTopic.Open, $"Whether the difference is one of norm cannot be said: held to the head's own norm the "
                + $"copier {failed.Reason}; nothing is concluded from it.", figures.Table);
        string copier = Decay(figures) is null ? "the copier" : "it"; // which the sentence before this one is about
        string text = string.Create(CultureInfo.InvariantCulture,
            $"Held to the head's own norm {copier} has a log-loss of {capped.LogLoss:0.00} nats at natural scale, the head "
            + $"{head.LogLoss:0.00} (it ranks {Percent(capped.Top1)} first, and scaling a free fit to that norm would keep its "
            + $"{Percent(figures.Baseline.Top1)})");
        return capped.LogLoss < head.LogLoss - FrontierChecks.Tolerance
            ? new(ReportTopic.Can, $"{text}: the difference is not one of norm.", figures.Table)
            : new(ReportTopic.Open, $"{text}: at that norm its advantage is one of order only, not of margin.", figures.Table);
    }

    /// <summary>How much of it could be memory.</summary>
    public static ReportStatement Memory(FairnessFigures figures)
    {
        double memory = figures.Permuted.Top1, copying = figures.Baseline.Top1;
        return new(ReportTopic.Found, $"To a random permutation the same rank maps {Percent(memory)} of the tokens, to themselves "
            + $"{Percent(copying)}: {Found()}", figures.Table);

        string Found()
        {
            if (memory > Most * copying)
                return "most of this could be memory.";
            return memory > GoodPart * copying ? "a good part of this could be memory." : "most of this is more than memory.";
        }
    }

    /// <summary>That two controls disagree on whether the embeddings help; nothing where they agree.</summary>
    public static ReportStatement? Disagreement(FairnessFigures figures)
    {
        double permuted = figures.Permuted.Top1, untrained = figures.Untrained.Top1, copying = figures.Baseline.Top1;
        return (permuted < copying) == (untrained < copying) ? null
            : new(ReportTopic.Open, $"Permuted targets and untrained embeddings disagree on whether the trained embeddings help "
                + $"({Percent(permuted)} and {Percent(untrained)}, to {Percent(copying)}).", figures.Table);
    }

    /// <summary>What an untrained model's embeddings allow.</summary>
    public static ReportStatement Untrained(FairnessFigures figures) => new(ReportTopic.Found,
        $"Through the embeddings of an untrained model of the same shape a copier ranks {Percent(figures.Untrained.Top1)} first, and "
            + $"the best of its heads {Percent(figures.UntrainedHead.Top1)}.", figures.Table);

    private static bool Copies(FairnessFigures figures, double top1) =>
        (int)Math.Round(top1 * figures.Tokens) > ChanceCopying.MostTokens(figures.Tokens);
}
