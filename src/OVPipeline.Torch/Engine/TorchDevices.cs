using System.Globalization;
using TorchSharp;

namespace OVPipeline.Torch;

/// <summary>Devices by their names: <c>cpu</c>, <c>cuda</c> (the first) and <c>cuda:1</c>.</summary>
internal static class TorchDevices
{
    private const string Cuda = "cuda";

    /// <summary>Loads libtorch and opens a device.</summary>
    /// <exception cref="ArgumentException">That is no name of a device.</exception>
    /// <exception cref="TorchUnavailableException">libtorch or the device is not there.</exception>
    public static torch.Device Open(string name)
    {
        int? index = Parse(name);
        TorchLibrary.EnsureLoaded();
        if (index is not { } wanted)
            return new(DeviceType.CPU);
        int count = NativeFolders.HasCuda && torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        if (wanted >= count)
            throw NotThere(wanted, count, NativeFolders.HasCuda);
        return new(DeviceType.CUDA, wanted);
    }

    /// <summary>The number of a CUDA device, or null for the processor.</summary>
    /// <exception cref="ArgumentException">It is neither.</exception>
    public static int? Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name == "cpu")
            return null;
        if (name == Cuda)
            return 0;
        return name.StartsWith(Cuda + ":", StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(Cuda.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            ? index
            : throw new ArgumentException($"A Torch device is cpu, cuda or cuda:N with N from 0; was '{name}'.", nameof(name));
    }

    /// <summary>What is missing where a CUDA device is.</summary>
    /// <param name="wanted">Its number.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="hasCudaLibrary">Whether libtorch's library for CUDA is part of the application.</param>
    public static TorchUnavailableException NotThere(int wanted, int count, bool hasCudaLibrary)
    {
        string reason = (count, hasCudaLibrary) switch
        {
            (0, false) =>
                "this application has libtorch for the processor alone; take the package TorchSharp-cuda-linux or TorchSharp-cuda-windows "
                + "in its place, as -p:TorchBackend=cuda-linux or cuda-windows does in OVPipeline's repository.",
            (0, true) =>
                "libtorch sees no CUDA device; an NVIDIA GPU and its driver are needed, and nvidia-smi lists what the driver sees.",
            (1, _) => "this machine has one CUDA device, cuda:0.",
            _ => $"this machine has {count} CUDA devices, cuda:0 to cuda:{count - 1}.",
        };
        return new($"There is no cuda:{wanted}: {reason}");
    }
}
