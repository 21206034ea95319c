using System.Text;
using System.Text.Json;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>
/// Small tokenizers written here. Ids are what Hugging Face's tokenizers 0.22.2 gave for the same JSON by the bindings of make.cjs.
/// </summary>
public sealed class ReferenceIdsTests
{
    private const string BertText =
        """{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true}""";
    private static readonly string[] s_bert =
    [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "quick", "un", "##aff", "##able", "resume", "i", "##\u0307", ",", ".", "!",
        "日", "本", "cafe", "σ", "##ς", "a", "##b", "don", "'", "t", "##s", "hello", "##о", "😀", "##😀", "$", "¡", "x",
    ];

    [Theory]
    [InlineData("The quick, UNAFFABLE résumé!", "5 6 13 7 8 9 10 15")]
    [InlineData("don't [MASK] the [mask].", "23 24 25 4 5 1 1 1 14")]
    [InlineData("日本 café\0\u200B x\u00A0x", "16 17 18 33 33")]
    [InlineData("İ ab ABS", "11 21 22 21 22 26")]
    [InlineData("Σς", "19 20")]
    [InlineData("$¡x\u166Dx", "31 32 33 1 33")]
    [InlineData("unaffablex", "1")]
    [InlineData("hello\tо\r\nthe", "27 1 5")]
    [InlineData("quick\u2019the", "6 1 5")]
    public void EncodeToIds_WordPiece_EqualsHuggingFace(string text, string ids)
    {
        using var folder = new TemporaryFolder();
        using var text1 = new TemporaryFolder();
        string marks = string.Join(',', s_bert.Take(5).Select((mark, id) =>
            $$"""{"id":{{id}},"content":"{{mark}}","special":true,"normalized":false}"""));
        Write(folder, "tokenizer.json", $$"""
            {"added_tokens":[{{marks}}],"normalizer":{{BertText}},"pre_tokenizer":{"type":"BertPreTokenizer"},"model":{"type":"WordPiece",
            "unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":{{Vocabulary(s_bert)}} } }
            """);
        Write(text1, "vocab.txt", string.Join('\n', s_bert) + "\n");

        Assert.Equal(ids, Ids(folder, text));
        Assert.Equal(ids, Ids(text1, text));
    }

