using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>
/// The log of a run, <c>log.csv</c>: a row is whole or not there, and rows after the checkpoint that a run resumes from are dropped.
/// </summary>
internal sealed class TrainingLog
{
    private readonly string _path;
    private string? _header;

    public TrainingLog(string folder, long resumedStep)
    {
        _path = Path.Combine(folder, "log.csv");
        if (resumedStep == 0 || !File.Exists(_path))
        {
            File.Delete(_path);
            return;
        }
        string[] lines = [.. RegularFile.ReadLines(_path).Select(WithLabels)];
        _header = lines.FirstOrDefault();
        Write([.. lines.Take(1), .. lines.Skip(1).Where(line => StepOf(line) <= resumedStep)]);
    }

    public void Add(TrainingRow row)
    {
        string[] lines = _header is null || !File.Exists(_path) ? [] : [.. RegularFile.ReadLines(_path)];
        _header = row.Header;
        Write([row.Header, .. lines.Skip(1), row.ToCsv()]);
    }

    private static long StepOf(string line) =>
        long.TryParse(line.Split(',')[0], NumberStyles.None, CultureInfo.InvariantCulture, out long step) ? step : long.MaxValue;

    // Logs were once written with 1.10 for L1H10: in names of columns, after an underscore, and as the names of pairs.
    private static string WithLabels(string line) => string.Join(',', line.Split(',').Select(WithLabel));

    private static string WithLabel(string cell)
    {
        if (cell.Contains(" + ", StringComparison.Ordinal))
            return HeadLabels.InName(cell);
        int end = cell.LastIndexOf('_') + 1;
        return end > 0 && HeadIndex.TryParse(cell[end..], out var head) ? cell[..end] + head.Label : cell;
    }

    private void Write(string[] lines)
    {
        string part = _path + ".part";
        File.WriteAllLines(part, lines);
        File.Move(part, _path, overwrite: true);
    }
}
