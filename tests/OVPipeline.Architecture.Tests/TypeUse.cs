namespace OVPipeline.Architecture.Tests;

/// <summary>A file that uses a type of another file of its project. Paths are relative to the project and have slashes.</summary>
internal sealed record TypeUse(string File, string Type, string TypeFile);

/// <summary>A file that uses a type of another assembly.</summary>
internal sealed record ForeignUse(string File, string Assembly, string Type);

/// <summary>A top-level type (with its arity, as metadata write it) and one file that declares it.</summary>
internal sealed record DeclaredType(string Name, string File);
