"""Figures of a network on other pictures (others.npz): python judge.py NETWORK.npz THRESHOLD."""
import sys, numpy as np, jax, jax.numpy as jnp
from network import logit
p = {k: jnp.asarray(v) for k, v in np.load(sys.argv[1]).items()}
f = jax.jit(lambda x: logit(p, x.astype(jnp.float32)))
def run(X): return np.concatenate([np.asarray(f(X[i:i + 500])) for i in range(0, len(X), 500)])
zp = run(np.load("pos1.npz")["X"][:600]); print("drawn quantiles 0 .0005 .001 .005 .01 .05 .5", np.round(np.quantile(zp, [0, .0005, .001, .005, .01, .05, .5]), 2))
whole = zp[::6]; print("whole ones", np.round(np.quantile(whole, [0, .005, .01, .05]), 2))
th = float(sys.argv[2]) if len(sys.argv) > 2 else np.quantile(zp, .001)
z = np.load("others.npz"); zo = run(z["X"]); T = z["T"]
print("at", th)
for g in dict.fromkeys(T[:, 0]):
    for k in dict.fromkeys(T[T[:, 0] == g, 1]):
        m = (T[:, 0] == g) & (T[:, 1] == k)
        print(f"{g:10} {k:10} {m.sum():5} let through {(zo[m] >= th).sum():4}  top {np.round(np.sort(zo[m])[-3:], 1)}")
i = np.argsort(-zo)[:25]
for j in i: print("%.2f" % zo[j], *T[j])
