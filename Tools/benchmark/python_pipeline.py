"""The whole job as one would write it in Python today: the yardstick for `dlvideo IN -o OUT`.

    python python_pipeline.py IN OUT MODEL.onnx PRECISION

PyAV decodes and encodes (libx264, veryfast, crf 23; audio copied), OpenVINO runs the network,
NumPy and OpenCV find instances and draw. Every stage has a thread and a bounded queue; inference
is asynchronous. Instances are found the cheap way (centre maxima, nearest centre by the
long-range offset), which costs less than DeeperLab's own grouping.
"""

import queue
import sys
import threading
from fractions import Fraction

import av
import cv2
import numpy as np
import openvino

END = None
THINGS = (8, 9, 10)
PALETTE = np.random.default_rng(3).integers(40, 255, (256, 3), dtype=np.uint8)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


class Network:
    """The ONNX model in OpenVINO, two requests in flight."""

    def __init__(self, path: str, precision: str) -> None:
        hint = {"fp32": "f32", "bf16": "bf16"}[precision]
        model = openvino.Core().compile_model(
            path, "CPU", {"INFERENCE_PRECISION_HINT": hint, "PERFORMANCE_HINT": "THROUGHPUT"}
        )
        _, _, self.height, self.width = model.input(0).shape
        self.queue = openvino.AsyncInferQueue(model)
        self.queue.set_callback(lambda request, done: done(request))

    def start(self, picture: np.ndarray, done) -> None:
        """Calls `done` with the request when its outputs are there."""
        small = cv2.resize(picture, (self.width, self.height), interpolation=cv2.INTER_AREA)
        blob = (small.astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)[None]
        self.queue.start_async({0: blob}, done)


def parse(outputs: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, list]:
    """-> class map and instance map at stride 4, and (box, class, score) of each instance."""
    semantic, heatmap, long_range = (o[0] for o in outputs[:3])
    classes = semantic.argmax(0).astype(np.uint8)
    centre = sigmoid(heatmap[4])
    peaks = (centre == cv2.dilate(centre, np.ones((7, 7)))) & (centre > 0.1)
    ys, xs = np.nonzero(peaks)
    instances = np.zeros(classes.shape, np.uint8)
    things = np.isin(classes, THINGS)
    found = []
    if len(ys) and things.any():
        i, j = np.nonzero(things)
        aim_x = j + long_range[8][i, j] / 4
        aim_y = i + long_range[9][i, j] / 4
        distance = (aim_x[:, None] - xs) ** 2 + (aim_y[:, None] - ys) ** 2
        instances[i, j] = np.minimum(distance.argmin(1), 253) + 1
        for k in range(min(len(ys), 254)):
            mask = instances == k + 1
            if mask.sum() >= 4:
                label = np.bincount(classes[mask]).argmax()
                found.append((cv2.boundingRect(mask.astype(np.uint8)), label, centre[ys[k], xs[k]]))
    return classes, instances, found


def draw(picture: np.ndarray, classes, instances, found, number: int) -> np.ndarray:
    h, w = picture.shape[:2]
    labels = cv2.resize(classes, (w, h), interpolation=cv2.INTER_NEAREST)
    out = cv2.addWeighted(picture, 0.55, PALETTE[labels], 0.45, 0)
    masks = cv2.resize(instances, (w, h), interpolation=cv2.INTER_NEAREST)
    edges = masks != cv2.erode(masks, np.ones((3, 3), np.uint8))
    out[edges] = 255
    sx, sy = w / classes.shape[1], h / classes.shape[0]
    for (x, y, _, _), label, score in found:
        place = (int(x * sx), int(y * sy))
        cv2.putText(out, f"{label} {score:.0%}", place, 0, 0.5, (255, 255, 255), 1, cv2.LINE_AA)
    cv2.putText(out, f"frame {number}", (10, 20), 0, 0.6, (255, 255, 255), 1, cv2.LINE_AA)
    return out


def main() -> None:
    source, target, model, precision = sys.argv[1:]
    network = Network(model, precision)
    reading, writing = av.open(source), av.open(target, "w")
    video = reading.streams.video[0]
    video.thread_type = "AUTO"
    audio = reading.streams.audio[0] if reading.streams.audio else None
    out = writing.add_stream("libx264", rate=video.average_rate)
    out.width, out.height, out.pix_fmt = video.width, video.height, "yuv420p"
    out.options = {"preset": "veryfast", "crf": "23"}
    out.codec_context.time_base = video.time_base or Fraction(1, 1000)
    sound = writing.add_stream_from_template(audio) if audio else None

    decoded: queue.Queue = queue.Queue(8)
    parsed: queue.Queue = queue.Queue(8)
    drawn: queue.Queue = queue.Queue(8)
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
                decoded.put((frame.to_ndarray(format="rgb24"), frame.pts, frame.time_base))
        decoded.put(END)

    def infer() -> None:
        while (item := decoded.get()) is not END:
            ready = threading.Event()
            result: list = []

            def done(request, result=result, ready=ready) -> None:
                result.extend(t.data.copy() for t in request.output_tensors)
                ready.set()

            network.start(item[0], done)
            parsed.put((*item, result, ready))
        parsed.put(END)

    def paint() -> None:
        number = 0
        while (item := parsed.get()) is not END:
            picture, pts, base, result, ready = item
            ready.wait()
            drawn.put((draw(picture, *parse(result), number), pts, base))
            number += 1
        drawn.put(END)

    def encode() -> None:
        while (item := drawn.get()) is not END:
            frame = av.VideoFrame.from_ndarray(item[0], format="rgb24")
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
