using System.Reflection;
using System.Text;
using Xunit;

namespace OVPipeline.Torch.Tests;

/// <summary>The real libraries that loading tests look at, and C++ libraries made from the system's.</summary>
internal static class NativeFiles
{
    public const string NewVersion = "GLIBCXX_3.4.32";

    /// <summary>What the tests were built with: <c>none</c> has no libtorch to test.</summary>
    public static bool HasBackend { get; } =
        typeof(NativeFiles).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(data => data.Key == "TorchBackend").Value != "none";

    public static string TorchSharp
    {
        get
        {
            SkipWithoutBackend();
            SkipWithoutElf();
            return NativeFolders.Find("libLibTorchSharp.so");
        }
    }

    public static string SystemCppLibrary
    {
        get
        {
            SkipWithoutElf();
            return File.ReadLines("/proc/self/maps").Select(line => line[(line.LastIndexOf(' ') + 1)..])
                .First(file => file.Contains("libstdc++.so", StringComparison.Ordinal));
        }
    }

    public static void SkipWithoutBackend() => Assert.SkipUnless(HasBackend, "Built without libtorch.");

    private static void SkipWithoutElf() => Assert.SkipUnless(OperatingSystem.IsLinux(), "Versions of ELF symbols are a matter of Linux.");

    /// <summary>The system's C++ library with or without a version, by another name for it or for one that nothing here needs.</summary>
    public static string CppLibrary(string folder, bool withNewVersion)
    {
        byte[] bytes = File.ReadAllBytes(SystemCppLibrary);
        bool has = ElfImage.Read(SystemCppLibrary).DefinedVersions.Contains(NewVersion);
        if (has && !withNewVersion)
            Replace(bytes, NewVersion, "GLIBCXX_3.4.98");
        if (!has && withNewVersion)
            Replace(bytes, "GLIBCXX_3.4.10", NewVersion); // TorchSharp asks for no 3.4.10
        string path = Path.Combine(folder, $"libstdc++.{withNewVersion}.so");
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static void Replace(byte[] bytes, string name, string replacement)
    {
        int at = bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes($"\0{name}\0"));
        Assert.True(at > 0, $"The C++ library has no {name}.");
        Encoding.ASCII.GetBytes(replacement).CopyTo(bytes, at + 1);
    }
}
