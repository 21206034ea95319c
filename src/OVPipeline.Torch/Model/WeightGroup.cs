using TorchSharp.Modules;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>A named part of a model, made as the dots of its parameters' names ask for it.</summary>
internal sealed class WeightGroup(string name) : nn.Module(name)
{
    private readonly Dictionary<string, WeightGroup> _groups = [];

    /// <summary>Adds a parameter below, by the rest of its name.</summary>
    public void Add(ReadOnlySpan<string> path, Parameter parameter)
    {
        if (path.Length == 1)
            register_parameter(path[0], parameter);
        else
            Group(path[0], _groups, register_module).Add(path[1..], parameter);
    }

    /// <summary>The group of a name, made and registered where there is none yet.</summary>
    public static WeightGroup Group(string name, Dictionary<string, WeightGroup> groups, Action<string, nn.Module> register)
    {
        if (!groups.TryGetValue(name, out var group))
        {
            groups[name] = group = new(name);
            register(name, group);
        }
        return group;
    }
}
