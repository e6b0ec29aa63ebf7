"""Runs the whole pipeline and OCRmyPDF on the same files, one after the other, and prints what each cost and gave.

    python -m tests.benchmarks.pipeline PATH… [--keep DIR] [--only sohoa|ocrmypdf]

PATH: PDFs, images, or folders; a folder of page images (page-1.jpg …) is one scan. Each scan becomes one PDF with the
images as they are, and both programs get that file. Truth is looked for beside each: `truth.json` in the folder,
`<stem>.json` beside the file, `truth/<stem>.json` beside one of its folders; lines of pages are all that is used.

pages/CPU-s   pages over user and system time of the program and all that it started, Prefect's server included
peak memory   the most that the processes held at once, shared pages once (PSS), sampled every SAMPLE_SECONDS
word error    1 − F1 of the words of a scan (multiset, NFC), over all scans with truth; pdftotext reads both outputs
OCRmyPDF runs as `ocrmypdf -l vie --rotate-pages --deskew` with as many jobs as cores, in an environment of its own.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pikepdf
from PIL import Image, ImageSequence

from flows.cores import usable_cores

REPOSITORY = Path(__file__).resolve().parents[2]
PEERS = REPOSITORY / "build" / "peers"  # an environment of its own: the project's stays as it is
IMAGES = {".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp"}
SAMPLE_SECONDS = 0.5
PR_SET_CHILD_SUBREAPER = 36  # prctl: what a child leaves behind becomes ours, so that its CPU is counted
DASHES = str.maketrans({"−": "-", "–": "-"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One file that both programs get."""

    name: str
    file: Path
    pages: int
    words: Counter[str] | None  #: of its truth


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a command took."""

    cpu_s: float
    wall_s: float
    peak_bytes: int
    exit_code: int
    said: str  #: end of stderr


@dataclass(slots=True, kw_only=True)
class Gauge:
    """What a program took and gave, over all scans."""

    program: str
    cpu_s: float = 0.0
    wall_s: float = 0.0
    peak_bytes: int = 0
    out_bytes: int = 0
    failed: list[str] = field(default_factory=list)
    outputs: dict[str, list[Path]] = field(default_factory=dict)  #: PDFs of each scan

    def add(self, cost: Cost) -> None:
        self.cpu_s += cost.cpu_s
        self.wall_s += cost.wall_s
        self.peak_bytes = max(self.peak_bytes, cost.peak_bytes)


def gather(paths: Sequence[Path], to: Path) -> Iterator[Scan]:
    """Every scan under the paths as a PDF in `to`. A file that cannot be opened is named and left out."""
    for source in _sources(paths):
        name = f"{len(list(to.iterdir())):03}-{re.sub(r'[^0-9A-Za-z]+', '-', _plain(source.stem)).strip('-')}"
        file = to / f"{name}.pdf"
        try:
            if source.suffix.lower() == ".pdf":
                shutil.copyfile(source, file)
            else:
                _as_pdf(sorted(_images(source)) if source.is_dir() else [source], file)
            with pikepdf.open(file) as pdf:
                pages = len(pdf.pages)
        except (OSError, pikepdf.PdfError) as error:
            print(f"left out: {source}: {error}", file=sys.stderr)
            file.unlink(missing_ok=True)
            continue
        yield Scan(name=name, file=file, pages=pages, words=_truth(source))


def _plain(text: str) -> str:
    """Without accents: both programs get the same plain names."""
    letters = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _sources(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir() or (path / "page-1.jpg").exists() or (path / "truth.json").exists():
            yield path
        else:
            below = sorted(path.iterdir())
            yield from _sources([one for one in below if one.is_dir() or one.suffix.lower() in {".pdf", *IMAGES}])


def _images(folder: Path) -> Iterator[Path]:
    return (file for file in folder.iterdir() if file.suffix.lower() in IMAGES)


def _as_pdf(images: Sequence[Path], to: Path) -> None:
    """One page an image; a JPEG keeps its bytes, anything else is stored without loss."""
    with pikepdf.new() as pdf:
        for file in images:
            with Image.open(file) as opened:
                for frame in ImageSequence.Iterator(opened):
                    _add_page(pdf, frame, file.read_bytes() if opened.format == "JPEG" else None)
        pdf.save(to)


def _add_page(pdf: pikepdf.Pdf, frame: Image.Image, jpeg: bytes | None) -> None:
    dpi = float(frame.info.get("dpi", (0, 0))[0]) or frame.width / 8.27  # without one, as wide as A4
    width, height = (side / dpi * 72 for side in frame.size)
    if jpeg is None:
        whole = frame.convert("L" if frame.mode in ("1", "L") else "RGB")
        image = pikepdf.Stream(pdf, whole.tobytes())
    else:
        whole = frame
        image = pikepdf.Stream(pdf, jpeg, Filter=pikepdf.Name.DCTDecode)
    image.stream_dict.update(
        {
            "/Type": pikepdf.Name.XObject,
            "/Subtype": pikepdf.Name.Image,
            "/Width": whole.width,
            "/Height": whole.height,
            "/ColorSpace": pikepdf.Name.DeviceGray if whole.mode == "L" else pikepdf.Name.DeviceRGB,
            "/BitsPerComponent": 8,
        }
    )
    pdf.add_blank_page(page_size=(width, height))
    pdf.pages[-1].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=image))
    pdf.pages[-1].Contents = pikepdf.Stream(pdf, f"q {width:.3f} 0 0 {height:.3f} 0 0 cm /Im0 Do Q".encode())


def _truth(source: Path) -> Counter[str] | None:
    beside = [source / "truth.json", source.with_suffix(".json")]
    beside += [folder / "truth" / f"{source.stem}.json" for folder in source.resolve().parents[:4]]
    for file in beside:
        if file.is_file():
            lines = list(_lines(json.loads(file.read_text(encoding="utf-8"))))
            return words(" ".join(lines)) if lines else None
    return None


def _lines(truth: Mapping[str, object]) -> Iterator[str]:
    """All lines, whether a scan of one paper or a pile."""
    pages = truth.get("pages")
    if isinstance(pages, list):
        for page in pages:
            yield from page.get("lines", ())
    documents = truth.get("documents")
    if isinstance(documents, list):
        for document in documents:
            for lines in document.get("lines", ()):
                yield from lines


def words(text: str) -> Counter[str]:
    """Words of a text, counted."""
    return Counter(unicodedata.normalize("NFC", text.translate(DASHES)).split())


def word_error(truth: Sequence[tuple[Counter[str], Counter[str]]]) -> float:
    """1 − F1 over pairs of true and read words; 0 is right, 1 is nothing right."""
    right = sum((true & read).total() for true, read in truth)
    both = sum(true.total() + read.total() for true, read in truth)
    return 1 - 2 * right / both if both else 0.0


def run(command: Sequence[str], environment: Mapping[str, str]) -> Cost:
    """Run a command to its end, and until everything that it started has ended."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env=dict(environment), stdout=subprocess.DEVNULL, stderr=said)
        peak = [0]
        ended = threading.Event()
        sampler = threading.Thread(target=_sample, args=(peak, ended), daemon=True)
        sampler.start()
        cpu, code, wall = 0.0, 0, 0.0
        while True:
            try:
                pid, status, usage = os.wait4(-1, 0)
            except ChildProcessError:
                break
            cpu += usage.ru_utime + usage.ru_stime
            if pid == process.pid:
                code, wall = os.waitstatus_to_exitcode(status), time.monotonic() - began
                process.returncode = code  # reaped here, not by Popen
        ended.set()
        sampler.join()
        said.seek(0)
        return Cost(
            cpu_s=cpu,
            wall_s=wall,
            peak_bytes=peak[0],
            exit_code=code,
            said=said.read().decode(errors="replace")[-2000:],
        )


