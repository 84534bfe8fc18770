"""Answers about 60 pictures drawn by chance, and what scikit-learn, SciPy and numpy make of them.

    python tests/reference/evaluation.py

writes `evaluation/rows.json` (what is true and what two models say) and `evaluation/expected.json`. The accuracy of answers is
scikit-learn's over the answered alone; its recall would count a silent answer as a wrong one, the published tables do not, so
recall and F1 are spelled out here.
"""

import json
import pathlib

import numpy as np
from scipy.stats import bootstrap, hmean
from sklearn.metrics import accuracy_score, brier_score_loss, log_loss, mean_absolute_error, median_absolute_error
from sklearn.metrics.pairwise import haversine_distances

HERE = pathlib.Path(__file__).parent / "evaluation"
COUNTRIES = ["FR", "DE", "JP", "BR", "ZA"]
CITIES = ["Aix", "Bonn", "Chiba", "Denver"]
RADIUS_KM = 6371.0088
N = 60


def answers(rng, truth, skill):
    rows = []
    for true in truth:
        right = rng.random() < skill
        spread = 0.3 if right else 40.0
        place = None if rng.random() < 0.1 else [
            float(np.clip(true["place"][0] + rng.normal(0, spread), -89, 89)),
            float((true["place"][1] + rng.normal(0, spread) + 180) % 360 - 180),
        ]
        shares = rng.dirichlet(np.ones(len(COUNTRIES)))
        if right:
            shares[COUNTRIES.index(true["country"])] += 1.0
            shares /= shares.sum()
        said = None if rng.random() < 0.15 else COUNTRIES[int(np.argmax(shares))]
        city = None if rng.random() < 0.3 else (true["city"] if rng.random() < skill else str(rng.choice(CITIES)))
        rows.append({"place": place, "shares": [float(share) for share in shares], "country": said, "city": city})
    return rows


def km(a, b):
    return RADIUS_KM * haversine_distances(np.radians([a]), np.radians([b]))[0, 0]


def naming(truth, said):
    answered = [(true, says) for true, says in zip(truth, said) if says is not None]
    accuracy = accuracy_score(*zip(*answered))
    recall = len(answered) / len(truth)
    return {"accuracy": accuracy, "recall": recall, "f1": float(hmean([accuracy, recall]))}


def measures(truth, rows):
    distances = [km(true["place"], row["place"]) for true, row in zip(truth, rows) if row["place"]]
    zeros = np.zeros(len(distances))
    countries = [true["country"] for true in truth]
    cities = [true["city"] for true in truth]
    likeliest = [COUNTRIES[int(np.argmax(row["shares"]))] for row in rows]
    shares = np.array([row["shares"] for row in rows])
    order = np.argsort(COUNTRIES)
    in_order = shares[:, order]
    labels = sorted(COUNTRIES)
    named = [row["country"] for row in rows]
    # The same name in another country is another city.
    city_true = [f"{country}/{city}" for country, city in zip(countries, cities)]
    city_said = [None if row["city"] is None else f"{row['country']}/{row['city']}" for row in rows]
    return {
        "within": [sum(d <= limit for d in distances) / len(rows) for limit in (1, 25, 200, 750, 2500)],
        "mean_km": mean_absolute_error(zeros, distances),
        "median_km": median_absolute_error(zeros, distances),
        "geo_score": sum(5000 * np.exp(-d / 1492.7) for d in distances) / len(rows),
        "country": accuracy_score(countries, likeliest),
        "named_country": naming(countries, named),
        "named_city": naming(city_true, city_said),
        "log_loss": log_loss(countries, in_order, labels=labels),
        "brier": brier_score_loss(countries, in_order, labels=labels),
    }


def scored(truth, rows):
    return np.array([5000 * np.exp(-km(t["place"], r["place"]) / 1492.7) if r["place"] else 0.0 for t, r in zip(truth, rows)])


def interval(*samples, statistic):
    found = bootstrap(samples, statistic, n_resamples=20_000, paired=True, method="percentile", rng=np.random.default_rng(1),
                      vectorized=False)
    return [float(found.confidence_interval.low), float(found.confidence_interval.high)]


def main():
    rng = np.random.default_rng(20261127)
    truth = [
        {
            "place": [float(rng.uniform(-60, 70)), float(rng.uniform(-170, 170))],
            "country": str(rng.choice(COUNTRIES)),
            "city": str(rng.choice(CITIES)),
        }
        for _ in range(N)
    ]
    models = [answers(rng, truth, skill) for skill in (0.5, 0.7)]
    first, second = (scored(truth, rows) for rows in models)
    expected = {
        "measures": [measures(truth, rows) for rows in models],
        "geo_score_interval": interval(first, statistic=np.mean),
        "geo_score_difference": interval(first, second, statistic=lambda a, b: np.mean(b) - np.mean(a)),
        "quantiles": [float(np.quantile([1.0, 2.0, 4.0, 8.0], share)) for share in (0.025, 0.5, 0.975)],
    }
    HERE.mkdir(exist_ok=True)
    write = lambda name, what: (HERE / name).write_text(json.dumps(what, indent=1) + "\n")
    write("rows.json", {"countries": COUNTRIES, "truth": truth, "models": models})
    write("expected.json", expected)


main()
