using System.Runtime.InteropServices;

namespace OVPipeline.Torch;

/// <summary>Where an application's native libraries lie.</summary>
internal static class NativeFolders
{
    private static readonly string[] CudaLibraries = ["libtorch_cuda.so", "torch_cuda.dll"];

    /// <summary>The path of a native library of this application.</summary>
    /// <exception cref="TorchUnavailableException">There is no such file.</exception>
    public static string Find(string file) =>
        All.Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists) ?? throw NotThere(file);

    /// <summary>Whether libtorch's library for CUDA is part of this application.</summary>
    public static bool HasCuda => All.Any(folder => CudaLibraries.Any(file => File.Exists(Path.Combine(folder, file))));

    public static TorchUnavailableException NotThere(string library) =>
        new($"libtorch is not part of this application ({library} is not in {AppContext.BaseDirectory}): "
            + "add the package TorchSharp-cpu, TorchSharp-cuda-linux or TorchSharp-cuda-windows; "
            + "programs of OVPipeline's repository are built with -p:TorchBackend=cpu, cuda-linux or cuda-windows.");

    // The host lists the folders of packages' native libraries; a plain copy of the application has them beside it.
    private static IEnumerable<string> All =>
    [
        .. (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries),
        AppContext.BaseDirectory,
        Path.Combine(AppContext.BaseDirectory, "runtimes", RuntimeInformation.RuntimeIdentifier, "native"),
    ];
}
