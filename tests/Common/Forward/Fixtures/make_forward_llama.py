"""Writes files of this folder, Llama and those that follow it: python3 make_forward_llama.py (Debian: python3-torch).

What is computed is that of huggingface/transformers. Read for it were modeling_rope_utils.py and, in src/transformers/models, phi, olmo3,
stablelm, cohere, cohere2, granite, smollm3, seed_oss, helium, arcee and Gemma 3's configuration; the others are written from memory (llama.cpp is
a second peer of most: tests/OVPipeline.Peers). InternLM 2 as its function says.
"""
import math

import torch
import torch.nn.functional as F

from forward_common import CTX, D, DH, GROUPS, HEADS, LAYERS, MLP, V, Model, attend, frequencies, gelu_new, heads, turn


def squared_relu(x):
    return torch.relu(x) ** 2


class Llama:
    """A decoder in Llama's names. What a family changes is an argument; each has the meaning of its modelling code's own line."""

    def __init__(self, name, config, source=None, *, layers=LAYERS, count=HEADS, groups=GROUPS, width=DH, norm=None, tied=False, bias=False, out_bias=False,
                 mlp="gated", mlp_bias=False, act=F.silu, freq=None, local_freq=None, rope_factor=1.0, pairs=False, scale=None, windows=None, without=(),
                 parallel=False, norms=("input_layernorm", "post_attention_layernorm"), post=(), qk=None, cap=None, logit_cap=None, clip=None,
                 embed=1.0, residual=1.0, logit=1.0, out="o_proj", fused=False, final="norm", head_bias=False, embed_names="model."):
        m = Model(name, source or config["model_type"])
        self.model, self.groups, self.count = m, groups, count
        self.windows, self.without, self.pairs, self.parallel = windows or [0] * layers, without, pairs, parallel
        self.freq = frequencies(width) if freq is None else freq
        self.local_freq, self.rope_factor = local_freq, rope_factor
        self.scale, self.act, self.cap, self.logit_cap, self.clip = scale or width ** -0.5, act, cap, logit_cap, clip
        self.embed, self.residual, self.logit = embed, residual, logit
        norm = norm or (lambda n: m.rms_norm(n))
        norm = (lambda make: lambda n: make(m, n))(norm) if norm.__code__.co_argcount == 2 else norm
        self.wte = m.embedding("model.embed_tokens.weight", V)
        self.blocks = []
        for layer in range(layers):
            h = f"model.layers.{layer}"
            b = {"norms": [norm(f"{h}.{n}") for n in norms], "post": [norm(f"{h}.{n}") for n in post]}
            if fused:
                qkv = m.linear(f"{h}.self_attn.qkv_proj", (count + 2 * groups) * width, D, bias)
                b["qkv"] = lambda x, qkv=qkv: qkv(x).split([count * width, groups * width, groups * width], dim=-1)
            else:
                p = [m.linear(f"{h}.self_attn.{n}_proj", (count if n == "q" else groups) * width, D, bias) for n in "qkv"]
                b["qkv"] = lambda x, p=p: [each(x) for each in p]
            b["qk"] = qk(m, f"{h}.self_attn") if qk else None
            b["out"] = m.linear(f"{h}.self_attn.{out}", D, count * width, out_bias)
            b["mlp"] = self.mlp(m, f"{h}.mlp", mlp, mlp_bias)
            self.blocks.append(b)
        self.final = norm(f"model.{final}")
        self.head = (lambda x: F.linear(x, self.wte)) if tied else m.linear("lm_head", V, D, head_bias)
        m.save({"num_hidden_layers": layers, "num_attention_heads": count, "num_key_value_heads": groups, "hidden_size": D, "intermediate_size": MLP,
                "max_position_embeddings": CTX, "vocab_size": V, "tie_word_embeddings": tied, **config}, self.forward)

    def mlp(self, m, h, kind, bias):
        if kind == "gated":
            gate, up, down = (m.linear(f"{h}.{n}_proj", *((D, MLP) if n == "down" else (MLP, D)), bias) for n in ("gate", "up", "down"))
            return lambda x: down(self.act(gate(x)) * up(x))
        if kind == "fused":
            both, down = m.linear(f"{h}.gate_up_proj", 2 * MLP, D, bias), m.linear(f"{h}.down_proj", D, MLP, bias)

            def run(x):
                gate, up = both(x).chunk(2, dim=-1)
                return down(up * self.act(gate))

            return run
        up, down = m.linear(f"{h}.{kind[0]}", MLP, D, bias), m.linear(f"{h}.{kind[1]}", D, MLP, bias)
        return lambda x: down(self.act(up(x)))

    def attention(self, layer, x):
        b = self.blocks[layer]
        q, k, v = b["qkv"](x)
        if self.clip:
            q, k, v = (y.clamp(-self.clip, self.clip) for y in (q, k, v))
        q, k, v = heads(q, self.count), heads(k, self.groups), heads(v, self.groups)
        if b["qk"]:
            q, k = b["qk"][0](q), b["qk"][1](k)
        if layer not in self.without:
            local = self.local_freq is not None and self.windows[layer]
            freq, factor = (self.local_freq, 1.0) if local else (self.freq, self.rope_factor)
            freq = freq(x.shape[0]) if callable(freq) else freq
            q, k = turn(q, freq, self.pairs, factor), turn(k, freq, self.pairs, factor)
        return b["out"](attend(q, k, v, self.scale, self.windows[layer], cap=self.cap))

    def forward(self, tokens):
        x = self.wte[tokens] * self.embed
        for layer, b in enumerate(self.blocks):
            same = lambda y: y
            first = b["norms"][0] if b["norms"] else same
            a = b["post"][0](self.attention(layer, first(x))) if b["post"] else self.attention(layer, first(x))
            second = b["norms"][1] if len(b["norms"]) > 1 else first if self.parallel else same
            y = b["mlp"](second(x if self.parallel else x + a * self.residual))
            y = b["post"][1](y) if b["post"] else y
            x = x + a * self.residual + y * self.residual
        logits = self.head(self.final(x)) * self.logit
        return torch.tanh(logits / self.logit_cap) * self.logit_cap if self.logit_cap else logits


