"""The commands by name; each one's work is in a module of its own, imported when it is called."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from flows.cli.accounts import accounts
from flows.cli.audit import audit
from flows.cli.backup import backup, restore
from flows.cli.bulk import bulk, bulk_run
from flows.cli.fixity import fixity
from flows.cli.keys import keys
from flows.cli.outbox import outbox
from flows.cli.reread import reread
from flows.cli.retention import retention
from flows.cli.sample import sample
from flows.cli.separators import separators
from flows.cli.sign import sign
from flows.cli.store import store
from flows.cli.up import commands as running
from flows.cli.watch import watch
from flows.errors import ExitCode, WrongUse
from flows.settings import load_settings

if TYPE_CHECKING:
    from storage.records import Imported

app = typer.Typer(
    name="sohoa",
    help="Turns scanned dossiers into searchable, linked PDF/A records.\n\n"
    "Exit codes: 0 all published · 1 some failed · 2 wrong use · 3 set-up broken · 4 nothing done.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

WIDE = 160  # columns where nobody looks at a terminal: tables in logs and files keep one row a document
app.add_typer(keys)
app.add_typer(accounts)
app.add_typer(audit)
app.command()(backup)
app.command()(restore)
app.command()(separators)
app.command()(sign)
app.command()(reread)
app.command()(watch)
app.command()(bulk)
app.add_typer(bulk_run)
app.add_typer(sample)
for name, command in running().items():
    app.command(name)(command)
app.add_typer(fixity)
app.add_typer(outbox)
app.add_typer(store)
app.add_typer(retention)

out = Console(soft_wrap=True, highlight=False, markup=False, width=None if sys.stdout.isatty() else WIDE)
err = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)


@app.command()
def digitise(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PATH…", help="folders, ZIPs, PDFs, TIFFs, photos")
    ] = None,
    dossier: Annotated[str | None, typer.Option(metavar="CODE", help="dossier that all of it belongs to")] = None,
    procedure: Annotated[str | None, typer.Option(metavar="CODE", help="procedure that all of it belongs to")] = None,
    agency: Annotated[
        str | None, typer.Option(metavar="CODE", help="whose papers they are; without it the dossier's agency")
    ] = None,
    manifest: Annotated[
        Path | None, typer.Option(help="CSV with source, dossier_code, procedure_code, agency_code")
    ] = None,
    operator: Annotated[str, typer.Option(metavar="NAME", help="who is responsible, for the event log")] = "",
    report: Annotated[Path | None, typer.Option(metavar="FILE", help="write the batch report as JSON")] = None,
    one_paper_per_file: Annotated[  # noqa: FBT002  (typer passes it by name)
        bool, typer.Option("--one-paper-per-file", help="do not look for several papers in one file")
    ] = False,
    sources: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="a list of scans in place of PATH: JSON lines with name, files and codes"),
    ] = None,
    key: Annotated[
        str, typer.Option(metavar="NAME", help="name of the batch, for whoever goes on with it from another place")
    ] = "",
    dry_run: Annotated[  # noqa: FBT002  (typer passes it by name)
        bool, typer.Option("--dry-run", help="say what would be taken, how long it takes and how much space")
    ] = False,
) -> None:
    """Read scans and publish them as searchable, linked PDF/A."""
    from flows.cli.summary import print_summary
    from flows.digitise import Request
    from flows.digitise import digitise as run
    from flows.link import Told
    from flows.manifest import agency as agency_of

    if report is not None and not report.absolute().parent.is_dir():
        raise WrongUse(f"{report}: its folder does not exist; make it first")
    if bool(paths) == bool(sources):
        raise WrongUse("digitise: give paths, or --sources FILE, one of the two")
    if dry_run:
        _say_what_would_be(paths or [])
        return
    request = Request(
        inputs=tuple(paths or ()),
        told=Told(dossier_code=dossier, procedure_code=procedure, agency_code=agency_of(agency, "--agency")),
        manifest=manifest,
        operator=operator,
        one_paper=one_paper_per_file,
        report=report,
        sources=sources,
        key=key,
    )
    summary = run(request, load_settings(), err)
    print_summary(summary, out)
    raise typer.Exit(summary.exit_code)


def _say_what_would_be(paths: list[Path]) -> None:
    from flows.bulk.listing import Given
    from flows.forecast import forecast, lines_of
    from flows.installation import opened
    from flows.link import Told

    missing = [str(path) for path in paths if not path.exists()]
    if missing or not paths:
        raise WrongUse(f"{', '.join(missing) or '--dry-run'}: there is nothing of that name; check the path")
    with opened(load_settings()) as house:
        for line in lines_of(forecast(house, Given(paths=tuple(paths), buckets=(), told=Told())), house):
            out.print(line)


@app.command("import-dossiers")
def import_dossiers_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="export of the procedures system, CSV or JSON")],
) -> None:
    """Take over dossiers: dossier_code, procedure_code, owner_name, owner_id, received_on."""
    from flows.register import import_dossier_file

    _print_imported("dossiers", import_dossier_file(file, load_settings()))


@app.command("import-procedures")
def import_procedures_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="list of procedures, CSV or JSON")],
) -> None:
    """Take over procedures: procedure_code, name."""
    from flows.register import import_procedure_file

    _print_imported("procedures", import_procedure_file(file, load_settings()))


@app.command("import-agencies")
def import_agencies_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="list of agencies, CSV or JSON")],
) -> None:
    """Take over names of agencies: agency_code, name, valid_from, valid_to."""
    from flows.register import import_agency_file

    _print_imported("agencies", import_agency_file(file, load_settings()))


def _print_imported(what: str, imported: Imported) -> None:
    out.print(f"{what}: {imported.inserted} new, {imported.updated} changed, {imported.unchanged} as they were")


@app.command()
def search(
    query: Annotated[str, typer.Argument(help='words, "phrases", with or without accents')],
    limit: Annotated[int, typer.Option(min=1, max=200, help="how many papers to show")] = 10,
) -> None:
    """Find papers by what stands in them."""
    from flows.find import print_hits

    found = print_hits(query, limit, load_settings(), out)
    if not found:
        raise typer.Exit(ExitCode.NOTHING_DONE)


@app.command()
def show(document: Annotated[str, typer.Argument(help="id of a document, or how it begins")]) -> None:
    """Show one paper: fields with their evidence, links, objects."""
    from flows.find import print_document

    print_document(document, load_settings(), out)


@app.command()
def export(
    documents: Annotated[list[str] | None, typer.Argument(metavar="DOCUMENT…", help="ids of documents")] = None,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="folder to write to; made where missing")] = Path(),
    batch: Annotated[str | None, typer.Option(metavar="ID", help="every document of this batch")] = None,
) -> None:
    """Write searchable PDFs, text and ALTO, named after their sources."""
    from flows.export import export_documents

    if bool(documents) == bool(batch):
        raise WrongUse("export: name documents, or --batch ID, one of the two")
    written = export_documents(documents or [], batch, to, load_settings())
    out.print(f"{written} files written to {to}")
    if not written:
        raise typer.Exit(ExitCode.NOTHING_DONE)


@app.command()
def reindex(
    *, check: Annotated[bool, typer.Option("--check", help="only where it is not what the records say")] = False
) -> None:
    """Build the search index anew from the records; a build that was killed goes on."""
    from flows.find import index_is_right, rebuild_index

    if check and index_is_right(load_settings()):
        out.print("the index holds what the records say")
        raise typer.Exit(ExitCode.NOTHING_DONE)

    out.print(f"{rebuild_index(load_settings())} documents indexed")


@app.command()
def check(file: Annotated[Path, typer.Argument(metavar="FILE", help="a PDF, ours or not")]) -> None:
    """Say what a PDF meets: the legal profile, PDF/A, a real text layer, intact signatures."""
    from flows.cli.inspection import print_facts
    from flows.reading import worker_settings

    worker = worker_settings(load_settings())
    if not print_facts(file, worker.limits, out, roots=worker.roots):
        raise typer.Exit(ExitCode.SOME_FAILED)


@app.command()
def doctor() -> None:
    """Check programs, languages, store, database, index and disk, and say how to mend each."""
    from flows.doctor import examine

    healthy = examine(load_settings(), out)
    if not healthy:
        raise typer.Exit(ExitCode.SET_UP_BROKEN)


@app.command()
def runs() -> None:
    """Serve Prefect's pages with the records of all batches until Ctrl-C."""
    import time

    from flows.prefect_server import own_server

    settings = load_settings()
    if settings.prefect.api_url:
        out.print(f"the records are on your own server: {settings.prefect.api_url}")
        return
    with own_server(settings.data_dir, start_seconds=settings.prefect.start_seconds) as server:
        out.print(f"batches and their documents: {server.address.removesuffix('/api')}/runs (Ctrl-C ends)")
        while True:
            time.sleep(3600)


@app.command()
def serve() -> None:
    """Answer searches and hand out documents over HTTP."""
    from flows.cli.serve import serve as run

    run(load_settings(), out)
