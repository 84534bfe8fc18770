"""Fits the network: python fit.py MINUTES OUT.npz [START.npz]; takes up new parts of the set as they come."""
import sys, time, glob, numpy as np, jax, jax.numpy as jnp, optax
from network import *
minutes, out, start = float(sys.argv[1]), sys.argv[2], (sys.argv[3] if len(sys.argv) > 3 else None)
rng = np.random.default_rng(1)
held = {"pos0.npz": 200, "neg1.npz": 150}
P, N, seen = [], [], set()
def refresh():
    for q in sorted(glob.glob("pos*.npz") + glob.glob("neg*.npz")):
        if q in seen: continue
        try: X = np.load(q)["X"]
        except Exception: continue
        seen.add(q); k = held.get(q, 0); (P if q.startswith("pos") else N).append(X[k:])
        if k: held["X" + q] = X[:k]
refresh()
p = {k: jnp.asarray(v) for k, v in np.load(start).items()} if start else init(jax.random.PRNGKey(0))
ema = p
opt = optax.inject_hyperparams(optax.adam)(3e-3); s = opt.init(p)
@jax.jit
def step(p, ema, s, x, y, lr, k):
    s.hyperparams["learning_rate"] = lr
    l, g = jax.value_and_grad(loss)(p, x.astype(jnp.float32), y)
    u, s = opt.update(g, s); p = optax.apply_updates(p, u)
    return p, jax.tree.map(lambda a, b: a * k + b * (1 - k), ema, p), s, l
f = jax.jit(lambda p, x: logit(p, x.astype(jnp.float32)))
t0 = time.time(); n = 0; tot = []
def pick(L, m):
    w = np.array([len(a) for a in L]); c = rng.choice(len(L), m, p=w / w.sum())
    return np.stack([L[i][rng.integers(w[i])] for i in c])
Y = np.r_[np.ones(48), np.zeros(80)].astype(np.float32)
while (t := (time.time() - t0) / 60 / minutes) < 1:
    lr = 3e-3 * min(1, (n + 1) / 100) * (0.5 + 0.5 * np.cos(np.pi * t)) + 1e-5
    x = np.concatenate([pick(P, 48), pick(N, 80)])
    if rng.random() < .5: x = x[:, :, ::-1]
    x = x + np.zeros_like(x)
    p, ema, s, l = step(p, ema, s, x, Y, lr, min(.995, n / (n + 20.)))
    tot.append(float(l)); n += 1
    if n % 100 == 0:
        zp, zn = np.asarray(f(ema, held["Xpos0.npz"])), np.asarray(f(ema, held["Xneg1.npz"]))
        print(n, "%.0f%%" % (100 * t), "loss %.4f" % np.mean(tot[-100:]), "pos", np.round(np.quantile(zp, [0, .01, .05, .5]), 1), "neg", np.round(np.quantile(zn, [.5, .95, .99, 1]), 1), sum(map(len, N)), flush=True)
        np.savez(out, **{k: np.asarray(v) for k, v in ema.items()}); refresh()
np.savez(out, **{k: np.asarray(v) for k, v in ema.items()})
