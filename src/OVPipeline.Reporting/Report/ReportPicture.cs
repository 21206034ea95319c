using System.Text.Json.Serialization;
using OVPipeline.Core;

namespace OVPipeline.Reporting;

/// <summary>A picture of a report, drawn at twice the size it is shown at, so that it prints well.</summary>
public sealed record ReportPicture
{
    /// <summary>A picture.</summary>
    /// <param name="id">Its name in links and files.</param>
    /// <param name="title">What it shows.</param>
    /// <param name="png">The image.</param>
    /// <param name="width">Width in CSS pixels.</param>
    /// <param name="height">Height in CSS pixels.</param>
    /// <exception cref="ArgumentException">The id is no such name, or there is no image.</exception>
    [JsonConstructor]
    public ReportPicture(string id, string title, byte[] png, int width, int height)
    {
        ReportId.Require(id);
        ArgumentException.ThrowIfNullOrEmpty(title);
        ArgumentNullException.ThrowIfNull(png);
        if (png is not [0x89, (byte)'P', (byte)'N', (byte)'G', ..])
            throw new ArgumentException($"Picture {id} is no PNG.", nameof(png));
        Id = id;
        Title = title;
        Png = png;
        Width = width;
        Height = height;
    }

    /// <summary>Its name in links and files.</summary>
    public string Id { get; }

    /// <summary>What it shows.</summary>
    public string Title { get; }

    /// <summary>The image.</summary>
    public byte[] Png { get; }

    /// <summary>Width in CSS pixels.</summary>
    public int Width { get; }

    /// <summary>Height in CSS pixels.</summary>
    public int Height { get; }

    /// <summary>How to read it; what stands below it.</summary>
    public required string Caption { get; init; }
}
