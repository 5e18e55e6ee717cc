"""The networks that are compared: a weights file for this program, and its ONNX and ncnn forms."""

import sys
from pathlib import Path

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tools/train"))
from dlvideo_train.data.classes import LabelClass  # noqa: E402
from dlvideo_train.model_file import ModelHeader, load_model, save_model  # noqa: E402
from dlvideo_train.model_onnx import INPUT, Outputs, export_onnx  # noqa: E402
from dlvideo_train.network import DeeperLab, Widths  # noqa: E402

SEED = 1
CALIBRATION_PICTURES = 16
PROGRAM = ROOT / ".build/release/dlvideo"
SHIPPED = ROOT / "Sources/DeeperLab/Resources/models/camvid-lite.safetensors"
SAMPLE = ROOT / "Samples/street.mp4"

# What OpenVINO may compute in where a graph is not quantized. For int8 the faster is taken: without
# AMX that is f32 by a third, though its own default there is bf16.
HINTS = {"fp32": ["f32"], "bf16": ["bf16"], "int8": ["f32", "bf16"]}

# "half" lies between the two, to see how time grows with width. "shipped" is a model file.
PRESETS = {
    "paper": Widths.paper(classes=19),
    "half": Widths(
        classes=19, aspp=192, decoder=2048, semantic_head=192, instance_head=48, low_level=32
    ),
    "lite": Widths(classes=11),
}


def widths(preset: str) -> Widths:
    return load_model(SHIPPED)[1].widths if preset == "shipped" else PRESETS[preset]


def shipped_size() -> tuple[int, int]:
    """Width and height of the shipped model's usual input."""
    return load_model(SHIPPED)[1].input_size


def weights_file(preset: str, folder: Path) -> Path:
    """A preset with random weights: speed does not depend on them."""
    if preset == "shipped":
        return SHIPPED
    path = folder / f"{preset}.safetensors"
    if not path.exists():
        torch.manual_seed(SEED)
        made = widths(preset)
        classes = [LabelClass(i, f"class {i}", False) for i in range(made.classes)]
        save_model(path, DeeperLab(made), ModelHeader(made, classes, 8, (512, 512)), half=False)
    return path


def network(preset: str, folder: Path) -> Outputs:
    """The weights file in PyTorch."""
    return Outputs(load_model(weights_file(preset, folder))[0]).eval()


def onnx_file(preset: str, width: int, height: int, folder: Path) -> Path:
    path = folder / f"{preset}-{width}x{height}-fp32.onnx"
    if preset == "shipped" and path.exists() and path.stat().st_mtime < SHIPPED.stat().st_mtime:
        path.unlink()
    if not path.exists():
        export_onnx(load_model(weights_file(preset, folder))[0], path, (width, height))
    return path


def calibration_pictures(width: int, height: int) -> list[np.ndarray]:
    """Pictures of the sample as the network takes them."""
    import av

    pictures = []
    with av.open(SAMPLE) as sample:
        for index, frame in enumerate(sample.decode(video=0)):
            if index % 9 == 0 and len(pictures) < CALIBRATION_PICTURES:
                rgb = frame.reformat(width, height, "rgb24").to_ndarray()
                pictures.append(rgb.astype(np.float32).transpose(2, 0, 1)[None] / 127.5 - 1)
    return pictures


def quantized_openvino(preset: str, width: int, height: int, folder: Path) -> Path:
    """int8 as NNCF, OpenVINO's own tool, makes it: per-channel weights, calibrated activations."""
    path = folder / f"{preset}-{width}x{height}-int8.xml"
    source = onnx_file(preset, width, height, folder)
    if not path.exists() or path.stat().st_mtime < source.stat().st_mtime:
        import nncf
        import openvino

        pictures = nncf.Dataset(calibration_pictures(width, height))
        model = nncf.quantize(
            openvino.Core().read_model(source), pictures, subset_size=CALIBRATION_PICTURES
        )
        openvino.save_model(model, path)
    return path


def quantized_onnx(preset: str, width: int, height: int, folder: Path) -> Path:
    """int8 as ONNX Runtime's own tool makes it (QDQ)."""
    path = folder / f"{preset}-{width}x{height}-int8.onnx"
    source = onnx_file(preset, width, height, folder)
    if not path.exists() or path.stat().st_mtime < source.stat().st_mtime:
        from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static
        from onnxruntime.quantization.shape_inference import quant_pre_process

        class Pictures(CalibrationDataReader):
            left = iter(calibration_pictures(width, height))

            def get_next(self) -> dict | None:
                picture = next(self.left, None)
                return None if picture is None else {INPUT: picture}

        prepared = path.with_suffix(".prepared.onnx")
        quant_pre_process(str(source), str(prepared))
        quantize_static(
            prepared,
            path,
            Pictures(),
            per_channel=True,
            weight_type=QuantType.QInt8,
            activation_type=QuantType.QUInt8,
        )
    return path


def ncnn_files(preset: str, width: int, height: int, folder: Path) -> tuple[Path, Path]:
    """ncnn's parameters and weights, converted by pnnx."""
    stem = folder / f"{preset}-{width}x{height}"
    param, weights = stem.with_suffix(".ncnn.param"), stem.with_suffix(".ncnn.bin")
    if not param.exists():
        import pnnx

        picture = torch.zeros(1, 3, height, width)
        pnnx.export(
            network(preset, folder),
            str(stem.with_suffix(".pt")),
            (picture,),
            fp16=False,
            ncnnparam=str(param),
            ncnnbin=str(weights),
        )
    return param, weights


def operations(preset: str, width: int, height: int) -> int:
    """Multiplications and additions of one pass, counted by PyTorch."""
    from torch.utils.flop_counter import FlopCounterMode

    channels = widths(preset)
    with torch.device("meta"):
        model = DeeperLab(channels).eval()
        picture = torch.zeros(1, 3, height, width)
    counter = FlopCounterMode(display=False)
    with counter, torch.inference_mode():
        model(picture)
    return counter.get_total_flops()
