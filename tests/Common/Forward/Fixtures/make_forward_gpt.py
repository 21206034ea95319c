"""Writes files of this folder, GPT-2 and what came before Llama: python3 make_forward_gpt.py (Debian: python3-torch).

What is computed is that of huggingface/transformers (src/transformers/models), karpathy/nanoGPT and minGPT, and bigcode/santacoder; learned
positions of MPT are mosaicml/llm-foundry's. Read for it were falcon/, mpt/, codegen/ and opt/; the others are written from memory (llama.cpp is a second peer of most: tests/OVPipeline.Peers).
"""
import torch
import torch.nn.functional as F

from forward_common import CTX, D, DH, GROUPS, HEADS, LAYERS, MLP, TOKENS, V, Model, alibi, attend, frequencies, gelu, gelu_new, heads, turn

SCALE = DH ** -0.5


def gpt2_like(name, source, config, attention, mlp, norm, act, tied=True, prefix="transformer.", scale=lambda layer: SCALE):
    m = Model(name, source)
    wte, wpe = m.embedding(f"{prefix}wte.weight", V), m.embedding(f"{prefix}wpe.weight", CTX)
    blocks = []
    for layer in range(LAYERS):
        h = f"{prefix}h.{layer}"
        blocks.append((norm(m, f"{h}.ln_1"), *attention(m, h), norm(m, f"{h}.ln_2"), *mlp(m, h), scale(layer)))
    final = norm(m, f"{prefix}ln_f")
    head = (lambda x: F.linear(x, wte)) if tied else m.linear("lm_head", V, D, False)

    def forward(tokens):
        x = wte[tokens] + wpe[:len(tokens)]
        for ln1, qkv, out, ln2, up, down, by in blocks:
            x = x + out(attend(*qkv(ln1(x)), by))
            x = x + down(act(up(ln2(x))))
        return head(final(x))

    m.save(config, forward)


def fused_conv(m, h):
    attn, out = m.conv1d(f"{h}.attn.c_attn", D, 3 * D), m.conv1d(f"{h}.attn.c_proj", D, D)
    return lambda x: [heads(y, HEADS) for y in attn(x).split(D, dim=-1)], out


def conv_mlp(width):
    return lambda m, h: (m.conv1d(f"{h}.mlp.c_fc", D, width), m.conv1d(f"{h}.mlp.c_proj", width, D))


def linear_mlp(width, bias=True):
    return lambda m, h: (m.linear(f"{h}.mlp.c_fc", width, D, bias), m.linear(f"{h}.mlp.c_proj", D, width, bias))


def santacoder(m, h):
    q, kv, out = m.conv1d(f"{h}.attn.q_attn", D, D), m.conv1d(f"{h}.attn.kv_attn", D, 2 * DH), m.conv1d(f"{h}.attn.c_proj", D, D)
    return lambda x: [heads(q(x), HEADS), *(heads(y, 1) for y in kv(x).split(DH, dim=-1))], out


def bigcode(multi_query):
    def attention(m, h):
        attn, out = m.linear(f"{h}.attn.c_attn", D + 2 * DH if multi_query else 3 * D, D), m.linear(f"{h}.attn.c_proj", D, D)

        def qkv(x):
            if multi_query:
                q, k, v = attn(x).split([D, DH, DH], dim=-1)
                return heads(q, HEADS), heads(k, 1), heads(v, 1)
            return attn(x).view(len(x), HEADS, 3 * DH).transpose(0, 1).split(DH, dim=-1)

        return qkv, out
    return attention


def nano(bias):
    def attention(m, h):
        attn, out = m.linear(f"{h}.attn.c_attn", 3 * D, D, bias), m.linear(f"{h}.attn.c_proj", D, D, bias)
        return lambda x: [heads(y, HEADS) for y in attn(x).split(D, dim=-1)], out
    return attention


def norm(m, name):
    return m.layer_norm(name)


