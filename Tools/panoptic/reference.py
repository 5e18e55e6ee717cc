"""Grouping and fusion as the specification words them: slow, obvious, float64.

Written from the specification and from the parameters' documentation, not from the Swift
sources; `make_fixtures.py` records what it says of random and of ideal maps, and the tests of
`Panoptic` compare. Maps are [C, h, w]; points are (x, y) in pixels of the network input.
"""

import math

import numpy as np

EDGES = [(4, 0), (4, 1), (4, 2), (4, 3), (0, 4), (1, 4), (2, 4), (3, 4)]
CENTRE = 4
CELL_AREA = 16
BIN = 2  # pixels between the bins of score maps
REACH = 4  # bins around the picture in which votes count

DEFAULTS = {
    "keypoint_radius": 8.0,
    "refinement_rounds": 2,
    "minimum_vote": 0.02,
    "short_range_weight": 0.75,
    "long_range_weight": 0.25,
    "smoothing": 0.35,
    "keypoint_threshold": 0.08,
    "instance_threshold": 0.06,
    "support": 0.3,
    "suppression": 0.5,
    "box_overlap": 0.5,
    "assignment_distance": 0.5,
    "minimum_area": 16,
    "recovered_area": 128,
    "stuff_area": 0,
    "centre_window": 7,
    "centre_threshold": 0.1,
    "maximum_centres": 200,
}


def position(i, j):
    return np.array([4 * j + 1.5, 4 * i + 1.5])


def bilinear(plane, u, v):
    """plane[..., v, u], the border repeated outwards."""
    h, w = plane.shape[-2:]
    u = min(max(u, 0.0), w - 1.0)
    v = min(max(v, 0.0), h - 1.0)
    j, i = int(u), int(v)
    s, t = u - j, v - i
    right, below = min(j + 1, w - 1), min(i + 1, h - 1)
    top = plane[..., i, j] * (1 - s) + plane[..., i, right] * s
    bottom = plane[..., below, j] * (1 - s) + plane[..., below, right] * s
    return top * (1 - t) + bottom * t


def offset_at(field, k, point):
    return bilinear(field[2 * k : 2 * k + 2], (point[0] - 1.5) / 4, (point[1] - 1.5) / 4)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class Instance:
    def __init__(self, keypoints, score, radius, boxed=True):
        self.keypoints = keypoints
        self.score = score
        self.boxed = boxed
        if boxed:
            x, y = keypoints[:, 0], keypoints[:, 1]
            self.left, self.top = (x[0] + x[2]) / 2, (y[0] + y[1]) / 2
            self.right = max(self.left, (x[1] + x[3]) / 2)
            self.bottom = max(self.top, (y[2] + y[3]) / 2)
            self.area = (self.right - self.left + 1) * (self.bottom - self.top + 1)
            self.scale = max(math.sqrt(self.area), radius / 2)

    def contains(self, x, y):
        if not self.boxed:
            return True
        return (
            self.left - 0.5 <= x <= self.right + 0.5 and self.top - 0.5 <= y <= self.bottom + 0.5
        )


def refined(point, k, short, rounds):
    for _ in range(rounds):
        point = point + offset_at(short, k, point)
    return point


def cell_targets(heads, cells, p):
    """[cells, 5, 2]: where the refined long-range offsets point."""
    targets = np.zeros((len(cells), 5, 2))
    for n, (i, j) in enumerate(cells):
        for k in range(5):
            start = position(i, j) + heads["long_range"][2 * k : 2 * k + 2, i, j]
            targets[n, k] = refined(start, k, heads["short_range"], int(p["refinement_rounds"]))
    return targets


