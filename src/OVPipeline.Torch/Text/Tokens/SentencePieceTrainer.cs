using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>Trains a SentencePiece tokenizer with the standard tool, <c>spm_train</c>.</summary>
public static class SentencePieceTrainer
{
    private const string Tool = "spm_train";

    // Bytes of a line that the tool takes (--max_sentence_length): above what paragraphs of books have.
    private const int LongestUnit = 20_000;

    // Bytes of a character of UTF-8 at most: paragraphs are chosen by characters.
    private const int MostBytes = 4;

    /// <summary>
    /// Trains byte pairs with byte fallback, split digits and no normalisation; ids 0 to 3 are <c>&lt;unk&gt; &lt;s&gt; &lt;/s&gt;
    /// &lt;|endoftext|&gt;</c>.
    /// </summary>
    /// <param name="sources">The text to train on.</param>
    /// <param name="vocabulary">Number of pieces.</param>
    /// <param name="path">The <c>.model</c> file to write.</param>
    /// <param name="characters">Characters of text that are looked at, from all sources in proportion to their weights.</param>
    /// <param name="threads">Threads of the tool.</param>
    /// <param name="tool">The program, where it is not on the path by its own name.</param>
    /// <exception cref="InvalidOperationException">The tool is not installed, or it failed; the message has its last line.</exception>
    public static void Train(
        IReadOnlyList<TextSource> sources,
        int vocabulary,
        string path,
        long characters = 50_000_000,
        int threads = 2,
        string tool = Tool)
    {
        ArgumentNullException.ThrowIfNull(sources);
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabulary, 300);
        string folder = Directory.CreateTempSubdirectory("ovpipeline-spm-").FullName;
        try
        {
            string text = Path.Combine(folder, "text.txt"), prefix = Path.Combine(folder, "tokenizer");
            WriteText(sources, text, characters);
            string[] arguments =
            [
                $"--input={text}",
                $"--model_prefix={prefix}",
                string.Create(CultureInfo.InvariantCulture, $"--vocab_size={vocabulary}"),
                "--model_type=bpe",
                "--byte_fallback=true",
                "--split_digits=true",
                "--normalization_rule_name=identity",
                "--remove_extra_whitespaces=false",
                $"--control_symbols={TrainingTokenizer.SeparatorPiece}",
                $"--max_sentence_length={LongestUnit}",
                $"--num_threads={threads}",
                "--minloglevel=1",
            ];
            Run(tool, arguments);
            AtomicFile.Write(path, temporary => File.Copy(prefix + ".model", temporary));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // Paragraphs spread evenly over each source, so that no book or manual speaks for all.
    private static void WriteText(IReadOnlyList<TextSource> sources, string path, long characters)
    {
        double total = sources.Sum(source => source.Weight);
        using var writer = new StreamWriter(path) { NewLine = "\n" };
        foreach (var source in sources)
        {
            var units = source.Files()
                .SelectMany(file => TextUnits.Of(file, source))
                .OfType<string>()
                .Where(unit => unit.Length < LongestUnit / MostBytes)
                .ToList();
            long size = units.Sum(unit => (long)unit.Length);
            long wanted = (long)(characters * source.Weight / total);
            int step = (int)Math.Max(1, (size + wanted - 1) / Math.Max(1, wanted));
            for (int i = 0; i < units.Count; i += step)
                writer.WriteLine(units[i]);
        }
    }

    private static void Run(string tool, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(tool, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        try
        {
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync();
            string error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            output.Wait();
            if (process.ExitCode != 0)
                throw new InvalidOperationException($"{tool} failed: {error.Trim().Split('\n')[^1]}");
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException(
                $"{tool} is not installed ({e.Message}): it comes with SentencePiece (Debian: apt-get install sentencepiece), " +
                "or give a tokenizer.model with --tokenizer.");
        }
    }
}
