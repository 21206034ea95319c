using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Samples.Tests;

/// <summary>What every sample's command line is like, whichever it is: help, mistakes, JSON, and what stands on which output.</summary>
public sealed partial class CommandLineTests(SampleRuns runs) : IClassFixture<SampleRuns>
{
    private const int Columns = 80;

    public static TheoryData<string> Samples => [.. SampleRuns.All];

    /// <summary>Those whose help says that they take heads of a model.</summary>
    public static TheoryData<string> SamplesOfHeads => ["CopyingOverTraining", "MeasureBehaviour", "PublishedModel", "ReproduceClaim"];

    [Theory]
    [MemberData(nameof(Samples))]
    public void Help_EverySample_HasExamplesAndFitsAConsole(string sample)
    {
        var run = SampleProcess.Run(sample, "--help");
        Assert.Equal((0, "", ""), (run.ExitCode, run.Error, run.Notes));
        string[] lines = Lines(run.Output);
        Assert.All(lines, line => Assert.True(line.Length <= Columns, line));
        int examples = Array.IndexOf(lines, "Examples");
        Assert.True(examples > 0, "It has examples.");
        Assert.StartsWith($"  {sample}", lines[examples + 1], StringComparison.Ordinal);
        Assert.Contains($"  dotnet run -c Release --project samples/{sample} --", lines);
        Assert.Contains($"Usage: {sample} ", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^Results\n(  .*\n)*  --json ", run.Output.ReplaceLineEndings("\n"));
        bool positional = run.Output.Contains("[MODEL]", StringComparison.Ordinal);
        Assert.Equal(positional, run.Output.Contains("  --model MODEL", StringComparison.Ordinal));
        foreach (Match heads in HeadsOption().Matches(run.Output))
            Assert.Contains(sample, SamplesOfHeads.Select(row => row.Data));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Option_Mistyped_SaysWhatIsMeantInOneSentence(string sample)
    {
        foreach (string typed in new[] { "--jsno", "--hepl" })
        {
            var run = SampleProcess.Run(sample, typed);
            string meant = typed == "--jsno" ? "--json" : "--help";
            Assert.Equal((2, "", $"There is no option {typed}; did you mean {meant}?"), (run.ExitCode, run.Output, run.Error.Trim()));
        }
        var far = SampleProcess.Run(sample, "--frobnicate=3");
        Assert.Equal((2, "", 1), (far.ExitCode, far.Output, Lines(far.Error.Trim()).Length));
        Assert.StartsWith($"There is no option --frobnicate: {sample} --help lists them.", far.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TestTheClaim value-rnk", "There is no command value-rnk; did you mean value-rank?")]
    [InlineData("TrainModel tokenise --out a", "There is no command tokenise; did you mean tokenize?")]
    [InlineData("TrainModel tokenize", "--out is missing: ")]
    [InlineData("TestTheClaim --only frontir", "There is no experiment 'frontir'; did you mean frontier?")]
    [InlineData("KnownModels gpt2-smal", "TransformerLens has no model of the name gpt2-smal; did you mean gpt2-small?")]
    [InlineData("HeadAtlas --positions standart", "--positions is standard or shortformer, was 'standart'; did you mean standard?")]
    [InlineData("HeadAtlas --pairs many", "--pairs is a whole number, was 'many'.")]
    [InlineData("HeadAtlas --out", "--out needs a value: ")]
    [InlineData("HeadAtlas one two", "'two' is one word too many: ")]
    [InlineData("ScoreToken", "ZIP is missing: ")]
    [InlineData("ReproduceClaim --heads 1.4,1.4", "--heads names head 1.4 twice.")]
    [InlineData("ReproduceClaim --heads 1", "--heads: a head is written layer.head, such as 1.4, or L1H4; was '1'.")]
    public void Line_Mistaken_IsOneSentence(string line, string sentence)
    {
        string[] words = line.Split(' ');
        var run = SampleProcess.Run(words[0], words[1..]);
        Assert.Equal((2, "", ""), (run.ExitCode, run.Output, run.Notes));
        Assert.StartsWith(sentence, run.Error, StringComparison.Ordinal);
        Assert.Single(Lines(run.Error.Trim()));
    }

    [Theory]
    [MemberData(nameof(SamplesOfHeads))]
    public void Heads_NotThere_FailBeforeAnyWorkAndSayWhatThereIs(string sample)
    {
        string option = sample == "MeasureBehaviour" ? "--without" : "--heads";
        string folder = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        string[] more = sample is "MeasureBehaviour" or "CopyingOverTraining" ? [] : ["--out", folder];
        string model = Path.Combine(MainJob.FindRoot(), "data", "attn-only-2l-quarter");
        var run = SampleProcess.Run(sample, [model, option, "1.1,2.7", .. more]);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Equal("Head 2.7 does not exist: attn-only-2l-quarter has 2 layers of 12 heads, 0.0 to 1.11.", run.Error.Trim());
        Assert.False(Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any(), "Nothing was written.");
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Json_EverySample_HasTheFiguresOfTheTableAndNothingElse(string sample)
    {
        var shown = runs.Run(sample);
        var json = runs.Run(sample, "--json");
        Assert.Equal((0, "", 0, ""), (shown.ExitCode, shown.Error, json.ExitCode, json.Error));
        using var document = JsonDocument.Parse(json.Output); // all of standard output is one document
        Assert.Equal(2, document.RootElement.GetProperty("schemaVersion").GetInt32());
        string[] figures = [.. TableLines(shown.Output).SelectMany(line => Figure().Matches(line).Select(match => match.Value)).Distinct()];
        Assert.True(figures.Length > 0 || sample == "KnownModels", "The table has figures.");
        var numbers = Numbers(document.RootElement).Distinct().ToArray();
        Assert.All(figures, figure => Assert.True(Shows(figure, numbers, json.Output), $"{figure} is not in the JSON."));
        // ReproduceClaim's rows are held by FigureNamesTests.
        string[] columns = document.RootElement.TryGetProperty("sections", out var sections)
            ? [.. sections.EnumerateArray().SelectMany(section => section.GetProperty("tables").EnumerateArray())
                .SelectMany(table => table.GetProperty("columns").EnumerateArray())
                .Select(column => column.GetProperty("name").GetString()!)]
            : [];
        Assert.All(columns, column => Assert.True(DocumentedFigures.Has(column), $"{column} is not in docs/figures.md."));
    }

    [Theory]
    [InlineData("INT", 130, "TestTheClaim --only frontier")]
    [InlineData("TERM", 143, "TestTheClaim --only frontier")]
    [InlineData("TERM", 143, "ReproduceClaim")]
    public void Signal_WhileItWorks_EndsWithItsCode(string signal, int code, string line)
    {
        Assert.SkipUnless(Signals.AreDelivered(signal), "The signal is ignored here, as in a shell's background jobs, or is not known.");
        string folder = Directory.CreateTempSubdirectory("ovpipeline-signal-").FullName;
        string[] words = line.Split(' ');
        string program = Path.Combine(AppContext.BaseDirectory, $"{words[0]}.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, .. words[1..], "--out", folder])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = MainJob.FindRoot(),
        })!;
        Thread.Sleep(TimeSpan.FromSeconds(4));
        Assert.False(process.HasExited, "It ended before it could be stopped.");
        Signals.Send(signal, process);
        string output = process.StandardOutput.ReadToEnd(), error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Directory.Delete(folder, recursive: true);
        Assert.Equal((code, "", "Cancelled."), (process.ExitCode, output, error.Trim()));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Program_EverySample_IsAPage(string sample)
    {
        string[] lines = File.ReadAllLines(Path.Combine(SampleRuns.Folder, sample, "Program.cs"));
        Assert.InRange(lines.Length, 4, 60);
    }

    // Lines of tables: from the rule under the headings to the next empty line.
    private static IEnumerable<string> TableLines(string output)
    {
        bool within = false;
        foreach (string line in Lines(output))
        {
            if (within && line.Length > 0)
                yield return line;
            within = line.Length > 0 && (within || line.StartsWith('─'));
        }
    }

    // Whether a number of the document is shown so: as it is, or in percent. A head or a size may stand in a text.
    private static bool Shows(string figure, double[] numbers, string json)
    {
        string digits = figure.Replace(",", "", StringComparison.Ordinal);
        int decimals = digits.Split('.') is [_, var after] ? after.Length : 0;
        double shown = double.Parse(digits, CultureInfo.InvariantCulture);
        double most = (0.5 * Math.Pow(10, -decimals)) + 1e-12; // a tie goes either way
        string head = HeadName().Replace(figure, "L$1H$2");
        bool named = head != figure || figure.Contains(',', StringComparison.Ordinal);
        return numbers.Any(number => Math.Abs(number - shown) <= most || Math.Abs((100 * number) - shown) <= most)
            || (named && json.Contains(head, StringComparison.Ordinal));
    }

    private static IEnumerable<double> Numbers(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Number => [element.GetDouble()],
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Numbers),
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property => Numbers(property.Value)),
        _ => [],
    };

    private static string[] Lines(string text) => [.. text.ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd())];

    // Numbers with decimals or thousands: counts of one digit stand anywhere.
    [GeneratedRegex(@"(?<![\w.,])-?(\d{1,3}(,\d{3})+(\.\d+)?|\d+\.\d+)(?![\w.])")]
    private static partial Regex Figure();

    [GeneratedRegex(@"^(\d+)\.(\d+)$")]
    private static partial Regex HeadName();

    [GeneratedRegex(@"(?m)^  --(heads|without) L\.H")]
    private static partial Regex HeadsOption();
}
