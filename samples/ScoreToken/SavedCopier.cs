using Microsoft.ML;
using OVPipeline.Checkpoints;

namespace OVPipeline.Samples.ScoreToken;

/// <summary>Opens what ml.Model.Save wrote. ML.NET's own messages about a file that it cannot open name none.</summary>
internal static class SavedCopier
{
    private const string ArchiveOfMlNet = "a model that ML.NET saved", AnyArchive = "a zip archive";

    /// <summary>The model, and the columns that it was fitted on.</summary>
    /// <exception cref="CheckpointException">It is no such file, or not as it was saved.</exception>
    public static (ITransformer Model, DataViewSchema Schema) Load(MLContext ml, string path)
    {
        const string Copier = "a copier that ml.Model.Save wrote";
        string content = FileContent.Describe(path);
        if (content is not (ArchiveOfMlNet or AnyArchive))
            throw new CheckpointException(path, null, $"is {content}, not {Copier}.");
        try
        {
            var model = ml.Model.Load(path, out var schema);
            return (model, schema);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Exception? cause = e;
            while (cause is not (null or CircuitModelException))
                cause = cause.InnerException;
            throw cause is CircuitModelException wrong
                ? new CheckpointException(path, null, wrong.Message, wrong)
                : new CheckpointException(path, null, $"is a zip archive, but not {Copier}, or it is cut or damaged.", e);
        }
    }
}
