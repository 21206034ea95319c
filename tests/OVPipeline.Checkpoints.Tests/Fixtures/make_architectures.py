"""Writes the checkpoints of Fixtures/Architectures and the values expected of them: python3 make_architectures.py (Debian: python3-torch).

Each model is small and random, in the names and shapes of its family. What is expected is computed the way the family's own modelling code
does it (project, view, split, repeat), in double precision, and never through a head's weights. For inputs x of the last layer's attention:
  q, k, v     [heads, T, d_head]   projections, biases included, before positions and norms of their own
  out         [heads, T, d_model]  what each head's v adds to the residual stream, attending to itself, without the output bias
  attn        [T, d_model]         what all heads add together, with the output bias
  ln_q, ln_k, ln_v                 the same for norm(x) in place of x, with an epsilon of 0
  embed, pos                       rows as they enter the residual stream
  logits, ln_logits                the unembedding of x and of norm(x)
"""
import json
import math
import os
import struct

import torch
import torch.nn.functional as F

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Architectures")
T, V, D, HEADS, GROUPS, DH, CTX, LAYERS = 3, 11, 12, 4, 2, 3, 5, 2
NAMES = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}


def safetensors(path, tensors):
    header, data = {}, b""
    for name, tensor in tensors.items():
        tensor = tensor.contiguous()
        raw = (tensor.view(torch.int16) if tensor.dtype == torch.bfloat16 else tensor).numpy().tobytes()
        header[name] = {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


class Model:
    def __init__(self, name, dtype=torch.float32, seed=0):
        self.name, self.dtype, self.weights = name, dtype, {}
        self.generator = torch.Generator().manual_seed(seed + sum(name.encode()))
        self.x = self.random(T, D).double()

    def random(self, *shape):
        return torch.randn(*shape, generator=self.generator)

    def add(self, name, *shape):
        """A new stored tensor, as double after rounding to the stored type."""
        self.weights[name] = (self.random(*shape) / 2).to(self.dtype)
        return self.weights[name].double()

    def linear(self, name, outputs, inputs, bias=True):
        weight = self.add(f"{name}.weight", outputs, inputs)
        b = self.add(f"{name}.bias", outputs) if bias else torch.zeros(outputs).double()
        return lambda x: F.linear(x, weight, b), lambda x: F.linear(x, weight)

    def layer_norm(self, name, w="weight", b="bias"):
        gain, bias = self.add(f"{name}.{w}", D), self.add(f"{name}.{b}", D)
        return lambda x: (x - x.mean(-1, keepdim=True)) / x.var(-1, unbiased=False, keepdim=True).sqrt() * gain + bias

    def rms_norm(self, name, shift=0):
        gain = self.add(f"{name}.weight", D) + shift
        return lambda x: x / x.pow(2).mean(-1, keepdim=True).sqrt() * gain

    def expect(self, config, project, output, norm, final_norm, embed, unembed, pos=None, form="safetensors", heads=HEADS, width=DH, final_only=False):
        """project(x): q, k, v, each [T, heads, width]; output(z [T, heads * width]): with and without bias."""
        folder = os.path.join(HERE, self.name)
        os.makedirs(folder, exist_ok=True)
        with_bias, without = output
        q, k, v = project(self.x)
        expected = {"x": self.x, "q": q, "k": k, "v": v}
        alone = []
        for head in range(heads):
            z = torch.zeros_like(v)
            z[:, head] = v[:, head]
            alone.append(without(z.reshape(T, heads * width)))
        expected["out"] = torch.stack(alone)
        expected["attn"] = with_bias(v.reshape(T, heads * width))
        expected["embed"], expected["logits"] = embed, unembed(self.x)
        if norm is not None:
            expected["ln_q"], expected["ln_k"], expected["ln_v"] = project(norm(self.x))
        if norm is not None or final_only:
            expected["ln_logits"] = unembed(final_norm(self.x))
        for name in ("q", "k", "v", "ln_q", "ln_k", "ln_v"):
            if name in expected:
                expected[name] = expected[name].transpose(0, 1)
        if pos is not None:
            expected["pos"] = pos
        safetensors(os.path.join(HERE, f"{self.name}.expected.safetensors"), {name: t.float() for name, t in expected.items()})
        if config is not None:
            with open(os.path.join(folder, "config.json"), "w") as file:
                json.dump(config, file, indent=1)
                file.write("\n")
        if form == "safetensors":
            safetensors(os.path.join(folder, "model.safetensors"), self.weights)
        elif form == "sharded":
            names, shards, index = list(self.weights), 3, {}
            for i in range(shards):
                file = f"model-{i + 1:05}-of-{shards:05}.safetensors"
                part = {n: self.weights[n] for n in names[i::shards]}
                safetensors(os.path.join(folder, file), part)
                index.update({n: file for n in part})
            with open(os.path.join(folder, "model.safetensors.index.json"), "w") as file:
                json.dump({"metadata": {"total_size": 0}, "weight_map": index}, file, indent=1)
                file.write("\n")
        else:
            torch.save(self.weights, os.path.join(folder, form))


def transformer_lens(name, gqa, form, outputs=V):
    m = Model(name)
    e, pos = m.add("embed.W_E", V, D), m.add("pos_embed.W_pos", CTX, D)
    groups, mark = (GROUPS, "_") if gqa else (HEADS, "")
    for layer in range(LAYERS):
        at = f"blocks.{layer}.attn"
        norm = m.layer_norm(f"blocks.{layer}.ln1", "w", "b") if gqa else None
        wq, wk, wv = m.add(f"{at}.W_Q", HEADS, D, DH), m.add(f"{at}.{mark}W_K", groups, D, DH), m.add(f"{at}.{mark}W_V", groups, D, DH)
        wo = m.add(f"{at}.W_O", HEADS, DH, D)
        bq, bk, bv = m.add(f"{at}.b_Q", HEADS, DH), m.add(f"{at}.{mark}b_K", groups, DH), m.add(f"{at}.{mark}b_V", groups, DH)
        bo = m.add(f"{at}.b_O", D)
        m.weights[f"{at}.mask"] = torch.ones(CTX, CTX)
        m.weights[f"{at}.IGNORE"] = torch.tensor(-math.inf)
    final = m.layer_norm("ln_final", "w", "b") if gqa else None
    wu, bu = m.add("unembed.W_U", D, outputs), m.add("unembed.b_U", outputs)

    def project(x):
        q = torch.einsum("td,hdk->thk", x, wq) + bq
        k, v = (torch.repeat_interleave(torch.einsum("td,hdk->thk", x, w) + b, HEADS // groups, dim=1) for w, b in ((wk, bk), (wv, bv)))
        return q, k, v

    def without(z):
        return torch.einsum("thk,hkd->td", z.view(T, HEADS, DH), wo)

    config = {"n_layers": LAYERS, "n_heads": HEADS, "d_model": D, "d_head": DH, "n_ctx": CTX, "d_vocab": V, "normalization_type": "LN",
              "positional_embedding_type": "standard", **({} if outputs == V else {"d_vocab_out": outputs})} if gqa else None
    m.expect(config, project, (lambda z: without(z) + bo, without), norm, final, e, lambda x: x @ wu + bu, pos, form)


def gpt2():
    m = Model("gpt2")
    e, pos = m.add("wte.weight", V, D), m.add("wpe.weight", CTX, D)
    for layer in range(LAYERS):
        h = f"h.{layer}"
        norm = m.layer_norm(f"{h}.ln_1")
        m.weights[f"{h}.attn.bias"] = torch.ones(1, 1, CTX, CTX)
        aw, ab = m.add(f"{h}.attn.c_attn.weight", D, 3 * D), m.add(f"{h}.attn.c_attn.bias", 3 * D)
        pw, pb = m.add(f"{h}.attn.c_proj.weight", D, D), m.add(f"{h}.attn.c_proj.bias", D)
    final = m.layer_norm("ln_f")

    def project(x):
        return (part.view(T, HEADS, DH) for part in torch.addmm(ab, x, aw).split(D, dim=1))

    m.expect({"model_type": "gpt2", "n_layer": LAYERS, "n_head": HEADS, "n_embd": D, "n_positions": CTX, "vocab_size": V},
             project, (lambda z: torch.addmm(pb, z, pw), lambda z: z @ pw), norm, final, e, lambda x: F.linear(x, e), pos, "pytorch_model.bin")


def neox():
    m = Model("gpt_neox", torch.float16)
    e = m.add("gpt_neox.embed_in.weight", V, D)
    for layer in range(LAYERS):
        h = f"gpt_neox.layers.{layer}"
        norm = m.layer_norm(f"{h}.input_layernorm")
        qkv, _ = m.linear(f"{h}.attention.query_key_value", 3 * D, D)
        dense = m.linear(f"{h}.attention.dense", D, D)
    final = m.layer_norm("gpt_neox.final_layer_norm")
    _, unembed = m.linear("embed_out", V, D, bias=False)
    m.expect({"model_type": "gpt_neox", "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "hidden_size": D, "max_position_embeddings": CTX,
              "vocab_size": V, "tie_word_embeddings": False},
             lambda x: qkv(x).view(T, HEADS, 3 * DH).chunk(3, dim=-1), dense, norm, final, e, unembed)


def bloom():
    m = Model("bloom")
    e = m.add("word_embeddings.weight", V, D)
    m.layer_norm("word_embeddings_layernorm")
    for layer in range(LAYERS):
        h = f"h.{layer}"
        norm = m.layer_norm(f"{h}.input_layernorm")
        qkv, _ = m.linear(f"{h}.self_attention.query_key_value", 3 * D, D)
        dense = m.linear(f"{h}.self_attention.dense", D, D)
    final = m.layer_norm("ln_f")

    def project(x):
        fused = qkv(x).view(T, HEADS, 3, DH)
        return fused[:, :, 0], fused[:, :, 1], fused[:, :, 2]

    m.expect({"model_type": "bloom", "n_layer": LAYERS, "n_head": HEADS, "hidden_size": D, "vocab_size": V},
             project, dense, norm, final, e, lambda x: F.linear(x, e))


def opt():
    m = Model("opt")
    e, pos = m.add("model.decoder.embed_tokens.weight", V, D), m.add("model.decoder.embed_positions.weight", CTX + 2, D)
    for layer in range(LAYERS):
        h = f"model.decoder.layers.{layer}"
        norm = m.layer_norm(f"{h}.self_attn_layer_norm")
        q, k, v = (m.linear(f"{h}.self_attn.{n}_proj", D, D)[0] for n in "qkv")
        out = m.linear(f"{h}.self_attn.out_proj", D, D)
    final = m.layer_norm("model.decoder.final_layer_norm")
    m.expect({"model_type": "opt", "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "hidden_size": D, "word_embed_proj_dim": D,
              "max_position_embeddings": CTX, "vocab_size": V, "do_layer_norm_before": True},
             lambda x: (q(x).view(T, HEADS, DH), k(x).view(T, HEADS, DH), v(x).view(T, HEADS, DH)), out, norm, final, e,
             lambda x: F.linear(x, e), F.embedding(torch.arange(CTX) + 2, pos), "pytorch_model.bin")


def llama(name, model_type, dtype=torch.float32, form="safetensors", tied=False, bias=False, qk_norm=False, gemma=False, width=DH, more=None):
    m = Model(name, dtype)
    e = m.add("model.embed_tokens.weight", V, D)
    for layer in range(LAYERS):
        h = f"model.layers.{layer}"
        norm = m.rms_norm(f"{h}.input_layernorm", shift=1 if gemma else 0)
        q = m.linear(f"{h}.self_attn.q_proj", HEADS * width, D, bias)[0]
        k, v = (m.linear(f"{h}.self_attn.{n}_proj", GROUPS * width, D, bias)[0] for n in "kv")
        out = m.linear(f"{h}.self_attn.o_proj", D, HEADS * width, False)
        if qk_norm:
            m.add(f"{h}.self_attn.q_norm.weight", width)
            m.add(f"{h}.self_attn.k_norm.weight", width)
        m.add(f"{h}.mlp.down_proj.weight", D, 2)
    final = m.rms_norm("model.norm", shift=1 if gemma else 0)
    unembed = (lambda x: F.linear(x, e)) if tied else m.linear("lm_head", V, D, False)[1]

    def repeat_kv(y):
        return y.view(T, GROUPS, 1, width).expand(T, GROUPS, HEADS // GROUPS, width).reshape(T, HEADS, width)

    config = {"model_type": model_type, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "num_key_value_heads": GROUPS, "hidden_size": D,
              "max_position_embeddings": CTX, "vocab_size": V, "tie_word_embeddings": tied, **(more or {})}
    if width != DH:
        config["head_dim"] = width
    m.expect(config, lambda x: (q(x).view(T, HEADS, width), repeat_kv(k(x)), repeat_kv(v(x))), out, norm, final,
             e * D ** 0.5 if gemma else e, unembed, form=form, width=width)


def bert(name, head):
    """Post-norm: attention reads the stream itself. The only norm of its own is the one before the unembedding."""
    m = Model(name)
    prefix = "bert." if head else ""
    e = m.add(f"{prefix}embeddings.word_embeddings.weight", V, D)
    pos = m.add(f"{prefix}embeddings.position_embeddings.weight", CTX, D)
    m.add(f"{prefix}embeddings.token_type_embeddings.weight", 2, D)
    m.layer_norm(f"{prefix}embeddings.LayerNorm")
    for layer in range(LAYERS):
        h = f"{prefix}encoder.layer.{layer}"
        q, k, v = (m.linear(f"{h}.attention.self.{n}", D, D)[0] for n in ("query", "key", "value"))
        out = m.linear(f"{h}.attention.output.dense", D, D)
        m.layer_norm(f"{h}.attention.output.LayerNorm")
        m.linear(f"{h}.intermediate.dense", 2, D)
        m.linear(f"{h}.output.dense", D, 2)
        final = m.layer_norm(f"{h}.output.LayerNorm")
    bias = 0
    if head:
        m.linear("cls.predictions.transform.dense", D, D)
        final = m.layer_norm("cls.predictions.transform.LayerNorm")
        bias = m.add("cls.predictions.bias", V)
    m.expect({"model_type": "bert", "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "hidden_size": D, "max_position_embeddings": CTX,
              "vocab_size": V}, lambda x: (q(x).view(T, HEADS, DH), k(x).view(T, HEADS, DH), v(x).view(T, HEADS, DH)), out, None, final, e,
             lambda x: F.linear(x, e) + bias, pos, final_only=True)


def main():
    os.makedirs(HERE, exist_ok=True)
    torch.set_default_dtype(torch.float32)
    transformer_lens("transformer_lens", False, "attn_only.pth")
    transformer_lens("transformer_lens_grouped", True, "safetensors")
    transformer_lens("transformer_lens_fewer_outputs", True, "safetensors", outputs=8)
    transformer_lens("transformer_lens_more_outputs", False, "attn_only.pth", outputs=17)
    gpt2()
    neox()
    bloom()
    opt()
    llama("llama", "llama", form="sharded")
    llama("mistral", "mistral", torch.bfloat16)
    llama("qwen2", "qwen2", tied=True, bias=True)
    llama("qwen3", "qwen3", qk_norm=True, width=5)
    llama("gemma", "gemma", torch.bfloat16, tied=True, gemma=True, width=4)
    llama("gemma2", "gemma2", torch.float16, tied=True, gemma=True, width=4, more={"final_logit_softcapping": 30.0, "attn_logit_softcapping": 50.0})

    bert("bert", head=False)
    bert("bert_mlm", head=True)


if __name__ == "__main__":
    main()