def gpt2s():
    sizes = {"n_layer": LAYERS, "n_head": HEADS, "n_embd": D, "n_positions": CTX, "vocab_size": V}
    gpt2_like("gpt2", "gpt2", {"model_type": "gpt2", **sizes}, fused_conv, conv_mlp(4 * D), norm, gelu_new, prefix="")
    gpt2_like("gpt2_options", "gpt2", {"model_type": "gpt2", **sizes, "n_inner": MLP, "activation_function": "relu", "layer_norm_epsilon": 0.01,
              "scale_attn_by_inverse_layer_idx": True, "scale_attn_weights": False},
              fused_conv, conv_mlp(MLP), lambda m, name: m.layer_norm(name, 0.01), torch.relu, scale=lambda layer: 1 / (layer + 1))
    gpt2_like("santacoder", "santacoder", {"model_type": "gpt2", "attention_head_type": "multiquery", **sizes, "activation_function": "gelu_fast"},
              santacoder, conv_mlp(4 * D), norm, gelu_new)
    for name, multi_query in (("gpt_bigcode", True), ("gpt_bigcode_heads", False)):
        gpt2_like(name, "gpt_bigcode", {"model_type": "gpt_bigcode", **sizes, "multi_query": multi_query, "activation_function": "gelu_pytorch_tanh"},
                  bigcode(multi_query), linear_mlp(4 * D), norm, gelu_new)
    nanogpt = {"n_layer": LAYERS, "n_head": HEADS, "n_embd": D, "block_size": CTX, "vocab_size": V}
    gpt2_like("nanogpt", "nanoGPT", {**nanogpt, "bias": False}, nano(False), linear_mlp(4 * D, False),
              lambda m, name: m.layer_norm(name, bias=False), gelu)
    gpt2_like("nanogpt_biases", "nanoGPT", {**nanogpt, "bias": True}, nano(True), linear_mlp(4 * D), norm, gelu)


def mingpt():
    m = Model("mingpt", "minGPT of 2020")
    wte, wpe = m.embedding("tok_emb.weight", V), m.add("pos_emb", 1, CTX, D, scale=1.0)
    blocks = []
    for layer in range(LAYERS):
        h = f"blocks.{layer}"
        blocks.append((m.layer_norm(f"{h}.ln1"), *(m.linear(f"{h}.attn.{n}", D, D) for n in ("query", "key", "value", "proj")),
                       m.layer_norm(f"{h}.ln2"), m.linear(f"{h}.mlp.0", 4 * D, D), m.linear(f"{h}.mlp.2", D, 4 * D)))
    final, head = m.layer_norm("ln_f"), m.linear("head", V, D, False)

    def forward(tokens):
        x = wte[tokens] + wpe[0, :len(tokens)]
        for ln1, q, k, v, out, ln2, up, down in blocks:
            y = ln1(x)
            x = x + out(attend(*(heads(p(y), HEADS) for p in (q, k, v)), SCALE))
            x = x + down(gelu(up(ln2(x))))
        return head(final(x))

    m.save({"model_type": "mingpt", "n_layer": LAYERS, "n_head": HEADS, "n_embd": D, "block_size": CTX, "vocab_size": V}, forward)


def gpt_neo(name, kinds, more):
    m, window = Model(name, "gpt_neo"), 3
    wte, wpe = m.embedding("transformer.wte.weight", V), m.embedding("transformer.wpe.weight", CTX)
    blocks = []
    for layer, kind in enumerate(kinds):
        h = f"transformer.h.{layer}"
        blocks.append((m.layer_norm(f"{h}.ln_1"), *(m.linear(f"{h}.attn.attention.{n}_proj", D, D, False) for n in "qkv"),
                       m.linear(f"{h}.attn.attention.out_proj", D, D), m.layer_norm(f"{h}.ln_2"), m.linear(f"{h}.mlp.c_fc", MLP, D),
                       m.linear(f"{h}.mlp.c_proj", D, MLP), window if kind == "local" else 0))
    final = m.layer_norm("transformer.ln_f")

    def forward(tokens):
        x = wte[tokens] + wpe[:len(tokens)]
        for ln1, q, k, v, out, ln2, up, down, width in blocks:
            y = ln1(x)
            x = x + out(attend(*(heads(p(y), HEADS) for p in (q, k, v)), 1.0, width))
            x = x + down(gelu_new(up(ln2(x))))
        return F.linear(final(x), wte)

    m.save({"model_type": "gpt_neo", "num_layers": len(kinds), "num_heads": HEADS, "hidden_size": D, "max_position_embeddings": CTX, "vocab_size": V,
            "intermediate_size": MLP, "window_size": window, "activation_function": "gelu_new", **more}, forward)


