using System.Globalization;

namespace OVPipeline.Studies;

/// <summary>The share of a study that one process does: the i-th of n.</summary>
/// <param name="Index">Which, from 0.</param>
/// <param name="Count">Of how many.</param>
public readonly record struct StudyShard(int Index, int Count)
{
    /// <summary>All of it.</summary>
    public static StudyShard Whole { get; } = new(0, 1);

    /// <summary>Reads <c>i/n</c>, i from 0.</summary>
    /// <exception cref="FormatException">It is no share.</exception>
    public static StudyShard Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split('/');
        return parts.Length == 2 && Number(parts[0]) is { } index && Number(parts[1]) is { } count && index < count
            ? new(index, count)
            : throw new FormatException($"--shard is i/n with i from 0 to n - 1, such as 0/8; was '{text}'.");
    }

    /// <summary>
    /// What a scheduler says: of Slurm's job arrays <c>SLURM_ARRAY_TASK_ID</c>, <c>_COUNT</c>, <c>_MIN</c> and <c>_STEP</c>; of a
    /// Kubernetes indexed job <c>JOB_COMPLETION_INDEX</c>, which Kubernetes sets, and <c>JOB_COMPLETIONS</c>, which the job's file sets;
    /// else all of the study.
    /// </summary>
    /// <param name="variable">The value of an environment variable; null for that of this process.</param>
    /// <exception cref="FormatException">Their values are no share of anything.</exception>
    public static StudyShard FromEnvironment(Func<string, string?>? variable = null)
    {
        variable ??= Environment.GetEnvironmentVariable;
        if (variable("SLURM_ARRAY_TASK_ID") is { Length: > 0 } task)
        {
            int step = variable("SLURM_ARRAY_TASK_STEP") is { Length: > 0 } ? Of("SLURM_ARRAY_TASK_STEP") : 1;
            int from = Of("SLURM_ARRAY_TASK_ID") - Of("SLURM_ARRAY_TASK_MIN"), count = Of("SLURM_ARRAY_TASK_COUNT");
            return step > 0 && from >= 0 && from % step == 0 && from / step < count
                ? new(from / step, count)
                : throw new FormatException(
                    $"Task {task} of this array is none of {count} in equal steps: submit one such as 0-7, or say --shard i/n.");
        }
        if (variable("JOB_COMPLETION_INDEX") is { Length: > 0 })
        {
            int index = Of("JOB_COMPLETION_INDEX"), count = Of("JOB_COMPLETIONS");
            return index < count ? new(index, count)
                : throw new FormatException($"JOB_COMPLETION_INDEX is {index} of JOB_COMPLETIONS {count}: it counts from 0.");
        }
        return Whole;

        int Of(string name) => Number(variable(name)) ?? throw new FormatException(
            variable(name) is { Length: > 0 } value
                ? $"{name} is a whole number, was '{value}'."
                : $"{name} is not set beside the number of the task: say --shard i/n.");
    }

    private static int? Number(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Index}/{Count}");
}
