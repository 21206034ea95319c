using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Reporting.Tests.Atlas;

public sealed class TokenFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-tokens-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Save_Tokens_AreARowEachWithAColumnForEachHead()
    {
        AtlasFiles.Save(_folder, Atlas([[3, 1], [2, 2], [1, 1], [1, 1], [1, 1], [2, 3]]));
        const string Header = "id,token,L0H0,L0H1,L1H0,L1H1,L2H0,L2H1", First = "0,\"a,\"\"b\"\"\",";
        Assert.Equal([Header, First + "3,2,1,1,1,2", "1,c,1,2,1,1,1,3"], Lines("token-ranks.csv"));
        Assert.Equal(
            [Header, First + "0 1,1 2,2 3,3 4,4 5,5 6", "1,c,7 8,8 9,9 10,10 11,11 12,12 13"], Lines("token-outputs.csv"));
    }

    [Fact]
    public void Save_NoRanks_WritesOutputsAlone()
    {
        AtlasFiles.Save(_folder, Atlas([null, null, null, null, null, null]));
        Assert.False(File.Exists(Path.Combine(_folder, "token-ranks.csv")));
        Assert.Equal(3, Lines("token-outputs.csv").Length);
    }

    [Fact]
    public void Save_NoTokens_WritesNeither()
    {
        AtlasFiles.Save(_folder, DistinctAtlas.Create());
        Assert.DoesNotContain(
            Directory.EnumerateFiles(_folder), file => Path.GetFileName(file).StartsWith("token-", StringComparison.Ordinal));
        Assert.True(File.Exists(Path.Combine(_folder, "atlas.html")));
    }

    private string[] Lines(string file) => File.ReadAllText(Path.Combine(_folder, file)).Split("\r\n")[..^1];

    private static HeadAtlas Atlas(int[]?[] ranks)
    {
        var vocabulary = new Vocabulary(["a,\"b\"", "c"]);
        var atlas = DistinctAtlas.Create();
        return atlas with
        {
            Model = atlas.Model with { Vocabulary = 2 },
            Tokens = new(vocabulary, vocabulary, [.. ranks.Select((of, i) => new HeadTokens(of, [i, i + 1, i + 7, i + 8]))]),
        };
    }
}
