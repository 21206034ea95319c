using Spectre.Console;

namespace OVPipeline.Samples;

/// <summary>Progress bars, one for each part of a run.</summary>
internal static class ProgressParts
{
    /// <summary>Runs a part that does a number of things and reports each by what it is given.</summary>
    public static T Part<T>(this ProgressContext context, string description, double total, Func<Action<double>, T> part)
    {
        var task = context.AddTask(description, maxValue: total);
        var result = part(task.Increment);
        task.Value = task.MaxValue;
        return result;
    }
}
