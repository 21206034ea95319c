using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using OVPipeline.Checkpoints;
using OVPipeline.Torch;
using TorchSharp;

namespace OVPipeline.Peers;

/// <summary>One way of holding a model, in a process of its own: prints a line of fields between tabs.</summary>
internal static class MemoryRun
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("run", "One measurement of the command memory.") { Hidden = true };
        var folder = new Argument<string>("folder");
        var numbers = new Argument<int[]>("numbers") { Arity = new(3, 3) }; // prompt, generated, threads
        var half = new Option<bool>("--bf16");
        var budget = new Option<string?>("--budget");
        foreach (Argument argument in new Argument[] { folder, numbers })
            command.Add(argument);
        command.Add(half);
        command.Add(budget);
        command.SetAction(parsed =>
            Run(parsed.GetValue(folder)!, parsed.GetValue(numbers)!, parsed.GetValue(half), parsed.GetValue(budget)));
        return command;
    }

    private static int Run(string folder, int[] numbers, bool half, string? budget)
    {
        var weights = TransformerCheckpoint.LoadWeights(folder);
        var options = new TransformerLoadOptions
        {
            Weights = half ? WeightPrecision.BF16 : WeightPrecision.F32,
            MemoryBudget = Budget(folder, budget),
        };
        using var peak = new PrivateMemory();
        long start = Stopwatch.GetTimestamp();
        Transformer model;
        try
        {
            model = Transformer.FromWeights(weights, options);
        }
        catch (InsufficientMemoryException e)
        {
            Console.WriteLine($"{Mebibytes(peak.Stop().Own)} ({e.Message})");
            return 0;
        }
        using (model)
        {
            torch.set_num_threads(numbers[2]); // once libtorch is there
            double load = Stopwatch.GetElapsedTime(start).TotalSeconds;
            var random = new Random(1);
            int[] prompt = [.. Enumerable.Range(0, numbers[0]).Select(_ => random.Next(weights.Config.Vocabulary))];
            double first = Seconds(() => Ours.Greedy(model, prompt, 1));
            double all = Seconds(() => Ours.Greedy(model, prompt, numbers[1] + 1));
            var (own, whole) = peak.Stop();
            string[] fields = [Mebibytes(own), Mebibytes(whole), Text(load), Text(numbers[0] / first), Text(numbers[1] / (all - first))];
            Console.WriteLine(string.Join('\t', fields));
        }
        return 0;
    }

    // In MiB, or half of what the weights take in the file.
    private static long? Budget(string folder, string? text) => text switch
    {
        null => null,
        "half" => new FileInfo(Path.Combine(folder, "model.safetensors")).Length / 2,
        _ => long.Parse(text, CultureInfo.InvariantCulture) << 20,
    };

    private static double Seconds(Action run)
    {
        long start = Stopwatch.GetTimestamp();
        run();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static string Mebibytes(long bytes) => (bytes >> 20).ToString("#,0", CultureInfo.InvariantCulture);

    private static string Text(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
