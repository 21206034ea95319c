using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Samples.Tests;

/// <summary>Files and folders that are not what a sample was told: one sentence that begins with the path, and exit code 2.</summary>
public sealed class FileErrorTests : IDisposable
{
    private const UnixFileMode All = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-files-").FullName;
    private readonly string _model = Path.Combine(MainJob.FindRoot(), "data", "attn-only-2l-quarter");

    public void Dispose()
    {
        if (!OperatingSystem.IsWindows())
            foreach (string folder in Directory.GetDirectories(_folder))
                File.SetUnixFileMode(folder, All);
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("ReproduceClaim --out @closed/out", "@closed/out: cannot be written into: permission denied.")]
    [InlineData("HeadAtlas --out @closed", "@closed: cannot be written into: permission denied.")]
    [InlineData("TestTheClaim --out @closed/out", "@closed/out: cannot be written into: permission denied.")]
    [InlineData("TestTheClaim --out @open/out --only reproduction --text @locked", "@locked: cannot be listed: permission denied.")]
    [InlineData("TrainModel --text @text.txt --tokenizer MODEL --out @closed/out", "@closed/out")]
    [InlineData("TrainModel tokenize --text @text.txt --tokenizer MODEL --out @closed/a.tokens",
        "@closed: cannot be written into: permission denied.")]
    [InlineData("TrainModel tokenize --text @secret --tokenizer MODEL --out @open/a.tokens", "@secret: cannot be read: permission denied.")]
    [InlineData("TrainModel tokenize --text @locked --tokenizer MODEL --out @open/a.tokens",
        "@locked: cannot be listed: permission denied.")]
    [InlineData("TrainModel tokenize --text @text.txt --tokenizer @secret --out @open/a.tokens",
        "@secret: cannot be opened: permission denied.")]
    [InlineData("InspectCheckpoint @secret", "@secret: cannot be opened: permission denied.")]
    [InlineData("InspectCheckpoint --model @locked", "@locked: cannot be listed: permission denied.")]
    [InlineData("ReproduceClaim --model @secret --out @open", "@secret: cannot be opened: permission denied.")]
    [InlineData("RankFrontier @secret", "@secret: cannot be opened: permission denied.")]
    [InlineData("ScoreToken @secret x", "@secret: cannot be opened: permission denied.")]
    [InlineData("MeasureBehaviour --text @secret", "@secret: cannot be read: permission denied.")]
    public void Run_WithoutPermission_NamesThePath(string arguments, string sentence)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Permissions are set as on Unix.");
        if (OperatingSystem.IsWindows())
            return;
        File.SetUnixFileMode(_folder, All);
        foreach (string folder in new[] { "closed", "locked", "open" })
            Directory.CreateDirectory(At(folder));
        foreach (string file in new[] { "text.txt", "secret" })
            File.WriteAllText(At(file), "The cat sat on the mat.\n");
        File.SetUnixFileMode(At("open"), All | UnixFileMode.OtherWrite);
        File.SetUnixFileMode(At("secret"), UnixFileMode.None);
        File.SetUnixFileMode(At("locked"), UnixFileMode.None);
        File.SetUnixFileMode(At("closed"), All & ~UnixFileMode.UserWrite);

        var run = SampleProcess.RunUnprivileged(arguments.Split(' ')[0], Arguments(arguments));

