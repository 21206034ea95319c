using System.Reflection;
using TorchSharp;
using Xunit;
using Xunit.v3;

[assembly: OVPipeline.Tests.Common.TensorsInScopes]

namespace OVPipeline.Tests.Common;

/// <summary>
/// Fails each test that made a tensor while no dispose scope was open: nothing holds such a one while libtorch reads it, and once in many
/// runs the process ends (OVPipeline.Torch.CallScope says why). TorchSharp counts by thread, and so does this: what a test makes on the
/// thread that it began on, until it goes on elsewhere. What constructors of test classes make, and other threads, is not seen.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class TensorsInScopesAttribute : BeforeAfterTestAttribute
{
    // Of the test that began last on a thread, and what was counted there before.
    [ThreadStatic] private static string? t_test;
    [ThreadStatic] private static long t_before;

    private static long MadeOutside => DisposeScopeManager.Statistics.CreatedOutsideScopeCount;

    /// <inheritdoc/>
    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        t_test = test.UniqueID;
        t_before = MadeOutside;
    }

    /// <inheritdoc/>
    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (t_test != test.UniqueID)
            return;
        long made = MadeOutside - t_before;
        Assert.True(made == 0, $"Made {made} tensors outside of any dispose scope, where they may be finalized while libtorch reads them: "
            + "open a `using var scope = NewDisposeScope()` first.");
    }
}
