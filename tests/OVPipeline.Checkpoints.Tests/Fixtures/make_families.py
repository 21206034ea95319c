"""Writes more checkpoints of Fixtures/Architectures, as make_architectures.py does and with its help: python3 make_families.py.

Where names, shapes and the way each projection is cut come from (huggingface/transformers, src/transformers/models, unless said):
  gpt_neo       gpt_neo/modeling_gpt_neo.py, GPTNeoSelfAttention        gptj        gptj/modeling_gptj.py, GPTJAttention
  codegen       codegen/modeling_codegen.py, CodeGenAttention.forward   falcon*     falcon/modeling_falcon.py, FalconAttention._split_heads
  gpt_bigcode*  gpt_bigcode/modeling_gpt_bigcode.py, GPTBigCodeAttention.forward
  santacoder    bigcode/santacoder on the hub, modeling_gpt2_mq.py; TransformerLens, pretrained/weight_conversions/coder.py
  nanogpt       karpathy/nanoGPT, model.py, CausalSelfAttention         mpt*        mpt/modeling_mpt.py, MptAttention.forward
  phi           phi/modeling_phi.py                                     phi3        phi3/modeling_phi3.py, Phi3Attention.forward
  phi_msft      microsoft/phi-2 on the hub, first revision of modeling_phi.py, _update_kv_cache and MHA._forward_self_attn
  olmo, olmo2, olmo3, olmoe, stablelm, mixtral, gpt_oss                 each its own modeling_*.py
  qwen          Qwen/Qwen-7B on the hub, modeling_qwen.py; TransformerLens, pretrained/weight_conversions/qwen.py
  gemma3*       gemma3/modeling_gemma3.py, and configuration_gemma3.py for what the files leave out
  llava*        llava/modeling_llava.py (names within: LlavaModel.language_model; before transformers 4.52: language_model.model)
  roberta*      roberta/modeling_roberta.py, RobertaLMHead; create_position_ids_from_input_ids for the padding
  t5*           t5/modeling_t5.py, T5Attention and T5ForConditionalGeneration.forward (scaled where tied)
  apertus, cohere, starcoder2, nemotron                                 each its own modeling_*.py
  internlm2     internlm/internlm2-7b on the hub, modeling_internlm2.py; TransformerLens, model_bridge/.../internlm2.py
  mingpt        karpathy/minGPT, mingpt/model.py (2020), CausalSelfAttention; TransformerLens, weight_conversions/mingpt.py
  solu_old      TransformerLens, pretrained/weight_conversions/neel_solu_old.py
"""
import torch
import torch.nn.functional as F

from make_architectures import CTX, D, DH, GROUPS, HEADS, LAYERS, T, V, Model


