"""Model files and ONNX: what is written is what is read, and another engine agrees."""

import json
from pathlib import Path

import onnxruntime
import pytest
import torch
from safetensors import safe_open

from dlvideo_train import model_onnx
from dlvideo_train.commands import main
from dlvideo_train.data.classes import CAMVID, LabelClass
from dlvideo_train.decoding.parameters import Parameters
from dlvideo_train.model_file import (
    ModelError,
    ModelHeader,
    load_model,
    save_model,
    transplanted,
)
from dlvideo_train.network import DeeperLab, Widths

SMALL = Widths(11, aspp=8, decoder=64, semantic_head=16, instance_head=8, low_level=4)
MEGABYTE = 1_000_000


def network(widths: Widths = SMALL) -> DeeperLab:
    """Random weights, with statistics that are not those of a new network."""
    torch.manual_seed(1)
    made = DeeperLab(widths).eval()
    for name, tensor in made.named_buffers():
        if name.endswith("running_mean"):
            tensor.normal_(0, 0.1)
        elif name.endswith("running_var"):
            tensor.uniform_(0.5, 1.5)
    return made


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path, made = tmp_path / "m.safetensors", network()
    header = ModelHeader(SMALL, CAMVID, 9.5, (320, 192))
    save_model(path, made, header, half=False)
    again, read = load_model(path)
    assert read.metadata() == header.metadata()
    assert all(
        torch.equal(t, again.parameter_tensors()[n]) for n, t in made.parameter_tensors().items()
    )
    save_model(path, made, header)
    again, _ = load_model(path)
    for name, tensor in made.parameter_tensors().items():
        assert torch.equal(tensor.half().float(), again.parameter_tensors()[name])


