"""One engine in a process of its own.

    python engine_process.py ENGINE PRESET WxH PRECISION THREADS FOLDER

ENGINE is onnxruntime, ncnn, pytorch, or openvino-f32 or openvino-bf16 by what it may compute in
where its graph is not quantized. Reads lines from standard input, each a number of passes; prints
the milliseconds of each pass. The same protocol as the NetworkBenchmark program.
"""

import contextlib
import functools
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import models
import numpy as np


def openvino_pass(
    hint: str, preset: str, w: int, h: int, precision: str, threads: int, folder: Path
):
    import openvino

    graph = models.quantized_openvino if precision == "int8" else models.onnx_file
    compiled = openvino.Core().compile_model(
        graph(preset, w, h, folder),
        "CPU",
        {
            "INFERENCE_NUM_THREADS": threads,
            "INFERENCE_PRECISION_HINT": hint,
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": 1,
        },
    )
    request = compiled.create_infer_request()
    request.set_input_tensor(openvino.Tensor(picture(w, h)))
    return request.infer


def onnxruntime_pass(preset: str, w: int, h: int, precision: str, threads: int, folder: Path):
    import onnxruntime

    assert precision != "bf16", "ONNX Runtime's CPU kernels have no bf16"
    graph = models.quantized_onnx if precision == "int8" else models.onnx_file
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        graph(preset, w, h, folder), options, providers=["CPUExecutionProvider"]
    )
    feed = {session.get_inputs()[0].name: picture(w, h)}
    return lambda: session.run(None, feed)


def torch_pass(preset: str, w: int, h: int, precision: str, threads: int, folder: Path):
    # Compiled in this process, with its weights folded in: half as fast again as eager here.
    os.environ["TORCHINDUCTOR_COMPILE_THREADS"] = "1"
    os.environ["TORCHINDUCTOR_FREEZING"] = "1"
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(folder.resolve() / "inductor")
    import torch

    torch.set_num_threads(threads)
    network = models.network(preset, folder).to(memory_format=torch.channels_last)
    compiled = torch.compile(network)
    x = torch.from_numpy(picture(w, h)).to(memory_format=torch.channels_last)

    def run() -> None:
        with (
            torch.inference_mode(),
            torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"),
        ):
            compiled(x)

    return run


def ncnn_pass(preset: str, w: int, h: int, precision: str, threads: int, folder: Path):
    import ncnn

    param, weights = models.ncnn_files(preset, w, h, folder)
    net = ncnn.Net()
    net.opt.num_threads = threads
    net.opt.use_bf16_storage = precision == "bf16"
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
    net.load_param(str(param))
    net.load_model(str(weights))
    array = picture(w, h)[0]
    x = ncnn.Mat(array).clone()  # a Mat of an array does not keep the array alive

    def run() -> None:
        extractor = net.create_extractor()
        extractor.input("in0", x)
        for output in range(5):
            extractor.extract(f"out{output}")

    return run


def picture(w: int, h: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, (1, 3, h, w)).astype(np.float32)


ENGINES: dict[str, Callable] = {
    "openvino-f32": functools.partial(openvino_pass, "f32"),
    "openvino-bf16": functools.partial(openvino_pass, "bf16"),
    "onnxruntime": onnxruntime_pass,
    "pytorch": torch_pass,
    "ncnn": ncnn_pass,
}


def main() -> None:
    engine, preset, size, precision, threads, folder = sys.argv[1:]
    w, h = map(int, size.split("x"))
    # Exporters print what they do; the pipe is for times alone.
    with contextlib.redirect_stdout(sys.stderr):
        run = ENGINES[engine](preset, w, h, precision, int(threads), Path(folder))
    for line in sys.stdin:
        times = []
        for _ in range(int(line)):
            start = time.perf_counter()
            run()
            times.append(1e3 * (time.perf_counter() - start))
        print(*times, flush=True)


if __name__ == "__main__":
    main()
