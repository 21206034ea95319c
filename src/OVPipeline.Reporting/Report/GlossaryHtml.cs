using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using OVPipeline.Core;

namespace OVPipeline.Reporting;

/// <summary>
/// A report's terms: the entries at its end, and links to them from where a term first stands in a part. A text without terms stays as it
/// is.
/// </summary>
internal sealed class GlossaryHtml
{
    private readonly IReadOnlyList<ReportTerm> _terms;
    private readonly Dictionary<string, ReportTerm> _byForm = new(StringComparer.OrdinalIgnoreCase);
    private readonly Regex? _forms;
    private readonly HashSet<ReportTerm> _linked = [];

    public GlossaryHtml(IReadOnlyList<ReportTerm> terms)
    {
        _terms = terms;
        foreach (var term in terms)
            foreach (string form in term.Forms.Append(term.Name))
                _byForm.TryAdd(form, term);
        if (_byForm.Count > 0)
        {
            // Of forms that begin alike the longest; none within a word.
            string all = string.Join('|', _byForm.Keys.OrderByDescending(form => form.Length).Select(Regex.Escape));
            _forms = new($@"(?<![\w-])(?:{all})(?![\w'-])", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
        }
    }

    /// <summary>A new part begins: each term is linked again where it first stands.</summary>
    public void Begin() => _linked.Clear();

    /// <summary>A text, encoded, its terms linked.</summary>
    public string Text(string text)
    {
        text = text.Replace(" %", "\u00A0%", StringComparison.Ordinal); // a number and its unit stay on a line
        if (_forms is null)
            return HtmlReport.Text(text);
        var html = new StringBuilder();
        int from = 0;
        foreach (Match match in _forms.Matches(text))
        {
            var term = _byForm[match.Value];
            if (!_linked.Add(term))
                continue;
            html.Append(HtmlReport.Text(text[from..match.Index])).Append(CultureInfo.InvariantCulture,
                $"<a class=\"term\" href=\"#{Id(term)}\" title=\"{HtmlReport.Text(term.Meaning)}\">{HtmlReport.Text(match.Value)}</a>");
            from = match.Index + match.Length;
        }
        return html.Append(HtmlReport.Text(text[from..])).ToString();
    }

    /// <summary>The entries.</summary>
    public void Append(StringBuilder html)
    {
        if (_terms.Count == 0)
            return;
        html.Append("<section id=\"glossary\">\n<h2>Glossary</h2>\n<dl class=\"glossary\">\n");
        foreach (var term in _terms)
        {
            html.Append(CultureInfo.InvariantCulture,
                $"<div id=\"{Id(term)}\"><dt><dfn>{HtmlReport.Text(term.Name)}</dfn></dt><dd>{HtmlReport.Text(term.Meaning)}</dd></div>\n");
        }
        html.Append("</dl>\n</section>\n");
    }

    private static string Id(ReportTerm term) => "term-" + Regex.Replace(term.Name.ToLowerInvariant(), "[^a-z0-9]+", "-").Trim('-');
}