def per_head(eps=1e-6, plus=0.0):
    return lambda m, h: tuple(m.rms_norm(f"{h}.{n}_norm", eps, DH, plus=plus) for n in "qk")


def whole(groups):
    """OLMo 2: over all heads together, before they are taken apart."""
    def make(m, h):
        norms = [m.rms_norm(f"{h}.{n}_norm", size=(HEADS if n == "q" else groups) * DH) for n in "qk"]
        return tuple(lambda y, norm=norm: heads(norm(y.transpose(0, 1).reshape(y.shape[1], -1)), y.shape[0]) for norm in norms)
    return make


def own_gains(names, suffix):
    """A layer norm without bias over each head, each with gains of its own."""
    def make(m, h):
        made = []
        for n, count in zip("qk", (HEADS, GROUPS)):
            name = f"{h}.{n}_{names}"
            gain = torch.stack([m.gain(f"{name}.norms.{i}.weight", DH) for i in range(count)]) if suffix else m.add(f"{name}.weight", count, DH, shift=1.0)
            made.append(lambda y, gain=gain: F.layer_norm(y, (DH,), None, None, 1e-5) * gain[:, None])
        return tuple(made)
    return make


def llama3(base, factor, low, high, original):
    freq = frequencies(DH, base)
    wave = 2 * math.pi / freq
    smooth = (original / wave - low) / (high - low)
    between = (1 - smooth) * freq / factor + smooth * freq
    return torch.where(wave > original / low, freq / factor, torch.where(wave < original / high, freq, between))


