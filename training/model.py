"""Qwen2.5-VL for one fixed picture size, written for fast training.

The same computation as `Qwen2_5_VLForConditionalGeneration` and the same parameter names as on disk, but with window
order, rotary angles and positions as constants, and batches instead of packed sequences. `export.py` writes its state
as a checkpoint and `check_parity.py` compares the two.

The patch embedding is kept as one [hidden, 3 * 14 * 14] matrix: both frames of a still picture are equal, so training
two temporal slices would only train their sum. Export gives each slice half of it.
"""

import math
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import nn

PATCH = 14
MERGE = 2


@dataclass
class Shape:
    """Sizes of the starter. Heads of the text part are 64 wide."""

    picture_width: int = 224
    picture_height: int = 168
    vision_hidden: int = 192
    vision_heads: int = 6
    vision_intermediate: int = 512
    vision_depth: int = 6
    window_size: int = 112
    full_attention: tuple = (1, 3, 5)
    hidden: int = 256
    heads: int = 4
    kv_heads: int = 2
    intermediate: int = 640
    layers: int = 3
    mrope_section: tuple = (8, 12, 12)
    rope_theta: float = 1_000_000.0
    vocabulary: int = 1536

    @property
    def patch_grid(self) -> tuple:
        return self.picture_height // PATCH, self.picture_width // PATCH

    @property
    def cell_grid(self) -> tuple:
        rows, columns = self.patch_grid
        return rows // MERGE, columns // MERGE

    @property
    def cells(self) -> int:
        rows, columns = self.cell_grid
        return rows * columns


class RmsNorm(nn.Module):
    def __init__(self, size: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))

    def forward(self, x):
        wide = x.float()
        wide = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + 1e-6)
        return (wide * self.weight).to(x.dtype)


def rotate(x, cos, sin):
    half = x.shape[-1] // 2
    turned = torch.cat((-x[..., half:], x[..., :half]), dim=-1)
    return x * cos + turned * sin


def attend(q, k, v, mask=None):
    """Plain attention: its backward pass is several times faster on a CPU than that of the fused operator."""
    scores = (q @ k.transpose(-1, -2)).float() * q.shape[-1] ** -0.5
    if mask is not None:
        scores = scores + mask
    return scores.softmax(-1).to(v.dtype) @ v


