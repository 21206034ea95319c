"""Writes files of this folder, BERT and of models in TransformerLens' names: python3 make_forward_other.py (Debian: python3-torch).

What is computed is that of huggingface/transformers' BERT and RoBERTa, written from memory, and of TransformerLensOrg/TransformerLens (commit
4cd36aae), which was read: transformer_lens/components: transformer_block.py, abstract_attention.py, mlps/, embed.py, layer_norm*.py,
rms_norm*.py, and pretrained/weight_conversions/neel_solu_old.py.
"""
import torch
import torch.nn.functional as F

from forward_common import CTX, D, DH, GROUPS, HEADS, LAYERS, MLP, V, Model, alibi, attend, frequencies, gelu, gelu_new, heads, turn
from make_forward_llama import llama3


def bert(name, model_type, prefix, head, eps, first=0):
    m = Model(name, model_type)
    at = f"{prefix}embeddings"
    wte, wpe = m.embedding(f"{at}.word_embeddings.weight", V), m.embedding(f"{at}.position_embeddings.weight", CTX + first)
    types, embed = m.embedding(f"{at}.token_type_embeddings.weight", 2), m.layer_norm(f"{at}.LayerNorm", eps)
    blocks = []
    for layer in range(LAYERS):
        h = f"{prefix}encoder.layer.{layer}"
        blocks.append((*(m.linear(f"{h}.attention.self.{n}", D, D) for n in ("query", "key", "value")), m.linear(f"{h}.attention.output.dense", D, D),
                       m.layer_norm(f"{h}.attention.output.LayerNorm", eps), m.linear(f"{h}.intermediate.dense", MLP, D),
                       m.linear(f"{h}.output.dense", D, MLP), m.layer_norm(f"{h}.output.LayerNorm", eps)))
    dense, norm, bias = None, None, 0
    if head:
        dense, norm = m.linear(head[0], D, D), m.layer_norm(head[1], eps)
        bias = m.add(head[2], V)

    def forward(tokens):
        x = embed(wte[tokens] + types[0] + wpe[torch.arange(len(tokens)) + first])
        for q, k, v, out, norm1, up, down, norm2 in blocks:
            x = norm1(x + out(attend(*(heads(p(x), HEADS) for p in (q, k, v)), DH ** -0.5, causal=False)))
            x = norm2(x + down(gelu(up(x))))
        if dense:
            x = norm(gelu(dense(x)))
        return F.linear(x, wte) + bias

    m.save({"model_type": model_type, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "hidden_size": D, "intermediate_size": MLP,
            "max_position_embeddings": CTX + first, "vocab_size": V, "type_vocab_size": 2, "layer_norm_eps": eps, "hidden_act": "gelu"}, forward)


