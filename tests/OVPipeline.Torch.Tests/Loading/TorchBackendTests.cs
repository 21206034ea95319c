using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace OVPipeline.Torch.Tests;

public class TorchBackendTests
{
    [Theory]
    [InlineData("", null)] // a sample's default: nothing large is restored
    [InlineData("none", null)]
    [InlineData("cpu", "TorchSharp-cpu")]
    [InlineData("cuda-linux", "TorchSharp-cuda-linux")]
    [InlineData("cuda-windows", "TorchSharp-cuda-windows")]
    public void TorchBackend_OfASample_SelectsThePackage(string backend, string? package)
    {
        string project = Path.Combine(EmbeddedModel.Root, "samples", "ReproduceClaim", "ReproduceClaim.csproj");
        string[] references = [.. PackagesOf(project, backend).Where(name => name.StartsWith("TorchSharp", StringComparison.Ordinal))];
        Assert.Equal(package is null ? [] : [package], references);
    }

    private static string[] PackagesOf(string project, string backend)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        foreach (string argument in new[] { "msbuild", project, "-getItem:PackageReference", $"-p:TorchBackend={backend}" })
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return [.. JsonDocument.Parse(output).RootElement.GetProperty("Items").GetProperty("PackageReference").EnumerateArray()
            .Select(item => item.GetProperty("Identity").GetString()!)];
    }
}
