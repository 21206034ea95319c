using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace OVPipeline.Benchmarks;

/// <summary>Options that are lists of numbers with commas.</summary>
internal static class Lists
{
    public static Option<T[]> Option<T>(string name, string description, params T[] standard) where T : INumber<T> => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => standard,
        CustomParser = result =>
        {
            var numbers = new List<T>();
            foreach (string part in result.Tokens[0].Value.Split(','))
                if (T.TryParse(part, CultureInfo.InvariantCulture, out var number) && number > T.Zero)
                    numbers.Add(number);
                else
                    result.AddError($"{name} takes positive numbers with commas between them, was given '{result.Tokens[0].Value}'.");
            return [.. numbers];
        },
    };
}
