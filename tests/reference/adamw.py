"""The numbers of `several_steps_are_those_of_the_paper` in src/train/adamw.rs.

Algorithm 2 of Loshchilov and Hutter (https://arxiv.org/abs/1711.05101), written as torch.optim.AdamW documents it, in
double precision and with nothing but Python: the gradient (3, 4, 1) times a scale of its own at each step; the first two
parameters decay, the third (a bias) does not. Prints the parameters after each step.
"""

from math import sqrt

BETA_1, BETA_2, EPSILON, RATE, DECAY = 0.9, 0.999, 1e-8, 0.1, 0.5
SCALES = [1.0, 0.1, -0.3, 2.0, 0.02]

values, decays = [1.0, -2.0, 0.5], [DECAY, DECAY, 0.0]
first, second = [0.0] * 3, [0.0] * 3
for step, scale in enumerate(SCALES, start=1):
    for i, gradient in enumerate([3.0 * scale, 4.0 * scale, 1.0 * scale]):
        values[i] -= RATE * decays[i] * values[i]
        first[i] = BETA_1 * first[i] + (1 - BETA_1) * gradient
        second[i] = BETA_2 * second[i] + (1 - BETA_2) * gradient**2
        unbiased_first = first[i] / (1 - BETA_1**step)
        unbiased_second = second[i] / (1 - BETA_2**step)
        values[i] -= RATE * unbiased_first / (sqrt(unbiased_second) + EPSILON)
    print(step, [round(value, 7) for value in values])