def _sample(peak: list[int], ended: threading.Event) -> None:
    while not ended.wait(SAMPLE_SECONDS):
        peak[0] = max(peak[0], sum(_pss(pid) for pid in _descendants(os.getpid())))


def _descendants(root: int) -> list[int]:
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError, ValueError):
            continue  # it has just ended
    found: set[int] = set()
    new = {root}
    while new:
        new = {pid for pid, parent in parents.items() if parent in new} - found
        found |= new
    return sorted(found)


def _pss(pid: int) -> int:
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    found = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def run_sohoa(scans: Sequence[Scan], folder: Path) -> Gauge:
    """One batch over all scans; the PDFs are exported afterwards, at nobody's cost."""
    gauge = Gauge(program="sohoa")
    environment = os.environ | {"SOHOA_DATA_DIR": str(folder / "data")}
    report = folder / "report.json"
    folder.mkdir()
    sohoa = str(Path(sys.executable).with_name("sohoa"))
    cost = run([sohoa, "digitise", str(scans[0].file.parent), "--report", str(report)], environment)
    gauge.add(cost)
    if cost.exit_code not in (0, 1) or not report.exists():
        raise SystemExit(f"sohoa digitise ended with exit code {cost.exit_code}:\n{cost.said}")
    made = json.loads(report.read_text(encoding="utf-8"))
    gauge.failed = sorted({str(problem["source"]) for problem in made["failed"]})
    export = [sohoa, "export", "--batch", made["batch"], "--to", str(folder / "out")]
    subprocess.run(export, env=environment, check=True, stdout=subprocess.DEVNULL)
    for scan in scans:
        papers = [file for file in (folder / "out").glob("*.pdf") if re.fullmatch(rf"{scan.name}(-\d+)?", file.stem)]
        gauge.outputs[scan.name] = papers
    return gauge


