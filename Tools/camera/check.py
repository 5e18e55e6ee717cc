"""Judges what Tools/camera-vm's cases left behind: check.py RESULTS [CASE...]"""

import csv
import subprocess
import sys
import unittest
from pathlib import Path

results = Path(sys.argv[1])
wanted = sys.argv[2:]


def status(name):
    return (results / f"{name}.status").read_text().strip()


def errors(name):
    return (results / f"{name}.err").read_text()


def ffprobe(name, *arguments):
    """Rows of comma separated fields."""
    command = ["ffprobe", "-v", "error", "-select_streams", "v:0", *arguments, "-of", "csv=p=0"]
    text = subprocess.run(
        [*command, results / f"{name}.mp4"], check=True, capture_output=True, text=True
    ).stdout
    return [line.rstrip(",").split(",") for line in text.splitlines() if line]


def times(name):
    """Seconds at which the decoded frames are shown."""
    return [float(row[0]) for row in ffprobe(name, "-show_entries", "frame=pts_time")]


def last_picture(name):
    """Packed RGB of the last frame, so that the camera's first moments do not count."""
    command = ["ffmpeg", "-v", "error", "-i", results / f"{name}.mp4", "-f", "rawvideo"]
    data = subprocess.run(
        [*command, "-pix_fmt", "rgb24", "-"], check=True, capture_output=True
    ).stdout
    return data[-320 * 180 * 3 :]


def rows(name):
    with open(results / f"{name}.csv", newline="") as file:
        # A killed program's last line is cut off.
        return [row for row in csv.DictReader(file) if row["instances"] is not None]


