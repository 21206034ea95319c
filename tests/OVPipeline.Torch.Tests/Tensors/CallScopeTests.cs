using System.Runtime.CompilerServices;
using OVPipeline.Core;
using TorchSharp;
using Xunit;
using static OVPipeline.Torch.ModuleWeights;

namespace OVPipeline.Torch.Tests;

/// <summary>Calls on a thread that has no dispose scope open, with tensors that nobody else holds.</summary>
public sealed class CallScopeTests
{
    private const ForwardParts Everything = ForwardParts.Logits | ForwardParts.Losses | ForwardParts.Patterns | ForwardParts.HeadOutputs
        | ForwardParts.Streams;

    private static readonly HeadIndex s_early = new(0, 1), s_late = new(1, 2);

    // What each gives in the end, as numbers.
    private static readonly Dictionary<string, Func<Transformer, IEnumerable<float>>> s_calls = new()
    {
        ["Embed"] = model => Values(model.Embed(Tokens(model))),
        ["Residual"] = model => Values(model.Residual(Tokens(model))),
        ["Residual of a mask"] = model => Values(model.Residual(Tokens(model), Loose(() => torch.ones([2, 9], torch.ScalarType.Int64)))),
        ["ResidualOf"] = model => Values(model.ResidualOf(model.Embed(Tokens(model)))),
        ["forward"] = model => Values(model.forward(Tokens(model))),
        ["InverseSigma"] = model => Values(model.InverseSigma(model.Residual(Tokens(model)))),
        ["Unembed"] = model => Values(model.Unembed(model.Residual(Tokens(model)))),
        ["Run"] = model => Passed(model.Run(Tokens(model), Everything, Changes(model))),
        ["Run of targets"] = model => Passed(model.Run(Tokens(model), Everything, targets: Tokens(model))),
        ["Run of trained factors"] = model => Passed(model.Run(Tokens(model), Everything, HeadInterventions.None
            .ReplaceOV(Loose(() => torch.ones(10, 2)), Loose(() => torch.ones(2, 10)), s_late)
            .Scale(Loose(() => torch.ones(1)), s_late))),
        ["DirectLogits"] = model =>
        {
            using var split = DirectLogits.Over(model, Tokens(model), Tokens(model), Changes(model));
            return Values(split.Heads);
        },
        ["HeadMeansMeasure"] = model => HeadMeansMeasure.Over(model, Tokens(model), perPosition: true)[s_early].Data,
        ["NormScaleMeasure"] = model => NormScaleMeasure.Over(model, [Tokens(model), Tokens(model)], "noise", 1).Output,
        ["LayerCut.StreamBefore"] = model => Values(LayerCut.StreamBefore(model, Tokens(model), 1)),
        ["LayerCut.Resume"] = model => Values(Cut(model).Resume(Written())),
        ["LayerCut.Direct"] = model => Values(Cut(model).Direct(Written())),
        ["LayerCut.Read"] = model => Values(Cut(model).Read(Written())),
        ["LayerCut.Pattern"] = model => Values(Cut(model).Pattern(1)),
        ["LayerCut.Final"] = model => Values(Cut(model).Final),
        ["AttentionProbe"] = model =>
            AttentionProbe.Of(model, new([.. Enumerable.Range(0, 23).Select(i => $"t{i}")]), [1, 2, 3]).Patterns[4].Data,
        ["EffectiveEmbeddings"] = model => EffectiveEmbeddings.Of(model).Data,
        ["TaskMetric"] = model => TaskMetric.Over(model, new("s", [[1, 2, 3]], [[4, 5, 6]])).LossBySequence.Select(loss => (float)loss),
        ["Generate"] = model => model.Generate([1, 2], new() { MaxTokens = 5 }).Select(token => (float)token),
        ["Transformer"] = _ => TrainingFixture.AllWeights(new(TestModels.Config())),
        ["FromWeights"] = model => Values(Transformer.FromWeights(model.Weights).forward(Tokens(model))),
        ["FromWeights of layers that are read"] = model =>
            Values(Transformer.FromWeights(model.Weights, new() { MemoryBudget = 5000 }).forward(Tokens(model))),
        ["Weights"] = model => Transformer.FromWeights(model.Weights).Weights.W_V(s_late).Data,
        ["CircuitRefit"] = model => TrainingFixture.AllWeights(CircuitRefit.Prepare(model, [s_early], [new(s_late, 2)])),
    };