def run_ocrmypdf(scans: Sequence[Scan], folder: Path) -> Gauge:
    """One call a scan, as its users write it."""
    gauge = Gauge(program="OCRmyPDF 17.13")
    folder.mkdir()
    for scan in scans:
        to = folder / scan.file.name
        options = ["-q", "-l", "vie", "--rotate-pages", "--deskew", "-j", str(usable_cores())]
        cost = run([str(PEERS / "bin" / "ocrmypdf"), *options, str(scan.file), str(to)], os.environ)
        gauge.add(cost)
        gauge.outputs[scan.name] = [to] if to.exists() else []
        if cost.exit_code:
            gauge.failed.append(f"{scan.name}: exit code {cost.exit_code}")
    return gauge


def install_peers() -> None:
    """OCRmyPDF as uv.lock names it, in `build/peers`."""
    uv = shutil.which("uv") or str(REPOSITORY / ".tools" / "uv" / "bin" / "uv")
    command = [uv, "sync", "-q", "--frozen", "--only-group", "peers", "--no-install-project"]
    subprocess.run(command, cwd=REPOSITORY, env=os.environ | {"UV_PROJECT_ENVIRONMENT": str(PEERS)}, check=True)


def text_of(files: Sequence[Path]) -> str:
    """What pdftotext reads from files."""
    said = [subprocess.run(["pdftotext", str(file), "-"], capture_output=True, check=True).stdout for file in files]
    return " ".join(one.decode("utf-8", "replace") for one in said)


def table(scans: Sequence[Scan], gauges: Sequence[Gauge]) -> str:
    """The result, in Markdown."""
    pages = sum(scan.pages for scan in scans)
    put = sum(scan.file.stat().st_size for scan in scans)
    known = [scan for scan in scans if scan.words is not None]
    rows = [
        f"{len(scans)} scans, {pages} pages, {put / 1e6:.1f} MB; truth of {sum(s.pages for s in known)} pages",
        "",
    ]
    rows += ["| | " + " | ".join(gauge.program for gauge in gauges) + " |", "| --- |" + " ---: |" * len(gauges)]
    errors = [
        word_error([(scan.words or Counter(), words(text_of(gauge.outputs[scan.name]))) for scan in known])
        for gauge in gauges
    ]
    sizes = [sum(file.stat().st_size for made in gauge.outputs.values() for file in made) for gauge in gauges]
    lines: list[tuple[str, list[str]]] = [
        ("pages per CPU-second", [f"{pages / gauge.cpu_s:.3f}" for gauge in gauges]),
        ("CPU-seconds a page", [f"{gauge.cpu_s / pages:.2f}" for gauge in gauges]),
        (f"wall seconds, {usable_cores()} cores", [f"{gauge.wall_s:.0f}" for gauge in gauges]),
        ("peak memory, MB", [f"{gauge.peak_bytes / 1e6:.0f}" for gauge in gauges]),
        ("output, MB", [f"{size / 1e6:.1f}" for size in sizes]),
        ("word error", [f"{error:.4f}" if known else "–" for error in errors]),
        ("failed", [str(len(gauge.failed)) for gauge in gauges]),
    ]
    rows += [f"| {name} | " + " | ".join(values) + " |" for name, values in lines]
    return "\n".join(rows)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.pipeline", description="The pipeline beside OCRmyPDF.")
    parser.add_argument("paths", metavar="PATH", nargs="+", type=Path)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="an empty folder where inputs and outputs stay")
    parser.add_argument("--only", choices=("sohoa", "ocrmypdf"), help="measure one of the two")
    asked = parser.parse_args()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    os.environ["OMP_THREAD_LIMIT"] = "1"  # both: with more threads Tesseract burns up to nine times the CPU
    with tempfile.TemporaryDirectory(prefix="sohoa-benchmark-") as temporary:
        folder = (asked.keep or Path(temporary)).resolve()
        (folder / "in").mkdir(parents=True)
        scans = list(gather(asked.paths, folder / "in"))
        if not scans:
            raise SystemExit("there is nothing to measure")
        gauges = []
        if asked.only != "ocrmypdf":
            gauges.append(run_sohoa(scans, folder / "sohoa"))
        if asked.only != "sohoa":
            install_peers()
            gauges.append(run_ocrmypdf(scans, folder / "ocrmypdf"))
        print(table(scans, gauges))
        for gauge in gauges:
            for failure in gauge.failed:
                print(f"{gauge.program} failed: {failure}")


if __name__ == "__main__":
    main()