def repeat_kv(y, heads, groups, width):
    """As transformers' repeat_kv: each head of keys or values for heads / groups query heads in a row."""
    return y.view(T, groups, 1, width).expand(T, groups, heads // groups, width).reshape(T, heads, width)


class Family(Model):
    """A model in the names of its family; attn(layer) gives project and output of a layer, the last layer's are what is expected."""

    def layer_norm_weight_only(self, name):
        gain = self.add(f"{name}.weight", D)
        return lambda x: F.layer_norm(x, (D,), gain, None, 0)

    def layer_norm_1p(self, name):
        gain, bias = self.add(f"{name}.weight", D), self.add(f"{name}.bias", D)
        return lambda x: F.layer_norm(x, (D,), gain + 1, bias, 0)

    def separate(self, h, names, heads=HEADS, groups=HEADS, width=DH, bias=False):
        q, k, v = (self.linear(f"{h}.{n}", (heads if i == 0 else groups) * width, D, bias)[0] for i, n in enumerate(names))
        return lambda x: (q(x).view(T, heads, width), repeat_kv(k(x), heads, groups, width), repeat_kv(v(x), heads, groups, width))

    def conv1d(self, name, inputs, outputs):
        w, b = self.add(f"{name}.weight", inputs, outputs), self.add(f"{name}.bias", outputs)
        return lambda x: torch.addmm(b, x, w), lambda x: x @ w


def gpt_neo():
    m = Family("gpt_neo")
    e, pos = m.add("transformer.wte.weight", V, D), m.add("transformer.wpe.weight", CTX, D)
    for layer in range(LAYERS):
        h = f"transformer.h.{layer}"
        norm = m.layer_norm(f"{h}.ln_1")
        m.weights[f"{h}.attn.attention.bias"] = torch.ones(1, 1, CTX, CTX)
        project = m.separate(f"{h}.attn.attention", ("q_proj", "k_proj", "v_proj"))
        out = m.linear(f"{h}.attn.attention.out_proj", D, D)
        m.linear(f"{h}.mlp.c_fc", 2, D)
    final = m.layer_norm("transformer.ln_f")
    m.expect({"model_type": "gpt_neo", "num_layers": LAYERS, "num_heads": HEADS, "hidden_size": D, "max_position_embeddings": CTX, "vocab_size": V,
              "attention_types": [[["global", "local"], 1]], "attention_layers": ["global", "local"], "window_size": 2,
              "activation_function": "gelu_new"},
             project, out, norm, final, e, lambda x: F.linear(x, e), pos)


def gptj():
    m = Family("gptj", torch.float16)
    e = m.add("transformer.wte.weight", V, D)
    for layer in range(LAYERS):
        h = f"transformer.h.{layer}"
        norm = m.layer_norm(f"{h}.ln_1")
        project = m.separate(f"{h}.attn", ("q_proj", "k_proj", "v_proj"))
        out = m.linear(f"{h}.attn.out_proj", D, D, False)
    final = m.layer_norm("transformer.ln_f")
    unembed, _ = m.linear("lm_head", V, D)
    m.expect({"model_type": "gptj", "n_layer": LAYERS, "n_head": HEADS, "n_embd": D, "n_positions": CTX, "vocab_size": V, "rotary_dim": 2,
              "tie_word_embeddings": False, "activation_function": "gelu_new"},
             project, out, norm, final, e, unembed)


def codegen():
    heads, width, mp_num = 12, 1, 4
    m = Family("codegen")
    e = m.add("transformer.wte.weight", V, D)
    for layer in range(LAYERS):
        h = f"transformer.h.{layer}"
        norm = m.layer_norm(f"{h}.ln_1")
        qkv, _ = m.linear(f"{h}.attn.qkv_proj", 3 * D, D, False)
        out = m.linear(f"{h}.attn.out_proj", D, D, False)
    final = m.layer_norm("transformer.ln_f")
    unembed, _ = m.linear("lm_head", V, D)

    def project(x):
        query, value, key = torch.split(qkv(x).reshape(T, mp_num, -1), width * heads // mp_num, dim=-1)
        return (y.reshape(T, mp_num, heads // mp_num, width).reshape(T, -1, width) for y in (query, key, value))

    m.expect({"model_type": "codegen", "n_layer": LAYERS, "n_head": heads, "n_embd": D, "n_positions": CTX, "vocab_size": V, "rotary_dim": 1,
              "tie_word_embeddings": False}, project, out, norm, final, e, unembed, heads=heads, width=width)


def gpt_bigcode(name, multi_query):
    m = Family(name)
    e, pos = m.add("transformer.wte.weight", V, D), m.add("transformer.wpe.weight", CTX, D)
    for layer in range(LAYERS):
        h = f"transformer.h.{layer}"
        norm = m.layer_norm(f"{h}.ln_1")
        c_attn, _ = m.linear(f"{h}.attn.c_attn", D + 2 * DH if multi_query else 3 * D, D)
        out = m.linear(f"{h}.attn.c_proj", D, D)
    final = m.layer_norm("transformer.ln_f")

    def project(x):
        if multi_query:
            query, key_value = c_attn(x).split((D, 2 * DH), dim=-1)
            key, value = key_value.split((DH, DH), dim=-1)
            return query.view(T, HEADS, DH), repeat_kv(key, HEADS, 1, DH), repeat_kv(value, HEADS, 1, DH)
        query, key_value = c_attn(x).view(T, HEADS, 3 * DH).split((DH, 2 * DH), dim=-1)
        return query, *key_value.split((DH, DH), dim=-1)

    m.expect({"model_type": "gpt_bigcode", "n_layer": LAYERS, "n_head": HEADS, "n_embd": D, "n_positions": CTX, "vocab_size": V,
              **({} if multi_query else {"multi_query": False}), "attention_softmax_in_fp32": True, "scale_attention_softmax_in_fp32": True},
             project, out, norm, final, e, lambda x: F.linear(x, e), pos)


def santacoder():
    m = Family("santacoder")
    e, pos = m.add("transformer.wte.weight", V, D), m.add("transformer.wpe.weight", CTX, D)
    for layer in range(LAYERS):
        h = f"transformer.h.{layer}"
        norm = m.layer_norm(f"{h}.ln_1")
        q, kv = m.conv1d(f"{h}.attn.q_attn", D, D)[0], m.conv1d(f"{h}.attn.kv_attn", D, 2 * DH)[0]
        out = m.conv1d(f"{h}.attn.c_proj", D, D)
    final = m.layer_norm("transformer.ln_f")

    def project(x):
        key, value = kv(x).split(DH, dim=1)
        return q(x).view(T, HEADS, DH), repeat_kv(key, HEADS, 1, DH), repeat_kv(value, HEADS, 1, DH)

    m.expect({"model_type": "gpt2", "attention_head_type": "multiquery", "n_layer": LAYERS, "n_head": HEADS, "n_embd": D, "n_positions": CTX,
              "vocab_size": V}, project, out, norm, final, e, lambda x: F.linear(x, e), pos)


def nanogpt(name, bias, saved=False):
    m = Family(name)
    e, pos = m.add("transformer.wte.weight", V, D), m.add("transformer.wpe.weight", CTX, D)
    for layer in range(LAYERS):
        h = f"transformer.h.{layer}"
        norm = m.layer_norm(f"{h}.ln_1") if bias else m.layer_norm_weight_only(f"{h}.ln_1")
        c_attn, _ = m.linear(f"{h}.attn.c_attn", 3 * D, D, bias)
        out = m.linear(f"{h}.attn.c_proj", D, D, bias)
    final = m.layer_norm("transformer.ln_f") if bias else m.layer_norm_weight_only("transformer.ln_f")
    m.weights["lm_head.weight"] = m.weights["transformer.wte.weight"]
    config = {"n_layer": LAYERS, "n_head": HEADS, "n_embd": D, "block_size": CTX, "bias": bias, "vocab_size": V, "dropout": 0.0}
    if saved:  # as train.py saves it, after torch.compile
        m.weights = {"model": {f"_orig_mod.{n}": w for n, w in m.weights.items()}, "model_args": config, "iter_num": 7,
                     "optimizer": {"state": {0: {"exp_avg": torch.zeros(2)}}}, "config": {"grad_clip": 1.0, "n_layer": LAYERS}}
    m.expect(None if saved else config, lambda x: (y.view(T, HEADS, DH) for y in c_attn(x).split(D, dim=1)), out, norm, final, e,
             lambda x: F.linear(x, e), pos, "ckpt.pt" if saved else "safetensors")


def phi():
    m = Family("phi")
    e = m.add("model.embed_tokens.weight", V, D)
    for layer in range(LAYERS):
        h = f"model.layers.{layer}"
        norm = m.layer_norm(f"{h}.input_layernorm")
        project = m.separate(f"{h}.self_attn", ("q_proj", "k_proj", "v_proj"), bias=True)
        out = m.linear(f"{h}.self_attn.dense", D, D)
    final = m.layer_norm("model.final_layernorm")
    unembed, _ = m.linear("lm_head", V, D)
    m.expect({"model_type": "phi", "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "hidden_size": D, "max_position_embeddings": CTX,
              "vocab_size": V, "partial_rotary_factor": 0.7, "qk_layernorm": False, "hidden_act": "gelu_new"}, project, out, norm, final, e, unembed)


def phi_msft():
    m = Family("phi_msft")
    e = m.add("transformer.embd.wte.weight", V, D)
    for layer in range(LAYERS):
        h = f"transformer.h.{layer}"
        norm = m.layer_norm(f"{h}.ln")
        wqkv, _ = m.linear(f"{h}.mixer.Wqkv", 3 * D, D)
        out = m.linear(f"{h}.mixer.out_proj", D, D)
    final = m.layer_norm("lm_head.ln")
    unembed, _ = m.linear("lm_head.linear", V, D)

    def project(x):
        qkv = wqkv(x).view(T, 3, HEADS, DH)  # "... (three h d) -> ... three h d"
        return qkv[:, 0], qkv[:, 1], qkv[:, 2]

    m.expect({"model_type": "phi-msft", "n_layer": LAYERS, "n_head": HEADS, "n_head_kv": None, "n_embd": D, "n_positions": CTX, "vocab_size": V,
              "rotary_dim": 2, "tie_word_embeddings": False}, project, out, norm, final, e, unembed)


def phi3():
    m = Family("phi3", torch.bfloat16)
    e = m.add("model.embed_tokens.weight", V, D)
    for layer in range(LAYERS):
        h = f"model.layers.{layer}"
        norm = m.rms_norm(f"{h}.input_layernorm")
        qkv, _ = m.linear(f"{h}.self_attn.qkv_proj", (HEADS + 2 * GROUPS) * DH, D, False)
        out = m.linear(f"{h}.self_attn.o_proj", D, D, False)
        m.add(f"{h}.mlp.gate_up_proj.weight", 4, D)
    final = m.rms_norm("model.norm")
    _, unembed = m.linear("lm_head", V, D, False)

    def project(x):
        y, query_pos = qkv(x), HEADS * DH
        q = y[..., :query_pos]
        k = y[..., query_pos:query_pos + GROUPS * DH]
        v = y[..., query_pos + GROUPS * DH:]
        return q.view(T, HEADS, DH), repeat_kv(k, HEADS, GROUPS, DH), repeat_kv(v, HEADS, GROUPS, DH)

    m.expect({"model_type": "phi3", "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "num_key_value_heads": GROUPS, "hidden_size": D,
              "max_position_embeddings": CTX, "vocab_size": V, "tie_word_embeddings": False, "sliding_window": 3, "hidden_act": "silu"},
             project, out, norm, final, e, unembed)


def llama_like(name, config, norm=None, groups=HEADS, heads=HEADS, width=DH, bias=False, out_bias=False, before=("input_layernorm",), after=(),
               tied=False, prefix="model.", head="lm_head", qk=None, shift=0, scale=1, more=lambda m, h: None, parts=None, dtype=torch.float32):
    """Llama's names with what a family changes. norm: how a norm of a name is made; before: the norms whose first stands before attention."""
    m = Family(name, dtype)
    make = {None: lambda n: m.rms_norm(n, shift), "ln": m.layer_norm, "ln_weight": m.layer_norm_weight_only, "ln1p": m.layer_norm_1p}[norm] if norm != "none" else None
    e = m.add(f"{prefix}embed_tokens.weight", V, D)
    for layer in range(LAYERS):
        h = f"{prefix}layers.{layer}"
        first = [make(f"{h}.{n}") for n in before] if make else []
        for n in after:
            m.add(f"{h}.{n}.weight", D)
        project = m.separate(f"{h}.self_attn", ("q_proj", "k_proj", "v_proj"), heads, groups, width, bias)
        out = m.linear(f"{h}.self_attn.o_proj", D, heads * width, out_bias)
        for n, size in (qk or {}).items():
            m.add(f"{h}.self_attn.{n}.weight", size)
        more(m, h)
    final = make(f"{prefix}norm") if make else None
    unembed = (lambda x: F.linear(x, e)) if tied else m.linear(head, V, D, False)[1]
    text = {"num_hidden_layers": LAYERS, "num_attention_heads": heads, "num_key_value_heads": groups, "hidden_size": D,
            "max_position_embeddings": CTX, "vocab_size": V, **config}
    m.expect(parts(text) if parts else text, project, out, first[0] if first else None, final, e * scale, unembed, heads=heads, width=width,
             final_only=not first and final is not None)


def experts(m, h):
    m.add(f"{h}.block_sparse_moe.gate.weight", 2, D)
    m.add(f"{h}.block_sparse_moe.experts.0.w1.weight", 1, D)


def gpt_oss_parts(m, h):
    m.add(f"{h}.self_attn.sinks", HEADS)
    m.weights[f"{h}.mlp.experts.down_proj_blocks"] = torch.zeros(2, 2)


def falcon(name, config, groups, norms, alibi=False, bias=False):
    m = Family(name)
    e = m.add("transformer.word_embeddings.weight", V, D)
    for layer in range(LAYERS):
        h = f"transformer.h.{layer}"
        norm = [m.layer_norm(f"{h}.{n}") for n in norms][0]
        qkv, _ = m.linear(f"{h}.self_attention.query_key_value", (HEADS + 2 * groups) * DH, D, bias)
        out = m.linear(f"{h}.self_attention.dense", D, D, bias)
    final = m.layer_norm("transformer.ln_f")

    def project(x):
        if config.get("new_decoder_architecture"):
            y = qkv(x).view(T, -1, HEADS // groups + 2, DH)
            query, key, value = y[:, :, :-2], y[:, :, [-2]], y[:, :, [-1]]
            return (z.flatten(1, 2) for z in (query, torch.broadcast_to(key, query.shape), torch.broadcast_to(value, query.shape)))
        if not config.get("multi_query", True):
            y = qkv(x).view(T, HEADS, 3, DH)
            return y[..., 0, :], y[..., 1, :], y[..., 2, :]
        y = qkv(x).view(T, HEADS + 2, DH)
        return y[..., :-2, :], y[..., [-2], :].expand(T, HEADS, DH), y[..., [-1], :].expand(T, HEADS, DH)

    m.expect({"model_type": "falcon", "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "hidden_size": D, "vocab_size": V, "alibi": alibi,
              "bias": bias, **config}, project, out, norm, final, e, lambda x: F.linear(x, e))


def mpt(name, groups, attention):
    m = Family(name, torch.bfloat16)
    e = m.add("transformer.wte.weight", V, D)
    pos = None if attention.get("alibi", True) else m.add("transformer.wpe.weight", CTX, D)
    for layer in range(LAYERS):
        h = f"transformer.blocks.{layer}"
        norm = m.layer_norm_weight_only(f"{h}.norm_1")
        wqkv, _ = m.linear(f"{h}.attn.Wqkv", (HEADS + 2 * groups) * DH, D, False)
        out = m.linear(f"{h}.attn.out_proj", D, D, False)
    final = m.layer_norm_weight_only("transformer.norm_f")

    def project(x):
        y = wqkv(x)
        q, k, v = y.chunk(3, dim=-1) if groups == HEADS else y.split((D, groups * DH, groups * DH), dim=-1)
        return q.reshape(T, HEADS, DH), repeat_kv(k, HEADS, groups, DH), repeat_kv(v, HEADS, groups, DH)

    m.expect({"model_type": "mpt", "n_layers": LAYERS, "n_heads": HEADS, "d_model": D, "max_seq_len": CTX, "vocab_size": V, "no_bias": True,
              "logit_scale": None, "attn_config": attention}, project, out, norm, final, e, lambda x: F.linear(x, e), pos)


def qwen():
    m = Family("qwen", torch.bfloat16)
    e = m.add("transformer.wte.weight", V, D)
    for layer in range(LAYERS):
        h = f"transformer.h.{layer}"
        norm = m.rms_norm(f"{h}.ln_1")
        c_attn, _ = m.linear(f"{h}.attn.c_attn", 3 * D, D)
        out = m.linear(f"{h}.attn.c_proj", D, D, False)
        m.add(f"{h}.mlp.w1.weight", 2, D)
    final = m.rms_norm("transformer.ln_f")
    _, unembed = m.linear("lm_head", V, D, False)
    m.expect({"model_type": "qwen", "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "hidden_size": D, "kv_channels": DH, "seq_length": CTX,
              "vocab_size": V, "layer_norm_epsilon": 1e-6, "tie_word_embeddings": False, "use_logn_attn": True, "no_bias": True},
             lambda x: (y.view(T, HEADS, DH) for y in c_attn(x).split(D, dim=1)), out, norm, final, e, unembed)


def solu_old(name, ctx):
    """Small layers first: every weight is stored transposed, norms are called norm (neel_solu_old.py, n_layers <= 6)."""
    m = Family(name)
    e, pos = m.add("embed.W_E", D, V), m.add("pos_embed.W_pos", D, ctx)
    for layer in range(LAYERS):
        at = f"blocks.{layer}"
        norm = m.layer_norm(f"{at}.norm1", "w", "b")
        wq, wk, wv = (m.add(f"{at}.attn.W_{n}", HEADS, DH, D) for n in "QKV")
        bq, bk, bv = (m.add(f"{at}.attn.b_{n}", HEADS, DH) for n in "QKV")
        wo, bo = m.add(f"{at}.attn.W_O", HEADS, D, DH), m.add(f"{at}.attn.b_O", D)
        m.layer_norm(f"{at}.norm2", "w", "b")
        m.add(f"{at}.mlp.W_in", 2, D)
    final = m.layer_norm("norm", "w", "b")
    wu, bu = m.add("unembed.W_U", V, D), m.add("unembed.b_U", V)

    def project(x):
        return (torch.einsum("td,hkd->thk", x, w) + b for w, b in ((wq, bq), (wk, bk), (wv, bv)))

    def without(z):
        return torch.einsum("thk,hdk->td", z.view(T, HEADS, DH), wo)

    m.expect({"n_layers": LAYERS, "n_heads": HEADS, "d_model": D, "d_head": DH, "n_ctx": ctx, "d_vocab": V, "normalization": "LN",
              "shortformer_pos": False},
             project, (lambda z: without(z) + bo, without), norm, final, e.T, lambda x: F.linear(x, wu) + bu, pos.T)


def roberta(name, head):
    m = Family(name)
    prefix = "roberta."
    e, pos = m.add(f"{prefix}embeddings.word_embeddings.weight", V, D), m.add(f"{prefix}embeddings.position_embeddings.weight", CTX + 2, D)
    m.layer_norm(f"{prefix}embeddings.LayerNorm")
    for layer in range(LAYERS):
        h = f"{prefix}encoder.layer.{layer}"
        project = m.separate(f"{h}.attention.self", ("query", "key", "value"), bias=True)
        out = m.linear(f"{h}.attention.output.dense", D, D)
        m.layer_norm(f"{h}.attention.output.LayerNorm")
        final = m.layer_norm(f"{h}.output.LayerNorm")
    bias = 0
    if head:
        m.linear("lm_head.dense", D, D)
        final, bias = m.layer_norm("lm_head.layer_norm"), m.add("lm_head.bias", V)
    m.expect({"model_type": "roberta", "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "hidden_size": D,
              "max_position_embeddings": CTX + 2, "vocab_size": V, "layer_norm_eps": 1e-5, "pad_token_id": 1},
             project, out, None, final, e, lambda x: F.linear(x, e) + bias, F.embedding(torch.arange(CTX) + 2, pos), final_only=True)


def t5(name, tied):
    width = 4
    m = Family(name)
    e = m.add("shared.weight", V, D)
    for layer in range(LAYERS):
        m.add(f"encoder.block.{layer}.layer.0.SelfAttention.q.weight", HEADS * width, D)
        h = f"decoder.block.{layer}.layer"
        norm = m.rms_norm(f"{h}.0.layer_norm")
        project = m.separate(f"{h}.0.SelfAttention", ("q", "k", "v"), width=width)
        out = m.linear(f"{h}.0.SelfAttention.o", D, HEADS * width, False)
        m.add(f"{h}.1.EncDecAttention.q.weight", HEADS * width, D)
    final = m.rms_norm("decoder.final_layer_norm")
    unembed = (lambda x: F.linear(x * D ** -0.5, e)) if tied else m.linear("lm_head", V, D, False)[1]
    m.expect({"model_type": "t5", "num_layers": LAYERS, "num_decoder_layers": LAYERS, "num_heads": HEADS, "d_model": D, "d_kv": width,
              "vocab_size": V, **({} if tied else {"tie_word_embeddings": False})}, project, out, norm, final, e, unembed, width=width)


def internlm2():
    m = Family("internlm2", torch.bfloat16)
    e = m.add("model.tok_embeddings.weight", V, D)
    for layer in range(LAYERS):
        h = f"model.layers.{layer}"
        norm = m.rms_norm(f"{h}.attention_norm")
        wqkv, _ = m.linear(f"{h}.attention.wqkv", (HEADS + 2 * GROUPS) * DH, D, False)
        out = m.linear(f"{h}.attention.wo", D, D, False)
    final = m.rms_norm("model.norm")
    _, unembed = m.linear("output", V, D, False)

    def project(x):
        gs = 2 + HEADS // GROUPS
        y = wqkv(x).view(T, GROUPS, gs, DH)  # "b q (h gs d) -> b q h gs d"
        q = y[..., :HEADS // GROUPS, :].flatten(1, 2)
        return q, repeat_kv(y[..., -2, :], HEADS, GROUPS, DH), repeat_kv(y[..., -1, :], HEADS, GROUPS, DH)

    m.expect({"model_type": "internlm2", "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "num_key_value_heads": GROUPS,
              "hidden_size": D, "max_position_embeddings": CTX, "vocab_size": V, "tie_word_embeddings": False},
             project, out, norm, final, e, unembed)


def mingpt():
    m = Family("mingpt")
    e, pos = m.add("tok_emb.weight", V, D), m.add("pos_emb", 1, CTX, D)
    for layer in range(LAYERS):
        h = f"blocks.{layer}"
        norm = m.layer_norm(f"{h}.ln1")
        project = m.separate(f"{h}.attn", ("query", "key", "value"), bias=True)
        out = m.linear(f"{h}.attn.proj", D, D)
        m.weights[f"{h}.attn.mask"] = torch.ones(1, 1, CTX, CTX)
    final = m.layer_norm("ln_f")
    _, unembed = m.linear("head", V, D, False)
    m.expect({"model_type": "mingpt", "n_layer": LAYERS, "n_head": HEADS, "n_embd": D, "block_size": CTX, "vocab_size": V},
             project, out, norm, final, e, unembed, pos[0])


def main():
    gpt_neo()
    gptj()
    codegen()
    gpt_bigcode("gpt_bigcode", True)
    gpt_bigcode("gpt_bigcode_heads", False)
    santacoder()
    nanogpt("nanogpt", False)
    nanogpt("nanogpt_biases", True)
    nanogpt("nanogpt_saved", False, saved=True)
    phi()
    phi_msft()
    phi3()
    llama_like("olmo", {"model_type": "olmo", "clip_qkv": None, "tie_word_embeddings": True}, norm="none", tied=True)
    llama_like("olmo2", {"model_type": "olmo2"}, before=(), after=("post_attention_layernorm", "post_feedforward_layernorm"),
               qk={"q_norm": HEADS * DH, "k_norm": HEADS * DH})
    llama_like("olmo3", {"model_type": "olmo3", "sliding_window": 3, "layer_types": ["sliding_attention", "full_attention"]}, before=(),
               after=("post_attention_layernorm", "post_feedforward_layernorm"), groups=GROUPS, qk={"q_norm": HEADS * DH, "k_norm": GROUPS * DH})
    llama_like("olmoe", {"model_type": "olmoe", "clip_qkv": 8.0, "num_experts": 2}, qk={"q_norm": HEADS * DH, "k_norm": HEADS * DH})
    falcon("falcon", {}, 1, ("input_layernorm",))
    falcon("falcon_grouped", {"new_decoder_architecture": True, "num_kv_heads": GROUPS}, GROUPS, ("ln_attn", "ln_mlp"))
    falcon("falcon_alibi", {"multi_query": False, "parallel_attn": False}, HEADS, ("input_layernorm", "post_attention_layernorm"), True, True)
    mpt("mpt", HEADS, {"alibi": True, "clip_qkv": 8.0, "softmax_scale": 0.5})
    mpt("mpt_grouped", GROUPS, {"attn_type": "grouped_query_attention", "kv_n_heads": GROUPS, "alibi": False})
    llama_like("stablelm", {"model_type": "stablelm", "use_qkv_bias": True, "partial_rotary_factor": 0.7}, norm="ln", groups=GROUPS, bias=True,
               before=("input_layernorm", "post_attention_layernorm"))
    llama_like("stablelm_parallel", {"model_type": "stablelm", "use_parallel_residual": True}, norm="ln")
    qwen()
    llama_like("mixtral", {"model_type": "mixtral", "num_local_experts": 2, "tie_word_embeddings": False}, groups=GROUPS, more=experts)
    llama_like("gpt_oss", {"model_type": "gpt_oss", "num_local_experts": 2, "head_dim": 4, "sliding_window": 3,
                           "layer_types": ["sliding_attention", "full_attention"], "tie_word_embeddings": False,
                           "rope_scaling": {"rope_type": "yarn", "factor": 32.0}},
               groups=GROUPS, width=4, bias=True, out_bias=True, more=gpt_oss_parts, dtype=torch.bfloat16)
    gemma = {"after": ("post_attention_layernorm", "pre_feedforward_layernorm", "post_feedforward_layernorm"), "shift": 1, "scale": D ** 0.5,
             "tied": True, "dtype": torch.bfloat16, "qk": {"q_norm": DH, "k_norm": DH}}
    llama_like("gemma3", {"model_type": "gemma3_text", "head_dim": DH, "query_pre_attn_scalar": 3, "sliding_window": 3}, groups=GROUPS, **gemma)
    # As google/gemma-3-4b-pt: the text's heads (8 over 4), vocabulary and tied embeddings are those of Gemma3TextConfig, unsaid.
    llama_like("gemma3_pictures", {"model_type": "gemma3_text", "head_dim": DH, "sliding_window": 3}, heads=8, groups=4,
               prefix="language_model.model.",
               parts=lambda text: {"model_type": "gemma3", "text_config": {name: text[name] for name in text if name not in (
                   "num_attention_heads", "num_key_value_heads", "vocab_size", "max_position_embeddings")}}, **gemma)
    llama_like("llava", {"model_type": "mistral"}, groups=GROUPS, prefix="language_model.model.", head="language_model.lm_head",
               parts=lambda text: {"model_type": "llava", "text_config": text})
    llama_like("llava_saved", {"model_type": "qwen2"}, groups=GROUPS, prefix="model.language_model.", bias=True, tied=True,
               parts=lambda text: {"model_type": "qwen2_5_vl", "tie_word_embeddings": True, "text_config": {**text, "tie_word_embeddings": False}})
    roberta("roberta", False)
    roberta("roberta_mlm", True)
    t5("t5", True)
    t5("t5_untied", False)
    llama_like("apertus", {"model_type": "apertus", "qk_norm": True}, groups=GROUPS, before=("attention_layernorm", "feedforward_layernorm"),
               qk={"q_norm": DH, "k_norm": DH})
    llama_like("cohere", {"model_type": "cohere", "logit_scale": 0.0625}, norm="ln_weight", groups=GROUPS, tied=True)
    llama_like("starcoder2", {"model_type": "starcoder2", "norm_epsilon": 1e-5, "use_bias": True}, norm="ln", groups=GROUPS, bias=True,
               out_bias=True, tied=True)
    llama_like("nemotron", {"model_type": "nemotron", "norm_eps": 1e-5, "partial_rotary_factor": 0.5}, norm="ln1p", groups=GROUPS)
    llama_like("minicpm", {"model_type": "minicpm", "scale_emb": 12, "scale_depth": 1.4, "dim_model_base": 6}, groups=GROUPS, tied=True)
    internlm2()
    mingpt()
    solu_old("solu_old", CTX)
    solu_old("solu_old_square", D)


if __name__ == "__main__":
    main()