    public static TheoryData<string> Calls => [.. s_calls.Keys];

    [Theory]
    [MemberData(nameof(Calls))]
    public void Call_WithoutAScope_HasItsOwn(string call)
    {
        using var model = Model();
        long before = DisposeScopeManager.Statistics.CreatedOutsideScopeCount;
        Assert.NotEmpty(s_calls[call](model).ToArray());
        Assert.Equal(before, DisposeScopeManager.Statistics.CreatedOutsideScopeCount);
    }

    // Where they are not held, the process ends here (seen with GC.KeepAlive taken out).
    [Fact]
    public void Sums_WhileGarbageIsCollected_HoldWhatTheyAreMadeOf()
    {
        NativeFiles.SkipWithoutBackend();
        TorchLibrary.EnsureLoaded();
        Collections.During(TimeSpan.FromSeconds(2), () =>
        {
            using var scope = torch.NewDisposeScope();
            torch.Tensor[] sums = [Large().Plus(Large()), Large().Plus(1), Large().Times(2), Large().Over(0.5)];
            Assert.All(sums, sum => Assert.Equal((2, 2), (sum.min().item<float>(), sum.max().item<float>())));
        });

        static torch.Tensor Large() => Loose(() => torch.ones(1 << 22));
    }

    // Optimized: elsewhere what is passed lives as long as the call whatever holds it.
    [Fact]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Holding_WhatIsUsedNoMore_LivesToTheEnd()
    {
        NativeFiles.SkipWithoutBackend();
        TorchLibrary.EnsureLoaded();
        Assert.True(LivesWithin(new object(), held: true));
        Assert.False(LivesWithin(new object(), held: false));

        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        static bool LivesWithin(object passed, bool held)
        {
            var reference = new WeakReference(passed);
            using var scope = CallScope.Holding(held ? passed : null);
            GC.Collect();
            return reference.IsAlive;
        }
    }

    [Fact]
    public void Out_OfWhatWasPassedIn_LeavesItToItsScope()
    {
        NativeFiles.SkipWithoutBackend();
        TorchLibrary.EnsureLoaded();
        using var outer = torch.NewDisposeScope();
        torch.Tensor passed, made;
        using (var inner = torch.NewDisposeScope())
        {
            passed = torch.ones(1);
            using (var scope = CallScope.Holding(passed))
            {
                made = scope.Out(torch.ones(2));
                Assert.Same(passed, scope.Out(passed));
            }
            Assert.True(inner.Contains(passed) && inner.Contains(made));
        }
        Assert.True(passed.IsInvalid && made.IsInvalid);
    }

    private static Transformer Model() =>
        TestModels.Random(TestModels.Config(PositionKind.Standard, NormalizationKind.LN, biases: true));

    // A tensor that no scope holds.
    private static torch.Tensor Loose(Func<torch.Tensor> make)
    {
        using var scope = torch.NewDisposeScope();
        return make().DetachFromDisposeScope();
    }

    private static torch.Tensor Tokens(Transformer model) => Loose(() => TestModels.Batch(TestModels.Sequences(model.Config)));

    private static torch.Tensor Written() => Loose(() => torch.ones(2, 9, 10));

    private static LayerCut Cut(Transformer model) => LayerCut.Of(model, Tokens(model), 1);

    private static HeadInterventions Changes(Transformer model) => HeadInterventions.None
        .MeanAblate(HeadMeansMeasure.Over(model, Tokens(model), perPosition: false), s_early)
        .ResampleAblate(Tokens(model), new HeadIndex(1, 0))
        .UsePattern(s_late, s_early);

    private static IEnumerable<float> Passed(ForwardPass pass)
    {
        using (pass)
            return [.. Values(pass.Logits), .. Values(pass.Losses), .. Values(pass.Patterns[1]), .. Values(pass.HeadOutputs[1])];
    }
}
