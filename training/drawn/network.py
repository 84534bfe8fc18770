"""The network in JAX, as src/street/drawn/network.rs computes it."""
import jax, jax.numpy as jnp, numpy as np
C = [8, 24, 40, 56]
L = len(C) - 1
def init(key):
    p = {}
    for i in range(L):
        key, k = jax.random.split(key)
        p[f"w{i}"] = jax.random.normal(k, (3, 3, C[i], C[i + 1])) * np.sqrt(2 / (9 * C[i]))
        p[f"b{i}"] = jnp.zeros(C[i + 1])
    key, k = jax.random.split(key)
    p["v"] = jax.random.normal(k, (2 * C[-1],)) * .1; p["c"] = jnp.zeros(())
    return p
def features(p, x):
    for i in range(L):
        h, w = x.shape[1] // 2, x.shape[2] // 2
        x = jnp.pad(x, ((0, 0), (0, 1), (0, 1), (0, 0)))
        x = jnp.concatenate([x[:, r:r + 2 * h - 1:2, c:c + 2 * w - 1:2] for r in range(3) for c in range(3)], -1)
        x = (x.reshape(-1, 9 * C[i]) @ p[f"w{i}"].reshape(9 * C[i], C[i + 1])).reshape(-1, h, w, C[i + 1]) + p[f"b{i}"]
        x = jax.nn.relu(x)
    return jnp.concatenate([x.mean((1, 2)), x.max((1, 2))], -1)
def logit(p, x): return features(p, x) @ p["v"] + p["c"]
def loss(p, x, y):
    z = logit(p, x)
    l = jnp.maximum(z, 0) - z * y + jnp.log1p(jnp.exp(-jnp.abs(z)))
    return l.mean() + 2e-5 * sum((v ** 2).sum() for k, v in p.items() if k[0] != "b")
