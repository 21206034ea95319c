using System.Text.RegularExpressions;
using Xunit;

namespace OVPipeline.Reporting.Tests.Pages;

/// <summary>All pages have their colours and their type from one sheet.</summary>
public sealed class StyleTests
{
    private static readonly string[] s_scripted = ["--heads", "--gap", "--cell", "--columns"]; // set where they are used

    [Theory, InlineData("report"), InlineData("page"), InlineData("atlas"), InlineData("attention")]
    public void Sheet_OfAPage_DeclaresNoColourOfAllPages(string name)
    {
        string sheet = PageResource.Read($"Pages/{name}.css");
        string[] shared = [.. Declared(PageResource.Read("Pages/base.css"))];
        Assert.Contains("--ink", shared);
        Assert.DoesNotContain(":root", sheet, StringComparison.Ordinal);
        Assert.Empty(Declared(sheet).Intersect(shared));
        Assert.Empty(Used(sheet).Except(shared).Except(Declared(sheet)).Except(s_scripted));
    }

    [Fact]
    public void Colours_OfTheDarkMode_AreThoseOfTheLightOneAndNotOfPaper()
    {
        string sheet = PageResource.Read("Pages/base.css");
        int dark = sheet.IndexOf("@media screen and (prefers-color-scheme: dark)", StringComparison.Ordinal);
        Assert.True(dark > 0);
        Assert.Equal(Declared(sheet[..dark]).Except(["--sans"]), Declared(sheet[dark..]));
    }

    [Fact]
    public void Style_OfAPage_HasWhatAllShareFirst() =>
        Assert.StartsWith(PageResource.Read("Pages/base.css"), PageResource.Style("report"), StringComparison.Ordinal);

    private static IEnumerable<string> Declared(string sheet) =>
        Regex.Matches(sheet, @"(?<![\w(-])(--[A-Za-z]+):").Select(match => match.Groups[1].Value);

    private static IEnumerable<string> Used(string sheet) =>
        Regex.Matches(sheet, @"var\((--[A-Za-z]+)").Select(match => match.Groups[1].Value).Distinct();
}
