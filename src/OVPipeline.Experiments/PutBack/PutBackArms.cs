using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>The arms of "put it back". Copiers are fitted once, when an arm needs them.</summary>
internal sealed class PutBackArms(ExperimentContext context, HeadIndex a, HeadIndex b, CancellationToken cancellationToken)
{
    public const string Original = "the original", Copier = "trained copier", Matched = "trained copier at the head's norm", Truncated = "the pair truncated to d_head, under A's pattern",
        Summed = "both circuits under A's pattern", Other = "the other head's circuit", Random = "random pair of the head's norm", Permuted = "trained permutation copier";

    private readonly Dictionary<string, FactoredMatrix> _fits = [];

    private int Rank => context.Model.Weights.OVCircuit(a).Rank;

    public IEnumerable<PutBackArm> All()
    {
        foreach (HeadIndex[] place in new HeadIndex[][] { [a], [b], [a, b] })
        {
            yield return OneEach(place, Original, Own);
            yield return OneEach(place, Copier, _ => Fitted(Copier, null, permuted: false));
            yield return OneEach(place, Matched, head => Fitted($"{Matched} {head}", Own(head), permuted: false));
            yield return OneEach(place, Permuted, _ => Fitted(Permuted, null, permuted: true));
            yield return OneEach(place, Random, head => RandomPair(head));
            yield return OneEach(place, Other, head => Own(head == a ? b : a));
            if (place.Length < 2)
                continue;
            yield return new(place, Truncated, Rank, () => [(a, TokenCircuit.OfHeads(context.Model.Weights, a, b).Truncate(Rank).Residual)]);
            yield return new(place, Summed, 2 * Rank, () => [(a, FactoredMatrix.Sum(Own(a), Own(b)))]);
        }
    }

    private PutBackArm OneEach(HeadIndex[] place, string name, Func<HeadIndex, FactoredMatrix> circuit) =>
        new(place, name, place.Length * Rank, () => [.. place.Select(head => (head, circuit(head)))]);

    private FactoredMatrix Own(HeadIndex head) => context.Model.Weights.OVCircuit(head);

    // A fit like another circuit is held to its norm, and is no worse a copier than it.
    private FactoredMatrix Fitted(string key, FactoredMatrix? like, bool permuted)
    {
        if (_fits.TryGetValue(key, out var fitted))
            return fitted;
        var options = context.Options.Fit(Math.Min(Rank, context.Config.DModel));
        if (like is not null)
            options = options with { MaxNorm = like.FrobeniusNorm(), KnownFactors = FairnessControls.KnownFactors(like, options.Rank) };
        if (!permuted)
            return _fits[key] = context.Measure.Fit(options, cancellationToken).Residual;
        int[] target = Permutations.Random(context.Config.Vocabulary, context.Tested.Counts, context.Options.Seed);
        var rows = TokenRow.Of(context.Model.Vocabulary);
        foreach (var row in rows)
            row.Target = (uint)target[row.TokenId];
        return _fits[key] = context.Measure.Fit(options, cancellationToken, TokenRow.Load(context.ML, rows, context.Config.Vocabulary), nameof(TokenRow.Target)).Residual;
    }

    private FactoredMatrix RandomPair(HeadIndex head)
    {
        var random = new Random(HashCode(head));
        var pair = new FactoredMatrix(GaussianNoise.Create(random, context.Config.DModel, Rank), GaussianNoise.Create(random, Rank, context.Config.DModel));
        float scale = (float)(Own(head).FrobeniusNorm() / pair.FrobeniusNorm());
        return new(Matrix.Create(pair.A.Rows, pair.A.Columns, (i, j) => pair.A[i, j] * scale), pair.B);
    }

    private int HashCode(HeadIndex head) => unchecked(context.Options.Seed * 1_000_003 + head.Layer * 1009 + head.Head);
}
