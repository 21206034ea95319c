namespace OVPipeline.Checkpoints;

/// <summary>The names of models that TransformerLens knows, and whether the weights of each are read here.</summary>
public static class ModelNames
{
    /// <summary>Which version of TransformerLens the names are from.</summary>
    public static string Source => KnownModels.Source;

    /// <summary>
    /// Every model of its list, in its order. What is read is found by the layouts themselves: they are asked about the names that the
    /// tensors of each family's published files have, and its model type.
    /// </summary>
    public static IReadOnlyList<ModelName> All()
    {
        var layouts = new Dictionary<ModelFamily, string?>();
        return [.. KnownModels.All.Where(model => model.IsListed).Select(Name)];

        ModelName Name(KnownModel model)
        {
            if (!layouts.TryGetValue(model.Family, out string? layout))
                layouts[model.Family] = layout = FamilyProbe.LayoutOf(model.Family)?.Name;
            return new(model.Id, model.Aliases, model.Family.Title, layout, layout is null ? WhyNot(model.Family) : null);
        }

        static string WhyNot(ModelFamily family) => (family.ModelType is { } type ? WeightLayouts.WhyNot(type) : null)
            ?? family.Otherwise ?? "there is no layout of its tensors' names";
    }
}

/// <summary>A model that TransformerLens knows.</summary>
/// <param name="Id">Its id on the hub.</param>
/// <param name="Aliases">Other names by which it can be loaded, whatever their case.</param>
/// <param name="Family">The family that it is of.</param>
/// <param name="Layout">The layout by which its weights are read; null where they are not.</param>
/// <param name="WhyNot">Why they are not, a clause; null where they are.</param>
public sealed record ModelName(string Id, IReadOnlyList<string> Aliases, string Family, string? Layout, string? WhyNot);
