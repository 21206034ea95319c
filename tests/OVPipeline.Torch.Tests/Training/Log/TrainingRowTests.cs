using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Torch.Tests;

public sealed class TrainingRowTests
{
    [Theory]
    [InlineData("step", "17")]
    [InlineData("tokens", "34000")]
    [InlineData("seconds", "12.3")]
    [InlineData("train_loss", "4.5678")]
    [InlineData("validation_loss", "3.4567")]
    [InlineData("learning_rate", "1.500e-3")]
    [InlineData("tokens_per_second", "2764")]
    [InlineData("max_induction", "0.32000")]
    [InlineData("max_previous_token", "0.62000")]
    [InlineData("best_pair", "L0H0+L0H1")]
    [InlineData("best_pair_top1", "0.11000")]
    [InlineData("best_pair_top5", "0.15000")]
    [InlineData("induction_pair", "L1H0+L1H1")]
    [InlineData("induction_pair_top1", "0.21000")]
    [InlineData("induction_pair_top5", "0.25000")]
    [InlineData("layer_top1", "0.31000")]
    [InlineData("layer_top5", "0.35000")]
    [InlineData("induction_L1H0", "0.31000")]
    [InlineData("previous_token_L1H1", "0.62000")]
    [InlineData("top1_L1H0", "0.41000")]
    [InlineData("top5_L1H0", "0.45000")]
    public void ToCsv_DistinctValues_StandUnderTheirNames(string column, string expected)
    {
        string[] names = Row().Header.Split(',');

        Assert.Equal(17 + (4 * 2), names.Length); // those of the run, and four for each of two heads
        Assert.Equal(expected, Row().ToCsv().Split(',')[Array.IndexOf(names, column)]);
    }

    [Fact]
    public void ToCsv_WhatThereIsNot_IsEmpty()
    {
        string[] names = Row().Header.Split(',');
        string[] cells = (Row() with { ValidationLoss = double.NaN, BestPair = null }).ToCsv().Split(',');

        Assert.Equal(
            ["validation_loss", "best_pair", "best_pair_top1", "best_pair_top5"],
            names.Where((_, i) => cells[i].Length == 0));
    }

    private static TrainingRow Row()
    {
        HeadIndex first = new(1, 0), second = new(1, 1);
        return new()
        {
            Step = 17,
            Tokens = 34_000,
            Seconds = 12.34,
            TrainLoss = 4.56784,
            ValidationLoss = 3.45674,
            LearningRate = 0.0015,
            TokensPerSecond = 2764.2,
            Induction = [(first, 0.31), (second, 0.32)],
            PreviousToken = [(first, 0.61), (second, 0.62)],
            Heads = [Copying(0.41, first), Copying(0.51, second)],
            BestPair = Copying(0.11, new(0, 0), new(0, 1)),
            InductionPair = Copying(0.21, first, second),
            Layer = Copying(0.31, first, second),
        };
    }

    private static CopyingAccuracy Copying(double top1, params HeadIndex[] heads) => new("", top1, top1 + 0.04) { Heads = heads };
}
