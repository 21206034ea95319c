// ML.NET's images beside the packages: what reads them is SkiaSharp's, whose managed and native parts have to be of one version.
using Microsoft.ML.Data;

using var image = MLImage.CreateFromFile(args[0]);
Console.WriteLine($"{image.Width} x {image.Height}");
