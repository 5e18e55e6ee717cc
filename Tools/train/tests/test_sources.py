"""Every layout is read as what it means."""

import json
from pathlib import Path

import cv2
import datasets
import numpy as np
import pytest

from dlvideo_train.data import json_stream
from dlvideo_train.data.cache import Cached
from dlvideo_train.data.classes import VOID
from dlvideo_train.data.coco_folder import write_coco_folder
from dlvideo_train.data.open_source import open_source
from dlvideo_train.data.parallel import each
from dlvideo_train.data.picture_header import picture_size
from dlvideo_train.data.sample import DataError, Source
from dlvideo_train.scenes.source import Scenes
from dlvideo_train.scoring.score import Scores


def opened(text: str) -> Source:
    return open_source(text)[0]


def test_camvid(tmp_path: Path) -> None:
    source = opened(f"camvid:{datasets.camvid(tmp_path)}")
    assert len(source) == 3 and source.name(1) == str(tmp_path / "images" / "p1.jpg")
    sample = source.load(1)
    assert sample.image.shape == (16, 24, 3) and sample.image.dtype == np.uint8
    assert (sample.semantic[:2] == VOID).all() and sample.semantic[3, 0] == 3
    # Connected regions are instances: two cars and a pedestrian.
    values, counts = np.unique(sample.instance[sample.instance > 0], return_counts=True)
    assert values.tolist() == [1, 2, 3] and sorted(counts) == [20, 24, 32]
    assert len(np.unique(sample.instance[4:8, 2:20])) == 3


def test_shares(tmp_path: Path) -> None:
    datasets.camvid(tmp_path)
    assert open_source(f"camvid:{tmp_path}@0.25")[1] == 0.25
    assert open_source("scenes:3-9")[1] == 1
    assert len(opened("scenes:3-9")) == 6


def test_a_path_may_have_an_at_sign(tmp_path: Path) -> None:
    datasets.camvid(tmp_path / "a@b")
    for text, share in (("", 1), ("@0.25", 0.25)):
        source, found = open_source(f"camvid:{tmp_path}/a@b{text}")
        assert (len(source), found) == (3, share)


def test_label_ids_of_what_has_no_sky_are_no_train_ids(tmp_path: Path) -> None:
    place = datasets.cityscapes(tmp_path)
    for path in tmp_path.rglob("*_gtFine_labelIds.png"):
        # A tunnel: its wall (12), the road and what is left of the picture's border.
        labels = np.full((16, 24), 12, np.uint8)
        labels[8:], labels[-3], labels[-2], labels[-1] = 7, 1, 2, 3
        datasets.write(path, labels)
        datasets.write(Path(str(path).replace("label", "instance")), labels.astype(np.uint16))
    assert len(opened(f"cityscapes:{place}")) == 2


def test_files_behind_a_link_are_found(tmp_path: Path) -> None:
    record, other = datasets.coco(tmp_path / "set"), tmp_path / "elsewhere"
    (tmp_path / "set/images").rename(other)
    (tmp_path / "set/images").mkdir()
    (tmp_path / "set/images/more").symlink_to(other)
    for image in record["images"]:
        image["file_name"] = f"more/{image['file_name']}"
    datasets.write_index(tmp_path / "set", record)
    assert opened(datasets.coco_source(tmp_path / "set")).load(1).image.shape == (16, 24, 3)


