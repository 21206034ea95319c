using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace OVPipeline.Tests.Interop;

public sealed class MlNetMembersTests
{
    [Fact]
    public void Listed_Members_AreThoseTheAssemblyRefersTo()
    {
        string[] used = MemberReferences.UsedBy(typeof(TokenCircuitTransformer).Assembly);
        Assert.NotEmpty(used);
        Assert.True(used.SequenceEqual(MlNetMembers.Listed()), $"MlNetMembers.txt should read:\n{string.Join('\n', used)}");
    }

    [Theory]
    [InlineData("Microsoft.ML.VersionInfo", true)]
    [InlineData("Microsoft.ML.ModelSaveContext.Writer", true)]
    [InlineData("Microsoft.ML.TrainCatalogBase..ctor", true)]
    [InlineData("Microsoft.ML.ModelSaveContext.Elsewhere", false)]
    [InlineData("Microsoft.ML.NoSuchType..ctor", false)]
    public void Exists_Line_IsFoundOrNot(string line, bool exists) =>
        Assert.Equal(exists, MlNetMembers.Exists([typeof(SchemaShape).Assembly, typeof(TransformsCatalog).Assembly], line));
}
