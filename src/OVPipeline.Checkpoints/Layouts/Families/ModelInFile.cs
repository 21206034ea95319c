using System.Globalization;

namespace OVPipeline.Checkpoints;

/// <summary>The model that a file holds: its parts under its own names, its layout, and what was left off.</summary>
/// <param name="Parts">Its tensors without wrappers, and its configuration.</param>
/// <param name="Said">The configuration that was given for it and is in use; null for none.</param>
/// <param name="Layout">Its layout.</param>
/// <param name="Notes">What of the file was left off or taken for the configuration, a clause each.</param>
internal sealed record ModelInFile(CheckpointParts Parts, ModelConfigFile? Said, WeightLayout Layout, IReadOnlyList<string> Notes)
{
    private const int MostNamed = 6, LongestPath = 200;

    private static readonly WeightMark[] s_marks =
        [.. WeightLayouts.All.SelectMany(layout => layout.Marks.Select(mark => new WeightMark(mark, layout.OwnPrefixes)))];

    /// <summary>Finds the model. Where several could be meant, those whose shapes fit the configuration come before others.</summary>
    /// <param name="opened">All tensors of the file, under their whole paths.</param>
    /// <param name="asked">The path of the model that is meant, or of what holds it; null where there is but one.</param>
    /// <param name="configs">The configurations to try, null for none, the likeliest first.</param>
    /// <param name="partsOf">The parts of a model of such tensors and configuration.</param>
    /// <exception cref="CheckpointException">No layout fits, or several models could be meant; they are named.</exception>
    public static ModelInFile Find(CheckpointTensors opened, string? asked, IReadOnlyList<ModelConfigFile?> configs, PartsOf partsOf)
    {
        var file = TiedNames.Of(opened.Contents);
        opened = new(opened.File, InnerWrappers.Without(file with { Tensors = ScaledTensors.Of(file.Tensors) }));
        var places = WeightPlaces.In(opened, s_marks);
        if (asked is { Length: > 0 })
            places = Asked(opened, places, asked);
        Candidate[] candidates = [.. places.Select(place => Look(opened, place, configs, partsOf)).OfType<Candidate>()];
        if (candidates.Length == 0)
        {
            if (opened.Tensors.All(tensor => tensor.Name.All(c => char.IsAsciiDigit(c) || c == '.')))
                throw new CheckpointException(opened.File, null,
                    $"holds {opened.Tensors.Count} tensors in a list, without names; save the model's state_dict(), which has them.");
            var parts = partsOf(
                places is [{ Wrappers: [var wrapper, ..] }, ..] ? WeightPlaces.Under(opened, wrapper) : opened, configs[0]);
            return new(parts, configs[0], WeightLayouts.Of(parts), []);
        }
        var chosen = Choose(opened, candidates);
        return new(chosen.Parts, chosen.Said, chosen.Layout, [.. NotesOn(opened, chosen, candidates, configs)]);
    }

    private static WeightPlace[] Asked(CheckpointTensors opened, IReadOnlyList<WeightPlace> places, string asked)
    {
        string path = asked.TrimEnd('.') + ".";
        WeightPlace[] fitting = [.. places.Where(place => place.Path.StartsWith(path, StringComparison.Ordinal))];
        return fitting.Length > 0 ? fitting : throw new CheckpointException(opened.File, null,
            $"holds no model under '{asked.TrimEnd('.')}'. Models are under {Listed(places.Select(place => place.Path))}.");
    }

    /// <summary>What lies at a place: as what fits whole, else as what has a layout's names; null where it is no model.</summary>
    private static Candidate? Look(CheckpointTensors opened, WeightPlace place, IReadOnlyList<ModelConfigFile?> configs, PartsOf partsOf)
    {
        Candidate? named = null;
        foreach (string wrapper in place.Wrappers)
        {
            var tensors = WeightPlaces.Under(opened, wrapper);
            foreach (var config in configs)
            {
                var parts = partsOf(tensors, config);
                if (WeightLayouts.All.FirstOrDefault(layout => Matches(layout, parts)) is not { } layout)
                    continue;
                var candidate = new Candidate(wrapper, parts, config, layout, Fits(layout, parts));
                if (candidate.Fits)
                    return candidate;
                named ??= candidate;
            }
        }
        return named;
    }

