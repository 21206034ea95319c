using System.Runtime.InteropServices;
using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>Loads TorchSharp's native library on Linux, or a copy of it that asks weakly for symbol versions it makes no use of.</summary>
/// <remarks>
/// The dynamic linker takes a library by the name in its header (DT_SONAME) where one of that name is loaded already: that is how
/// TorchSharp finds the copy that is loaded here, and how the copy finds libtorch, which stays where it is.
/// </remarks>
internal static class LinuxLoader
{
    private const string CppLibrary = "libstdc++.so.6";

    private const string Libtorch = "libtorch.so", LibtorchCuda = "libtorch_cuda.so";

    /// <summary>Loads the library at a path, with libtorch from the same folder, and gives its handle.</summary>
    /// <exception cref="TorchUnavailableException">The system's C++ library lacks something that is used.</exception>
    /// <exception cref="BadImageFormatException">The file is not a library of this kind of machine.</exception>
    /// <exception cref="DllNotFoundException">The dynamic linker refused it; its message says why.</exception>
    public static nint Load(string path)
    {
        string folder = Path.GetDirectoryName(path)!;
        if (!File.Exists(Path.Combine(folder, Libtorch)))
            throw NativeFolders.NotThere(Libtorch);
        // Each loads what it depends on from its own folder. Builds for CUDA alone have the first one.
        foreach (string library in new[] { LibtorchCuda, Libtorch }.Select(name => Path.Combine(folder, name)).Where(File.Exists))
            NativeLibrary.Load(library);
        HeapPolicy.Reuse(); // where libtorch is, the C library is glibc
        return NativeLibrary.Load(Loadable(path, SystemCppLibrary(), PatchedCopy.UserFolder));
    }

    /// <summary>The library itself where the C++ library has all versions it asks for, else the path of a patched copy.</summary>
    /// <exception cref="TorchUnavailableException">A version is missing that is used.</exception>
    public static string Loadable(string path, string cppLibrary, string copies)
    {
        var image = ElfImage.Read(path);
        var defined = ElfImage.Read(cppLibrary).DefinedVersions;
        VersionNeed[] missing = [.. image.VersionNeeds.Where(need => need.Library == CppLibrary && !defined.Contains(need.Version))];
        if (missing.Length == 0)
            return path;
        if (missing.FirstOrDefault(image.IsUsed) is { } used)
            throw TooOld(used.Version, defined, cppLibrary);
        return PatchedCopy.Of(path, image.WithWeak(missing), copies);
    }

    private static TorchUnavailableException TooOld(string version, IReadOnlySet<string> defined, string cppLibrary)
    {
        string family = version[..(version.IndexOf('_', StringComparison.Ordinal) + 1)];
        string? newest = defined
            .Where(name => name.StartsWith(family, StringComparison.Ordinal) && Version.TryParse(name[family.Length..], out _))
            .MaxBy(name => Version.Parse(name[family.Length..]));
        return new($"libtorch needs {version} of the C++ library, {cppLibrary} ends at {newest ?? "none of that kind"}: "
            + "use a newer system or container, put a newer libstdc++.so.6 in front with LD_LIBRARY_PATH, "
            + "or build with -p:TorchBackend=none.");
    }

    // libtorch has loaded it by now; the file that is mapped is the one that counts.
    private static string SystemCppLibrary() =>
        RegularFile.ReadLines("/proc/self/maps").Select(line => line[(line.LastIndexOf(' ') + 1)..])
            .FirstOrDefault(file => Path.GetFileName(file).StartsWith("libstdc++.so", StringComparison.Ordinal))
            ?? throw new TorchUnavailableException(
                $"TorchSharp's library needs {CppLibrary}, which libtorch was loaded without: install libstdc++6.");
}
