namespace OVPipeline.Checkpoints;

/// <summary>How a model splits text: the values of <c>TrainerSpec.ModelType</c> in sentencepiece_model.proto.</summary>
internal enum SentencePieceAlgorithm
{
    /// <summary>The most likely split under a unigram language model.</summary>
    Unigram = 1,

    /// <summary>Byte-pair encoding.</summary>
    Bpe = 2,

    /// <summary>Whole words.</summary>
    Word = 3,

    /// <summary>Single characters.</summary>
    Char = 4,
}
