using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Core;

namespace OVPipeline;

/// <summary>Chooses what scores in a model that has been fitted or loaded.</summary>
public static class ScoringEngines
{
    /// <summary>The same model, with another engine in each of its <c>ScoreTopK</c> steps. Results differ in rounding at most.</summary>
    /// <param name="model">A transformer, or a chain of them such as <c>ml.Model.Load</c> gives.</param>
    /// <param name="engine">What is to score; it has to outlive the use of the result.</param>
    /// <example>
    /// <code>
    /// ITransformer loaded = ml.Model.Load("copier.zip", out _);
    /// var scored = loaded.WithEngine(new CpuEngine(maxDegreeOfParallelism: 1)).Transform(tokens);
    /// Console.WriteLine(ml.OVCircuits().Evaluate(scored));
    /// </code>
    /// </example>
    public static ITransformer WithEngine(this ITransformer model, IScoringEngine engine)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(engine);
        return model switch
        {
            TopKScoringTransformer scoring => scoring.With(engine),
            IEnumerable<ITransformer> chain => new TransformerChain<ITransformer>([.. chain.Select(step => step.WithEngine(engine))]),
            _ => model,
        };
    }
}
