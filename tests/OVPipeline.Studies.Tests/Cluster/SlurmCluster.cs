using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Xunit;

namespace OVPipeline.Studies.Tests;

/// <summary>Slurm on this machine: munged, slurmctld and two slurmd, on loopback, in a folder of their own.</summary>
internal sealed class SlurmCluster : IDisposable
{
    private static readonly string[] s_programs = ["munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "sinfo"];
    private readonly Dictionary<string, Process> _daemons = [];
    private readonly string _folder, _configuration;

    private SlurmCluster(string folder)
    {
        _folder = folder;
        _configuration = Path.Combine(folder, "slurm.conf");
        foreach (string name in new[] { "state", "log", "spool-n1", "spool-n2" })
            Directory.CreateDirectory(Path.Combine(folder, name));
    }

    /// <summary>
    /// Starts it; where its programs are not there, or this is not root, the test is skipped, unless OVP_REQUIRE_SLURM says that it must
    /// run.
    /// </summary>
    public static SlurmCluster StartOrSkip(string folder)
    {
        string? missing = s_programs.FirstOrDefault(name => Find(name) is null);
        string? reason = missing is not null ? $"there is no {missing}" : Environment.IsPrivilegedProcess ? null : "this is not root";
        if (reason is not null && Environment.GetEnvironmentVariable("OVP_REQUIRE_SLURM") is null)
            Assert.Skip($"Slurm was not started: {reason}.");
        Assert.True(reason is null, $"OVP_REQUIRE_SLURM is set, and {reason}.");
        var cluster = new SlurmCluster(folder);
        try
        {
            cluster.Start();
            return cluster;
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }

    /// <summary>Runs one of Slurm's commands and gives what it printed.</summary>
    public string Run(string program, params string[] arguments) => Run([], program, arguments);

    /// <summary>The same with more variables of the environment.</summary>
    public string Run(IEnumerable<(string Name, string Value)> variables, string program, params string[] arguments)
    {
        var start = Started(program, arguments);
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(60_000) && process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {error.Result}");
        return output.Trim();
    }

    /// <summary>Processes of the tasks that run on a node, and what started them there.</summary>
    public IReadOnlyList<int> TasksOn(string node)
    {
        List<int> found = [];
        foreach (string path in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(path), out int id))
                continue;
            try
            {
                string[] variables = File.ReadAllText(Path.Combine(path, "environ")).Split('\0');
                if (!variables.Contains($"SLURMD_NODENAME={node}") || !variables.Contains($"SLURM_CONF={_configuration}"))
                    continue;
                string stat = File.ReadAllText(Path.Combine(path, "stat"));
                found.Add(id);
                found.Add(int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has ended meanwhile.
            }
        }
        return [.. found.Distinct().Where(id => id > 1 && _daemons.Values.All(daemon => daemon.Id != id))];
    }

    /// <summary>A node loses power: its daemon and all that runs on it end at once.</summary>
    public void Crash(string node)
    {
        Kill(node);
        foreach (int id in TasksOn(node))
        {
            try
            {
                using var process = Process.GetProcessById(id);
                process.Kill();
            }
            catch (ArgumentException)
            {
                // It has ended meanwhile.
            }
        }
        Run("scontrol", "update", $"NodeName={node}", "State=DOWN", "Reason=crash");
    }

    /// <summary>A node comes back.</summary>
    public void Restart(string node)
    {
        StartNode(node);
        Answer("scontrol", "update", $"NodeName={node}", "State=RESUME"); // refused where it is back by itself already
        WaitFor($"{node} is not back", 60, () => Answer("sinfo", "-h", "-n", node, "-o", "%T") is "idle" or "allocated" or "mixed");
    }

    /// <summary>Waits until something is so.</summary>
    public void WaitFor(string what, int seconds, Func<bool> isSo)
    {
        var watch = Stopwatch.StartNew();
        while (!isSo())
        {
            Assert.True(watch.Elapsed.TotalSeconds < seconds, $"After {seconds} s: {what}.\n{Logs()}");
            Thread.Sleep(200);
        }
    }

    public void Dispose()
    {
        foreach (string node in new[] { "n1", "n2" })
        {
            Kill(node);
            foreach (int id in TasksOn(node))
            {
                using var process = Process.GetProcesses().FirstOrDefault(one => one.Id == id);
                process?.Kill();
            }
        }
        foreach (string name in _daemons.Keys.ToArray())
            Kill(name);
    }

    private void Start()
    {
        string socket = Path.Combine(_folder, "munge.sock"), key = Path.Combine(_folder, "munge.key");
        File.WriteAllBytes(key, RandomNumberGenerator.GetBytes(1024));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(key, UnixFileMode.UserRead);
        int[] ports = FreePorts(3);
        string host = Dns.GetHostName();
        File.WriteAllText(_configuration, $"""
            ClusterName=test
            SlurmctldHost={host}(127.0.0.1)
            SlurmctldPort={ports[0]}
            SlurmUser=root
            AuthType=auth/munge
            AuthInfo=socket={socket},cred_expire=5
            CryptoType=crypto/munge
            MpiDefault=none
            ProctrackType=proctrack/linuxproc
            TaskPlugin=task/none
            ReturnToService=2
            JobRequeue=1
            SlurmctldPidFile={_folder}/slurmctld.pid
            SlurmdPidFile={_folder}/slurmd-%n.pid
            SlurmdSpoolDir={_folder}/spool-%n
            StateSaveLocation={_folder}/state
            SlurmctldLogFile={_folder}/log/slurmctld.log
            SlurmdLogFile={_folder}/log/slurmd-%n.log
            SchedulerType=sched/backfill
            SchedulerParameters=sched_interval=2,bf_interval=2
            SelectType=select/cons_tres
            SelectTypeParameters=CR_CPU
            AccountingStorageType=accounting_storage/none
            JobAcctGatherType=jobacct_gather/none
            SlurmdTimeout=30
            NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs=1 RealMemory=4000 State=UNKNOWN
            NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]} CPUs=1 RealMemory=4000 State=UNKNOWN
            PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP

            """);
        StartDaemon("munged", "munged", "--foreground", "--force", $"--key-file={key}", $"--socket={socket}",
            $"--pid-file={_folder}/munged.pid", $"--log-file={_folder}/log/munged.log", $"--seed-file={_folder}/munged.seed");
        WaitFor("munge has no socket", 20, () => File.Exists(socket));
        StartDaemon("slurmctld", "slurmctld", "-D", "-f", _configuration);
        StartNode("n1");
        StartNode("n2");
        WaitFor("the nodes are not idle", 60, () => Answer("sinfo", "-h", "-N", "-o", "%N %T") is "n1 idle\nn2 idle");
    }

    private void StartNode(string node) => StartDaemon(node, "slurmd", "-D", "-N", node, "-f", _configuration);

    private void StartDaemon(string name, string program, params string[] arguments)
    {
        var process = Process.Start(Started(program, arguments))!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _daemons[name] = process;
    }

    private ProcessStartInfo Started(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(Find(program)!, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder,
        };
        start.Environment["SLURM_CONF"] = _configuration;
        return start;
    }

    // What a command prints; nothing where it cannot answer yet.
    private string Answer(string program, params string[] arguments)
    {
        using var process = Process.Start(Started(program, arguments))!;
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return error.IsCompletedSuccessfully ? output.Trim() : "";
    }

    private void Kill(string name)
    {
        if (!_daemons.Remove(name, out var process))
            return;
        process.Kill();
        process.WaitForExit();
        process.Dispose();
    }

    private string Logs() => string.Join('\n', Directory.GetFiles(Path.Combine(_folder, "log"))
        .Select(path => $"{Path.GetFileName(path)}:\n{string.Join('\n', File.ReadLines(path).TakeLast(15))}"));

    private static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Append("/usr/sbin").Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static int[] FreePorts(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        foreach (var listener in listeners)
            listener.Start();
        int[] ports = [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        foreach (var listener in listeners)
            listener.Dispose();
        return ports;
    }
}
