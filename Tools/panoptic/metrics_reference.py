"""PQ, PC, mIoU, VPQ and STQ from boolean masks: slow, obvious, and independent of the Swift.

A label map is an int array [H, W], 0 for void; `segments` is a list of dicts with `id`,
`category` and `iscrowd`. Definitions: COCO's `pq_compute` for PQ, SQ, RQ; arXiv 1902.05093 for
PC, 2006.11339 for VPQ, 2102.11859 for STQ.
"""

import math

import numpy as np


def iou_without_void(truth, prediction, ignored):
    both = (truth & prediction).sum()
    return both / (truth.sum() + (prediction & ~ignored).sum() - both)


class Evaluator:
    def __init__(self, categories):
        """categories: {id: isthing}"""
        self.categories = categories
        self.counts = {c: dict(tp=0, fp=0, fn=0, iou=0.0) for c in categories}
        self.covering = {c: [0.0, 0.0] for c in categories}
        self.pixels = {c: [0, 0] for c in categories}

    def add(self, truth, truth_segments, prediction, prediction_segments):
        void = truth == 0
        matched = set()
        for t in truth_segments:
            if t["iscrowd"]:
                continue
            mask, found = truth == t["id"], False
            for p in prediction_segments:
                if p["category"] != t["category"]:
                    continue
                iou = iou_without_void(mask, prediction == p["id"], void)
                if iou > 0.5:
                    found = True
                    matched.add(p["id"])
                    self.counts[t["category"]]["tp"] += 1
                    self.counts[t["category"]]["iou"] += iou
            if not found:
                self.counts[t["category"]]["fn"] += 1
        for p in prediction_segments:
            if p["id"] in matched:
                continue
            ignored = void.copy()
            crowds = [
                t for t in truth_segments if t["iscrowd"] and t["category"] == p["category"]
            ]
            if crowds:
                ignored |= truth == crowds[-1]["id"]
            mask = prediction == p["id"]
            if (mask & ignored).sum() / mask.sum() <= 0.5:
                self.counts[p["category"]]["fp"] += 1
        self.add_covering(truth, truth_segments, prediction, prediction_segments)
        self.add_semantics(truth, truth_segments, prediction, prediction_segments)

    def add_covering(self, truth, truth_segments, prediction, prediction_segments):
        ignored = truth == 0
        for t in truth_segments:
            if t["iscrowd"]:
                ignored = ignored | (truth == t["id"])
        for t in truth_segments:
            if t["iscrowd"]:
                continue
            mask = truth == t["id"]
            best = max(
                [
                    iou_without_void(mask, prediction == p["id"], ignored)
                    for p in prediction_segments
                    if p["category"] == t["category"]
                ],
                default=0.0,
            )
            self.covering[t["category"]][0] += mask.sum() / mask.size * best
            self.covering[t["category"]][1] += mask.sum() / mask.size

    def add_semantics(self, truth, truth_segments, prediction, prediction_segments):
        valid = np.isin(truth, [t["id"] for t in truth_segments])
        for c in self.categories:
            t = np.isin(truth, [s["id"] for s in truth_segments if s["category"] == c])
            p = np.isin(prediction, [s["id"] for s in prediction_segments if s["category"] == c])
            self.pixels[c][0] += int((t & p).sum())
            self.pixels[c][1] += int(((t | p) & valid).sum())

    def per_class(self):
        rows = {}
        for c, n in self.counts.items():
            weight = n["tp"] + n["fp"] / 2 + n["fn"] / 2
            rows[c] = dict(
                pq=n["iou"] / weight if weight else 0.0,
                sq=n["iou"] / n["tp"] if n["tp"] else 0.0,
                rq=n["tp"] / weight if weight else 0.0,
                occurs=weight > 0,
            )
        return rows

    def scores(self):
        rows, result = self.per_class(), {}
        for name, wanted in (("all", (0, 1)), ("things", (1,)), ("stuff", (0,))):
            chosen = [
                r for c, r in rows.items() if r["occurs"] and self.categories[c] in wanted
            ]
            result[name] = {
                key: float(np.mean([r[key] for r in chosen])) if chosen else 0.0
                for key in ("pq", "sq", "rq")
            }
            result[name]["n"] = len(chosen)
        result["pc"] = float(np.mean([a / b for a, b in self.covering.values() if b]))
        result["miou"] = self.miou()
        result["per_class"] = {str(c): r["pq"] for c, r in rows.items()}
        return result

    def miou(self):
        return float(np.mean([a / b for a, b in self.pixels.values() if b]))


def vpq(categories, truth, prediction, windows=(1, 2, 3, 4)):
    """truth, prediction: lists of (map, segments), ids the same for an object's whole life."""

    def tube(frames):
        segments = {s["id"]: s for _, listed in frames for s in listed}
        return np.concatenate([ids for ids, _ in frames]), list(segments.values())

    means = []
    for k in windows:
        evaluator = Evaluator(categories)
        for first in range(len(truth) - k + 1):
            evaluator.add(*tube(truth[first : first + k]), *tube(prediction[first : first + k]))
        means.append(evaluator.scores()["all"]["pq"])
    return float(np.mean(means))


def stq(categories, truth, prediction):
    semantics = Evaluator(categories)
    for t, p in zip(truth, prediction):
        semantics.add(*t, *p)

    def things(frames, crowd):
        listed = {
            s["id"]
            for _, segments in frames
            for s in segments
            if categories[s["category"]] and s["iscrowd"] == crowd
        }
        return listed, np.stack([ids for ids, _ in frames])

    truth_ids, t = things(truth, 0)
    crowd_ids, _ = things(truth, 1)
    predicted_ids, p = things(prediction, 0)
    p = np.where(np.isin(t, list(crowd_ids)), 0, p)
    total = 0.0
    for g in truth_ids:
        for q in predicted_ids:
            both = ((t == g) & (p == q)).sum()
            if both:
                union = (t == g).sum() + (p == q).sum() - both
                total += both * (both / union) / (t == g).sum()
    aq = total / len(truth_ids) if truth_ids else 0.0
    sq = semantics.miou()
    return dict(stq=math.sqrt(aq * sq), aq=float(aq), sq=sq)
