using Microsoft.ML;

namespace OVPipeline;

/// <summary>What estimators do to shapes of schemas.</summary>
internal static class SchemaShapes
{
    /// <summary>The shape with columns added, or replaced where the name is taken.</summary>
    public static SchemaShape With(this SchemaShape shape, params IReadOnlyCollection<SchemaShape.Column> columns) =>
        new(shape.Where(old => columns.All(c => c.Name != old.Name)).Concat(columns));
}
