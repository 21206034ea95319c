using Xunit;

namespace OVPipeline.Architecture.Tests;

public sealed class FolderGraphTests
{
    [Fact]
    public void Circles_FoldersUseEachOther_NamesFoldersTypesAndFiles()
    {
        FolderCircle circle = Assert.Single(Circles(
            ("Low/Data.cs", "class Data { object Top() => new Engine(); }"),
            ("High/Engine.cs", "class Engine { Data? Below; }")));

        Assert.Equal(["High", "Low"], circle.Folders);
        Assert.Equal(
            "High, Low stand on each other:\n  High uses Low: Data in High/Engine.cs\n  Low uses High: Engine in Low/Data.cs\n",
            circle.Explanation);
    }

    [Fact]
    public void Circles_OneDirection_None() => Assert.Empty(Circles(
        ("Low/Data.cs", "class Data { }"),
        ("Middle/Step.cs", "class Step { Data? Below; }"),
        ("High/Engine.cs", "class Engine { Step? Below; Data? Ground; }")));

    [Fact]
    public void Circles_FilesOfOneFolderUseEachOther_None() => Assert.Empty(Circles(
        ("One/A.cs", "class A { B? Other; }"),
        ("One/B.cs", "class B { A? Other; }")));

    [Fact]
    public void Circles_OverThreeFolders_NamesTheThreeAlone()
    {
        FolderCircle circle = Assert.Single(Circles(
            ("A/A.cs", "class A { B? Next; }"),
            ("B/B.cs", "class B { C? Next; Ground? Below; }"),
            ("C/C.cs", "class C { A? Next; }"),
            ("D/D.cs", "class D { A? Below; }"),
            ("E/Ground.cs", "class Ground { }")));

        Assert.Equal(["A", "B", "C"], circle.Folders);
        Assert.DoesNotContain("Ground", circle.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void Circles_TwoApart_AreTwo() => Assert.Equal(2, Circles(
        ("A/A.cs", "class A { B? Next; }"),
        ("B/B.cs", "class B { A? Next; }"),
        ("C/C.cs", "class C { D? Next; A? Below; }"),
        ("D/D.cs", "class D { C? Next; }")).Count);

    [Fact]
    public void Circles_FolderAndItsNestedFolderUseEachOther_IsOne() => Assert.Equal(
        ["Fitting", "Fitting/Bounded"],
        Assert.Single(Circles(
            ("Fitting/Run.cs", "class Run { Bound? Inner; }"),
            ("Fitting/Bounded/Bound.cs", "class Bound { Run? Outer; }"))).Folders);

    [Theory]
    [InlineData("class Run { Bound? Inner; }", "class Bound { }")]
    [InlineData("class Run { }", "class Bound { Run? Outer; }")]
    public void Circles_FolderAndItsNestedFolderInOneDirection_None(string outer, string inner) =>
        Assert.Empty(Circles(("Fitting/Run.cs", outer), ("Fitting/Bounded/Bound.cs", inner)));

    [Fact]
    public void Circles_NestedFoldersOfTwoFolders_AreSeenAsTheWholeFolders() => Assert.Equal(
        ["A", "B"],
        Assert.Single(Circles(
            ("A/Top/Upper.cs", "class Upper { Middle? Below; }"),
            ("B/Middle.cs", "class Middle { Lower? Below; }"),
            ("A/Ground/Lower.cs", "class Lower { }"))).Folders);

    [Fact]
    public void Circles_DeepNested_AreFoundWhereTheyAre() => Assert.Equal(
        ["A/B/C", "A/B/D"],
        Assert.Single(Circles(
            ("A/B/C/One.cs", "class One { Two? Next; }"),
            ("A/B/D/Two.cs", "class Two { One? Next; }"),
            ("E/Three.cs", "class Three { One? Below; }"))).Folders);

    [Fact]
    public void Circles_WithFilesBesideTheProject_CallThemAPoint() => Assert.Equal(
        [".", "A"],
        Assert.Single(Circles(
            ("Front.cs", "class Front { Back? Below; }"),
            ("A/Back.cs", "class Back { Front? Above; }"))).Folders);

    [Theory]
    [InlineData("class Low { void Use() => High.Make().ToString(); }", "static class High { public static object Make() => 1; }")]
    [InlineData("class Low { object Use(int x) => x.Twice(); }", "static class High { public static int Twice(this int x) => 2 * x; }")]
    [InlineData("class Low : High { }", "class High { }")]
    [InlineData("class Low { void Use(System.Collections.Generic.List<High> all) { } }", "class High { }")]
    [InlineData("[High] class Low { }", "class HighAttribute : System.Attribute { }")]
    [InlineData("class Low { string Use => nameof(High); }", "class High { }")]
    [InlineData("class Low { object Use() => typeof(High.Inner); }", "class High { public class Inner { } }")]
    [InlineData("using Alias = High; class Low { Alias? Use; }", "class High { }")]
    [InlineData("partial class Low { void Use() { var all = Make(); } High Make() => null!; }", "class High { }")]
    public void Circles_OneDirectionInAnyForm_IsSeen(string low, string high) => Assert.Single(Circles(
        ("Low/Low.cs", low),
        ("High/High.cs", high),
        ("High/Top.cs", "class Top { Low? Below; }")));

    [Theory]
    [InlineData("class Low { object Use(Middle x) => x + x; }")]
    [InlineData("class Low { object Use(Middle x) => x[0]; }")]
    [InlineData("class Low { object Use(Middle x) => -x; }")]
    [InlineData("class Low { int Use(Middle x) => (int)x; }")]
    public void Circles_MemberWithoutAName_IsSeenInTheTypeThatDeclaresIt(string low) => Assert.Single(Circles(
        ("Low/Low.cs", low),
        ("Low/Middle.cs", "class Middle : High { }"),
        (
            "High/High.cs",
            """
            class High
            {
                Low? Below;
                public int this[int i] => i;
                public static High operator +(High a, High b) => a;
                public static High operator -(High a) => a;
                public static explicit operator int(High a) => 1;
            }
            """)));

    [Fact]
    public void Circles_OnlyACommentNamesTheType_None() => Assert.Empty(Circles(
        ("Low/Low.cs", "/// <summary>See <see cref=\"High\"/>.</summary>\nclass Low { } // High"),
        ("High/High.cs", "class High { Low? Below; }")));

    [Fact]
    public void Circles_TypeInPartsOfTwoFolders_CountsInBoth() => Assert.Single(Circles(
        ("A/Part.cs", "partial class Both { }"),
        ("B/Part.cs", "partial class Both { User? Above; }"),
        ("C/User.cs", "class User { Both? Below; }")));

    [Fact]
    public void Map_FloorsFromTheTop()
    {
        FolderGraph graph = Graph(
            ("Low/Data.cs", "class Data { }"),
            ("Middle/Step.cs", "class Step { Data? Below; }"),
            ("High/Engine.cs", "class Engine { Step? Below; Data? Ground; }"),
            ("Alone/Other.cs", "class Other { }"));

        Assert.Equal("  floor 2\n    High -> Low, Middle\n  floor 1\n    Middle -> Low\n  floor 0\n    Alone\n    Low\n", graph.Map());
    }

    private static IReadOnlyList<FolderCircle> Circles(params (string Path, string Text)[] files) => Graph(files).Circles();

    private static FolderGraph Graph(params (string Path, string Text)[] files)
    {
        CompiledSources sources = SmallSources.Bind(files);
        Assert.Empty(sources.BindingErrors);
        return new(files.Select(file => file.Path), sources.Uses);
    }
}
