using System.Collections;
using k8s;
using k8s.Models;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Studies.Tests;

/// <summary>
/// The job's file is held to the API's published schema: fields and their types are those of the official client, which is made from it;
/// what the schema requires, which the client does not say, and the words that the API takes stand here. The container's entry is run as a
/// plain process, with what an indexed job sets.
/// </summary>
public sealed class KubernetesTests
{
    // Of batch/v1 and what it is made of, the members that the schema requires (a condition's status in older versions alone), and the
    // words that a member can have.
    private static readonly Dictionary<Type, string[]> s_required = new()
    {
        [typeof(V1Job)] = ["ApiVersion", "Kind"],
        [typeof(V1JobSpec)] = ["Template"],
        [typeof(V1PodFailurePolicy)] = ["Rules"],
        [typeof(V1PodFailurePolicyRule)] = ["Action"],
        [typeof(V1PodFailurePolicyOnPodConditionsPattern)] = ["Type", "Status"],
        [typeof(V1PodSpec)] = ["Containers"],
        [typeof(V1Container)] = ["Name"],
        [typeof(V1EnvVar)] = ["Name"],
        [typeof(V1VolumeMount)] = ["Name", "MountPath"],
        [typeof(V1Volume)] = ["Name"],
        [typeof(V1PersistentVolumeClaimVolumeSource)] = ["ClaimName"],
    };

    private static readonly Dictionary<string, string[]> s_words = new()
    {
        ["CompletionMode"] = ["Indexed", "NonIndexed"],
        ["RestartPolicy"] = ["Never", "OnFailure"], // of a job's pods
        ["Action"] = ["Count", "FailIndex", "FailJob", "Ignore"],
        ["Status"] = ["True", "False", "Unknown"],
    };

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
        Assert.All(container.VolumeMounts.Zip(pod.Volumes), one => Assert.Equal(
            one.First.ReadOnlyProperty, one.Second.PersistentVolumeClaim.ReadOnlyProperty));
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
    [InlineData("args: [run", "args: run # [run")]
    [InlineData("backoffLimit: 64", "backoffLimit: 64\n  backoffLimit: 8")]
    [InlineData("completionMode: Indexed", "completionMode: indexed", "CompletionMode of V1JobSpec is Indexed or NonIndexed")]
    [InlineData("restartPolicy: Never", "restartPolicy: Always", "RestartPolicy of V1PodSpec is Never or OnFailure")]
    [InlineData("action: Ignore", "action: Skip", "Action of V1PodFailurePolicyRule is Count or")]
    [InlineData("            status: \"True\"\n", "", "V1PodFailurePolicyOnPodConditionsPattern has no Status")]
    [InlineData("mountPath: /models", "subPath: /models", "V1VolumeMount has no MountPath")]
    [InlineData("claimName: study\n", "readOnly: true\n", "V1PersistentVolumeClaimVolumeSource has no ClaimName")]
    [InlineData("- name: HF_HOME\n", "- valueFrom: {}\n", "V1EnvVar has no Name")]
    [InlineData("          image:", "          resources: {requests: {memory: 4 GB}}\n          image:")]
    public void Job_WithAMistake_IsNotRead(string right, string wrong, string? why = null)
    {
        string text = File.ReadAllText(Path.Combine(s_folder, "job.yaml"));
        Assert.Contains(right, text, StringComparison.Ordinal);
        var mistake = Assert.ThrowsAny<Exception>(() => Read(text.Replace(right, wrong, StringComparison.Ordinal)));
        if (why is not null)
            Assert.Contains(why, mistake.Message, StringComparison.Ordinal);
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

    private static V1Job Read(string yaml)
    {
        var job = KubernetesYaml.Deserialize<V1Job>(yaml, strict: true);
        Check(job);
        return job;
    }

    // All that hangs on an object of the API.
    private static void Check(object one)
    {
        var type = one.GetType();
        var members = type.GetProperties().Where(member => member.GetIndexParameters().Length == 0)
            .ToDictionary(member => member.Name, member => member.GetValue(one));
        foreach (string required in s_required.GetValueOrDefault(type, []))
            if (members[required] is null or "")
                throw new FormatException($"{type.Name} has no {required}.");
        foreach (var (name, value) in members)
        {
            if (value is string word && s_words.TryGetValue(name, out string[]? words) && !words.Contains(word))
                throw new FormatException($"{name} of {type.Name} is {string.Join(" or ", words)}, was '{word}'.");
            foreach (object? part in value switch
            {
                null or string => [],
                IDictionary map => map.Values.Cast<object?>(),
                IEnumerable list => list.Cast<object?>(),
                _ => [value],
            })
            {
                if (part is not null and not ResourceQuantity && part.GetType().Namespace == typeof(V1Job).Namespace)
                    Check(part);
            }
        }
    }
}
