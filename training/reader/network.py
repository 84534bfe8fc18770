"""The reader's recogniser in PyTorch, with the weights of assets/reader (src/model/reader/recogniser.rs), and the script head on it.

Pictures are `[batch, 3, 48, width]`, blue before red, each level from -1 to 1, filled up with 0; the modules are named as export.py
names the tensors."""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn.functional import avg_pool2d, gelu, max_pool2d, pad, relu, scaled_dot_product_attention, silu

ASSETS = Path(__file__).parents[2] / "assets/reader"
# Width, stride of the rows and squeeze of the backbone's blocks.
BLOCKS = [(96, 1, True), (96, 1, False), (96, 1, False), (192, 2, False), (192, 1, True), (192, 1, False), (192, 1, True),
          (192, 1, False), (192, 1, True), (192, 1, False), (384, 2, False), (384, 1, True), (384, 1, False)]
STEM, WIDTH, HEADS = 48, 120, 8
SLOPE = 0.166666701
# The script head looks at the output of this block, and at its own copy of those after it.
TRUNK = 10
PARTS, HIDDEN = 3, 192


class Block(nn.Module):
    def __init__(self, channels, width, stride, squeezes):
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, 3, (stride, 1), 1, groups=channels)
        if squeezes:
            self.squeeze, self.excite = nn.Conv2d(channels, channels // 4, 1), nn.Conv2d(channels // 4, channels, 1)
        self.expand, self.project = nn.Conv2d(channels, 2 * channels, 1), nn.Conv2d(2 * channels, width, 1)
        self.squeezes, self.keeps_width = squeezes, channels == width

    def forward(self, x):
        x = self.depthwise(x)
        if self.squeezes:
            inner = relu(self.squeeze(x.mean((2, 3), keepdim=True)))
            x = x * (self.excite(inner) * SLOPE + 0.5).clamp(0, 1)
        mixed = self.project(gelu(self.expand(x)))
        return x + mixed if self.keeps_width else mixed


def blocks(first=0):
    channels = [2 * STEM] + [width for width, _, _ in BLOCKS]
    return nn.ModuleList(Block(channels[i], *BLOCKS[i]) for i in range(first, len(BLOCKS)))


class Backbone(nn.Module):
    def __init__(self):
        super().__init__()
        half = STEM // 2
        self.stem = nn.ModuleList([nn.Conv2d(3, STEM, 3, 2, 1), nn.Conv2d(STEM, half, 2), nn.Conv2d(half, STEM, 2),
                                   nn.Conv2d(2 * STEM, STEM, 3, 2, 1), nn.Conv2d(STEM, 2 * STEM, 1)])
        self.blocks = blocks()

    def forward(self, x, until=len(BLOCKS)):
        def behind(x):
            return pad(x, (0, 1, 0, 1))

        x = behind(relu(self.stem[0](x)))
        fine = relu(self.stem[2](behind(relu(self.stem[1](x)))))
        x = relu(self.stem[4](relu(self.stem[3](torch.cat([max_pool2d(x, 2, 1), fine], 1)))))
        for block in self.blocks[:until]:
            x = block(x)
        return x


class LineBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv, self.project = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.expand, self.contract = nn.Linear(WIDTH, 2 * WIDTH), nn.Linear(2 * WIDTH, WIDTH)

    def forward(self, x):
        batch, columns, _ = x.shape
        q, k, v = self.qkv(self.norm1(x)).reshape(batch, columns, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        x = x + self.project(scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, columns, WIDTH))
        return x + self.contract(silu(self.expand(self.norm2(x))))


class Neck(nn.Module):
    def __init__(self):
        super().__init__()
        seen = BLOCKS[-1][0]
        self.shortcut, self.narrow = nn.Conv2d(seen, WIDTH, 1), nn.Conv2d(seen, WIDTH, 1)
        self.mix = nn.Conv2d(WIDTH, WIDTH, (1, 7), padding=(0, 3), groups=WIDTH)
        self.blocks = nn.ModuleList(LineBlock() for _ in range(2))
        self.norm = nn.LayerNorm(WIDTH, 1e-6)

    def forward(self, seen):
        def columns(x):
            return x.flatten(2).transpose(1, 2)

        seen = avg_pool2d(seen, (3, 2))
        narrow = silu(self.narrow(seen))
        x = columns(narrow + silu(self.mix(narrow)))
        for block in self.blocks:
            x = block(x)
        return self.norm(x) + columns(silu(self.shortcut(seen)))


class Recogniser(nn.Module):
    """Scores of each column of eight pixels before softmax, `[batch, columns, classes]`; class 0 is none."""

    def __init__(self, classes):
        super().__init__()
        self.backbone, self.neck, self.head = Backbone(), Neck(), nn.Linear(WIDTH, classes)

    def forward(self, x):
        return self.head(self.neck(self.backbone(x)))


class ScriptHead(nn.Module):
    """What the recogniser's first blocks see, seen on by a copy of the last ones, and both told apart by two products."""

    def __init__(self, classes):
        super().__init__()
        self.blocks = blocks(TRUNK)
        seen = (PARTS + 1) * (BLOCKS[TRUNK - 1][0] + BLOCKS[-1][0])
        # Centres and scales; folded into the product after it.
        self.norm = nn.BatchNorm1d(seen, affine=False)
        self.hidden, self.head = nn.Linear(seen, HIDDEN), nn.Linear(HIDDEN, classes)
        self.dropouts = nn.Dropout(0.1), nn.Dropout(0.3)

    def forward(self, trunk, widths):
        """The trunk's `[batch, channels, rows, columns]`; of a row's columns those of `widths` pixels are the line's own."""
        x = trunk
        for block in self.blocks:
            x = block(x)
        seen = torch.cat([*pooled(trunk, widths), *pooled(x, widths)], 1)
        drop = (lambda index, x: nn.functional.dropout(x, self.dropouts[index].p, self.training))
        return self.head(drop(1, relu(self.hidden(drop(0, self.norm(seen))))))

    def folded(self):
        """The tensors that the program reads."""
        state = {f"blocks.{TRUNK + int(key.split('.')[1])}.{key.split('.', 2)[2]}": value
                 for key, value in self.state_dict().items() if key.startswith("blocks.")}
        scale = (self.norm.running_var + self.norm.eps).rsqrt()
        weight = self.hidden.weight * scale
        bias = self.hidden.bias - weight @ self.norm.running_mean
        state |= {"hidden.weight": weight, "hidden.bias": bias, "head.weight": self.head.weight, "head.bias": self.head.bias}
        return {key: value.detach().half().contiguous().cpu() for key, value in state.items()}

    @classmethod
    def opened(cls, tensors):
        """The head with folded tensors, as the program has it."""
        tensors = {key: value.float() for key, value in tensors.items()}
        self = cls(len(tensors["head.bias"]))
        self.norm = nn.Identity()
        names = {key: key for key in tensors if not key.startswith("blocks.")}
        names |= {key: f"blocks.{int(key.split('.')[1]) - TRUNK}.{key.split('.', 2)[2]}" for key in tensors if key.startswith("blocks.")}
        self.load_state_dict({names[key]: value for key, value in tensors.items()})
        return self.eval()


def pooled(block, widths):
    """Means of each third of the rows over the line's columns, and the maximum: `[batch, 3 * channels]`, `[batch, channels]`."""
    block = block.float()
    batch, channels, rows, columns = block.shape
    own = torch.arange(columns, device=block.device) < (widths[:, None] + 3) // 4
    own = own[:, None, None]
    sums = (block * own).reshape(batch, channels, PARTS, -1).sum(3)
    means = sums / (rows // PARTS * own.sum(3).clamp(min=1))
    most = block.masked_fill(~own, -torch.inf).amax((2, 3))
    return means.transpose(1, 2).reshape(batch, -1), most


def recogniser(path=ASSETS / "recognition.safetensors"):
    tensors = {key: value.float() for key, value in load_file(path).items()}
    network = Recogniser(len(tensors["head.bias"]))
    network.load_state_dict(tensors)
    return network.eval()


def script_head(network, classes):
    """A new head with a copy of the recogniser's last blocks."""
    head = ScriptHead(classes)
    for own, block in zip(head.blocks, network.backbone.blocks[TRUNK:]):
        own.load_state_dict(block.state_dict())
    return head
