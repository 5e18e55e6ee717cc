"""Writes Tools/fuzz/corpus: small model files, good and bad, that the fuzzer begins with."""

import json
import os
import struct

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")
MODEL = {
    "architecture": "deeperlab-wmnv2-lite", "aspp": 8, "decoder": 64, "semantic_head": 16,
    "instance_head": 8, "low_level": 4, "rates": [6, 12, 18], "keypoint_radius": 8,
    "input": [64, 48], "mean": 127.5, "scale": 127.5, "decoding": "deeperlab",
    "grouping": {"maximum_centres": 100}, "classes": [
        {"id": 7, "name": "road", "isthing": 0, "color": [1, 2, 3]},
        {"id": 8, "name": "car", "isthing": 1}]}


def tensor(kind, shape, begin, end):
    return {"dtype": kind, "shape": shape, "data_offsets": [begin, end]}


def write(name, header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    size = len(text) if length is None else length
    with open(os.path.join(FOLDER, name), "wb") as file:
        file.write(struct.pack("<Q", size) + text + data)


def main():
    os.makedirs(FOLDER, exist_ok=True)
    named = {"__metadata__": {"dlvideo": json.dumps(MODEL)}}
    write("empty-header", {})
    write("described", named)
    write("types", named | {
        "a": tensor("F32", [2, 2], 0, 16), "b": tensor("F16", [3], 16, 22),
        "c": tensor("BF16", [1], 22, 24), "d": tensor("U8", [4], 24, 28),
        "e": tensor("I64", [0], 28, 28), "f": tensor("F32", [], 28, 32)}, bytes(range(32)))
    write("right-tensor", named | {
        "heads.semantic.logits.bias": tensor("F32", [2], 0, 8)}, bytes(8))
    write("long-length", b"{}", length=1 << 62)
    write("no-length", b"", length=0)
    write("nested", b"[" * 3000 + b"]" * 3000)
    write("wide-shape", {"a": tensor("F32", [1 << 62, 4], 0, 4)}, bytes(4))
    write("backward", {"a": tensor("F32", [1], 4, 0)}, bytes(4))
    write("fractions", {"a": tensor("F32", [1.5], 0.0, 6.0)}, bytes(6))
    write("large-numbers", {"__metadata__": {"dlvideo": json.dumps(
        MODEL | {"aspp": 1 << 63, "rates": [1e300], "mean": 1e308, "scale": 5e-324,
                 "keypoint_radius": 1e308, "input": [1 << 40, 16]})}})
    write("strange-text", {"__metadata__": {"dlvideo": json.dumps(
        MODEL | {"classes": [{"id": -(1 << 63), "name": "\u0000\ud800\u202e", "color": []}]})}})


if __name__ == "__main__":
    main()
