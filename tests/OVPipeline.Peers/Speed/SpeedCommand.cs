using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using OVPipeline.Torch;
using Spectre.Console;
using TorchSharp;

namespace OVPipeline.Peers;

/// <summary>Measures tokens a second here and by llama.cpp, on the same random weights in single precision.</summary>
internal static class SpeedCommand
{
    private const int Generated = 32;

    // OpenMP's threads spin for a while after their work; they should not spin into the other's.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    // The shape of GPT-2 small (124 million weights).
    private static readonly PeerFamily s_family = PeerFamilies.All.Single(family => family.Name == "gpt2") with
    {
        Name = "GPT-2 small's shape, random weights",
        Vocabulary = 50_257,
        Layers = 12,
        Width = 768,
        Heads = 12,
        Groups = 12,
        Neurons = 3072,
        Context = 1024,
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("speed", "Measures tokens a second on a model of GPT-2 small's shape, in turns with llama.cpp.");
        var prompt = new Option<int>("--prompt") { Description = "Tokens of the prompt.", DefaultValueFactory = _ => 512 };
        var rounds = new Option<int>("--rounds") { Description = "Rounds, of which medians are told.", DefaultValueFactory = _ => 5 };
        var threads = new Option<int>("--threads") { Description = "Threads of each.", DefaultValueFactory = _ => 2 };
        command.Add(prompt);
        command.Add(rounds);
        command.Add(threads);
        command.SetAction(parsed => Run(parsed.GetValue(prompt), parsed.GetValue(rounds), parsed.GetValue(threads)));
        return command;
    }

    private static void Run(int prompt, int rounds, int threads)
    {
        var folder = Directory.CreateTempSubdirectory("ovpipeline-peers-");
        try
        {
            string path = PeerGguf.Save(s_family, Path.Combine(folder.FullName, "model.gguf"));
            int[] tokens = PeerGguf.Tokens(s_family with { Tokens = prompt });
            using var llama = new LlamaModel(path, s_family.Context, threads);
            using var model = Transformer.Load(path);
            torch.set_num_threads(threads);
            AnsiConsole.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{s_family.Name}; threads: {threads}; medians of {rounds} rounds in turns, tokens a second"));
            var table = new Table().Border(TableBorder.Markdown).AddColumns("what", "here", "llama.cpp", "here / llama.cpp",
                "by processor time");
            Measure(table, $"prompt of {prompt} tokens", rounds, prompt, () => ReadPrompt(model, tokens), () => llama.Process(tokens));
            Measure(table, $"{Generated} tokens after {Generated}", rounds, Generated,
                () => Ours.Greedy(model, tokens.AsSpan(0, Generated), Generated),
                () => llama.Greedy(tokens.AsSpan(0, Generated), Generated));
            AnsiConsole.Write(table);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // The last position's logits, as llama.cpp gives them.
    private static void ReadPrompt(Transformer model, int[] tokens)
    {
        using var scope = torch.NewDisposeScope();
        using var gradients = torch.no_grad();
        model.Unembed(model.Residual(Ours.Batch(tokens)).narrow(1, tokens.Length - 1, 1));
    }

    private static void Measure(Table table, string what, int rounds, int tokens, Action ours, Action theirs)
    {
        ours();
        theirs();
        List<(double Clock, double Processor)> here = [], there = [];
        for (int round = 0; round < rounds; round++)
        {
            here.Add(Seconds(ours));
            there.Add(Seconds(theirs));
        }
        (double our, double their) = (Median(here.Select(time => time.Clock)), Median(there.Select(time => time.Clock)));
        double processor = Median(there.Select(time => time.Processor)) / Median(here.Select(time => time.Processor));
        table.AddRow(what, Number("0.0", tokens / our), Number("0.0", tokens / their), Number("0.00", their / our),
            Number("0.00", processor));
    }

    // By the clock, and of all threads of this process: the second is the one that other processes disturb less.
    private static (double Clock, double Processor) Seconds(Action run)
    {
        Thread.Sleep(Pause);
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        long start = Stopwatch.GetTimestamp();
        run();
        double clock = Stopwatch.GetElapsedTime(start).TotalSeconds;
        process.Refresh();
        return (clock, (process.TotalProcessorTime - before).TotalSeconds);
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(values.Count() / 2);

    private static string Number(string format, double value) => value.ToString(format, CultureInfo.InvariantCulture);
}