class Mlp(nn.Module):
    def __init__(self, hidden: int, intermediate: int, bias: bool):
        super().__init__()
        self.gate_proj = nn.Linear(hidden, intermediate, bias=bias)
        self.up_proj = nn.Linear(hidden, intermediate, bias=bias)
        self.down_proj = nn.Linear(intermediate, hidden, bias=bias)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class VisionAttention(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.heads = shape.vision_heads
        self.qkv = nn.Linear(shape.vision_hidden, 3 * shape.vision_hidden)
        self.proj = nn.Linear(shape.vision_hidden, shape.vision_hidden)

    def forward(self, x, cos, sin, windows):
        batch, length, hidden = x.shape
        qkv = self.qkv(x).view(batch, length, 3, self.heads, hidden // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        parts, start = [], 0
        for count, size in windows:  # runs of equally large windows
            stop = start + count * size
            cut = [t[:, :, start:stop].reshape(batch, self.heads * count, size, -1) for t in (q, k, v)]
            parts.append(attend(*cut).reshape(batch, self.heads, count * size, -1))
            start = stop
        out = parts[0] if len(parts) == 1 else torch.cat(parts, dim=2)
        return self.proj(out.transpose(1, 2).reshape(batch, length, hidden))


class VisionBlock(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.norm1 = RmsNorm(shape.vision_hidden)
        self.norm2 = RmsNorm(shape.vision_hidden)
        self.attn = VisionAttention(shape)
        self.mlp = Mlp(shape.vision_hidden, shape.vision_intermediate, bias=True)

    def forward(self, x, cos, sin, windows):
        x = x + self.attn(self.norm1(x), cos, sin, windows)
        return x + self.mlp(self.norm2(x))


class Merger(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        wide = shape.vision_hidden * MERGE * MERGE
        self.ln_q = RmsNorm(shape.vision_hidden)
        self.mlp = nn.Sequential(nn.Linear(wide, wide), nn.GELU(), nn.Linear(wide, shape.hidden))

    def forward(self, x):
        batch, length, hidden = x.shape
        return self.mlp(self.ln_q(x).view(batch, length // (MERGE * MERGE), hidden * MERGE * MERGE))


class PatchEmbed(nn.Module):
    def __init__(self, hidden: int):
        super().__init__()
        self.proj = nn.Linear(3 * PATCH * PATCH, hidden, bias=False)

    def forward(self, x):
        return self.proj(x)


class VisionTower(nn.Module):
    """Patches `[batch, patches, 588]` in merge-block order to cells `[batch, cells, hidden]` in reading order."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.patch_embed = PatchEmbed(shape.vision_hidden)
        self.blocks = nn.ModuleList(VisionBlock(shape) for _ in range(shape.vision_depth))
        self.merger = Merger(shape)
        self.full_attention = shape.full_attention
        order, self.windows = window_order(shape)
        self.full = [(1, len(order) * MERGE * MERGE)]
        self.register_buffer("order", order, persistent=False)
        self.register_buffer("inverse", torch.argsort(order), persistent=False)
        cos, sin = vision_angles(shape, order)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)

    def forward(self, patches):
        batch, length, _ = patches.shape
        x = self.patch_embed(patches)
        x = x.view(batch, len(self.order), -1)[:, self.order].view(batch, length, -1)
        cos, sin = self.cos.to(x.dtype), self.sin.to(x.dtype)
        for index, block in enumerate(self.blocks):
            x = block(x, cos, sin, self.full if index in self.full_attention else self.windows)
        return self.merger(x)[:, self.inverse]


def window_order(shape: Shape) -> tuple:
    """Cell order by attention window, and the windows as runs of (count, patches each)."""
    rows, columns = shape.cell_grid
    side = shape.window_size // PATCH // MERGE
    cells = torch.arange(rows * columns).view(rows, columns)
    order, sizes = [], []
    for top in range(0, rows, side):
        for left in range(0, columns, side):
            window = cells[top : top + side, left : left + side].flatten()
            order.append(window)
            sizes.append(len(window) * MERGE * MERGE)
    runs = []
    for size in sizes:
        if runs and runs[-1][1] == size:
            runs[-1] = (runs[-1][0] + 1, size)
        else:
            runs.append((1, size))
    return torch.cat(order), runs


def vision_angles(shape: Shape, order) -> tuple:
    rows, columns = shape.patch_grid
    row = torch.arange(rows).view(-1, 1).expand(rows, columns)
    column = torch.arange(columns).view(1, -1).expand(rows, columns)

    def blocks(grid):  # merge-block order, then window order
        grid = grid.reshape(rows // MERGE, MERGE, columns // MERGE, MERGE).permute(0, 2, 1, 3).reshape(-1, MERGE * MERGE)
        return grid[order].flatten()

    spatial = shape.vision_hidden // shape.vision_heads // 2
    frequency = 1.0 / (10_000.0 ** (torch.arange(0, spatial, 2).float() / spatial))
    angles = torch.cat([blocks(g)[:, None].float() * frequency for g in (row, column)], dim=-1)
    angles = torch.cat([angles, angles], dim=-1)
    return angles.cos(), angles.sin()


class TextAttention(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.heads, self.kv_heads, self.head = shape.heads, shape.kv_heads, shape.hidden // shape.heads
        self.q_proj = nn.Linear(shape.hidden, shape.hidden)
        self.k_proj = nn.Linear(shape.hidden, self.kv_heads * self.head)
        self.v_proj = nn.Linear(shape.hidden, self.kv_heads * self.head)
        self.o_proj = nn.Linear(shape.hidden, shape.hidden, bias=False)

    def forward(self, x, cos, sin, mask):
        batch, length, _ = x.shape
        q = self.q_proj(x).view(batch, length, self.heads, self.head).transpose(1, 2)
        k = self.k_proj(x).view(batch, length, self.kv_heads, self.head).transpose(1, 2)
        v = self.v_proj(x).view(batch, length, self.kv_heads, self.head).transpose(1, 2)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        k = k.repeat_interleave(self.heads // self.kv_heads, dim=1)
        v = v.repeat_interleave(self.heads // self.kv_heads, dim=1)
        out = attend(q, k, v, mask)
        return self.o_proj(out.transpose(1, 2).reshape(batch, length, -1))


class TextLayer(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.self_attn = TextAttention(shape)
        self.mlp = Mlp(shape.hidden, shape.intermediate, bias=False)
        self.input_layernorm = RmsNorm(shape.hidden)
        self.post_attention_layernorm = RmsNorm(shape.hidden)

    def forward(self, x, cos, sin, mask):
        x = x + self.self_attn(self.input_layernorm(x), cos, sin, mask)
        return x + self.mlp(self.post_attention_layernorm(x))


class TextModel(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.embed_tokens = nn.Embedding(shape.vocabulary, shape.hidden)
        self.layers = nn.ModuleList(TextLayer(shape) for _ in range(shape.layers))
        self.norm = RmsNorm(shape.hidden)


class Starter(nn.Module):
    """Tied embeddings: the logits are products with the token embeddings."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.visual = VisionTower(shape)
        self.model = TextModel(shape)
        self.initialise()

    def initialise(self):
        for name, parameter in self.named_parameters():
            if parameter.dim() < 2:
                if name.endswith("bias"):
                    nn.init.zeros_(parameter)
            elif "embed_tokens" in name:
                nn.init.normal_(parameter, std=0.02)
            else:
                nn.init.normal_(parameter, std=parameter.shape[1] ** -0.5)
                if name.endswith(("down_proj.weight", "o_proj.weight", "attn.proj.weight")):
                    parameter.data.mul_(0.2)

    def positions(self, before: int, after: int) -> torch.Tensor:
        """Multimodal positions `[3, length]` of `before` tokens, the picture's cells, `after` tokens."""
        rows, columns = self.shape.cell_grid
        head = torch.arange(before).expand(3, -1)
        t = torch.full((rows * columns,), before)
        h = before + torch.arange(rows).repeat_interleave(columns)
        w = before + torch.arange(columns).repeat(rows)
        tail = before + max(rows, columns) + torch.arange(after).expand(3, -1)
        return torch.cat([head, torch.stack([t, h, w]), tail], dim=1)

    def angles(self, positions) -> tuple:
        head = self.shape.hidden // self.shape.heads
        frequency = 1.0 / (self.shape.rope_theta ** (torch.arange(0, head, 2).float() / head))
        angles = positions[..., None].float() * frequency
        parts = angles.split(self.shape.mrope_section, dim=-1)
        angles = torch.cat([part[axis] for axis, part in enumerate(parts)], dim=-1)
        angles = torch.cat([angles, angles], dim=-1)
        return angles.cos(), angles.sin()

    def text(self, cells, before_ids, after_ids, cos, sin, answer: int):
        """Logits `[batch, answer, vocabulary]` of the last `answer` positions."""
        embed = self.model.embed_tokens
        x = torch.cat([embed(before_ids).to(cells.dtype), cells, embed(after_ids).to(cells.dtype)], dim=1)
        cos, sin = cos.to(x.dtype), sin.to(x.dtype)
        mask = torch.full((x.shape[1], x.shape[1]), float("-inf"), device=x.device).triu(1)
        for layer in self.model.layers:
            x = layer(x, cos, sin, mask)
        x = self.model.norm(x[:, -answer:])
        return F.linear(x, embed.weight.to(x.dtype))
