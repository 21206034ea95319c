using OVPipeline.Core;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>Every file that people gave us does what <see cref="SharedCaseList"/> says of it.</summary>
public sealed class SharedCheckpointsTests
{
    public static TheoryData<string> Paths => [.. SharedCaseList.All.Select(one => one.Path)];

    [Theory, MemberData(nameof(Paths))]
    public void Load_FileOfPeoples_DoesWhatTheListSays(string path)
    {
        var one = SharedCaseList.All.Single(one => one.Path == path);
        string source = SharedFiles.PathOf(path.Split('/'));
        if (one.Model is null)
        {
            var error = Assert.Throws<CheckpointException>(() => TransformerCheckpoint.Load(source));
            Assert.StartsWith(source, error.File, StringComparison.Ordinal);
            Assert.StartsWith($"{error.File}: {one.Error}", error.Message, StringComparison.Ordinal);
            return;
        }

        var model = TransformerCheckpoint.Load(source);

        Assert.Equal(one.Model, Text(model.Weights.Config, model.Layout));
        string processing = string.Join("; ", model.Weights.Processing);
        Assert.All(one.Notes, note => Assert.Contains(note, processing, StringComparison.Ordinal));
        Assert.Equal(one.NoTokenizer is "", model.Tokenizer is not null);
        if (one.NoTokenizer is { Length: > 0 } reason)
            Assert.Contains(reason, model.NoTokenizer, StringComparison.Ordinal);
        var tensors = model.Tensors!;
        Assert.Equal(one.Unreadable, tensors.Tensors.Select(tensor => tensor.Name).Where(name => tensors.Unreadable(name) is not null));
        if (one.Error is { } wrong)
            Assert.Contains(wrong, Assert.Throws<CheckpointException>(() => ReadAll(model.Weights)).Message, StringComparison.Ordinal);
        else
            ReadAll(model.Weights);
    }

    [Fact]
    public void All_CasesBesideTheRepository_AreInTheList()
    {
        string[] folders =
        [
            .. Directory.GetDirectories(SharedFiles.PathOf("cases", "checkpoints")),
            .. Directory.GetDirectories(SharedFiles.PathOf("cases", "models")),
            .. Directory.GetDirectories(SharedFiles.PathOf("models", "real")).Where(folder => Path.GetFileName(folder) != "arena"),
            .. Directory.GetFiles(SharedFiles.PathOf("models", "real", "arena"), "*.pt"),
        ];
        string root = SharedFiles.PathOf();
        string[] missing =
        [
            .. folders.Select(folder => Path.GetRelativePath(root, folder).Replace('\\', '/') + "/")
                .Where(path => !SharedCaseList.All.Any(one => $"{one.Path}/".StartsWith(path, StringComparison.Ordinal))),
        ];
        Assert.Empty(missing);
    }

    private static string Text(TransformerConfig config, string? layout)
    {
        string outputs = config.OutputVocabulary == config.Vocabulary ? "" : $", outputs {config.OutputVocabulary}";
        string layers = config.Layers == 1 ? "1 layer" : $"{config.Layers} layers";
        return $"{layout}, {layers} of {config.Heads} heads, d_model {config.DModel}, d_head {config.DHead}, "
            + $"V {config.Vocabulary}{outputs}";
    }

    private static void ReadAll(TransformerWeights weights)
    {
        foreach (var kind in Enum.GetValues<WeightKind>().Where(weights.Has))
            foreach (var head in weights.Config.AllHeads)
                weights.Read(kind, head);
    }
}
