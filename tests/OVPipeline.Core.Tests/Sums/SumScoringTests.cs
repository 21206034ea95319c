using Xunit;

namespace OVPipeline.Core.Tests.Sums;

public sealed class SumScoringTests
{
    private static readonly ScoringOptions s_ranks = new() { LabelRank = true };

    public static TheoryData<string> Kinds => [.. ScoringCases.Kinds];

    [Theory, MemberData(nameof(Kinds))]
    public void RankSums_EveryKindWidthAndSize_IsEachCircuitAlone(string kind)
    {
        foreach (var (vocabulary, rank) in new[] { (1, 1), (15, 3), (48, 16), (49, 5), (400, 3) })
        {
            var sums = Sums(kind, vocabulary, rank);
            int[][] alone = [.. Enumerable.Range(0, sums.Sums.Count).Select(sum => Alone(sums.Circuit(sum)))];
            foreach (var width in Enum.GetValues<SimdWidth>())
                foreach (int threads in new[] { 1, 2 })
                {
                    var engine = new CpuEngine(threads, width);
                    foreach (int deepest in new[] { SumScoring.Every, 1, 7 })
                    {
                        var ranks = SumSweep.Ranks(engine, sums, deepest, TestContext.Current.CancellationToken);
                        for (int sum = 0; sum < alone.Length; sum++)
                            Assert.True(alone[sum].Select(rank => Math.Min(rank, deepest + 1)).SequenceEqual(ranks[sum]),
                                $"{kind} V {vocabulary} r {rank} {width} {threads} {deepest}: sum {string.Join('+', sums.Sums[sum])}");
                    }
                }
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void RankSums_EveryKind_IsTheExactTwins(string kind)
    {
        var sums = Sums(kind, 61, 6);
        var ranks = CpuEngine.Shared.RankSums(sums, TestContext.Current.CancellationToken);
        for (int sum = 0; sum < ranks.Count; sum++)
        {
            var circuit = sums.Circuit(sum);
            for (int token = 0; token < circuit.Vocabulary; token++)
                Assert.Equal(new ExactTwin(circuit.H.Row(token), circuit.G).RankOf(token), ranks[sum][token]);
        }
    }

    [Fact]
    public void RankSums_PartsThatCancel_AreDecidedExactly()
    {
        // The second part takes away what the first has, but for a unit in the last place of a few columns: sums are ties or nearly so.
        var first = ScoringCases.Create("ordinary", 120, 8);
        var last = Matrix.Create(8, 120, (k, j) => j % 5 == k ? MathF.BitIncrement(first.G[k, j]) : first.G[k, j]);
        var second = ScoringCases.Of(Matrix.Create(120, 8, (i, k) => -first.H[i, k]), last);
        var sums = new CircuitSums([first, second], [[0], [1], [0, 1], [1, 0], [0, 1]]);
        var ranks = CpuEngine.Shared.RankSums(sums, TestContext.Current.CancellationToken);
        var pair = sums.Circuit(2);
        int[] exact = [.. Enumerable.Range(0, 120).Select(token => new ExactTwin(pair.H.Row(token), pair.G).RankOf(token))];
        Assert.Equal(exact, ranks[2]);
        Assert.Equal(exact, ranks[3]);
        Assert.NotEqual(Enumerable.Range(1, 120), exact);
    }

    [Fact]
    public void RankSumsUpTo_Deepest_IsTheLastThatIsToldApart()
    {
        var sums = Sums("near ties", 70, 5);
        foreach (var engine in new IScoringEngine[] { CpuEngine.Shared, new Plain() })
            Assert.Equal(
                engine.RankSums(sums, TestContext.Current.CancellationToken).Select(own => own.Select(rank => Math.Min(rank, 4))),
                engine.RankSumsUpTo(sums, 3, TestContext.Current.CancellationToken));
        Assert.Throws<ArgumentOutOfRangeException>(() => CpuEngine.Shared.RankSumsUpTo(sums, 0, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void OpenSums_SumThatIsDone_IsLeft()
    {
        var open = new OpenSums([[0], [0, 2], [1]], parts: 3, strips: 2, deepest: 2);
        open.Begin(2);
        Assert.Equal("[0, 1, 2] True,True,True", Strip(0));
        KeepAt(0, 1);
        Assert.Equal("[1] True,False,True", Strip(0));
        Assert.Equal("[0, 1, 2] True,True,True", Strip(1));
        KeepAt(0);
        KeepAt(0);
        Assert.True(open.Any, "The other strip is open.");
        KeepAt(1);
        Assert.False(open.Any, "None is open.");
        open.Begin(1);
        Assert.True(open.Any, "A new block is open.");
        Assert.Equal((true, false), (IsOpen(2, 5, 1, 2), IsOpen(2, int.MaxValue, 2, 3)));

        unsafe string Strip(int strip) => $"[{string.Join(", ", open.Of(strip).ToArray())}] "
            + $"{open.StripsOf(0)[strip]},{open.StripsOf(1)[strip]},{open.StripsOf(2)[strip]}";

        unsafe void KeepAt(int strip, params int[] sums)
        {
            sums.CopyTo(new Span<int>(open.SumsOf(strip), sums.Length));
            open.Keep(strip, sums.Length);
        }

        unsafe bool IsOpen(params int[] counts)
        {
            fixed (int* first = counts)
                return open.IsOpen(first);
        }
    }

    [Fact]
    public void RankSums_OtherEngine_ScoresEachAlone()
    {
        var sums = Sums("near ties", 70, 5);
        var engine = new Plain();
        var ranks = engine.RankSums(sums, TestContext.Current.CancellationToken);
        Assert.True(engine.Calls >= sums.Sums.Count, "The engine was not asked.");
        Assert.Equal(CpuEngine.Shared.RankSums(sums, TestContext.Current.CancellationToken).SelectMany(own => own),
            ranks.SelectMany(own => own));
    }

    [Fact]
    public void RankSums_Cancelled_Throws() => Assert.ThrowsAny<OperationCanceledException>(
        () => CpuEngine.Shared.RankSums(Sums("ordinary", 70, 5), new(canceled: true)));

    [Fact]
    public void OfHeads_Sum_IsTheCircuitOfTheseHeads()
    {
        var config = new TransformerConfig { Name = "m", Layers = 2, Heads = 2, DModel = 9, DHead = 3, Vocabulary = 40 };
        var weights = new InMemoryWeights();
        weights.Set(WeightKind.W_E, TestMatrices.Random(40, 9, 1));
        weights.Set(WeightKind.W_U, TestMatrices.Random(9, 40, 2));
        foreach (var (head, seed) in config.AllHeads.Select((head, i) => (head, 10 * i)))
        {
            weights.Set(WeightKind.W_V, head, TestMatrices.Random(9, 3, seed + 3));
            weights.Set(WeightKind.W_O, head, TestMatrices.Random(3, 9, seed + 4));
        }
        var model = new TransformerWeights(config, weights);
        HeadIndex[][] heads = [[new(0, 1)], [new(0, 1), new(1, 0)], [new(1, 1), new(1, 0), new(0, 1)]];
        var sums = CircuitSums.OfHeads(model, heads);
        Assert.Equal(3, sums.Parts.Count);
        foreach (var (own, sum) in heads.Select((own, sum) => (own, sum)))
        {
            TokenCircuit found = sums.Circuit(sum), expected = TokenCircuit.OfHeads(model, own);
            Assert.Equal(expected.H.Values, found.H.Values);
            Assert.Equal(expected.G.Values, found.G.Values);
            Assert.Equal(expected.Residual.A.Values, found.Residual.A.Values);
            Assert.Equal(expected.Name, found.Name);
            Assert.Equal(own, found.Heads);
            var count = CopyingCount.Of(model, heads, cancellationToken: TestContext.Current.CancellationToken)[sum];
            Assert.Equal((Alone(expected).Count(rank => rank == 1), 40, expected.Name), (count.Copied, count.Tokens, count.Name));
        }
    }

    [Fact]
    public void CircuitSums_ArgumentsThatDoNotFit_Throw()
    {
        TokenCircuit circuit = ScoringCases.Create("ordinary", 20, 4), other = ScoringCases.Create("ordinary", 21, 4);
        var columns = ScoringCases.Of(TestMatrices.Random(20, 4, 1), TestMatrices.Random(4, 19, 2));
        Throws("one circuit", [], []);
        Throws("different vocabularies", [circuit, other], [[0]]);
        Throws("not these tokens", [columns], [[0]]);
        Throws("was ''", [circuit], [[]]);
        Throws("was '0, 0'", [circuit], [[0, 0]]);
        Throws("was '1'", [circuit], [[1]]);
        Throws("was '-1'", [circuit], [[-1]]);
        Assert.Throws<ArgumentOutOfRangeException>(() => new CircuitSums([circuit], [[0]]).Circuit(1));

        static void Throws(string says, IReadOnlyList<TokenCircuit> parts, int[][] sums) => Assert.Contains(
            says, Assert.Throws<ArgumentException>(() => new CircuitSums(parts, sums)).Message, StringComparison.Ordinal);
    }

    // Two parts of a kind, an ordinary one of another rank, the first again, and one of zeros: alone, in pairs, and all together.
    private static CircuitSums Sums(string kind, int vocabulary, int rank)
    {
        var first = ScoringCases.Create(kind, vocabulary, rank);
        TokenCircuit[] parts =
        [
            first, ScoringCases.Create(kind, vocabulary, rank, seed: 5), ScoringCases.Create("ordinary", vocabulary, rank + 2, seed: 9),
            first, ScoringCases.Of(new(vocabulary, 2), new(2, vocabulary)),
        ];
        int[] all = [.. Enumerable.Range(0, parts.Length)];
        return new(parts, [.. all.Select(a => new[] { a }), .. all.SelectMany(a => all[(a + 1)..], (a, b) => new[] { a, b }), all, [4, 0]]);
    }

    private static int[] Alone(TokenCircuit circuit) =>
        CpuEngine.Shared.ScoreVocabulary(circuit, s_ranks, cancellationToken: TestContext.Current.CancellationToken).LabelRanks;

    private sealed class Plain : IScoringEngine
    {
        public int Calls { get; private set; }

        public int PreferredRows => 1000;

        public void Score(OutputColumns columns, ReadOnlyMemory<float> rows, ReadOnlyMemory<int> labels, ScoredRows scores,
            CancellationToken cancellationToken = default)
        {
            Calls++;
            CpuEngine.Shared.Score(columns, rows, labels, scores, cancellationToken);
        }
    }
}
