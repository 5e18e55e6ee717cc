"""Writes the fixtures of `PanopticTests`: what the slow references say of random and ideal maps.

    python3 Tools/panoptic/make_fixtures.py Tests/PanopticTests/Fixtures

Needs numpy. A `.maps` file (little-endian): int32 h, w, classes, stuff_area; a byte a class, 1
for things; int16 semantic, heatmap, long-, short-, middle-range, each [h, w, C], in 64ths; then for
each decoding, DeeperLab's and Panoptic-DeepLab's: int32 instances; for each its class (int32), its
score and the x and y of its five keypoints (float32); uint8 labels [4h, 4w]: a class, or 100 +
instance.
"""

import json
import sys
from pathlib import Path

import numpy as np

import metrics_reference
import reference

RADIUS = 8.0
IS_THING = [0, 0, 0, 1, 1, 1]
NAMES = ["semantic", "keypoint_heatmap", "long_range", "short_range", "middle_range"]


def paint(h, w, objects, random):
    """-> semantic, instance [4h, 4w] of boxes and ellipses, later ones before earlier ones."""
    y, x = np.mgrid[: 4 * h, : 4 * w]
    semantic = np.where(y < 2 * h, 0, np.where(x < 3 * w, 1, 2))
    instance = np.zeros_like(semantic)
    for n, (left, top, width, height, ellipse) in enumerate(objects):
        dx = (x - left - (width - 1) / 2) / (width / 2)
        dy = (y - top - (height - 1) / 2) / (height / 2)
        mask = dx**2 + dy**2 <= 1 if ellipse else (abs(dx) < 1) & (abs(dy) < 1)
        semantic[mask] = 3 + random.integers(3)
        instance[mask] = n + 1
    return semantic, instance


def ideal_heads(semantic, instance):
    """What training asks for; off the objects and the disks zeros and a low heatmap."""
    h, w = semantic.shape[0] // 4, semantic.shape[1] // 4
    heads = {
        "semantic": np.zeros((6, h, w)),
        "keypoint_heatmap": np.full((5, h, w), -6.0),
        "long_range": np.zeros((10, h, w)),
        "short_range": np.zeros((10, h, w)),
        "middle_range": np.zeros((16, h, w)),
    }
    keypoints = {}
    for n in np.unique(instance[instance > 0]):
        y, x = np.nonzero(instance == n)
        l, r, t, b = x.min(), x.max(), y.min(), y.max()
        keypoints[n] = np.array(
            [(l, t), (r, t), (l, b), (r, b), (x.mean(), y.mean())], np.float64
        )
    for i, j in np.ndindex(h, w):
        at = reference.position(i, j)
        for c in range(6):
            share = (semantic[4 * i : 4 * i + 4, 4 * j : 4 * j + 4] == c).mean()
            heads["semantic"][c, i, j] = 8 * share - 4 + 0.05 * c
        n = instance[4 * i + 2, 4 * j + 2]
        if n:
            heads["long_range"][:, i, j] = (keypoints[n] - at).ravel()
        for k in range(5):
            near = min(keypoints, key=lambda m: np.linalg.norm(keypoints[m][k] - at), default=0)
            if not near or np.linalg.norm(keypoints[near][k] - at) > RADIUS:
                continue
            heads["keypoint_heatmap"][k, i, j] = 6
            heads["short_range"][2 * k : 2 * k + 2, i, j] = keypoints[near][k] - at
            for e, (source, target) in enumerate(reference.EDGES):
                if source == k:
                    offset = keypoints[near][target] - at
                    heads["middle_range"][2 * e : 2 * e + 2, i, j] = offset
    return heads


def noisy(heads, sigma, random):
    return {name: plane + random.normal(0, sigma, plane.shape) for name, plane in heads.items()}


def random_heads(h, w, random):
    shapes = dict(zip(NAMES, (6, 5, 10, 10, 16)))
    scale = dict(zip(NAMES, (2, 2, 14, 3, 14)))
    heads = {n: random.normal(0, scale[n], (c, h, w)) for n, c in shapes.items()}
    heads["semantic"][3:] += 0.7
    return heads


