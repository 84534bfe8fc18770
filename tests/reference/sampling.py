"""The draws of `a_seed_draws_the_same_in_every_release` in src/model/sampling.rs, with nothing but Python.

ChaCha with 8 rounds (https://datatracker.ietf.org/doc/html/rfc8439 with a 64-bit counter and stream, both 0), its key
spread from the seed by PCG32 as the crate rand_core documents for `seed_from_u64`, and numbers in [0, 1) from the upper 53
bits of two words. Temperature 0.7, top-p 0.9, seed 7 over 50 scores of (i mod 7) / 10.
"""

import struct
from math import exp

M32, M64 = 2**32 - 1, 2**64 - 1


def key(seed):
    words = []
    for _ in range(8):
        seed = (seed * 6364136223846793005 + 11634580027462260723) & M64
        x, turn = (((seed >> 18) ^ seed) >> 27) & M32, seed >> 59
        words.append(((x >> turn) | (x << (32 - turn))) & M32)
    return words


def block(words, counter):
    start = [0x61707865, 0x3320646E, 0x79622D32, 0x6B206574, *words, counter & M32, counter >> 32, 0, 0]
    x = start[:]

    def add_turn(a, b, c, turn):
        x[a] = (x[a] + x[b]) & M32
        y = x[c] ^ x[a]
        x[c] = ((y << turn) | (y >> (32 - turn))) & M32

    columns = [(i, i + 4, i + 8, i + 12) for i in range(4)]
    diagonals = [(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4) for i in range(4)]
    for _ in range(4):
        for a, b, c, d in columns + diagonals:
            add_turn(a, b, d, 16)
            add_turn(c, d, b, 12)
            add_turn(a, b, d, 8)
            add_turn(c, d, b, 7)
    return [(p + q) & M32 for p, q in zip(x, start)]


def f32(x):
    return struct.unpack("f", struct.pack("f", x))[0]


words = block(key(7), 0) + block(key(7), 1)
uniform = [((words[i] | words[i + 1] << 32) >> 11) * 2.0**-53 for i in range(0, 32, 2)]

logits = [f32((i % 7) * f32(0.1)) for i in range(50)]
highest = max(logits)
likely = [(i, exp(f32(f32(logit - highest) / f32(0.7)))) for i, logit in enumerate(logits)]
likely.sort(key=lambda item: (-item[1], item[0]))
wanted = sum(weight for _, weight in likely) * f32(0.9)
kept, reached = [], 0.0
for item in likely:
    kept.append(item)
    reached += item[1]
    if reached >= wanted:
        break
draws = []
for number in uniform[:12]:
    left = number * sum(weight for _, weight in kept)
    for i, weight in kept:
        left -= weight
        if left < 0:
            break
    draws.append(i)
print(draws)