def gptj(name, mp_num=0):
    m, rotary, count = Model(name, name), 2, 8 if mp_num else HEADS
    width = D // count
    wte = m.embedding("transformer.wte.weight", V)
    blocks = []
    for layer in range(LAYERS):
        h = f"transformer.h.{layer}"
        if mp_num:
            fused = m.linear(f"{h}.attn.qkv_proj", 3 * D, D, False)

            def qkv(x, fused=fused):
                parts = fused(x).view(len(x), mp_num, 3, -1, width)
                q, v, k = (parts[:, :, i].reshape(len(x), count, width).transpose(0, 1) for i in range(3))
                return q, k, v
        else:
            projections = [m.linear(f"{h}.attn.{n}_proj", D, D, False) for n in "qkv"]

            def qkv(x, projections=projections):
                return [heads(p(x), count) for p in projections]
        blocks.append((m.layer_norm(f"{h}.ln_1"), qkv, m.linear(f"{h}.attn.out_proj", D, D, False),
                       m.linear(f"{h}.mlp.fc_in", 4 * D, D), m.linear(f"{h}.mlp.fc_out", D, 4 * D)))
    final, head = m.layer_norm("transformer.ln_f"), m.linear("lm_head", V, D)
    freq = frequencies(rotary)

    def forward(tokens):
        x = wte[tokens]
        for ln, qkv, out, up, down in blocks:
            y = ln(x)
            q, k, v = qkv(y)
            x = x + out(attend(turn(q, freq, True), turn(k, freq, True), v, width ** -0.5)) + down(gelu_new(up(y)))
        return head(final(x))

    m.save({"model_type": name, "n_layer": LAYERS, "n_head": count, "n_embd": D, "n_positions": CTX, "vocab_size": V, "rotary_dim": rotary,
            "tie_word_embeddings": False, "activation_function": "gelu_new"}, forward)


def neox(name, parallel, share, more):
    m = Model(name, "gpt_neox")
    wte = m.embedding("gpt_neox.embed_in.weight", V)
    blocks = []
    for layer in range(LAYERS):
        h = f"gpt_neox.layers.{layer}"
        blocks.append((m.layer_norm(f"{h}.input_layernorm"), m.linear(f"{h}.attention.query_key_value", 3 * D, D), m.linear(f"{h}.attention.dense", D, D),
                       m.layer_norm(f"{h}.post_attention_layernorm"), m.linear(f"{h}.mlp.dense_h_to_4h", MLP, D), m.linear(f"{h}.mlp.dense_4h_to_h", D, MLP)))
    final, head = m.layer_norm("gpt_neox.final_layer_norm"), m.linear("embed_out", V, D, False)
    freq = frequencies(int(DH * share), more.get("rotary_emb_base", 10000))

    def forward(tokens):
        x = wte[tokens]
        for ln1, qkv, out, ln2, up, down in blocks:
            q, k, v = qkv(ln1(x)).view(len(tokens), HEADS, 3 * DH).transpose(0, 1).chunk(3, dim=-1)
            a = out(attend(turn(q, freq), turn(k, freq), v, SCALE))
            x = x + a + down(gelu(up(ln2(x if parallel else x + a))))
        return head(final(x))

    m.save({"model_type": "gpt_neox", "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "hidden_size": D, "max_position_embeddings": CTX,
            "intermediate_size": MLP, "vocab_size": V, "tie_word_embeddings": False, "rotary_pct": share, "use_parallel_residual": parallel, **more}, forward)


