// A report of one's own: a table and a sentence become a page that opens offline, with its figures as CSV and JSON.
#:project ../../src/OVPipeline.Reporting/OVPipeline.Reporting.csproj
#:project ../../src/OVPipeline/OVPipeline.csproj
#:property PublishAot=false
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Reporting;

var weights = TransformerCheckpoint.Load("data/attn-only-2l-quarter").Weights;
var found = CopyingHeads.Find(weights);
var table = new ReportTable("heads", "Heads that copy", [ReportColumn.Heads("heads"), ReportColumn.Share("top1")],
    [.. found.Heads.OrderByDescending(count => count.Top1).Take(5).Select(count => (ReportValue[])[count.Name, count.Top1])])
{ Units = $"all {weights.Config.Vocabulary:N0} tokens, a census" };
var section = new ReportSection
{
    Id = "copying",
    Title = "Copying",
    Question = "Which heads rank most tokens first?",
    Tables = [table],
    Statements = [new(ReportTopic.Found, $"The best head is {found.BestHead.Name}, with {found.BestHead.Top1:P1}.", table.Id)],
};
var report = new ReportDocument { Title = "Copying heads", Lead = "A report of one table.", Sections = [section] };
string folder = args is [var named] ? named : "out/my-report";
Console.WriteLine($"{section.Statements[0].Text} The page is {Path.GetRelativePath(".", report.Save(folder))}.");
