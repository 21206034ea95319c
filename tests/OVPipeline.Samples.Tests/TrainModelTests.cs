using System.Diagnostics;
using System.Globalization;
using OVPipeline.Checkpoints;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Samples.Tests;

public sealed class TrainModelTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-train-").FullName;
    private readonly string _tokenizer = Path.Combine(MainJob.FindRoot(), "data", "attn-only-2l-quarter", "tokenizer.model");
    private readonly string _text;

    public TrainModelTests()
    {
        _text = Path.Combine(_folder, "text.txt");
        string[] words = ["river", "stone", "Anna", "of", "the", "green", "walks", "never", "and", "house"];
        File.WriteAllText(_text, string.Join("\n\n", Enumerable.Range(0, 2_000)
            .Select(i => string.Join(' ', Enumerable.Range(0, 12).Select(j => words[(i * i + 7 * j * (i + 3)) % words.Length])))));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Train_KilledAndResumed_GivesTheBytesOfAnUninterruptedRun(int threads)
    {
        string whole = Path.Combine(_folder, "whole"), killed = Path.Combine(_folder, "killed");
        Assert.Equal(0, SampleProcess.Run("TrainModel", Command(whole, threads)).ExitCode);
        for (int kills = 1; kills <= 2; kills++)
        {
            using var process = Start(
                [.. Command(killed, threads), "--checkpoint-minutes", "0", .. kills > 1 ? ["--resume"] : Array.Empty<string>()]);
            WaitFor(() => LastStep(killed) >= 12 * kills, process);
            process.Kill(); // SIGKILL
            process.WaitForExit();
            Assert.False(Directory.Exists(Path.Combine(killed, "model")));
        }
        var last = SampleProcess.Run("TrainModel", [.. Command(killed, threads), "--resume"]);
        Assert.Equal((0, ""), (last.ExitCode, last.Error));
        Assert.Contains("Going on from", last.Notes, StringComparison.Ordinal);
        Assert.DoesNotContain("options were others", last.Notes, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole, "model", "model.safetensors")),
            File.ReadAllBytes(Path.Combine(killed, "model", "model.safetensors")));
        Assert.Equal(Losses(whole), Losses(killed));
    }

    [Fact]
    public void Train_Interrupted_SavesAndSaysHowToGoOn()
    {
        Assert.SkipUnless(Signals.AreDelivered("INT"), "SIGINT is ignored here, as in a shell's background jobs, or is not known.");
        string run = Path.Combine(_folder, "run");
        using var process = Start([.. Without(Command(run, 1), "--tokens"), "--tokens", "100M"]);
        WaitFor(() => File.Exists(Path.Combine(run, "log.csv")), process);
        Signals.Send("INT", process);
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(130, process.ExitCode);
        Assert.Contains("--resume goes on from it", error, StringComparison.Ordinal);
        Assert.True(LastStep(run) > 0);
        var again = SampleProcess.Run("TrainModel", Command(run, 1));
        Assert.Equal(2, again.ExitCode);
        Assert.Contains("holds a run already", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_NewestCheckpointBroken_GoesOnFromTheOneBefore()
    {
        string run = Path.Combine(_folder, "run");
        Assert.Equal(0, SampleProcess.Run("TrainModel", [.. Command(run, 1), "--checkpoint-minutes", "0"]).ExitCode);
        string newest = Directory.GetDirectories(Path.Combine(run, "checkpoints")).Max(StringComparer.Ordinal)!;
        byte[] model = File.ReadAllBytes(Path.Combine(run, "model", "model.safetensors"));
        Directory.Delete(Path.Combine(run, "model"), recursive: true);
        using (var stream = File.OpenWrite(Path.Combine(newest, "optimizer.safetensors")))
            stream.SetLength(1000);
        var resumed = SampleProcess.Run("TrainModel", [.. Command(run, 1), "--resume"]);
        Assert.Equal(0, resumed.ExitCode);
        Assert.Contains("step-000000060 is broken", resumed.Notes, StringComparison.Ordinal);
        Assert.Contains("step-000000059", resumed.Notes, StringComparison.Ordinal);
        Assert.Equal(model, File.ReadAllBytes(Path.Combine(run, "model", "model.safetensors")));
        var longer = SampleProcess.Run("TrainModel", [.. Without(Command(run, 1), "--tokens"), "--tokens", "8K", "--resume"]);
        Assert.Equal(0, longer.ExitCode);
        Assert.Contains("options were others", longer.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_DiskFullWhileSaving_SaysSoAndKeepsWhatWasSaved()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Mounting a small disk needs root on Linux.");
        string disk = Directory.CreateDirectory(Path.Combine(_folder, "disk")).FullName;
        Assert.SkipUnless(Exit("mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", disk) == 0, "A tmpfs cannot be mounted here.");
        try
        {
            string run = Path.Combine(disk, "run");
            string[] command = [.. Command(run, 1), "--checkpoint-minutes", "0", "--cache", Path.Combine(_folder, "cache")];
            var full = SampleProcess.Run("TrainModel", command);
            Assert.Equal(2, full.ExitCode);
            Assert.Contains("No space left on device", full.Error, StringComparison.Ordinal);
            Assert.Contains("the last whole one is", full.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", full.Error, StringComparison.Ordinal);
            Assert.True(LastStep(run) > 0);
            Assert.Equal(0, Exit("mount", "-o", "remount,size=60m", disk));
            Assert.Equal(0, SampleProcess.Run("TrainModel", [.. command, "--resume"]).ExitCode);
        }
        finally
        {
            Exit("umount", disk);
        }
    }

    [Theory]
    [InlineData("--tokens nothing", "'nothing'")]
    [InlineData("--context 4", "at least 8, was 4")]
    [InlineData("--text {text}:0", "must be positive")]
    [InlineData("--validation /no/such/text", "/no/such/text")]
    [InlineData("--tokenizer /no/such/folder", "/no/such/folder")]
    [InlineData("--train-only 1.9", "1.9")]
    [InlineData("--train-only 1.0:99", "was 99")]
    [InlineData("--freeze nothing", "'nothing'")]
    [InlineData("--from {folder}", "{folder}")]
    [InlineData("--rate 0", "LearningRate must be positive")]
    [InlineData("--text {tiny}", "fewer than one window")]
    [InlineData("--text {empty}", "holds no text")]
    [InlineData("--text {foreign}", "another tokenizer")]
    [InlineData("--from {embedded}", "--heads is 2, that of the model to go on with is 12")]
    [InlineData("--tokenizer {other} --from {embedded}", "is not the tokenizer of the model")]
    public void Train_BadInput_SaysWhichAndExitsWith2(string arguments, string named)
    {
        string Fill(string text) =>
            text.Replace("{text}", _text, StringComparison.Ordinal).Replace("{folder}", _folder, StringComparison.Ordinal)
                .Replace("{tiny}", Write("tiny.txt", "a few words"), StringComparison.Ordinal)
                .Replace("{empty}", Write("empty.txt", "\n\n"), StringComparison.Ordinal)
                .Replace("{foreign}", Foreign(), StringComparison.Ordinal)
                .Replace("{embedded}", Path.GetDirectoryName(_tokenizer), StringComparison.Ordinal)
                .Replace("{other}", Other(), StringComparison.Ordinal);
        string[] given = Fill(arguments).Split(' ');
        var run = SampleProcess.Run("TrainModel", [.. Without(Command(Path.Combine(_folder, "run"), 1), given[0]), .. given]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(Fill(named), run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.Trim().Split('\n'));
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Tokenize_Text_IsReadByTraining()
    {
        string tokens = Path.Combine(_folder, "text.tokens");
        var tokenize = SampleProcess.Run("TrainModel", "tokenize", "--text", _text, "--tokenizer", _tokenizer, "--out", tokens);
        Assert.Equal((0, ""), (tokenize.ExitCode, tokenize.Error));
        Assert.Contains("tokens of 3,142", tokenize.Output, StringComparison.Ordinal);
        string run = Path.Combine(_folder, "run");
        var train = SampleProcess.Run("TrainModel", [.. Without(Command(run, 1), "--text"), "--text", $"{tokens}:0.5", "--lines",
            $"{_text}:0.5", "--snapshot-every", "4K", "--repeat-weight", "2"]);
        Assert.Equal((0, ""), (train.ExitCode, train.Error));
        var model = TransformerCheckpoint.Load(Path.Combine(run, "model"));
        Assert.Equal((2, 32, 3142), (model.Weights.Config.Heads, model.Weights.Config.DModel, model.Vocabulary.Count));
        Assert.NotNull(model.Tokenizer);
        Assert.True(new FileInfo(Path.Combine(run, "training.png")).Length > 10_000);
        Assert.Single(Directory.GetDirectories(Path.Combine(run, "snapshots")));
    }

    /// <summary>The command that the embedded model's card gives, on the part of its corpus that is here and for a few steps.</summary>
    [Fact]
    public void Train_CommandOfTheCardForAFewSteps_GivesAModelOfTheEmbeddedOnesShape()
    {
        string data = Path.Combine(MainJob.FindRoot(), "data"), run = Path.Combine(_folder, "run");
        var train = SampleProcess.Run("TrainModel",
            "--text", Path.Combine(data, "text", "training-*.txt.gz"), "--validation", Path.Combine(data, "text", "validation.txt.gz"),
            "--tokenizer", Path.Combine(data, "attn-only-2l-quarter", "tokenizer.model"), "--out", run, "--tokens", "40K",
            "--log-every", "20K");
        Assert.Equal((0, ""), (train.ExitCode, train.Error));
        var (model, embedded) = (TransformerCheckpoint.Load(Path.Combine(run, "model")),
            TransformerCheckpoint.Load(Path.Combine(data, "attn-only-2l-quarter")));
        Assert.Equal(embedded.Weights.Config with { Name = model.Weights.Config.Name }, model.Weights.Config);
        Assert.Equal(embedded.Vocabulary.Tokens, model.Vocabulary.Tokens);
        string[][] rows = [.. File.ReadAllLines(Path.Combine(run, "log.csv")).Select(line => line.Split(','))];
        Assert.Equal(["20480", "40960"], rows.Skip(1).Select(row => row[1]));
        double[] losses =
        [
            .. rows.Skip(1).Select(row => double.Parse(row[Array.IndexOf(rows[0], "validation_loss")], CultureInfo.InvariantCulture)),
        ];
        Assert.InRange(losses[0], 6, Math.Log(3142)); // below that of guessing evenly
        Assert.InRange(losses[1], 5, losses[0] - 0.01);
    }

    private string[] Command(string folder, int threads) =>
    [
        "--text", _text, "--tokenizer", _tokenizer, "--out", folder, "--heads", "2", "--d-model", "32", "--context", "32", "--batch", "4",
        "--tokens", "7680", "--log-every", "2560", "--threads", threads.ToString(CultureInfo.InvariantCulture),
    ];

    private static string[] Without(string[] command, string option) =>
        Array.IndexOf(command, option) is >= 0 and int at ? [.. command[..at], .. command[(at + 2)..]] : command;

    private string Write(string name, string content)
    {
        string file = Path.Combine(_folder, name);
        File.WriteAllText(file, content);
        return file;
    }

    // The same pieces, another file.
    private string Other()
    {
        string file = Path.Combine(_folder, "other.model");
        byte[] bytes = File.ReadAllBytes(_tokenizer);
        File.WriteAllBytes(file, [.. bytes, 0xA2, 0x3F, 1, (byte)'x']); // field 1012, which none reads
        return file;
    }

    private string Foreign()
    {
        string file = Path.Combine(_folder, "foreign.tokens");
        byte[] bytes = new byte[64 + 2 * 1000];
        "OVTOKENS"u8.CopyTo(bytes);
        int[] numbers = [1, 2, 3142, 3, 1000];
        Buffer.BlockCopy(numbers, 0, bytes, 8, 20);
        File.WriteAllBytes(file, bytes);
        return file;
    }

    private static Process Start(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "TrainModel.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }

    private static void WaitFor(Func<bool> condition, Process process)
    {
        for (var watch = Stopwatch.StartNew(); !condition(); Thread.Sleep(5))
        {
            Assert.False(process.HasExited, "The run ended before it could be killed.");
            Assert.True(watch.Elapsed < TimeSpan.FromMinutes(2), "Nothing happened for two minutes.");
        }
    }

    private static int LastStep(string run) => Directory.Exists(Path.Combine(run, "checkpoints"))
        ? Directory.GetDirectories(Path.Combine(run, "checkpoints"), "step-*")
            .Select(folder => int.Parse(Path.GetFileName(folder)[5..], CultureInfo.InvariantCulture)).DefaultIfEmpty().Max()
        : 0;

    private static int Exit(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }

    private static string[][] Losses(string run) =>
        [.. File.ReadAllLines(Path.Combine(run, "log.csv")).Select(line => line.Split(','))
            .Select(cells => (string[])[cells[0], cells[3], cells[5], .. cells[7..]])];
}
