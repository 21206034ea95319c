using System.Globalization;
using System.Text;
using OVPipeline.Core;
using Parquet;
using Parquet.Schema;

namespace OVPipeline.Studies;

/// <summary>The merged table as files: CSV (RFC 4180) and Parquet, with the same rows and columns.</summary>
internal static class FigureFiles
{
    private const int RowsOfAGroup = 100_000;

    public static void WriteCsv(string path, IReadOnlyList<FigureRow> rows) => AtomicFile.Write(path, temporary =>
    {
        using var writer = new StreamWriter(temporary, append: false, new UTF8Encoding(false));
        Csv.Line(writer, FigureColumn.All.Select(column => column.Name));
        foreach (var row in rows)
            Csv.Line(writer, FigureColumn.All.Select(column => Csv.Text(column.Value(row))));
    });

    public static void WriteParquet(string path, IReadOnlyList<FigureRow> rows) => AtomicFile.Write(path, temporary =>
    {
        using var stream = File.Create(temporary);
        WriteParquet(stream, rows).GetAwaiter().GetResult();
    });

    private static async Task WriteParquet(Stream stream, IReadOnlyList<FigureRow> rows)
    {
        DataField[] fields = [.. FigureColumn.All.Select(column => new DataField(column.Name, column.Type, isNullable: true))];
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields.Cast<Field>().ToArray()), stream)
            .ConfigureAwait(false);
        foreach (var chunk in rows.Chunk(RowsOfAGroup).DefaultIfEmpty([]))
        {
            using var group = writer.CreateRowGroup();
            foreach (var (column, field) in FigureColumn.All.Zip(fields))
            {
                var values = chunk.Select(column.Value);
                if (column.Type == typeof(string))
                    await group.WriteAsync(field, values.Select(value => (string?)value).ToArray()).ConfigureAwait(false);
                else if (column.Type == typeof(int))
                    await group.WriteAsync<int>(field, values.Select(value => (int?)value).ToArray()).ConfigureAwait(false);
                else
                    await group.WriteAsync<double>(field, values.Select(value => (double?)value).ToArray()).ConfigureAwait(false);
            }
            group.CompleteValidate();
        }
    }
}

/// <summary>Lines of CSV.</summary>
internal static class Csv
{
    public static void Line(TextWriter writer, IEnumerable<string> fields)
    {
        writer.Write(string.Join(',', fields.Select(CsvField.Quote)));
        writer.Write("\r\n");
    }

    public static string Text(object? value) => value switch
    {
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => (string?)value ?? "",
    };
}
