using Xunit;

namespace OVPipeline.Architecture.Tests;

public sealed class CompiledSourcesTests
{
    [Theory]
    [InlineData("class A { Nowhere? X; }")]
    [InlineData("class A { int X() => \"\".Nowhere; }")]
    public void BindingErrors_UnknownName_IsNamed(string text)
    {
        string error = Assert.Single(SmallSources.Bind(("A.cs", text)).BindingErrors);

        Assert.StartsWith("A.cs(1,", error, StringComparison.Ordinal);
        Assert.Contains("Nowhere", error, StringComparison.Ordinal);
    }

    [Fact]
    public void BindingErrors_WhatASourceGeneratorCompletes_AreNone() => Assert.Empty(SmallSources.Bind((
        "A.cs",
        """
        using System.Text.RegularExpressions;
        partial class A
        {
            [GeneratedRegex("a")]
            private static partial Regex X();
        }
        """)).BindingErrors);

    [Fact]
    public void ForeignUses_OfTheConsole_AreSeenThroughAStaticUsing() => Assert.Contains(
        new ForeignUse("A.cs", "System.Console", "System.Console"),
        SmallSources.Bind(("A.cs", "using static System.Console; class A { void X() => WriteLine(); }")).ForeignUses);

    [Fact]
    public void Types_OfOneNameInTwoNamespaces_AreTwo() => Assert.Equal(
        [new("Same", "A.cs"), new DeclaredType("Same", "B.cs")],
        SmallSources.Bind(("A.cs", "namespace A; class Same { class Inner; }"), ("B.cs", "namespace B; class Same;")).Types);
}

/// <summary>Sources given as strings, bound against the runtime alone.</summary>
internal static class SmallSources
{
    public static CompiledSources Bind(params (string Path, string Text)[] files) =>
        CompiledSources.Bind("Small", files, SourceProject.References());
}