def opt(name, before=True, width=D):
    """OPTDecoder (read): norms before or after, embeddings of the stream's width or projected in and out of it; positions are of the stream's."""
    m, at = Model(name, "opt"), "model.decoder"
    wte, wpe = m.embedding(f"{at}.embed_tokens.weight", V, width), m.embedding(f"{at}.embed_positions.weight", CTX + 2)
    into = m.linear(f"{at}.project_in", D, width, False) if width != D else lambda x: x
    back = m.linear(f"{at}.project_out", width, D, False) if width != D else lambda x: x
    blocks = []
    for layer in range(LAYERS):
        h = f"{at}.layers.{layer}"
        blocks.append((m.layer_norm(f"{h}.self_attn_layer_norm"), *(m.linear(f"{h}.self_attn.{n}_proj", D, D) for n in ("q", "k", "v", "out")),
                       m.layer_norm(f"{h}.final_layer_norm"), m.linear(f"{h}.fc1", MLP, D), m.linear(f"{h}.fc2", D, MLP)))
    final = m.layer_norm(f"{at}.final_layer_norm") if before else lambda x: x

    def forward(tokens):
        x = into(wte[tokens]) + wpe[torch.arange(len(tokens)) + 2]
        for ln1, q, k, v, out, ln2, up, down in blocks:
            y = ln1(x) if before else x
            x = x + out(attend(*(heads(p(y), HEADS) for p in (q, k, v)), SCALE))
            x = x if before else ln1(x)
            x = x + down(torch.relu(up(ln2(x) if before else x)))
            x = x if before else ln2(x)
        return F.linear(back(final(x)), wte)

    m.save({"model_type": "opt", "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "hidden_size": D, "word_embed_proj_dim": width, "ffn_dim": MLP,
            "max_position_embeddings": CTX, "vocab_size": V, "do_layer_norm_before": before, "activation_function": "relu"}, forward)


def bloom(name, count):
    m, width = Model(name, "bloom"), D // count
    width_all = count * width
    wte = m.embedding("word_embeddings.weight", V, width_all)
    first = m.layer_norm("word_embeddings_layernorm", size=width_all)
    blocks = []
    for layer in range(LAYERS):
        h = f"h.{layer}"
        blocks.append((m.layer_norm(f"{h}.input_layernorm", size=width_all), m.linear(f"{h}.self_attention.query_key_value", 3 * width_all, width_all),
                       m.linear(f"{h}.self_attention.dense", width_all, width_all), m.layer_norm(f"{h}.post_attention_layernorm", size=width_all),
                       m.linear(f"{h}.mlp.dense_h_to_4h", 4 * width_all, width_all), m.linear(f"{h}.mlp.dense_4h_to_h", width_all, 4 * width_all)))
    final = m.layer_norm("ln_f", size=width_all)

    def forward(tokens):
        x = first(wte[tokens])
        for ln1, qkv, out, ln2, up, down in blocks:
            q, k, v = qkv(ln1(x)).view(len(tokens), count, 3, width).permute(2, 1, 0, 3)
            x = x + out(attend(q, k, v, width ** -0.5, bias=alibi(count, len(tokens))))
            x = x + down(gelu_new(up(ln2(x))))
        return F.linear(final(x), wte)

    m.save({"model_type": "bloom", "n_layer": LAYERS, "n_head": count, "hidden_size": width_all, "vocab_size": V}, forward)