class Camera(unittest.TestCase):
    def begin(self, case, code, *names):
        """Leaves out what was not asked for; expects the status `code`."""
        if wanted and case not in wanted:
            self.skipTest("not asked for")
        for name in names or [case]:
            trouble = results / f"{name}.trouble"
            self.assertFalse(trouble.exists(), f"{name}: {trouble.exists() and trouble.read_text()}")
            self.assertEqual(status(name), str(code), f"{name}: {errors(name)}")

    def one_line(self, name, *parts):
        """The error is a single line that says `parts`."""
        lines = errors(name).splitlines()
        self.assertEqual(len(lines), 1, lines)
        for part in parts:
            self.assertIn(part, lines[0])

    def plays(self, name, size=("320", "180"), least=1):
        """The file decodes, with rising times that begin with 0; gives them."""
        stream = ffprobe(name, "-show_entries", "stream=codec_name,width,height")[0]
        self.assertEqual(stream, ["h264", *size])
        shown = times(name)
        self.assertGreaterEqual(len(shown), least)
        self.assertEqual(shown[0], 0)
        self.assertTrue(all(a < b for a, b in zip(shown, shown[1:])), shown)
        return shown

    def test_devices(self):
        self.begin("devices", 0)
        text = (results / "devices.out").read_text()
        self.assertTrue(text.startswith("/dev/video0  vivid (vivid)\n"), text)
        self.assertIn("  format=yuyv422  YUYV 4:2:2 (YUYV)\n    size=320x180     fps=60 50 ", text)
        self.assertIn("    size=1280x720    fps=12.50 10 5", text)
        self.assertIn("  not read: ", text)
        # This driver compresses nothing; a webcam's MJPEG would be in the list as `mjpeg`.
        self.assertNotIn("mjpeg", text)

    def test_yuyv(self):
        self.begin("yuyv", 0)
        shown = self.plays("yuyv")
        table = rows("yuyv")
        self.assertEqual((len(shown), len(table)), (20, 20))
        # Output times are the driver's: 1/30 s apart, more where frames were dropped (an emulated
        # driver itself may skip some that nobody can count).
        stamps = [int(row["pts"]) / 1e6 for row in table]
        for a, b, dropped in zip(stamps, stamps[1:], [int(row["dropped"]) for row in table[1:]]):
            self.assertGreater((b - a) * 30, dropped + 1 - 0.6 - 0.1 * dropped)
        for file, stamp in zip(shown, stamps):
            self.assertAlmostEqual(file, stamp - stamps[0], delta=0.001)
        # Latency counts from the capture: no less than what the stages took.
        for row in table:
            took = sum(float(row[key]) for key in row if key.endswith("_ms") and key not in
                       ("read_ms", "latency_ms"))
            self.assertGreater(float(row["latency_ms"]), 0.9 * took)
            self.assertLess(float(row["latency_ms"]), 30_000)

    def test_plain(self):
        self.begin("plain", 0)
        self.assertEqual(len(times("plain")), 5)

    def test_every_format_shows_the_same_picture(self):
        self.begin("formats", 0, *[f"format-{name}" for name in self.formats()])
        self.assertGreaterEqual(len(self.formats()), 15)
        truth = last_picture("format-yuyv422")
        for name in self.formats():
            picture = last_picture(f"format-{name}")
            # Left and right of the driver's text: bars of all colours.
            differences = []
            for y in range(140, 176):
                for x in range(4, 316):
                    at = (y * 320 + x) * 3
                    a, b = truth[at : at + 3], picture[at : at + 3]
                    if name.startswith("gray"):
                        luma = (54 * a[0] + 183 * a[1] + 19 * a[2]) // 256
                        a = bytes([luma] * 3)
                    differences.append(max(abs(p - q) for p, q in zip(a, b)))
            differences.sort()
            # Edges differ by the chroma's resolution.
            limit = 45 if name.startswith("gray") else 20
            self.assertLess(differences[len(differences) * 8 // 10], limit, name)

    def formats(self):
        path = results / "formats"
        return path.read_text().split() if path.exists() else []

    def test_refused(self):
        names = ["size", "rate", "format", "parameter"]
        self.begin("refused", 64, *[f"refused-{name}" for name in names])
        offer = "yuyv422, uyvy422"
        self.one_line("refused-size", "no size 123x45", offer, "640x480 at 25/15/12.5")
        self.one_line("refused-rate", "no rate of 60 fps at 1280x720", offer)
        self.one_line("refused-format", "no format mjpeg", offer)
        self.one_line("refused-parameter", '"zoom"', "size, fps and format")
        self.begin("refused", 66, "refused-device")
        self.one_line("refused-device", "there is /dev/video0")
        self.begin("refused", 65, "refused-no-camera")
        self.one_line("refused-no-camera", "no camera")
        self.assertEqual((results / "refused.left").read_text(), "")

    def test_interrupted(self):
        self.begin("interrupted", 130)
        self.assertEqual(len(self.plays("interrupted")), len(rows("interrupted")))

    def test_killed(self):
        self.begin("killed", 137)
        shown = self.plays("killed")
        # At most the last fragment is lost, which begins every two seconds.
        table = rows("killed")
        self.assertGreater(shown[-1], (int(table[-1]["pts"]) - int(table[0]["pts"])) / 1e6 - 3.0)

    def test_drops(self):
        self.begin("drops", 0)
        self.assertEqual(len(self.plays("drops")), 30)
        table = rows("drops")
        self.assertGreater(sum(int(row["dropped"]) for row in table), 20)
        # Every frame of the camera's is either there or counted.
        last = int(table[-1]["frame"])
        self.assertEqual(last + 1, len(table) + sum(int(row["dropped"]) for row in table))
        self.assertIn("dropped, latency ", errors("drops"))

    def test_busy(self):
        self.begin("busy", 65)
        self.one_line("busy", "another program is using it")
        self.begin("busy", 130, "holder")
        self.plays("holder")

    def test_unplugged(self):
        self.begin("unplugged", 65)
        self.one_line("unplugged", "broke off after", "No such device")
        self.assertEqual(len(self.plays("unplugged")), len(rows("unplugged")))

    def test_replugged(self):
        self.begin("replugged", 130)
        text = errors("replugged")
        self.assertIn("No such device; trying to open it again", text)
        self.assertIn("back after ", text)
        # It let go of the device, or the camera would have come back under another name.
        self.assertEqual((results / "replugged.nodes").read_text().split(), ["/dev/video0"])
        shown = self.plays("replugged")
        # The gap is as long as it was.
        self.assertGreater(max(b - a for a, b in zip(shown, shown[1:])), 2.5)

    def test_gone(self):
        self.begin("gone", 65)
        self.assertIn("not back after 2 attempts", errors("gone"))
        self.plays("gone")

    def test_stalled(self):
        self.begin("stalled", 65)
        self.one_line("stalled", "nothing came for 8 s")
        self.plays("stalled")

    def test_silent(self):
        self.begin("silent", 65)
        self.one_line("silent", "nothing came for 3 s")
        self.assertFalse((results / "silent.mp4").exists())

    def test_damaged(self):
        self.begin("damaged", 130)
        self.assertIn("3 damaged packets skipped", errors("damaged"))
        self.plays("damaged", least=15)

    def test_failed(self):
        self.begin("failed", 130)
        self.assertIn("Input/output error; trying to open it again", errors("failed"))
        self.assertIn("back after ", errors("failed"))
        self.plays("failed", least=15)

    def test_powercut(self):
        if wanted and "powercut" not in wanted:
            self.skipTest("not asked for")
        shown = self.plays("powercut")
        # The table was kept just before the power went; at most the last fragment is lost.
        table = rows("powercut")
        self.assertGreater(shown[-1], (int(table[-1]["pts"]) - int(table[0]["pts"])) / 1e6 - 3.5)
        self.assertGreater(shown[-1], 5)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
