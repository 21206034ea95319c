namespace OVPipeline.Checkpoints.Tests;

/// <summary>What works on what, the part of docs/what-works.md that no code tells. Families come from the layouts themselves.</summary>
internal static class WorksOnList
{
    public static IReadOnlyList<(string Section, IReadOnlyList<WorksOn> Rows)> All { get; } =
    [
        ("Files of weights",
        [
            new("safetensors, under any name", "F64, F32, F16, BF16",
                "SafetensorsReaderTests.Open_TwoTensors_GivesNamesTypesShapesAndValues"),
            new("several files and their index", "safetensors", "ShardIndexTests.Open_TwoShards_GivesAllTensors"),
            new("several files and their index", "PyTorch", "ShardIndexTests.Open_PyTorchShards_GivesAllTensors"),
            new("`torch.save` of a state dict", "any strides, either byte order", "PyTorchReaderTests.Read_View_GivesTheMeantValues"),
            new("PyTorch before 1.6", "the same", "PyTorchReaderTests.Open_FormatBefore16_IsRead"),
            new("`torch.save` of a whole model", "read as data, nothing is built; names as in its state dict",
                "PyTorchReaderTests.Open_WholeModule_GivesTheNamesOfItsStateDict"),
            new("TorchScript (`torch.jit.save`)", "the weights", "ModelInFileTests.Load_ProgramOfTorchScript_GivesItsWeights"),
            new("training checkpoints: nested dictionaries, wrappers' prefixes", "the weights are found, and what was left off is said",
                "ModelInFileTests.Load_WrappedModel_IsFoundAndSaid"),
            new("several models in one file", "named, with the way to choose",
                "ModelInFileTests.Load_TwoModelsOfTheSameKind_AreNamedWithTheWayToChoose"),
            new("tied weights stored once", "found under their other name", "TiedNamesTests.Load_OtherNameInTheMetadata_IsRead"),
            new("8-bit floats, with or without scales beside", "multiplied by their scales",
                "ScaledTensorsTests.Of_ScalesBeside_MultiplyElements"),
            new("other element types beside the weights", "listed; an error only where that tensor is asked for",
                "PyTorchReaderTests.Read_OtherType_OpensButIsNoWeight"),
            new("ONNX of several exporters", "names and sides of the model's own weights",
                "OnnxNamesTests.Read_BertOfAnExporter_HasTheModelsNamesAndSides"),
            new("ONNX with external data", "read where they lie", "OnnxReaderTests.Read_ExternalData_ByOffsetAndLength"),
            new("quantised ONNX", "listed, and said to be quantised", "OnnxReaderTests.Read_QuantisedWeight_HasItsNameAndSaysSo"),
            new("GGUF, versions 2 and 3", "weights, sizes", "GgufLayoutTests.Load_EveryFamily_HasTheWeightsOfTheFileItWasMadeOf"),
            new("GGUF, quantised", "dequantised as it is asked for", "GgufLayoutTests.Load_QuantisedModel_ReadsItsHeadsFromTheBlocks"),
            new("GGUF in several parts", "opened from any of them", "GgufReaderTests.Open_PartsOfAModel_OpensAllFromAnyOfThem"),
        ]),
        ("What is no file of weights",
        [
            new("Git LFS pointer, HTML page, gzip and other archives, HDF5, NumPy, TensorFlow, Flax, GGML, an empty file, text",
                "one sentence: what it is, and what to do", "FirstLookTests.OpenFile_WhatNothingReads_SaysWhatItIsAndWhatToDo"),
            new("a format under another's name", "read as what it is", "FirstLookTests.Open_SafetensorsUnderAnyName_IsRead"),
            new("a zip archive of another program", "one sentence that says whose",
                "FirstLookTests.OpenFile_ZipOfAnotherProgram_SaysWhose"),
        ]),
        ("JSON beside the weights",
        [
            new("a byte-order mark", "passed over", "JsonFileTests.Read_ByteOrderMark_IsPassedOver"),
            new("`NaN`, `Infinity`", "an error only where the number is needed",
                "JsonFileTests.Read_NumberThatIsNotFinite_IsAnErrorWhereItIsAskedFor"),
            new("UTF-16", "one sentence", "JsonFileTests.Read_Utf16_SaysToSaveAsUtf8"),
        ]),
        ("Tokenizers",
        [
            new("tokenizer.json", "the reference's ids", "JsonTokenizerTests.EncodeToIds_MultilingualSample_EqualsHuggingFace"),
            new("vocab.json with merges.txt", "the reference's ids, where the class is named",
                "ReferenceIdsTests.EncodeToIds_VocabularyAndMergesOfAClass_EqualsHuggingFace"),
            new("vocab.txt (WordPiece)", "the reference's ids", "ReferenceIdsTests.EncodeToIds_WordPiece_EqualsHuggingFace"),
            new("a kind that is not known", "no tokenizer, a sentence why; the weights load",
                "NoTokenizerTests.Load_FileNotKnown_SaysWhyAndKeepsTheNames"),
            new("in a GGUF file, byte pairs", "the reference's ids", "GgufTokensTests.Tokens_BytePairs_GiveTheReferencesIds"),
            new("in a GGUF file, SentencePiece", "the reference's ids and llama.cpp's",
                "GgufTokensTests.Tokens_SentencePiece_GiveTheReferencesIdsAndLlamas"),
        ]),
        ("Names",
        [
            new("`org/name` on a hub", "what is needed is fetched into the hub's cache",
                "HubClientTests.Resolve_Model_FetchesOnlyWhatIsNeededInPythonsLayout"),
            new("without a network", "what Python downloaded is found", "HubClientTests.Resolve_Offline_FindsWhatPythonDownloaded"),
        ]),
        ("Models",
        [
            new("an output vocabulary of its own (`d_vocab_out`)", "circuits are V x V_out; copying columns are empty and say why",
                "OutputVocabularyTests.Load_OutputsOfWU_AreTheOutputVocabulary"),
            new("config.json in the form of NeelNanda's models", "norm and positions",
                "SharedCasesTests.Load_ConfigOfNeelNandasForm_TellsNormAndPositions"),
        ]),
    ];
}
