using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using OVPipeline.Checkpoints;

namespace OVPipeline.Torch;

/// <summary>
/// Turns text into token files: paragraphs encoded on their own, a line break after each, the separator after each document.
/// </summary>
public static class TextTokenization
{
    // Characters that a thread encodes at once: enough work to hand over, and little to hold.
    private const int BatchCharacters = 1 << 17;

    /// <summary>Encodes text into a token file. The same text gives the same bytes at any number of threads.</summary>
    /// <param name="source">The text.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="path">The token file; it is whole or not there.</param>
    /// <param name="threads">Most threads used.</param>
    /// <param name="progress">Told the characters read so far.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    /// <returns>What was read and written.</returns>
    /// <exception cref="IOException">The text cannot be read, is not UTF-8, or is empty; or the file cannot be written. Of a folder, files
    /// that are no text are passed over and counted.</exception>
    public static TokenizedText Write(
        TextSource source,
        TrainingTokenizer tokenizer,
        string path,
        int threads = -1,
        IProgress<long>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentException.ThrowIfNullOrEmpty(path);
        var files = source.Files();
        int skipped = 0;
        long characters = 0;
        long documents = 0;
        using var writer = new TokenFileWriter(path, tokenizer);
        var encoded = Partitioner.Create(Batches(), EnumerablePartitionerOptions.NoBuffering)
            .AsParallel()
            .AsOrdered()
            .WithCancellation(cancellationToken)
            .WithDegreeOfParallelism(threads > 0 ? threads : Environment.ProcessorCount)
            .WithMergeOptions(ParallelMergeOptions.NotBuffered)
            .Select(batch => (batch.Characters, Ids: Encode(batch.Units, tokenizer)));
        try
        {
            foreach (var (read, ids) in encoded)
            {
                writer.Write(CollectionsMarshal.AsSpan(ids));
                characters += read;
                progress?.Report(characters);
            }
        }
        catch (AggregateException e) when (e.GetBaseException() is IOException or UnauthorizedAccessException)
        {
            ExceptionDispatchInfo.Throw(e.GetBaseException());
        }
        if (writer.Count == 0)
        {
            string reason = skipped > 0 ? $": {skipped} files are not UTF-8 text" : "";
            throw new CheckpointException(source.Path, null, $"holds no text{reason}.");
        }
        writer.Complete();
        return new(files.Count - skipped, skipped, documents, characters, writer.Count);

        IEnumerable<(List<string?> Units, long Characters)> Batches()
        {
            var units = new List<string?>();
            long size = 0;
            foreach (string? unit in files.SelectMany(Units))
            {
                units.Add(unit);
                size += unit is null ? 0 : unit.Length + 1;
                documents += unit is null ? 1 : 0;
                if (size < BatchCharacters)
                    continue;
                yield return (units, size);
                units = [];
                size = 0;
            }
            yield return (units, size);
        }

        // A file of a folder is looked at as a whole before any of it counts.
        IEnumerable<string?> Units(string file)
        {
            if (files.Count == 1)
                return TextUnits.Of(file, source);
            try
            {
                return TextUnits.Of(file, source).ToList();
            }
            catch (Exception e) when (e is CheckpointException or UnauthorizedAccessException)
            {
                skipped++;
                return [];
            }
        }
    }

    private static List<int> Encode(List<string?> units, TrainingTokenizer tokenizer)
    {
        var ids = new List<int>();
        foreach (string? unit in units)
        {
            if (unit is null)
                ids.Add(tokenizer.Separator);
            else
            {
                ids.AddRange(tokenizer.Encode(unit));
                ids.Add(tokenizer.LineBreak);
            }
        }
        return ids;
    }
}