def yarn(width, base, factor, original, fast=32.0, slow=1.0):
    def dimension(turns):
        return width * math.log(original / (turns * 2 * math.pi)) / (2 * math.log(base))
    low, high = max(math.floor(dimension(fast)), 0), min(math.ceil(dimension(slow)), width - 1)
    ramp = ((torch.arange(width // 2) - low) / (high - low + (0.001 if high == low else 0))).clamp(0, 1)
    freq = frequencies(width, base)
    return freq / factor * ramp + freq * (1 - ramp)


def internlm2():
    """Names and the order of queries, keys and values: TransformerLens, model_bridge/supported_architectures/internlm2.py."""
    m, share = Model("internlm2", "internlm2"), HEADS // GROUPS
    wte = m.embedding("model.tok_embeddings.weight", V)
    blocks = []
    for layer in range(LAYERS):
        h = f"model.layers.{layer}"
        blocks.append((m.rms_norm(f"{h}.attention_norm"), m.linear(f"{h}.attention.wqkv", (HEADS + 2 * GROUPS) * DH, D, False),
                       m.linear(f"{h}.attention.wo", D, D, False), m.rms_norm(f"{h}.ffn_norm"),
                       *(m.linear(f"{h}.feed_forward.{n}", *((D, MLP) if n == "w2" else (MLP, D)), False) for n in ("w1", "w2", "w3"))))
    final, head, freq = m.rms_norm("model.norm"), m.linear("output", V, D, False), frequencies(DH, 1000.0)

    def forward(tokens):
        x = wte[tokens]
        for ln1, wqkv, out, ln2, w1, w2, w3 in blocks:
            y = wqkv(ln1(x)).view(len(tokens), GROUPS, share + 2, DH)
            q, k, v = (z.flatten(1, 2).transpose(0, 1) for z in (y[:, :, :share], y[:, :, share:share + 1], y[:, :, share + 1:]))
            x = x + out(attend(turn(q, freq), turn(k, freq), v, DH ** -0.5))
            y = ln2(x)
            x = x + w2(F.silu(w1(y)) * w3(y))
        return head(final(x))

    m.save({"model_type": "internlm2", "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "num_key_value_heads": GROUPS, "hidden_size": D,
            "intermediate_size": MLP, "max_position_embeddings": CTX, "vocab_size": V, "tie_word_embeddings": False, "rope_theta": 1000.0}, forward)



def qwen():
    """Qwen 1's modeling_qwen.py, from memory: one tensor for queries, keys and values with a bias, w1 times SiLU of w2, each of half the width that is
    said. Scores are scaled by logarithms of positions, and rotary frequencies are others, beyond seq_length alone."""
    m, width = Model("qwen", "qwen"), MLP
    wte = m.embedding("transformer.wte.weight", V)
    blocks = []
    for layer in range(LAYERS):
        h = f"transformer.h.{layer}"
        blocks.append((m.rms_norm(f"{h}.ln_1"), m.linear(f"{h}.attn.c_attn", 3 * D, D), m.linear(f"{h}.attn.c_proj", D, D, False), m.rms_norm(f"{h}.ln_2"),
                       m.linear(f"{h}.mlp.w1", width, D, False), m.linear(f"{h}.mlp.w2", width, D, False), m.linear(f"{h}.mlp.c_proj", D, width, False)))
    final, head, freq = m.rms_norm("transformer.ln_f"), m.linear("lm_head", V, D, False), frequencies(DH)

    def forward(tokens):
        x = wte[tokens]
        for ln1, fused, out, ln2, up, gate, down in blocks:
            q, k, v = (heads(y, HEADS) for y in fused(ln1(x)).chunk(3, dim=-1))
            x = x + out(attend(turn(q, freq), turn(k, freq), v, DH ** -0.5))
            y = ln2(x)
            x = x + down(up(y) * F.silu(gate(y)))
        return head(final(x))

    m.save({"model_type": "qwen", "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "hidden_size": D, "kv_channels": DH, "vocab_size": V,
            "intermediate_size": 2 * width, "seq_length": CTX, "max_position_embeddings": 4 * CTX, "layer_norm_epsilon": 1e-6, "rotary_emb_base": 10000,
            "rotary_pct": 1.0, "use_dynamic_ntk": True, "use_logn_attn": True, "scale_attn_weights": True, "no_bias": True, "tie_word_embeddings": False},
           forward)


def main():
    ln = lambda m, n: m.layer_norm(n)
    ln_gain = lambda m, n: m.layer_norm(n, bias=False)
    ln_1p = lambda m, n: m.layer_norm(n, plus=1.0)
    rms5 = lambda m, n: m.rms_norm(n, 1e-5)
    gemma_norm = lambda m, n: m.rms_norm(n, plus=1.0)
    bare = lambda m, n: (lambda x: F.layer_norm(x, (D,), None, None, 1e-5))

    Llama("llama", {"model_type": "llama", "rms_norm_eps": 1e-5}, norm=rms5)
    Llama("llama_biases", {"model_type": "llama", "head_dim": 6, "attention_bias": True, "mlp_bias": True, "rope_theta": 500.0}, width=6, bias=True,
          out_bias=True, mlp_bias=True, freq=frequencies(6, 500.0))
    scaling = {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64, "rope_type": "llama3"}
    Llama("llama3", {"model_type": "llama", "rope_theta": 30.0, "rope_scaling": scaling}, freq=llama3(30.0, 8.0, 1.0, 4.0, 64))
    Llama("llama_linear", {"model_type": "llama", "rope_scaling": {"type": "linear", "factor": 4.0}}, freq=frequencies(DH) / 4)
    Llama("llama_yarn", {"model_type": "llama", "head_dim": 8, "rope_theta": 100.0,
                         "rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 48, "beta_fast": 8, "beta_slow": 2}},
          width=8, freq=yarn(8, 100.0, 4.0, 48, 8, 2), rope_factor=0.1 * math.log(4) + 1)
    Llama("llama_dynamic", {"model_type": "llama", "rope_scaling": {"type": "dynamic", "factor": 4.0}})
    Llama("llama_parameters", {"model_type": "llama", "rope_parameters": {"rope_type": "linear", "rope_theta": 50.0, "factor": 2.0}},
          freq=frequencies(DH, 50.0) / 2)
    Llama("granite", {"model_type": "granite", "embedding_multiplier": 3.0, "attention_multiplier": 0.3, "residual_multiplier": 0.4, "logits_scaling": 5.0},
          tied=True, embed=3.0, scale=0.3, residual=0.4, logit=0.2)
    Llama("seed_oss", {"model_type": "seed_oss", "head_dim": 6, "attention_bias": True, "attention_out_bias": True}, width=6, bias=True, out_bias=True,
          freq=frequencies(6))
    Llama("helium", {"model_type": "helium", "rms_norm_eps": 1e-5, "rope_theta": 1000.0}, norm=rms5, pairs=True, freq=frequencies(DH, 1000.0))
    Llama("arcee", {"model_type": "arcee", "rms_norm_eps": 1e-5, "hidden_act": "relu2"}, norm=rms5, mlp=("up_proj", "down_proj"), act=squared_relu)
    internlm2()
    Llama("mistral", {"model_type": "mistral", "sliding_window": 3}, windows=[3, 3])
    Llama("mistral_whole", {"model_type": "mistral", "sliding_window": None}, groups=1)
    Llama("qwen2", {"model_type": "qwen2", "use_sliding_window": False, "sliding_window": 3, "max_window_layers": 1}, bias=True)
    Llama("qwen2_windows", {"model_type": "qwen2", "use_sliding_window": True, "sliding_window": 3, "max_window_layers": 1, "rope_theta": 1000.0},
          bias=True, tied=True, windows=[0, 3], freq=frequencies(DH, 1000.0))
    Llama("qwen3", {"model_type": "qwen3", "head_dim": DH}, qk=per_head())
    gemma = {"norm": gemma_norm, "tied": True, "act": gelu_new, "embed": D ** 0.5}
    Llama("gemma", {"model_type": "gemma", "head_dim": 6, "hidden_act": "gelu"}, width=6, **gemma)
    post = {"norms": ("input_layernorm", "pre_feedforward_layernorm"), "post": ("post_attention_layernorm", "post_feedforward_layernorm")}
    Llama("gemma2", {"model_type": "gemma2", "head_dim": DH, "query_pre_attn_scalar": 9, "sliding_window": 3, "attn_logit_softcapping": 2.0,
                     "final_logit_softcapping": 4.0, "hidden_activation": "gelu_pytorch_tanh"},
          scale=1 / 3, windows=[3, 0], cap=2.0, logit_cap=4.0, **gemma, **post)
    Llama("gemma2_defaults", {"model_type": "gemma2", "head_dim": DH}, scale=1 / 16, cap=50.0, logit_cap=30.0, **gemma, **post)
    Llama("gemma3", {"model_type": "gemma3_text", "head_dim": DH, "query_pre_attn_scalar": 9, "sliding_window": 3, "sliding_window_pattern": 3,
                     "rope_theta": 1000.0, "rope_local_base_freq": 10.0, "rope_scaling": {"rope_type": "linear", "factor": 4.0}},
          layers=4, scale=1 / 3, windows=[3, 3, 0, 3], freq=frequencies(DH, 1000.0) / 4, local_freq=frequencies(DH, 10.0), qk=per_head(plus=1.0), **gemma, **post)
    Llama("gemma3_layer_types", {"model_type": "gemma3_text", "head_dim": DH, "query_pre_attn_scalar": 9, "sliding_window": 3,
                                 "layer_types": ["full_attention", "sliding_attention"],
                                 "rope_parameters": {"full_attention": {"rope_type": "default", "rope_theta": 1000.0},
                                                     "sliding_attention": {"rope_type": "default", "rope_theta": 10.0}}},
          scale=1 / 3, windows=[0, 3], freq=frequencies(DH, 1000.0), local_freq=frequencies(DH, 10.0), qk=per_head(plus=1.0), **gemma, **post)
    phi = {"norm": ln, "bias": True, "out_bias": True, "mlp": ("fc1", "fc2"), "mlp_bias": True, "act": gelu_new, "parallel": True, "out": "dense",
           "norms": ("input_layernorm",), "final": "final_layernorm", "head_bias": True, "groups": HEADS}
    Llama("phi", {"model_type": "phi", "partial_rotary_factor": 0.5}, freq=frequencies(2), **phi)

    def phi_norms(m, h):
        return tuple(m.layer_norm(f"{h}.{n}_layernorm", size=DH) for n in "qk")

    Llama("phi_norms", {"model_type": "phi", "partial_rotary_factor": 0.5, "qk_layernorm": True}, freq=frequencies(2), qk=phi_norms, **phi)
    phi3 = {"fused": True, "mlp": "fused", "norm": rms5}
    Llama("phi3", {"model_type": "phi3", "rms_norm_eps": 1e-5, "sliding_window": 3}, windows=[3, 3], **phi3)
    short, long = [1.5, 2.5], [3.0, 7.0]
    Llama("phi3_longrope", {"model_type": "phi3", "rms_norm_eps": 1e-5, "sliding_window": None, "original_max_position_embeddings": 6, "rope_theta": 50.0,
                            "rope_scaling": {"type": "longrope", "short_factor": short, "long_factor": long}},
          freq=lambda length: frequencies(DH, 50.0) / torch.tensor(long if length > 6 else short),
          rope_factor=math.sqrt(1 + math.log(CTX / 6) / math.log(6)), **phi3)
    Llama("olmo", {"model_type": "olmo", "clip_qkv": 0.7}, norm=bare, clip=0.7, groups=HEADS)
    olmo2 = {"norms": (), "post": ("post_attention_layernorm", "post_feedforward_layernorm")}
    Llama("olmo2", {"model_type": "olmo2"}, groups=HEADS, qk=whole(HEADS), **olmo2)
    Llama("olmo3", {"model_type": "olmo3", "sliding_window": 3, "layer_types": ["sliding_attention", "full_attention"]}, windows=[3, 0], qk=whole(GROUPS), **olmo2)
    Llama("stablelm", {"model_type": "stablelm", "use_qkv_bias": True, "partial_rotary_factor": 0.5}, norm=ln, bias=True, freq=frequencies(2))
    Llama("stablelm_parallel", {"model_type": "stablelm", "use_parallel_residual": True, "qk_layernorm": True, "partial_rotary_factor": 0.5}, norm=ln,
          parallel=True, norms=("input_layernorm",), freq=frequencies(2), qk=own_gains("layernorm", True))
    Llama("starcoder2", {"model_type": "starcoder2", "norm_epsilon": 1e-5, "use_bias": True, "sliding_window": 3, "hidden_act": "gelu_pytorch_tanh"},
          norm=ln, bias=True, out_bias=True, mlp=("c_fc", "c_proj"), mlp_bias=True, act=gelu_new, tied=True, windows=[3, 3])
    cohere = {"norm": ln_gain, "parallel": True, "norms": ("input_layernorm",), "tied": True, "pairs": True}
    Llama("cohere", {"model_type": "cohere", "logit_scale": 0.25}, logit=0.25, **cohere)
    Llama("cohere_norms", {"model_type": "cohere", "use_qk_norm": True}, logit=0.0625, qk=own_gains("norm", False), **cohere)
    Llama("cohere2", {"model_type": "cohere2", "logit_scale": 0.25, "sliding_window": 3, "sliding_window_pattern": 2}, logit=0.25, windows=[3, 0], without=(1,), **cohere)
    Llama("smollm3", {"model_type": "smollm3", "no_rope_layers": [1, 0], "use_sliding_window": False}, tied=True, without=(1,), freq=frequencies(DH, 2e6))
    Llama("nemotron", {"model_type": "nemotron", "norm_eps": 1e-5, "partial_rotary_factor": 0.5}, norm=ln_1p, mlp=("up_proj", "down_proj"), act=squared_relu,
          freq=frequencies(2))
    qwen()


if __name__ == "__main__":
    main()
