using OVPipeline.Samples;
using OVPipeline.Samples.ReproduceClaim;

return await Sample.Run(ClaimCommand.Create(), args);
