using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Studies;

namespace OVPipeline.Samples.KnownModels;

/// <summary>The names that TransformerLens knows, as Markdown.</summary>
internal static class NameTable
{
    /// <summary>The model of an id or another name, whatever its case; null where there is none.</summary>
    public static ModelName? Find(string name) => ModelNames.All().FirstOrDefault(model =>
        model.Aliases.Prepend(model.Id).Contains(name, StringComparer.OrdinalIgnoreCase));

    /// <summary>That there is no such model, and which may be meant.</summary>
    public static ArgumentException Unknown(string name)
    {
        var known = ModelNames.All().SelectMany(model => model.Aliases.Prepend(model.Id));
        string meant = NearestName.Of(name, known) is { } one ? $"; did you mean {one}?" : ".";
        return new($"TransformerLens has no model of the name {name}{meant}");
    }

    /// <summary>A row for each model.</summary>
    public static ReportTable Of(IReadOnlyList<ModelName> models) => new(
        "models", "Models that TransformerLens knows by name",
        [
            ReportColumn.Text("id"), ReportColumn.Text("aliases"), ReportColumn.Text("family"), ReportColumn.Text("layout"),
            ReportColumn.Text("why not"),
        ],
        [
            .. models.Select(model => (ReportValue[])
                [model.Id, string.Join(' ', model.Aliases), model.Family, model.Layout, model.Layout is null ? model.WhyNot : null]),
        ])
    { Units = $"names of {ModelNames.Source}" };

    /// <summary>A model in a line.</summary>
    public static string Line(ModelName model)
    {
        string aliases = model.Aliases.Count == 0 ? "" : $" (also {string.Join(", ", model.Aliases)})";
        string weights = model.Layout is { } layout
            ? $"its weights are read, by the layout {layout}"
            : $"its weights are not read: {model.WhyNot}";
        return $"{model.Id}{aliases}, of {model.Family}: {weights}.";
    }

    /// <summary>A sentence that counts, and a table with a row for each family, those first of which most are.</summary>
    public static IEnumerable<string> Lines(IReadOnlyList<ModelName> models)
    {
        int all = models.Count(model => model.Layout is not null);
        yield return $"Of {models.Count} names the weights of {all} are read. The names are those of {ModelNames.Source}.";
        yield return "";
        yield return "| Family | Names | Weights | By the layout, or why not | Which |";
        yield return "| --- | ---: | --- | --- | --- |";
        foreach (var family in models.GroupBy(model => model.Family).OrderByDescending(family => family.Count()))
        {
            var first = family.First();
            string read = first.Layout is null ? "no" : "yes";
            string ids = string.Join(", ", family.Select(model => model.Id));
            yield return $"| {family.Key} | {family.Count()} | {read} | {first.Layout ?? first.WhyNot} | {ids} |";
        }
    }
}
