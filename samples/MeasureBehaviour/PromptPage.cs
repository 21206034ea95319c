using OVPipeline.Core;
using OVPipeline.Reporting;

namespace OVPipeline.Samples.MeasureBehaviour;

/// <summary>What a model's heads attend to on one text: a page to click in, and all weights as CSV.</summary>
internal static class PromptPage
{
    /// <summary>Writes the files and says where they are.</summary>
    public static Findings Write(PromptAttention attention, string folder)
    {
        string page = Path.Combine(folder, "attention.html"), weights = Path.Combine(folder, "attention.csv");
        AttentionPage.Save(attention, page);
        AttentionPage.SaveCsv(attention, weights);
        return new Findings(attention.Model.Name).ForModel(attention.Model)
            .Say($"{attention.Ids.Count:N0} tokens: {string.Join(' ', attention.Tokens)}")
            .File("attention page", page).File("weights", weights);
    }
}
