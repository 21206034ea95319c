using System.CommandLine;

namespace OVPipeline.Samples;

/// <summary>Options, a line each.</summary>
internal static class CommandOption
{
    /// <summary>An option that may be left out.</summary>
    public static Option<T> Of<T>(string name, string description) => new(name) { Description = description };

    /// <summary>An option with a default, which the help shows.</summary>
    public static Option<T> Of<T>(string name, string description, T value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };
}