    [Fact]
    public void EncodeToIds_WordPieceOfLongWords_CountsCodePoints()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "vocab.txt", string.Join('\n', s_bert) + "\n");

        Assert.Equal("21" + string.Concat(Enumerable.Repeat(" 30", 99)), Ids(folder, "a" + string.Concat(Enumerable.Repeat("😀", 99))));
        Assert.Equal("1", Ids(folder, "a" + new string('b', 100)));
    }

    [Fact]
    public void Decode_WordPiece_JoinsWords()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "vocab.txt", string.Join('\n', s_bert) + "\n");
        CheckpointTokens tokens = CheckpointTokenizer.Load(folder.Path, 100);

        Assert.Equal("the quick, unaffable resume!", tokens.Tokenizer!.Decode([5, 6, 13, 7, 8, 9, 10, 15]));
        Assert.Equal("##aff", tokens.Vocabulary[8]);
        Assert.Equal("<pad 99>", tokens.Vocabulary[99]);
    }

    [Theory]
    [InlineData("""{"do_lower_case":false}""", "the The", "5 1")]
    [InlineData("""{"do_lower_case":false,"tokenize_chinese_chars":false}""", "日本", "1")]
    [InlineData("""{"strip_accents":false}""", "résumé the", "1 5")]
    [InlineData("""{"tokenizer_class":"DistilBertTokenizerFast"}""", "THE", "5")]
    [InlineData("""{"mask_token":{"content":"[MASK]","lstrip":true,"normalized":false}}""", "the [MASK]", "5 4")]
    public void EncodeToIds_VocabularyTextWithConfig_DoesAsItSays(string config, string text, string ids)
    {
        using var folder = new TemporaryFolder();
        Write(folder, "vocab.txt", string.Join('\n', s_bert) + "\n");
        Write(folder, "tokenizer_config.json", config);

        Assert.Equal(ids, Ids(folder, text));
    }

    [Theory]
    [InlineData("Hello  HELLO!", "12 12 13")]
    [InlineData("hello12", "12 14 15")]
    [InlineData("hello's hell", "12 19 10 20")]
    [InlineData("e\u0301 É", "16 17 16 17")]
    [InlineData("helloz", "11 5 1")]
    [InlineData("<|startoftext|>hello", "0 12")]
    public void EncodeToIds_Clip_EqualsHuggingFace(string text, string ids)
    {
        using var folder = Merges(["<|startoftext|>", "<|endoftext|>", "h", "e", "l", "o", "h</w>", "o</w>", "s</w>", "he", "hel", "hell",
            "hello</w>", "!</w>", "1</w>", "2</w>", "Ã", "©</w>", "'", "'s</w>", "l</w>"], "h e\nhe l\nhel l\nhell o</w>\n' s</w>\n",
            "CLIPTokenizer");

        Assert.Equal(ids, Ids(folder, text));
    }

    [Theory]
    [InlineData("Hello hell.", "10 8 5 11")]
    [InlineData("HÉLLO xz", "10 0 0")]
    [InlineData("<unk>hello", "0 10")]
    public void EncodeToIds_Gpt1_EqualsHuggingFace(string text, string ids)
    {
        using var folder = Merges(["<unk>", "h", "e", "l", "o", "l</w>", "o</w>", "he", "hel", "hell", "hello</w>", ".</w>", "é", "e</w>"],
            "h e\nhe l\nhel l\nhell o</w>\n", "OpenAIGPTTokenizerFast");

        Assert.Equal(ids, Ids(folder, text));
    }

    [Theory]
    [InlineData("a", "0")]
    [InlineData("aé", "0 2 3")]
    [InlineData("aéx", "0 2 3 1")]
    [InlineData("xé", "2 3 1")] // the unknown token waits for the next known character
    [InlineData("xxéa", "2 3 1 0")]
    [InlineData("xaé", "1 0 2 3")]
    [InlineData("xéyéa", "2 3 2 3 1 0")]
    public void EncodeToIds_SomeBytesOnly_EqualsHuggingFace(string text, string ids) => AssertIds("""
        {"type":"BPE","vocab":{"a":0,"<unk>":1,"<0xC3>":2,"<0xA9>":3},"merges":[],
        "unk_token":"<unk>","byte_fallback":true,"fuse_unk":true}
        """, "", text, ids);

    [Theory]
    [InlineData("aé", "1 3 4")]
    [InlineData("xé", "0")]
    [InlineData("xéb", "0 2")]
    [InlineData("ééab", "3 4 3 4 5")]
    [InlineData("a<unk>b", "1 0 2")]
    [InlineData("<unk>é", "0")]
    public void EncodeToIds_UnigramWithSomeBytes_EqualsHuggingFace(string text, string ids) => AssertIds("""
        {"type":"Unigram","unk_id":0,"byte_fallback":true,
        "vocab":[["<unk>",0],["a",-1],["b",-2],["<0xC3>",-5],["<0xA9>",-5],["ab",-2.5]]}
        """, "", text, ids);

    [Theory]
    [InlineData("<unk>", "0")]
    [InlineData("<u", "1 2")]
    public void EncodeToIds_UnknownTokensOwnText_IsThatTokenNotItsBytes(string text, string ids) => AssertIds("""
        {"type":"Unigram","unk_id":0,"byte_fallback":true,
        "vocab":[["<unk>",0],["<0x3C>",-5],["<0x75>",-5],["<0x6E>",-5],["<0x6B>",-5],["<0x3E>",-5]]}
        """, "", text, ids);

    [Theory]
    [InlineData("abc", "5")]
    [InlineData("ab", "0 1")]
    [InlineData("xbcx", "6 4 6")]
    [InlineData("cba", "6 1 6")]
    public void EncodeToIds_ContinuingPrefix_EqualsHuggingFace(string text, string ids) => AssertIds("""
        {"type":"BPE","unk_token":"u","continuing_subword_prefix":"##","fuse_unk":true,
        "vocab":{"a":0,"##b":1,"##c":2,"ab":3,"##bc":4,"abc":5,"u":6},"merges":["##b ##c","a ##bc"]}
        """, "", text, ids);

    [Theory]
    [InlineData("İ", "0 1")]
    [InlineData("ΣΣ", "2 2")]
    [InlineData("aΣ", "2")]
    [InlineData("sς", "4 3")]
    [InlineData("ẞ\u212A", "6 11")]
    public void EncodeToIds_Lowercase_IsCharacterByCharacter(string text, string ids) => AssertIds(
        """{"type":"BPE","vocab":{"i":0,"\u0307":1,"σ":2,"ς":3,"s":4,"t":5,"ß":6,"İ":7,"I":8,"Σ":9,"S":10,"k":11},"merges":[]}""",
        """ "normalizer":{"type":"Lowercase"},""", text, ids);

    [Theory]
    [InlineData("NFKC", "\uFF41\u24D0\uFB01", "a a f i")]
    [InlineData("NFKD", "é\u00BD", "e \u0301 1 \u2044 2")]
    [InlineData("NFD", "é\u00BD", "e \u0301 \u00BD")]
    [InlineData("StripAccents", "e\u0301\u0903\u20DD\u1CF2é", "e é")]
    [InlineData("Nmt", "a\u200Bb\u0001\u2581", "a ␣ b ␣")]
    public void EncodeToIds_Normalizer_EqualsHuggingFace(string kind, string text, string tokens)
    {
        string[] vocabulary = ["a", "b", "e", "f", "i", "1", "2", "\u0301", "\u2044", "\u00BD", "é", " ", "\u0903", "\u20DD", "\u1CF2"];
        using var folder = new TemporaryFolder();
        Write(folder, "tokenizer.json", $$"""
            {"normalizer":{"type":"{{kind}}"},"model":{"type":"BPE","vocab":{{Vocabulary(vocabulary)}},"merges":[]} }
            """);

        Assert.Equal(tokens.Replace("␣", "\u2423", StringComparison.Ordinal).Split(' ').Select(t => t == "\u2423" ? " " : t),
            Ids(folder, text).Split(' ').Select(id => vocabulary[int.Parse(id, System.Globalization.CultureInfo.InvariantCulture)]));
    }

    [Theory]
    [InlineData("Whitespace", "", "क\u093E a\u200Db", "3 4")]
    [InlineData("Whitespace", "", "ⓐ! ½ a", "5 7 8 1")]
    [InlineData("Whitespace", "", "🅐a", "0")]
    [InlineData("Split", "(?=b)", "ab", "1 2")]
    [InlineData("Split", "(?=b)", "bb", "2 2")]
    [InlineData("Split", @"\\w+|^|$", "½a!", "9 7")]
    [InlineData("Split", @"\\w+|^|$", "🅐-", "0 0")]
    [InlineData("Split", @"[1]{1,3}+", "11111", "10")]
    [InlineData("Split", @"[1]{2}?", "111", "11 6")]
    [InlineData("Split", @"[1]?+1", "111", "11 6")]
    [InlineData("Split", "(?i:'s)", "a'\u017F", "1 12")]
    public void EncodeToIds_PreTokenizer_EqualsHuggingFace(string kind, string pattern, string text, string ids) => AssertIds("""
        {"type":"WordLevel","unk_token":"?","vocab":
        {"?":0,"a":1,"b":2,"क\u093E":3,"a\u200Db":4,"ⓐ":5,"1":6,"!":7,"½":8,"½a":9,"11111":10,"11":11,"'\u017F":12}}
        """, $$""" "pre_tokenizer":{"type":"{{kind}}","pattern":{"Regex":"{{pattern}}"},"behavior":"Isolated"},""", text, ids);

    [Theory]
    [InlineData("GPT2Tokenizer", "gpt2")]
    [InlineData("CodeGenTokenizer", "gpt2")]
    [InlineData("Qwen2TokenizerFast", "qwen")]
    public void EncodeToIds_VocabularyAndMergesOfAClass_EqualsHuggingFace(string name, string reference)
    {
        using var folder = new TemporaryFolder();
        File.Copy(Repository.Fixture("Tokenizers", "gpt2-files", "vocab.json"), folder.PathOf("vocab.json"));
        File.Copy(Repository.Fixture("Tokenizers", "gpt2-files", "merges.txt"), folder.PathOf("merges.txt"));
        Write(folder, "tokenizer_config.json", $$"""{"tokenizer_class":"{{name}}"}""");

        Sample.AssertSameIds(CheckpointTokenizer.Load(folder.Path, 700).Tokenizer!, reference, "ids.txt");
    }

    [Theory]
    [InlineData("""{"model_type":"qwen2"}""", "qwen")]
    [InlineData("""{"model_type":"qwen2_moe"}""", "qwen")]
    [InlineData("""{"model_type":"qwen3"}""", "qwen")]
    [InlineData("""{"model_type":"qwen3_moe"}""", "qwen")]
    [InlineData("""{"model_type":"codegen"}""", "gpt2")]
    [InlineData("""{"model_type":"opt"}""", "gpt2")]
    public void EncodeToIds_ModelTypeAlone_NamesTheClass(string config, string reference)
    {
        using var folder = new TemporaryFolder();
        File.Copy(Repository.Fixture("Tokenizers", "gpt2-files", "vocab.json"), folder.PathOf("vocab.json"));
        File.Copy(Repository.Fixture("Tokenizers", "gpt2-files", "merges.txt"), folder.PathOf("merges.txt"));
        Write(folder, "config.json", config);

        Sample.AssertSameIds(CheckpointTokenizer.Load(folder.Path, 700).Tokenizer!, reference, "ids.txt");
    }

    [Theory]
    [InlineData("GPT2Tokenizer", """{"tokenizer_class":"GPT2Tokenizer","add_prefix_space":true}""", "2")]
    [InlineData("GPT2Tokenizer", """{"tokenizer_class":"GPT2Tokenizer"}""", "0")]
    [InlineData("BlenderbotTokenizer", """{"tokenizer_class":"BlenderbotTokenizer"}""", "2")]
    [InlineData("BlenderbotTokenizer", """{"tokenizer_class":"BlenderbotTokenizer","add_prefix_space":false}""", "0")]
    public void EncodeToIds_PrefixSpace_IsTheConfigsOrTheClasss(string name, string config, string ids)
    {
        using var folder = Merges(["a", "Ġ", "Ġa"], "Ġ a\n", name);
        Write(folder, "tokenizer_config.json", config);

        Assert.Equal(ids, Ids(folder, "a"));
    }

    [Fact]
    public void EncodeToIds_RobertasMarks_AreFoundWithTheirIds()
    {
        using var folder = Merges(["<s>", "<pad>", "</s>", "<unk>", "a", "Ġ", "Ġa", "<mask>"], "Ġ a\n", "RobertaTokenizer");

        Assert.Equal("0 4 7 6 2", Ids(folder, "<s>a <mask> a</s>"));
        Assert.Equal("0 4 5 2", Ids(folder, "<s>a </s>")); // the mask alone takes the space before it
    }

    [Fact]
    public void EncodeToIds_SpecialTokensMap_NamesMoreMarks()
    {
        using var folder = Merges(["a", "<|endoftext|>", "<end>"], "", "GPT2Tokenizer");
        Write(folder, "special_tokens_map.json", """{"eos_token":"<end>","additional_special_tokens":["<x>","<y>"]}""");

        Assert.Equal("0 2 3 4", Ids(folder, "a<end><x><y>"));
    }

    [Theory]
    [InlineData("first", "a a<x>a", "0 1 3 1")]
    [InlineData("always", "a a<x>a", "0 0 3 0")]
    [InlineData("never", "a a<x>a", "1 1 3 1")]
    public void EncodeToIds_MetaspaceAfterASplit_SignsTheWordsOfItsScheme(string scheme, string text, string ids) =>
        AssertIds("""{"type":"WordLevel","unk_token":"?","vocab":{"▁a":0,"a":1,"?":2}}""", $$"""
            "added_tokens":[{"id":3,"content":"<x>","special":true,"normalized":false}],"pre_tokenizer":{"type":"Sequence","pretokenizers":[
            {"type":"WhitespaceSplit"},{"type":"Metaspace","replacement":"▁","prepend_scheme":"{{scheme}}","split":true}]},
            """, text, ids);

    [Fact]
    public void EncodeToIds_SpecialTokenThatDoesNotSay_IsFoundInTextAsGiven() => AssertIds(
        """{"type":"BPE","vocab":{"[":0,"m":1,"]":2,"a":3},"merges":[]}""",
        """ "added_tokens":[{"id":4,"content":"[M]","special":true}],"normalizer":{"type":"Lowercase"},""", "A[M][m]", "3 4 0 1 2");

    [Fact]
    public void Decode_WordsWithEnds_HasNoSpaceAfterTheLast()
    {
        using var folder = Merges(["<|startoftext|>", "<|endoftext|>", "a</w>", "!</w>"], "", "CLIPTokenizer");

        Assert.Equal("a !", CheckpointTokenizer.Load(folder.Path, 4).Tokenizer!.Decode([2, 3]));
    }

    private static void AssertIds(string model, string steps, string text, string ids)
    {
        using var folder = new TemporaryFolder();
        Write(folder, "tokenizer.json", $$"""{ {{steps}} "model":{{model}} }""");
        Assert.Equal(ids, Ids(folder, text));
    }

    private static TemporaryFolder Merges(string[] vocabulary, string merges, string name)
    {
        var folder = new TemporaryFolder();
        Write(folder, "vocab.json", Vocabulary(vocabulary));
        Write(folder, "merges.txt", "#version: 0.2\n" + merges);
        Write(folder, "tokenizer_config.json", $$"""{"tokenizer_class":"{{name}}"}""");
        return folder;
    }

    private static string Vocabulary(string[] tokens) =>
        JsonSerializer.Serialize(tokens.Select((token, id) => (token, id)).ToDictionary(entry => entry.token, entry => entry.id));

    private static void Write(TemporaryFolder folder, string name, string content) =>
        File.WriteAllText(folder.PathOf(name), content, new UTF8Encoding(false));

    private static string Ids(TemporaryFolder folder, string text)
    {
        CheckpointTokens tokens = CheckpointTokenizer.Load(folder.Path, 1000);
        Assert.Null(tokens.NoTokenizer);
        return string.Join(' ', tokens.Tokenizer!.EncodeToIds(text));
    }
}
