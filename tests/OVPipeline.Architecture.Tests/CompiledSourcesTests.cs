using Xunit;

namespace OVPipeline.Architecture.Tests;

public sealed class CompiledSourcesTests
{
    [Fact]
    public void BindingErrors_UnknownType_AreNamed() =>
        Assert.Contains("Nowhere", Assert.Single(SmallSources.Bind(("A.cs", "class A { Nowhere? X; }")).BindingErrors), StringComparison.Ordinal);

    [Fact]
    public void BindingErrors_UnknownMember_AreNamed() =>
        Assert.Contains("Nothing", Assert.Single(SmallSources.Bind(("A.cs", "class A { int X() => \"\".Nothing; }")).BindingErrors), StringComparison.Ordinal);

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