class Lens:
    """HookedTransformer, with the options of its configuration that each model has."""

    def __init__(self, name, config, *, kind="LN", act=None, gated=False, solu=False, groups=HEADS, freq=None, pairs=False, windows=None, scale=DH ** -0.5,
                 inverse_layer=False, cap=None, logit_cap=None, post=False, qk=False, embed_norm=False, parallel=False, causal=True, zero_gate_bias=True,
                 old=False):
        m = self.model = Model(name, "TransformerLens")
        self.kind, self.act, self.positions = kind, act, config["positional_embedding_type"]
        self.groups, self.freq, self.pairs, self.windows, self.scale = groups, freq, pairs, windows or [0] * LAYERS, scale
        self.inverse_layer, self.cap, self.logit_cap, self.parallel, self.causal = inverse_layer, cap, logit_cap, parallel, causal
        eps = config.get("eps", 1e-5)
        n = "norm" if old else "ln"

        def matrix(at, *shape, scale=0.5):
            """The old models' matrices multiply from the left."""
            if not old:
                return m.add(at, *shape, scale=scale)
            return m.add(at, *shape[:-2], shape[-1], shape[-2], scale=scale).transpose(-1, -2)

        def norm(at, always=False):
            if kind == "LN":
                return m.layer_norm(at, eps, w="w", b="b")
            if kind == "RMS" or always:
                return m.rms_norm(at, eps, w="w")
            if kind == "LNPre":
                return lambda x: F.layer_norm(x, (D,), None, None, eps)
            return (lambda x: x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps)) if kind == "RMSPre" else (lambda x: x)

        self.wte = matrix("embed.W_E", V, D, scale=1.0)
        self.wpe = matrix("pos_embed.W_pos", CTX, D, scale=1.0) if self.positions in ("standard", "shortformer") else None
        self.embed_norm = m.layer_norm("embed.ln", eps, w="w", b="b") if embed_norm else lambda x: x
        self.blocks, mark = [], "_" if groups != HEADS else ""
        for layer in range(LAYERS):
            at = f"blocks.{layer}"
            b = {"ln1": norm(f"{at}.{n}1")}
            for part, count in (("Q", HEADS), ("K", groups), ("V", groups)):
                prefix = mark if part != "Q" else ""
                b[part] = (matrix(f"{at}.attn.{prefix}W_{part}", count, D, DH), m.add(f"{at}.attn.{prefix}b_{part}", count, DH))
            b["O"] = (matrix(f"{at}.attn.W_O", HEADS, DH, D), m.add(f"{at}.attn.b_O", D))
            b["qk"] = [m.rms_norm(f"{at}.attn.{part}_norm", eps, DH, w="w") for part in "qk"] if qk else None
            b["ln1_post"] = norm(f"{at}.ln1_post", True) if post else lambda x: x
            if act:
                b["ln2"] = norm(f"{at}.{n}2")
                b["W_in"], b["W_out"], b["b_out"] = matrix(f"{at}.mlp.W_in", D, MLP), matrix(f"{at}.mlp.W_out", MLP, D), m.add(f"{at}.mlp.b_out", D)
                b["b_in"] = m.add(f"{at}.mlp.b_in", MLP, scale=0.0 if gated else 0.5)
                b["W_gate"] = matrix(f"{at}.mlp.W_gate", D, MLP) if gated else None
                b["ln_mlp"] = None
                if solu:
                    b["ln_mlp"] = m.layer_norm(f"{at}.mlp.{n}", eps, size=MLP, w="w", b="b") if kind == "LN" else (lambda x: F.layer_norm(x, (MLP,), None, None, eps))
                b["ln2_post"] = norm(f"{at}.ln2_post", True) if post else lambda x: x
            self.blocks.append(b)
        self.final = norm("norm" if old else "ln_final")
        self.wu, self.bu = matrix("unembed.W_U", D, V), m.add("unembed.b_U", V)
        m.save({"n_layers": LAYERS, "n_heads": HEADS, "d_model": D, "d_head": DH, "n_ctx": CTX, "d_vocab": V, "eps": eps, "attn_only": act is None,
                **({} if old else {"normalization_type": None if kind == "none" else kind}), **({"d_mlp": MLP} if act else {}), **config}, self.forward)

    def attention(self, layer, x, more):
        b = self.blocks[layer]
        q, k, v = (torch.einsum("td,hdk->htk", y, b[part][0]) + b[part][1][:, None] for part, y in (("Q", x + more), ("K", x + more), ("V", x)))
        if b["qk"]:
            q, k = b["qk"][0](q), b["qk"][1](k)
        if self.freq is not None:
            q, k = turn(q, self.freq, self.pairs), turn(k, self.freq, self.pairs)
        bias = alibi(HEADS, len(x)) if self.positions == "alibi" else None
        scale = self.scale / (layer + 1) if self.inverse_layer else self.scale
        z = attend(q, k, v, scale, self.windows[layer], self.causal, bias, self.cap).view(len(x), HEADS, DH)
        return torch.einsum("thk,hkd->td", z, b["O"][0]) + b["O"][1]

    def mlp(self, b, x):
        if b["W_gate"] is not None:
            return (self.act(x @ b["W_gate"]) * (x @ b["W_in"]) + b["b_in"]) @ b["W_out"] + b["b_out"]
        y = self.act(x @ b["W_in"] + b["b_in"])
        return (b["ln_mlp"](y) if b["ln_mlp"] else y) @ b["W_out"] + b["b_out"]

    def forward(self, tokens):
        x, more = self.embed_norm(self.wte[tokens]), 0
        if self.positions == "standard":
            x = x + self.wpe[:len(tokens)]
        elif self.positions == "shortformer":
            more = self.wpe[:len(tokens)]
        for layer, b in enumerate(self.blocks):
            a = b["ln1_post"](self.attention(layer, b["ln1"](x), more))
            y = b["ln2_post"](self.mlp(b, b["ln2"](x if self.parallel else x + a))) if self.act else 0
            x = x + a + y
        logits = self.final(x) @ self.wu + self.bu
        return torch.tanh(logits / self.logit_cap) * self.logit_cap if self.logit_cap else logits


