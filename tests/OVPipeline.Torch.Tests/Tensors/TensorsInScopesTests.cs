using System.Reflection;
using OVPipeline.Tests.Common;
using TorchSharp;
using Xunit;
using Xunit.v3;

namespace OVPipeline.Torch.Tests;

public sealed class TensorsInScopesTests
{
    private static readonly MethodInfo s_method = typeof(TensorsInScopesTests).GetMethod(nameof(After_TensorsInAScope_SaysNothing))!;

    public TensorsInScopesTests()
    {
        NativeFiles.SkipWithoutBackend();
        TorchLibrary.EnsureLoaded();
    }

    [Fact]
    public void After_TensorsOutsideOfScopes_FailsWithTheirNumber()
    {
        var failure = FailureAfter(() =>
        {
            using var ones = torch.ones(2);
            using var twos = ones.Times(2);
        });
        Assert.Contains("Made 2 tensors", Assert.IsType<Xunit.Sdk.TrueException>(failure).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void After_TensorsInAScope_SaysNothing() => Assert.Null(FailureAfter(() =>
    {
        using var scope = torch.NewDisposeScope();
        torch.ones(2).Times(2).DetachFromDisposeScope().Dispose();
    }));

    [Fact]
    public void After_OnAnotherThread_SaysNothing()
    {
        var attribute = new TensorsInScopesAttribute();
        var test = (IXunitTest)TestContext.Current.Test!;
        attribute.Before(s_method, test);
        Assert.Null(OnAThread(() =>
        {
            using var ones = torch.ones(2);
            attribute.After(s_method, test);
        }));
    }

    // Of a test that does so, on a thread of its own: the one that the test here runs on is watched too.
    private static Exception? FailureAfter(Action test)
    {
        var attribute = new TensorsInScopesAttribute();
        var one = (IXunitTest)TestContext.Current.Test!;
        return OnAThread(() =>
        {
            attribute.Before(s_method, one);
            test();
            attribute.After(s_method, one);
        });
    }

    private static Exception? OnAThread(Action action)
    {
        Exception? thrown = null;
        var thread = new Thread(() => thrown = Record.Exception(action));
        thread.Start();
        thread.Join();
        return thrown;
    }
}