def test_a_picture_is_whole_with_other_data_after_its_end(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 56, 3), np.uint8)
    progressive = [cv2.IMWRITE_JPEG_PROGRESSIVE, 1, cv2.IMWRITE_JPEG_RST_INTERVAL, 1]
    for ending, options in ((".jpg", []), (".jpg", progressive), (".png", [])):
        path = tmp_path / f"p{ending}"
        data = cv2.imencode(ending, noise, options)[1].tobytes()
        for rest in (b"", b"\0" * 40, b"rest" * 40):
            path.write_bytes(data + rest)
            assert picture_size(path) == (56, 40)
        for end in (30, len(data) // 2, len(data) - 100):
            for rest in (b"", b"rest" * 40):
                path.write_bytes(data[:end] + rest)
                with pytest.raises(DataError, match="cut off"):
                    picture_size(path)


def test_cityscapes(tmp_path: Path) -> None:
    source = opened(f"cityscapes:{datasets.cityscapes(tmp_path)}")
    assert len(source) == 2 and len(source.classes) == 19
    assert [c.name for c in source.classes if c.isthing][:3] == ["person", "rider", "car"]
    sample = source.load(0)
    assert sample.semantic[0, 0] == 0 and sample.semantic[4, 2] == 13
    assert (sample.semantic[-2:] == VOID).all()  # the ego vehicle
    # Touching cars stay apart; the group belongs to no instance.
    assert sample.instance[4, 2] != sample.instance[4, 8] != 0
    assert (sample.semantic[3:9, 14:20] == 13).all() and (sample.instance[3:9, 14:20] == 0).all()
    assert (sample.instance > 0).sum() == 6 * 10


def test_cityscapes_without_instances_takes_connected_regions(tmp_path: Path) -> None:
    source = opened(f"cityscapes:{datasets.cityscapes(tmp_path, instances=False)}")
    sample = source.load(0)
    assert sample.instance[4, 2] == sample.instance[4, 8] != sample.instance[4, 15] != 0


def test_coco(tmp_path: Path) -> None:
    datasets.coco(tmp_path)
    source = opened(datasets.coco_source(tmp_path))
    assert [(c.id, c.name, c.isthing) for c in source.classes] == [
        (0, "road", False),
        (1, "dog", True),
        (2, "sky", False),
    ]
    # The model file keeps the data set's numbers.
    assert [c.record()["id"] for c in source.classes] == [7, 20, 190]
    assert source.classes[0].record()["color"] == [1, 2, 3]
    sample = source.load(1)
    assert sample.semantic[0, 0] == 2 and sample.semantic[5, 0] == 0 and sample.semantic[7, 3] == 1
    assert (sample.semantic[:, -1] == VOID).all()
    assert 0 != sample.instance[7, 3] != sample.instance[7, 8] != 0
    assert (sample.semantic[6:12, 14:20] == 1).all() and (sample.instance[6:12, 14:20] == 0).all()


@pytest.mark.parametrize("kind", ["camvid", "cityscapes", "coco"])
def test_a_written_folder_means_the_same(kind: str, tmp_path: Path) -> None:
    root = tmp_path / "set"
    if kind == "coco":
        datasets.coco(root)
        text = datasets.coco_source(root)
    else:
        text = f"{kind}:{getattr(datasets, kind)(root)}"
    source, out = opened(text), tmp_path / "out"
    write_coco_folder(source, out, workers=1)
    again = opened(f"coco:{out}/panoptic.json,{out}/panoptic,{out}/images")
    assert len(again) == len(source)
    assert [(c.name, c.isthing) for c in again.classes] == [
        (c.name, c.isthing) for c in source.classes
    ]
    for index in range(len(source)):
        ours, theirs = source.load(index), again.load(index)
        assert np.array_equal(ours.image, theirs.image)
        assert np.array_equal(ours.semantic, theirs.semantic)
        assert np.array_equal(ours.instance > 0, theirs.instance > 0)
        scores = Scores.of(source.classes)
        scores.add((ours.semantic, ours.instance), (theirs.semantic, theirs.instance))
        assert scores.mean()["pq"] == 1
    crowds = [
        s["category_id"]
        for a in json.loads((out / "panoptic.json").read_text())["annotations"]
        for s in a["segments_info"]
        if s["iscrowd"]
    ]
    assert len(crowds) == {"camvid": 0, "cityscapes": 2, "coco": 2}[kind]


@pytest.mark.parametrize("chunk", [1, 2, 7, 1 << 20])
def test_json_is_read_item_by_item(
    chunk: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_stream, "CHUNK", chunk)
    record = {"a": [{"x": [1, "]"]}, 12, {"ü": None}], "b": 123.5, "c": [], "d": {"e": "}"}}
    path = tmp_path / "x.json"
    path.write_text(json.dumps(record, indent=2), encoding="utf-8")
    found = list(json_stream.members(path))
    assert found == [("a", v) for v in record["a"]] + [("b", 123.5), ("d", {"e": "}"})]


def named(source: Source, index: int) -> str:
    return source.name(index)


def test_work_on_many_samples_keeps_their_order() -> None:
    assert list(each(opened("scenes:5-9"), named, range(4), 2)) == [
        f"scene {n}" for n in range(5, 9)
    ]


def test_processes_that_keep_one_scene_write_to_files_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample, names, replace = Scenes(0, 1, (48, 32)).load(0), set(), Path.replace

    def replaced(self: Path, target: Path) -> Path:
        names.add(self.name)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", replaced)
    for process in (1, 2):
        monkeypatch.setattr("os.getpid", lambda process=process: process)
        Cached.write(tmp_path / "scene-0.png", sample)
    assert len(names) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["scene-0.png"]