def solu(x):
    return x * torch.softmax(x, dim=-1)


def main():
    bert("bert", "bert", "", None, 1e-12)
    bert("bert_mlm", "bert", "bert.", ("cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm", "cls.predictions.bias"), 1e-12)
    bert("roberta_mlm", "roberta", "roberta.", ("lm_head.dense", "lm_head.layer_norm", "lm_head.bias"), 1e-5, 2)

    standard, rotary = {"positional_embedding_type": "standard"}, {"positional_embedding_type": "rotary"}
    Lens("tl_gelu", {**standard, "act_fn": "gelu_new"}, act=gelu_new)
    Lens("tl_relu_none", {**standard, "act_fn": "relu"}, kind="none", act=torch.relu)
    Lens("tl_folded", {**standard, "act_fn": "gelu", "scale_attn_by_inverse_layer_idx": True}, kind="LNPre", act=gelu, inverse_layer=True)
    Lens("tl_solu", {"positional_embedding_type": "shortformer", "act_fn": "solu_ln"}, act=solu, solu=True)
    Lens("tl_solu_folded", {**standard, "act_fn": "solu_ln"}, kind="LNPre", act=solu, solu=True)
    Lens("tl_old_solu", {**standard, "normalization": "LN"}, act=solu, solu=True, old=True)
    Lens("tl_neo", {**standard, "act_fn": "gelu_new", "use_local_attn": True, "window_size": 3, "attn_types": ["global", "local"], "use_attn_scale": False},
         act=gelu_new, windows=[0, 3], scale=1.0)
    Lens("tl_encoder", {**standard, "act_fn": "silu", "attention_dir": "bidirectional", "attn_scale": 3.0}, act=F.silu, causal=False, scale=1 / 3)
    Lens("tl_neox", {**rotary, "act_fn": "gelu", "rotary_dim": 2, "rotary_base": 100, "parallel_attn_mlp": True}, act=gelu, freq=frequencies(2, 100.0), parallel=True)
    Lens("tl_gptj", {**rotary, "act_fn": "gelu_new", "rotary_dim": 2, "rotary_adjacent_pairs": True, "parallel_attn_mlp": True}, kind="LNPre", act=gelu_new,
         freq=frequencies(2), pairs=True, parallel=True)
    Lens("tl_llama", {**rotary, "act_fn": "silu", "gated_mlp": True, "n_key_value_heads": GROUPS, "rotary_dim": DH, "rotary_base": 30, "use_NTK_by_parts_rope": True,
                      "NTK_by_parts_factor": 8.0, "NTK_by_parts_low_freq_factor": 1.0, "NTK_by_parts_high_freq_factor": 4.0, "NTK_original_ctx_len": 64, "eps": 1e-6},
         kind="RMS", act=F.silu, gated=True, groups=GROUPS, freq=llama3(30.0, 8.0, 1.0, 4.0, 64))
    Lens("tl_gemma2", {**rotary, "act_fn": "gelu_pytorch_tanh", "gated_mlp": True, "n_key_value_heads": GROUPS, "rotary_dim": DH, "use_local_attn": True,
                       "window_size": 3, "attn_types": ["local", "global"], "attn_scores_soft_cap": 2.0, "output_logits_soft_cap": 4.0,
                       "use_normalization_before_and_after": True, "rotary_scaling_factor": 1.0},
         kind="RMSPre", act=gelu_new, gated=True, groups=GROUPS, freq=frequencies(DH), windows=[3, 0], cap=2.0, logit_cap=4.0, post=True)
    Lens("tl_qwen3", {**rotary, "act_fn": "silu", "gated_mlp": True, "use_qk_norm": True}, kind="RMS", act=F.silu, gated=True, freq=frequencies(DH), qk=True)
    Lens("tl_bloom", {"positional_embedding_type": "alibi", "act_fn": "gelu_fast", "post_embedding_ln": True}, act=gelu_new, embed_norm=True)
    Lens("tl_attention_only_rotary", {**rotary, "rotary_dim": DH}, kind="RMS", freq=frequencies(DH))
    Lens("tl_attention_only_capped", {**standard, "output_logits_soft_cap": 3.0}, logit_cap=3.0)


if __name__ == "__main__":
    main()
