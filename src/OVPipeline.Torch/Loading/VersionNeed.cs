namespace OVPipeline.Torch;

/// <summary>A symbol version that a library asks another one for.</summary>
/// <param name="Library">The library that should have it, such as <c>libstdc++.so.6</c>.</param>
/// <param name="Version">The version, such as <c>GLIBCXX_3.4.32</c>.</param>
/// <param name="Index">The index by which symbols name it.</param>
/// <param name="FlagsOffset">Where its flags lie in the file.</param>
internal sealed record VersionNeed(string Library, string Version, ushort Index, int FlagsOffset);
