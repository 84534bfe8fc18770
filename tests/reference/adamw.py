"""The numbers in the tests of src/train/adamw.rs, by torch: python tests/reference/adamw.py

`torch.optim.AdamW` (Loshchilov and Hutter, https://arxiv.org/abs/1711.05101, algorithm 2) in double precision on the
gradient (3, 4, 1) times a scale of its own at each step; the first two parameters decay, the third (a bias) does not.
Prints the parameters after each step, first as the gradients are, then with the whole gradient cut to length 2 by
`torch.nn.utils.clip_grad_norm_`.
"""

import torch

SCALES = [1.0, 0.1, -0.3, 2.0, 0.02]


def steps(most: float) -> None:
    matrix = torch.tensor([[1.0], [-2.0]], dtype=torch.float64, requires_grad=True)
    bias = torch.tensor([0.5], dtype=torch.float64, requires_grad=True)
    groups = [{"params": [matrix], "weight_decay": 0.5}, {"params": [bias], "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=0.1, betas=(0.9, 0.999), eps=1e-8)
    for scale in SCALES:
        matrix.grad = torch.tensor([[3.0], [4.0]], dtype=torch.float64) * scale
        bias.grad = torch.tensor([1.0], dtype=torch.float64) * scale
        length = float(torch.nn.utils.clip_grad_norm_([matrix, bias], most))
        optimizer.step()
        values = torch.cat([matrix.flatten(), bias]).tolist()
        print([round(value, 7) for value in values], f"length {length:.7f}")


for most in (float("inf"), 2.0):
    print("cut to", most)
    steps(most)
