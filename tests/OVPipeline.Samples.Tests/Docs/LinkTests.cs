using Xunit;

namespace OVPipeline.Samples.Tests.Docs;

/// <summary>Every link within the repository leads somewhere.</summary>
public sealed class LinkTests
{
    private static readonly string[] s_elsewhere = ["http:", "https:", "mailto:"];

    public static TheoryData<string> Pages => [.. DocumentationPage.All.Select(page => page.Name)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Links_OfAPage_LeadToAFileAndAnAnchor(string name)
    {
        var page = DocumentationPage.All.Single(one => one.Name == name);
        string[] broken =
        [
            .. page.Links.Where(link => !s_elsewhere.Any(scheme => link.Target.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)))
                .Where(link => !Leads(page, link.Target)).Select(link => $"{name}:{link.Line}: {link.Target} leads nowhere"),
        ];
        Assert.True(broken.Length == 0, string.Join('\n', broken));
    }

    [Fact]
    public void Index_OfTheDocumentation_LinksToEveryPage()
    {
        var index = DocumentationPage.All.Single(page => page.Name == "docs/index.md");
        string[] linked = [.. index.Links.Select(link => Path.GetFileName(link.Target.Split('#')[0]))];
        Assert.All(DocumentationPage.All.Where(page => page != index && page.Name.StartsWith("docs/", StringComparison.Ordinal)),
            page => Assert.Contains(Path.GetFileName(page.Path), linked));
    }

    private static bool Leads(DocumentationPage page, string target)
    {
        string[] parts = Uri.UnescapeDataString(target).Split('#', 2);
        string path = parts[0].Length == 0 ? page.Path : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page.Path)!, parts[0]));
        if (!Path.Exists(path))
            return false;
        return parts.Length == 1 || (DocumentationPage.All.FirstOrDefault(one => one.Path == path)?.Anchors.Contains(parts[1]) ?? false);
    }
}
