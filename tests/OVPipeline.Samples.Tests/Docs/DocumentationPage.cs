using Markdig;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace OVPipeline.Samples.Tests.Docs;

/// <summary>A page of the documentation: its blocks of code, links and headings, as a renderer sees them.</summary>
internal sealed class DocumentationPage
{
    // Headings get the anchors that GitHub gives them.
    private static readonly MarkdownPipeline s_pipeline = new MarkdownPipelineBuilder()
        .UsePipeTables()
        .UseAutoIdentifiers(Markdig.Extensions.AutoIdentifiers.AutoIdentifierOptions.GitHub)
        .Build();

    private static readonly string[] s_alone = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"];
    private readonly MarkdownDocument _document;

    private DocumentationPage(string path)
    {
        Path = path;
        Name = System.IO.Path.GetRelativePath(MainJob.FindRoot(), path).Replace('\\', '/');
        _document = Markdown.Parse(File.ReadAllText(path), s_pipeline);
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>The same from the repository's top, as people write it.</summary>
    public string Name { get; }

    /// <summary>All pages: those at the top, docs, and what stands beside data, samples and sources.</summary>
    public static IReadOnlyList<DocumentationPage> All { get; } = Find();

    /// <summary>The anchors that links can name.</summary>
    public IReadOnlySet<string> Anchors =>
        _document.Descendants<HeadingBlock>().Select(heading => heading.GetAttributes().Id).OfType<string>().ToHashSet();

    /// <summary>Targets of links and pictures, with the line they stand on.</summary>
    public IEnumerable<(string Target, int Line)> Links =>
        _document.Descendants<LinkInline>().Where(link => link.Url is not null).Select(link => (link.Url!, link.Line + 1));

    /// <summary>Fenced blocks of code, in order.</summary>
    public IReadOnlyList<CodeBlockOfPage> Blocks
    {
        get
        {
            Block[] all = [.. _document.Descendants<Block>().Where(block => block is FencedCodeBlock or HtmlBlock or ParagraphBlock)];
            List<CodeBlockOfPage> blocks = [];
            for (int i = 0; i < all.Length; i++)
                if (all[i] is FencedCodeBlock code)
                    blocks.Add(new(this, code.Line + 1, code.Info ?? "", code.Lines.ToString(), Remark(all.ElementAtOrDefault(i - 1))));
            return blocks;
        }
    }

    /// <summary>Pieces of code within sentences and tables, with the line they stand on.</summary>
    public IEnumerable<(string Text, int Line)> Spans =>
        _document.Descendants<CodeInline>().Select(span => (span.Content, span.Line + 1));

    /// <inheritdoc/>
    public override string ToString() => Name;

    // The text of a comment in HTML; "" where the block is none.
    private static string Remark(Block? block)
    {
        string text = block is HtmlBlock html ? html.Lines.ToString().Trim() : "";
        const string Start = "<!--", End = "-->";
        return text.StartsWith(Start, StringComparison.Ordinal) && text.EndsWith(End, StringComparison.Ordinal)
            ? text[Start.Length..^End.Length].Trim()
            : "";
    }

    private static DocumentationPage[] Find()
    {
        string root = MainJob.FindRoot();
        IEnumerable<string> Under(string folder, string pattern) => Directory.EnumerateFiles(
            System.IO.Path.Combine(root, folder), pattern, folder == "docs" ? SearchOption.TopDirectoryOnly : SearchOption.AllDirectories);
        string[] paths =
        [
            .. s_alone.Select(name => System.IO.Path.Combine(root, name)).Where(File.Exists),
            .. Under("docs", "*.md"), .. Under("data", "README.md"), .. Under("samples", "README.md"), .. Under("src", "README.md"),
        ];
        return [.. paths.Order(StringComparer.Ordinal).Select(path => new DocumentationPage(path))];
    }
}

/// <summary>A fenced block of code.</summary>
/// <param name="Page">Where it stands.</param>
/// <param name="Line">The line of its fence.</param>
/// <param name="Language">What its fence says: csharp, sh, text.</param>
/// <param name="Code">What is in it.</param>
/// <param name="Remark">The comment right before it; "" where there is none.</param>
internal sealed record CodeBlockOfPage(DocumentationPage Page, int Line, string Language, string Code, string Remark)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Page}:{Line}";
}
