using OVPipeline.Samples;
using OVPipeline.Samples.ReproduceClaim;

var command = ClaimCommand.Create(
    "Tests the copying claim on a model: how well its heads copy, alone and together, and how well a trained low-rank pair does.",
    "out",
    [
        new("", "The embedded model, into out."),
        new("FOLDER --heads 1.4,1.10 --rank 64 --out out/mine", "A model of your own, two heads of it, a copier of rank 64."),
        new("attn-only-2l --fold-layer-norm --json", "A model of the hub, its normalization folded in; the results as JSON."),
    ]);
return await Sample.Run(command, args);
