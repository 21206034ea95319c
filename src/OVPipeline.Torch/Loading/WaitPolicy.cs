using System.Runtime.InteropServices;

namespace OVPipeline.Torch;

/// <summary>How libtorch's threads wait for each other.</summary>
internal static partial class WaitPolicy
{
    private const string Name = "OMP_WAIT_POLICY", Passive = "PASSIVE";

    /// <summary>
    /// Before libtorch is loaded: its threads sleep while they wait, unless the environment says otherwise. By default OpenMP's spin, which
    /// wins nothing here where a program has all cores, and where two share them takes each five times as long.
    /// </summary>
    public static void Sleep()
    {
        if (Environment.GetEnvironmentVariable(Name) is not null)
            return;
        if (OperatingSystem.IsWindows())
            Environment.SetEnvironmentVariable(Name, Passive);
        else
            _ = SetEnvironment(Name, Passive, 0); // .NET's own call does not reach native libraries
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