def test_tuned_grouping_is_kept_and_used(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    path = tmp_path / "m.safetensors"
    header = ModelHeader(SMALL, grouping={"keypoint_threshold": 0.4, "refinement_rounds": 1.0})
    save_model(path, network(), header)
    read = load_model(path)[1]
    assert read.grouping == header.grouping
    tuned = Parameters.tuned(read.grouping | {"of another version": 3}, keypoint_radius=9)
    assert tuned == Parameters(keypoint_radius=9, keypoint_threshold=0.4, refinement_rounds=1)
    for wrong in ("keypoint_radius=3", "threshold=1", "support=much"):
        with pytest.raises(SystemExit):
            main(["export", str(tmp_path), "-o", str(path), "--grouping", wrong])
        assert wrong.partition("=")[0] in capsys.readouterr().err


def test_the_file_is_as_the_design_has_it(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    save_model(path, network(), ModelHeader(SMALL))
    with safe_open(str(path), "pt") as file:
        record = json.loads(file.metadata()["dlvideo"])
        names = set(file.keys())
        assert file.get_tensor("encoder.stem.conv.weight").dtype == torch.float16
    assert record["architecture"] == "deeperlab-wmnv2" and record["decoder"] == 64
    assert record["rates"] == [6, 12, 18] and record["mean"] == record["scale"] == 127.5
    first = {"id": 0, "name": "sky", "isthing": 0, "color": [17, 185, 254]}
    assert record["classes"][0] == first and len(record["classes"]) == 11
    assert not any(n.endswith("num_batches_tracked") for n in names)


def test_the_lite_model_is_under_12_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "lite.safetensors"
    save_model(path, DeeperLab(Widths()), ModelHeader())
    assert path.stat().st_size < 12 * MEGABYTE


def test_a_tensor_of_another_shape_is_named(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    save_model(path, network(), ModelHeader(Widths(11, 8, 64, 16, 4, 4)))
    with pytest.raises(ModelError, match=r"heads\.keypoint_heatmap.*expected"):
        load_model(path)


def test_values_that_float16_cannot_hold_are_refused(tmp_path: Path) -> None:
    made = network()
    with torch.no_grad():
        made.encoder.stem.bn.weight[0] = 1e6
    with pytest.raises(ModelError, match=r"stem\.bn\.weight"):
        save_model(tmp_path / "m.safetensors", made, ModelHeader(SMALL))


def test_a_file_that_cannot_be_written_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    model, out = tmp_path / "m.safetensors", tmp_path / "nowhere" / "m.safetensors"
    save_model(model, network(), ModelHeader(SMALL))
    for command in (["mix", str(model)], ["balance", str(model), "scenes:0-1"]):
        assert main([*command, "-o", str(out)]) == 73
        error = capsys.readouterr().err
        assert str(out) in error and error.count("\n") == 1


def test_new_classes_keep_all_but_the_last_layer() -> None:
    made, header = network(), ModelHeader(SMALL)
    classes = (LabelClass(0, "water", False), LabelClass(1, "boat", True))
    other, changed = transplanted(made, header, classes)
    assert changed.classes == classes and changed.widths.classes == 2
    old, new = made.parameter_tensors(), other.parameter_tensors()
    differing = {n for n in old if old[n].shape != new[n].shape or not torch.equal(old[n], new[n])}
    assert differing == {"heads.semantic.logits.weight", "heads.semantic.logits.bias"}


def test_a_mixture_is_the_weighted_mean(tmp_path: Path) -> None:
    first, second, out = (tmp_path / f"{name}.safetensors" for name in ("a@b", "c", "mixed"))
    made = network()
    save_model(first, made, ModelHeader(SMALL, grouping={"support": 2}), half=False)
    ones = network()
    with torch.no_grad():
        for tensor in ones.parameter_tensors().values():
            tensor.fill_(1)
    save_model(second, ones, ModelHeader(SMALL), half=False)
    command = ["mix", str(first), f"{second}@3", "-o", str(out), "--float32"]
    assert main(command) == 0
    found, header = load_model(out)
    assert header.grouping == {"support": 2}
    for name, tensor in made.parameter_tensors().items():
        torch.testing.assert_close(found.parameter_tensors()[name], tensor / 4 + 0.75)


def test_what_cannot_be_mixed_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    path, other = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    save_model(path, network(), ModelHeader(SMALL))
    wider = Widths(11, 16, 64, 16, 8, 4)
    water = tuple(LabelClass(n, f"water {n}", False) for n in range(11))
    for header, words in ((ModelHeader(wider), "widths"), (ModelHeader(SMALL, water), "classes")):
        save_model(other, network(header.widths), header)
        assert main(["mix", str(path), str(other), "-o", str(tmp_path / "out")]) == 69
        error = capsys.readouterr().err
        assert str(other) in error and words in error and error.count("\n") == 1
    for share in ("0", "-1", "nan"):
        with pytest.raises(SystemExit) as stop:
            main(["mix", f"{path}@{share}", "-o", str(tmp_path / "out")])
        assert stop.value.code == 64
    assert not (tmp_path / "out").exists()


def test_onnx_agrees_with_pytorch(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    path, out = tmp_path / "m.safetensors", tmp_path / "m.onnx"
    save_model(path, network(), ModelHeader(SMALL))
    assert main(["onnx", str(path), "-o", str(out), "--size", "96x64"]) == 0
    assert "96x64" in capsys.readouterr().err
    session = onnxruntime.InferenceSession(str(out), providers=["CPUExecutionProvider"])
    assert [o.name for o in session.get_outputs()] == list(SMALL.outputs())
    assert session.get_inputs()[0].shape == [1, 3, 64, 96]
    x = torch.rand(1, 3, 64, 96) * 2 - 1
    with torch.no_grad():
        expected = load_model(path)[0](x)
    for name, found in zip(expected, session.run(None, {"picture": x.numpy()}), strict=True):
        error = (torch.from_numpy(found) - expected[name]).abs().max()
        assert error <= 1e-4 * expected[name].abs().max(), name


def test_onnx_that_differs_is_told(tmp_path: Path) -> None:
    made, out = network(), tmp_path / "m.onnx"
    model_onnx.export_onnx(made, out, (64, 64))
    with torch.no_grad():
        made.heads["long_range"].logits.bias += 1
    with pytest.raises(ModelError, match="long_range differs"):
        model_onnx.check_onnx(made, out, (64, 64))
    assert not out.exists()


def test_a_class_whose_number_does_not_fit_is_refused(tmp_path: Path) -> None:
    path, widths = tmp_path / "m.safetensors", Widths(2, 8, 64, 16, 8, 4)
    classes = (LabelClass(0, "water", False), LabelClass(1, "boat", True, category=16777))
    save_model(path, network(widths), ModelHeader(widths, classes))
    with pytest.raises(ModelError, match=r"m\.safetensors: class boat has the id 16777"):
        load_model(path)
