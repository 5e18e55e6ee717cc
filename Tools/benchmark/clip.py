"""A clip for the whole job: the sample six times over, enlarged to 960x540, with its sound."""

from fractions import Fraction
from pathlib import Path

import av

SAMPLE = Path(__file__).resolve().parents[2] / "Samples/street.mp4"
SIZE = (960, 540)
TIMES = 6  # half a minute and more: what starting takes is a few hundredths of it


def made(folder: Path) -> Path:
    path = folder / f"street-{SIZE[0]}x{SIZE[1]}-{TIMES}.mp4"
    if not path.exists():
        unfinished = path.with_suffix(".part.mp4")
        _make(unfinished)
        unfinished.rename(path)
    return path


def _make(path: Path) -> None:
    with av.open(path, "w") as target:
        with av.open(SAMPLE) as sample:
            rate = sample.streams.video[0].average_rate
            length = Fraction(sample.duration, av.time_base)
            sound = target.add_stream_from_template(sample.streams.audio[0])
        video = target.add_stream("libx264", rate=rate)
        video.width, video.height = SIZE
        video.pix_fmt = "yuv420p"
        video.options = {"preset": "medium", "crf": "18"}
        heard = None  # where the sound so far ends, in its ticks
        for turn in range(TIMES):
            with av.open(SAMPLE) as sample:
                shift = None
                for packet in sample.demux():
                    if packet.stream.type == "audio":
                        if packet.dts is None:
                            continue
                        if shift is None:  # packets of sound follow each other without a gap
                            shift = 0 if heard is None else heard - packet.dts
                        packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                        heard = packet.dts + packet.duration
                        packet.stream = sound
                        target.mux(packet)
                        continue
                    for frame in packet.decode():
                        scaled = frame.reformat(*SIZE, interpolation="BICUBIC")
                        scaled.pts = frame.pts + round(turn * length / frame.time_base)
                        scaled.time_base = frame.time_base
                        target.mux(video.encode(scaled))
        target.mux(video.encode())


def frame_count(path: Path) -> int:
    with av.open(path) as container:
        video = container.streams.video[0]
        return video.frames or sum(1 for _ in container.decode(video))


def described(path: Path) -> str:
    """`street-960x540.mp4, 300 frames of 960x540 with sound`"""
    with av.open(path) as container:
        video = container.streams.video[0]
        sound = "with" if container.streams.audio else "without"
        size = f"{video.width}x{video.height}"
    return f"{path.name}, {frame_count(path)} frames of {size} {sound} sound"
