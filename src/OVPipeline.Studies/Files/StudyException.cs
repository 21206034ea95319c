namespace OVPipeline.Studies;

/// <summary>A study cannot be read, run or merged as it is; the message says why and what to do, in a sentence.</summary>
public sealed class StudyException : IOException
{
    /// <summary>Says what is wrong.</summary>
    /// <param name="place">The file, folder or part of it that is meant.</param>
    /// <param name="wrong">The rest of the sentence.</param>
    /// <param name="cause">What it comes from; null for nothing.</param>
    public StudyException(string place, string wrong, Exception? cause = null)
        : base($"{place}: {wrong}", cause)
    {
    }
}
