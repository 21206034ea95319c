namespace OVPipeline.Samples.Tests.Docs;

/// <summary>Each command of the pages, and what holds it to the code.</summary>
internal static class DocumentedCommands
{
    private const string CardText = "--lines /usr/lib/python3.11:0.2 --lines /usr/share/perl:0.1 --lines /usr/share/man/man1:0.1 "
        + "--lines /usr/share/man/man3:0.05 --lines /usr/share/man/man7:0.05";

    private const string CardRecipe = "--rate 0.006 --attention-rate 0.7 --decay-from 0.3 --lowest-rate 0.02 --repeat-weight 5 "
        + "--embedding-scale 0.4 --position-scale 1";

    private const string CardTrain = "samples/TrainModel --tokenizer data/attn-only-2l-quarter "
        + "--validation data/text/validation.txt.gz --longest-document 20000";

    private const string CardValueRank = "samples/TestTheClaim value-rank --validation CORPUS/validation.txt.gz "
        + $"--text CORPUS/train-*.txt.gz:0.5 {CardText} --longest-document 20000 {CardRecipe}";

    private static readonly HeldCommand
        s_asItStands = new HeldCommand.Run(),
        s_noHub = new HeldCommand.OptionsOnly("the model is on a hub, and no test fetches one"),
        s_notOurs = new HeldCommand.OptionsOnly("the course's file is not ours to distribute"),
        s_minutes = new HeldCommand.OptionsOnly("it takes minutes"),
        s_hours = new HeldCommand.OptionsOnly("it takes an hour"),
        s_mentioned = new HeldCommand.OptionsOnly("a sentence names an option"),
        s_across = new HeldCommand.Tested("AcrossModelsTests.Across_TwoModels_PrintsMeansAndTakesResultsThatCameWithThem"),
        s_everySample = new HeldCommand.Tested("CommandLineTests.Json_EverySample_HasTheFiguresOfTheTableAndNothingElse"),
        s_partOfAll = new HeldCommand.InCI("dotnet test -c Release"),
        s_firstUse = new HeldCommand.Tested("GettingStartedTests.Commands_OfThePage_MakeAProjectThatRefersToThisOne"),
        s_cards = new HeldCommand.Tested("TrainModelTests.Train_CommandOfTheCardForAFewSteps_GivesAModelOfTheEmbeddedOnesShape");

