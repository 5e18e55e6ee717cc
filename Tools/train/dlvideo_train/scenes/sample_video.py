"""Samples/street: a moving scene as a video with sound, and its exact panoptic labels."""

import json
import multiprocessing
import subprocess
import sys
import tempfile
import wave
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from ..data.classes import CAMVID
from ..data.panoptic import panoptic_ids, segments, write_ids
from ..data.sample import Sample
from .layout import Scene, random_scene
from .render import render

SEED = 39  # a clear day, a wide street, cars ahead and people on the pavement
WIDTH, HEIGHT, RATE, FRAMES = 640, 360, 25, 150
FINER = 2  # drawn this many times larger, then averaged: no jagged edges
EVERY = 5  # frames from label picture to label picture
SPEED = 5.0  # metres a second
SAMPLE_RATE = 48000


def sample_scene() -> Scene:
    """The street as a car's driver sees it, driving straight on."""
    scene = random_scene(SEED)
    street = scene.street
    lane = street.left + 0.5 * (min(street.lanes, default=street.right) - street.left)
    view = replace(
        scene.view, across=lane, height=1.35, yaw=0.0, pitch=0.02, roll=0.0, focal=0.95, speed=SPEED
    )
    return replace(scene, view=view)


def frame(index: int) -> Sample:
    """One frame: the picture from a finer one, the labels at the picture's own size."""
    cv2.setNumThreads(1)
    scene, time = sample_scene(), index / RATE
    fine = render(scene, WIDTH * FINER, HEIGHT * FINER, time).image
    labels = render(scene, WIDTH, HEIGHT, time)
    labels.image = cv2.resize(fine, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return labels


def hum() -> np.ndarray:
    """The street's sound: low, slowly swelling noise; int16 [samples]."""
    rng = np.random.default_rng(SEED)
    count = SAMPLE_RATE * FRAMES // RATE
    spectrum = np.fft.rfft(rng.standard_normal(count))
    hertz = np.fft.rfftfreq(count, 1 / SAMPLE_RATE)
    spectrum *= 1 / (1 + (hertz / 140) ** 2)
    noise = np.fft.irfft(spectrum, count)
    noise *= 0.05 * (1 + 0.4 * np.sin(2 * np.pi * np.arange(count) / SAMPLE_RATE / 3)) / noise.std()
    return (np.clip(noise, -1, 1) * 32767).astype(np.int16)


def write_labels(samples: dict[int, Sample], folder: Path, index: Path) -> None:
    """The label pictures into `folder` and the JSON that describes them."""
    folder.mkdir(parents=True, exist_ok=True)
    images, annotations = [], []
    for number, sample in samples.items():
        ids, name = panoptic_ids(sample), f"{number:06d}.png"
        write_ids(folder / name, ids)
        images.append({"id": number, "file_name": name, "width": WIDTH, "height": HEIGHT})
        annotations.append({"image_id": number, "file_name": name, "segments_info": segments(ids)})
    categories = [c.record() for c in CAMVID]
    record = {"images": images, "annotations": annotations, "categories": categories}
    index.write_text(json.dumps(record, separators=(",", ":")) + "\n")


def make_sample(folder: Path) -> None:
    """Writes street.mp4, street.json and street.panoptic/ into a folder. Needs ffmpeg."""
    labelled: dict[int, Sample] = {}
    # Spawned, not forked: a fork would hold the encoder's pipe open, and it would never end.
    workers = ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn"))
    with tempfile.TemporaryDirectory() as temporary, workers as pool:
        sound = Path(temporary) / "hum.wav"
        with wave.open(str(sound), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE)
            file.writeframes(hum().tobytes())
        command = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24"]
        command += ["-s", f"{WIDTH}x{HEIGHT}", "-r", str(RATE), "-i", "-", "-i", str(sound)]
        command += ["-vf", "scale=out_color_matrix=bt709:out_range=tv", "-pix_fmt", "yuv420p"]
        command += ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]
        command += ["-c:v", "libx264", "-preset", "veryslow", "-crf", "21", "-threads", "1"]
        command += ["-c:a", "aac", "-b:a", "48k", "-movflags", "+faststart"]
        command += ["-fflags", "+bitexact", "-metadata", "title=A generated street"]
        encoder = subprocess.Popen([*command, str(folder / "street.mp4")], stdin=subprocess.PIPE)
        assert encoder.stdin
        for number, sample in enumerate(pool.map(frame, range(FRAMES), chunksize=2)):
            encoder.stdin.write(sample.image.tobytes())
            if number % EVERY == 0:
                labelled[number] = sample
            print(f"\rframe {number + 1}/{FRAMES}", end="", file=sys.stderr, flush=True)
        encoder.stdin.close()
        if encoder.wait() != 0:
            raise OSError("ffmpeg could not encode street.mp4")
    print(file=sys.stderr)
    write_labels(labelled, folder / "street.panoptic", folder / "street.json")
