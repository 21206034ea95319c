namespace OVPipeline.Checkpoints;

/// <summary>Splits a piece of text, as the pre-tokenizers left it, into tokens.</summary>
internal interface ITokenModel
{
    /// <summary>Appends the tokens' ids, in order.</summary>
    void Encode(string piece, List<int> ids);
}
