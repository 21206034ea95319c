using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace OVPipeline.Benchmarks;

/// <summary>Options that are numbers, checked before anything runs.</summary>
internal static class Numbers
{
    /// <summary>A number of at least <paramref name="least"/>.</summary>
    public static Option<int> Count(string name, string description, int standard, int least = 1)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => standard };
        option.Validators.Add(result => Require(result, result.GetValue(option) >= least, $"{name} must be at least {least}."));
        return option;
    }

    /// <summary>A share in (0, 1].</summary>
    public static Option<double> Share(string name, string description, double standard)
    {
        var option = new Option<double>(name) { Description = description, DefaultValueFactory = _ => standard };
        option.Validators.Add(result => Require(result, result.GetValue(option) is > 0 and <= 1, $"{name} must be in (0, 1]."));
        return option;
    }

    /// <summary>Positive numbers with commas between them.</summary>
    public static Option<T[]> List<T>(string name, string description, params T[] standard) where T : struct, INumber<T> => new(name)
    {
        Description = description,
        HelpName = "numbers",
        CustomParser = result =>
        {
            var numbers = result.Tokens.SelectMany(token => token.Value.Split(',')).Select(text =>
                T.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : default).ToArray();
            Require(result, numbers.All(number => number > T.Zero), $"{name} takes positive numbers with commas between them.");
            return numbers;
        },
        DefaultValueFactory = _ => standard,
    };

    private static void Require(SymbolResult result, bool condition, string message)
    {
        if (!condition)
            result.AddError(message);
    }
}
