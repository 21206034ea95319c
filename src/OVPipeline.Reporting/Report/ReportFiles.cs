using System.Text;
using OVPipeline.Core;

namespace OVPipeline.Reporting;

/// <summary>Writes a report's files.</summary>
public static class ReportFiles
{
    /// <summary>
    /// Writes <c>report.html</c>, <c>results.json</c>, a CSV file in <c>tables</c> for each table and a PNG file in <c>pictures</c>
    /// for each chart. Files are whole or not there.
    /// </summary>
    /// <param name="report">The report.</param>
    /// <param name="folder">Where to; it is made where it is not there.</param>
    /// <returns>The path of <c>report.html</c>.</returns>
    /// <exception cref="InvalidOperationException">Two parts have the same id, or a statement names a table that is not there.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static string Save(this ReportDocument report, string folder)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string html = HtmlReport.Write(report);
        foreach (var table in report.Sections.SelectMany(section => section.Tables))
            Write(Path.Combine("tables", table.Id + ".csv"), Encoding.UTF8.GetBytes(table.ToCsv()));
        foreach (var chart in report.Sections.SelectMany(section => section.Charts))
            Write(Path.Combine("pictures", chart.Id + ".png"), chart.Draw().Png);
        Write("results.json", Encoding.UTF8.GetBytes(report.ToJson()));
        return Write("report.html", Encoding.UTF8.GetBytes(html));

        string Write(string name, byte[] bytes)
        {
            string path = Path.Combine(folder, name);
            AtomicFile.Write(path, temporary => File.WriteAllBytes(temporary, bytes));
            return path;
        }
    }
}