def write(path, heads, stuff_area=0):
    """Rounds the maps to what the file holds, decodes them, and writes both."""
    whole = {n: np.round(64 * heads[n]).clip(-32768, 32767).astype("<i2") for n in NAMES}
    exact = {n: whole[n].astype(np.float64) / 64 for n in NAMES}
    c, h, w = exact["semantic"].shape
    with open(path, "wb") as file:
        file.write(np.array([h, w, c, stuff_area], "<i4").tobytes())
        file.write(bytes(IS_THING))
        for name in NAMES:
            file.write(np.ascontiguousarray(whole[name].transpose(1, 2, 0)).tobytes())
        for decoding in ("deeperlab", "panoptic-deeplab"):
            labels, classes, instances = reference.decode(
                exact, IS_THING, decoding, stuff_area=stuff_area
            )
            file.write(np.array([len(instances)], "<i4").tobytes())
            for n, instance in enumerate(instances):
                file.write(np.array([classes[n]], "<i4").tobytes())
                numbers = [instance.score, *np.ravel(instance.keypoints)]
                file.write(np.array(numbers, "<f4").tobytes())
            file.write(np.where(labels >= 1000, labels - 900, labels).astype(np.uint8).tobytes())
            print(path.name, decoding, len(instances), "instances")


def random_map(random, size, first, count, categories):
    """A coarse random tiling with some void; -> ids, segments."""
    coarse = random.integers(0, count + 1, (size[0] // 4, size[1] // 4))
    ids = np.kron(coarse, np.ones((4, 4), int))
    ids = np.where(ids > 0, ids + first, 0)
    flips = random.random(ids.shape) < 0.08
    ids[flips] = random.integers(1, count + 1, flips.sum()) + first
    segments = [
        dict(id=int(n), category=int(random.choice(categories)), iscrowd=0)
        for n in np.unique(ids[ids > 0])
    ]
    return ids, segments


def disturbed(random, ids, segments, categories):
    """A prediction that often agrees: some segments merged, moved, given another class."""
    shift = random.integers(-1, 2, 2)
    out = np.roll(ids, shift, (0, 1)).copy()
    flips = random.random(out.shape) < 0.1
    out[flips] = random.choice(np.unique(ids), flips.sum())
    listed = []
    for n in np.unique(out[out > 0]):
        own = [s for s in segments if s["id"] == n]
        category = own[0]["category"] if own else categories[0]
        if random.random() < 0.15:
            category = int(random.choice(categories))
        listed.append(dict(id=int(n), category=category, iscrowd=0))
    return out, listed


def metric_cases(random):
    categories = {1: 0, 2: 0, 5: 1, 7: 1, 9: 1}
    evaluator = metrics_reference.Evaluator(categories)
    pairs, truths, predictions = [], [], []
    tracks = {}
    for n in range(6):
        ids, segments = random_map(random, (16, 24), 0, 7, list(categories))
        # One object keeps its class over the frames, as ids of clips must.
        for s in segments:
            s["category"] = tracks.setdefault(s["id"], s["category"])
        out, listed = disturbed(random, ids, segments, list(categories))
        for s in listed:
            s["category"] = tracks.setdefault(("p", s["id"]), s["category"])
        for s in segments:
            s["iscrowd"] = int(s["id"] == 3)
        evaluator.add(ids, segments, out, listed)
        truths.append((ids, segments))
        predictions.append((out, listed))
        pairs.append(
            dict(
                truth=ids.ravel().tolist(),
                truth_segments=segments,
                prediction=out.ravel().tolist(),
                prediction_segments=listed,
            )
        )
    return dict(
        width=24,
        height=16,
        categories=[dict(id=c, isthing=t) for c, t in categories.items()],
        pairs=pairs,
        scores=evaluator.scores(),
        vpq=metrics_reference.vpq(categories, truths, predictions),
        stq=metrics_reference.stq(categories, truths, predictions),
    )


def main(folder):
    folder = Path(folder)
    random = np.random.default_rng(11)
    apart = [(6, 8, 20, 14, 0), (40, 6, 30, 18, 1), (70, 30, 22, 22, 0), (10, 34, 9, 12, 1)]
    scene = paint(14, 24, apart + [(30, 38, 24, 14, 0)], random)
    write(folder / "apart.maps", ideal_heads(*scene))
    crowded = [(x, y, 16, 14, (x + y) % 3 == 0) for y in (2, 16, 32) for x in range(0, 90, 17)]
    crowded += [(20, 20, 50, 20, 1), (40, 10, 8, 44, 0), (85, 40, 24, 30, 0)]
    scene = paint(14, 24, crowded, random)
    write(folder / "crowded.maps", ideal_heads(*scene))
    write(folder / "noisy.maps", noisy(ideal_heads(*scene), 1.5, random))
    write(folder / "random1.maps", random_heads(12, 16, random))
    write(folder / "random2.maps", random_heads(9, 21, random))
    scene = paint(14, 24, apart, random)
    write(folder / "strays.maps", noisy(ideal_heads(*scene), 1.5, random), stuff_area=900)
    write(folder / "things.maps", random_heads(11, 17, random), stuff_area=900)
    cases = [metric_cases(np.random.default_rng(seed)) for seed in (1, 2, 3)]
    (folder / "metrics.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