    /// <summary>By the command's text (<see cref="ShellCommand.Text"/>).</summary>
    public static IReadOnlyDictionary<string, HeldCommand> All { get; } = new Dictionary<string, HeldCommand>
    {
        ["samples/ReproduceClaim"] = new HeldCommand.Tested("ReproduceClaimTests.Run_EmbeddedModel_Succeeds"),
        ["samples/ReproduceClaim --all"] = s_everySample,
        ["samples/ReproduceClaim --model FOLDER --heads 1.4,1.10 --rank 64 --out out/mine"] =
            new HeldCommand.Tested("ReproduceClaimLayersTests.Run_PairOfAnEarlierLayer_ShowsThatLayer"),
        ["samples/PublishedModel"] = s_everySample,
        ["samples/PublishedModel --bounds"] =
            new HeldCommand.Tested("PublishedModelBoundsTests.Bounds_OfAModel_PrintsIntervalsAndWhatFollows"),
        ["samples/TestTheClaim"] = new HeldCommand.Tested("AcrossModelsTests.Results_ThatCameWithAReplica_AreWhatARunGives"),
        ["samples/TestTheClaim --quick"] = new HeldCommand.Run("--quick --only dynamics"),
        ["samples/TestTheClaim --only reproduction,frontier"] =
            new HeldCommand.Tested("TwoSidedTableTests.OnlyFrontier_ModelAtItsScale_PrintsTheIntervalOfEveryRankAndWhatItDoesNotSay"),
        ["samples/TestTheClaim --only value-rank"] = s_asItStands,
        ["samples/TestTheClaim --only value-rank --value-rank-results out/value-rank"] =
            new HeldCommand.Run("--only value-rank --value-rank-results data/value-rank"),
        ["samples/TestTheClaim --only value-rank --value-rank-results data/value-rank-10m"] = s_asItStands,
        ["samples/TestTheClaim value-rank --text data/text/training-excerpt.txt.gz --tokens 10M --minutes 60 --out out/value-rank"] =
            new HeldCommand.Run("value-rank --text docs --lines docs --tokens 4K --ranks 4 --seeds 1 --out out/value-rank"),
        ["samples/TestTheClaim value-rank"] = s_mentioned,
        ["samples/TestTheClaim --only fairness"] = s_minutes,
        ["samples/TestTheClaim --quick --only put-back,patterns"] = s_minutes,
        ["samples/TestTheClaim across"] = new HeldCommand.Tested("AcrossModelsTests.Across_Repository_TakesTheResultsOfAllFive"),
        ["samples/TestTheClaim across MODEL MODEL --only reproduction,put-back"] = s_across,
        ["samples/TestTheClaim --model out/all-MiniLM-L6-v2 --only reproduction,frontier,fairness --out out/minilm"] = s_hours,
        ["samples/TestTheClaim --norm-scales measured"] = s_mentioned,
        ["samples/RankFrontier"] = new HeldCommand.Tested("ReproduceClaimLayersTests.RankFrontier_OfAModel_PrintsTheTableOfItsRanks"),
        ["samples/ScoreToken out/copier.zip ␣the #300"] =
            new HeldCommand.Tested("ReproduceClaimTests.ScoreToken_SavedCopier_AnswersForTokens"),
        ["samples/InspectCheckpoint FOLDER"] = new HeldCommand.Run("data/attn-only-2l-quarter"),
        ["samples/HeadAtlas --out out/atlas"] = new HeldCommand.Tested("HeadAtlasTests.Run_EmbeddedModel_WritesEveryTableAndPicture"),
        ["samples/MeasureBehaviour"] =
            new HeldCommand.Tested("MeasureBehaviourTests.MeasureBehaviour_EmbeddedModel_PrintsTheFiguresOfItsCard"),
        ["samples/MeasureBehaviour data/replicas/seed-2"] =
            new HeldCommand.Tested("MeasureBehaviourTests.MeasureBehaviour_Replica_PrintsTheFiguresOfItsCard"),
        ["samples/MeasureBehaviour --without 1.1,1.7"] =
            new HeldCommand.Tested("MeasureBehaviourTests.MeasureBehaviour_WithoutHeads_ShowsBothFigures"),
        ["samples/MeasureBehaviour --model FILE --tokens ids.txt --targets targets.txt"] =
            new HeldCommand.Run("--tokens ids.txt --targets targets.txt"),
        ["samples/MeasureBehaviour --prompt The cat sat on the mat. The cat --out out/attention"] = s_asItStands,
        ["samples/MeasureBehaviour --prompt VALUE"] = s_mentioned,
        ["samples/CopyingOverTraining"] = new HeldCommand.Tested("KnownModelsTests.Run_CopyingOverTraining_HasARowForEachCheckpointChosen"),
        ["samples/KnownModels"] = new HeldCommand.Tested("KnownModelsTests.Run_NoName_PrintsWhatThePageHas"),
        ["samples/RunStudy samples/RunStudy/studies/dynamics.yaml"] = s_asItStands,
        ["samples/RunStudy plan samples/RunStudy/studies/pythia-160m.yaml --simulate"] = s_asItStands,
        ["samples/RunStudy plan samples/RunStudy/studies/llama-3-70b.yaml --simulate"] = s_asItStands,
        ["samples/TrainModel --help"] = s_asItStands,
        ["samples/TrainModel --resume"] = s_mentioned,
        ["samples/TrainModel --tokenizer data/attn-only-2l-quarter --text data/text/training-excerpt.txt.gz "
            + "--validation data/text/validation.txt.gz --tokens 20M --out out/mine --resume"] =
            new HeldCommand.Tested("TrainModelTests.Train_KilledAndResumed_GivesTheBytesOfAnUninterruptedRun"),

        // How the repository's own data were made.
        [$"{CardTrain} --out out/first --threads 1 --text CORPUS/train-*.txt.gz:0.5 {CardText} --tokens 40M {CardRecipe} "
            + "--snapshot-every 5M"] = s_cards,
        [$"{CardTrain} --out out/second --threads 2 --from out/first/model --text CORPUS/train-*.txt.gz:0.7 "
            + "--lines /usr/lib/python3.11:0.12 --lines /usr/share/perl:0.06 --lines /usr/share/man/man1:0.05 "
            + "--lines /usr/share/man/man3:0.04 --lines /usr/share/man/man7:0.03 --tokens 12M --rate 0.0025 --attention-rate 0.7 "
            + "--warm-up 50 --decay-from 0.2 --lowest-rate 0.02 --repeat-weight 8"] = s_cards,
        [$"{CardValueRank} --tokens 20M --threads 1 --ranks 4 --seeds 3 --out out/value-rank-4"] = s_hours,
        [$"{CardValueRank} --tokens 20M --threads 1 --ranks 8 --seeds 5 --out out/value-rank-8"] = s_hours,
        [$"{CardValueRank} --tokens 20M --threads 1 --ranks 16 --seeds 5 --out out/value-rank-16"] = s_hours,
        [$"{CardValueRank} --tokens 10M --threads 1 --ranks 4 --out out/value-rank-4-10m"] = s_hours,
        [$"{CardValueRank} --tokens 10M --threads 1 --ranks 16 --out out/value-rank-16-10m"] = s_hours,
        [$"{CardValueRank} --tokens 10M --threads 2 --ranks 8 --out out/value-rank-8-10m"] = s_hours,

        // Models of others.
        ["samples/ReproduceClaim --model callummcdougall/attn_only_2L_half --heads 1.4,1.10"] = s_noHub,
        ["samples/HeadAtlas --model callummcdougall/attn_only_2L_half"] = s_noHub,
        ["samples/MeasureBehaviour --model callummcdougall/attn_only_2L_half --text none"] = s_noHub,
        ["samples/HeadAtlas --model gpt2-small --fold-layer-norm --embedding effective"] = s_noHub,
        ["samples/MeasureBehaviour --model gpt2-small --text none"] = s_noHub,
        ["samples/HeadAtlas --model EleutherAI/pythia-70m --fold-layer-norm --embedding effective"] = s_noHub,
        ["samples/MeasureBehaviour --model EleutherAI/pythia-70m --text none"] = s_noHub,
        ["samples/CopyingOverTraining --model EleutherAI/pythia-70m --revisions step0,step512,step1000,step143000"] = s_noHub,
        ["samples/TestTheClaim --model EleutherAI/pythia-70m --norm-scales lone-embedding --only dynamics "
            + "--revisions step0,step512,step1000,step143000"] = s_noHub,
        ["samples/CopyingOverTraining --model pythia-70m --at step1000,step143000"] = s_noHub,
        ["samples/CopyingOverTraining --model attn-only-2l --every 10 --heads 1.1,1.7"] = s_noHub,
        ["samples/TestTheClaim --model attn-only-2l --checkpoints attn-only-2l"] = s_noHub,
        ["samples/TestTheClaim --model gpt2-small --norm-scales lone-embedding --out out/gpt2-small"] = s_noHub,
        ["samples/MeasureBehaviour --model first_unique_char_model.pt --tokens tokens.txt --targets targets.txt"] = s_notOurs,
        ["samples/TestTheClaim --model first_unique_char_model.pt --tokens tokens.txt --targets targets.txt --norm-scales measured "
            + "--quick"] = s_notOurs,

        // What contributors run.
        ["dotnet build -c Release"] = new HeldCommand.InCI("dotnet build -c Release"),
        ["dotnet test -c Release"] = s_partOfAll,
        ["dotnet test -c Release --project tests/OVPipeline.Core.Tests"] = s_partOfAll,
        ["tests/OVPipeline.Core.Tests -class *FactoredMatrix*"] = s_partOfAll,
        ["tests/OVPipeline.Core.Tests -method *Truncate*"] = s_partOfAll,
        ["tests/OVPipeline.Architecture.Tests -noColor -showLiveOutput -method *Folders_OfAProject*"] =
            new HeldCommand.Tested("ArchitectureTests.Folders_OfAProject_StandOnNoneThatStandsOnThem"),
        ["tests/OVPipeline.Checkpoints.Tests -class *.FuzzTests -showLiveOutput"] = s_partOfAll,
        ["tests/OVPipeline.Tests -class *SavedModelFuzz* -showLiveOutput"] = s_partOfAll,
        ["tests/OVPipeline.Studies.Tests -class *SlurmTests* -showLiveOutput"] = s_partOfAll, // of a smaller study
        [".ci/run"] = s_partOfAll,
        ["dotnet format whitespace OVPipeline.sln"] = new HeldCommand.InCI("dotnet format whitespace OVPipeline.sln"),
        ["dotnet tool restore"] = new HeldCommand.InCI("dotnet tool restore"),
        ["dotnet docfx"] = new HeldCommand.InCI("dotnet docfx --warningsAsErrors"),
        ["tests/OVPipeline.Chaos --kills 1"] = s_minutes,
        ["tests/OVPipeline.Mutation"] = new HeldCommand.InCI("--project tests/OVPipeline.Mutation"),
        ["tests/OVPipeline.Mutation --member FactoredMatrix. --tests OVPipeline.Core.Tests"] = s_minutes,
        ["tests/OVPipeline.Peers"] = s_minutes,
        ["tests/OVPipeline.Peers memory"] = s_minutes,
        ["tests/OVPipeline.Peers speed --threads 1"] = s_minutes,
        ["tests/OVPipeline.Benchmarks compare --part scoring --rounds 3"] = s_minutes,
        ["tests/OVPipeline.Benchmarks compare --part scoring --part pipeline --rounds 3"] = s_minutes,
        ["tests/OVPipeline.Benchmarks compare --part fitting --rank 64 --seeds 3 --noise 0.5,0.6 --fit-steps 260 --fit-seconds 130"] =
            s_minutes,
        ["tests/OVPipeline.Benchmarks compare --part jobs --baseline BEFORE"] = s_minutes,
        ["tests/OVPipeline.Benchmarks compare --part jobs --job pairs"] = s_minutes,
        ["tests/OVPipeline.Benchmarks scaling"] = s_minutes,
        ["tests/OVPipeline.Benchmarks micro --filter *"] = s_minutes,
        ["dotnet publish -c Release samples/TestTheClaim"] = s_minutes,
        ["dotnet publish -c Release tests/OVPipeline.Core.Tests -r linux-arm64 --self-contained"] =
            new HeldCommand.InCI("dotnet publish -c Release tests/OVPipeline.Core.Tests -r linux-arm64 --self-contained"),
        ["dotnet publish -c Release samples/RunStudy"] = s_minutes,
        ["dotnet publish samples/RunStudy --os linux -t:PublishContainer"] =
            new HeldCommand.OptionsOnly("the image's base is in a registry, and no test fetches one"),
        ["dotnet new console -o MyCircuits"] = s_firstUse,
        ["dotnet add MyCircuits reference OVPipeline/src/OVPipeline/OVPipeline.csproj"] = s_firstUse,
    };
}