    private static Candidate Choose(CheckpointTensors opened, Candidate[] candidates)
    {
        Candidate[] fitting = candidates.Any(candidate => candidate.Fits) ? [.. candidates.Where(candidate => candidate.Fits)] : candidates;
        // A file may hold the same tensors under two names: the model and the best so far.
        if (fitting.Length > 1)
            fitting = [.. fitting.DistinctBy(candidate => candidate.Elements)];
        return WeightChoice.Of([.. fitting.Select(candidate => candidate.Wrapper)]) is { } index
            ? fitting[index]
            : throw new CheckpointException(opened.File, null,
                $"holds {fitting.Length} models, under {Listed(fitting.Select(candidate => candidate.Wrapper))}: say which is meant "
                + $"(CheckpointOptions.Weights, --weights {Shown(fitting[0].Wrapper)}).");
    }

    private static IEnumerable<string> NotesOn(CheckpointTensors opened, Candidate chosen, Candidate[] all,
        IReadOnlyList<ModelConfigFile?> configs)
    {
        int left = opened.Tensors.Count - chosen.Parts.Tensors.Tensors.Count;
        if (chosen.Wrapper.Length > 0)
        {
            string beyond = left switch
            {
                0 => "",
                1 => "; 1 tensor elsewhere is left off",
                _ => $"; {left} tensors elsewhere are left off",
            };
            yield return $"the weights are those under '{Shown(chosen.Wrapper)}', which is left off their names{beyond}";
        }
        string[] others = [.. all.Where(other => other != chosen && other.Fits).Select(other => other.Wrapper)];
        if (others.Length > 0)
            yield return $"the file holds other models too, under {Listed(others)} (CheckpointOptions.Weights names one)";
        if (configs is [{ } settings, null])
        {
            string place = CheckpointException.Printable(Path.GetFileName(settings.Path), LongestPath);
            yield return chosen.Said is null
                ? $"the configuration in {place} does not fit the weights, and is not used"
                : $"the configuration is the one in {place}";
        }
    }

    private static bool Matches(WeightLayout layout, CheckpointParts parts)
    {
        try
        {
            return layout.Matches(parts);
        }
        catch (CheckpointException)
        {
            return false;
        }
    }

    private static bool Fits(WeightLayout layout, CheckpointParts parts)
    {
        try
        {
            _ = new LayoutWeights(layout, parts, WeightLayouts.ConfigureWithoutNeeds(layout, parts));
            return true;
        }
        catch (CheckpointException)
        {
            return false;
        }
    }

    private static string Listed(IEnumerable<string> paths)
    {
        string[] shown = [.. paths.Select(path => $"'{Shown(path)}'")];
        return string.Join(", ", shown.Take(MostNamed)) + (shown.Length > MostNamed ? ", ..." : "");
    }

    private static string Shown(string path) => CheckpointException.Printable(path.TrimEnd('.'), LongestPath);

    private sealed record Candidate(string Wrapper, CheckpointParts Parts, ModelConfigFile? Said, WeightLayout Layout, bool Fits)
    {
        /// <summary>Where its elements lie: the same for two names of the same tensors.</summary>
        public string Elements => string.Join(',', Parts.Tensors.Contents.Tensors.Select(Place).Order(StringComparer.Ordinal));

        private static string Place(StoredTensor tensor) =>
            string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(tensor.File.Path)}:{tensor.Offset}");
    }
}

/// <summary>The parts of a model of these tensors and this configuration.</summary>
internal delegate CheckpointParts PartsOf(CheckpointTensors tensors, ModelConfigFile? config);