class ScoreMap:
    """Votes on bins two pixels apart, a margin around the picture included."""

    def __init__(self, h, w, sigma):
        self.sigma = sigma / BIN
        self.radius = max(1, math.ceil(3 * self.sigma)) if self.sigma > 0 else 0
        self.guard = max(self.radius, 1)
        self.margin = self.guard + REACH
        self.bins = np.zeros((2 * h + 2 * self.margin, 2 * w + 2 * self.margin))

    def place(self, point):
        return (point - 0.5) / BIN + self.margin

    def cast(self, point, weight):
        u, v = self.place(point)
        rows, columns = self.bins.shape
        if not (self.guard <= u < columns - self.guard - 1):
            return
        if not (self.guard <= v < rows - self.guard - 1):
            return
        c, r = int(u), int(v)
        s, t = u - c, v - r
        self.bins[r, c] += weight * (1 - s) * (1 - t)
        self.bins[r, c + 1] += weight * s * (1 - t)
        self.bins[r + 1, c] += weight * (1 - s) * t
        self.bins[r + 1, c + 1] += weight * s * t

    def smooth(self):
        if self.radius == 0:
            return
        taps = np.exp(-np.arange(-self.radius, self.radius + 1) ** 2 / (2 * self.sigma**2))
        self.bins = np.apply_along_axis(lambda a: np.convolve(a, taps, "same"), 0, self.bins)
        self.bins = np.apply_along_axis(lambda a: np.convolve(a, taps, "same"), 1, self.bins)

    def peaks(self, threshold):
        for r in range(1, self.bins.shape[0] - 1):
            for c in range(1, self.bins.shape[1] - 1):
                value = self.bins[r, c]
                if value < threshold:
                    continue
                around = self.bins[r - 1 : r + 2, c - 1 : c + 2].ravel()
                if all(value > around[n] for n in range(4)) and all(
                    value >= around[n] for n in range(5, 9)
                ):
                    yield value, r, c

    def top(self, r, c):
        def vertex(a, b, d):
            a, b, d = (math.log(max(v, 1e-6 * self.bins[r, c])) for v in (a, b, d))
            curvature = a - 2 * b + d
            return min(max(0.5 * (a - d) / curvature, -0.5), 0.5) if curvature < 0 else 0.0

        b = self.bins
        dx = vertex(b[r, c - 1], b[r, c], b[r, c + 1])
        dy = vertex(b[r - 1, c], b[r, c], b[r + 1, c])
        return BIN * (np.array([c + dx, r + dy]) - self.margin) + 0.5

    def score(self, point):
        u, v = self.place(point)
        if not (0 <= u < self.bins.shape[1] - 1 and 0 <= v < self.bins.shape[0] - 1):
            return 0.0
        return bilinear(self.bins, u, v)


def score_maps(heads, targets, p):
    h, w = heads["keypoint_heatmap"].shape[1:]
    radius = p["keypoint_radius"]
    maps = [ScoreMap(h, w, p["smoothing"] * radius) for _ in range(5)]
    for i in range(h):
        for j in range(w):
            for k in range(5):
                probability = sigmoid(heads["keypoint_heatmap"][k, i, j])
                if probability < p["minimum_vote"]:
                    continue
                offset = heads["short_range"][2 * k : 2 * k + 2, i, j]
                weight = p["short_range_weight"] * CELL_AREA / (math.pi * radius**2)
                maps[k].cast(position(i, j) + offset, weight * probability)
    for points in targets:
        width = (points[1, 0] + points[3, 0] - points[0, 0] - points[2, 0]) / 2 + 1
        height = (points[2, 1] + points[3, 1] - points[0, 1] - points[1, 1]) / 2 + 1
        area = max(width * height if width > 0 and height > 0 else 0, radius**2)
        for k in range(5):
            maps[k].cast(points[k], p["long_range_weight"] * CELL_AREA / area)
    for one in maps:
        one.smooth()
    return maps


def follow(heads, edge, point, p):
    target = EDGES[edge][1]
    point = point + offset_at(heads["middle_range"], edge, point)
    return refined(point, target, heads["short_range"], int(p["refinement_rounds"]))


def walk(heads, start, point, p):
    points = np.zeros((5, 2))
    points[start] = point
    if start != CENTRE:
        points[CENTRE] = follow(heads, 4 + start, point, p)
    for corner in range(4):
        if corner != start:
            points[corner] = follow(heads, corner, points[CENTRE], p)
    return points


def detect(heads, maps, targets, p):
    radius = p["keypoint_radius"]

    def make(points):
        return Instance(
            points, np.mean([min(1, maps[k].score(points[k])) for k in range(5)]), radius
        )

    queue = []
    for k in range(5):
        for value, r, c in maps[k].peaks(p["keypoint_threshold"]):
            queue.append((-value, k, r, c))
    found = []
    for value, k, r, c in sorted(queue):
        point = maps[k].top(r, c)
        if any(
            np.linalg.norm(known.keypoints[k] - point)
            <= min(radius, p["suppression"] * known.scale)
            for known in found
        ):
            continue
        instance = make(walk(heads, k, point, p))
        if k != CENTRE:
            back = follow(heads, k, instance.keypoints[CENTRE], p)
            limit = min(radius, p["suppression"] * instance.scale)
            if np.linalg.norm(back - point) > limit and len(targets):
                near = np.linalg.norm(targets[:, k] - point, axis=1) <= radius / 2
                if near.any():
                    points = targets[near].mean(0)
                    points[k] = point
                    instance = make(points)
        if instance.score >= max(p["instance_threshold"], p["support"] * min(1, -value)):
            found.append(instance)
    return suppress_boxes(found, p)


