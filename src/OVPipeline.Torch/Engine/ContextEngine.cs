using Microsoft.ML;
using Microsoft.ML.Runtime;
using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>What scores by the settings of an ML.NET context, as Microsoft.ML.TorchSharp takes them.</summary>
internal static class ContextEngine
{
    /// <summary>The engine that a context asks for.</summary>
    /// <param name="ml">Its <c>GpuDeviceId</c> is the device, its <c>FallbackToCpu</c> what happens where that is not there.</param>
    /// <param name="open">Opens a device by its name.</param>
    /// <exception cref="TorchUnavailableException">The device is not there, and falling back is not allowed.</exception>
    public static IScoringEngine Of(MLContext ml, Func<string, IScoringEngine> open)
    {
        if (ml.GpuDeviceId is not { } device)
            return CpuEngine.Shared;
        try
        {
            return open($"cuda:{device}");
        }
        catch (TorchUnavailableException e) when (ml.FallbackToCpu)
        {
            using var channel = ((IChannelProvider)ml).Start(nameof(TorchEngine));
            channel.Trace(MessageSensitivity.None, "{0} Scoring on the processor, as FallbackToCpu allows.", e.Message);
            return CpuEngine.Shared;
        }
        catch (TorchUnavailableException e)
        {
            throw new TorchUnavailableException($"{e.Message.TrimEnd('.')}; MLContext.FallbackToCpu = true scores on the processor.", e);
        }
    }
}
