using k8s;
using k8s.Models;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Studies.Tests;

/// <summary>
/// The job's file is held to the API's published schema, as the official client's types have it: a field that is not there, or of another
/// type, is not read. Its container's entry is run as a plain process, with what an indexed job sets.
/// </summary>
public sealed class KubernetesTests
{
    private static readonly string s_folder = Path.Combine(SharedFiles.Root, "samples", "RunStudy", "deploy", "kubernetes");

    [Fact]
    public void Job_OfTheFile_IsOneOfThePublishedSchema()
    {
        var job = Read(File.ReadAllText(Path.Combine(s_folder, "job.yaml")));
        Assert.Equal(("batch/v1", "Job", "Indexed"), (job.ApiVersion, job.Kind, job.Spec.CompletionMode));
        var pod = job.Spec.Template.Spec;
        var container = Assert.Single(pod.Containers);
        Assert.Equal("Never", pod.RestartPolicy); // what a podFailurePolicy asks for
        Assert.All(job.Spec.PodFailurePolicy.Rules, rule => Assert.Equal(
            ("Ignore", "DisruptionTarget"), (rule.Action, Assert.Single(rule.OnPodConditions).Type)));
        Assert.Equal($"{job.Spec.Completions}", container.Env.Single(one => one.Name == "JOB_COMPLETIONS").Value);
        var models = container.VolumeMounts.Single(mount => mount.Name == "models");
        Assert.True(models.ReadOnlyProperty);
        Assert.Equal(container.Env.Single(one => one.Name == "HF_HOME").Value, models.MountPath);
        Assert.Equal(pod.Volumes.Select(volume => volume.Name), container.VolumeMounts.Select(mount => mount.Name));
    }

    [Theory]
    [InlineData("completionMode:", "completionMod:")]
    [InlineData("restartPolicy:", "restart:")]
    [InlineData("parallelism: 8", "parallelism: many")]
    public void Job_WithAMistake_IsNotRead(string right, string wrong)
    {
        string text = File.ReadAllText(Path.Combine(s_folder, "job.yaml"));
        Assert.Contains(right, text, StringComparison.Ordinal);
        Assert.ThrowsAny<Exception>(() => Read(text.Replace(right, wrong, StringComparison.Ordinal)));
    }

    [Fact]
    public void Patch_OfAPlan_FitsTheJob()
    {
        using var study = new CheckpointStudy();
        var patch = Read(RunStudyProcess.Run("plan", study.File, "--kubernetes", "--workers", "5", "--cores", "2").Output);
        var job = Read(File.ReadAllText(Path.Combine(s_folder, "job.yaml")));
        Assert.Equal((job.Metadata.Name, 5, 5), (patch.Metadata.Name, patch.Spec.Completions, patch.Spec.Parallelism));
        var container = Assert.Single(patch.Spec.Template.Spec.Containers);
        Assert.Equal(job.Spec.Template.Spec.Containers[0].Name, container.Name);
        Assert.Equal("5", container.Env.Single(one => one.Name == "JOB_COMPLETIONS").Value);
        Assert.Equal("2", container.Resources.Requests["cpu"].ToString());
        Assert.EndsWith("Mi", container.Resources.Limits["memory"].ToString(), StringComparison.Ordinal);
        Assert.Equal(job.Metadata.Name, Read(File.ReadAllText(Path.Combine(s_folder, "size.yaml"))).Metadata.Name);
    }

    // The entry of the container with the arguments of the file, in the place of /study a folder of this machine.
    [Fact]
    public void Entry_WithWhatAnIndexedJobSets_DoesTheShareOfItsIndex()
    {
        using var study = new CheckpointStudy("1M");
        var job = Read(File.ReadAllText(Path.Combine(s_folder, "job.yaml")));
        string[] arguments = [.. job.Spec.Template.Spec.Containers[0].Args
            .Select(word => word.Replace("/study/out", study.In("out"), StringComparison.Ordinal)
                .Replace("/study/study.yaml", study.File, StringComparison.Ordinal))];
        foreach (int index in new[] { 1, 0, 1 }) // the second pod first, and once more
        {
            var run = RunStudyProcess.Run([("JOB_COMPLETION_INDEX", $"{index}"), ("JOB_COMPLETIONS", "2")], arguments);
            Assert.Equal((0, ""), (run.ExitCode, run.Error));
            Assert.Contains($"Shard {index}/2: ", run.Output, StringComparison.Ordinal);
        }
        Assert.Equal(0, RunStudyProcess.Run("merge", study.File, "--out", study.In("out")).ExitCode);
    }

    private static V1Job Read(string yaml) => KubernetesYaml.Deserialize<V1Job>(yaml, strict: true);
}
