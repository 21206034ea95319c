using System.Globalization;
using System.Text.RegularExpressions;
using OVPipeline.Core;
using OVPipeline.Reporting;
using Xunit;

namespace OVPipeline.Samples.Tests.TestTheClaim;

/// <summary>
/// A report's tables in a real browser: one that is wider than the window says so, keeps its first column, and leaves the page as wide as
/// it is.
/// </summary>
public sealed class WideTablesInChromiumTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-wide-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(500)]
    [InlineData(900)]
    [InlineData(1400)]
    [InlineData(1900)]
    public void Report_WideTable_ScrollsWithACueAndKeepsItsFirstColumn(int width)
    {
        var chromium = Chromium.OrSkip(Path.Combine(_folder, "profile"));
        string page = Path.Combine(_folder, "report.html");
        File.WriteAllText(page, HtmlReport.Write(Report()).Replace("</body>", """
            <script>
            for (const part of document.querySelectorAll('details')) part.open = true;
            // A scroll timeline runs from the first frame after the layout on, whenever that is.
            let looks = 0;
            const cued = () => getComputedStyle(document.querySelector('#wide .cue')).visibility === 'visible' || ++looks > 100;
            addEventListener('load', function measure() {
              if (!cued()) { setTimeout(measure, 20); return; }
              const seen = {};
              for (const table of document.querySelectorAll('.table')) {
                const scroll = table.querySelector('.scroll'), cue = table.querySelector('.cue');
                seen[table.id] = { more: scroll.scrollWidth - scroll.clientWidth,
                  right: scroll.getBoundingClientRect().right, cue: getComputedStyle(cue).visibility,
                  shadows: getComputedStyle(scroll).backgroundImage.split('linear-gradient').length - 1 };
                scroll.scrollLeft = 150;
                const first = scroll.querySelector('tbody th'), words = document.createRange();
                words.selectNodeContents(cue);
                const box = words.getBoundingClientRect(); // of the words: the paragraph takes no room
                seen[table.id].read = [box.left + 8, box.right - 8]
                  .every(x => document.elementFromPoint(x, (box.top + box.bottom) / 2) === cue) ? 1 : 0;
                seen[table.id].first = first.getBoundingClientRect().left - scroll.getBoundingClientRect().left;
              }
              document.body.dataset.overflow = document.documentElement.scrollWidth - innerWidth;
              document.body.dataset.seen = Object.entries(seen).map(([id, s]) => `${id} more=${Math.round(s.more)} `
                + `first=${Math.round(s.first)} read=${s.read} cue=${s.cue} shadows=${s.shadows} right=${Math.round(s.right)}`).join('; ');
            })</script></body>
            """, StringComparison.Ordinal));
        // On a busy machine the browser without a window may draw no frame in time, and its scroll timelines do not run: then it looks
        // again.
        string dom = "";
        for (int look = 0; look < 6 && !Entry(dom, "wide").Contains("cue=visible", StringComparison.Ordinal); look++)
            dom = chromium.Run("--dump-dom", page, width);
        var wide = Seen(dom, "wide");
        Assert.True(wide["more"] > 200, $"The wide table does not scroll at {width}.");
        Assert.Equal(0, wide["first"]);
        Assert.Equal(1, wide["read"]); // nothing lies over the words
        Assert.Equal(4, wide["shadows"]);
        Assert.Contains("cue=visible", Entry(dom, "wide"), StringComparison.Ordinal);
        Assert.InRange(wide["right"], 0, width);
        var narrow = Seen(dom, "narrow");
        Assert.Equal(0, narrow["more"]);
        Assert.Contains("cue=hidden", Entry(dom, "narrow"), StringComparison.Ordinal);
        Assert.True(int.Parse(Regex.Match(dom, "data-overflow=\"(-?[0-9]+)\"").Groups[1].Value, CultureInfo.InvariantCulture) <= 1,
            "The page scrolls sideways.");
    }

    private static string Entry(string dom, string id) => Regex.Match(dom, $"data-seen=\"[^\"]*({id} [^;\"]*)").Groups[1].Value;

    private static Dictionary<string, int> Seen(string dom, string id) => Regex.Matches(Entry(dom, id), "([a-z]+)=(-?[0-9]+)")
        .ToDictionary(match => match.Groups[1].Value, match => int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));

    private static ReportDocument Report() => new()
    {
        Title = "Tables",
        Lead = "Of several widths.",
        Sections =
        [
            new()
            {
                Id = "tables",
                Title = "Tables",
                Question = "How wide?",
                Tables = [Table("wide", 60), Table("narrow", 2)],
            },
        ],
    };

    private static ReportTable Table(string id, int figures) => new(id, $"A table of {figures} figures",
        [ReportColumn.Heads("head"), .. Enumerable.Range(0, figures).Select(i => ReportColumn.Number($"figure {i}"))],
        [.. Enumerable.Range(0, 6)
            .Select(row => (ReportValue[])[$"1.{row}", .. Enumerable.Range(0, figures).Select(i => (ReportValue)(row + 0.1 * i))])])
    {
        Units = "nothing in particular",
    };
}