def overlap(a, b):
    width = min(a.right, b.right) - max(a.left, b.left) + 1
    height = min(a.bottom, b.bottom) - max(a.top, b.top) + 1
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / (a.area + b.area - width * height)


def suppress_boxes(found, p):
    kept = []
    for instance in sorted(found, key=lambda a: -a.score):
        if all(overlap(instance, other) <= p["box_overlap"] for other in kept):
            kept.append(instance)
    return kept


def assign(cells, targets, instances, p):
    owner = {}
    for cell, points in zip(cells, targets):
        best, least = None, math.inf
        for n, instance in enumerate(instances):
            squares = ((points - instance.keypoints) ** 2).sum()
            distance = math.sqrt(squares / 5) / instance.scale
            if distance < least:
                best, least = n, distance
        if least <= p["assignment_distance"]:
            owner[cell] = best
    return owner


def find_centres(heads, p):
    """Panoptic-DeepLab: the greatest of their window, the first where equal."""
    plane = heads["keypoint_heatmap"][CENTRE]
    h, w = plane.shape
    reach = int(p["centre_window"]) // 2
    centres = []
    for i in range(h):
        for j in range(w):
            probability = sigmoid(plane[i, j])
            if probability < p["centre_threshold"]:
                continue
            window = [
                (-plane[r, c], r, c)
                for r in range(max(i - reach, 0), min(i + reach + 1, h))
                for c in range(max(j - reach, 0), min(j + reach + 1, w))
            ]
            if min(window) == (-plane[i, j], i, j):
                centres.append((-plane[i, j], i, j))
    instances = []
    for value, i, j in sorted(centres)[: int(p["maximum_centres"])]:
        points = np.zeros((5, 2))
        points[CENTRE] = position(i, j)
        instances.append(Instance(points, sigmoid(-value), p["keypoint_radius"], boxed=False))
    return instances


def assign_to_centres(heads, cells, instances):
    owner = {}
    if not instances:
        return owner
    centres = np.array([a.keypoints[CENTRE] for a in instances])
    for i, j in cells:
        point = position(i, j) + heads["long_range"][8:10, i, j]
        owner[i, j] = int(((centres - point) ** 2).sum(1).argmin())
    return owner


def neighbours(cell, h, w):
    i, j = cell
    for r, c in ((i - 1, j), (i, j - 1), (i, j + 1), (i + 1, j)):
        if 0 <= r < h and 0 <= c < w:
            yield r, c


def complete(cells, owner, instances, labels, probabilities, is_thing, p):
    """Drops small instances, makes new ones of what nobody took; returns owner, instances."""
    h, w = labels.shape
    sizes = {n: sum(1 for o in owner.values() if o == n) for n in range(len(instances))}
    kept = [n for n in sizes if sizes[n] > 0 and sizes[n] * CELL_AREA >= p["minimum_area"]]
    owner = {cell: kept.index(n) for cell, n in owner.items() if n in kept}
    instances = [instances[n] for n in kept]
    least = p["recovered_area"] if not all(is_thing) else 0
    visited = set()
    for seed in cells:
        if seed in owner or seed in visited:
            continue
        patch, k = [seed], 0
        visited.add(seed)
        while k < len(patch):
            for cell in neighbours(patch[k], h, w):
                if cell not in visited and cell not in owner and labels[cell] == labels[seed]:
                    visited.add(cell)
                    patch.append(cell)
            k += 1
        if len(patch) * CELL_AREA >= least:
            points = np.zeros((5, 2))
            points[CENTRE] = np.mean([position(*cell) for cell in patch], axis=0)
            score = p["instance_threshold"] * np.mean([probabilities[cell] for cell in patch])
            instances.append(Instance(points, score, p["keypoint_radius"], boxed=False))
            for cell in patch:
                owner[cell] = len(instances) - 1
        else:
            touched = [owner[c] for cell in patch for c in neighbours(cell, h, w) if c in owner]
            if touched:
                best = min(set(touched), key=lambda n: (-touched.count(n), n))
                for cell in patch:
                    owner[cell] = best
    for n, instance in enumerate(instances):
        own = [labels[cell] for cell, o in owner.items() if o == n]
        instance.class_index = min(set(own), key=lambda c: (-own.count(c), c))
        instance.boxlike = instance.boxed and len(own) * CELL_AREA >= 0.9 * instance.area
    return owner, instances


