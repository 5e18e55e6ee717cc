"""Model files: safetensors with one metadata entry, `dlvideo`, a JSON text (DESIGN.md)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from .data.classes import CAMVID, LabelClass, difference, wrong_number
from .network import DeeperLab, Widths

ARCHITECTURE = "deeperlab-wmnv2"


class ModelError(Exception):
    """A model file that cannot be used: which file and tensor, what was expected."""


@dataclass(frozen=True)
class ModelHeader:
    """What a model file says of itself besides its weights."""

    widths: Widths = field(default_factory=Widths)
    classes: Sequence[LabelClass] = CAMVID
    keypoint_radius: float = 8
    input_size: tuple[int, int] = (512, 288)  # width, height
    # Parameters of grouping that were tuned for the model, by name (decoding/parameters.py).
    grouping: Mapping[str, float] = field(default_factory=dict)

    def metadata(self) -> str:
        """The JSON text of the metadata entry."""
        widths = {k: v for k, v in vars(self.widths).items() if k != "classes"}
        widths["rates"] = list(self.widths.rates)
        return json.dumps(
            {"architecture": ARCHITECTURE}
            | widths
            | {
                "keypoint_radius": self.keypoint_radius,
                "input": list(self.input_size),
                "mean": 127.5,
                "scale": 127.5,
                "classes": [c.record() for c in self.classes],
            }
            | ({"grouping": dict(self.grouping)} if self.grouping else {})
        )

    @staticmethod
    def parse(text: str) -> "ModelHeader":
        """From the metadata's JSON text. Throws `ModelError` without the file's name."""
        try:
            record = json.loads(text)
            if record["architecture"] != ARCHITECTURE:
                raise ModelError(f"architecture {record['architecture']}: expected {ARCHITECTURE}")
            classes = tuple(LabelClass.from_record(r, n) for n, r in enumerate(record["classes"]))
            names = ("aspp", "decoder", "semantic_head", "instance_head", "low_level")
            numbers = {n: int(record[n]) for n in names}
            wrong = wrong_number(classes)
            if wrong:
                raise ModelError(wrong)
            widths = Widths(len(classes), **numbers, rates=tuple(record["rates"]))
            radius, (width, height) = float(record["keypoint_radius"]), record["input"]
            grouping = {n: float(value) for n, value in record.get("grouping", {}).items()}
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ModelError(
                f"its `dlvideo` metadata is not as expected ({type(error).__name__}: {error})"
            ) from error
        return ModelHeader(widths, classes, radius, (int(width), int(height)), grouping)

    @staticmethod
    def read(path: Path) -> "ModelHeader":
        """From a run's file of that text."""
        try:
            return ModelHeader.parse(path.read_text())
        except (ModelError, UnicodeDecodeError) as error:
            raise ModelError(f"{path}: {error}; without it, `train` writes it anew") from error


def save_model(path: Path, network: DeeperLab, header: ModelHeader, half: bool = True) -> None:
    """Writes the network in float16 (or float32). Throws `OSError` where it cannot."""
    dtype = torch.float16 if half else torch.float32
    tensors = {
        name: tensor.detach().cpu().to(dtype).contiguous()
        for name, tensor in network.parameter_tensors().items()
    }
    for name, tensor in tensors.items():
        if not tensor.isfinite().all():
            raise ModelError(f"{path}: {name} has values that {dtype} cannot hold")
    try:
        save_file(tensors, path, metadata={"dlvideo": header.metadata()})
    except SafetensorError as error:
        raise OSError(f"{path}: cannot be written ({error})") from error
    path.chmod(0o644)


def load_model(path: Path) -> tuple[DeeperLab, ModelHeader]:
    """The network, in float32 and evaluation mode, and the file's header."""
    try:
        with safe_open(str(path), "pt") as file:
            metadata = (file.metadata() or {}).get("dlvideo")
            tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{path}: not a readable model file ({error})") from error
    if metadata is None:
        raise ModelError(f"{path}: has no `dlvideo` metadata; is it a model file of dlvideo?")
    try:
        header = ModelHeader.parse(metadata)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error
    network = DeeperLab(header.widths).eval()
    expected = network.parameter_tensors()
    for name, tensor in expected.items():
        if name not in tensors:
            raise ModelError(f"{path}: {name} is missing")
        if tensors[name].shape != tensor.shape:
            raise ModelError(
                f"{path}: {name} is {list(tensors[name].shape)}, "
                f"expected {list(tensor.shape)} for these widths"
            )
    network.load_state_dict(tensors, strict=False)
    return network, header


def mixed(parts: Sequence[tuple[Path, float]]) -> tuple[DeeperLab, ModelHeader]:
    """The weighted mean of model files' weights, and the first one's header.

    Models that come of one another are better together than each, at no cost (Wortsman et al.,
    Model soups, 2203.05482). Shares are relative to their sum.
    """
    (first, share), *others = parts
    network, header = load_model(first)
    total = sum(share for _, share in parts)
    sums = network.parameter_tensors()
    with torch.no_grad():
        for tensor in sums.values():
            tensor.mul_(share / total)
        for path, share in others:
            other, theirs = load_model(path)
            differs = difference(header.classes, theirs.classes)
            if differs:
                raise ModelError(f"{path}: its classes are not those of {first}: {differs}")
            if theirs.widths != header.widths:
                raise ModelError(f"{path}: its widths are not those of {first}")
            for name, tensor in other.parameter_tensors().items():
                sums[name].add_(tensor, alpha=share / total)
    return network, header


def transplanted(
    network: DeeperLab, header: ModelHeader, classes: Sequence[LabelClass]
) -> tuple[DeeperLab, ModelHeader]:
    """The same weights for other classes: the last layer of the semantic head begins anew."""
    header = replace(header, widths=replace(header.widths, classes=len(classes)), classes=classes)
    fresh = DeeperLab(header.widths)
    last = "heads.semantic.logits."
    kept = {n: t for n, t in network.parameter_tensors().items() if not n.startswith(last)}
    fresh.load_state_dict(kept, strict=False)
    return fresh.eval(), header
