namespace OVPipeline.Samples.TestTheClaim;

/// <summary>How much text the experiments that run the model take, and how many fits.</summary>
internal static class Extent
{
    /// <summary>Blocks of training text on which each arm's one scalar is fitted, and what heads write is averaged.</summary>
    public static int ScalarBlocks(this RunOptions options) => options.Quick ? 1 : 4;

    /// <summary>Blocks of validation text on which arms are judged.</summary>
    public static int JudgedBlocks(this RunOptions options) => options.Quick ? 5 : 48;

    /// <summary>Blocks of training text that effective embeddings are means over.</summary>
    public static int EmbeddingBlocks(this RunOptions options) => options.Quick ? 6 : 80;

    /// <summary>Blocks of training text that OV circuits are fitted on, each seen once.</summary>
    public static int FittedBlocks(this RunOptions options) => options.Quick ? 12 : 192;

    /// <summary>Fits of each arm with other first weights and another order of the text.</summary>
    public static int FitSeeds(this RunOptions options) => options.Quick ? 1 : 3;

    /// <summary>Checkpoints at which the frontier is fitted.</summary>
    public static int FrontierFits(this RunOptions options) => options.Quick ? 2 : 10;
}
