using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>
/// The arms of "put it back": the heads' own circuits, copiers, and controls. Copiers are fitted once, when an arm needs them.
/// </summary>
public sealed class PutBackArms
{
    private readonly Laboratory _laboratory;
    private readonly PutItBackOptions _options;
    private readonly HeadIndex _a;
    private readonly HeadIndex _b;
    private readonly CancellationToken _cancellationToken;
    private readonly Dictionary<string, FactoredMatrix> _fits = [];

    /// <summary>The arms for two heads.</summary>
    /// <param name="laboratory">The model; its token counts decide what a permutation exchanges.</param>
    /// <param name="options">Seed and steps of fits.</param>
    /// <param name="a">The one head.</param>
    /// <param name="b">The other, of its layer.</param>
    /// <param name="cancellationToken">Stops within a step of a fit.</param>
    public PutBackArms(
        Laboratory laboratory, PutItBackOptions options, HeadIndex a, HeadIndex b, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(laboratory);
        ArgumentNullException.ThrowIfNull(options);
        _laboratory = laboratory;
        _options = options;
        _a = a;
        _b = b;
        _cancellationToken = cancellationToken;
    }

    private TransformerWeights Weights => _laboratory.Forward.Circuits;

    private int Rank => Weights.OVCircuit(_a).Rank;

    /// <summary>
    /// Every arm: in the place of A, of B, of both. None that is fitted where copying is not defined, or circuits have no scale to be
    /// fitted at.
    /// </summary>
    public IEnumerable<PutBackArm> All()
    {
        foreach (HeadIndex[] place in new HeadIndex[][] { [_a], [_b], [_a, _b] })
        {
            yield return OneEach(place, PutBackArmName.Original, Own);
            if (_laboratory.Forward is { NoCopying: null, NoScales: null })
            {
                yield return OneEach(place, PutBackArmName.Copier, _ => Fitted(PutBackArmName.Copier, null, permuted: false));
                yield return OneEach(place, PutBackArmName.Matched, MatchedTo);
                yield return OneEach(place, PutBackArmName.Permuted, _ => Fitted(PutBackArmName.Permuted, null, permuted: true));
            }
            yield return OneEach(place, PutBackArmName.Random, RandomPair);
            yield return OneEach(place, PutBackArmName.Other, head => Own(head == _a ? _b : _a));
            if (place.Length < 2)
                continue;
            yield return new(place, PutBackArmName.Truncated, Rank,
                () => [new(_a, TokenCircuit.OfHeads(Weights, _a, _b).Truncate(Rank).Residual)]);
            yield return new(place, PutBackArmName.Summed, 2 * Rank, () => [new(_a, FactoredMatrix.Sum(Own(_a), Own(_b)))]);
        }
    }

    private PutBackArm OneEach(HeadIndex[] place, string name, Func<HeadIndex, FactoredMatrix> circuit) =>
        new(place, name, place.Length * Rank, () => [.. place.Select(head => new PatternCircuit(head, circuit(head)))]);

    private FactoredMatrix Own(HeadIndex head) => Weights.OVCircuit(head);

    private FactoredMatrix MatchedTo(HeadIndex head) => Fitted($"{PutBackArmName.Matched} {head}", Own(head), permuted: false);

    // A fit like another circuit is held to its norm, and is no worse a copier than it.
    private FactoredMatrix Fitted(string key, FactoredMatrix? like, bool permuted)
    {
        if (_fits.TryGetValue(key, out var fitted))
            return fitted;
        var options = _options.Fit(Math.Min(Rank, _laboratory.Model.Weights.Config.DModel));
        if (like is not null)
            options = options with { MaxNorm = like.FrobeniusNorm(), KnownFactors = KnownFactors.Of(like, options.Rank) };
        var circuit = permuted
            ? FitPermutation(options)
            : _laboratory.Copying.Fit(options, cancellationToken: _cancellationToken);
        return _fits[key] = circuit.Residual;
    }

    private TokenCircuit FitPermutation(LowRankFitOptions options)
    {
        int vocabulary = Weights.Config.Vocabulary;
        int[] target = Permutations.Random(vocabulary, _laboratory.Counts, _options.Seed);
        var rows = TokenRow.Of(_laboratory.Model.Vocabulary);
        foreach (var row in rows)
            row.Target = (uint)target[row.TokenId];
        var data = TokenRow.Load(_laboratory.ML, rows, vocabulary);
        return _laboratory.Copying.Fit(options, data, nameof(TokenRow.Target), cancellationToken: _cancellationToken);
    }

    private FactoredMatrix RandomPair(HeadIndex head)
    {
        var random = new Random(SeedOf(head));
        int width = Weights.Config.DModel;
        var left = GaussianNoise.Create(random, width, Rank);
        var pair = new FactoredMatrix(left, GaussianNoise.Create(random, Rank, width));
        float scale = (float)(Own(head).FrobeniusNorm() / pair.FrobeniusNorm());
        return new(Matrix.Create(left.Rows, left.Columns, (i, j) => left[i, j] * scale), pair.B);
    }

    // Primes, so that no two heads of one seed, nor of neighbouring ones, have the same numbers.
    private int SeedOf(HeadIndex head) => unchecked((_options.Seed * 1_000_003) + (head.Layer * 1009) + head.Head);
}
