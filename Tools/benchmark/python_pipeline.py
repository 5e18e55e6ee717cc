"""The whole job as one would write it in Python today: the yardstick for `dlvideo IN -o OUT`.

    python python_pipeline.py IN OUT MODEL HINT

HINT is what OpenVINO computes in where the model is not quantized: f32 or bf16. PyAV decodes and
encodes (libx264, veryfast, crf 23; audio copied), OpenVINO runs the network, NumPy and OpenCV find
instances and draw. Every stage has a thread and a bounded queue; inference is asynchronous. It is
written to be fast: swscale makes the network's input in one pass, OpenVINO normalises it inside the
graph, and drawing happens in the decoded planes, so that no full-size RGB picture exists.

It does less than `dlvideo`: instances are found the cheap way (centre maxima, nearest centre by
the long-range offset; two of the five heads are computed, as by `dlvideo`, but not read), nothing
is tracked, masks are nearest-neighbour enlargements, contours and text touch the luma plane only,
text is OpenCV's stroke font without a background.
"""

import os
import queue
import sys
import threading
from collections.abc import Callable
from fractions import Fraction

import av
import cv2
import numpy as np
import openvino
from av.video.reformatter import VideoReformatter

END = None
THINGS = (8, 9, 10)
ALPHA = 0.45
QUEUE = 8  # frames between two stages

# A colour for each class, as limited-range Y, U, V.
_RGB = np.random.default_rng(3).integers(40, 255, (256, 3)).astype(np.float32)
_TO_YUV = np.float32([[0.257, 0.504, 0.098], [-0.148, -0.291, 0.439], [0.439, -0.368, -0.071]])
PALETTE = np.clip(_RGB @ _TO_YUV.T + (16, 128, 128), 0, 255).astype(np.uint8).T.copy()


class Network:
    """An ONNX model or OpenVINO's own form in OpenVINO; takes RGB24 pictures of its own size."""

    def __init__(self, path: str, hint: str) -> None:
        core = openvino.Core()
        model = core.read_model(path)
        _, _, self.height, self.width = model.input(0).shape
        pre = openvino.preprocess.PrePostProcessor(model)
        tensor = pre.input().tensor()
        tensor.set_element_type(openvino.Type.u8).set_layout(openvino.Layout("NHWC"))
        pre.input().model().set_layout(openvino.Layout("NCHW"))
        steps = pre.input().preprocess().convert_element_type(openvino.Type.f32)
        steps.mean(127.5).scale(127.5)
        compiled = core.compile_model(
            pre.build(), "CPU", {"INFERENCE_PRECISION_HINT": hint, "PERFORMANCE_HINT": "THROUGHPUT"}
        )
        self.queue = openvino.AsyncInferQueue(compiled)
        self.queue.set_callback(lambda request, done: done(request))

    def start(self, picture: np.ndarray, done: Callable) -> None:
        """Calls `done` with the request when its outputs are there."""
        self.queue.start_async({0: picture[None]}, done)


def parse(semantic: np.ndarray, heatmap: np.ndarray, long_range: np.ndarray):
    """-> class map and instance map at stride 4, and (place, class, score) of each instance."""
    classes = semantic.argmax(0).astype(np.uint8)
    centre = 1 / (1 + np.exp(-heatmap[4]))
    peaks = (centre == cv2.dilate(centre, np.ones((7, 7)))) & (centre > 0.1)
    ys, xs = np.nonzero(peaks)
    instances = np.zeros(classes.shape, np.uint8)
    i, j = np.nonzero(np.isin(classes, THINGS))
    found = []
    if len(ys) and len(i):
        aim_x = j + long_range[8][i, j] / 4
        aim_y = i + long_range[9][i, j] / 4
        distance = (aim_x[:, None] - xs) ** 2 + (aim_y[:, None] - ys) ** 2
        nearest = np.minimum(distance.argmin(1), 253)
        instances[i, j] = nearest + 1
        labels = classes[i, j]
        for k in range(min(len(ys), 254)):
            own = np.flatnonzero(nearest == k)
            if len(own) >= 4:
                place = (j[own].min(), i[own].min())
                found.append((place, np.bincount(labels[own]).argmax(), centre[ys[k], xs[k]]))
    return classes, instances, found