        Assert.SkipWhen(run.Error.Contains("setpriv:", StringComparison.Ordinal), "No setpriv here, and the tests run as root.");
        AssertSentence(run, sentence);
    }

    [Theory]
    [InlineData("ReproduceClaim --out @file/out", "@file/out: cannot be written into: @file is a file, not a folder.")]
    [InlineData("ReproduceClaim --out @file", "@file: cannot be written into: ")]
    [InlineData("HeadAtlas --out @file/out", "@file/out: cannot be written into: @file is a file, not a folder.")]
    [InlineData("TestTheClaim --out @file/out", "@file/out: cannot be written into: @file is a file, not a folder.")]
    [InlineData("TestTheClaim --text @missing", "@missing: there is no such folder.")]
    [InlineData("TestTheClaim --text @file", "@file: is a file; a folder is needed here.")]
    [InlineData("TestTheClaim --value-rank-results @missing", "@missing: there is no such folder.")]
    [InlineData("TrainModel tokenize --text @missing --tokenizer MODEL --out @a.tokens", "@missing: there is no such text file")]
    [InlineData("TrainModel tokenize --text @pointer --tokenizer MODEL --out @a.tokens", "@pointer: is a Git LFS pointer")]
    [InlineData("TrainModel tokenize --text @file --tokenizer @pointer --out @a.tokens", "@pointer: is a Git LFS pointer")]
    [InlineData("TrainModel tokenize --text @file --tokenizer @missing --out @a.tokens",
        "@missing: cannot be opened: there is no such file.")]
    [InlineData("TrainModel tokenize --text @file --tokenizer @file --out @a.tokens", "@file: is text, not a SentencePiece tokenizer; ")]
    [InlineData("TrainModel tokenize --text @file --tokenizer MODEL --out @file/a.tokens",
        "@file: cannot be written into: ")]
    [InlineData("MeasureBehaviour --text @missing", "@missing: there is no such text file")]
    [InlineData("MeasureBehaviour --text @pointer", "@pointer: is a Git LFS pointer")]
    [InlineData("MeasureBehaviour --text @archive.zip", "@archive.zip: is ")]
    [InlineData("InspectCheckpoint @missing", "@missing: there is no such file or folder.")]
    [InlineData("InspectCheckpoint @empty", "@empty: holds no weights")]
    [InlineData("InspectCheckpoint @file", "@file: is text, not weights; it begins with 'The cat'.")]
    [InlineData("InspectCheckpoint @pointer", "@pointer: is a Git LFS pointer, not the file itself: run git lfs pull in its folder.")]
    [InlineData("InspectCheckpoint @file --model @file", "Name one model: ")]
    [InlineData("RankFrontier @missing", "@missing: there is no such file or folder.")]
    [InlineData("TestTheClaim pictures @missing --out @out", "@missing: cannot be read: there is no such file.")]
    [InlineData("TestTheClaim pictures @empty --out @out", "@empty: cannot be read: it is a folder, not a file.")]
    [InlineData("TestTheClaim pictures @file --out @out", "@file: is no results.json of a report: ")]
    [InlineData("ReproduceClaim picture @missing --out @out.png", "@missing: cannot be read: there is no such file.")]
    [InlineData("ReproduceClaim picture @file/results.json --out @out.png",
        "@file/results.json: cannot be read: @file is a file, not a folder.")]
    [InlineData("ReproduceClaim picture @file --out @out.png", "@file: is no results.json of a comparison: ")]
    [InlineData("ScoreToken @missing x", "@missing does not exist: run ReproduceClaim first, or name another zip.")]
    [InlineData("ScoreToken @empty x", "@empty: cannot be opened: it is a folder, not a file.")]
    [InlineData("ScoreToken @file x", "@file: is text, not a circuit that ml.Model.Save wrote.")]
    [InlineData("ScoreToken @archive.zip x", "@archive.zip: is a zip archive, but not a circuit that ml.Model.Save wrote, or it is cut")]
    [InlineData("ScoreToken PTH x", "PTH: is a PyTorch archive, not a circuit that ml.Model.Save wrote.")]
    [InlineData("ScoreToken MODEL/model.safetensors x", "MODEL/model.safetensors: is a safetensors file, not a circuit")]
    public void Run_SomethingElseInItsPlace_NamesThePath(string arguments, string sentence)
    {
        Directory.CreateDirectory(At("empty"));
        File.WriteAllText(At("file"), "The cat");
        File.WriteAllText(At("pointer"), "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n");
        using (var zip = System.IO.Compression.ZipFile.Open(At("archive.zip"), System.IO.Compression.ZipArchiveMode.Create))
            zip.CreateEntry("a.txt");
        AssertSentence(SampleProcess.Run(arguments.Split(' ')[0], Arguments(arguments), _folder), sentence);
    }

    [Theory]
    [InlineData("truncated.zip", "is a zip archive, but not a circuit that ml.Model.Save wrote, or it is cut or damaged.")]
    [InlineData("tampered-digest.zip", "entry 'TransformerChain/")]
    public void ScoreToken_DamagedCopier_NamesTheFile(string zip, string sentence)
    {
        string path = SharedFiles.PathOf("cases", "hostile", zip);
        var run = SampleProcess.Run("ScoreToken", path, "x");
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.StartsWith($"{path}: {sentence}", run.Error, StringComparison.Ordinal);
    }

    private string[] Arguments(string arguments) => [.. arguments.Split(' ').Skip(1).Select(Filled)];

    private string Filled(string text) => text
        .Replace("@", _folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)
        .Replace("MODEL", _model, StringComparison.Ordinal)
        .Replace("PTH", Path.Combine(MainJob.FindRoot(), "tests", "OVPipeline.Checkpoints.Tests", "Fixtures", "PyTorch", "protocol4.pth"),
            StringComparison.Ordinal);

    private string At(string name) => Path.Combine(_folder, name);

    private void AssertSentence(SampleProcess run, string sentence)
    {
        Assert.StartsWith(Filled(sentence), run.Error, StringComparison.Ordinal);
        Assert.Equal((2, 1), (run.ExitCode, run.Error.Trim().Split('\n').Length));
    }
}
