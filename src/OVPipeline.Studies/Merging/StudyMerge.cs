using System.Text.Json;
using OVPipeline.Core;

namespace OVPipeline.Studies;

/// <summary>What a merge wrote.</summary>
/// <param name="Files">The files, the tables first.</param>
/// <param name="Units">Units that were merged.</param>
/// <param name="Rows">Figures that they found.</param>
/// <param name="Remarks">What to know of them, a sentence each.</param>
public sealed record MergedStudy(IReadOnlyList<string> Files, int Units, int Rows, IReadOnlyList<string> Remarks);

/// <summary>
/// Puts the parts of a study together: <c>figures.csv</c> and <c>figures.parquet</c>, a row for each figure, <c>schema.json</c> with what
/// columns and figures mean, and <c>runs.csv</c> with how each unit was run. All but the last are the same bytes however the study was
/// shared out.
/// </summary>
public static class StudyMerge
{
    private static readonly JsonSerializerOptions s_indented = new(ReportDocument.Json) { WriteIndented = true };

    /// <summary>Merges what is there.</summary>
    /// <param name="folder">The study's folder.</param>
    /// <param name="partial">Whether units may be missing; the schema then says how many are there.</param>
    /// <exception cref="StudyException">Units are missing, or somebody else merges this folder.</exception>
    /// <exception cref="FileException">A file cannot be written.</exception>
    public static MergedStudy Run(StudyFolder folder, bool partial = false)
    {
        ArgumentNullException.ThrowIfNull(folder);
        using var held = Lock(folder);
        var all = folder.Status();
        var done = all.Where(unit => unit.State == UnitState.Done).ToArray();
        if (done.Length < all.Count && !partial)
        {
            var first = all.First(unit => unit.State != UnitState.Done);
            string why = first.Why is null ? "" : $": {first.Why.TrimEnd('.')}";
            throw new StudyException(folder.Folder, $"{all.Count - done.Length:N0} of {all.Count:N0} units are not done (the first is "
                + $"{first.Unit}, {first.State.ToString().ToLowerInvariant()}{why}): run them, or merge what is there with --partial.");
        }
        FigureRow[] rows =
            [.. done.SelectMany(unit => unit.Part!.Figures.Select(figure => new FigureRow(unit.Unit, unit.Part.AtModelScale, figure)))];
        string csv = In("figures.csv"), parquet = In("figures.parquet"), schema = In("schema.json"), runs = In("runs.csv");
        FigureFiles.WriteCsv(csv, rows);
        FigureFiles.WriteParquet(parquet, rows);
        WriteRuns(runs, done);
        // The last, with digests of the others: a merge that was killed between them shows.
        byte[] bytes = Schema(folder.Plan, rows, done.Length, [csv, parquet]);
        AtomicFile.Write(schema, temporary => File.WriteAllBytes(temporary, bytes));
        return new([csv, parquet, schema, runs], done.Length, rows.Length, [.. Remarks(folder, all, done)]);

        string In(string name) => Path.Combine(folder.Folder, name);
    }

    private static IEnumerable<string> Remarks(StudyFolder folder, IReadOnlyList<UnitStatus> all, UnitStatus[] done)
    {
        if (done.Length < all.Count)
            yield return $"{all.Count - done.Length:N0} of {all.Count:N0} units are missing from these tables.";
        string[] kinds = [.. done.Select(unit => unit.Part!.Environment.InstructionSet).Distinct().Order(StringComparer.Ordinal)];
        if (kinds.Length > 1)
        {
            yield return $"Units were run with {string.Join(" and ", kinds)}: losses and fits may differ in their last digits between "
                + "them.";
        }
        HashSet<string> own = [.. all.Where(unit => unit.Part is not null).Select(unit => unit.Unit)
            .Select(unit => folder.PathOf(unit, folder.KeyOf(unit)!))];
        int others = Directory.Exists(folder.Files.Parts)
            ? Directory.EnumerateFiles(folder.Files.Parts, "*.json").Count(path => !own.Contains(path) && Path.GetFileName(path)[0] != '.')
            : 0;
        if (others > 0)
            yield return $"{others:N0} {(others == 1 ? "part is" : "parts are")} of other units or versions, and left out.";
    }

    /// <summary>Keeps others from merging a folder until it is let go: when the process ends, however it ends.</summary>
    internal static FileStream Lock(StudyFolder folder)
    {
        try
        {
            return new(folder.Files.MergeLock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (DirectoryNotFoundException)
        {
            throw new StudyException(folder.Folder, "there is nothing of the study here: run it first.");
        }
        catch (IOException) when (File.Exists(folder.Files.MergeLock))
        {
            throw new StudyException(folder.Folder, "somebody else merges this study now: wait for it to end.");
        }
        catch (Exception e) when (FileException.IsSystems(e))
        {
            throw new FileException(folder.Folder, $"cannot be written: {FileException.Reason(folder.Files.MergeLock, e)}.", e);
        }
    }

    private static void WriteRuns(string path, UnitStatus[] done) => AtomicFile.Write(path, temporary =>
    {
        using var writer = new StreamWriter(temporary);
        Csv.Line(writer,
        [
            "number", "model", "revision", "measure", "unit", "version", "instruction_set", "runtime", "host", "processors", "began",
            "study_seed", "seconds", "core_seconds", "estimated_core_seconds", "peak_bytes", "estimated_bytes",
        ]);
        foreach (var (unit, part) in done.Select(one => (one.Unit, one.Part!)))
        {
            var run = part.Environment;
            object[] values =
            [
                unit.Number, unit.Model.Name, unit.Revision, unit.MeasureName, unit.Name, run.Version, run.InstructionSet, run.Runtime,
                run.Host, run.Processors, run.Began.ToString("O"), run.Seed, run.Seconds, run.CoreSeconds, unit.Work.CoreSeconds,
                run.PeakBytes, unit.Work.Bytes,
            ];
            Csv.Line(writer, values.Select(Csv.Text));
        }
    });

    private static byte[] Schema(StudyPlan plan, FigureRow[] rows, int units, string[] tables) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        SchemaVersion = 1,
        Study = plan.Study.Name,
        Units = plan.Units.Count,
        UnitsMerged = units,
        Rows = rows.Length,
        Digests = tables.ToDictionary(path => Path.GetFileName(path), path => KeptFile.Digest(RegularFile.ReadAllBytes(path))),
        Columns = FigureColumn.All.Select(column => new
        {
            column.Name,
            Type = column.Type == typeof(string) ? "text" : column.Type == typeof(int) ? "whole number" : "number",
            column.Meaning,
        }),
        Figures = rows.Select(row => row.Figure).DistinctBy(figure => (figure.Figure, figure.Unit))
            .OrderBy(figure => figure.Figure, StringComparer.Ordinal).ThenBy(figure => figure.Unit, StringComparer.Ordinal)
            .Select(figure => new { Name = figure.Figure, figure.Unit, Meaning = FigureMeanings.Of(figure.Figure) }),
    }, s_indented);
}
