using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Core;
using OVPipeline.Tests.Atlas;
using OVPipeline.Tests.Scoring;
using Xunit;

namespace OVPipeline.Tests.Interop;

/// <summary>What ML.NET's own test harness asks of every estimator and transformer, of ours.</summary>
public sealed class ContractTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly Checkpoints.TransformerCheckpoint _model = SmallModel.Create();
    private readonly Checkpoints.TransformerCheckpoint _attention = AtlasModel.Create(vocabulary: 120);

    // The pipeline that holds what each catalog method makes to the contracts.
    private static readonly Dictionary<string, string> s_byMethod = new()
    {
        [nameof(OVPipelineCatalog.ExtractOVCircuit)] = "circuit",
        [nameof(OVPipelineCatalog.ExtractQKCircuit)] = "QK",
        [nameof(OVPipelineCatalog.ExtractKCompositionCircuit)] = "K-composition",
        [nameof(OVPipelineCatalog.ExtractVirtualOVCircuit)] = "virtual head",
        [nameof(OVPipelineCatalog.ApplyTokenCircuit)] = "applied",
        [nameof(OVPipelineCatalog.ScoreTopK)] = "scored",
        [nameof(OVCircuitTrainers.LowRankCopier)] = "copier",
    };

    public static TheoryData<string> Pipelines =>
        [.. s_byMethod.Values, "other label", "unlabelled", "probabilities", "twenty", "two", "other outputs"];

    [Fact]
    public void Catalogs_EveryMethodThatMakesAnEstimator_HasItsContractTests()
    {
        var types = typeof(OVPipelineCatalog).Assembly.GetExportedTypes();
        var methods = types.SelectMany(type => type.GetMethods()).Where(method => IsEstimator(method.ReturnType));
        Assert.Equal(s_byMethod.Keys.Order(), methods.Select(method => method.Name).Distinct().Order());

        var tested = s_byMethod.Values.SelectMany(name => EstimatorsOf(Of(name).Pipeline)).Select(one => one.GetType()).Distinct();
        Assert.Equal(types.Where(IsEstimator).Select(type => type.Name).Order(), tested.Select(type => type.Name).Order());
    }

    private static bool IsEstimator(Type type) =>
        type.GetInterfaces().Any(one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IEstimator<>));

    private static IEnumerable<object> EstimatorsOf(object estimator) => estimator.GetType()
        .GetField("_estimators", BindingFlags.NonPublic | BindingFlags.Instance)?.GetValue(estimator) is IEnumerable<object> chain
            ? chain.SelectMany(EstimatorsOf)
            : [estimator];

    [Theory, MemberData(nameof(Pipelines))]
    public void GetOutputSchema_OfTheEstimator_PromisesWhatIsDelivered(string name)
    {
        var (pipeline, data) = Of(name);
        var promised = pipeline.GetOutputSchema(SchemaTests.SchemaShapeOf(data));
        var delivered = SchemaTests.SchemaShapeOf(pipeline.Fit(data).Transform(data));
        Assert.Equal(delivered.Select(Describe).Order(), promised.Select(Describe).Order());
    }

    [Theory, MemberData(nameof(Pipelines))]
    public void GetOutputSchema_OfTheTransformer_IsThatOfItsDataAndItsMapper(string name)
    {
        var (pipeline, data) = Of(name);
        ITransformer fitted = pipeline.Fit(data);
        string[] schema = [.. fitted.Transform(data).Schema.Select(DataRows.Describe)];
        var mapper = fitted.GetRowToRowMapper(data.Schema);

        Assert.True(fitted.IsRowToRowMapper);
        Assert.Same(data.Schema, mapper.InputSchema);
        Assert.Equal(schema, fitted.GetOutputSchema(data.Schema).Select(DataRows.Describe));
        Assert.Equal(schema, mapper.OutputSchema.Select(DataRows.Describe));
    }

    [Theory, MemberData(nameof(Pipelines))]
    public void Load_SavedModel_HasTheSameSchemasAndEveryBit(string name)
    {
        var (pipeline, data) = Of(name);
        ITransformer fitted = pipeline.Fit(data);
        using var stream = new MemoryStream();
        _ml.Model.Save(fitted, data.Schema, stream);
        stream.Position = 0;
        var loaded = new MLContext().Model.Load(stream, out var schema);

        IDataView before = fitted.Transform(data), after = loaded.Transform(data);
        Assert.Equal(data.Schema.Select(DataRows.Describe), schema.Select(DataRows.Describe));
        Assert.Equal(before.Schema.Select(DataRows.Describe), after.Schema.Select(DataRows.Describe));
        Assert.Equal(DataRows.Read(before, Names(before)), DataRows.Read(after, Names(after)));
    }

    [Theory, MemberData(nameof(Pipelines))]
    public void GetRow_OfTheMapper_GivesWhatTheCursorGives(string name)
    {
        var (pipeline, data) = Of(name);
        ITransformer fitted = pipeline.Fit(data);
        var scored = fitted.Transform(data);
        var mapper = fitted.GetRowToRowMapper(data.Schema);
        string[] names = Names(scored), expected = DataRows.Read(scored, names);

        using var input = data.GetRowCursor(data.Schema);
        using var row = mapper.GetRow(input, mapper.OutputSchema);
        Func<string>[] readers = [.. names.Select(column => DataRows.Reader(row, mapper.OutputSchema[column]))];
        List<string> actual = [];
        while (input.MoveNext())
            actual.Add(string.Join(" | ", readers.Select(read => read())));

        Assert.Equal(expected, actual);
    }

    [Theory, MemberData(nameof(Pipelines))]
    public void GetRowCursor_SomeColumns_GivesThemAsAllDoAndNoOthers(string name)
    {
        var (pipeline, data) = Of(name);
        var scored = pipeline.Fit(data).Transform(data);
        string[] all = Names(scored);
        string[][] whole = [.. DataRows.Read(scored, all).Select(row => row.Split(" | "))];
        string[] added = [.. all.Except(data.Schema.Select(column => column.Name))];
        var random = new Random(5);
        int sets = 1 << added.Length;
        foreach (int set in sets <= 256 ? Enumerable.Range(0, sets) : Enumerable.Range(0, 100).Select(_ => random.Next(sets)))
        {
            // Of the columns that were added every subset; of the others now one, now another.
            string[] some = [.. all.Where(one => Array.IndexOf(added, one) is >= 0 and int i ? (set >> i & 1) != 0 : random.Next(4) == 0)];
            int[] places = [.. some.Select(one => Array.IndexOf(all, one))];
            Assert.Equal(whole.Select(row => string.Join(" | ", places.Select(place => row[place]))), DataRows.Read(scored, some));

            using var cursor = scored.GetRowCursor(some.Select(one => scored.Schema[one]));
            foreach (string other in all.Except(some))
            {
                Assert.False(cursor.IsColumnActive(scored.Schema[other]));
                Assert.ThrowsAny<Exception>(() => DataRows.Reader(cursor, scored.Schema[other]));
            }
        }
    }

    [Theory, MemberData(nameof(Pipelines))]
    public void GetRowCursorSet_OnThreads_HasEachRowOnce(string name)
    {
        var (pipeline, data) = Of(name);
        var scored = pipeline.Fit(data).Transform(data);
        DataViewSchema.Column[] columns = [.. Names(scored).Select(column => scored.Schema[column])];

        string[][] parts = new string[4][];
        var cursors = scored.GetRowCursorSet(columns, parts.Length);
        Parallel.For(0, cursors.Length, i =>
        {
            using var cursor = cursors[i];
            parts[i] = DataRows.Read(cursor, columns);
        });

        Assert.Equal(DataRows.Read(scored, Names(scored)).Order(), parts.Take(cursors.Length).SelectMany(part => part).Order());
    }

    [Theory, MemberData(nameof(Pipelines))]
    public void GetRowCursor_Shuffled_HasTheSameRowsInAnotherOrder(string name)
    {
        var (pipeline, data) = Of(name);
        var scored = pipeline.Fit(data).Transform(_ml.Data.Cache(data));
        Assert.True(scored.CanShuffle);
        DataViewSchema.Column[] columns = [.. Names(scored).Select(column => scored.Schema[column])];

        using var cursor = scored.GetRowCursor(columns, new Random(3));
        string[] shuffled = DataRows.Read(cursor, columns), inOrder = DataRows.Read(scored, Names(scored));

        Assert.NotEqual(inOrder, shuffled);
        Assert.Equal(inOrder.Order(), shuffled.Order());
    }

    [Theory, MemberData(nameof(Pipelines))]
    public void SaveAsBinary_ScoredData_ComesBackBitForBit(string name)
    {
        var (pipeline, data) = Of(name);
        var scored = pipeline.Fit(data).Transform(data);
        string path = Path.Combine(Path.GetTempPath(), $"ovpipeline-{Guid.NewGuid():N}.idv");
        try
        {
            using (var file = File.Create(path))
                _ml.Data.SaveAsBinary(scored, file);
            var loaded = _ml.Data.LoadFromBinary(path);
            Assert.Equal(scored.Schema.Select(c => (c.Name, c.Type)), loaded.Schema.Select(c => (c.Name, c.Type)));
            Assert.Equal(DataRows.Read(scored, Names(scored)), DataRows.Read(loaded, Names(loaded)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void SaveAsText_ScoredData_ShowsRanksFromOneAndScoresAsTheyAre()
    {
        var (pipeline, data) = Of("scored");
        var scored = pipeline.Fit(data).Transform(data);
        var shown = _ml.Transforms.SelectColumns("LabelRank", "LabelLogLoss", "TopScores").Fit(scored).Transform(scored);
        string path = Path.Combine(Path.GetTempPath(), $"ovpipeline-{Guid.NewGuid():N}.tsv");
        try
        {
            using (var file = File.Create(path))
                _ml.Data.SaveAsText(shown, file);
            TextLoader.Column[] columns =
                [new("LabelRank", DataKind.Single, 0), new("LabelLogLoss", DataKind.Double, 1), new("TopScores", DataKind.Single, 2, 6)];
            var loaded = _ml.Data.LoadFromTextFile(path, columns, hasHeader: true);
            Assert.Equal(scored.GetColumn<float>("LabelRank"), loaded.GetColumn<float>("LabelRank"));
            Assert.Equal(
                scored.GetColumn<double>("LabelLogLoss"), loaded.GetColumn<double>("LabelLogLoss"), (a, b) => Math.Abs(a - b) < 1e-6);
            Assert.Equal(scored.GetColumn<float[]>("TopScores").SelectMany(row => row), loaded.GetColumn<float[]>("TopScores")
                .SelectMany(row => row), (a, b) => Math.Abs(a - b) < 1e-5 * Math.Abs(a));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("circuit", "TokenId"), InlineData("copier", "TokenId"), InlineData("scored", "Circuit"), InlineData("two", "B")]
    public void EverySchema_WithoutAColumnThatIsRead_IsRefusedAsMlNetDoes(string name, string column)
    {
        var (pipeline, data) = Of(name);
        ITransformer fitted = pipeline.Fit(data), last = ((fitted as IEnumerable<ITransformer>) ?? [fitted]).Last();
        var estimator = name is "circuit" or "copier" ? pipeline : _ml.Transforms.ScoreTopK(column);
        var input = name is "circuit" or "copier" ? data : fitted.Transform(data);
        var without = _ml.Transforms.DropColumns(column).Fit(input).Transform(input);
        var otherType = _ml.Transforms.CopyColumns(column, "Token").Fit(input).Transform(input);

        using var stream = new MemoryStream();
        _ml.Model.Save(last, input.Schema, stream);
        stream.Position = 0;
        var whole = _ml.Model.Load(stream, out _);
        var loaded = ((whole as IEnumerable<ITransformer>) ?? [whole]).Last();
        foreach (var invalid in new[] { without, otherType })
        {
            MustFail(() => loaded.GetOutputSchema(invalid.Schema));
            MustFail(() => loaded.Transform(invalid));
            MustFail(() => estimator.GetOutputSchema(SchemaTests.SchemaShapeOf(invalid)));
            MustFail(() => estimator.Fit(invalid));
            MustFail(() => last.GetOutputSchema(invalid.Schema));
            MustFail(() => last.Transform(invalid));
            MustFail(() => last.GetRowToRowMapper(invalid.Schema));
        }
    }

    [Fact]
    public void Fit_WithoutTheLabelThatWasNamed_IsRefusedWhereTransformIsNot()
    {
        var (pipeline, data) = Of("other label");
        var fitted = pipeline.Fit(data);
        var unlabelled = _ml.Transforms.DropColumns("Next").Fit(data).Transform(data);

        MustFail(() => pipeline.GetOutputSchema(SchemaTests.SchemaShapeOf(unlabelled)));
        MustFail(() => pipeline.Fit(unlabelled));
        var scored = fitted.Transform(unlabelled);
        Assert.Equal(fitted.GetOutputSchema(unlabelled.Schema).Select(DataRows.Describe), scored.Schema.Select(DataRows.Describe));
        Assert.Equal(DataRows.Read(fitted.Transform(data), "TopTokens"), DataRows.Read(scored, "TopTokens"));
    }

    [Theory, MemberData(nameof(Pipelines))]
    public void ApplyToData_OfEveryStep_GivesTheSameRowsWithTheSameIds(string name)
    {
        var (pipeline, data) = Of(name);
        var scored = pipeline.Fit(data).Transform(data);
        var again = (IDataView)OfMlNet("ApplyTransformUtils")
            .GetMethod("ApplyAllTransformsToData", BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static)!
            .Invoke(null, [_ml, scored, _ml.Data.Cache(data), null])!;
        Assert.Equal(scored.Schema.Select(DataRows.Describe), again.Schema.Select(DataRows.Describe));
        Assert.Equal(DataRows.Read(scored, Names(scored)), DataRows.Read(again, Names(again)));
        Assert.Equal(Ids(scored, Names(scored)), Ids(scored, Names(scored)[^1]));
        Assert.Equal(Ids(data, Names(data)), Ids(scored, Names(scored)));
    }

    [Theory, MemberData(nameof(Pipelines))]
    public void Annotations_OfEveryColumn_AreOfTheTypesThatMlNetWants(string name)
    {
        var (pipeline, data) = Of(name);
        foreach (var column in pipeline.Fit(data).Transform(data).Schema)
        {
            foreach (var annotation in column.Annotations.Schema)
            {
                var vector = annotation.Type as VectorDataViewType;
                bool isRight = annotation.Name switch
                {
                    "KeyValues" => (ulong)(vector?.Size ?? 0) == ((KeyDataViewType)ItemOf(column.Type)).Count,
                    "SlotNames" => vector?.Size == ((VectorDataViewType)column.Type).Size && vector.ItemType is TextDataViewType,
                    "ScoreColumnSetId" => annotation.Type is KeyDataViewType { RawType: var raw } && raw == typeof(uint),
                    "ScoreColumnKind" or "ScoreValueKind" or "LabelColumnName" => annotation.Type is TextDataViewType,
                    "VocabularySize" or "OutputVocabularySize" => annotation.Type == NumberDataViewType.Int32,
                    _ => annotation.Type is TokenCircuitDataViewType,
                };
                Assert.True(isRight, $"{column.Name}: {annotation.Name} is {annotation.Type}");
            }
        }

        static DataViewType ItemOf(DataViewType type) => type is VectorDataViewType vector ? vector.ItemType : type;
    }

    [Theory, MemberData(nameof(Pipelines))]
    public void ShowSchemaAndPreview_OfTheData_ShowItAll(string name)
    {
        var (pipeline, data) = Of(name);
        var scored = pipeline.Fit(data).Transform(data);
        Assert.Equal(3, scored.Preview(maxRows: 3).RowView.Length);

        var command = OfMlNet("ShowSchemaCommand");
        object arguments = Activator.CreateInstance(command.GetNestedType("Arguments", BindingFlags.Public | BindingFlags.NonPublic)!)!;
        arguments.GetType().GetField("ShowMetadataValues")!.SetValue(arguments, true);
        arguments.GetType().GetField("ShowSteps")!.SetValue(arguments, true);
        using var text = new StringWriter();
        command.GetMethod("RunOnData", BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static)!
            .Invoke(null, [text, arguments, scored]);
        Assert.All(Names(scored), column => Assert.Contains(column + ":", text.ToString(), StringComparison.Ordinal));
    }

    // What its own harness calls, and programs cannot.
    private static Type OfMlNet(string name) => typeof(TransformsCatalog).Assembly.GetTypes().Single(type => type.Name == name);

    private static string[] Ids(IDataView data, params string[] columns)
    {
        using var cursor = data.GetRowCursor(columns.Select(name => data.Schema[name]));
        var get = cursor.GetIdGetter();
        List<string> ids = [];
        DataViewRowId id = default;
        while (cursor.MoveNext())
        {
            get(ref id);
            ids.Add(id.ToString());
        }
        return [.. ids];
    }

    // ML.NET's harness takes these two, and its marks say that the error is the caller's.
    private static void MustFail(Action action)
    {
        var error = Record.Exception(action);
        Assert.True(error is ArgumentOutOfRangeException or InvalidOperationException, $"{error?.GetType()}: {error?.Message}");
        Assert.NotEmpty(error!.Data.Keys.Cast<object>());
    }

    private (IEstimator<ITransformer> Pipeline, IDataView Data) Of(string name)
    {
        var tokens = _ml.Data.LoadVocabulary(_model);
        var head = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0));
        var other = OutputModel.Create(7);
        var labelled = LabelledRows.Of(_ml, Enumerable.Range(0, 120).Select(i => ((uint)i, (uint)(i + 1) % 120)));
        return name switch
        {
            "circuit" => (head, tokens),
            "QK" => (_ml.Transforms.ExtractQKCircuit("Circuit", "TokenId", _attention, new(1, 0), CircuitAxes.KeyToQuery), tokens),
            "K-composition" =>
                (_ml.Transforms.ExtractKCompositionCircuit("Circuit", "TokenId", _attention, new(0, 1), new(1, 0)), tokens),
            "virtual head" => (_ml.Transforms.ExtractVirtualOVCircuit("Circuit", "TokenId", _model, new(0, 1), new(1, 0)), tokens),
            "applied" => (_ml.Transforms.ApplyTokenCircuit(
                "Circuit", "TokenId", TokenCircuit.OfHeads(_model.Weights, new HeadIndex(0, 0)), _model.Vocabulary), tokens),
            "other label" => (_ml.OVCircuits().Trainers.LowRankCopier(_model, 3, "Next")
                .Append(_ml.Transforms.ScoreTopK(labelColumnName: "Next")), labelled),
            "copier" => (_ml.OVCircuits().Trainers.LowRankCopier(_model, 3), tokens),
            "scored" => (head.Append(_ml.Transforms.ScoreTopK()), tokens),
            "unlabelled" => (head.Append(_ml.Transforms.ScoreTopK(labelColumnName: null)), tokens),
            "probabilities" => (head.Append(_ml.Transforms.ScoreTopK(new TopKScoringEstimator.Options { Probabilities = true })), tokens),
            "twenty" => (head.Append(_ml.Transforms.ScoreTopK(new TopKScoringEstimator.Options { K = 20, Probabilities = true })), tokens),
            "two" => (head.Append(_ml.Transforms.ScoreTopK(outputColumnPrefix: "Head"))
                .Append(_ml.Transforms.ExtractOVCircuit("B", "TokenId", _model, new HeadIndex(1, 2)))
                .Append(_ml.Transforms.ScoreTopK("B", outputColumnPrefix: "Other")), tokens),
            _ => (_ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", other, new HeadIndex(1, 2))
                .Append(_ml.Transforms.ScoreTopK(k: 3, labelColumnName: "Label")),
                _ml.Data.LoadVocabulary(other, "Label", token => token % 7)),
        };
    }

    private static string[] Names(IDataView data) => [.. data.Schema.Where(column => !column.IsHidden).Select(column => column.Name)];

    private static string Describe(SchemaShape.Column column) => $"{column.Name} {column.Kind} {column.ItemType} {column.IsKey} "
        + $"[{string.Join(", ", column.Annotations.Select(one => $"{one.Name} {one.Kind} {one.ItemType} {one.IsKey}").Order())}]";
}