def falcon(name, groups, new, parallel, bias):
    m = Model(name, "falcon")
    wte = m.embedding("transformer.word_embeddings.weight", V)
    blocks = []
    for layer in range(LAYERS):
        h = f"transformer.h.{layer}"
        norms = ("ln_attn", "ln_mlp") if new else ("input_layernorm",) if parallel else ("input_layernorm", "post_attention_layernorm")
        blocks.append(([m.layer_norm(f"{h}.{n}") for n in norms], m.linear(f"{h}.self_attention.query_key_value", (HEADS + 2 * groups) * DH, D, bias),
                       m.linear(f"{h}.self_attention.dense", D, D, bias), m.linear(f"{h}.mlp.dense_h_to_4h", 4 * D, D, bias),
                       m.linear(f"{h}.mlp.dense_4h_to_h", D, 4 * D, bias)))
    final, freq = m.layer_norm("transformer.ln_f"), frequencies(DH)

    def forward(tokens):
        x = wte[tokens]
        for norms, fused, out, up, down in blocks:
            y = fused(norms[0](x)).view(len(tokens), groups, HEADS // groups + 2, DH)
            q, k, v = (z.flatten(1, 2).transpose(0, 1) for z in (y[:, :, :-2], y[:, :, -2:-1], y[:, :, -1:]))
            a = out(attend(turn(q, freq), turn(k, freq), v, SCALE))
            x = x + a + down(gelu(up(norms[-1](x if parallel else x + a))))
        return F.linear(final(x), wte)

    m.save({"model_type": "falcon", "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "hidden_size": D, "vocab_size": V, "alibi": False,
            "bias": bias, "new_decoder_architecture": new, "parallel_attn": parallel, "multi_query": groups == 1, "num_kv_heads": groups}, forward)


def falcon_alibi(count=16, width=2):
    """build_alibi_tensor and FalconAttention (read): slopes and their products with keys' positions are rounded to bfloat16, and both they and the
    scores divided by sqrt(d_head). 260 positions: those after 256 are not whole in bfloat16."""
    m, size = Model("falcon_alibi", "falcon"), count * width
    wte = m.embedding("transformer.word_embeddings.weight", V, size)
    blocks = []
    for layer in range(LAYERS):
        h = f"transformer.h.{layer}"
        blocks.append((m.layer_norm(f"{h}.input_layernorm", size=size), m.linear(f"{h}.self_attention.query_key_value", 3 * size, size),
                       m.linear(f"{h}.self_attention.dense", size, size), m.layer_norm(f"{h}.post_attention_layernorm", size=size),
                       m.linear(f"{h}.mlp.dense_h_to_4h", 4 * size, size), m.linear(f"{h}.mlp.dense_4h_to_h", size, 4 * size)))
    final = m.layer_norm("transformer.ln_f", size=size)
    slopes = (2.0 ** -(torch.arange(1, count + 1) * 8 / count)).float()

    def forward(tokens):
        x = wte[tokens]
        bias = (slopes[:, None].bfloat16() * torch.arange(len(tokens))[None]).double()[:, None] * width ** -0.5
        for ln1, fused, out, ln2, up, down in blocks:
            q, k, v = fused(ln1(x)).view(len(tokens), count, 3, width).permute(2, 1, 0, 3)
            x = x + out(attend(q, k, v, width ** -0.5, bias=bias))
            x = x + down(gelu(up(ln2(x))))
        return F.linear(final(x), wte)

    m.save({"model_type": "falcon", "num_hidden_layers": LAYERS, "num_attention_heads": count, "hidden_size": size, "vocab_size": V, "alibi": True,
            "bias": True, "new_decoder_architecture": False, "parallel_attn": False, "multi_query": False}, forward,
           [TOKENS[0], [(7 * i * i + 3 * i) % V for i in range(260)]])


def mpt_learned():
    """llm-foundry's MPTModel (read): where attention has no ALiBi, learned positions are added to the embedding."""
    m = Model("mpt_learned", "mpt")
    wte, wpe = m.embedding("transformer.wte.weight", V), m.embedding("transformer.wpe.weight", CTX)
    blocks = []
    for layer in range(LAYERS):
        h = f"transformer.blocks.{layer}"
        blocks.append((m.layer_norm(f"{h}.norm_1"), m.linear(f"{h}.attn.Wqkv", 3 * D, D), m.linear(f"{h}.attn.out_proj", D, D),
                       m.layer_norm(f"{h}.norm_2"), m.linear(f"{h}.ffn.up_proj", 4 * D, D), m.linear(f"{h}.ffn.down_proj", D, 4 * D)))
    final = m.layer_norm("transformer.norm_f")

    def forward(tokens):
        x = wte[tokens] + wpe[:len(tokens)]
        for ln1, fused, out, ln2, up, down in blocks:
            x = x + out(attend(*(heads(y, HEADS) for y in fused(ln1(x)).chunk(3, dim=-1)), SCALE))
            x = x + down(gelu(up(ln2(x))))
        return F.linear(final(x), wte)

    m.save({"model_type": "mpt", "n_layers": LAYERS, "n_heads": HEADS, "d_model": D, "max_seq_len": CTX, "vocab_size": V, "no_bias": False,
            "attn_config": {"alibi": False}}, forward)


def phi_msft():
    """Phi 2's first files: transformers' convert_phi_weights_to_hf.py (read) renames their tensors and turns none; what they compute is Phi's."""
    m = Model("phi_msft", "phi-msft")
    wte = m.embedding("transformer.embd.wte.weight", V)
    blocks = []
    for layer in range(LAYERS):
        h = f"transformer.h.{layer}"
        blocks.append((m.layer_norm(f"{h}.ln"), m.linear(f"{h}.mixer.Wqkv", 3 * D, D), m.linear(f"{h}.mixer.out_proj", D, D),
                       m.linear(f"{h}.mlp.fc1", 4 * D, D), m.linear(f"{h}.mlp.fc2", D, 4 * D)))
    final, head, freq = m.layer_norm("lm_head.ln"), m.linear("lm_head.linear", V, D), frequencies(2)

    def forward(tokens):
        x = wte[tokens]
        for ln, fused, out, up, down in blocks:
            y = ln(x)
            q, k, v = (heads(z, HEADS) for z in fused(y).chunk(3, dim=-1))
            x = x + out(attend(turn(q, freq), turn(k, freq), v, SCALE)) + down(gelu_new(up(y)))
        return head(final(x))

    m.save({"model_type": "phi-msft", "n_layer": LAYERS, "n_head": HEADS, "n_embd": D, "n_positions": CTX, "vocab_size": V, "rotary_dim": 2, "n_inner": None,
            "n_head_kv": None, "activation_function": "gelu_new", "tie_word_embeddings": False, "layer_norm_epsilon": 1e-5}, forward)


def mpt():
    m, clip, scale = Model("mpt", "mpt"), 1.0, 0.7
    wte = m.embedding("transformer.wte.weight", V)
    blocks = []
    for layer in range(LAYERS):
        h = f"transformer.blocks.{layer}"
        blocks.append((m.layer_norm(f"{h}.norm_1", bias=False), m.linear(f"{h}.attn.Wqkv", 3 * D, D, False), m.linear(f"{h}.attn.out_proj", D, D, False),
                       m.layer_norm(f"{h}.norm_2", bias=False), m.linear(f"{h}.ffn.up_proj", 4 * D, D, False), m.linear(f"{h}.ffn.down_proj", D, 4 * D, False)))
    final = m.layer_norm("transformer.norm_f", bias=False)

    def forward(tokens):
        x = wte[tokens]
        for ln1, fused, out, ln2, up, down in blocks:
            q, k, v = (heads(y, HEADS) for y in fused(ln1(x)).clamp(-clip, clip).chunk(3, dim=-1))
            x = x + out(attend(q, k, v, scale, bias=alibi(HEADS, len(tokens), 4.0)))
            x = x + down(gelu(up(ln2(x))))
        return F.linear(final(x), wte)

    m.save({"model_type": "mpt", "n_layers": LAYERS, "n_heads": HEADS, "d_model": D, "max_seq_len": CTX, "vocab_size": V, "no_bias": True,
            "attn_config": {"alibi": True, "alibi_bias_max": 4, "clip_qkv": clip, "softmax_scale": scale}}, forward)


def main():
    gpt2s()
    mingpt()
    gpt_neo("gpt_neo", ["global", "local", "global", "local"], {"attention_types": [[["global", "local"], 2]]})
    gpt_neo("gpt_neo_layers", ["local", "global"], {"attention_layers": ["local", "global"]})
    gptj("gptj")
    gptj("codegen", 4)
    neox("gpt_neox", True, 0.5, {})
    neox("gpt_neox_serial", False, 1.0, {"rotary_emb_base": 100})
    opt("opt")
    opt("opt_350m", False, 6)
    opt("opt_projected", True, 6)
    bloom("bloom", HEADS)
    bloom("bloom_three_heads", 3)
    falcon("falcon", 1, False, True, False)
    falcon("falcon_new", GROUPS, True, True, False)
    falcon("falcon_serial", HEADS, False, False, True)
    falcon_alibi()
    mpt()
    mpt_learned()
    phi_msft()


if __name__ == "__main__":
    main()