def pixel_classes(semantic):
    """argmax of the logits upsampled bilinearly, in float32 as every implementation has it."""
    c, h, w = semantic.shape

    def axis(n):
        at = (np.arange(4 * n) - 1.5) / 4
        low = np.floor(at).astype(int)
        share = (at - low).astype(np.float32)
        return np.clip(low, 0, n - 1), np.clip(low + 1, 0, n - 1), share

    i0, i1, t = axis(h)
    j0, j1, s = axis(w)
    s32 = semantic.astype(np.float32)
    rows = s32[:, i0] + t[None, :, None] * (s32[:, i1] - s32[:, i0])
    full = rows[:, :, j0] + s[None, None, :] * (rows[:, :, j1] - rows[:, :, j0])
    return full.argmax(0)


def resolve(x, y, class_index, owner, instances, h, w):
    """The instance of one thing pixel, or None."""
    j, i = (x + 2) // 4 - 1, (y + 2) // 4 - 1
    s, t = (x - 1.5) / 4 - j, (y - 1.5) / 4 - i
    votes = {}
    for di, dj in ((0, 0), (0, 1), (1, 0), (1, 1)):
        cell = (min(max(i + di, 0), h - 1), min(max(j + dj, 0), w - 1))
        if cell in owner:
            weight = (t if di else 1 - t) * (s if dj else 1 - s)
            votes[owner[cell]] = votes.get(owner[cell], 0) + weight
    if len(votes) == 1:
        return next(iter(votes))
    for n in votes:
        if not instances[n].contains(x, y):
            votes[n] /= 64
        elif instances[n].boxlike:
            votes[n] *= 64
        if instances[n].class_index != class_index:
            votes[n] /= 8
    if votes:
        return max(votes, key=votes.get)
    best, least = None, math.inf
    for r in range(max(i - 1, 0), min(i + 2, h - 1) + 1):
        for c in range(max(j - 1, 0), min(j + 2, w - 1) + 1):
            distance = (4 * c + 1.5 - x) ** 2 + (4 * r + 1.5 - y) ** 2
            if (r, c) in owner and distance < least:
                best, least = owner[r, c], distance
    return best


def fuse(heads, owner, instances, is_thing):
    """-> [H, W] int: a class's index for stuff, 1000 + instance for things; and the instances'
    classes by majority."""
    semantic = heads["semantic"]
    classes, h, w = semantic.shape
    pixels = pixel_classes(semantic)
    stuff = [c for c in range(classes) if not is_thing[c]]
    out = np.zeros_like(pixels)
    votes = np.zeros((len(instances), classes), int)
    for y in range(4 * h):
        for x in range(4 * w):
            c = pixels[y, x]
            if not is_thing[c]:
                out[y, x] = c
                continue
            n = resolve(x, y, c, owner, instances, h, w)
            if n is None:
                out[y, x] = max(stuff, key=lambda c: (semantic[c, y // 4, x // 4], -c))
            else:
                out[y, x] = 1000 + n
                votes[n, c] += 1
    return out, votes.argmax(1) if len(instances) else []


def absent_stuff(labels, is_thing, p):
    """Stuff classes that cover less than the least area, but never the most frequent class."""
    cells = [int((labels == c).sum()) for c in range(len(is_thing))]
    most = cells.index(max(cells))
    return [
        c
        for c, n in enumerate(cells)
        if not is_thing[c] and c != most and n * CELL_AREA < p["stuff_area"]
    ]


def decode(heads, is_thing, decoding="deeperlab", **parameters):
    """-> (labels, classes of the instances, instances)"""
    p = {**DEFAULTS, **parameters}
    heads = {name: np.array(plane, np.float64) for name, plane in heads.items()}
    shifted = np.exp(heads["semantic"] - heads["semantic"].max(0))
    softmax = shifted / shifted.sum(0)
    for c in absent_stuff(heads["semantic"].argmax(0), is_thing, p):
        softmax[c] = -1
        heads["semantic"][c] = -1e30
    labels, probabilities = heads["semantic"].argmax(0), softmax.max(0)
    cells = [cell for cell in np.ndindex(labels.shape) if is_thing[labels[cell]]]
    if decoding == "deeperlab":
        targets = cell_targets(heads, cells, p)
        instances = detect(heads, score_maps(heads, targets, p), targets, p)
        owner = assign(cells, targets, instances, p)
    else:
        instances = find_centres(heads, p)
        owner = assign_to_centres(heads, cells, instances)
    owner, instances = complete(cells, owner, instances, labels, probabilities, is_thing, p)
    fused, classes = fuse(heads, owner, instances, is_thing)
    return fused, classes, instances