def draw(planes: np.ndarray, w: int, h: int, classes, instances, found, number: int) -> None:
    """Draws into a yuv420p picture as PyAV gives it: h * 3 / 2 rows of w bytes."""
    luma = planes[:h]
    half = (w // 2, h // 2)
    u, v = planes[h:].reshape(2, h // 2, w // 2)
    for plane, colours, size in zip((luma, u, v), PALETTE, ((w, h), half, half), strict=True):
        paint = cv2.resize(cv2.LUT(classes, colours), size, interpolation=cv2.INTER_NEAREST)
        cv2.addWeighted(plane, 1 - ALPHA, paint, ALPHA, 0, dst=plane)
    masks = cv2.resize(instances, (w, h), interpolation=cv2.INTER_NEAREST)
    edges = cv2.compare(masks, cv2.erode(masks, np.ones((3, 3), np.uint8)), cv2.CMP_NE)
    cv2.max(luma, edges, dst=luma)
    sx, sy = w / classes.shape[1], h / classes.shape[0]
    for (x, y), label, score in found:
        place = (int(x * sx), int(y * sy))
        cv2.putText(luma, f"{label} {score:.0%}", place, 0, 0.5, 235, 1, cv2.LINE_AA)
    cv2.putText(luma, f"frame {number}", (10, 20), 0, 0.6, 235, 1, cv2.LINE_AA)


def main() -> None:
    source, target, model, hint = sys.argv[1:]
    cv2.setNumThreads(1)
    network = Network(model, hint)
    reading, writing = av.open(source), av.open(target, "w")
    video = reading.streams.video[0]
    video.thread_type = "AUTO"
    audio = reading.streams.audio[0] if reading.streams.audio else None
    w, h = video.width, video.height
    out = writing.add_stream("libx264", rate=video.average_rate)
    out.width, out.height, out.pix_fmt = w, h, "yuv420p"
    out.options = {"preset": "veryfast", "crf": "23"}
    # As `dlvideo`: frames in parallel. Slices, PyAV's own choice, cost quality and bits.
    out.codec_context.thread_type = "FRAME"
    out.codec_context.thread_count = max(1, (os.cpu_count() or 1) // 2)
    out.codec_context.time_base = video.time_base or Fraction(1, 1000)
    sound = writing.add_stream_from_template(audio) if audio else None

    decoded: queue.Queue = queue.Queue(QUEUE)
    parsed: queue.Queue = queue.Queue(QUEUE)
    drawn: queue.Queue = queue.Queue(QUEUE)
    lock = threading.Lock()

    def decode() -> None:
        for packet in reading.demux([s for s in (video, audio) if s]):
            if packet.stream is audio:
                if packet.dts is not None:
                    packet.stream = sound
                    with lock:
                        writing.mux(packet)
                continue
            for frame in packet.decode():
                decoded.put(frame)
        decoded.put(END)

    def infer() -> None:
        scaler = VideoReformatter()  # one for all frames: a frame's own sets swscale up anew
        while (frame := decoded.get()) is not END:
            ready = threading.Event()
            result: list = []

            def done(request, result=result, ready=ready) -> None:
                result.extend(t.data[0].copy() for t in request.output_tensors[:3])
                ready.set()

            size = (network.width, network.height)
            small = scaler.reformat(frame, *size, "rgb24", interpolation="BILINEAR", threads=1)
            network.start(small.to_ndarray(), done)
            parsed.put((frame, result, ready))
        parsed.put(END)

    def paint() -> None:
        number = 0
        while (item := parsed.get()) is not END:
            frame, result, ready = item
            planes = frame.to_ndarray(format="yuv420p")
            ready.wait()
            draw(planes, w, h, *parse(*result), number)
            result.clear()
            drawn.put((planes, frame.pts, frame.time_base))
            number += 1
        drawn.put(END)

    def encode() -> None:
        while (item := drawn.get()) is not END:
            frame = av.VideoFrame.from_numpy_buffer(item[0], format="yuv420p")
            frame.pts, frame.time_base = item[1], item[2]
            for packet in out.encode(frame):
                with lock:
                    writing.mux(packet)
        for packet in out.encode():
            with lock:
                writing.mux(packet)

    threads = [threading.Thread(target=t) for t in (decode, infer, paint, encode)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writing.close()


if __name__ == "__main__":
    main()
