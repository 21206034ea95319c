using System.Text.Json;
using OVPipeline.Core;

namespace OVPipeline.Experiments.Tests;

/// <summary>A section as text, to compare two of them to the last bit.</summary>
internal static class SectionJson
{
    public static string Of(ExperimentResult result) => JsonSerializer.Serialize(result.ToSection(), ReportDocument.Json);
}
